// MULTI, EXEC, DISCARD, WATCH, UNWATCH. Queueing itself is the last gate of the dispatcher.
#include "server/command/args.h"
#include "server/command/transaction.h"
#include "server/command/watched_keys.h"
#include "server/commands/families.h"

namespace keyway::commands {
namespace {

using command::Client;
using command::Context;
using command::Transaction;

void EndTransaction(Context& ctx) { command::EndTransaction(ctx.client(), ctx.services().executor->watched_keys()); }

void Multi(Context& ctx) {
  Client& client = ctx.client();
  if (client.Has(command::kClientMulti)) return ctx.reply().Error("ERR MULTI calls can not be nested");
  if (!client.transaction) client.transaction = std::make_unique<Transaction>();
  client.flags |= command::kClientMulti;
  ctx.reply().Ok();
}

void Discard(Context& ctx) {
  if (!ctx.client().Has(command::kClientMulti)) return ctx.reply().Error("ERR DISCARD without MULTI");
  EndTransaction(ctx);
  ctx.reply().Ok();
}

void Exec(Context& ctx) {
  Client& client = ctx.client();
  if (!client.Has(command::kClientMulti)) return ctx.reply().Error("ERR EXEC without MULTI");
  command::Executor& executor = *ctx.services().executor;
  const bool rejected = client.transaction->rejected;
  if (rejected || executor.watched_keys().IsStale(client)) {
    EndTransaction(ctx);
    if (rejected) return ctx.reply().Error("EXECABORT Transaction discarded because of previous errors.");
    return ctx.reply().NullArray();
  }
  // Its own changes are no reason to abort the next transaction.
  executor.watched_keys().Unwatch(client);
  const std::vector<command::QueuedCommand> queue = std::move(client.transaction->queue);
  ctx.reply().Array(static_cast<int64_t>(queue.size()));
  for (const command::QueuedCommand& queued : queue) executor.Call(client, queued.words.view(), *queued.spec);
  EndTransaction(ctx);
  // Each command has propagated itself.
  ctx.PropagateNothing();
}

void Watch(Context& ctx) {
  Client& client = ctx.client();
  if (client.Has(command::kClientMulti)) return ctx.reply().Error("ERR WATCH inside MULTI is not allowed");
  command::WatchedKeys& watched_keys = ctx.services().executor->watched_keys();
  // A transaction that cannot succeed any more need not watch more keys.
  if (!client.transaction || !client.transaction->stale) {
    for (size_t i = 1; i < ctx.argc(); ++i) watched_keys.Watch(client, ctx.db(), ctx.arg(i));
  }
  ctx.reply().Ok();
}

void Unwatch(Context& ctx) {
  ctx.services().executor->watched_keys().Unwatch(ctx.client());
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"multi", Multi}, {"exec", Exec}, {"discard", Discard}, {"watch", Watch}, {"unwatch", Unwatch},
};

}  // namespace

std::span<const command::HandlerBinding> TransactionHandlers() { return kHandlers; }

}  // namespace keyway::commands
