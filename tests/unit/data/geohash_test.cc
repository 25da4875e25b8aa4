#include "server/data/geohash.h"

#include <gtest/gtest.h>

#include <cmath>

#include "server/base/random.h"

namespace keyway::data {
namespace {

GeoPoint RandomPoint(Random& random) {
  return {(random.Unit() * 2 - 1) * kGeoMaxLongitude, (random.Unit() * 2 - 1) * kGeoMaxLatitude};
}

TEST(GeohashTest, KnownPlaces) {
  const GeoPoint palermo{13.361389, 38.115556}, catania{15.087269, 37.502669};
  EXPECT_EQ(GeoScore(palermo), 3479099956230698u);
  EXPECT_EQ(GeoScore(catania), 3479447370796909u);
  EXPECT_EQ(GeohashText(GeoPointOf(3479099956230698)), "sqc8b49rny0");
  EXPECT_NEAR(GeoDistance(palermo, catania), 166274, 1);
  EXPECT_EQ(GeoDistance(palermo, palermo), 0);
}

TEST(GeohashTest, ScoresComeBackAsPlacesNearby) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int i = 0; i < 100'000; ++i) {
    const GeoPoint point = RandomPoint(random);
    const uint64_t score = GeoScore(point);
    ASSERT_LT(score, uint64_t{1} << 52);
    const GeoPoint back = GeoPointOf(static_cast<double>(score));
    ASSERT_NEAR(back.longitude, point.longitude, 6e-6);
    ASSERT_NEAR(back.latitude, point.latitude, 3e-6);
    ASSERT_EQ(GeoScore(back), score);
  }
}

TEST(GeohashTest, Limits) {
  EXPECT_TRUE(IsGeoPoint({180, 85.05112878}));
  EXPECT_FALSE(IsGeoPoint({180.1, 0}));
  EXPECT_FALSE(IsGeoPoint({0, 85.06}));
  EXPECT_FALSE(IsGeoPoint({NAN, 0}));
  EXPECT_FALSE(IsGeoPoint({0, NAN}));
  for (const double score :
       {-1.0, -1e300, 1e300, 0x1p63, 0x1p64, static_cast<double>(INFINITY), -static_cast<double>(INFINITY)}) {
    EXPECT_TRUE(IsGeoPoint(GeoPointOf(score))) << score;
  }
}

TEST(GeohashTest, RangesAreApart) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int i = 0; i < 20'000; ++i) {
    GeoShape shape{.center = RandomPoint(random), .radius = std::pow(10, random.Unit() * 8)};
    const GeoRanges found = GeoRangesOf(shape);
    ASSERT_GE(found.count, 1u);
    for (size_t a = 0; a < found.count; ++a) {
      ASSERT_LT(found.ranges[a].min, found.ranges[a].max);
      for (size_t b = 0; b < a; ++b) {
        ASSERT_TRUE(found.ranges[a].max <= found.ranges[b].min || found.ranges[b].max <= found.ranges[a].min);
      }
    }
  }
}

// Whatever lies in a shape, lies in one of its ranges. Away from poles and date line, where the estimate is a rough one.
TEST(GeohashTest, RangesHoldTheShape) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  int inside = 0;
  for (int i = 0; i < 3000; ++i) {
    const GeoPoint center{(random.Unit() * 2 - 1) * 100, (random.Unit() * 2 - 1) * 60};
    GeoShape shape{.center = center, .is_circle = i % 2 == 0};
    shape.radius = shape.width = shape.height = std::pow(10, random.Unit() * 4 + 2);
    const GeoRanges found = GeoRangesOf(shape);
    const double degrees = shape.radius / 111'000 * 2;
    for (int j = 0; j < 50; ++j) {
      const GeoPoint point =
          GeoPointOf(static_cast<double>(GeoScore({center.longitude + (random.Unit() * 2 - 1) * degrees,
                                                   center.latitude + (random.Unit() * 2 - 1) * degrees})));
      if (!shape.DistanceTo(point)) continue;
      ++inside;
      const auto score = static_cast<double>(GeoScore(point));
      bool held = false;
      for (const ScoreRange& range : found) held |= score >= range.min && score < range.max;
      ASSERT_TRUE(held) << center.longitude << " " << center.latitude << " " << shape.radius;
    }
  }
  EXPECT_GT(inside, 1000);
}

TEST(GeohashTest, Shapes) {
  const GeoPoint center{0, 0};
  const GeoShape circle{.center = center, .radius = 1000};
  EXPECT_TRUE(circle.DistanceTo({0, 0.008}));
  EXPECT_FALSE(circle.DistanceTo({0.008, 0.008}));
  const GeoShape box{.center = center, .is_circle = false, .width = 2000, .height = 2000};
  EXPECT_TRUE(box.DistanceTo({0.008, 0.008}));
  EXPECT_FALSE(box.DistanceTo({0.0095, 0}));
  EXPECT_FALSE(box.DistanceTo({0, 0.0095}));
}

}  // namespace
}  // namespace keyway::data
