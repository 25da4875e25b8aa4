// Members at random: SPOP takes them out, SRANDMEMBER looks at them.
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/collections.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"
#include "server/data/set.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Set;
using data::ValueType;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// Members that one propagated SREM names at most.
constexpr size_t kMembersPerSrem = 1024;
// What is left of a set of which more than that many times as much is popped gets the encoding that suits it.
constexpr size_t kRebuildFactor = 5;

// Collects popped members into SREM commands.
class SremBatches {
 public:
  SremBatches(Context& ctx, std::string_view key) : ctx_(ctx), key_(key) {}

  void Add(std::string_view member) {
    members_.emplace_back(member);
    if (members_.size() == kMembersPerSrem) Flush();
  }
  void Flush() {
    if (members_.empty()) return;
    std::vector<std::string_view> words = {"SREM", key_};
    words.insert(words.end(), members_.begin(), members_.end());
    ctx_.PropagateAs(words);
    members_.clear();
  }

 private:
  Context& ctx_;
  std::string_view key_;
  std::vector<std::string> members_;
};

// All members, and the key goes.
void PopAll(Context& ctx, const HashedKey& key, const Set& set) {
  ctx.reply().Set(static_cast<int64_t>(set.size()));
  set.ForEach([&](const Set::Member& member) { ReplyElement(ctx, member); });
  ctx.db().Delete(key);
  ctx.db().Event(EventClass::kGeneric, "del", key.view);
  ctx.PropagateAs({SettingsOf(ctx).lazyfree_lazy_server_del ? "UNLINK" : "DEL", key.view});
}

void PopSome(Context& ctx, const HashedKey& key, Set& set, size_t count) {
  const size_t rest = set.size() - count;
  ctx.reply().Set(static_cast<int64_t>(count));
  SremBatches batches(ctx, key.view);
  set.Pop(count, ctx.keyspace().random(), [&](const Set::Member& member) {
    char buffer[kMaxIntegerLength];
    const std::string_view text = member.TextIn(buffer);
    ctx.reply().Bulk(text);
    batches.Add(text);
  });
  batches.Flush();
  if (rest * kRebuildFactor > count) return;
  if (ctx.services().compat_70) {
    set.TryIntset(ctx.limits().set);
  } else {
    set.TryListpack(ctx.limits().set);
  }
}

void PopCount(Context& ctx) {
  const auto count = command::IntegerArgIn(ctx, 2, 0, std::numeric_limits<int64_t>::max(), errors::kMustBePositive);
  if (!count) return;
  Set* set = WriteCollection<Set>(ctx, 1, ValueType::kSet, [&] { ctx.reply().Set(0); });
  if (set == nullptr) return;
  if (*count == 0) return ctx.reply().Set(0);

  const HashedKey key = ctx.Key(1);
  const size_t popped = std::min(static_cast<size_t>(*count), set->size());
  ctx.db().Event(EventClass::kSet, "spop", key.view);
  ctx.db().AddDirty(static_cast<int64_t>(popped));
  if (popped == set->size()) {
    PopAll(ctx, key, *set);
  } else {
    PopSome(ctx, key, *set, popped);
  }
  ctx.db().SignalModified(key.view);
}

void SPop(Context& ctx) {
  if (ctx.argc() == 3) return PopCount(ctx);
  if (ctx.argc() > 3) return ctx.reply().Error(errors::kSyntax);
  Set* set = WriteCollection<Set>(ctx, 1, ValueType::kSet, [&] { ctx.reply().Null(); });
  if (set == nullptr) return;

  const HashedKey key = ctx.Key(1);
  const Set::Member member = set->Random(ctx.keyspace().random());
  char buffer[kMaxIntegerLength];
  const std::string_view text = member.TextIn(buffer);
  ctx.reply().Bulk(text);
  ctx.PropagateAs({"SREM", key.view, text});
  set->Remove(member);
  set->ShrinkIfSparse();
  ctx.db().Event(EventClass::kSet, "spop", key.view);
  if (set->size() == 0) {
    ctx.db().Delete(key);
    ctx.db().Event(EventClass::kGeneric, "del", key.view);
  }
  ctx.db().SignalModified(key.view);
  ctx.db().AddDirty();
}

void RandomCount(Context& ctx) {
  const auto count = RandomCountArg(ctx, 2);
  if (!count) return;
  const Set* set = ReadCollection<Set>(ctx, 1, ValueType::kSet, [&] { ctx.reply().EmptyArray(); });
  if (set == nullptr) return;
  const auto reply = [&](const Set::Member& member) {
    ReplyElement(ctx, member);
    return !ctx.client().Has(command::kClientCloseAsap);
  };
  Random& random = ctx.keyspace().random();
  if (*count < 0) {
    ctx.reply().Array(-*count);
    return set->Draw(static_cast<size_t>(-*count), random, reply);
  }
  const size_t picks = std::min(static_cast<size_t>(*count), set->size());
  ctx.reply().Array(static_cast<int64_t>(picks));
  set->Sample(picks, random, reply);
}

void SRandMember(Context& ctx) {
  if (ctx.argc() == 3) return RandomCount(ctx);
  if (ctx.argc() > 3) return ctx.reply().Error(errors::kSyntax);
  const Set* set = ReadCollection<Set>(ctx, 1, ValueType::kSet, [&] { ctx.reply().Null(); });
  if (set != nullptr) ReplyElement(ctx, set->Random(ctx.keyspace().random()));
}

constexpr command::HandlerBinding kHandlers[] = {{"spop", SPop}, {"srandmember", SRandMember}};

}  // namespace

std::span<const command::HandlerBinding> SetPickHandlers() { return kHandlers; }

}  // namespace keyway::commands
