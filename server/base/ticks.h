// A cheap running counter for durations: the processor's time stamp counter where it is steady, else the monotonic
// clock in nanoseconds. Used to charge each command its time without a clock call of its own.
#pragma once

#include <cstdint>
#include <ctime>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace keyway {

class TickClock {
 public:
  // Measures the counter against the monotonic clock for a few milliseconds. [main]
  TickClock();

  uint64_t Now() const {
#if defined(__x86_64__)
    if (use_tsc_) return __rdtsc();
#endif
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
  }
  uint64_t ToNanoseconds(uint64_t ticks) const {
    return static_cast<uint64_t>(static_cast<double>(ticks) * ns_per_tick_);
  }

 private:
  bool use_tsc_ = false;
  double ns_per_tick_ = 1.0;
};

}  // namespace keyway
