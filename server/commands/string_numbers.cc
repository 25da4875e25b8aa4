// Strings as counters: INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT.
#include <cmath>
#include <cstdint>
#include <limits>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/resp/reply_writer.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Value;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// Longest text of a long double without an exponent: 4933 digits, a point, 17 more.
constexpr size_t kLongDoubleTextBytes = 5200;

void AddInteger(Context& ctx, int64_t increment) {
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForWrite(key);
  int64_t value = 0;
  if (entry != nullptr) {
    if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
    if (entry->is_integer()) {
      value = entry->integer();
    } else if (const auto parsed = ParseInt64(entry->text())) {
      value = *parsed;
    } else {
      return ctx.reply().Error(errors::kNotInteger);
    }
  }
  if (__builtin_add_overflow(value, increment, &value)) return ctx.reply().Error(errors::kOverflow);
  if (entry == nullptr) {
    ctx.db().Add(key, Value::Integer(value));
  } else {
    ctx.db().SetInteger(key, entry, value);
  }
  ctx.db().Changed(key, EventClass::kString, "incrby");
  ctx.reply().Integer(value);
}

void Incr(Context& ctx) { AddInteger(ctx, 1); }
void Decr(Context& ctx) { AddInteger(ctx, -1); }

void IncrBy(Context& ctx) {
  const auto increment = command::IntegerArg(ctx, 2);
  if (increment) AddInteger(ctx, *increment);
}

void DecrBy(Context& ctx) {
  const auto decrement = command::IntegerArg(ctx, 2);
  if (!decrement) return;
  if (*decrement == std::numeric_limits<int64_t>::min()) return ctx.reply().Error("ERR decrement would overflow");
  AddInteger(ctx, -*decrement);
}

// The value goes to replicas as text, because their arithmetic might give other digits.
void IncrByFloat(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForWrite(key);
  long double value = 0;
  if (entry != nullptr) {
    if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
    const data::StringBytes bytes = entry->String();
    const auto parsed = ParseLongDouble(bytes.view());
    if (!parsed) return ctx.reply().Error(errors::kNotFloat);
    value = *parsed;
  }
  const auto increment = command::LongDoubleArg(ctx, 2);
  if (!increment) return;
  value += *increment;
  if (std::isnan(value) || std::isinf(value)) return ctx.reply().Error(errors::kNanOrInfinity);

  char digits[kLongDoubleTextBytes];
  const std::string_view text{digits, resp::FormatHumanLongDouble(value, digits, sizeof digits)};
  if (entry == nullptr) {
    ctx.db().Add(key, Value::Text(text));
  } else {
    ctx.db().Replace(key, entry, Value::Text(text));
  }
  ctx.db().Changed(key, EventClass::kString, "incrbyfloat");
  ctx.PropagateAs({"SET", key.view, text, "KEEPTTL"});
  ctx.reply().Bulk(text);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"decr", Decr}, {"decrby", DecrBy}, {"incr", Incr}, {"incrby", IncrBy}, {"incrbyfloat", IncrByFloat},
};

}  // namespace

std::span<const command::HandlerBinding> StringNumberHandlers() { return kHandlers; }

}  // namespace keyway::commands
