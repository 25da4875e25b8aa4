// What the geo commands share: reading places, lengths and units, and printing distances and places.
#pragma once

#include <optional>

#include "server/command/context.h"
#include "server/data/geohash.h"

namespace keyway::commands {

// Longitude and latitude in arguments i and i + 1, within the limits; or an error was answered.
std::optional<data::GeoPoint> GeoPointArg(command::Context& ctx, size_t i);
// How many metres the unit in argument i has; or an error was answered.
std::optional<double> UnitArg(command::Context& ctx, size_t i);

// With four digits after the point.
void ReplyDistance(command::Context& ctx, double distance);
void ReplyPoint(command::Context& ctx, data::GeoPoint point);

}  // namespace keyway::commands
