#include "server/base/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "server/base/random.h"

namespace keyway {
namespace {

TEST(LatencyHistogramTest, SmallValuesAreExact) {
  for (uint64_t ns = 0; ns < 64; ++ns) {
    LatencyHistogram histogram;
    histogram.Record(ns);
    EXPECT_EQ(histogram.AtPercentile(50), ns);
  }
}

TEST(LatencyHistogramTest, EveryValueIsKnownToThreePercent) {
  for (uint64_t ns = 1; ns <= LatencyHistogram::kMaxNs; ns += 1 + ns / 97) {
    LatencyHistogram histogram;
    histogram.Record(ns);
    EXPECT_GE(histogram.AtPercentile(100), ns);
    EXPECT_LE(histogram.AtPercentile(100), ns + ns / 32);
  }
}

TEST(LatencyHistogramTest, TheEndsOfTheRange) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.AtPercentile(50), 0u);
  EXPECT_EQ(histogram.total(), 0u);
  histogram.Record(0);
  histogram.Record(LatencyHistogram::kMaxNs);
  histogram.Record(UINT64_MAX);
  EXPECT_EQ(histogram.total(), 3u);
  EXPECT_EQ(histogram.AtPercentile(0), 0u);
  EXPECT_EQ(histogram.AtPercentile(100), LatencyHistogram::kMaxNs);
  EXPECT_EQ(histogram.CountBelow(1024), 1u);
  EXPECT_EQ(histogram.CountBelow(1 << 29), 1u);
  EXPECT_EQ(histogram.CountBelow(1 << 30), 3u);
}

TEST(LatencyHistogramTest, PercentilesOfManyValues) {
  Random random(1);
  LatencyHistogram histogram;
  std::vector<uint64_t> values;
  for (int i = 0; i < 10'000; ++i) {
    values.push_back(random.Below(1'000'000));
    histogram.Record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (double percent : {1.0, 50.0, 90.0, 99.0, 99.9}) {
    const uint64_t exact = values[static_cast<size_t>(percent / 100 * 10'000 + 0.5) - 1];
    EXPECT_GE(histogram.AtPercentile(percent), exact) << percent;
    EXPECT_LE(histogram.AtPercentile(percent), exact + exact / 32) << percent;
  }
  const uint64_t border = 1 << 18;
  const auto below = std::lower_bound(values.begin(), values.end(), border) - values.begin();
  EXPECT_EQ(histogram.CountBelow(border), static_cast<uint64_t>(below));
}

}  // namespace
}  // namespace keyway
