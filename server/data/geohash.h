// Places on the globe as scores of sorted sets, and searches around a place.
//
// A score is a geohash of 52 bits: latitude and longitude, scaled to 26 bits each, with their bits by turns, longitude first.
// Latitudes end at ±85.05112878 (the square of the Mercator projection). Cutting bits off its end makes a hash the name of a
// cell that holds everything whose hash begins so: all scores of a cell are one range.
//
// A search estimates how large cells have to be that the cell of the centre and its eight neighbours cover the shape, looks
// at the ranges of scores of these cells, and checks each place in them. The formulas are Redis's, so that scores, distances
// and the order of unsorted results agree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/data/zset.h"

namespace keyway::data {

// In degrees.
struct GeoPoint {
  double longitude = 0, latitude = 0;
};

inline constexpr double kGeoMaxLongitude = 180, kGeoMaxLatitude = 85.05112878;

// Whether the point is within the limits of what has a score.
bool IsGeoPoint(GeoPoint point);
// The score of a point within the limits.
uint64_t GeoScore(GeoPoint point);
// The place that any score stands for: scores that are no geohash give some place within the limits.
GeoPoint GeoPointOf(double score);
// The usual geohash text, of 11 characters, whose latitudes reach to ±90.
std::string GeohashText(GeoPoint point);
// In metres, on a sphere.
double GeoDistance(GeoPoint a, GeoPoint b);

// A circle, or a rectangle along the axes, around a centre. Lengths in metres.
struct GeoShape {
  GeoPoint center;
  bool is_circle = true;
  double radius = 0;
  double width = 0, height = 0;

  // The distance from the centre, if the point lies in the shape.
  std::optional<double> DistanceTo(GeoPoint point) const;
};

// Ranges of scores that together hold every place in the shape, in the order in which they are searched. None overlaps another.
struct GeoRanges {
  std::array<ScoreRange, 9> ranges;
  size_t count = 0;
  const ScoreRange* begin() const { return ranges.data(); }
  const ScoreRange* end() const { return ranges.data() + count; }
};
GeoRanges GeoRangesOf(const GeoShape& shape);

}  // namespace keyway::data
