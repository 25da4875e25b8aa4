// Rows of the publish and subscribe commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kPSubscribeArguments[] = {Pattern("pattern").Multiple()};
constexpr CommandRow kPSubscribe = {
    .name = "psubscribe",
    .arity = -2,
    .flags = kFlagPubSub | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel | kFlagSubscriber,
    .group = Group::kPubSub,
    .since = "2.0.0",
    .summary = "Receive what is published to channels whose names match patterns.",
    .complexity = "O(N) for N patterns",
    .arguments = kPSubscribeArguments,
};

constexpr Argument kPublishArguments[] = {Text("channel"), Text("message")};
constexpr CommandRow kPublish = {
    .name = "publish",
    .arity = 3,
    .flags = kFlagPubSub | kFlagLoading | kFlagStale | kFlagFast | kFlagMayReplicate | kFlagSentinel,
    .group = Group::kPubSub,
    .since = "2.0.0",
    .summary = "Send a message to all who listen to a channel.",
    .complexity = "O(N+M) for N subscribers of the channel and M patterns that anybody is subscribed to",
    .arguments = kPublishArguments,
};

constexpr CommandRow kPubSub = {
    .name = "pubsub",
    .arity = -2,
    .group = Group::kPubSub,
    .since = "2.8.0",
    .summary = "The subcommands that look at subscriptions.",
    .complexity = "That of the subcommand",
};

constexpr Argument kPubSubChannelsArguments[] = {Pattern("pattern").Optional()};
constexpr CommandRow kPubSubChannels = {
    .name = "channels",
    .container = "pubsub",
    .arity = -2,
    .flags = kFlagPubSub | kFlagLoading | kFlagStale,
    .group = Group::kPubSub,
    .since = "2.8.0",
    .summary = "List the channels that somebody is subscribed to.",
    .complexity = "O(N) for N channels, with short names and patterns",
    .arguments = kPubSubChannelsArguments,
};

constexpr CommandRow kPubSubHelp = {
    .name = "help",
    .container = "pubsub",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kPubSub,
    .since = "6.2.0",
    .summary = "Explain the subcommands of PUBSUB.",
    .complexity = "O(1)",
};

constexpr CommandRow kPubSubNumPat = {
    .name = "numpat",
    .container = "pubsub",
    .arity = 2,
    .flags = kFlagPubSub | kFlagLoading | kFlagStale,
    .group = Group::kPubSub,
    .since = "2.8.0",
    .summary = "Count the patterns that clients are subscribed to.",
    .complexity = "O(1)",
};

constexpr Argument kPubSubNumSubArguments[] = {Text("channel").Multiple().Optional()};
constexpr CommandRow kPubSubNumSub = {
    .name = "numsub",
    .container = "pubsub",
    .arity = -2,
    .flags = kFlagPubSub | kFlagLoading | kFlagStale,
    .group = Group::kPubSub,
    .since = "2.8.0",
    .summary = "Count the subscribers of each given channel.",
    .complexity = "O(N) for N channels named",
    .arguments = kPubSubNumSubArguments,
};

constexpr Argument kPubSubShardChannelsArguments[] = {Pattern("pattern").Optional()};
constexpr CommandRow kPubSubShardChannels = {
    .name = "shardchannels",
    .container = "pubsub",
    .arity = -2,
    .flags = kFlagPubSub | kFlagLoading | kFlagStale,
    .group = Group::kPubSub,
    .since = "7.0.0",
    .summary = "List the shard channels that somebody is subscribed to.",
    .complexity = "O(N) for N shard channels, with short names and patterns",
    .arguments = kPubSubShardChannelsArguments,
};

constexpr Argument kPubSubShardNumSubArguments[] = {Text("shardchannel").Multiple().Optional()};
constexpr CommandRow kPubSubShardNumSub = {
    .name = "shardnumsub",
    .container = "pubsub",
    .arity = -2,
    .flags = kFlagPubSub | kFlagLoading | kFlagStale,
    .group = Group::kPubSub,
    .since = "7.0.0",
    .summary = "Count the subscribers of each given shard channel.",
    .complexity = "O(N) for N shard channels named",
    .arguments = kPubSubShardNumSubArguments,
};

constexpr Argument kPUnsubscribeArguments[] = {Pattern("pattern").Multiple().Optional()};
constexpr CommandRow kPUnsubscribe = {
    .name = "punsubscribe",
    .arity = -1,
    .flags = kFlagPubSub | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel | kFlagSubscriber,
    .group = Group::kPubSub,
    .since = "2.0.0",
    .summary = "Stop receiving what PSUBSCRIBE asked for.",
    .complexity = "O(N) for N patterns",
    .arguments = kPUnsubscribeArguments,
};

constexpr Argument kSPublishArguments[] = {Text("shardchannel"), Text("message")};
constexpr CommandRow kSPublish = {
    .name = "spublish",
    .arity = 3,
    .flags = kFlagPubSub | kFlagLoading | kFlagStale | kFlagFast | kFlagMayReplicate,
    .keys = {{kKeyNotKey, AtIndex(1), Range(0)}},
    .group = Group::kPubSub,
    .since = "7.0.0",
    .summary = "Send a message to all who listen to a shard channel.",
    .complexity = "O(N) for N subscribers of the shard channel",
    .arguments = kSPublishArguments,
};

constexpr Argument kSSubscribeArguments[] = {Text("shardchannel").Multiple()};
constexpr CommandRow kSSubscribe = {
    .name = "ssubscribe",
    .arity = -2,
    .flags = kFlagPubSub | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSubscriber,
    .keys = {{kKeyNotKey, AtIndex(1), Range(-1)}},
    .group = Group::kPubSub,
    .since = "7.0.0",
    .summary = "Receive what is published to shard channels.",
    .complexity = "O(N) for N shard channels",
    .arguments = kSSubscribeArguments,
};

constexpr Argument kSubscribeArguments[] = {Text("channel").Multiple()};
constexpr CommandRow kSubscribe = {
    .name = "subscribe",
    .arity = -2,
    .flags = kFlagPubSub | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel | kFlagSubscriber,
    .group = Group::kPubSub,
    .since = "2.0.0",
    .summary = "Receive what is published to channels.",
    .complexity = "O(N) for N channels",
    .arguments = kSubscribeArguments,
};

constexpr Argument kSUnsubscribeArguments[] = {Text("shardchannel").Multiple().Optional()};
constexpr CommandRow kSUnsubscribe = {
    .name = "sunsubscribe",
    .arity = -1,
    .flags = kFlagPubSub | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSubscriber,
    .keys = {{kKeyNotKey, AtIndex(1), Range(-1)}},
    .group = Group::kPubSub,
    .since = "7.0.0",
    .summary = "Stop receiving what SSUBSCRIBE asked for.",
    .complexity = "O(N) for N shard channels",
    .arguments = kSUnsubscribeArguments,
};

constexpr Argument kUnsubscribeArguments[] = {Text("channel").Multiple().Optional()};
constexpr CommandRow kUnsubscribe = {
    .name = "unsubscribe",
    .arity = -1,
    .flags = kFlagPubSub | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel | kFlagSubscriber,
    .group = Group::kPubSub,
    .since = "2.0.0",
    .summary = "Stop receiving what SUBSCRIBE asked for.",
    .complexity = "O(N) for N channels",
    .arguments = kUnsubscribeArguments,
};

constexpr CommandRow kRows[] = {
    kPSubscribe,          kPublish,           kPubSub,       kPubSubChannels, kPubSubHelp, kPubSubNumPat, kPubSubNumSub,
    kPubSubShardChannels, kPubSubShardNumSub, kPUnsubscribe, kSPublish,       kSSubscribe, kSubscribe,    kSUnsubscribe,
    kUnsubscribe,
};

}  // namespace

std::span<const CommandRow> PubSubRows() { return kRows; }

}  // namespace keyway::command::rows
