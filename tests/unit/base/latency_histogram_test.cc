// The histogram against a sorted list of the same values.
#include "server/base/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/base/random.h"

namespace keyway {
namespace {

TEST(LatencyHistogramTest, EmptySaysZero) {
  LatencyHistogram histogram(3, 1'000'000);
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.min(), 0u);
  EXPECT_EQ(histogram.max(), 0u);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.ValueAtPercentile(99), 0u);
  EXPECT_EQ(histogram.CountUpTo(UINT64_MAX), 0u);
}

TEST(LatencyHistogramTest, SmallValuesAreExact) {
  LatencyHistogram histogram(3, 3'000'000);
  for (uint64_t value = 1; value <= 1000; ++value) histogram.Record(value);
  EXPECT_EQ(histogram.ValueAtPercentile(0), 1u);
  EXPECT_EQ(histogram.ValueAtPercentile(50), 500u);
  EXPECT_EQ(histogram.ValueAtPercentile(99), 990u);
  EXPECT_EQ(histogram.ValueAtPercentile(99.9), 999u);
  EXPECT_EQ(histogram.ValueAtPercentile(100), 1000u);
  EXPECT_DOUBLE_EQ(histogram.mean(), 500.5);
  EXPECT_EQ(histogram.CountUpTo(250), 250u);
}

TEST(LatencyHistogramTest, PercentilesKeepTheirDigits) {
  constexpr uint64_t kSeed = 71;
  for (int digits = 0; digits <= LatencyHistogram::kMaxDigits; ++digits) {
    Random random(kSeed);
    LatencyHistogram histogram(digits, 1'000'000'000);
    std::vector<uint64_t> values;
    for (int i = 0; i < 20'000; ++i) {
      values.push_back(static_cast<uint64_t>(std::pow(10, random.Unit() * 9)));
      histogram.Record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (double percent : {0.0, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
      double rank = std::max(1.0, std::ceil(percent / 100 * static_cast<double>(values.size()) - 1e-9));
      uint64_t exact = values[static_cast<size_t>(rank) - 1];
      uint64_t told = histogram.ValueAtPercentile(percent);
      EXPECT_GE(told, exact) << digits << " digits, " << percent << " %, seed " << kSeed;
      EXPECT_LE(static_cast<double>(told - exact), static_cast<double>(exact) * std::pow(10, -digits))
          << digits << " digits, " << percent << " %, seed " << kSeed;
    }
    EXPECT_EQ(histogram.min(), values.front());
    EXPECT_EQ(histogram.max(), values.back());
  }
}

TEST(LatencyHistogramTest, TooLargeValuesCountAsTheHighest) {
  LatencyHistogram histogram(2, 1000);
  histogram.Record(5'000'000'000);
  histogram.Record(UINT64_MAX);
  EXPECT_EQ(histogram.max(), 1000u);
  EXPECT_EQ(histogram.ValueAtPercentile(100), 1000u);
  EXPECT_EQ(histogram.count(), 2u);
}

TEST(LatencyHistogramTest, MergeAndReset) {
  LatencyHistogram one(3, 1'000'000), other(3, 1'000'000);
  one.Record(10, 3);
  other.Record(20'000);
  one.Merge(other);
  EXPECT_EQ(one.count(), 4u);
  EXPECT_EQ(one.min(), 10u);
  EXPECT_EQ(one.max(), 20'000u);
  EXPECT_EQ(one.CountUpTo(10), 3u);
  one.Reset();
  EXPECT_EQ(one.count(), 0u);
  one.Record(7);
  EXPECT_EQ(one.min(), 7u);
  EXPECT_EQ(one.max(), 7u);
}

TEST(LatencyHistogramTest, BucketsComeInOrderAndAddUp) {
  LatencyHistogram histogram(1, 1'000'000);
  for (uint64_t value : {0u, 3u, 900u, 905u, 1'000'000u}) histogram.Record(value);
  std::vector<uint64_t> ends, counts;
  histogram.ForEachBucket([&](uint64_t highest, uint64_t up_to) {
    ends.push_back(highest);
    counts.push_back(up_to);
  });
  EXPECT_TRUE(std::is_sorted(ends.begin(), ends.end()));
  EXPECT_EQ(counts.back(), 5u);
  EXPECT_EQ(ends.front(), 0u);
  EXPECT_EQ(histogram.CountUpTo(ends[2]), counts[2]);
}

TEST(LatencyHistogramTest, MemoryIsFixed) {
  LatencyHistogram histogram(1, 1'000'000'000);
  size_t before = histogram.memory_bytes();
  EXPECT_LT(before, 4096u);
  for (uint64_t value = 1; value < 1'000'000'000; value *= 3) histogram.Record(value);
  EXPECT_EQ(histogram.memory_bytes(), before);
}

}  // namespace
}  // namespace keyway
