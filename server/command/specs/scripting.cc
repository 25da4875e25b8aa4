// Rows of the scripting commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kEvalArguments[] = {
    Text("script"),
    Integer("numkeys"),
    Key("key").Multiple().Optional(),
    Text("arg").Multiple().Optional(),
};
constexpr CommandRow kEval = {
    .name = "eval",
    .arity = -3,
    .flags = kFlagNoScript | kFlagStale | kFlagSkipMonitor | kFlagMayReplicate | kFlagNoMandatoryKeys,
    .categories = kAclScripting,
    .keys =
        {
            {kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(2), KeyNum(0, 1),
             "A script may do anything with its keys: taken for RW and UPDATE"},
        },
    .group = Group::kScripting,
    .since = "2.6.0",
    .summary = "Run a Lua script inside the server.",
    .complexity = "That of the script",
    .arguments = kEvalArguments,
};

constexpr CommandRow kEvalRo = {
    .name = "eval_ro",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagNoScript | kFlagStale | kFlagSkipMonitor | kFlagNoMandatoryKeys,
    .categories = kAclScripting,
    .keys =
        {
            {kKeyRo | kKeyAccess, AtIndex(2), KeyNum(0, 1),
             "A script may read all of its keys: taken for RO and ACCESS"},
        },
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Run a Lua script that changes nothing.",
    .complexity = "That of the script",
    .arguments = kEvalArguments,
};

constexpr Argument kEvalShaArguments[] = {
    Text("sha1"),
    Integer("numkeys"),
    Key("key").Multiple().Optional(),
    Text("arg").Multiple().Optional(),
};
constexpr CommandRow kEvalSha = {
    .name = "evalsha",
    .arity = -3,
    .flags = kFlagNoScript | kFlagStale | kFlagSkipMonitor | kFlagMayReplicate | kFlagNoMandatoryKeys,
    .categories = kAclScripting,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(2), KeyNum(0, 1)}},
    .group = Group::kScripting,
    .since = "2.6.0",
    .summary = "Run a Lua script that the server has in its cache, named by its SHA1.",
    .complexity = "That of the script",
    .arguments = kEvalShaArguments,
};

constexpr CommandRow kEvalShaRo = {
    .name = "evalsha_ro",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagNoScript | kFlagStale | kFlagSkipMonitor | kFlagNoMandatoryKeys,
    .categories = kAclScripting,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(2), KeyNum(0, 1)}},
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Run a Lua script that changes nothing and is in the server's cache, named by its SHA1.",
    .complexity = "That of the script",
    .arguments = kEvalShaArguments,
};

constexpr Argument kFCallArguments[] = {
    Text("function"),
    Integer("numkeys"),
    Key("key").Multiple().Optional(),
    Text("arg").Multiple().Optional(),
};
constexpr CommandRow kFCall = {
    .name = "fcall",
    .arity = -3,
    .flags = kFlagNoScript | kFlagStale | kFlagSkipMonitor | kFlagMayReplicate | kFlagNoMandatoryKeys,
    .categories = kAclScripting,
    .keys =
        {
            {kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(2), KeyNum(0, 1),
             "A function may do anything with its keys: taken for RW and UPDATE"},
        },
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Call a function of a library that was loaded.",
    .complexity = "That of the function",
    .arguments = kFCallArguments,
};

constexpr CommandRow kFCallRo = {
    .name = "fcall_ro",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagNoScript | kFlagStale | kFlagSkipMonitor | kFlagNoMandatoryKeys,
    .categories = kAclScripting,
    .keys =
        {
            {kKeyRo | kKeyAccess, AtIndex(2), KeyNum(0, 1),
             "A function may read all of its keys: taken for RO and ACCESS"},
        },
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Call a function that changes nothing.",
    .complexity = "That of the function",
    .arguments = kFCallArguments,
};

constexpr CommandRow kFunction = {
    .name = "function",
    .arity = -2,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "The subcommands that manage libraries of functions.",
    .complexity = "That of the subcommand",
};

constexpr Argument kFunctionDeleteArguments[] = {Text("library-name")};
constexpr CommandRow kFunctionDelete = {
    .name = "delete",
    .container = "function",
    .arity = 3,
    .flags = kFlagWrite | kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Remove a library with all of its functions.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
    .arguments = kFunctionDeleteArguments,
};

constexpr CommandRow kFunctionDump = {
    .name = "dump",
    .container = "function",
    .arity = 2,
    .flags = kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Serialize all libraries.",
    .complexity = "O(N) for N functions",
};

constexpr Argument kFunctionFlushFlushType[] = {Word("async", "ASYNC"), Word("sync", "SYNC")};
constexpr Argument kFunctionFlushArguments[] = {OneOf("flush-type", kFunctionFlushFlushType).Optional()};
constexpr CommandRow kFunctionFlush = {
    .name = "flush",
    .container = "function",
    .arity = -2,
    .flags = kFlagWrite | kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Remove all libraries.",
    .complexity = "O(N) for N functions",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
    .arguments = kFunctionFlushArguments,
};

constexpr CommandRow kFunctionHelp = {
    .name = "help",
    .container = "function",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Explain the subcommands of FUNCTION.",
    .complexity = "O(1)",
};

constexpr CommandRow kFunctionKill = {
    .name = "kill",
    .container = "function",
    .arity = 2,
    .flags = kFlagNoScript | kFlagAllowBusy,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Stop the function that is running, if it has written nothing yet.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:one_succeeded"},
};

constexpr Argument kFunctionListArguments[] = {
    Text("library-name-pattern").Token("LIBRARYNAME").Optional(),
    Word("withcode", "WITHCODE").Optional(),
};
constexpr CommandRow kFunctionList = {
    .name = "list",
    .container = "function",
    .arity = -2,
    .flags = kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Describe the libraries and their functions.",
    .complexity = "O(N) for N functions",
    .tips = {"nondeterministic_output_order"},
    .arguments = kFunctionListArguments,
};

constexpr Argument kFunctionLoadArguments[] = {Word("replace", "REPLACE").Optional(), Text("function-code")};
constexpr CommandRow kFunctionLoad = {
    .name = "load",
    .container = "function",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Add a library, given as source text.",
    .complexity = "O(1), leaving the time for compilation aside",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
    .arguments = kFunctionLoadArguments,
};

constexpr Argument kFunctionRestorePolicy[] = {
    Word("flush", "FLUSH"),
    Word("append", "APPEND"),
    Word("replace", "REPLACE"),
};
constexpr Argument kFunctionRestoreArguments[] = {
    Text("serialized-value"),
    OneOf("policy", kFunctionRestorePolicy).Optional(),
};
constexpr CommandRow kFunctionRestore = {
    .name = "restore",
    .container = "function",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Bring libraries back from what FUNCTION DUMP returned.",
    .complexity = "O(N) for N functions in the payload",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
    .arguments = kFunctionRestoreArguments,
};

constexpr CommandRow kFunctionStats = {
    .name = "stats",
    .container = "function",
    .arity = 2,
    .flags = kFlagNoScript | kFlagAllowBusy,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "7.0.0",
    .summary = "Tell what function is running now, and which engines there are.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
};

constexpr CommandRow kScript = {
    .name = "script",
    .arity = -2,
    .group = Group::kScripting,
    .since = "2.6.0",
    .summary = "The subcommands that manage the cache of Lua scripts.",
    .complexity = "That of the subcommand",
};

constexpr Argument kScriptDebugMode[] = {Word("yes", "YES"), Word("sync", "SYNC"), Word("no", "NO")};
constexpr Argument kScriptDebugArguments[] = {OneOf("mode", kScriptDebugMode)};
constexpr CommandRow kScriptDebug = {
    .name = "debug",
    .container = "script",
    .arity = 3,
    .flags = kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "3.2.0",
    .summary = "Run the following scripts of this connection under the debugger, or stop doing so.",
    .complexity = "O(1)",
    .arguments = kScriptDebugArguments,
};

constexpr Argument kScriptExistsArguments[] = {Text("sha1").Multiple()};
constexpr CommandRow kScriptExists = {
    .name = "exists",
    .container = "script",
    .arity = -3,
    .flags = kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "2.6.0",
    .summary = "Tell which of the given scripts are in the cache.",
    .complexity = "O(N) for N scripts named",
    .tips = {"request_policy:all_shards", "response_policy:agg_logical_and"},
    .arguments = kScriptExistsArguments,
};

constexpr Change kScriptFlushHistory[] = {{"6.2.0", "`ASYNC` or `SYNC` tells when memory is freed."}};
constexpr Argument kScriptFlushArguments[] = {OneOf("flush-type", kFunctionFlushFlushType).Optional().Since("6.2.0")};
constexpr CommandRow kScriptFlush = {
    .name = "flush",
    .container = "script",
    .arity = -2,
    .flags = kFlagNoScript,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "2.6.0",
    .summary = "Empty the cache of scripts.",
    .complexity = "O(N) for N scripts in the cache",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
    .history = kScriptFlushHistory,
    .arguments = kScriptFlushArguments,
};

constexpr CommandRow kScriptHelp = {
    .name = "help",
    .container = "script",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "5.0.0",
    .summary = "Explain the subcommands of SCRIPT.",
    .complexity = "O(1)",
};

constexpr CommandRow kScriptKill = {
    .name = "kill",
    .container = "script",
    .arity = 2,
    .flags = kFlagNoScript | kFlagAllowBusy,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "2.6.0",
    .summary = "Stop the script that is running, if it has written nothing yet.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:one_succeeded"},
};

constexpr Argument kScriptLoadArguments[] = {Text("script")};
constexpr CommandRow kScriptLoad = {
    .name = "load",
    .container = "script",
    .arity = 3,
    .flags = kFlagNoScript | kFlagStale,
    .categories = kAclScripting,
    .group = Group::kScripting,
    .since = "2.6.0",
    .summary = "Put a script into the cache without running it.",
    .complexity = "O(N) for a script of N bytes",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
    .arguments = kScriptLoadArguments,
};

constexpr CommandRow kRows[] = {
    kEval,         kEvalRo,         kEvalSha,         kEvalShaRo,     kFCall,        kFCallRo,
    kFunction,     kFunctionDelete, kFunctionDump,    kFunctionFlush, kFunctionHelp, kFunctionKill,
    kFunctionList, kFunctionLoad,   kFunctionRestore, kFunctionStats, kScript,       kScriptDebug,
    kScriptExists, kScriptFlush,    kScriptHelp,      kScriptKill,    kScriptLoad,
};

}  // namespace

std::span<const CommandRow> ScriptingRows() { return kRows; }

}  // namespace keyway::command::rows
