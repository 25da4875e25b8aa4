// INFO, TIME and SHUTDOWN.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;

void Info(Context& ctx) {
  std::vector<std::string> names;
  for (std::string_view word : ctx.args().subspan(1)) {
    std::string& name = names.emplace_back(word);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  }
  const std::vector<std::string_view> sections(names.begin(), names.end());
  ctx.reply().Verbatim(ctx.services().server.Info(sections), "txt");
}

void Time(Context& ctx) {
  const int64_t now_us = ctx.services().clock.WallUs();
  ctx.reply().Array(2);
  ctx.reply().BulkInteger(now_us / 1'000'000);
  ctx.reply().BulkInteger(now_us % 1'000'000);
}

void Shutdown(Context& ctx) {
  command::ShutdownOptions options;
  for (std::string_view word : ctx.args().subspan(1)) {
    if (IsWord(word, "NOSAVE")) {
      options.nosave = true;
    } else if (IsWord(word, "SAVE")) {
      options.save = true;
    } else if (IsWord(word, "NOW")) {
      options.now = true;
    } else if (IsWord(word, "FORCE")) {
      options.force = true;
    } else if (IsWord(word, "ABORT")) {
      options.abort = true;
    } else {
      return ctx.reply().Error(command::errors::kSyntax);
    }
  }
  const bool others = options.save || options.nosave || options.now || options.force;
  if ((options.abort && others) || (options.save && options.nosave)) {
    return ctx.reply().Error(command::errors::kSyntax);
  }
  if (const auto result = ctx.services().server.Shutdown(options); !result) {
    return ctx.reply().Error(result.error().text());
  }
  // A server that stops answers nothing: the client sees the connection close.
  if (options.abort) ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {{"info", Info}, {"shutdown", Shutdown}, {"time", Time}};

}  // namespace

std::span<const command::HandlerBinding> ServerHandlers() { return kHandlers; }

}  // namespace keyway::commands
