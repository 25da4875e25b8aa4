// Setting, asking for and removing the expiry of keys.
//
// Whatever way an expiry is given, an absolute time in milliseconds is stored and propagated (as PEXPIREAT). A time that
// has passed deletes the key.
#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;

enum class Unit : bool { kMilliseconds, kSeconds };
enum class Base : bool { kEpoch, kNow };

struct Conditions {
  bool nx = false, xx = false, gt = false, lt = false;
};

std::optional<Conditions> ParseConditions(Context& ctx) {
  Conditions conditions;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    const std::string_view word = ctx.arg(i);
    if (IsWord(word, "NX")) {
      conditions.nx = true;
    } else if (IsWord(word, "XX")) {
      conditions.xx = true;
    } else if (IsWord(word, "GT")) {
      conditions.gt = true;
    } else if (IsWord(word, "LT")) {
      conditions.lt = true;
    } else {
      ctx.reply().Error("ERR Unsupported option " + std::string(word));
      return std::nullopt;
    }
  }
  if (conditions.nx && (conditions.xx || conditions.gt || conditions.lt)) {
    ctx.reply().Error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return std::nullopt;
  }
  if (conditions.gt && conditions.lt) {
    ctx.reply().Error("ERR GT and LT options at the same time are not compatible");
    return std::nullopt;
  }
  return conditions;
}

// A key without an expiry counts as one that never expires: nothing is later, everything is earlier.
bool Allow(const Conditions& conditions, const Entry* entry, int64_t when_ms) {
  const bool expires = entry->has_expiry();
  if (conditions.nx && expires) return false;
  if (conditions.xx && !expires) return false;
  if (conditions.gt && (!expires || when_ms <= entry->expire_at_ms())) return false;
  if (conditions.lt && expires && when_ms >= entry->expire_at_ms()) return false;
  return true;
}

// Negative times are fine, they lie in the past; what does not fit 64 bits is not.
std::optional<int64_t> TimeArg(Context& ctx, Base base, Unit unit) {
  const auto value = command::IntegerArg(ctx, 2);
  if (!value) return std::nullopt;
  int64_t when_ms = *value;
  const bool overflow = (unit == Unit::kSeconds && __builtin_mul_overflow(when_ms, 1000, &when_ms)) ||
                        (base == Base::kNow && __builtin_add_overflow(when_ms, ctx.now_ms(), &when_ms));
  if (!overflow) return when_ms;
  InvalidExpireTime(ctx);
  return std::nullopt;
}

void PropagateTime(Context& ctx, int64_t when_ms) {
  std::vector<std::string_view> words(ctx.args().begin(), ctx.args().end());
  const IntegerText text(when_ms);
  words[0] = "PEXPIREAT";
  words[2] = text.view();
  ctx.PropagateAs(words);
}

void Expire(Context& ctx, Base base, Unit unit) {
  const auto conditions = ParseConditions(ctx);
  if (!conditions) return;
  const auto when_ms = TimeArg(ctx, base, unit);
  if (!when_ms) return;
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForWrite(key);
  if (entry == nullptr || !Allow(*conditions, entry, *when_ms)) return ctx.reply().Integer(0);
  if (MeansDeletion(ctx, *when_ms)) {
    DeleteAndPropagate(ctx, key);
  } else {
    ctx.db().SetExpiry(key, entry, *when_ms);
    if (base == Base::kNow || unit == Unit::kSeconds) PropagateTime(ctx, *when_ms);
    ctx.db().Changed(key, EventClass::kGeneric, "expire");
  }
  ctx.reply().Integer(1);
}

void ExpireIn(Context& ctx) { Expire(ctx, Base::kNow, Unit::kSeconds); }
void PExpireIn(Context& ctx) { Expire(ctx, Base::kNow, Unit::kMilliseconds); }
void ExpireAt(Context& ctx) { Expire(ctx, Base::kEpoch, Unit::kSeconds); }
void PExpireAt(Context& ctx) { Expire(ctx, Base::kEpoch, Unit::kMilliseconds); }

void ReplyTime(Context& ctx, Base base, Unit unit) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1), keyspace::kNoTouch);
  if (entry == nullptr) return ctx.reply().Integer(-2);
  if (!entry->has_expiry()) return ctx.reply().Integer(-1);
  const int64_t at_ms = entry->expire_at_ms();
  const int64_t time_ms = std::max<int64_t>(base == Base::kNow ? at_ms - ctx.now_ms() : at_ms, 0);
  // Rounded to the nearest second, without the overflow that adding half a second might bring.
  ctx.reply().Integer(unit == Unit::kMilliseconds ? time_ms : time_ms / 1000 + (time_ms % 1000 >= 500 ? 1 : 0));
}

void Ttl(Context& ctx) { ReplyTime(ctx, Base::kNow, Unit::kSeconds); }
void PTtl(Context& ctx) { ReplyTime(ctx, Base::kNow, Unit::kMilliseconds); }
void ExpireTime(Context& ctx) { ReplyTime(ctx, Base::kEpoch, Unit::kSeconds); }
void PExpireTime(Context& ctx) { ReplyTime(ctx, Base::kEpoch, Unit::kMilliseconds); }

void Persist(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForWrite(key);
  if (entry == nullptr || !entry->has_expiry()) return ctx.reply().Integer(0);
  ctx.db().ClearExpiry(key, entry);
  ctx.db().Changed(key, EventClass::kGeneric, "persist");
  ctx.reply().Integer(1);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"expire", ExpireIn},
    {"pexpire", PExpireIn},
    {"expireat", ExpireAt},
    {"pexpireat", PExpireAt},
    {"ttl", Ttl},
    {"pttl", PTtl},
    {"persist", Persist},
    {"pexpiretime", PExpireTime},
    {"expiretime", ExpireTime},
};

}  // namespace

std::span<const command::HandlerBinding> ExpireHandlers() { return kHandlers; }

}  // namespace keyway::commands
