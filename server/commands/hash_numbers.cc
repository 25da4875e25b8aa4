// Fields of hashes as counters: HINCRBY, HINCRBYFLOAT.
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/collections.h"
#include "server/commands/families.h"
#include "server/data/hash.h"
#include "server/resp/reply_writer.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Hash;
using data::Value;
using data::ValueType;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// Longest text of a long double without an exponent: 4933 digits, a point, 17 more.
constexpr size_t kLongDoubleTextBytes = 5200;

// Sets one field; `hash` is null if the key is absent.
void SetField(Context& ctx, const HashedKey& key, Hash* hash, std::string_view value) {
  const data::HashLimits limits = ctx.limits().hash;
  if (hash != nullptr) {
    hash->Set(ctx.arg(2), value, limits);
    return;
  }
  auto fresh = std::make_unique<Hash>();
  fresh->Set(ctx.arg(2), value, limits);
  ctx.db().Add(key, Value::FromObject(std::move(fresh)));
}

void HIncrBy(Context& ctx) {
  const auto increment = command::IntegerArg(ctx, 3);
  if (!increment) return;
  const HashedKey key = ctx.Key(1);
  const Entry* entry = ctx.db().FindForWrite(key);
  Hash* hash = entry == nullptr ? nullptr : ObjectOfType<Hash>(ctx, entry, ValueType::kHash);
  if (entry != nullptr && hash == nullptr) return;
  int64_t value = 0;
  if (const auto old = hash == nullptr ? std::nullopt : hash->Get(ctx.arg(2))) {
    const auto parsed = old->is_integer ? std::optional(old->integer) : ParseInt64(old->text);
    if (!parsed) return ctx.reply().Error("ERR hash value is not an integer");
    value = *parsed;
  }
  if (__builtin_add_overflow(value, *increment, &value)) return ctx.reply().Error(errors::kOverflow);
  SetField(ctx, key, hash, IntegerText(value).view());
  ctx.db().Changed(key, EventClass::kHash, "hincrby");
  ctx.reply().Integer(value);
}

// The value goes to replicas as text, because their arithmetic might give other digits.
void HIncrByFloat(Context& ctx) {
  const auto increment = command::LongDoubleArg(ctx, 3);
  if (!increment) return;
  if (std::isnan(*increment) || std::isinf(*increment)) return ctx.reply().Error("ERR value is NaN or Infinity");
  const HashedKey key = ctx.Key(1);
  const Entry* entry = ctx.db().FindForWrite(key);
  Hash* hash = entry == nullptr ? nullptr : ObjectOfType<Hash>(ctx, entry, ValueType::kHash);
  if (entry != nullptr && hash == nullptr) return;
  long double value = 0;
  if (const auto old = hash == nullptr ? std::nullopt : hash->Get(ctx.arg(2))) {
    const auto parsed =
        old->is_integer ? std::optional(static_cast<long double>(old->integer)) : ParseLongDouble(old->text);
    if (!parsed) return ctx.reply().Error("ERR hash value is not a float");
    value = *parsed;
  }
  value += *increment;
  if (std::isnan(value) || std::isinf(value)) return ctx.reply().Error(errors::kNanOrInfinity);

  char digits[kLongDoubleTextBytes];
  const std::string_view text{digits, resp::FormatHumanLongDouble(value, digits, sizeof digits)};
  SetField(ctx, key, hash, text);
  ctx.db().Changed(key, EventClass::kHash, "hincrbyfloat");
  ctx.PropagateAs({"HSET", key.view, ctx.arg(2), text});
  ctx.reply().Bulk(text);
}

constexpr command::HandlerBinding kHandlers[] = {{"hincrby", HIncrBy}, {"hincrbyfloat", HIncrByFloat}};

}  // namespace

std::span<const command::HandlerBinding> HashNumberHandlers() { return kHandlers; }

}  // namespace keyway::commands
