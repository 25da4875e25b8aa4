#include "server/data/geohash.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace keyway::data {
namespace {

constexpr int kScoreSteps = 26;  // bits of each coordinate
constexpr double kEarthRadius = 6372797.560856;
constexpr double kMercatorMax = 20037726.37;
constexpr double kDegree = std::numbers::pi / 180.0;

double Radians(double degrees) { return degrees * kDegree; }
double Degrees(double radians) { return radians / kDegree; }

// A cell of the globe: the first `steps` bits of each coordinate.
struct Cell {
  uint64_t bits = 0;
  int steps = 0;
};

struct Area {
  double min_longitude, max_longitude, min_latitude, max_latitude;
};

// Puts a zero before each bit.
uint64_t Spread(uint32_t value) {
  uint64_t x = value;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x << 2) & 0x3333333333333333;
  return (x | x << 1) & 0x5555555555555555;
}

// The even bits, together.
uint32_t Gather(uint64_t x) {
  x &= 0x5555555555555555;
  x = (x | x >> 1) & 0x3333333333333333;
  x = (x | x >> 2) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x >> 4) & 0x00ff00ff00ff00ff;
  x = (x | x >> 8) & 0x0000ffff0000ffff;
  return static_cast<uint32_t>(x | x >> 16);
}

Cell CellOf(GeoPoint point, int steps, double max_latitude = kGeoMaxLatitude) {
  const double latitude = (point.latitude + max_latitude) / (max_latitude - -max_latitude);
  const double longitude = (point.longitude + kGeoMaxLongitude) / (kGeoMaxLongitude - -kGeoMaxLongitude);
  const auto scale = static_cast<double>(uint64_t{1} << steps);
  return {Spread(static_cast<uint32_t>(latitude * scale)) | Spread(static_cast<uint32_t>(longitude * scale)) << 1,
          steps};
}

Area AreaOf(const Cell& cell) {
  const uint32_t latitude = Gather(cell.bits), longitude = Gather(cell.bits >> 1);
  const auto parts = static_cast<double>(uint64_t{1} << cell.steps);
  const auto place = [parts](double number, double limit) { return -limit + (number / parts) * (limit - -limit); };
  return {place(longitude, kGeoMaxLongitude), place(longitude + 1.0, kGeoMaxLongitude),
          place(latitude, kGeoMaxLatitude), place(latitude + 1.0, kGeoMaxLatitude)};
}

// The cell so many cells to the east and to the north; it goes around at the edges.
Cell Neighbor(const Cell& cell, int east, int north) {
  const auto mask = static_cast<uint32_t>((uint64_t{1} << cell.steps) - 1);
  uint32_t longitude = Gather(cell.bits >> 1), latitude = Gather(cell.bits);
  // A point on the very edge has one bit more, which only goes when the coordinate changes.
  if (east != 0) longitude = (longitude + static_cast<uint32_t>(east)) & mask;
  if (north != 0) latitude = (latitude + static_cast<uint32_t>(north)) & mask;
  return {Spread(latitude) | Spread(longitude) << 1, cell.steps};
}

int EstimateSteps(double radius, double latitude) {
  if (radius == 0) return kScoreSteps;
  int steps = 1;
  for (; radius < kMercatorMax; radius *= 2) ++steps;
  // Two coarser than the radius, so that it reaches no further than the neighbours in most cases.
  steps -= 2;
  // Meridians come closer towards the poles.
  if (latitude > 66 || latitude < -66) --steps;
  if (latitude > 80 || latitude < -80) --steps;
  return std::clamp(steps, 1, kScoreSteps);
}

Area BoundsOf(const GeoShape& shape) {
  const double up = shape.is_circle ? shape.radius : shape.height / 2;
  const double aside = shape.is_circle ? shape.radius : shape.width / 2;
  const GeoPoint center = shape.center;
  const double latitudes = Degrees(up / kEarthRadius);
  // A length covers most degrees of longitude on the side of the pole.
  const double widest = center.latitude < 0 ? center.latitude - latitudes : center.latitude + latitudes;
  const double longitudes = Degrees(aside / kEarthRadius / std::cos(Radians(widest)));
  return {center.longitude - longitudes, center.longitude + longitudes, center.latitude - latitudes,
          center.latitude + latitudes};
}

// Whether the neighbours on the four sides reach as far as the bounds do.
bool NeighborsCover(const Cell& cell, const Area& bounds) {
  return AreaOf(Neighbor(cell, 0, 1)).max_latitude >= bounds.max_latitude &&
         AreaOf(Neighbor(cell, 0, -1)).min_latitude <= bounds.min_latitude &&
         AreaOf(Neighbor(cell, 1, 0)).max_longitude >= bounds.max_longitude &&
         AreaOf(Neighbor(cell, -1, 0)).min_longitude <= bounds.min_longitude;
}

uint64_t FirstScore(const Cell& cell) { return cell.bits << (2 * (kScoreSteps - cell.steps)); }

// As a cast on x86-64 does it, where C++ leaves it open: members of any sorted set may be taken for places.
uint64_t BitsOf(double score) {
  if (score >= 0x1p63) return score < 0x1p64 ? static_cast<uint64_t>(score) : 0;
  if (score < -0x1p63) return uint64_t{1} << 63;
  return static_cast<uint64_t>(static_cast<int64_t>(score));
}

}  // namespace

bool IsGeoPoint(GeoPoint point) {
  return point.longitude >= -kGeoMaxLongitude && point.longitude <= kGeoMaxLongitude &&
         point.latitude >= -kGeoMaxLatitude && point.latitude <= kGeoMaxLatitude;
}

uint64_t GeoScore(GeoPoint point) { return CellOf(point, kScoreSteps).bits; }

GeoPoint GeoPointOf(double score) {
  const Area area = AreaOf({BitsOf(score), kScoreSteps});
  return {std::clamp((area.min_longitude + area.max_longitude) / 2, -kGeoMaxLongitude, kGeoMaxLongitude),
          std::clamp((area.min_latitude + area.max_latitude) / 2, -kGeoMaxLatitude, kGeoMaxLatitude)};
}

std::string GeohashText(GeoPoint point) {
  static constexpr char kAlphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  const uint64_t bits = CellOf(point, kScoreSteps, 90).bits;
  std::string text;
  // 52 bits make ten characters; the eleventh, which the text has by tradition, is always zero.
  for (int shift = 2 * kScoreSteps - 5; shift >= 0; shift -= 5) text += kAlphabet[bits >> shift & 0x1f];
  return text + kAlphabet[0];
}

double GeoDistance(GeoPoint a, GeoPoint b) {
  const double v = std::sin((Radians(b.longitude) - Radians(a.longitude)) / 2);
  if (v == 0) return kEarthRadius * std::abs(Radians(b.latitude) - Radians(a.latitude));
  const double latitude_a = Radians(a.latitude), latitude_b = Radians(b.latitude);
  const double u = std::sin((latitude_b - latitude_a) / 2);
  const double haversine = u * u + std::cos(latitude_a) * std::cos(latitude_b) * v * v;
  return 2.0 * kEarthRadius * std::asin(std::sqrt(haversine));
}

std::optional<double> GeoShape::DistanceTo(GeoPoint point) const {
  if (is_circle) {
    const double distance = GeoDistance(center, point);
    if (distance > radius) return std::nullopt;
    return distance;
  }
  const double up = kEarthRadius * std::abs(Radians(point.latitude) - Radians(center.latitude));
  if (up > height / 2) return std::nullopt;
  if (GeoDistance(point, {center.longitude, point.latitude}) > width / 2) return std::nullopt;
  return GeoDistance(center, point);
}

GeoRanges GeoRangesOf(const GeoShape& shape) {
  const Area bounds = BoundsOf(shape);
  const double radius = shape.is_circle
                            ? shape.radius
                            : std::sqrt(shape.width / 2 * (shape.width / 2) + shape.height / 2 * (shape.height / 2));
  int steps = EstimateSteps(radius, shape.center.latitude);
  Cell cell = CellOf(shape.center, steps);
  if (steps > 1 && !NeighborsCover(cell, bounds)) cell = CellOf(shape.center, --steps);
  const Area area = AreaOf(cell);

  // Neighbours that the shape does not reach are left out. With the largest cells they may be on any side.
  const bool may_skip = steps >= 2;
  const bool no_south = may_skip && area.min_latitude < bounds.min_latitude;
  const bool no_north = may_skip && area.max_latitude > bounds.max_latitude;
  const bool no_west = may_skip && area.min_longitude < bounds.min_longitude;
  const bool no_east = may_skip && area.max_longitude > bounds.max_longitude;
  static constexpr struct {
    int east, north;
  } kOrder[] = {{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};

  GeoRanges result;
  std::optional<uint64_t> last;
  for (const auto& [east, north] : kOrder) {
    if ((north < 0 && no_south) || (north > 0 && no_north) || (east < 0 && no_west) || (east > 0 && no_east)) continue;
    const Cell neighbor = Neighbor(cell, east, north);
    // With huge cells neighbours are the same on both sides.
    if (last == neighbor.bits) continue;
    last = neighbor.bits;
    const auto end = static_cast<double>(FirstScore({neighbor.bits + 1, steps}));
    result.ranges[result.count++] = {static_cast<double>(FirstScore(neighbor)), end, false, true};
  }
  return result;
}

}  // namespace keyway::data
