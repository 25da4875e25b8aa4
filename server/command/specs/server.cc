// Rows of the commands for the server as a whole: saving, replication, flushing, modules.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr CommandRow kBgRewriteAof = {
    .name = "bgrewriteaof",
    .arity = 1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagNoAsyncLoading,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Have a child process write a compact append-only file.",
    .complexity = "O(1)",
};

constexpr Change kBgSaveHistory[] = {{"3.2.2", "`SCHEDULE` waits for a rewrite of the append-only file to end."}};
constexpr Argument kBgSaveArguments[] = {Word("schedule", "SCHEDULE").Optional().Since("3.2.2")};
constexpr CommandRow kBgSave = {
    .name = "bgsave",
    .arity = -1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagNoAsyncLoading,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Have a child process write the dataset to disk.",
    .complexity = "O(1)",
    .history = kBgSaveHistory,
    .arguments = kBgSaveArguments,
};

constexpr Argument kFailoverTarget[] = {Text("host"), Integer("port"), Word("force", "FORCE").Optional()};
constexpr Argument kFailoverArguments[] = {
    Block("target", kFailoverTarget).Token("TO").Optional(),
    Word("abort", "ABORT").Optional(),
    Integer("milliseconds").Token("TIMEOUT").Optional(),
};
constexpr CommandRow kFailover = {
    .name = "failover",
    .arity = -1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagStale,
    .group = Group::kServer,
    .since = "6.2.0",
    .summary = "Swap roles with a replica, once it has caught up.",
    .complexity = "O(1)",
    .arguments = kFailoverArguments,
};

constexpr Change kFlushAllHistory[] = {
    {"4.0.0", "`ASYNC` frees memory in the background."},
    {"6.2.0", "`SYNC` frees memory before the reply."},
};
constexpr Argument kFlushAllFlushType[] = {
    Word("async", "ASYNC").Since("4.0.0"),
    Word("sync", "SYNC").Since("6.2.0"),
};
constexpr Argument kFlushAllArguments[] = {OneOf("flush-type", kFlushAllFlushType).Optional()};
constexpr CommandRow kFlushAll = {
    .name = "flushall",
    .arity = -1,
    .flags = kFlagWrite,
    .categories = kAclKeyspace | kAclDangerous,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Delete all keys of all databases.",
    .complexity = "O(N) for N keys in all databases",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
    .history = kFlushAllHistory,
    .arguments = kFlushAllArguments,
};

constexpr Argument kFlushDbArguments[] = {OneOf("flush-type", kFlushAllFlushType).Optional()};
constexpr CommandRow kFlushDb = {
    .name = "flushdb",
    .arity = -1,
    .flags = kFlagWrite,
    .categories = kAclKeyspace | kAclDangerous,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Delete all keys of this database.",
    .complexity = "O(N) for N keys in the database",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
    .history = kFlushAllHistory,
    .arguments = kFlushDbArguments,
};

constexpr CommandRow kLastSave = {
    .name = "lastsave",
    .arity = 1,
    .flags = kFlagLoading | kFlagStale | kFlagFast,
    .categories = kAclAdmin | kAclDangerous,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Tell the Unix time of the latest successful save.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
};

constexpr CommandRow kModule = {
    .name = "module",
    .arity = -2,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "The subcommands about modules.",
    .complexity = "That of the subcommand",
};

constexpr CommandRow kModuleHelp = {
    .name = "help",
    .container = "module",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "5.0.0",
    .summary = "Explain the subcommands of MODULE.",
    .complexity = "O(1)",
};

constexpr CommandRow kModuleList = {
    .name = "list",
    .container = "module",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "List the modules that are loaded.",
    .complexity = "O(N) for N modules",
    .tips = {"nondeterministic_output_order"},
};

constexpr Argument kModuleLoadArguments[] = {Text("path"), Text("arg").Multiple().Optional()};
constexpr CommandRow kModuleLoad = {
    .name = "load",
    .container = "module",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagProtected | kFlagNoAsyncLoading,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Load a module.",
    .complexity = "O(1)",
    .arguments = kModuleLoadArguments,
};

constexpr Argument kModuleLoadExConfigs[] = {Text("name"), Text("value")};
constexpr Argument kModuleLoadExArguments[] = {
    Text("path"),
    Block("configs", kModuleLoadExConfigs).Token("CONFIG").MultipleToken().Optional(),
    Text("args").Token("ARGS").Multiple().Optional(),
};
constexpr CommandRow kModuleLoadEx = {
    .name = "loadex",
    .container = "module",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagProtected | kFlagNoAsyncLoading,
    .group = Group::kServer,
    .since = "7.0.0",
    .summary = "Load a module, with settings for it.",
    .complexity = "O(1)",
    .arguments = kModuleLoadExArguments,
};

constexpr Argument kModuleUnloadArguments[] = {Text("name")};
constexpr CommandRow kModuleUnload = {
    .name = "unload",
    .container = "module",
    .arity = 3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagProtected | kFlagNoAsyncLoading,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Unload a module.",
    .complexity = "O(1)",
    .arguments = kModuleUnloadArguments,
};

constexpr Argument kPSyncArguments[] = {Text("replicationid"), Integer("offset")};
constexpr CommandRow kPSync = {
    .name = "psync",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagNoAsyncLoading | kFlagNoMulti | kFlagEndsBatch,
    .group = Group::kServer,
    .since = "2.8.0",
    .summary = "Between servers: ask for the replication stream from some point on.",
    .complexity = "O(1) to go on from the backlog, O(N) for a full copy of N keys",
    .arguments = kPSyncArguments,
};

constexpr CommandRow kReplConf = {
    .name = "replconf",
    .arity = -1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagAllowBusy,
    .group = Group::kServer,
    .since = "3.0.0",
    .summary = "Between servers: settings and acknowledgements of a replication link.",
    .complexity = "O(1)",
    .doc_flags = kDocSyscmd,
};

constexpr Argument kReplicaOfHostPort[] = {Text("host"), Integer("port")};
constexpr Argument kReplicaOfNoOne[] = {Word("no", "NO"), Word("one", "ONE")};
constexpr Argument kReplicaOfArgs[] = {Block("host-port", kReplicaOfHostPort), Block("no-one", kReplicaOfNoOne)};
constexpr Argument kReplicaOfArguments[] = {OneOf("args", kReplicaOfArgs)};
constexpr CommandRow kReplicaOf = {
    .name = "replicaof",
    .arity = 3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kServer,
    .since = "5.0.0",
    .summary = "Make this server a replica of another one, or a master again.",
    .complexity = "O(1)",
    .arguments = kReplicaOfArguments,
};

constexpr Change kRestoreAskingHistory[] = {
    {"3.0.0", "`REPLACE`."},
    {"5.0.0", "`ABSTTL`."},
    {"5.0.0", "`IDLETIME` and `FREQ`."},
};
constexpr Argument kRestoreAskingArguments[] = {
    Key("key"),
    Integer("ttl"),
    Text("serialized-value"),
    Word("replace", "REPLACE").Optional().Since("3.0.0"),
    Word("absttl", "ABSTTL").Optional().Since("5.0.0"),
    Integer("seconds").Token("IDLETIME").Optional().Since("5.0.0"),
    Integer("frequency").Token("FREQ").Optional().Since("5.0.0"),
};
constexpr CommandRow kRestoreAsking = {
    .name = "restore-asking",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagAsking,
    .categories = kAclKeyspace | kAclDangerous,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kServer,
    .since = "3.0.0",
    .summary = "Between cluster nodes: RESTORE into a slot that is being imported.",
    .complexity =
        "O(N*M) for a value of N objects with an average size of M, O(N*M*log(N)) for a sorted set; in effect O(1) "
        "for a short string",
    .doc_flags = kDocSyscmd,
    .history = kRestoreAskingHistory,
    .arguments = kRestoreAskingArguments,
};

constexpr CommandRow kSave = {
    .name = "save",
    .arity = 1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagNoAsyncLoading | kFlagNoMulti,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Write the dataset to disk while everybody waits.",
    .complexity = "O(N) for N keys in all databases",
};

constexpr Change kShutdownHistory[] = {{"7.0.0", "`NOW`, `FORCE` and `ABORT`."}};
constexpr Argument kShutdownSaveSelector[] = {Word("nosave", "NOSAVE"), Word("save", "SAVE")};
constexpr Argument kShutdownArguments[] = {
    OneOf("save-selector", kShutdownSaveSelector).Optional(),
    Word("now", "NOW").Optional().Since("7.0.0"),
    Word("force", "FORCE").Optional().Since("7.0.0"),
    Word("abort", "ABORT").Optional().Since("7.0.0"),
};
constexpr CommandRow kShutdown = {
    .name = "shutdown",
    .arity = -1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel | kFlagNoMulti | kFlagAllowBusy,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Save if so configured, and end the server.",
    .complexity = "O(N) for N keys in all databases when it saves, O(1) when not",
    .history = kShutdownHistory,
    .arguments = kShutdownArguments,
};

constexpr Argument kSlaveOfArguments[] = {OneOf("args", kReplicaOfArgs)};
constexpr CommandRow kSlaveOf = {
    .name = "slaveof",
    .arity = 3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagStale | kFlagNoAsyncLoading,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Make this server a replica of another one, or a master again.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "5.0.0",
    .replaced_by = "`REPLICAOF`",
    .arguments = kSlaveOfArguments,
};

constexpr Argument kSwapDbArguments[] = {Integer("index1"), Integer("index2")};
constexpr CommandRow kSwapDb = {
    .name = "swapdb",
    .arity = 3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace | kAclDangerous,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Exchange the content of two databases.",
    .complexity = "O(N) for N clients that watch, or wait for, keys of either",
    .arguments = kSwapDbArguments,
};

constexpr CommandRow kSync = {
    .name = "sync",
    .arity = 1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagNoAsyncLoading | kFlagNoMulti | kFlagEndsBatch,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Between servers: ask for a full copy and the stream of changes behind it, the old way.",
    .complexity = "O(N) for N keys",
};

constexpr CommandRow kRows[] = {
    kBgRewriteAof, kBgSave,        kFailover,   kFlushAll,     kFlushDb,      kLastSave, kModule,
    kModuleHelp,   kModuleList,    kModuleLoad, kModuleLoadEx, kModuleUnload, kPSync,    kReplConf,
    kReplicaOf,    kRestoreAsking, kSave,       kShutdown,     kSlaveOf,      kSwapDb,   kSync,
};

}  // namespace

std::span<const CommandRow> ServerRows() { return kRows; }

}  // namespace keyway::command::rows
