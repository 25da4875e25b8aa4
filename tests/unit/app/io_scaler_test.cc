#include "server/app/io_scaler.h"

#include <gtest/gtest.h>

#include <vector>

namespace keyway::app {
namespace {

using Busy = std::vector<double>;

// The moves of `count` samples of the same load.
std::vector<IoScaler::Move> Repeat(IoScaler& scaler, const Busy& busy, int count) {
  std::vector<IoScaler::Move> all;
  for (int i = 0; i < count; ++i) {
    for (const IoScaler::Move& move : scaler.Sample(busy)) all.push_back(move);
  }
  return all;
}

TEST(IoScalerTest, OneThreadAtFirst) {
  IoScaler scaler(3, false);
  EXPECT_EQ(scaler.active(), 1u);
  EXPECT_EQ(scaler.first_host(), 1u);
  EXPECT_EQ(scaler.last_host(), 1u);
}

TEST(IoScalerTest, AThreadMoreWhenCrowded) {
  IoScaler scaler(3, false);
  EXPECT_TRUE(scaler.Sample({0.2, 0.9, 0, 0}).empty());  // once may be chance
  const auto moves = scaler.Sample({0.2, 0.9, 0, 0});
  EXPECT_EQ(scaler.active(), 2u);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].from, 1u);
  EXPECT_EQ(moves[0].to, 2u);
  EXPECT_DOUBLE_EQ(moves[0].share, 0.5);
}

TEST(IoScalerTest, NeverMoreThanThereAre) {
  IoScaler scaler(2, false);
  Repeat(scaler, {1, 1, 1}, 100);
  EXPECT_EQ(scaler.active(), 2u);
}

TEST(IoScalerTest, APeakBetweenQuietSamplesAddsNothing) {
  IoScaler scaler(2, false);
  for (int i = 0; i < 50; ++i) {
    scaler.Sample({0, 0.95, 0});
    scaler.Sample({0, 0.3, 0});
  }
  EXPECT_EQ(scaler.active(), 1u);
}

TEST(IoScalerTest, AThreadLessWhenTheOthersSufficeForAWhile) {
  IoScaler scaler(2, false);
  Repeat(scaler, {0, 1, 1}, 2);
  ASSERT_EQ(scaler.active(), 2u);
  EXPECT_TRUE(Repeat(scaler, {0, 0.2, 0.2}, 10).empty());
  EXPECT_EQ(scaler.active(), 2u);
  const auto moves = Repeat(scaler, {0, 0.2, 0.2}, 10);
  EXPECT_EQ(scaler.active(), 1u);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].from, 2u);
  EXPECT_EQ(moves[0].to, 1u);
  EXPECT_DOUBLE_EQ(moves[0].share, 1);
}

TEST(IoScalerTest, NoThreadLessThanOneUnlessTheyMayRest) {
  IoScaler scaler(2, false);
  Repeat(scaler, {0, 0, 0}, 200);
  EXPECT_EQ(scaler.active(), 1u);
}

TEST(IoScalerTest, TheyRestUntilTheExecThreadIsBusy) {
  IoScaler scaler(2, true);
  EXPECT_EQ(scaler.active(), 0u);
  EXPECT_EQ(scaler.last_host(), 0u);
  Repeat(scaler, {0.5, 0, 0}, 50);
  EXPECT_EQ(scaler.active(), 0u);
  const auto moves = Repeat(scaler, {0.9, 0, 0}, 2);
  EXPECT_EQ(scaler.active(), 1u);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].from, 0u);
  EXPECT_EQ(moves[0].to, 1u);
  EXPECT_EQ(scaler.first_host(), 1u);
  // Back only when both together are little.
  Repeat(scaler, {0.4, 0.3, 0}, 100);
  EXPECT_EQ(scaler.active(), 1u);
  Repeat(scaler, {0.1, 0.2, 0}, 30);
  EXPECT_EQ(scaler.active(), 0u);
}

TEST(IoScalerTest, UnevenLoadIsEvenedOut) {
  IoScaler scaler(2, false);
  Repeat(scaler, {0, 1, 1}, 2);
  ASSERT_EQ(scaler.active(), 2u);
  const auto moves = Repeat(scaler, {0, 0.3, 0.8}, 5);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].from, 2u);
  EXPECT_EQ(moves[0].to, 1u);
  EXPECT_NEAR(moves[0].share, 0.3125, 1e-9);  // 0.8 - 0.25 = 0.3 + 0.25
  // A small difference is none.
  for (const IoScaler::Move& move : Repeat(scaler, {0, 0.6, 0.7}, 50)) EXPECT_EQ(move.from, 0u);
}

TEST(IoScalerTest, WhoIsBusyOnAUnitThatRestsIsFetched) {
  IoScaler scaler(3, false);
  const auto moves = Repeat(scaler, {0.1, 0.2, 0.3, 0}, 10);
  bool fetched = false;
  for (const IoScaler::Move& move : moves) {
    EXPECT_EQ(move.to, 1u);
    if (move.from == 2) fetched = true;
    EXPECT_NE(move.from, 3u);
  }
  EXPECT_TRUE(fetched);
}

}  // namespace
}  // namespace keyway::app
