// Commands about keys, whatever their type: DEL, UNLINK, EXISTS, TYPE, TOUCH, RENAME, RENAMENX, MOVE, COPY, RANDOMKEY.
#include <cstdint>
#include <optional>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using keyspace::Database;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::FreeMode;
using keyspace::HashedKey;
namespace errors = command::errors;

void DeleteAll(Context& ctx, FreeMode mode) {
  int64_t deleted = 0;
  ForEachKey(ctx, 1, 1, [&](const HashedKey& key, size_t) {
    ctx.db().ExpireIfNeeded(key);
    if (!ctx.db().Delete(key, mode)) return;
    ctx.db().Changed(key, EventClass::kGeneric, "del");
    ++deleted;
  });
  ctx.reply().Integer(deleted);
}

void Del(Context& ctx) { DeleteAll(ctx, SettingsOf(ctx).lazyfree_lazy_user_del ? FreeMode::kLazy : FreeMode::kNow); }
void Unlink(Context& ctx) { DeleteAll(ctx, FreeMode::kLazy); }

int64_t CountFound(Context& ctx, keyspace::LookupFlags flags) {
  int64_t found = 0;
  ForEachKey(ctx, 1, 1, [&](const HashedKey& key, size_t) {
    if (ctx.db().FindForRead(key, flags) != nullptr) ++found;
  });
  return found;
}

void Exists(Context& ctx) { ctx.reply().Integer(CountFound(ctx, keyspace::kNoTouch)); }

// The one command that touches keys for a client in NO-TOUCH mode too: it is asked to.
void Touch(Context& ctx) {
  const bool touching = ctx.keyspace().touching();
  if (ctx.client().Has(command::kClientNoTouch)) ctx.keyspace().set_touching(true);
  const int64_t found = CountFound(ctx, keyspace::kLookupDefault);
  ctx.keyspace().set_touching(touching);
  ctx.reply().Integer(found);
}

void Type(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1), keyspace::kNoTouch);
  ctx.reply().Simple(entry == nullptr ? "none" : data::TypeName(entry->type()));
}

void RandomKey(Context& ctx) {
  const Entry* entry = ctx.db().RandomEntry();
  if (entry == nullptr) return ctx.reply().Null();
  ctx.reply().Bulk(entry->key());
}

// True if the key was renamed. Otherwise it answered.
bool RenameKey(Context& ctx, bool only_if_absent) {
  const HashedKey from = ctx.Key(1), to = ctx.Key(2);
  if (ctx.db().FindForWrite(from) == nullptr) {
    ctx.reply().Error(errors::kNoSuchKey);
    return false;
  }
  if (from.view == to.view) {
    only_if_absent ? ctx.reply().Integer(0) : ctx.reply().Ok();
    return false;
  }
  if (ctx.db().FindForWrite(to) != nullptr && only_if_absent) {
    ctx.reply().Integer(0);
    return false;
  }
  ctx.db().Rename(from, to);
  ctx.db().SignalModified(from.view);
  ctx.db().SignalModified(to.view);
  ctx.db().Event(EventClass::kGeneric, "rename_from", from.view);
  ctx.db().Event(EventClass::kGeneric, "rename_to", to.view);
  ctx.db().AddDirty();
  return true;
}

void Rename(Context& ctx) {
  if (RenameKey(ctx, false)) ctx.reply().Ok();
}

void RenameNx(Context& ctx) {
  if (RenameKey(ctx, true)) ctx.reply().Integer(1);
}

void Move(Context& ctx) {
  if (SettingsOf(ctx).cluster_enabled) return ctx.reply().Error("ERR MOVE is not allowed in cluster mode");
  const auto index = DatabaseIndexArg(ctx, 2);
  if (!index) return;
  if (*index == ctx.db().index()) return ctx.reply().Error(errors::kSameObject);
  const HashedKey key = ctx.Key(1);
  Database& target = ctx.keyspace().db(*index);
  if (ctx.db().FindForWrite(key) == nullptr || target.FindForWrite(key) != nullptr) return ctx.reply().Integer(0);
  ctx.db().MoveTo(target, key);
  ctx.db().SignalModified(key.view);
  target.SignalModified(key.view);
  ctx.db().Event(EventClass::kGeneric, "move_from", key.view);
  target.Event(EventClass::kGeneric, "move_to", key.view);
  ctx.db().AddDirty();
  ctx.reply().Integer(1);
}

struct CopyOptions {
  int database;
  bool replace = false;
};

std::optional<CopyOptions> ParseCopyOptions(Context& ctx) {
  CopyOptions options{ctx.db().index()};
  for (size_t i = 3; i < ctx.argc(); ++i) {
    if (IsWord(ctx.arg(i), "REPLACE")) {
      options.replace = true;
    } else if (IsWord(ctx.arg(i), "DB") && i + 1 < ctx.argc()) {
      const auto index = DatabaseIndexArg(ctx, ++i);
      if (!index) return std::nullopt;
      options.database = *index;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  if (SettingsOf(ctx).cluster_enabled && (ctx.db().index() != 0 || options.database != 0)) {
    ctx.reply().Error("ERR Copying to another database is not allowed in cluster mode");
    return std::nullopt;
  }
  return options;
}

void Copy(Context& ctx) {
  const auto options = ParseCopyOptions(ctx);
  if (!options) return;
  const HashedKey from = ctx.Key(1), to = ctx.Key(2);
  Database& target = ctx.keyspace().db(options->database);
  if (&target == &ctx.db() && from.view == to.view) return ctx.reply().Error(errors::kSameObject);
  if (ctx.db().FindForRead(from) == nullptr) return ctx.reply().Integer(0);
  if (target.FindForWrite(to) != nullptr && !options->replace) return ctx.reply().Integer(0);
  ctx.db().CopyTo(target, from, to, options->replace);
  target.Changed(to, EventClass::kGeneric, "copy_to");
  ctx.reply().Integer(1);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"copy", Copy},     {"del", Del},     {"exists", Exists},     {"move", Move}, {"randomkey", RandomKey},
    {"rename", Rename}, {"touch", Touch}, {"renamenx", RenameNx}, {"type", Type}, {"unlink", Unlink},
};

}  // namespace

std::span<const command::HandlerBinding> GenericHandlers() { return kHandlers; }

}  // namespace keyway::commands
