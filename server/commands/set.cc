// Sets: adding, removing, asking, moving, scanning.
#include "server/data/set.h"

#include <utility>

#include "server/base/number.h"
#include "server/commands/collection_scan.h"
#include "server/commands/collections.h"
#include "server/commands/families.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Set;
using data::Value;
using data::ValueType;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;

// The set under argument i, or null: then it answered, with 0 for an absent key.
const Set* ReadSetOrZero(Context& ctx, size_t i) {
  return ReadCollection<Set>(ctx, i, ValueType::kSet, [&] { ctx.reply().Integer(0); });
}

// Adds the arguments from 2 on; returns how many were not there yet.
int64_t AddArguments(Context& ctx, Set& set, const data::SetLimits& limits) {
  int64_t added = 0;
  for (const std::string_view member : ctx.args().subspan(2)) added += set.Add(member, limits);
  return added;
}

void SAdd(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  const data::SetLimits limits = ctx.limits().set;
  // Redis 7.0 does not look at the number of arguments, among which there may be duplicates.
  const size_t expected = ctx.services().compat_70 ? 1 : ctx.argc() - 2;
  int64_t added = 0;
  if (const Entry* entry = ctx.db().FindForWrite(key); entry != nullptr) {
    Set* set = ObjectOfType<Set>(ctx, entry, ValueType::kSet);
    if (set == nullptr) return;
    set->Expect(expected, limits);
    added = AddArguments(ctx, *set, limits);
  } else {
    auto set = Set::ForMember(ctx.arg(2), expected, limits);
    added = AddArguments(ctx, *set, limits);
    ctx.db().Add(key, Value::FromObject(std::move(set)));
  }
  if (added > 0) ctx.db().Changed(key, EventClass::kSet, "sadd", added);
  ctx.reply().Integer(added);
}

void SRem(Context& ctx) {
  Set* set = WriteCollection<Set>(ctx, 1, ValueType::kSet, [&] { ctx.reply().Integer(0); });
  if (set == nullptr) return;
  const HashedKey key = ctx.Key(1);
  int64_t removed = 0;
  bool emptied = false;
  for (size_t i = 2; i < ctx.argc() && !emptied; ++i) {
    if (!set->Remove(ctx.arg(i))) continue;
    ++removed;
    emptied = set->size() == 0;
  }
  if (emptied) {
    ctx.db().Delete(key);
  } else {
    set->ShrinkIfSparse();
  }
  if (removed > 0) ctx.db().Changed(key, EventClass::kSet, "srem", removed);
  if (emptied) ctx.db().Event(EventClass::kGeneric, "del", key.view);
  ctx.reply().Integer(removed);
}

void SMove(Context& ctx) {
  const HashedKey from = ctx.Key(1), to = ctx.Key(2);
  const std::string_view member = ctx.arg(3);
  const Entry* from_entry = ctx.db().FindForWrite(from);
  const Entry* to_entry = ctx.db().FindForWrite(to);
  if (from_entry == nullptr) return ctx.reply().Integer(0);
  Set* source = ObjectOfType<Set>(ctx, from_entry, ValueType::kSet);
  if (source == nullptr) return;
  Set* target = to_entry == nullptr ? nullptr : ObjectOfType<Set>(ctx, to_entry, ValueType::kSet);
  if (to_entry != nullptr && target == nullptr) return;
  if (source == target) return ctx.reply().Integer(source->Contains(member));
  if (!source->Remove(member)) return ctx.reply().Integer(0);

  ctx.db().Event(EventClass::kSet, "srem", from.view);
  if (source->size() == 0) {
    ctx.db().Delete(from);
    ctx.db().Event(EventClass::kGeneric, "del", from.view);
  } else {
    source->ShrinkIfSparse();
  }
  ctx.db().SignalModified(from.view);
  ctx.db().AddDirty();
  const data::SetLimits limits = ctx.limits().set;
  if (target == nullptr) {
    auto set = Set::ForMember(member, 1, limits);
    set->Add(member, limits);
    ctx.db().Add(to, Value::FromObject(std::move(set)));
    ctx.db().Changed(to, EventClass::kSet, "sadd");
  } else if (target->Add(member, limits)) {
    ctx.db().Changed(to, EventClass::kSet, "sadd");
  }
  ctx.reply().Integer(1);
}

void SIsMember(Context& ctx) {
  if (const Set* set = ReadSetOrZero(ctx, 1)) ctx.reply().Integer(set->Contains(ctx.arg(2)));
}

void SMIsMember(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  const Set* set = entry == nullptr ? nullptr : ObjectOfType<Set>(ctx, entry, ValueType::kSet);
  if (entry != nullptr && set == nullptr) return;
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) ctx.reply().Integer(set != nullptr && set->Contains(ctx.arg(i)));
}

void SCard(Context& ctx) {
  if (const Set* set = ReadSetOrZero(ctx, 1)) ctx.reply().Integer(static_cast<int64_t>(set->size()));
}

void SMembers(Context& ctx) {
  const Set* set = ReadCollection<Set>(ctx, 1, ValueType::kSet, [&] { ctx.reply().Set(0); });
  if (set == nullptr) return;
  ctx.reply().Set(static_cast<int64_t>(set->size()));
  set->ForEach([&](const Set::Member& member) { ReplyElement(ctx, member); });
}

void SScan(Context& ctx) {
  const auto cursor = ScanCursorArg(ctx, 2);
  if (!cursor) return;
  const Set* set = ReadCollection<Set>(ctx, 1, ValueType::kSet, [&] { ReplyEmptyScan(ctx); });
  if (set == nullptr) return;
  const auto options = ScanOptionsArg(ctx, 3);
  if (!options) return;
  ScanReply list(ctx);
  const uint64_t next = ScanInSteps(*cursor, *options, [&](uint64_t at, uint64_t* met) {
    return set->Scan(at, [&](const Set::Member& member) {
      ++*met;
      char buffer[kMaxIntegerLength];
      const std::string_view text = member.TextIn(buffer);
      if (options->Matches(text)) list.Add(text);
    });
  });
  list.End(next);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"sadd", SAdd},   {"scard", SCard}, {"sismember", SIsMember}, {"smembers", SMembers}, {"smismember", SMIsMember},
    {"smove", SMove}, {"srem", SRem},   {"sscan", SScan},
};

}  // namespace

std::span<const command::HandlerBinding> SetHandlers() { return kHandlers; }

}  // namespace keyway::commands
