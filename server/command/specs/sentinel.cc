// Rows of the SENTINEL container.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr CommandRow kSentinel = {
    .name = "sentinel",
    .arity = -2,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "The subcommands that watch over masters and their replicas.",
    .complexity = "That of the subcommand",
};

constexpr Argument kSentinelCkQuorumArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelCkQuorum = {
    .name = "ckquorum",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Tell whether enough Sentinels can be reached to agree on a failure and to lead a failover.",
    .complexity = "O(N) for N Sentinels",
    .arguments = kSentinelCkQuorumArguments,
};

constexpr Change kSentinelConfigHistory[] = {{"7.2.0", "Takes more than one setting a call."}};
constexpr Argument kSentinelConfigSet[] = {Text("parameter"), Text("value")};
constexpr Argument kSentinelConfigAction[] = {
    Block("set", kSentinelConfigSet).Token("SET").Multiple(),
    Text("parameter").Token("GET").Multiple(),
};
constexpr Argument kSentinelConfigArguments[] = {OneOf("action", kSentinelConfigAction)};
constexpr CommandRow kSentinelConfig = {
    .name = "config",
    .container = "sentinel",
    .arity = -4,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "6.2.0",
    .summary = "Read or change settings of this Sentinel itself.",
    .complexity = "O(N) for N settings",
    .history = kSentinelConfigHistory,
    .arguments = kSentinelConfigArguments,
};

constexpr Argument kSentinelDebugArguments[] = {Block("data", kSentinelConfigSet).Multiple().Optional()};
constexpr CommandRow kSentinelDebug = {
    .name = "debug",
    .container = "sentinel",
    .arity = -2,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "7.0.0",
    .summary = "Show or change the intervals that this Sentinel works by.",
    .complexity = "O(N) for N intervals",
    .arguments = kSentinelDebugArguments,
};

constexpr Argument kSentinelFailoverArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelFailover = {
    .name = "failover",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Promote a replica of a master right away, asking no other Sentinel.",
    .complexity = "O(1)",
    .arguments = kSentinelFailoverArguments,
};

constexpr CommandRow kSentinelFlushConfig = {
    .name = "flushconfig",
    .container = "sentinel",
    .arity = 2,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Write this Sentinel's configuration file anew, state included.",
    .complexity = "O(1)",
};

constexpr Argument kSentinelGetMasterAddrByNameArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelGetMasterAddrByName = {
    .name = "get-master-addr-by-name",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Tell host and port of the current master of that name.",
    .complexity = "O(1)",
    .arguments = kSentinelGetMasterAddrByNameArguments,
};

constexpr CommandRow kSentinelHelp = {
    .name = "help",
    .container = "sentinel",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "6.2.0",
    .summary = "Explain the subcommands of SENTINEL.",
    .complexity = "O(1)",
};

constexpr Argument kSentinelInfoCacheArguments[] = {Text("nodename").Multiple()};
constexpr CommandRow kSentinelInfoCache = {
    .name = "info-cache",
    .container = "sentinel",
    .arity = -3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "3.2.0",
    .summary = "Show the latest INFO of the masters and of their replicas, with its age.",
    .complexity = "O(N) for N servers",
    .arguments = kSentinelInfoCacheArguments,
};

constexpr Argument kSentinelIsMasterDownByAddrArguments[] = {
    Text("ip"),
    Integer("port"),
    Integer("current-epoch"),
    Text("runid"),
};
constexpr CommandRow kSentinelIsMasterDownByAddr = {
    .name = "is-master-down-by-addr",
    .container = "sentinel",
    .arity = 6,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Between Sentinels: ask whether a master is thought to be down, and for a vote.",
    .complexity = "O(1)",
    .arguments = kSentinelIsMasterDownByAddrArguments,
};

constexpr Argument kSentinelMasterArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelMaster = {
    .name = "master",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Describe one master as this Sentinel sees it.",
    .complexity = "O(1)",
    .arguments = kSentinelMasterArguments,
};

constexpr CommandRow kSentinelMasters = {
    .name = "masters",
    .container = "sentinel",
    .arity = 2,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Describe all masters under watch.",
    .complexity = "O(N) for N masters",
};

constexpr Argument kSentinelMonitorArguments[] = {Text("name"), Text("ip"), Integer("port"), Integer("quorum")};
constexpr CommandRow kSentinelMonitor = {
    .name = "monitor",
    .container = "sentinel",
    .arity = 6,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Take a master under watch.",
    .complexity = "O(1)",
    .arguments = kSentinelMonitorArguments,
};

constexpr CommandRow kSentinelMyId = {
    .name = "myid",
    .container = "sentinel",
    .arity = 2,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "6.2.0",
    .summary = "Tell this Sentinel's ID.",
    .complexity = "O(1)",
};

constexpr CommandRow kSentinelPendingScripts = {
    .name = "pending-scripts",
    .container = "sentinel",
    .arity = 2,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "List the notification scripts that run or wait.",
    .complexity = "O(N) for N scripts",
};

constexpr Argument kSentinelRemoveArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelRemove = {
    .name = "remove",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Watch a master no longer.",
    .complexity = "O(1)",
    .arguments = kSentinelRemoveArguments,
};

constexpr Argument kSentinelReplicasArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelReplicas = {
    .name = "replicas",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "5.0.0",
    .summary = "Describe the replicas of a master.",
    .complexity = "O(N) for N replicas",
    .arguments = kSentinelReplicasArguments,
};

constexpr Argument kSentinelResetArguments[] = {Pattern("pattern")};
constexpr CommandRow kSentinelReset = {
    .name = "reset",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Forget what was learnt about the masters that match a pattern, and learn it anew.",
    .complexity = "O(N) for N masters",
    .arguments = kSentinelResetArguments,
};

constexpr Argument kSentinelSentinelsArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelSentinels = {
    .name = "sentinels",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Describe the other Sentinels that watch a master.",
    .complexity = "O(N) for N Sentinels",
    .arguments = kSentinelSentinelsArguments,
};

constexpr Argument kSentinelSetData[] = {Text("option"), Text("value")};
constexpr Argument kSentinelSetArguments[] = {Text("master-name"), Block("data", kSentinelSetData).Multiple()};
constexpr CommandRow kSentinelSet = {
    .name = "set",
    .container = "sentinel",
    .arity = -5,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.4",
    .summary = "Change how a master is watched.",
    .complexity = "O(1)",
    .arguments = kSentinelSetArguments,
};

constexpr Argument kSentinelSimulateFailureMode[] = {
    Word("crash-after-election", "CRASH-AFTER-ELECTION"),
    Word("crash-after-promotion", "CRASH-AFTER-PROMOTION"),
    Word("help", "HELP"),
};
constexpr Argument kSentinelSimulateFailureArguments[] = {
    OneOf("mode", kSentinelSimulateFailureMode).Multiple().Optional(),
};
constexpr CommandRow kSentinelSimulateFailure = {
    .name = "simulate-failure",
    .container = "sentinel",
    .arity = -3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "3.2.0",
    .summary = "For tests: crash at a chosen moment of a failover.",
    .complexity = "O(1)",
    .arguments = kSentinelSimulateFailureArguments,
};

constexpr Argument kSentinelSlavesArguments[] = {Text("master-name")};
constexpr CommandRow kSentinelSlaves = {
    .name = "slaves",
    .container = "sentinel",
    .arity = 3,
    .flags = kFlagAdmin | kFlagSentinel | kFlagOnlySentinel,
    .group = Group::kSentinel,
    .since = "2.8.0",
    .summary = "Describe the replicas of a master.",
    .complexity = "O(N) for N replicas",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "5.0.0",
    .replaced_by = "`SENTINEL REPLICAS`",
    .arguments = kSentinelSlavesArguments,
};

constexpr CommandRow kRows[] = {
    kSentinel,
    kSentinelCkQuorum,
    kSentinelConfig,
    kSentinelDebug,
    kSentinelFailover,
    kSentinelFlushConfig,
    kSentinelGetMasterAddrByName,
    kSentinelHelp,
    kSentinelInfoCache,
    kSentinelIsMasterDownByAddr,
    kSentinelMaster,
    kSentinelMasters,
    kSentinelMonitor,
    kSentinelMyId,
    kSentinelPendingScripts,
    kSentinelRemove,
    kSentinelReplicas,
    kSentinelReset,
    kSentinelSentinels,
    kSentinelSet,
    kSentinelSimulateFailure,
    kSentinelSlaves,
};

}  // namespace

std::span<const CommandRow> SentinelRows() { return kRows; }

}  // namespace keyway::command::rows
