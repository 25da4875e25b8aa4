// Commands about whole databases: SELECT, DBSIZE, FLUSHDB, FLUSHALL, SWAPDB.
#include <optional>

#include "server/base/memory.h"
#include "server/command/args.h"
#include "server/command/persistence.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using keyspace::FreeMode;

void Select(Context& ctx) {
  const auto index = IntArg(ctx, 1);
  if (!index) return;
  if (SettingsOf(ctx).cluster_enabled && *index != 0) {
    return ctx.reply().Error("ERR SELECT is not allowed in cluster mode");
  }
  if (*index < 0 || *index >= ctx.keyspace().databases()) return ctx.reply().Error(command::errors::kDbIndexOutOfRange);
  ctx.client().db = *index;
  ctx.reply().Ok();
}

void DbSize(Context& ctx) { ctx.reply().Integer(static_cast<int64_t>(ctx.db().size())); }

std::optional<FreeMode> FlushModeArg(Context& ctx) {
  if (ctx.argc() == 1) return SettingsOf(ctx).lazyfree_lazy_user_flush ? FreeMode::kLazy : FreeMode::kNow;
  if (ctx.argc() == 2 && IsWord(ctx.arg(1), "SYNC")) return FreeMode::kNow;
  if (ctx.argc() == 2 && IsWord(ctx.arg(1), "ASYNC")) return FreeMode::kLazy;
  ctx.reply().Error(command::errors::kSyntax);
  return std::nullopt;
}

// Flushes are propagated although nothing was there: a replica may hold what this server never had.
void FinishFlush(Context& ctx, FreeMode mode, size_t removed) {
  ctx.keyspace().AddDirty(static_cast<int64_t>(removed));
  ctx.ForcePropagation();
  ctx.reply().Ok();
  // Without traffic the allocator would keep the pages of what was freed here for itself.
  if (mode == FreeMode::kNow && removed > 0) PurgeAllocator();
}

void FlushDb(Context& ctx) {
  const auto mode = FlushModeArg(ctx);
  if (mode) FinishFlush(ctx, *mode, ctx.db().Flush(*mode));
}

void FlushAll(Context& ctx) {
  const auto mode = FlushModeArg(ctx);
  if (!mode) return;
  FinishFlush(ctx, *mode, ctx.keyspace().FlushAll(*mode));
  if (command::Persistence* persistence = ctx.services().persistence; persistence != nullptr) persistence->OnFlushAll();
}

void SwapDb(Context& ctx) {
  if (SettingsOf(ctx).cluster_enabled) return ctx.reply().Error("ERR SWAPDB is not allowed in cluster mode");
  const auto first = IntArg(ctx, 1, "ERR invalid first DB index");
  if (!first) return;
  const auto second = IntArg(ctx, 2, "ERR invalid second DB index");
  if (!second) return;
  const int databases = ctx.keyspace().databases();
  if (*first < 0 || *first >= databases || *second < 0 || *second >= databases) {
    return ctx.reply().Error(command::errors::kDbIndexOutOfRange);
  }
  if (*first != *second) ctx.keyspace().SwapDatabases(*first, *second);
  ctx.keyspace().AddDirty(1);
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"dbsize", DbSize}, {"flushall", FlushAll}, {"flushdb", FlushDb}, {"select", Select}, {"swapdb", SwapDb},
};

}  // namespace

std::span<const command::HandlerBinding> DatabaseHandlers() { return kHandlers; }

}  // namespace keyway::commands
