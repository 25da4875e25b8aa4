// Reading string values, writing parts of them, and several at once.
#include <cstdint>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Value;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// The string under argument 1, or null: then it answered, with `Missing` or with WRONGTYPE.
template <class Missing>
const Entry* FindString(Context& ctx, Missing missing) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  if (entry == nullptr) {
    missing();
    return nullptr;
  }
  if (!entry->is_string()) {
    ctx.reply().Error(errors::kWrongType);
    return nullptr;
  }
  return entry;
}

// Whether a string of `size` bytes may become `more` bytes longer; writes the error if not.
bool MayGrowTo(Context& ctx, size_t size, size_t more) {
  if (MustObey(ctx.client())) return true;
  const auto limit = static_cast<uint64_t>(SettingsOf(ctx).proto_max_bulk_len);
  if (more <= limit && size <= limit - more) return true;
  ctx.reply().Error(errors::kStringTooLong);
  return false;
}

void Get(Context& ctx) {
  const Entry* entry = FindString(ctx, [&] { ctx.reply().Null(); });
  if (entry != nullptr) ReplyString(ctx, entry);
}

void GetDel(Context& ctx) {
  const Entry* entry = FindString(ctx, [&] { ctx.reply().Null(); });
  if (entry == nullptr) return;
  ReplyString(ctx, entry);
  const HashedKey key = ctx.Key(1);
  ctx.db().Delete(key, keyspace::FreeMode::kNow);
  ctx.PropagateAs({"DEL", key.view});
  ctx.db().Changed(key, EventClass::kGeneric, "del");
}

void GetSet(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  const Entry* entry = ctx.db().FindForRead(key);
  if (entry != nullptr && !entry->is_string()) return ctx.reply().Error(errors::kWrongType);
  if (entry == nullptr) {
    ctx.reply().Null();
  } else {
    ReplyString(ctx, entry);
  }
  ctx.db().Set(key, Value::String(ctx.arg(2)));
  ctx.db().Event(EventClass::kString, "set", key.view);
  ctx.db().AddDirty();
  ctx.PropagateAs({"SET", key.view, ctx.arg(2)});
}

void StrLen(Context& ctx) {
  const Entry* entry = FindString(ctx, [&] { ctx.reply().Integer(0); });
  if (entry != nullptr) ctx.reply().Integer(static_cast<int64_t>(entry->StringLength()));
}

void Append(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  const std::string_view bytes = ctx.arg(2);
  Entry* entry = ctx.db().FindForWrite(key);
  if (entry == nullptr) {
    entry = ctx.db().Add(key, Value::String(bytes));
  } else {
    if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
    if (!MayGrowTo(ctx, entry->StringLength(), bytes.size())) return;
    entry = ctx.db().Append(key, entry, bytes);
  }
  const auto length = static_cast<int64_t>(entry->StringLength());
  ctx.db().Changed(key, EventClass::kString, "append");
  ctx.reply().Integer(length);
}

void SetRange(Context& ctx) {
  const auto offset = command::IntegerArg(ctx, 2);
  if (!offset) return;
  if (*offset < 0) return ctx.reply().Error(errors::kOffsetOutOfRange);
  const HashedKey key = ctx.Key(1);
  const std::string_view bytes = ctx.arg(3);
  Entry* entry = ctx.db().FindForWrite(key);
  if (entry != nullptr && !entry->is_string()) return ctx.reply().Error(errors::kWrongType);
  if (bytes.empty()) {
    return ctx.reply().Integer(entry == nullptr ? 0 : static_cast<int64_t>(entry->StringLength()));
  }
  const auto position = static_cast<size_t>(*offset);
  if (!MayGrowTo(ctx, position, bytes.size())) return;
  if (entry == nullptr) entry = ctx.db().Add(key, Value::RawText(""));
  entry = ctx.db().WriteRange(key, entry, position, bytes);
  const auto length = static_cast<int64_t>(entry->StringLength());
  ctx.db().Changed(key, EventClass::kString, "setrange");
  ctx.reply().Integer(length);
}

void GetRange(Context& ctx) {
  const auto first_argument = command::IntegerArg(ctx, 2);
  if (!first_argument) return;
  const auto last_argument = command::IntegerArg(ctx, 3);
  if (!last_argument) return;
  const Entry* entry = FindString(ctx, [&] { ctx.reply().Bulk(""); });
  if (entry == nullptr) return;

  const auto length = static_cast<int64_t>(entry->StringLength());
  int64_t first = *first_argument, last = *last_argument;
  // Two positions behind the end of the string, the wrong way round, must not be pulled to its start and match there.
  if (first < 0 && last < 0 && first > last) return ctx.reply().Bulk("");
  if (first < 0) first = std::max<int64_t>(length + first, 0);
  if (last < 0) last = std::max<int64_t>(length + last, 0);
  last = std::min(last, length - 1);
  if (first > last) return ctx.reply().Bulk("");
  ReplySubstring(ctx, entry, static_cast<size_t>(first), static_cast<size_t>(last));
}

void MGet(Context& ctx) {
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - 1));
  ForEachKey(ctx, 1, 1, [&ctx](const HashedKey& key, size_t) {
    const Entry* entry = ctx.db().FindForRead(key);
    if (entry != nullptr && entry->is_string()) {
      ReplyString(ctx, entry);
    } else {
      ctx.reply().Null();
    }
  });
}

void SetPairs(Context& ctx) {
  ForEachKey(ctx, 1, 2, [&ctx](const HashedKey& key, size_t i) {
    ctx.db().Set(key, Value::String(ctx.arg(i + 1)));
    ctx.db().Event(EventClass::kString, "set", key.view);
  });
  ctx.db().AddDirty(static_cast<int64_t>((ctx.argc() - 1) / 2));
}

void MSet(Context& ctx) {
  if (ctx.argc() % 2 == 0) return command::ArityError(ctx);
  SetPairs(ctx);
  ctx.reply().Ok();
}

void MSetNx(Context& ctx) {
  if (ctx.argc() % 2 == 0) return command::ArityError(ctx);
  for (size_t i = 1; i < ctx.argc(); i += 2) {
    if (ctx.db().FindForWrite(ctx.Key(i)) != nullptr) return ctx.reply().Integer(0);
  }
  SetPairs(ctx);
  ctx.reply().Integer(1);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"append", Append},     {"get", Get},       {"getdel", GetDel},   {"getrange", GetRange},
    {"getset", GetSet},     {"mget", MGet},     {"mset", MSet},       {"msetnx", MSetNx},
    {"setrange", SetRange}, {"strlen", StrLen}, {"substr", GetRange},
};

}  // namespace

std::span<const command::HandlerBinding> StringHandlers() { return kHandlers; }

}  // namespace keyway::commands
