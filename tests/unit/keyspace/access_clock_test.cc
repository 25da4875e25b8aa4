#include "server/keyspace/access_clock.h"

#include <gtest/gtest.h>

#include "server/base/random.h"

namespace keyway::keyspace {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kMinute = 60'000;

TEST(LruClockTest, TellsIdleTimeInSeconds) {
  const uint32_t clock = LruClock(kNow);
  EXPECT_EQ(LruIdleMs(clock, kNow), 0);
  EXPECT_EQ(LruIdleMs(clock, kNow + 12'345), 12'000);
  EXPECT_EQ(LruIdleMs(LruClockIdleFor(5000'000, kNow), kNow), 5000'000);
}

TEST(LruClockTest, WrapsAround) {
  const int64_t before_wrap = int64_t{kClockMax} * 1000;
  EXPECT_EQ(LruIdleMs(LruClock(before_wrap), before_wrap + 10'000), 10'000);
  EXPECT_EQ(LruIdleMs(LruClockIdleFor(20'000, 5'000), 5'000), 20'000);
  // Longer than it can tell.
  EXPECT_EQ(LruIdleMs(LruClockIdleFor(int64_t{1} << 60, kNow), kNow), int64_t{kClockMax} * 1000);
}

TEST(LfuClockTest, DecaysByTheMinute) {
  const LfuSettings settings;
  const uint32_t clock = LfuClock(100, kNow);
  EXPECT_EQ(LfuDecayedCount(clock, kNow, settings), 100);
  EXPECT_EQ(LfuDecayedCount(clock, kNow + 10 * kMinute, settings), 90);
  EXPECT_EQ(LfuDecayedCount(clock, kNow + 1000 * kMinute, settings), 0);
  EXPECT_EQ(LfuDecayedCount(clock, kNow + 10 * kMinute, {.decay_time_minutes = 5}), 98);
  EXPECT_EQ(LfuDecayedCount(clock, kNow + 10 * kMinute, {.decay_time_minutes = 0}), 100);
}

TEST(LfuClockTest, CountsMoreSlowlyTheHigherItIs) {
  Random random(1);
  const LfuSettings settings;
  uint32_t clock = LfuClock(kLfuInitialCount, kNow);
  // The first use is always counted.
  clock = LfuAfterUse(clock, kNow, settings, random);
  EXPECT_EQ(LfuDecayedCount(clock, kNow, settings), kLfuInitialCount + 1);
  for (int i = 0; i < 1000; ++i) clock = LfuAfterUse(clock, kNow, settings, random);
  EXPECT_NEAR(LfuDecayedCount(clock, kNow, settings), 18, 5);
  for (int i = 0; i < 10'000'000; ++i) clock = LfuAfterUse(clock, kNow, settings, random);
  EXPECT_EQ(LfuDecayedCount(clock, kNow, settings), 255);
}

TEST(LfuClockTest, CountsEveryUseWithAFactorOfZero) {
  Random random(1);
  const LfuSettings settings = {.log_factor = 0};
  uint32_t clock = LfuClock(0, kNow);
  for (int i = 0; i < 300; ++i) clock = LfuAfterUse(clock, kNow, settings, random);
  EXPECT_EQ(LfuDecayedCount(clock, kNow, settings), 255);
}

}  // namespace
}  // namespace keyway::keyspace
