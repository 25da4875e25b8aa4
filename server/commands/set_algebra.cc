// Intersections, unions and differences of sets, as replies or into a key.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "server/command/args.h"
#include "server/commands/collections.h"
#include "server/commands/families.h"
#include "server/data/set.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Encoding;
using data::Set;
using data::Value;
using data::ValueType;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
using Sets = std::vector<const Set*>;
namespace errors = command::errors;

size_t SizeOf(const Set* set) { return set == nullptr ? 0 : set->size(); }

// The sets under `count` arguments from `first` on, null for absent ones. False: it answered with WRONGTYPE.
bool ReadSets(Context& ctx, size_t first, size_t count, Sets& sets) {
  sets.reserve(count);
  for (size_t i = first; i < first + count; ++i) {
    const Entry* entry = ctx.db().FindForRead(ctx.Key(i));
    const Set* set = entry == nullptr ? nullptr : ObjectOfType<Set>(ctx, entry, ValueType::kSet);
    if (entry != nullptr && set == nullptr) return false;
    sets.push_back(set);
  }
  return true;
}

// Puts the result under argument 1 and replies with its size; an empty one deletes the key.
void Store(Context& ctx, std::unique_ptr<Set> result, std::string_view event) {
  const HashedKey key = ctx.Key(1);
  const auto size = static_cast<int64_t>(SizeOf(result.get()));
  if (size > 0) {
    ctx.db().Set(key, Value::FromObject(std::move(result)));
    ctx.db().Event(EventClass::kSet, event, key.view);
    ctx.db().AddDirty();
  } else if (ctx.db().Delete(key)) {
    ctx.db().Changed(key, EventClass::kGeneric, "del");
  }
  ctx.reply().Integer(size);
}

// ---- intersection --------------------------------------------------------------------------------------------------

// Calls visit(member) for the members that all sets have, as long as it returns true.
template <class Visit>
void Intersect(Sets& sets, Visit&& visit) {
  if (std::find(sets.begin(), sets.end(), nullptr) != sets.end()) return;
  // Look up each member of the smallest set in the others, where it will most probably be missing first.
  std::sort(sets.begin(), sets.end(), [](const Set* a, const Set* b) { return a->size() < b->size(); });
  sets[0]->ForEach([&](const Set::Member& member) {
    for (size_t i = 1; i < sets.size(); ++i) {
      if (sets[i] != sets[0] && !sets[i]->Contains(member)) return true;
    }
    return visit(member);
  });
}

void SInter(Context& ctx) {
  Sets sets;
  if (!ReadSets(ctx, 1, ctx.argc() - 1, sets)) return;
  resp::Deferred list(ctx.reply());
  Intersect(sets, [&](const Set::Member& member) {
    ReplyElement(ctx, member);
    list.Count();
    return true;
  });
  list.EndSet();
}

void SInterStore(Context& ctx) {
  Sets sets;
  if (!ReadSets(ctx, 2, ctx.argc() - 2, sets)) return;
  const data::SetLimits limits = ctx.limits().set;
  std::unique_ptr<Set> result;
  Intersect(sets, [&](const Set::Member& member) {
    if (result == nullptr) {
      // In order from an intset, a member costs least in an intset; others are collected in a listpack first.
      const bool ordered = sets[0]->encoding() == Encoding::kIntset;
      result = Set::OfEncoding(ordered ? Encoding::kIntset : Encoding::kListpack);
    }
    return result->Add(member, limits), true;
  });
  if (result != nullptr) result->TryIntset(limits);
  Store(ctx, std::move(result), "sinterstore");
}

void SInterCard(Context& ctx) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const auto keys = command::IntegerArgIn(ctx, 1, 1, kMax, "ERR numkeys should be greater than 0");
  if (!keys) return;
  if (*keys > static_cast<int64_t>(ctx.argc() - 2)) {
    return ctx.reply().Error("ERR Number of keys can't be greater than number of args");
  }
  int64_t limit = 0;
  for (size_t i = 2 + static_cast<size_t>(*keys); i < ctx.argc(); i += 2) {
    if (!command::IsWord(ctx.arg(i), "LIMIT") || i + 1 == ctx.argc()) return ctx.reply().Error(errors::kSyntax);
    const auto given = command::IntegerArgIn(ctx, i + 1, 0, kMax, "ERR LIMIT can't be negative");
    if (!given) return;
    limit = *given;
  }
  Sets sets;
  if (!ReadSets(ctx, 2, static_cast<size_t>(*keys), sets)) return;
  int64_t cardinality = 0;
  Intersect(sets, [&](const Set::Member&) { return ++cardinality != limit; });
  ctx.reply().Integer(cardinality);
}

// ---- union ---------------------------------------------------------------------------------------------------------

std::unique_ptr<Set> Unite(const Sets& sets, const data::SetLimits& limits) {
  auto result = std::make_unique<Set>();
  for (const Set* set : sets) {
    if (set == nullptr) continue;
    set->ForEach([&](const Set::Member& member) { result->Add(member, limits); });
  }
  return result;
}

void ReplySet(Context& ctx, const Set& set) {
  ctx.reply().Set(static_cast<int64_t>(set.size()));
  set.ForEach([&](const Set::Member& member) { ReplyElement(ctx, member); });
}

void SUnion(Context& ctx) {
  Sets sets;
  if (!ReadSets(ctx, 1, ctx.argc() - 1, sets)) return;
  std::erase(sets, nullptr);
  if (sets.size() == 1) return ReplySet(ctx, *sets[0]);
  ReplySet(ctx, *Unite(sets, ctx.limits().set));
}

void SUnionStore(Context& ctx) {
  Sets sets;
  if (!ReadSets(ctx, 2, ctx.argc() - 2, sets)) return;
  Store(ctx, Unite(sets, ctx.limits().set), "sunionstore");
}

// ---- difference ----------------------------------------------------------------------------------------------------

// Whether it is less work to look up each member of the first set in all others than to go over all of them once. The
// first way gets an advantage: it allocates nothing, and stops early where sets have members in common.
bool LookingUpIsCheaper(const Sets& sets) {
  size_t lookups = 0, members = 0;
  for (const Set* set : sets) {
    if (set == nullptr) continue;
    lookups += sets[0]->size();
    members += set->size();
  }
  return lookups / 2 <= members;
}

// Calls visit(member) for the members of the first set that no other has.
template <class Visit>
void Subtract(Sets& sets, const data::SetLimits& limits, Visit&& visit) {
  const Set* first = sets[0];
  if (first == nullptr || std::find(sets.begin() + 1, sets.end(), first) != sets.end()) return;
  if (LookingUpIsCheaper(sets)) {
    // The biggest set most probably has a member, which ends the search for it.
    std::sort(sets.begin() + 1, sets.end(), [](const Set* a, const Set* b) { return SizeOf(a) > SizeOf(b); });
    first->ForEach([&](const Set::Member& member) {
      for (size_t i = 1; i < sets.size() && sets[i] != nullptr; ++i) {
        if (sets[i]->Contains(member)) return;
      }
      visit(member);
    });
    return;
  }
  const std::unique_ptr<Set> rest = Unite({first}, limits);
  for (size_t i = 1; i < sets.size() && rest->size() > 0; ++i) {
    if (sets[i] == nullptr) continue;
    sets[i]->ForEach([&](const Set::Member& member) { return rest->Remove(member), rest->size() > 0; });
  }
  rest->ForEach(visit);
}

void SDiff(Context& ctx) {
  Sets sets;
  if (!ReadSets(ctx, 1, ctx.argc() - 1, sets)) return;
  resp::Deferred list(ctx.reply());
  Subtract(sets, ctx.limits().set, [&](const Set::Member& member) {
    ReplyElement(ctx, member);
    list.Count();
  });
  list.EndSet();
}

void SDiffStore(Context& ctx) {
  Sets sets;
  if (!ReadSets(ctx, 2, ctx.argc() - 2, sets)) return;
  const data::SetLimits limits = ctx.limits().set;
  auto result = std::make_unique<Set>();
  Subtract(sets, limits, [&](const Set::Member& member) { result->Add(member, limits); });
  Store(ctx, std::move(result), "sdiffstore");
}

constexpr command::HandlerBinding kHandlers[] = {
    {"sdiff", SDiff},
    {"sdiffstore", SDiffStore},
    {"sinter", SInter},
    {"sintercard", SInterCard},
    {"sinterstore", SInterStore},
    {"sunion", SUnion},
    {"sunionstore", SUnionStore},
};

}  // namespace

std::span<const command::HandlerBinding> SetAlgebraHandlers() { return kHandlers; }

}  // namespace keyway::commands
