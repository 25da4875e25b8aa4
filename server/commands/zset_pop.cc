// Sorted sets: taking members from either end, at once or when there are some.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/zset_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::ValueType;
using data::Zset;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// How the members are replied: "m s m s", "[m s] [m s]", "key m s", "key [[m s] [m s]]".
enum class Shape : uint8_t { kFlat, kNested, kFlatWithKey, kNestedWithKey };

void ReplyHeader(Context& ctx, std::string_view key, size_t count, Shape shape) {
  const auto members = static_cast<int64_t>(count);
  switch (shape) {
    case Shape::kFlat:
      return ctx.reply().Array(members * 2);
    case Shape::kNested:
      return ctx.reply().Array(members);
    case Shape::kFlatWithKey:
      ctx.reply().Array(members * 2 + 1);
      return ctx.reply().Bulk(key);
    case Shape::kNestedWithKey:
      ctx.reply().Array(2);
      ctx.reply().Bulk(key);
      return ctx.reply().Array(members);
  }
}

// Takes up to `count` members, one at least, and replies with them. Returns how many.
size_t Pop(Context& ctx, const HashedKey& key, Zset& zset, bool highest, uint64_t count, Shape shape) {
  const size_t taken = std::min<uint64_t>(count, zset.size());
  const bool nested = shape == Shape::kNested || shape == Shape::kNestedWithKey;
  ReplyHeader(ctx, key.view, taken, shape);
  Zset::Iterator at = highest ? zset.Last() : zset.First();
  for (size_t i = 0; i < taken; ++i, highest ? at.Previous() : at.Next()) {
    if (nested) ctx.reply().Array(2);
    ctx.reply().Bulk(at.member());
    ctx.reply().Double(at.score());
  }
  const size_t size = zset.size();
  zset.RemoveRanks(highest ? Zset::Ranks{size - taken, size} : Zset::Ranks{0, taken});
  AfterRemoval(ctx, key, zset, highest ? "zpopmax" : "zpopmin", static_cast<int64_t>(taken));
  return taken;
}

void PopGeneric(Context& ctx, bool highest) {
  if (ctx.argc() > 3) return ctx.reply().Error(errors::kSyntax);
  std::optional<int64_t> count;
  if (ctx.argc() == 3) {
    count = command::IntegerArgIn(ctx, 2, 0, INT64_MAX, errors::kMustBePositive);
    if (!count) return;
  }
  Zset* zset = WriteZset(ctx, 1, [&] { ctx.reply().EmptyArray(); });
  if (zset == nullptr) return;
  if (count == 0) return ctx.reply().EmptyArray();
  const bool nested = count && ctx.reply().version() > 2;
  Pop(ctx, ctx.Key(1), *zset, highest, static_cast<uint64_t>(count.value_or(1)),
      nested ? Shape::kNested : Shape::kFlat);
}

void ZPopMin(Context& ctx) { PopGeneric(ctx, false); }
void ZPopMax(Context& ctx) { PopGeneric(ctx, true); }

// The first of several keys that holds a sorted set.
struct Candidate {
  size_t argument = 0;   // of its key
  Zset* zset = nullptr;  // none of them does
};

// Nothing: one before it is of another type, and that was answered.
std::optional<Candidate> FindCandidate(Context& ctx, size_t first_key, size_t keys) {
  for (size_t i = first_key; i < first_key + keys; ++i) {
    const Entry* entry = ctx.db().FindForWrite(ctx.Key(i));
    if (entry == nullptr) continue;
    Zset* zset = ObjectOfType<Zset>(ctx, entry, ValueType::kZset);
    if (zset == nullptr) return std::nullopt;
    return Candidate{i, zset};
  }
  return Candidate{};
}

std::string_view PopName(bool highest) { return highest ? "ZPOPMAX" : "ZPOPMIN"; }

// Has the client wait for a sorted set under one of the keys, if it may.
void Wait(Context& ctx, size_t first_key, size_t keys, int64_t deadline_ms) {
  if (!ctx.may_block()) return ctx.reply().NullArray();
  const auto names = ctx.args().subspan(first_key, keys);
  ctx.Block({.keys = {names.begin(), names.end()}, .type = ValueType::kZset, .deadline_ms = deadline_ms});
}

void BlockingPop(Context& ctx, bool highest) {
  const size_t keys = ctx.argc() - 2;
  const auto deadline_ms = command::TimeoutArg(ctx, ctx.argc() - 1);
  if (!deadline_ms) return;
  const auto found = FindCandidate(ctx, 1, keys);
  if (!found) return;
  if (found->zset == nullptr) return Wait(ctx, 1, keys, *deadline_ms);
  const HashedKey key = ctx.Key(found->argument);
  Pop(ctx, key, *found->zset, highest, 1, Shape::kFlatWithKey);
  ctx.PropagateAs({PopName(highest), key.view});
}

void BZPopMin(Context& ctx) { BlockingPop(ctx, false); }
void BZPopMax(Context& ctx) { BlockingPop(ctx, true); }

struct MultiPop {
  size_t first_key = 0, keys = 0;
  bool highest = false;
  uint64_t count = 1;
};

// "numkeys key… MIN|MAX [COUNT count]" from argument `at` on. Nothing: it answered with an error.
std::optional<MultiPop> MultiPopArg(Context& ctx, size_t at) {
  const auto keys = command::IntegerArgIn(ctx, at, 1, INT64_MAX, "ERR numkeys should be greater than 0");
  if (!keys) return std::nullopt;
  MultiPop pop{.first_key = at + 1};
  const size_t words = ctx.argc() - pop.first_key;
  const auto refuse = [&](std::string_view error) {
    ctx.reply().Error(error);
    return std::nullopt;
  };
  if (static_cast<uint64_t>(*keys) >= words) return refuse(errors::kSyntax);
  pop.keys = static_cast<size_t>(*keys);
  size_t i = pop.first_key + pop.keys;
  pop.highest = IsWord(ctx.arg(i), "MAX");
  if (!pop.highest && !IsWord(ctx.arg(i), "MIN")) return refuse(errors::kSyntax);
  bool counted = false;
  for (++i; i < ctx.argc(); i += 2) {
    if (counted || !IsWord(ctx.arg(i), "COUNT") || i + 1 >= ctx.argc()) return refuse(errors::kSyntax);
    const auto count = command::IntegerArgIn(ctx, i + 1, 1, INT64_MAX, "ERR count should be greater than 0");
    if (!count) return std::nullopt;
    pop.count = static_cast<uint64_t>(*count), counted = true;
  }
  return pop;
}

void PopFound(Context& ctx, const MultiPop& pop, const Candidate& found) {
  const HashedKey key = ctx.Key(found.argument);
  const size_t taken = Pop(ctx, key, *found.zset, pop.highest, pop.count, Shape::kNestedWithKey);
  ctx.PropagateAs({PopName(pop.highest), key.view, IntegerText(static_cast<int64_t>(taken)).view()});
}

void ZMPop(Context& ctx) {
  const auto pop = MultiPopArg(ctx, 1);
  if (!pop) return;
  const auto found = FindCandidate(ctx, pop->first_key, pop->keys);
  if (!found) return;
  if (found->zset == nullptr) return ctx.reply().NullArray();
  PopFound(ctx, *pop, *found);
}

void BZMPop(Context& ctx) {
  const auto pop = MultiPopArg(ctx, 2);
  if (!pop) return;
  const auto deadline_ms = command::TimeoutArg(ctx, 1);
  if (!deadline_ms) return;
  const auto found = FindCandidate(ctx, pop->first_key, pop->keys);
  if (!found) return;
  if (found->zset == nullptr) return Wait(ctx, pop->first_key, pop->keys, *deadline_ms);
  PopFound(ctx, *pop, *found);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"bzmpop", BZMPop}, {"bzpopmax", BZPopMax}, {"bzpopmin", BZPopMin},
    {"zmpop", ZMPop},   {"zpopmax", ZPopMax},   {"zpopmin", ZPopMin},
};

}  // namespace

std::span<const command::HandlerBinding> ZsetPopHandlers() { return kHandlers; }

}  // namespace keyway::commands
