// Places around a place: GEOSEARCH and GEOSEARCHSTORE, and GEORADIUS and GEORADIUSBYMEMBER, their elder forms.
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/geo_support.h"
#include "server/commands/zset_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::GeoPoint;
using data::ValueType;
using data::Zset;
using data::ZsetBuilder;
using keyspace::Entry;
namespace errors = command::errors;

enum class Order : uint8_t { kNone, kNearest, kFarthest };

// What the command's name says.
struct Form {
  bool search = false;        // GEOSEARCH…: centre and shape are options
  bool search_store = false;  // GEOSEARCHSTORE
  bool by_member = false;     // GEORADIUSBYMEMBER…
  bool may_store = false;     // GEORADIUS without _RO
};

struct Request {
  data::GeoShape shape;
  double unit = 1;  // metres of the unit that lengths are given and replied in
  bool has_center = false, has_circle = false, has_box = false;
  bool center_from_member = false;
  bool with_distance = false, with_hash = false, with_place = false;
  Order order = Order::kNone;
  bool any = false;
  uint64_t count = 0;                // 0: all
  std::optional<size_t> store_into;  // argument of the key
  bool store_distances = false;
};

struct Match {
  GeoPoint point;
  double distance;  // in metres
  double score;
  std::string member;
};

// ---- arguments -----------------------------------------------------------------------------------------------------

// "radius unit" at argument i.
bool ReadCircle(Context& ctx, size_t i, Request& request) {
  const auto radius = command::DoubleArg(ctx, i, "ERR need numeric radius");
  if (!radius) return false;
  if (*radius < 0) {
    ctx.reply().Error("ERR radius cannot be negative");
    return false;
  }
  const auto unit = UnitArg(ctx, i + 1);
  if (!unit) return false;
  request.unit = *unit;
  request.shape.is_circle = true;
  request.shape.radius = *radius * *unit;
  return true;
}

// "width height unit" at argument i.
bool ReadBox(Context& ctx, size_t i, Request& request) {
  const auto width = command::DoubleArg(ctx, i, "ERR need numeric width");
  if (!width) return false;
  const auto height = command::DoubleArg(ctx, i + 1, "ERR need numeric height");
  if (!height) return false;
  if (*width < 0 || *height < 0) {
    ctx.reply().Error("ERR height or width cannot be negative");
    return false;
  }
  const auto unit = UnitArg(ctx, i + 2);
  if (!unit) return false;
  request.unit = *unit;
  request.shape.is_circle = false;
  request.shape.width = *width * *unit, request.shape.height = *height * *unit;
  return true;
}

bool ReadCenter(Context& ctx, size_t i, Request& request) {
  const auto point = GeoPointArg(ctx, i);
  if (!point) return false;
  request.shape.center = *point;
  return true;
}

// The member in argument i is the centre; without a sorted set there is no need of one.
bool ReadMember(Context& ctx, size_t i, const Zset* zset, Request& request) {
  if (zset == nullptr) return true;
  const auto score = zset->Score(ctx.arg(i));
  if (!score) {
    ctx.reply().Error("ERR could not decode requested zset member");
    return false;
  }
  request.shape.center = data::GeoPointOf(*score);
  return true;
}

bool ReadCount(Context& ctx, size_t i, Request& request) {
  const auto count = command::IntegerArg(ctx, i);
  if (!count) return false;
  if (*count <= 0) {
    ctx.reply().Error("ERR COUNT must be > 0");
    return false;
  }
  request.count = static_cast<uint64_t>(*count);
  return true;
}

// Reads the option at argument *i of those that only GEOSEARCH and GEOSEARCHSTORE have, and moves *i to its last word.
// Nothing: it is none of them. False: it answered with an error.
std::optional<bool> ReadSearchOption(Context& ctx, size_t* i, const Form& form, const Zset* zset, Request& request) {
  const std::string_view word = ctx.arg(*i);
  const size_t at = *i + 1, left = ctx.argc() - at;
  if (form.search_store && IsWord(word, "STOREDIST")) {
    request.store_distances = true;
    return true;
  }
  const bool from_place = request.has_center && !request.center_from_member;
  if (IsWord(word, "FROMMEMBER") && left >= 1 && !from_place) {
    request.has_center = request.center_from_member = true;
    *i += 1;
    return ReadMember(ctx, at, zset, request);
  }
  if (IsWord(word, "FROMLONLAT") && left >= 2 && !request.center_from_member) {
    request.has_center = true;
    *i += 2;
    return ReadCenter(ctx, at, request);
  }
  if (IsWord(word, "BYRADIUS") && left >= 2 && !request.has_box) {
    request.has_circle = true;
    *i += 2;
    return ReadCircle(ctx, at, request);
  }
  if (IsWord(word, "BYBOX") && left >= 3 && !request.has_circle) {
    request.has_box = true;
    *i += 3;
    return ReadBox(ctx, at, request);
  }
  return std::nullopt;
}

// The same for STORE and STOREDIST of GEORADIUS.
std::optional<bool> ReadStoreOption(Context& ctx, size_t* i, Request& request) {
  const bool distances = IsWord(ctx.arg(*i), "STOREDIST");
  if ((!distances && !IsWord(ctx.arg(*i), "STORE")) || *i + 1 >= ctx.argc()) return std::nullopt;
  request.store_into = ++*i;
  request.store_distances = distances;
  return true;
}

// The options from argument i on. False: it answered with an error.
bool ReadOptions(Context& ctx, size_t i, const Form& form, const Zset* zset, Request& request) {
  for (; i < ctx.argc(); ++i) {
    const std::string_view word = ctx.arg(i);
    if (IsWord(word, "WITHDIST")) {
      request.with_distance = true;
    } else if (IsWord(word, "WITHHASH")) {
      request.with_hash = true;
    } else if (IsWord(word, "WITHCOORD")) {
      request.with_place = true;
    } else if (IsWord(word, "ANY")) {
      request.any = true;
    } else if (IsWord(word, "ASC")) {
      request.order = Order::kNearest;
    } else if (IsWord(word, "DESC")) {
      request.order = Order::kFarthest;
    } else if (IsWord(word, "COUNT") && i + 1 < ctx.argc()) {
      if (!ReadCount(ctx, ++i, request)) return false;
    } else {
      std::optional<bool> read;
      if (form.search) read = ReadSearchOption(ctx, &i, form, zset, request);
      if (form.may_store) read = ReadStoreOption(ctx, &i, request);
      if (!read) ctx.reply().Error(errors::kSyntax);
      if (!read.value_or(false)) return false;
    }
  }
  return true;
}

// Whether the options go together; answers with an error if not.
bool CheckOptions(Context& ctx, const Form& form, const Request& request) {
  std::string error;
  if (request.store_into && (request.with_distance || request.with_hash || request.with_place)) {
    error = fmt::format("ERR {} is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
                        form.search_store ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS");
  } else if (form.search && !request.has_center) {
    error = fmt::format("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {}", ctx.arg(0));
  } else if (form.search && !request.has_circle && !request.has_box) {
    error = fmt::format("ERR exactly one of BYRADIUS and BYBOX can be specified for {}", ctx.arg(0));
  } else if (request.any && request.count == 0) {
    error = "ERR the ANY argument requires COUNT argument";
  } else {
    return true;
  }
  ctx.reply().Error(error);
  return false;
}

bool ReadRequest(Context& ctx, const Form& form, const Zset* zset, Request& request) {
  size_t options = 2;
  if (form.search) {
    if (form.search_store) request.store_into = 1, options = 3;
  } else if (form.by_member) {
    options = 5;
    if (zset != nullptr && (!ReadMember(ctx, 2, zset, request) || !ReadCircle(ctx, 3, request))) return false;
  } else {
    options = 6;
    if (!ReadCenter(ctx, 2, request) || !ReadCircle(ctx, 4, request)) return false;
  }
  return ReadOptions(ctx, options, form, zset, request) && CheckOptions(ctx, form, request);
}

// ---- search and reply ----------------------------------------------------------------------------------------------

std::vector<Match> Search(const Zset& zset, const data::GeoShape& shape, uint64_t enough) {
  std::vector<Match> matches;
  for (const data::ScoreRange& range : data::GeoRangesOf(shape)) {
    const Zset::Ranks ranks = zset.RanksIn(range);
    if (ranks.count() == 0) continue;
    Zset::Iterator at = zset.At(ranks.first);
    for (size_t left = ranks.count(); left > 0; --left, at.Next()) {
      const double score = at.score();
      const GeoPoint point = data::GeoPointOf(score);
      const std::optional<double> distance = shape.DistanceTo(point);
      if (!distance) continue;
      matches.push_back({point, *distance, score, std::string(at.member())});
      if (matches.size() == enough) return matches;
    }
  }
  return matches;
}

// Brings the first `taken` matches into order.
void Sort(std::vector<Match>& matches, Order order, size_t taken) {
  const auto sort = [&](auto before) {
    if (taken == matches.size()) return std::stable_sort(matches.begin(), matches.end(), before);
    std::partial_sort(matches.begin(), matches.begin() + static_cast<std::ptrdiff_t>(taken), matches.end(), before);
  };
  if (order == Order::kNearest) sort([](const Match& a, const Match& b) { return a.distance < b.distance; });
  if (order == Order::kFarthest) sort([](const Match& a, const Match& b) { return a.distance > b.distance; });
}

void Reply(Context& ctx, const Request& request, const std::vector<Match>& matches) {
  const int details = request.with_distance + request.with_hash + request.with_place;
  ctx.reply().Array(static_cast<int64_t>(matches.size()));
  for (const Match& match : matches) {
    if (details > 0) ctx.reply().Array(details + 1);
    ctx.reply().Bulk(match.member);
    if (request.with_distance) ReplyDistance(ctx, match.distance / request.unit);
    if (request.with_hash) ctx.reply().Integer(static_cast<int64_t>(match.score));
    if (request.with_place) ReplyPoint(ctx, match.point);
  }
}

void Store(Context& ctx, const Form& form, const Request& request, const std::vector<Match>& matches) {
  ZsetBuilder builder(matches.size());
  for (const Match& match : matches) {
    builder.FindOrAdd(match.member, request.store_distances ? match.distance / request.unit : match.score);
  }
  std::unique_ptr<Zset> result = builder.Finish();
  result->Compact(ctx.limits().zset);
  StoreZset(ctx, ctx.Key(*request.store_into), std::move(result), form.search ? "geosearchstore" : "georadiusstore",
            static_cast<int64_t>(matches.size()));
}

void Run(Context& ctx, const Form& form) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(form.search_store ? 2 : 1));
  const Zset* zset = nullptr;
  if (entry != nullptr) {
    zset = ObjectOfType<Zset>(ctx, entry, ValueType::kZset);
    if (zset == nullptr) return;
  }
  Request request;
  if (!ReadRequest(ctx, form, zset, request)) return;

  std::vector<Match> matches;
  if (zset != nullptr) matches = Search(*zset, request.shape, request.any ? request.count : 0);
  const size_t taken = request.count == 0 ? matches.size() : std::min<uint64_t>(matches.size(), request.count);
  // Some of them, without a word on which: the nearest.
  if (request.order == Order::kNone && request.count > 0 && !request.any) request.order = Order::kNearest;
  Sort(matches, request.order, taken);
  matches.erase(matches.begin() + static_cast<std::ptrdiff_t>(taken), matches.end());
  request.store_into ? Store(ctx, form, request, matches) : Reply(ctx, request, matches);
}

void GeoSearch(Context& ctx) { Run(ctx, {.search = true}); }
void GeoSearchStore(Context& ctx) { Run(ctx, {.search = true, .search_store = true}); }
void GeoRadius(Context& ctx) { Run(ctx, {.may_store = true}); }
void GeoRadiusRo(Context& ctx) { Run(ctx, {}); }
void GeoRadiusByMember(Context& ctx) { Run(ctx, {.by_member = true, .may_store = true}); }
void GeoRadiusByMemberRo(Context& ctx) { Run(ctx, {.by_member = true}); }

constexpr command::HandlerBinding kHandlers[] = {
    {"georadius", GeoRadius},
    {"georadius_ro", GeoRadiusRo},
    {"georadiusbymember", GeoRadiusByMember},
    {"georadiusbymember_ro", GeoRadiusByMemberRo},
    {"geosearch", GeoSearch},
    {"geosearchstore", GeoSearchStore},
};

}  // namespace

std::span<const command::HandlerBinding> GeoSearchHandlers() { return kHandlers; }

}  // namespace keyway::commands
