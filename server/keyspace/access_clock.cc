#include "server/keyspace/access_clock.h"

#include <algorithm>

#include "server/base/random.h"

namespace keyway::keyspace {
namespace {

constexpr uint32_t kMinuteMask = 0xffff;

uint32_t Minutes(int64_t now_ms) { return static_cast<uint32_t>(now_ms / 60'000) & kMinuteMask; }

}  // namespace

int64_t LruIdleMs(uint32_t clock, int64_t now_ms) {
  return static_cast<int64_t>((LruClock(now_ms) - clock) & kClockMax) * 1000;
}

uint32_t LruClockIdleFor(int64_t idle_ms, int64_t now_ms) {
  // Older than the clock can tell is as old as it can tell.
  const int64_t idle_seconds = std::clamp<int64_t>(idle_ms / 1000, 0, kClockMax);
  return (LruClock(now_ms) - static_cast<uint32_t>(idle_seconds)) & kClockMax;
}

uint32_t LfuClock(uint8_t count, int64_t now_ms) { return Minutes(now_ms) << 8 | count; }

uint8_t LfuDecayedCount(uint32_t clock, int64_t now_ms, const LfuSettings& settings) {
  const uint32_t count = clock & 0xff;
  if (settings.decay_time_minutes <= 0) return static_cast<uint8_t>(count);
  const uint32_t idle_minutes = (Minutes(now_ms) - (clock >> 8)) & kMinuteMask;
  const uint32_t periods = idle_minutes / static_cast<uint32_t>(settings.decay_time_minutes);
  return static_cast<uint8_t>(periods >= count ? 0 : count - periods);
}

uint32_t LfuAfterUse(uint32_t clock, int64_t now_ms, const LfuSettings& settings, Random& random) {
  uint8_t count = LfuDecayedCount(clock, now_ms, settings);
  if (count < 255) {
    const int above_start = std::max(count - kLfuInitialCount, 0);
    const double chance = 1.0 / (static_cast<double>(above_start) * settings.log_factor + 1);
    if (random.Unit() < chance) ++count;
  }
  return LfuClock(count, now_ms);
}

}  // namespace keyway::keyspace
