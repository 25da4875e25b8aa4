// SET and its relatives that take an expiry: SETNX, SETEX, PSETEX, GETEX.
//
// SET and GETEX read their options by one table. An expiry is turned into an absolute time before anything else happens,
// so that a bad one changes nothing, and that absolute time is what goes to replicas and the append-only file.
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
using data::Value;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// The one option about expiry that a request may have (the same one may be repeated).
enum class Expiry : uint8_t { kNone, kEx, kPx, kExAt, kPxAt, kKeepTtl, kPersist };

struct StringOptions {
  bool nx = false, xx = false, get = false;
  Expiry expiry = Expiry::kNone;
  size_t expiry_argument = 0;  // 0: none

  bool has_time() const { return expiry_argument != 0; }
};

struct ExpiryWord {
  std::string_view word;
  Expiry expiry;
};
constexpr ExpiryWord kTimeWords[] = {
    {"EX", Expiry::kEx}, {"PX", Expiry::kPx}, {"EXAT", Expiry::kExAt}, {"PXAT", Expiry::kPxAt}};

// Takes an option about expiry at argument i; returns how many arguments it has, 0 if it is none or does not fit.
size_t TakeExpiry(Context& ctx, size_t i, Expiry bare, std::string_view bare_word, StringOptions& options) {
  const std::string_view word = ctx.arg(i);
  const auto fits = [&](Expiry kind) { return options.expiry == Expiry::kNone || options.expiry == kind; };
  if (IsWord(word, bare_word)) {
    if (!fits(bare)) return 0;
    options.expiry = bare;
    return 1;
  }
  for (const ExpiryWord& entry : kTimeWords) {
    if (!IsWord(word, entry.word)) continue;
    if (!fits(entry.expiry) || i + 1 >= ctx.argc()) return 0;
    options.expiry = entry.expiry;
    options.expiry_argument = i + 1;
    return 2;
  }
  return 0;
}

std::optional<StringOptions> ParseSetOptions(Context& ctx) {
  StringOptions options;
  for (size_t i = 3; i < ctx.argc();) {
    const std::string_view word = ctx.arg(i);
    if (IsWord(word, "NX") && !options.xx) {
      options.nx = true, ++i;
    } else if (IsWord(word, "XX") && !options.nx) {
      options.xx = true, ++i;
    } else if (IsWord(word, "GET")) {
      options.get = true, ++i;
    } else if (size_t taken = TakeExpiry(ctx, i, Expiry::kKeepTtl, "KEEPTTL", options); taken > 0) {
      i += taken;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

// The absolute time that argument i means, in milliseconds, or an error reply.
std::optional<int64_t> ExpiryTimeArg(Context& ctx, size_t i, Expiry kind) {
  const auto value = command::IntegerArg(ctx, i);
  if (!value) return std::nullopt;
  const bool in_seconds = kind == Expiry::kEx || kind == Expiry::kExAt;
  const bool relative = kind == Expiry::kEx || kind == Expiry::kPx;
  int64_t when_ms = *value;
  if (when_ms <= 0 || (in_seconds && __builtin_mul_overflow(when_ms, 1000, &when_ms)) ||
      (relative && __builtin_add_overflow(when_ms, ctx.now_ms(), &when_ms))) {
    InvalidExpireTime(ctx);
    return std::nullopt;
  }
  return when_ms;
}

// Answers with the value as GET does; false if the key holds no string, and then the error is written.
bool ReplyOldValue(Context& ctx, const HashedKey& key) {
  const Entry* entry = ctx.db().FindForRead(key);
  if (entry == nullptr) {
    ctx.reply().Null();
  } else if (!entry->is_string()) {
    ctx.reply().Error(errors::kWrongType);
    return false;
  } else {
    ReplyString(ctx, entry);
  }
  return true;
}

// What SET … GET propagates: everything but GET, whose reply nobody reads there.
void PropagateWithoutGet(Context& ctx) {
  std::vector<std::string_view> words;
  for (size_t i = 0; i < ctx.argc(); ++i) {
    if (i < 3 || !IsWord(ctx.arg(i), "GET")) words.push_back(ctx.arg(i));
  }
  ctx.PropagateAs(words);
}

// Stores the value with its expiry, tells everybody, and propagates the absolute time.
void StoreWithExpiry(Context& ctx, const HashedKey& key, std::string_view value, int64_t when_ms, bool is_absolute_ms) {
  ctx.db().Set(key, Value::String(value), {.expire_at_ms = when_ms});
  ctx.db().AddDirty();
  ctx.db().Event(EventClass::kString, "set", key.view);
  if (!is_absolute_ms) ctx.PropagateAs({"SET", key.view, value, "PXAT", IntegerText(when_ms).view()});
  ctx.db().Event(EventClass::kGeneric, "expire", key.view);
}

void Store(Context& ctx, const HashedKey& key, std::string_view value, bool keep_ttl = false) {
  ctx.db().Set(key, Value::String(value), {.keep_ttl = keep_ttl});
  ctx.db().AddDirty();
  ctx.db().Event(EventClass::kString, "set", key.view);
}

void SetWithOptions(Context& ctx) {
  const auto options = ParseSetOptions(ctx);
  if (!options) return;
  int64_t when_ms = keyspace::kNoExpiry;
  if (options->has_time()) {
    const auto time = ExpiryTimeArg(ctx, options->expiry_argument, options->expiry);
    if (!time) return;
    when_ms = *time;
  }
  const HashedKey key = ctx.Key(1);
  if (options->get && !ReplyOldValue(ctx, key)) return;
  if (options->nx || options->xx) {
    const bool found = ctx.db().FindForWrite(key) != nullptr;
    if (found ? options->nx : options->xx) {
      if (!options->get) ctx.reply().Null();
      return;
    }
  }
  if (options->has_time()) {
    StoreWithExpiry(ctx, key, ctx.arg(2), when_ms, options->expiry == Expiry::kPxAt);
  } else {
    Store(ctx, key, ctx.arg(2), options->expiry == Expiry::kKeepTtl);
    if (options->get) PropagateWithoutGet(ctx);
  }
  if (!options->get) ctx.reply().Ok();
}

void Set(Context& ctx) {
  if (ctx.argc() != 3) return SetWithOptions(ctx);
  Store(ctx, ctx.Key(1), ctx.arg(2));
  ctx.reply().Ok();
}

void SetNx(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  if (ctx.db().FindForWrite(key) != nullptr) return ctx.reply().Integer(0);
  Store(ctx, key, ctx.arg(2));
  ctx.reply().Integer(1);
}

void SetFor(Context& ctx, Expiry kind) {
  const auto when_ms = ExpiryTimeArg(ctx, 2, kind);
  if (!when_ms) return;
  StoreWithExpiry(ctx, ctx.Key(1), ctx.arg(3), *when_ms, false);
  ctx.reply().Ok();
}

void SetEx(Context& ctx) { SetFor(ctx, Expiry::kEx); }
void PSetEx(Context& ctx) { SetFor(ctx, Expiry::kPx); }

void GetEx(Context& ctx) {
  StringOptions options;
  for (size_t i = 2; i < ctx.argc();) {
    const size_t taken = TakeExpiry(ctx, i, Expiry::kPersist, "PERSIST", options);
    if (taken == 0) return ctx.reply().Error(errors::kSyntax);
    i += taken;
  }
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForRead(key);
  if (entry == nullptr) return ctx.reply().Null();
  if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
  std::optional<int64_t> when_ms;
  if (options.has_time()) {
    when_ms = ExpiryTimeArg(ctx, options.expiry_argument, options.expiry);
    if (!when_ms) return;
  }
  ReplyString(ctx, entry);

  const bool absolute = options.expiry == Expiry::kExAt || options.expiry == Expiry::kPxAt;
  if (when_ms && absolute && MeansDeletion(ctx, *when_ms)) {
    DeleteAndPropagate(ctx, key);
  } else if (when_ms) {
    ctx.db().SetExpiry(key, entry, *when_ms);
    ctx.PropagateAs({"PEXPIREAT", key.view, IntegerText(*when_ms).view()});
    ctx.db().Changed(key, EventClass::kGeneric, "expire");
  } else if (options.expiry == Expiry::kPersist && entry->has_expiry()) {
    ctx.db().ClearExpiry(key, entry);
    ctx.PropagateAs({"PERSIST", key.view});
    ctx.db().Changed(key, EventClass::kGeneric, "persist");
  }
}

constexpr command::HandlerBinding kHandlers[] = {
    {"getex", GetEx}, {"psetex", PSetEx}, {"set", Set}, {"setex", SetEx}, {"setnx", SetNx},
};

}  // namespace

std::span<const command::HandlerBinding> StringSetHandlers() { return kHandlers; }

}  // namespace keyway::commands
