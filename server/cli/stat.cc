#include "server/cli/stat.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "server/base/number.h"
#include "server/cli/reports.h"

namespace keyway::cli {
namespace {

constexpr int kHeadingEvery = 20;
constexpr int kMaxDatabases = 20;
constexpr int64_t kDefaultIntervalUs = 1'000'000;

constexpr char kHeading[] =
    "------- data ------ --------------------- load -------------------- - child -\n"
    "keys       mem      clients blocked requests            connections          \n";

// The children at work: 1 saves, 2 rewrites the AOF, 4 loads.
std::string_view ChildText(std::string_view info) {
  auto is_set = [&](std::string_view field) { return InfoNumber(info, field).value_or(0) != 0; };
  bool save = is_set("rdb_bgsave_in_progress"), rewrite = is_set("aof_rewrite_in_progress");
  if (save) return rewrite ? "SAVE+AOF" : "SAVE";
  if (rewrite) return "AOF";
  return is_set("loading") ? "LOAD" : "";
}

}  // namespace

std::optional<int64_t> InfoNumber(std::string_view info, std::string_view field) {
  std::string name = fmt::format("{}:", field);
  size_t at = info.starts_with(name) ? 0 : info.find("\n" + name);
  if (at == info.npos) return std::nullopt;
  info.remove_prefix(at + name.size() + (at == 0 && info.starts_with(name) ? 0 : 1));
  std::string_view value = info.substr(0, info.find_first_of("\r\n,"));
  // db0:keys=12,expires=0
  if (size_t equals = value.find('='); equals != value.npos) value.remove_prefix(equals + 1);
  return ParseInt64(value);
}

std::string HumanBytes(int64_t bytes) {
  std::string sign = bytes < 0 ? "-" : "";
  double value = std::abs(static_cast<double>(bytes));
  if (value < 1024) return fmt::format("{}{:.0f}B", sign, value);
  const char* unit = "KMGTPE";
  for (value /= 1024; value >= 1024; value /= 1024) ++unit;
  return fmt::format("{}{:.2f}{}", sign, value, *unit);
}

std::string StatLine(std::string_view info, int64_t previous_requests) {
  auto number = [&](std::string_view field) { return InfoNumber(info, field).value_or(0); };
  int64_t keys = 0;
  for (int i = 0; i < kMaxDatabases; ++i) keys += number(fmt::format("db{}", i));
  int64_t requests = number("total_commands_processed");
  std::string requests_text =
      fmt::format("{} (+{})", requests, previous_requests == 0 ? 0 : requests - previous_requests);
  return fmt::format("{:<11}{:<8} {:<8}{:<8}{:<19} {:<12}{}\n", keys, HumanBytes(number("used_memory")),
                     number("connected_clients"), number("blocked_clients"), requests_text,
                     number("total_connections_received"), ChildText(info));
}

int RunStat(Session& session, const CliOptions& options) {
  int64_t requests = 0;
  for (int line = 0;; ++line) {
    auto reply = session.AskPatiently({"INFO"});
    if (!reply || reply->is_error()) {
      fmt::print(stderr, "{}\n", reply ? "ERROR: " + reply->text : reply.error().text());
      return 1;
    }
    if (line % kHeadingEvery == 0) fmt::print("{}", kHeading);
    fmt::print("{}", StatLine(reply->text, requests));
    fflush(stdout);
    requests = InfoNumber(reply->text, "total_commands_processed").value_or(0);
    usleep(static_cast<useconds_t>(options.interval_us > 0 ? options.interval_us : kDefaultIntervalUs));
  }
}

}  // namespace keyway::cli
