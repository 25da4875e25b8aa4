#include "server/commands/latency_report.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "server/base/clock.h"
#include "server/command/latency_monitor.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::LatencyMonitor;
using Samples = std::vector<LatencyMonitor::Sample>;

constexpr size_t kColumns = 80;
constexpr size_t kRows = 4;
// From an empty cell to a full one.
constexpr std::string_view kInk = " _o#";

std::string Age(int64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 86400) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

struct Figures {
  int64_t low = 0, high = 0, average = 0, deviation = 0;
  double seconds_apart = 0;
};

Figures FiguresOf(const Samples& samples, int64_t now_s) {
  Figures out;
  const auto count = static_cast<int64_t>(samples.size());
  if (count == 0) return out;
  const auto by_ms = [](const auto& a, const auto& b) { return a.ms < b.ms; };
  const auto [low, high] = std::minmax_element(samples.begin(), samples.end(), by_ms);
  out.low = low->ms, out.high = high->ms;
  int64_t sum = 0, distance = 0;
  for (const auto& sample : samples) sum += sample.ms;
  out.average = sum / count;
  for (const auto& sample : samples) distance += std::abs(sample.ms - out.average);
  out.deviation = distance / count;
  const int64_t period_s = std::max<int64_t>(now_s - samples.front().time_s, 1);
  out.seconds_apart = static_cast<double>(period_s) / static_cast<double>(count);
  return out;
}

// What LATENCY DOCTOR may advise; each at most once, in this order.
struct Advice {
  std::string_view events;  // that call for it, with blanks around each
  std::string_view text;
};
constexpr Advice kAdvice[] = {
    {" fork ",
     "Making a child takes long: the more memory, the longer. Virtual machines differ much in that; so do hosts with "
     "and "
     "without transparent huge pages (echo never > /sys/kernel/mm/transparent_hugepage/enabled)."},
    {" command ",
     "Some commands run for long. SLOWLOG GET shows which: look for commands over whole collections (KEYS, SMEMBERS, "
     "SORT, big ranges), and use SCAN and its kind or smaller ranges instead."},
    {" fast-command ",
     "Commands that do little took long, so the server was not running: see whether other processes want the same "
     "CPUs, "
     "whether the host of a virtual machine is overcommitted, and what keyway-cli --intrinsic-latency 100 says."},
    {" command expire-cycle eviction-del ",
     "Freeing big collections takes time. UNLINK, lazyfree-lazy-expire and lazyfree-lazy-eviction free them beside the "
     "commands."},
    {" expire-cycle ",
     "Many keys expire at the same moment. Spread their times, or let smaller cycles run more often (CONFIG SET hz "
     "100)."},
    {" eviction-cycle ",
     "Much memory had to be freed at once. That follows a lowered maxmemory, or single commands that store much."},
    {" rdb-unlink-temp-file aof-write aof-write-alone aof-write-pending-fsync aof-write-active-child aof-fstat "
     "aof-rename ",
     "The disk is slow or busy. Keep the files of persistence on a local disk that others leave alone."},
    {" aof-fsync-always ", "'appendfsync always' waits for the disk with every write; 'everysec' does not."},
};

std::string AdviceFor(const command::Services& services, const std::vector<std::string>& events) {
  std::string out;
  const auto seen = [&](std::string_view among) {
    return std::any_of(events.begin(), events.end(), [&](const std::string& event) {
      return among.find(fmt::format(" {} ", event)) != std::string_view::npos;
    });
  };
  for (const Advice& advice : kAdvice) {
    if (seen(advice.events)) out += fmt::format("- {}\n", advice.text);
  }
  const config::Settings& settings = services.config.settings();
  const int64_t threshold_us = settings.latency_monitor_threshold * 1000;
  if (seen(" command ") && settings.latency_monitor_threshold > 0 &&
      (settings.slowlog_log_slower_than < 0 || settings.slowlog_log_slower_than > threshold_us)) {
    out += fmt::format("- The slow log misses commands that are counted here: CONFIG SET slowlog-log-slower-than {}\n",
                       threshold_us);
  }
  return out;
}

}  // namespace

std::string LatencyGraph(const command::Services& services, std::string_view event) {
  const LatencyMonitor& monitor = *services.latency;
  Samples samples = monitor.Samples(event);
  if (samples.size() > kColumns) samples.erase(samples.begin(), samples.end() - kColumns);
  const int64_t now_s = services.clock.WallMs() / 1000;
  const Figures figures = FiguresOf(samples, now_s);
  std::string out = fmt::format("{} - high {} ms, low {} ms (all time high {} ms)\n{:-<{}}\n", event, figures.high,
                                figures.low, monitor.AllTimeWorst(event), "", kColumns);
  const auto steps = static_cast<int64_t>(kRows * (kInk.size() - 1));
  const int64_t span = std::max<int64_t>(figures.high - figures.low, 1);
  for (size_t row = kRows; row-- > 0;) {
    for (const auto& sample : samples) {
      const int64_t height = 1 + (sample.ms - figures.low) * (steps - 1) / span;
      const int64_t ink = height - static_cast<int64_t>(row * (kInk.size() - 1));
      out += kInk[static_cast<size_t>(std::clamp<int64_t>(ink, 0, static_cast<int64_t>(kInk.size() - 1)))];
    }
    out += '\n';
  }
  // How long ago, from top to bottom.
  std::vector<std::string> ages;
  size_t longest = 0;
  for (const auto& sample : samples) {
    ages.push_back(Age(std::max<int64_t>(now_s - sample.time_s, 0)));
    longest = std::max(longest, ages.back().size());
  }
  out += '\n';
  for (size_t line = 0; line < longest; ++line) {
    for (const std::string& age : ages) out += line < age.size() ? age[line] : ' ';
    out += '\n';
  }
  return out;
}

std::string LatencyDoctor(const command::Services& services) {
  const LatencyMonitor& monitor = *services.latency;
  const std::vector<std::string> events = monitor.Events();
  if (events.empty()) {
    if (monitor.enabled()) return "Nothing took long enough to be recorded so far.\n";
    return "The latency monitor is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it on: it then "
           "records "
           "whatever takes at least that long.\n";
  }
  const int64_t now_s = services.clock.WallMs() / 1000;
  std::string out = "These events took long:\n\n";
  for (size_t i = 0; i < events.size(); ++i) {
    const Samples samples = monitor.Samples(events[i]);
    const Figures figures = FiguresOf(samples, now_s);
    fmt::format_to(std::back_inserter(out),
                   "{}. {}: {} latency spikes (average {}ms, mean deviation {}ms, period {:.2f} sec). Worst all time "
                   "event {}ms.\n",
                   i + 1, events[i], samples.size(), figures.average, figures.deviation, figures.seconds_apart,
                   monitor.AllTimeWorst(events[i]));
  }
  const std::string advice = AdviceFor(services, events);
  if (!advice.empty()) out += "\nWhat may help:\n\n" + advice;
  return out;
}

}  // namespace keyway::commands
