#include "server/cli/key_scan.h"

#include <fmt/core.h>
#include <unistd.h>

#include <utility>

#include "server/base/split_args.h"
#include "server/cli/interrupt.h"
#include "server/cli/reports.h"

namespace keyway::cli {

using Kind = resp::Reply::Kind;

Result<std::vector<std::string>> KeyScan::Next() {
  Arguments command = {"SCAN", cursor_};
  if (options_.pattern) command.insert(command.end(), {"MATCH", *options_.pattern});
  if (options_.count > 0) command.insert(command.end(), {"COUNT", fmt::format("{}", options_.count)});
  if (options_.type) command.insert(command.end(), {"TYPE", *options_.type});
  auto reply = session_.Ask(command);
  if (!reply) return std::unexpected(reply.error());
  if (reply->is_error()) return Fail("SCAN error: " + reply->text);
  if (reply->kind != Kind::kArray) return Fail("Non ARRAY response from SCAN!");
  if (reply->elements.size() != 2 || reply->elements[1].kind != Kind::kArray) {
    return Fail("Invalid element count from SCAN!");
  }
  ++pages_;
  cursor_ = std::move(reply->elements[0].text);
  done_ = cursor_ == "0" || cursor_.empty();
  std::vector<std::string> keys;
  for (resp::Reply& key : reply->elements[1].elements) keys.push_back(std::move(key.text));
  return keys;
}

void KeyScan::PauseEachHundred() const {
  if (options_.interval_us > 0 && pages_ % 100 == 0) usleep(static_cast<useconds_t>(options_.interval_us));
}

Result<int64_t> AskDatabaseSize(Session& session) {
  auto reply = session.Ask({"DBSIZE"});
  if (!reply) return std::unexpected(reply.error());
  if (reply->is_error()) return Fail("Couldn't determine DBSIZE: " + reply->text);
  if (reply->kind != Kind::kInteger) return Fail("Non INTEGER response from DBSIZE!");
  return reply->integer;
}

int RunScan(Session& session, const CliOptions& options) {
  CatchInterrupts();
  KeyScan scan(session, options);
  while (!scan.done() && !Interrupted()) {
    auto keys = scan.Next();
    if (!keys) {
      fmt::print(stderr, "{}\n", keys.error().text());
      return 1;
    }
    std::string text;
    for (const std::string& key : *keys) {
      if (session.format().output == Output::kTerminal) {
        AppendQuotedArg(key, text);
      } else {
        text += key;
      }
      text += '\n';
    }
    fwrite(text.data(), 1, text.size(), stdout);
    if (options.interval_us > 0) usleep(static_cast<useconds_t>(options.interval_us));
  }
  return 0;
}

}  // namespace keyway::cli
