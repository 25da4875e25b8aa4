// The 24-bit clock of an entry: when it was last used (LRU), or how often (LFU).
//
//   LRU   seconds, modulo 2^24 (194 days)
//   LFU   | minutes modulo 2^16, high 16 bits | logarithmic counter, low 8 bits |
//
// The counter starts at 5, is incremented with a chance of 1 / ((counter - 5) * lfu-log-factor + 1), and falls by one
// every lfu-decay-time minutes without use.
#pragma once

#include <cstdint>

namespace keyway {
class Random;
}

namespace keyway::keyspace {

struct LfuSettings {
  int log_factor = 10;
  int decay_time_minutes = 1;  // 0: no decay
};

inline constexpr uint32_t kClockMax = (1 << 24) - 1;
inline constexpr uint8_t kLfuInitialCount = 5;

inline uint32_t LruClock(int64_t now_ms) { return static_cast<uint32_t>(now_ms / 1000) & kClockMax; }
// Milliseconds since the entry's last use.
int64_t LruIdleMs(uint32_t clock, int64_t now_ms);
// The clock of an entry that was last used `idle_ms` ago.
uint32_t LruClockIdleFor(int64_t idle_ms, int64_t now_ms);

uint32_t LfuClock(uint8_t count, int64_t now_ms);
// The counter, decayed until now. Changes nothing.
uint8_t LfuDecayedCount(uint32_t clock, int64_t now_ms, const LfuSettings& settings);
// The clock after one more use.
uint32_t LfuAfterUse(uint32_t clock, int64_t now_ms, const LfuSettings& settings, Random& random);

}  // namespace keyway::keyspace
