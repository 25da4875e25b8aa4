// --hotkeys: the keys with the highest access counters of an LFU policy.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "server/base/split_args.h"
#include "server/cli/interrupt.h"
#include "server/cli/key_scan.h"
#include "server/cli/reports.h"

namespace keyway::cli {
namespace {

constexpr size_t kShown = 16;
constexpr uint64_t kProgressEvery = 1'000'000;

struct HotKey {
  int64_t counter;
  std::string key;  // quoted
};

class HotKeys {
 public:
  HotKeys(Session& session, const CliOptions& options) : session_(session), options_(options) {}

  Result<> Run() {
    auto total = AskDatabaseSize(session_);
    if (!total) return std::unexpected(total.error());
    fmt::print(
        "\n# Scanning the entire keyspace to find hot keys as well as\n"
        "# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n"
        "# per 100 SCAN commands (not usually needed).\n\n");
    KeyScan scan(session_, options_);
    while (!scan.done() && !Interrupted()) {
      percent_ = *total > 0 ? 100.0 * static_cast<double>(sampled_) / static_cast<double>(*total) : 0;
      auto keys = scan.Next();
      if (!keys) return std::unexpected(keys.error());
      if (auto counted = CountPage(*keys); !counted) return counted;
      scan.PauseEachHundred();
    }
    fmt::print("\n-------- summary -------\n\n");
    if (Interrupted()) fmt::print("[{:05.2f}%] ", percent_);
    fmt::print("Sampled {} keys in the keyspace!\n", sampled_);
    for (const HotKey& hot : hottest_)
      fmt::print("hot key found with counter: {}\tkeyname: {}\n", hot.counter, hot.key);
    return {};
  }

 private:
  Result<> CountPage(const std::vector<std::string>& keys) {
    std::vector<Arguments> commands;
    for (const std::string& key : keys) commands.push_back({"OBJECT", "FREQ", key});
    auto replies = session_.AskAll(commands);
    if (!replies) return std::unexpected(replies.error());
    for (size_t i = 0; i < keys.size(); ++i) {
      const resp::Reply& reply = (*replies)[i];
      if (reply.is_error()) return Fail("Error: " + reply.text);
      if (++sampled_ % kProgressEvery == 0) fmt::print("[{:05.2f}%] Sampled {} keys so far\n", percent_, sampled_);
      if (reply.kind == resp::Reply::Kind::kInteger) {
        Count(keys[i], reply.integer);
      } else {
        fmt::print(stderr, "Warning: OBJECT freq on '{}' failed (may have been deleted)\n", QuoteArg(keys[i]));
      }
    }
    return {};
  }

  void Count(const std::string& key, int64_t counter) {
    if (counter <= 0) return;
    auto place =
        std::find_if(hottest_.begin(), hottest_.end(), [&](const HotKey& hot) { return hot.counter < counter; });
    if (place == hottest_.end() && hottest_.size() == kShown) return;
    place = hottest_.insert(place, {counter, QuoteArg(key)});
    fmt::print("[{:05.2f}%] Hot key '{}' found so far with counter {}\n", percent_, place->key, counter);
    if (hottest_.size() > kShown) hottest_.pop_back();
  }

  Session& session_;
  const CliOptions& options_;
  std::vector<HotKey> hottest_;  // the hottest first
  uint64_t sampled_ = 0;
  double percent_ = 0;
};

}  // namespace

int RunHotKeys(Session& session, const CliOptions& options) {
  CatchInterrupts();
  auto done = HotKeys(session, options).Run();
  if (!done) fmt::print(stderr, "{}\n", done.error().text());
  return done ? 0 : 1;
}

}  // namespace keyway::cli
