// The latency monitor: what took at least latency-monitor-threshold milliseconds, by the name of the event, one sample (the
// worst) a second, the last 160 of them. [exec]
//
//   command, fast-command   a command ran                      fork                  a child was made
//   command-unblocking      a waiting client was served        rdb-unlink-temp-file  a failed snapshot was removed
//   expire-cycle            keys were expired in a cycle       eviction-…            keys were evicted
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keyway {
class Clock;
}
namespace keyway::config {
class Config;
}

namespace keyway::command {

class LatencyMonitor {
 public:
  struct Sample {
    int64_t time_s = 0;  // Unix time
    int64_t ms = 0;
  };

  // Both are borrowed.
  LatencyMonitor(const config::Config& config, const Clock& clock) : config_(config), clock_(clock) {}

  bool enabled() const;
  // Takes note of an event if it took long enough.
  void Note(std::string_view event, int64_t ms);
  // Whether anything is known about the event, and what: oldest first.
  bool Has(std::string_view event) const { return events_.contains(event); }
  std::vector<Sample> Samples(std::string_view event) const;
  int64_t AllTimeWorst(std::string_view event) const;
  std::vector<std::string> Events() const;
  // Both return how many events were forgotten. The name is compared without regard to case.
  size_t Reset(std::string_view event);
  size_t ResetAll();

 private:
  static constexpr size_t kSamples = 160;
  struct Series {
    std::array<Sample, kSamples> samples{};
    size_t count = 0;  // of all samples ever; the ring's position
    int64_t worst_ms = 0;
  };

  const config::Config& config_;
  const Clock& clock_;
  std::map<std::string, Series, std::less<>> events_;
};

}  // namespace keyway::command
