// Rates per second over the last second and a half: instantaneous_ops_per_sec and its like. Sampled by cron. [exec]
#pragma once

#include <array>
#include <cstdint>

namespace keyway::stats {

class Rates {
 public:
  enum Metric { kCommands, kNetInput, kNetOutput, kMetrics };

  // `total` is a running counter.
  void Sample(Metric metric, uint64_t total, int64_t now_us);
  // Per second, averaged over the kept samples.
  uint64_t PerSecond(Metric metric) const;

 private:
  static constexpr int kSamples = 16;
  struct Series {
    uint64_t last_total = 0;
    int64_t last_us = 0;
    std::array<uint64_t, kSamples> samples{};
    int next = 0;
  };
  std::array<Series, kMetrics> series_{};
};

}  // namespace keyway::stats
