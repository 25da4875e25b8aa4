// Rows of the cluster commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr CommandRow kAsking = {
    .name = "asking",
    .arity = 1,
    .flags = kFlagFast,
    .categories = kAclConnection,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Let the next command through to a slot that this node is importing, as after an -ASK redirection.",
    .complexity = "O(1)",
};

constexpr CommandRow kCluster = {
    .name = "cluster",
    .arity = -2,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "The subcommands that inspect and steer a cluster node.",
    .complexity = "That of the subcommand",
};

constexpr Argument kClusterAddSlotsArguments[] = {Integer("slot").Multiple()};
constexpr CommandRow kClusterAddSlots = {
    .name = "addslots",
    .container = "cluster",
    .arity = -3,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Make this node the owner of unassigned hash slots.",
    .complexity = "O(N) for N slots named",
    .arguments = kClusterAddSlotsArguments,
};

constexpr Argument kClusterAddSlotsRangeRange[] = {Integer("start-slot"), Integer("end-slot")};
constexpr Argument kClusterAddSlotsRangeArguments[] = {Block("range", kClusterAddSlotsRangeRange).Multiple()};
constexpr CommandRow kClusterAddSlotsRange = {
    .name = "addslotsrange",
    .container = "cluster",
    .arity = -4,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "7.0.0",
    .summary = "Make this node the owner of ranges of unassigned hash slots.",
    .complexity = "O(N) for N slots in the ranges",
    .arguments = kClusterAddSlotsRangeArguments,
};

constexpr CommandRow kClusterBumpEpoch = {
    .name = "bumpepoch",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Raise this node's configuration epoch above all that it knows of.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
};

constexpr Argument kClusterCountFailureReportsArguments[] = {Text("node-id")};
constexpr CommandRow kClusterCountFailureReports = {
    .name = "count-failure-reports",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagAdmin | kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Tell how many nodes currently report a given node as failing.",
    .complexity = "O(N) for N reports",
    .tips = {"nondeterministic_output"},
    .arguments = kClusterCountFailureReportsArguments,
};

constexpr Argument kClusterCountKeysInSlotArguments[] = {Integer("slot")};
constexpr CommandRow kClusterCountKeysInSlot = {
    .name = "countkeysinslot",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Tell how many keys of this node fall into a hash slot.",
    .complexity = "O(1)",
    .arguments = kClusterCountKeysInSlotArguments,
};

constexpr Argument kClusterDelSlotsArguments[] = {Integer("slot").Multiple()};
constexpr CommandRow kClusterDelSlots = {
    .name = "delslots",
    .container = "cluster",
    .arity = -3,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Make this node forget who owns the given hash slots.",
    .complexity = "O(N) for N slots named",
    .arguments = kClusterDelSlotsArguments,
};

constexpr Argument kClusterDelSlotsRangeArguments[] = {Block("range", kClusterAddSlotsRangeRange).Multiple()};
constexpr CommandRow kClusterDelSlotsRange = {
    .name = "delslotsrange",
    .container = "cluster",
    .arity = -4,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "7.0.0",
    .summary = "Make this node forget who owns the hash slots in the given ranges.",
    .complexity = "O(N) for N slots in the ranges",
    .arguments = kClusterDelSlotsRangeArguments,
};

constexpr Argument kClusterFailoverOptions[] = {Word("force", "FORCE"), Word("takeover", "TAKEOVER")};
constexpr Argument kClusterFailoverArguments[] = {OneOf("options", kClusterFailoverOptions).Optional()};
constexpr CommandRow kClusterFailover = {
    .name = "failover",
    .container = "cluster",
    .arity = -2,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Promote this replica in its master's stead, by agreement or by force.",
    .complexity = "O(1)",
    .arguments = kClusterFailoverArguments,
};

constexpr CommandRow kClusterFlushSlots = {
    .name = "flushslots",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Make this node forget who owns the hash slots, all of them.",
    .complexity = "O(1)",
};

constexpr Argument kClusterForgetArguments[] = {Text("node-id")};
constexpr CommandRow kClusterForget = {
    .name = "forget",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Strike another node from this node's table, and keep it out for a minute.",
    .complexity = "O(1)",
    .arguments = kClusterForgetArguments,
};

constexpr Argument kClusterGetKeysInSlotArguments[] = {Integer("slot"), Integer("count")};
constexpr CommandRow kClusterGetKeysInSlot = {
    .name = "getkeysinslot",
    .container = "cluster",
    .arity = 4,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "List keys of this node that fall into a hash slot.",
    .complexity = "O(N) for N keys asked for",
    .tips = {"nondeterministic_output"},
    .arguments = kClusterGetKeysInSlotArguments,
};

constexpr CommandRow kClusterHelp = {
    .name = "help",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kCluster,
    .since = "5.0.0",
    .summary = "Explain the subcommands of CLUSTER.",
    .complexity = "O(1)",
};

constexpr CommandRow kClusterInfo = {
    .name = "info",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Report the cluster's health as this node sees it.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
};

constexpr Argument kClusterKeySlotArguments[] = {Text("key")};
constexpr CommandRow kClusterKeySlot = {
    .name = "keyslot",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Compute the hash slot of a key.",
    .complexity = "O(N) for a key of N bytes",
    .arguments = kClusterKeySlotArguments,
};

constexpr CommandRow kClusterLinks = {
    .name = "links",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "7.0.0",
    .summary = "List this node's bus connections, both those it made and those it took.",
    .complexity = "O(N) for N nodes",
    .tips = {"nondeterministic_output"},
};

constexpr Change kClusterMeetHistory[] = {
    {"4.0.0", "The port of the cluster bus may be given as `cluster_bus_port`."},
};
constexpr Argument kClusterMeetArguments[] = {
    Text("ip"),
    Integer("port"),
    Integer("cluster-bus-port").Optional().Since("4.0.0"),
};
constexpr CommandRow kClusterMeet = {
    .name = "meet",
    .container = "cluster",
    .arity = -4,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Introduce this node to another one, so that they become members of one cluster.",
    .complexity = "O(1)",
    .history = kClusterMeetHistory,
    .arguments = kClusterMeetArguments,
};

constexpr CommandRow kClusterMyId = {
    .name = "myid",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Tell this node's ID.",
    .complexity = "O(1)",
};

constexpr CommandRow kClusterMyShardId = {
    .name = "myshardid",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "7.2.0",
    .summary = "Tell the ID of the shard that this node is part of.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
};

constexpr CommandRow kClusterNodes = {
    .name = "nodes",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "List all known nodes with state and slots, one a line, as in the node's own configuration file.",
    .complexity = "O(N) for N nodes",
    .tips = {"nondeterministic_output"},
};

constexpr Argument kClusterReplicasArguments[] = {Text("node-id")};
constexpr CommandRow kClusterReplicas = {
    .name = "replicas",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagAdmin | kFlagStale,
    .group = Group::kCluster,
    .since = "5.0.0",
    .summary = "List the replicas of a given master, in the format of CLUSTER NODES.",
    .complexity = "O(N) for N replicas",
    .tips = {"nondeterministic_output"},
    .arguments = kClusterReplicasArguments,
};

constexpr Argument kClusterReplicateArguments[] = {Text("node-id")};
constexpr CommandRow kClusterReplicate = {
    .name = "replicate",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Turn this node into a replica of another one.",
    .complexity = "O(1)",
    .arguments = kClusterReplicateArguments,
};

constexpr Argument kClusterResetResetType[] = {Word("hard", "HARD"), Word("soft", "SOFT")};
constexpr Argument kClusterResetArguments[] = {OneOf("reset-type", kClusterResetResetType).Optional()};
constexpr CommandRow kClusterReset = {
    .name = "reset",
    .container = "cluster",
    .arity = -2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Make this node leave the cluster, softly or (with a new identity) hard.",
    .complexity = "O(N) for N known nodes; a replica drops its keys too",
    .arguments = kClusterResetArguments,
};

constexpr CommandRow kClusterSaveConfig = {
    .name = "saveconfig",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Write this node's view of the cluster to its configuration file now.",
    .complexity = "O(1)",
};

constexpr Argument kClusterSetConfigEpochArguments[] = {Integer("config-epoch")};
constexpr CommandRow kClusterSetConfigEpoch = {
    .name = "set-config-epoch",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Give a fresh node its first configuration epoch.",
    .complexity = "O(1)",
    .arguments = kClusterSetConfigEpochArguments,
};

constexpr Argument kClusterSetSlotSubcommand[] = {
    Text("importing").Token("IMPORTING").Display("node-id"),
    Text("migrating").Token("MIGRATING").Display("node-id"),
    Text("node").Token("NODE").Display("node-id"),
    Word("stable", "STABLE"),
};
constexpr Argument kClusterSetSlotArguments[] = {Integer("slot"), OneOf("subcommand", kClusterSetSlotSubcommand)};
constexpr CommandRow kClusterSetSlot = {
    .name = "setslot",
    .container = "cluster",
    .arity = -4,
    .flags = kFlagAdmin | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Assign one hash slot to a node, or mark it as on its way from or to a node.",
    .complexity = "O(1)",
    .arguments = kClusterSetSlotArguments,
};

constexpr CommandRow kClusterShards = {
    .name = "shards",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kCluster,
    .since = "7.0.0",
    .summary = "Describe the cluster shard by shard: slot ranges and member nodes.",
    .complexity = "O(N) for N nodes",
    .tips = {"nondeterministic_output"},
};

constexpr Argument kClusterSlavesArguments[] = {Text("node-id")};
constexpr CommandRow kClusterSlaves = {
    .name = "slaves",
    .container = "cluster",
    .arity = 3,
    .flags = kFlagAdmin | kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "List the replicas of a given master, in the format of CLUSTER NODES.",
    .complexity = "O(N) for N replicas",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "5.0.0",
    .replaced_by = "`CLUSTER REPLICAS`",
    .tips = {"nondeterministic_output"},
    .arguments = kClusterSlavesArguments,
};

constexpr Change kClusterSlotsHistory[] = {
    {"4.0.0", "Nodes are shown with their IDs."},
    {"7.0.0", "Nodes are shown with a list of further ways to reach them."},
};
constexpr CommandRow kClusterSlots = {
    .name = "slots",
    .container = "cluster",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Map ranges of hash slots to the nodes that serve them.",
    .complexity = "O(N) for N nodes",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "7.0.0",
    .replaced_by = "`CLUSTER SHARDS`",
    .tips = {"nondeterministic_output"},
    .history = kClusterSlotsHistory,
};

constexpr CommandRow kReadOnly = {
    .name = "readonly",
    .arity = 1,
    .flags = kFlagLoading | kFlagStale | kFlagFast,
    .categories = kAclConnection,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Allow this connection to read, maybe stale, from a cluster replica.",
    .complexity = "O(1)",
};

constexpr CommandRow kReadWrite = {
    .name = "readwrite",
    .arity = 1,
    .flags = kFlagLoading | kFlagStale | kFlagFast,
    .categories = kAclConnection,
    .group = Group::kCluster,
    .since = "3.0.0",
    .summary = "Withdraw what READONLY allowed.",
    .complexity = "O(1)",
};

constexpr CommandRow kRows[] = {
    kAsking,
    kCluster,
    kClusterAddSlots,
    kClusterAddSlotsRange,
    kClusterBumpEpoch,
    kClusterCountFailureReports,
    kClusterCountKeysInSlot,
    kClusterDelSlots,
    kClusterDelSlotsRange,
    kClusterFailover,
    kClusterFlushSlots,
    kClusterForget,
    kClusterGetKeysInSlot,
    kClusterHelp,
    kClusterInfo,
    kClusterKeySlot,
    kClusterLinks,
    kClusterMeet,
    kClusterMyId,
    kClusterMyShardId,
    kClusterNodes,
    kClusterReplicas,
    kClusterReplicate,
    kClusterReset,
    kClusterSaveConfig,
    kClusterSetConfigEpoch,
    kClusterSetSlot,
    kClusterShards,
    kClusterSlaves,
    kClusterSlots,
    kReadOnly,
    kReadWrite,
};

}  // namespace

std::span<const CommandRow> ClusterRows() { return kRows; }

}  // namespace keyway::command::rows
