#include "server/base/clock.h"

#include <ctime>

namespace keyway {
namespace {

int64_t ReadUs(clockid_t id) {
  timespec now;
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

class MachineClock final : public Clock {
 public:
  int64_t WallUs() const override { return ReadUs(CLOCK_REALTIME); }
  int64_t MonotonicUs() const override { return ReadUs(CLOCK_MONOTONIC); }
};

}  // namespace

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

}  // namespace keyway
