// Time, so that tests can set it by hand. Two clocks: wall time for everything a user sees or sets (expiry, logs), and
// monotonic time for durations (time-outs, slow log). The exec thread reads the wall clock once a turn and caches it.
#pragma once

#include <cstdint>

namespace keyway {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t WallUs() const = 0;       // microseconds since the Unix epoch
  virtual int64_t MonotonicUs() const = 0;  // microseconds since some fixed point
  int64_t WallMs() const { return WallUs() / 1000; }
  int64_t MonotonicMs() const { return MonotonicUs() / 1000; }
};

// The machine's clocks. Lives as long as the process. [any]
const Clock& SystemClock();

// A clock that stands still until it is moved. For tests.
class ManualClock : public Clock {
 public:
  explicit ManualClock(int64_t wall_ms = 1'700'000'000'000) : wall_us_(wall_ms * 1000) {}
  int64_t WallUs() const override { return wall_us_; }
  int64_t MonotonicUs() const override { return monotonic_us_; }
  void AdvanceMs(int64_t ms) { wall_us_ += ms * 1000, monotonic_us_ += ms * 1000; }

 private:
  int64_t wall_us_;
  int64_t monotonic_us_ = 1'000'000;
};

}  // namespace keyway
