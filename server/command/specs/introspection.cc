// Rows of the commands that look at the server and steer it: COMMAND, CONFIG, INFO, LATENCY, MEMORY, SLOWLOG, ….
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr CommandRow kCommand = {
    .name = "command",
    .arity = -1,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Describe every command, or (with a subcommand) ask more particular things about commands.",
    .complexity = "O(N) for N commands",
    .tips = {"nondeterministic_output_order"},
};

constexpr CommandRow kCommandCount = {
    .name = "count",
    .container = "command",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Tell how many commands there are.",
    .complexity = "O(1)",
};

constexpr Argument kCommandDocsArguments[] = {Text("command-name").Multiple().Optional()};
constexpr CommandRow kCommandDocs = {
    .name = "docs",
    .container = "command",
    .arity = -2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "7.0.0",
    .summary = "Show what commands are for and how they are written.",
    .complexity = "O(N) for N commands shown",
    .tips = {"nondeterministic_output_order"},
    .arguments = kCommandDocsArguments,
};

constexpr Argument kCommandGetKeysArguments[] = {Text("command"), Text("arg").Multiple().Optional()};
constexpr CommandRow kCommandGetKeys = {
    .name = "getkeys",
    .container = "command",
    .arity = -3,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Tell which arguments of a full command are keys.",
    .complexity = "O(N) for N arguments",
    .arguments = kCommandGetKeysArguments,
};

constexpr Argument kCommandGetKeysAndFlagsArguments[] = {Text("command"), Text("arg").Multiple().Optional()};
constexpr CommandRow kCommandGetKeysAndFlags = {
    .name = "getkeysandflags",
    .container = "command",
    .arity = -3,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "7.0.0",
    .summary = "Tell which arguments of a full command are keys, and what it does to each.",
    .complexity = "O(N) for N arguments",
    .arguments = kCommandGetKeysAndFlagsArguments,
};

constexpr CommandRow kCommandHelp = {
    .name = "help",
    .container = "command",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "5.0.0",
    .summary = "Explain the subcommands of COMMAND.",
    .complexity = "O(1)",
};

constexpr Change kCommandInfoHistory[] = {{"7.0.0", "Without arguments it shows all commands."}};
constexpr Argument kCommandInfoArguments[] = {Text("command-name").Multiple().Optional()};
constexpr CommandRow kCommandInfo = {
    .name = "info",
    .container = "command",
    .arity = -2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Show arity, flags and keys of commands.",
    .complexity = "O(N) for N commands shown",
    .tips = {"nondeterministic_output_order"},
    .history = kCommandInfoHistory,
    .arguments = kCommandInfoArguments,
};

constexpr Argument kCommandListFilterby[] = {
    Text("module-name").Token("MODULE"),
    Text("category").Token("ACLCAT"),
    Pattern("pattern").Token("PATTERN"),
};
constexpr Argument kCommandListArguments[] = {OneOf("filterby", kCommandListFilterby).Token("FILTERBY").Optional()};
constexpr CommandRow kCommandList = {
    .name = "list",
    .container = "command",
    .arity = -2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kServer,
    .since = "7.0.0",
    .summary = "List the names of commands, all or a selection.",
    .complexity = "O(N) for N commands",
    .tips = {"nondeterministic_output_order"},
    .arguments = kCommandListArguments,
};

constexpr CommandRow kConfig = {
    .name = "config",
    .arity = -2,
    .group = Group::kServer,
    .since = "2.0.0",
    .summary = "The subcommands about the server's settings.",
    .complexity = "That of the subcommand",
};

constexpr Change kConfigGetHistory[] = {{"7.0.0", "Takes more than one pattern."}};
constexpr Argument kConfigGetArguments[] = {Text("parameter").Multiple()};
constexpr CommandRow kConfigGet = {
    .name = "get",
    .container = "config",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.0.0",
    .summary = "Show the settings whose names match patterns.",
    .complexity = "O(N) for N settings shown",
    .history = kConfigGetHistory,
    .arguments = kConfigGetArguments,
};

constexpr CommandRow kConfigHelp = {
    .name = "help",
    .container = "config",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "5.0.0",
    .summary = "Explain the subcommands of CONFIG.",
    .complexity = "O(1)",
};

constexpr CommandRow kConfigResetStat = {
    .name = "resetstat",
    .container = "config",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.0.0",
    .summary = "Set the counters that INFO shows back to zero.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
};

constexpr CommandRow kConfigRewrite = {
    .name = "rewrite",
    .container = "config",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.8.0",
    .summary = "Write the settings now in force into the configuration file.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
};

constexpr Change kConfigSetHistory[] = {{"7.0.0", "Takes more than one setting."}};
constexpr Argument kConfigSetData[] = {Text("parameter"), Text("value")};
constexpr Argument kConfigSetArguments[] = {Block("data", kConfigSetData).Multiple()};
constexpr CommandRow kConfigSet = {
    .name = "set",
    .container = "config",
    .arity = -4,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagPrepared,
    .secrets_hook = ConfigSetSecrets,
    .group = Group::kServer,
    .since = "2.0.0",
    .summary = "Change settings while the server runs: all of those given or none.",
    .complexity = "O(N) for N settings given",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
    .history = kConfigSetHistory,
    .arguments = kConfigSetArguments,
};

constexpr CommandRow kDbSize = {
    .name = "dbsize",
    .arity = 1,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Count the keys of the database.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:agg_sum"},
};

constexpr CommandRow kDebug = {
    .name = "debug",
    .arity = -2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagProtected,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "The subcommands for people who work on the server or test it.",
    .complexity = "That of the subcommand",
    .doc_flags = kDocSyscmd,
};

constexpr Change kInfoHistory[] = {{"7.0.0", "Takes more than one section."}};
constexpr Argument kInfoArguments[] = {Text("section").Multiple().Optional()};
constexpr CommandRow kInfo = {
    .name = "info",
    .arity = -1,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclDangerous,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "Report the state of the server and its counters, section by section.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
    .history = kInfoHistory,
    .arguments = kInfoArguments,
};

constexpr CommandRow kLatency = {
    .name = "latency",
    .arity = -2,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "The subcommands about events that took long.",
    .complexity = "That of the subcommand",
};

constexpr CommandRow kLatencyDoctor = {
    .name = "doctor",
    .container = "latency",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Comment on the latency that was recorded, in words.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
};

constexpr Argument kLatencyGraphArguments[] = {Text("event")};
constexpr CommandRow kLatencyGraph = {
    .name = "graph",
    .container = "latency",
    .arity = 3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Draw the latency of an event over time.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
    .arguments = kLatencyGraphArguments,
};

constexpr CommandRow kLatencyHelp = {
    .name = "help",
    .container = "latency",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Explain the subcommands of LATENCY.",
    .complexity = "O(1)",
};

constexpr Argument kLatencyHistogramArguments[] = {Text("COMMAND").Multiple().Optional()};
constexpr CommandRow kLatencyHistogram = {
    .name = "histogram",
    .container = "latency",
    .arity = -2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "7.0.0",
    .summary = "Show how the run times of commands are distributed.",
    .complexity = "O(N) for N commands that have run",
    .tips = {"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
    .arguments = kLatencyHistogramArguments,
};

constexpr Argument kLatencyHistoryArguments[] = {Text("event")};
constexpr CommandRow kLatencyHistory = {
    .name = "history",
    .container = "latency",
    .arity = 3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "List the samples recorded for an event.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
    .arguments = kLatencyHistoryArguments,
};

constexpr CommandRow kLatencyLatest = {
    .name = "latest",
    .container = "latency",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Show the latest and the worst sample of each event.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
};

constexpr Argument kLatencyResetArguments[] = {Text("event").Multiple().Optional()};
constexpr CommandRow kLatencyReset = {
    .name = "reset",
    .container = "latency",
    .arity = -2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.8.13",
    .summary = "Drop the samples of some events, or of all.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_nodes", "response_policy:agg_sum"},
    .arguments = kLatencyResetArguments,
};

constexpr Argument kLolwutArguments[] = {Integer("version").Token("VERSION").Optional()};
constexpr CommandRow kLolwut = {
    .name = "lolwut",
    .arity = -1,
    .flags = kFlagReadOnly | kFlagFast,
    .group = Group::kServer,
    .since = "5.0.0",
    .summary = "Draw something, and say which version drew it.",
    .complexity = "O(N) for a picture of N characters",
    .arguments = kLolwutArguments,
};

constexpr CommandRow kMemory = {
    .name = "memory",
    .arity = -2,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "The subcommands about where memory goes.",
    .complexity = "That of the subcommand",
};

constexpr CommandRow kMemoryDoctor = {
    .name = "doctor",
    .container = "memory",
    .arity = 2,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Comment on how memory is used, in words.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
};

constexpr CommandRow kMemoryHelp = {
    .name = "help",
    .container = "memory",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Explain the subcommands of MEMORY.",
    .complexity = "O(1)",
};

constexpr CommandRow kMemoryMallocStats = {
    .name = "malloc-stats",
    .container = "memory",
    .arity = 2,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Show what the allocator says about itself.",
    .complexity = "Grows with the memory in use, and may take long",
    .tips = {"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
};

constexpr CommandRow kMemoryPurge = {
    .name = "purge",
    .container = "memory",
    .arity = 2,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Have the allocator give unused pages back to the system.",
    .complexity = "Grows with the memory in use, and may take long",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
};

constexpr CommandRow kMemoryStats = {
    .name = "stats",
    .container = "memory",
    .arity = 2,
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "List what memory is used for.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
};

constexpr Argument kMemoryUsageArguments[] = {Key("key"), Integer("count").Token("SAMPLES").Optional()};
constexpr CommandRow kMemoryUsage = {
    .name = "usage",
    .container = "memory",
    .arity = -3,
    .flags = kFlagReadOnly,
    .keys = {{kKeyRo, AtIndex(2), Range(0)}},
    .group = Group::kServer,
    .since = "4.0.0",
    .summary = "Estimate how many bytes a key takes, all told.",
    .complexity = "O(N) for N elements sampled",
    .arguments = kMemoryUsageArguments,
};

constexpr CommandRow kMonitor = {
    .name = "monitor",
    .arity = 1,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagEndsBatch,
    .group = Group::kServer,
    .since = "1.0.0",
    .summary = "See every command that the server runs, as it runs.",
    .complexity = "O(1) to begin; every command then costs a little more",
};

constexpr CommandRow kRole = {
    .name = "role",
    .arity = 1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagSentinel,
    .categories = kAclAdmin | kAclDangerous,
    .group = Group::kServer,
    .since = "2.8.12",
    .summary = "Tell whether this server is a master, a replica or a Sentinel, and who its partners are.",
    .complexity = "O(1)",
};

constexpr CommandRow kSlowLog = {
    .name = "slowlog",
    .arity = -2,
    .group = Group::kServer,
    .since = "2.2.12",
    .summary = "The subcommands about commands that took long.",
    .complexity = "That of the subcommand",
};

constexpr Change kSlowLogGetHistory[] = {{"4.0.0", "Entries show the client's address and name."}};
constexpr Argument kSlowLogGetArguments[] = {Integer("count").Optional()};
constexpr CommandRow kSlowLogGet = {
    .name = "get",
    .container = "slowlog",
    .arity = -2,
    .flags = kFlagAdmin | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.2.12",
    .summary = "Show the latest entries of the slow log.",
    .complexity = "O(N) for N entries shown",
    .tips = {"request_policy:all_nodes", "nondeterministic_output"},
    .history = kSlowLogGetHistory,
    .arguments = kSlowLogGetArguments,
};

constexpr CommandRow kSlowLogHelp = {
    .name = "help",
    .container = "slowlog",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "6.2.0",
    .summary = "Explain the subcommands of SLOWLOG.",
    .complexity = "O(1)",
};

constexpr CommandRow kSlowLogLen = {
    .name = "len",
    .container = "slowlog",
    .arity = 2,
    .flags = kFlagAdmin | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.2.12",
    .summary = "Count the entries of the slow log.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"},
};

constexpr CommandRow kSlowLogReset = {
    .name = "reset",
    .container = "slowlog",
    .arity = 2,
    .flags = kFlagAdmin | kFlagLoading | kFlagStale,
    .group = Group::kServer,
    .since = "2.2.12",
    .summary = "Empty the slow log.",
    .complexity = "O(N) for N entries",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
};

constexpr CommandRow kTime = {
    .name = "time",
    .arity = 1,
    .flags = kFlagLoading | kFlagStale | kFlagFast,
    .group = Group::kServer,
    .since = "2.6.0",
    .summary = "Tell the server's clock as Unix time and microseconds.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
};

constexpr CommandRow kRows[] = {
    kCommand,
    kCommandCount,
    kCommandDocs,
    kCommandGetKeys,
    kCommandGetKeysAndFlags,
    kCommandHelp,
    kCommandInfo,
    kCommandList,
    kConfig,
    kConfigGet,
    kConfigHelp,
    kConfigResetStat,
    kConfigRewrite,
    kConfigSet,
    kDbSize,
    kDebug,
    kInfo,
    kLatency,
    kLatencyDoctor,
    kLatencyGraph,
    kLatencyHelp,
    kLatencyHistogram,
    kLatencyHistory,
    kLatencyLatest,
    kLatencyReset,
    kLolwut,
    kMemory,
    kMemoryDoctor,
    kMemoryHelp,
    kMemoryMallocStats,
    kMemoryPurge,
    kMemoryStats,
    kMemoryUsage,
    kMonitor,
    kRole,
    kSlowLog,
    kSlowLogGet,
    kSlowLogHelp,
    kSlowLogLen,
    kSlowLogReset,
    kTime,
};

}  // namespace

std::span<const CommandRow> IntrospectionRows() { return kRows; }

}  // namespace keyway::command::rows
