// Places: adding them to a sorted set, and asking where members are.
#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/double_text.h"
#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/geo_support.h"
#include "server/commands/zset_support.h"

namespace keyway::commands {

using command::Context;
using command::IsWord;
using data::GeoPoint;
using data::ValueType;
using data::Zset;
using keyspace::Entry;
namespace errors = command::errors;

std::optional<GeoPoint> GeoPointArg(Context& ctx, size_t i) {
  const auto longitude = command::DoubleArg(ctx, i);
  if (!longitude) return std::nullopt;
  const auto latitude = command::DoubleArg(ctx, i + 1);
  if (!latitude) return std::nullopt;
  const GeoPoint point{*longitude, *latitude};
  if (data::IsGeoPoint(point)) return point;
  ctx.reply().Error(fmt::format("ERR invalid longitude,latitude pair {:f},{:f}", point.longitude, point.latitude));
  return std::nullopt;
}

std::optional<double> UnitArg(Context& ctx, size_t i) {
  const std::string_view unit = ctx.arg(i);
  if (IsWord(unit, "M")) return 1;
  if (IsWord(unit, "KM")) return 1000;
  if (IsWord(unit, "FT")) return 0.3048;
  if (IsWord(unit, "MI")) return 1609.34;
  ctx.reply().Error("ERR unsupported unit provided. please use M, KM, FT, MI");
  return std::nullopt;
}

void ReplyDistance(Context& ctx, double distance) {
  char text[kMaxDoubleLength];
  ctx.reply().Bulk({text, FormatFixed(distance, 4, text)});
}

void ReplyPoint(Context& ctx, GeoPoint point) {
  ctx.reply().Array(2);
  ctx.reply().HumanLongDouble(point.longitude);
  ctx.reply().HumanLongDouble(point.latitude);
}

namespace {

// GEOADD is ZADD with scores that stand for places, and is propagated as such: "ZADD key [options] score member …".
void GeoAdd(Context& ctx) {
  ZaddRequest request;
  size_t first = 2;
  for (; first < ctx.argc(); ++first) {
    const std::string_view word = ctx.arg(first);
    if (IsWord(word, "NX")) {
      request.flags |= data::kZaddNew;
    } else if (IsWord(word, "XX")) {
      request.flags |= data::kZaddExisting;
    } else if (IsWord(word, "CH")) {
      request.count_updates = true;
    } else {
      break;
    }
  }
  const bool contradicts = (request.flags & data::kZaddNew) && (request.flags & data::kZaddExisting);
  const size_t words = ctx.argc() - first;
  if (contradicts || words == 0 || words % 3 != 0) return ctx.reply().Error(errors::kSyntax);
  for (size_t i = first; i < ctx.argc(); i += 3) {
    const auto point = GeoPointArg(ctx, i);
    if (!point) return;
    request.pairs.push_back({static_cast<double>(data::GeoScore(*point)), ctx.arg(i + 2)});
  }
  if (!AddToZset(ctx, request)) return;

  std::vector<std::string> scores;
  scores.reserve(request.pairs.size());
  std::vector<std::string_view> propagated = {"ZADD", ctx.arg(1)};
  for (size_t i = 2; i < first; ++i) propagated.push_back(ctx.arg(i));
  for (const auto& [score, member] : request.pairs) {
    scores.emplace_back(IntegerText(static_cast<int64_t>(score)).view());
    propagated.push_back(scores.back());
    propagated.push_back(member);
  }
  ctx.PropagateAs(propagated);
}

// Calls reply(place) for the members in the arguments from 2 on, missing() for those that are not there.
template <class Missing, class Reply>
void ReplyPlaces(Context& ctx, Missing&& missing, Reply&& reply) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  const Zset* zset = nullptr;
  if (entry != nullptr) {
    zset = ObjectOfType<Zset>(ctx, entry, ValueType::kZset);
    if (zset == nullptr) return;
  }
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - 2));
  for (const std::string_view member : ctx.args().subspan(2)) {
    const std::optional<double> score = zset != nullptr ? zset->Score(member) : std::nullopt;
    score ? reply(data::GeoPointOf(*score)) : missing();
  }
}

void GeoHash(Context& ctx) {
  ReplyPlaces(
      ctx, [&] { ctx.reply().Null(); }, [&](GeoPoint point) { ctx.reply().Bulk(data::GeohashText(point)); });
}

void GeoPos(Context& ctx) {
  ReplyPlaces(
      ctx, [&] { ctx.reply().NullArray(); }, [&](GeoPoint point) { ReplyPoint(ctx, point); });
}

void GeoDist(Context& ctx) {
  double unit = 1;
  if (ctx.argc() > 5) return ctx.reply().Error(errors::kSyntax);
  if (ctx.argc() == 5) {
    const auto given = UnitArg(ctx, 4);
    if (!given) return;
    unit = *given;
  }
  const Zset* zset = ReadZset(ctx, 1, [&] { ctx.reply().Null(); });
  if (zset == nullptr) return;
  const auto from = zset->Score(ctx.arg(2)), to = zset->Score(ctx.arg(3));
  if (!from || !to) return ctx.reply().Null();
  ReplyDistance(ctx, data::GeoDistance(data::GeoPointOf(*from), data::GeoPointOf(*to)) / unit);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"geoadd", GeoAdd},
    {"geodist", GeoDist},
    {"geohash", GeoHash},
    {"geopos", GeoPos},
};

}  // namespace

std::span<const command::HandlerBinding> GeoHandlers() { return kHandlers; }

}  // namespace keyway::commands
