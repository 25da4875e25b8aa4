#include "server/base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace keyway {
namespace {

TEST(RandomTest, ASeedRepeatsItself) {
  Random first(42), second(42), other(43);
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = first.Next();
    EXPECT_EQ(value, second.Next());
    EXPECT_NE(value, other.Next());
  }
}

TEST(RandomTest, GeneratorsOfTheirOwnDiffer) { EXPECT_NE(Random().Next(), Random().Next()); }

TEST(RandomTest, BelowIsUniformAndStaysBelow) {
  Random random(7);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100000; ++i) ++counts.at(random.Below(10));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  EXPECT_EQ(random.Below(1), 0u);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.Below(uint64_t{3} << 62), uint64_t{3} << 62);
}

TEST(RandomTest, UnitStaysWithinItsRange) {
  Random random(7);
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = random.Unit();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.01);
}

}  // namespace
}  // namespace keyway
