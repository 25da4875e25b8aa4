// Channels: SUBSCRIBE and its kind, PUBLISH, SPUBLISH, PUBSUB. Each name that is subscribed to or given up is confirmed by a
// message of its own, with how many the client has left.
#include <fmt/core.h>

#include <string>
#include <string_view>

#include "server/base/glob.h"
#include "server/command/args.h"
#include "server/command/pubsub.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/settings.h"

namespace keyway::commands {
namespace {

using command::ChannelKind;
using command::Client;
using command::Context;

struct KindWords {
  std::string_view subscribed, unsubscribed;
};
constexpr KindWords kWords[] = {
    {"subscribe", "unsubscribe"}, {"psubscribe", "punsubscribe"}, {"ssubscribe", "sunsubscribe"}};

constexpr const KindWords& WordsOf(ChannelKind kind) { return kWords[static_cast<size_t>(kind)]; }

size_t CountOf(const Client& client, ChannelKind kind) {
  return client.subscriptions ? client.subscriptions->Count(kind) : 0;
}

// Channels and patterns are counted together; shard channels are a world of their own.
int64_t CountFor(const Client& client, ChannelKind kind) {
  if (kind == ChannelKind::kShard) return static_cast<int64_t>(CountOf(client, kind));
  return static_cast<int64_t>(CountOf(client, ChannelKind::kChannel) + CountOf(client, ChannelKind::kPattern));
}

// Confirmations come whatever CLIENT REPLY says.
class Unmuted {
 public:
  explicit Unmuted(resp::ReplyWriter& reply) : reply_(reply), was_(reply.muted()) { reply.set_muted(false); }
  ~Unmuted() { reply_.set_muted(was_); }
  Unmuted(const Unmuted&) = delete;
  Unmuted& operator=(const Unmuted&) = delete;

 private:
  resp::ReplyWriter& reply_;
  const bool was_;
};

void Confirm(Context& ctx, std::string_view word, std::string_view name, ChannelKind kind) {
  ctx.reply().Push(3);
  ctx.reply().Bulk(word);
  ctx.reply().Bulk(name);
  ctx.reply().Integer(CountFor(ctx.client(), kind));
}

// A client that gets one reply a command, with no connection to push to.
bool RefuseWithoutConnection(Context& ctx, bool also_in_multi) {
  const Client& client = ctx.client();
  const bool in_multi = client.Has(command::kClientMulti);
  const bool refused = in_multi ? also_in_multi : client.Has(command::kClientNoLoop);
  if (!refused) return false;
  std::string name(ctx.spec().full_name);
  for (char& c : name) c = static_cast<char>(c - 32);
  ctx.reply().Error(fmt::format("ERR {} isn't allowed for a DENY BLOCKING client", name));
  return true;
}

void SubscribeTo(Context& ctx, ChannelKind kind) {
  // Transactions with SUBSCRIBE were always possible; the younger SSUBSCRIBE never was.
  if (RefuseWithoutConnection(ctx, kind == ChannelKind::kShard)) return;
  const Unmuted unmuted(ctx.reply());
  for (size_t i = 1; i < ctx.argc(); ++i) {
    ctx.services().pubsub->Subscribe(ctx.client(), kind, ctx.arg(i));
    Confirm(ctx, WordsOf(kind).subscribed, ctx.arg(i), kind);
  }
}

void UnsubscribeFrom(Context& ctx, ChannelKind kind) {
  const Unmuted unmuted(ctx.reply());
  const std::string_view word = WordsOf(kind).unsubscribed;
  command::PubSub& pubsub = *ctx.services().pubsub;
  for (size_t i = 1; i < ctx.argc(); ++i) {
    pubsub.Unsubscribe(ctx.client(), kind, ctx.arg(i));
    Confirm(ctx, word, ctx.arg(i), kind);
  }
  if (ctx.argc() > 1) return;
  const auto names = pubsub.NamesOf(ctx.client(), kind);
  for (const std::string& name : names) {
    pubsub.Unsubscribe(ctx.client(), kind, name);
    Confirm(ctx, word, name, kind);
  }
  if (!names.empty()) return;
  ctx.reply().Push(3);
  ctx.reply().Bulk(word);
  ctx.reply().Null();
  ctx.reply().Integer(CountFor(ctx.client(), kind));
}

void Subscribe(Context& ctx) { SubscribeTo(ctx, ChannelKind::kChannel); }
void PSubscribe(Context& ctx) { SubscribeTo(ctx, ChannelKind::kPattern); }
void SSubscribe(Context& ctx) { SubscribeTo(ctx, ChannelKind::kShard); }
void Unsubscribe(Context& ctx) { UnsubscribeFrom(ctx, ChannelKind::kChannel); }
void PUnsubscribe(Context& ctx) { UnsubscribeFrom(ctx, ChannelKind::kPattern); }
void SUnsubscribe(Context& ctx) { UnsubscribeFrom(ctx, ChannelKind::kShard); }

// Replicas have subscribers of their own. In a cluster the bus tells the nodes instead.
void PublishTo(Context& ctx, ChannelKind kind) {
  const size_t receivers = ctx.services().pubsub->Publish(kind, ctx.arg(1), ctx.arg(2));
  if (!SettingsOf(ctx).cluster_enabled) ctx.ForcePropagation();
  ctx.reply().Integer(static_cast<int64_t>(receivers));
}

void Publish(Context& ctx) { PublishTo(ctx, ChannelKind::kChannel); }
void SPublish(Context& ctx) { PublishTo(ctx, ChannelKind::kShard); }

// ---- PUBSUB ----

void ListNames(Context& ctx, ChannelKind kind) {
  if (ctx.argc() > 3) return command::SubcommandSyntaxError(ctx);
  resp::Deferred list(ctx.reply());
  ctx.services().pubsub->ForEachName(kind, [&](std::string_view name) {
    if (ctx.argc() == 3 && !GlobMatches(ctx.arg(2), name)) return;
    ctx.reply().Bulk(name);
    list.Count();
  });
  list.EndArray();
}

void CountSubscribers(Context& ctx, ChannelKind kind) {
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - 2) * 2);
  for (size_t i = 2; i < ctx.argc(); ++i) {
    ctx.reply().Bulk(ctx.arg(i));
    ctx.reply().Integer(static_cast<int64_t>(ctx.services().pubsub->Subscribers(kind, ctx.arg(i))));
  }
}

void PubSubChannels(Context& ctx) { ListNames(ctx, ChannelKind::kChannel); }
void PubSubShardChannels(Context& ctx) { ListNames(ctx, ChannelKind::kShard); }
void PubSubNumSub(Context& ctx) { CountSubscribers(ctx, ChannelKind::kChannel); }
void PubSubShardNumSub(Context& ctx) { CountSubscribers(ctx, ChannelKind::kShard); }

void PubSubNumPat(Context& ctx) {
  ctx.reply().Integer(static_cast<int64_t>(ctx.services().pubsub->Names(ChannelKind::kPattern)));
}

constexpr command::HandlerBinding kHandlers[] = {
    {"subscribe", Subscribe},
    {"unsubscribe", Unsubscribe},
    {"psubscribe", PSubscribe},
    {"punsubscribe", PUnsubscribe},
    {"ssubscribe", SSubscribe},
    {"sunsubscribe", SUnsubscribe},
    {"publish", Publish},
    {"spublish", SPublish},
    {"pubsub|channels", PubSubChannels},
    {"pubsub|numpat", PubSubNumPat},
    {"pubsub|numsub", PubSubNumSub},
    {"pubsub|shardchannels", PubSubShardChannels},
    {"pubsub|shardnumsub", PubSubShardNumSub},
};

}  // namespace

std::span<const command::HandlerBinding> PubSubHandlers() { return kHandlers; }

}  // namespace keyway::commands
