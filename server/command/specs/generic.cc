// Rows of the commands for keys of any type.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kCopyArguments[] = {
    Key("source"),
    Key("destination", 1),
    Integer("destination-db").Token("DB").Optional(),
    Word("replace", "REPLACE").Optional(),
};
constexpr CommandRow kCopy = {
    .name = "copy",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}, {kKeyOw | kKeyUpdate, AtIndex(2), Range(0)}},
    .group = Group::kGeneric,
    .since = "6.2.0",
    .summary = "Duplicate a key's value under another name, in the same or another database.",
    .complexity = "O(N) for a collection of N elements, O(1) for a string",
    .arguments = kCopyArguments,
};

constexpr CommandRow kDel = {
    .name = "del",
    .arity = -2,
    .flags = kFlagWrite,
    .categories = kAclKeyspace,
    .keys = {{kKeyRm | kKeyDelete, AtIndex(1), Range(-1)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Delete keys.",
    .complexity = "O(N) for N keys, where a list, set, hash or sorted set of M elements counts as M rather than one",
    .tips = {"request_policy:multi_shard", "response_policy:agg_sum"},
    .arguments = kSomeKeys,
};

constexpr CommandRow kDump = {
    .name = "dump",
    .arity = 2,
    .flags = kFlagReadOnly,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.6.0",
    .summary = "Serialize the value of a key so that RESTORE can bring it back.",
    .complexity = "O(N*M) for a value of N objects with an average size of M; in effect O(1) for a short string",
    .tips = {"nondeterministic_output"},
    .arguments = kOneKey,
};

constexpr Change kExistsHistory[] = {{"3.0.3", "Takes more than one `key`."}};
constexpr CommandRow kExists = {
    .name = "exists",
    .arity = -2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo, AtIndex(1), Range(-1)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Count how many of the given keys are there.",
    .complexity = "O(N) for N keys",
    .tips = {"request_policy:multi_shard", "response_policy:agg_sum"},
    .history = kExistsHistory,
    .arguments = kSomeKeys,
};

constexpr Change kExpireHistory[] = {{"7.0.0", "The conditions `NX`, `XX`, `GT` and `LT`."}};
constexpr Argument kExpireCondition[] = {Word("nx", "NX"), Word("xx", "XX"), Word("gt", "GT"), Word("lt", "LT")};
constexpr Argument kExpireArguments[] = {
    Key("key"),
    Integer("seconds"),
    OneOf("condition", kExpireCondition).Optional().Since("7.0.0"),
};
constexpr CommandRow kExpire = {
    .name = "expire",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Let a key vanish after a number of seconds.",
    .complexity = "O(1)",
    .history = kExpireHistory,
    .arguments = kExpireArguments,
};

constexpr Argument kExpireAtArguments[] = {
    Key("key"),
    UnixTime("unix-time-seconds"),
    OneOf("condition", kExpireCondition).Optional().Since("7.0.0"),
};
constexpr CommandRow kExpireAt = {
    .name = "expireat",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "1.2.0",
    .summary = "Let a key vanish at a Unix time given in seconds.",
    .complexity = "O(1)",
    .history = kExpireHistory,
    .arguments = kExpireAtArguments,
};

constexpr CommandRow kExpireTime = {
    .name = "expiretime",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "7.0.0",
    .summary = "Tell the Unix time, in seconds, at which a key will vanish.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kKeysArguments[] = {Pattern("pattern")};
constexpr CommandRow kKeys = {
    .name = "keys",
    .arity = 2,
    .flags = kFlagReadOnly,
    .categories = kAclKeyspace | kAclDangerous,
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "List every key whose name matches a pattern.",
    .complexity = "O(N) for N keys in the database, as long as names and pattern are short",
    .tips = {"request_policy:all_shards", "nondeterministic_output_order"},
    .arguments = kKeysArguments,
};

constexpr Change kMigrateHistory[] = {
    {"3.0.0", "`COPY` and `REPLACE`."},
    {"3.0.6", "Several keys after `KEYS`."},
    {"4.0.7", "`AUTH` with a password."},
    {"6.0.0", "`AUTH2` with user name and password."},
};
constexpr Argument kMigrateKeySelector[] = {Key("key"), Word("empty-string", "\"\"")};
constexpr Argument kMigrateAuth2[] = {Text("username"), Text("password")};
constexpr Argument kMigrateAuthentication[] = {
    Text("auth").Token("AUTH").Display("password").Since("4.0.7"),
    Block("auth2", kMigrateAuth2).Token("AUTH2").Since("6.0.0"),
};
constexpr Argument kMigrateArguments[] = {
    Text("host"),
    Integer("port"),
    OneOf("key-selector", kMigrateKeySelector),
    Integer("destination-db"),
    Integer("timeout"),
    Word("copy", "COPY").Optional().Since("3.0.0"),
    Word("replace", "REPLACE").Optional().Since("3.0.0"),
    OneOf("authentication", kMigrateAuthentication).Optional(),
    Key("keys", 1).Token("KEYS").Multiple().Optional().Display("key").Since("3.0.6"),
};
constexpr CommandRow kMigrate = {
    .name = "migrate",
    .arity = -6,
    .flags = kFlagWrite,
    .categories = kAclKeyspace | kAclDangerous,
    .keys =
        {
            {kKeyRw | kKeyAccess | kKeyDelete, AtIndex(3), Range(0)},
            {kKeyRw | kKeyAccess | kKeyDelete | kKeyIncomplete, AfterKeyword("KEYS", -2), Range(-1)},
        },
    .keys_hook = MigrateKeys,
    .secrets_hook = MigrateSecrets,
    .group = Group::kGeneric,
    .since = "2.6.0",
    .summary = "Hand keys over to another server: they are there when it has answered, and gone here.",
    .complexity = "DUMP and DEL here, RESTORE there, and O(N) for the N bytes sent in between",
    .tips = {"nondeterministic_output"},
    .history = kMigrateHistory,
    .arguments = kMigrateArguments,
};

constexpr Argument kMoveArguments[] = {Key("key"), Integer("db")};
constexpr CommandRow kMove = {
    .name = "move",
    .arity = 3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Carry a key over to another database.",
    .complexity = "O(1)",
    .arguments = kMoveArguments,
};

constexpr CommandRow kObject = {
    .name = "object",
    .arity = -2,
    .group = Group::kGeneric,
    .since = "2.2.3",
    .summary = "The subcommands that look at how a key's value is stored.",
    .complexity = "That of the subcommand",
};

constexpr CommandRow kObjectEncoding = {
    .name = "encoding",
    .container = "object",
    .arity = 3,
    .flags = kFlagReadOnly,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo, AtIndex(2), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.2.3",
    .summary = "Name the representation that a value has in memory.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
    .arguments = kOneKey,
};

constexpr CommandRow kObjectFreq = {
    .name = "freq",
    .container = "object",
    .arity = 3,
    .flags = kFlagReadOnly,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo, AtIndex(2), Range(0)}},
    .group = Group::kGeneric,
    .since = "4.0.0",
    .summary = "Tell a key's access counter (with an LFU eviction policy).",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
    .arguments = kOneKey,
};

constexpr CommandRow kObjectHelp = {
    .name = "help",
    .container = "object",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .categories = kAclKeyspace,
    .group = Group::kGeneric,
    .since = "6.2.0",
    .summary = "Explain the subcommands of OBJECT.",
    .complexity = "O(1)",
};

constexpr CommandRow kObjectIdleTime = {
    .name = "idletime",
    .container = "object",
    .arity = 3,
    .flags = kFlagReadOnly,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo, AtIndex(2), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.2.3",
    .summary = "Tell for how many seconds nobody has accessed a key.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
    .arguments = kOneKey,
};

constexpr CommandRow kObjectRefCount = {
    .name = "refcount",
    .container = "object",
    .arity = 3,
    .flags = kFlagReadOnly,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo, AtIndex(2), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.2.3",
    .summary = "Tell how many references to a value there are.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
    .arguments = kOneKey,
};

constexpr CommandRow kPersist = {
    .name = "persist",
    .arity = 2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.2.0",
    .summary = "Make a key stay that was going to expire.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kPExpireArguments[] = {
    Key("key"),
    Integer("milliseconds"),
    OneOf("condition", kExpireCondition).Optional().Since("7.0.0"),
};
constexpr CommandRow kPExpire = {
    .name = "pexpire",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.6.0",
    .summary = "Let a key vanish after a number of milliseconds.",
    .complexity = "O(1)",
    .history = kExpireHistory,
    .arguments = kPExpireArguments,
};

constexpr Argument kPExpireAtArguments[] = {
    Key("key"),
    UnixTime("unix-time-milliseconds"),
    OneOf("condition", kExpireCondition).Optional().Since("7.0.0"),
};
constexpr CommandRow kPExpireAt = {
    .name = "pexpireat",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.6.0",
    .summary = "Let a key vanish at a Unix time given in milliseconds.",
    .complexity = "O(1)",
    .history = kExpireHistory,
    .arguments = kPExpireAtArguments,
};

constexpr CommandRow kPExpireTime = {
    .name = "pexpiretime",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "7.0.0",
    .summary = "Tell the Unix time, in milliseconds, at which a key will vanish.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Change kPTtlHistory[] = {{"2.8.0", "A missing key is answered by -2."}};
constexpr CommandRow kPTtl = {
    .name = "pttl",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.6.0",
    .summary = "Tell how many milliseconds a key has left to live.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
    .history = kPTtlHistory,
    .arguments = kOneKey,
};

constexpr CommandRow kRandomKey = {
    .name = "randomkey",
    .arity = 1,
    .flags = kFlagReadOnly | kFlagTouchesArbitraryKeys,
    .categories = kAclKeyspace,
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Pick some key of the database by chance.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:special", "nondeterministic_output"},
};

constexpr Argument kRenameArguments[] = {Key("key"), Key("newkey", 1)};
constexpr CommandRow kRename = {
    .name = "rename",
    .arity = 3,
    .flags = kFlagWrite,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}, {kKeyOw | kKeyUpdate, AtIndex(2), Range(0)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Give a key another name, in place of whatever had that name.",
    .complexity = "O(1)",
    .arguments = kRenameArguments,
};

constexpr Change kRenameNxHistory[] = {{"3.2.0", "The same name twice is no longer an error."}};
constexpr Argument kRenameNxArguments[] = {Key("key"), Key("newkey", 1)};
constexpr CommandRow kRenameNx = {
    .name = "renamenx",
    .arity = 3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}, {kKeyOw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Give a key another name, unless that name is taken.",
    .complexity = "O(1)",
    .history = kRenameNxHistory,
    .arguments = kRenameNxArguments,
};

constexpr Change kRestoreHistory[] = {
    {"3.0.0", "`REPLACE`."},
    {"5.0.0", "`ABSTTL`."},
    {"5.0.0", "`IDLETIME` and `FREQ`."},
};
constexpr Argument kRestoreArguments[] = {
    Key("key"),
    Integer("ttl"),
    Text("serialized-value"),
    Word("replace", "REPLACE").Optional().Since("3.0.0"),
    Word("absttl", "ABSTTL").Optional().Since("5.0.0"),
    Integer("seconds").Token("IDLETIME").Optional().Since("5.0.0"),
    Integer("frequency").Token("FREQ").Optional().Since("5.0.0"),
};
constexpr CommandRow kRestore = {
    .name = "restore",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclKeyspace | kAclDangerous,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "2.6.0",
    .summary = "Make a key from what DUMP returned.",
    .complexity =
        "O(N*M) for a value of N objects with an average size of M, O(N*M*log(N)) for a sorted set; in effect O(1) "
        "for a short string",
    .history = kRestoreHistory,
    .arguments = kRestoreArguments,
};

constexpr Change kScanHistory[] = {{"6.0.0", "`TYPE` picks one type of value."}};
constexpr Argument kScanArguments[] = {
    Integer("cursor"),
    Pattern("pattern").Token("MATCH").Optional(),
    Integer("count").Token("COUNT").Optional(),
    Text("type").Token("TYPE").Optional().Since("6.0.0"),
};
constexpr CommandRow kScan = {
    .name = "scan",
    .arity = -2,
    .flags = kFlagReadOnly | kFlagTouchesArbitraryKeys,
    .categories = kAclKeyspace,
    .group = Group::kGeneric,
    .since = "2.8.0",
    .summary = "Walk through the keys of the database, some at each call.",
    .complexity = "O(1) a call; O(N) for the whole way through N keys, until the cursor is 0 again",
    .tips = {"nondeterministic_output", "request_policy:special", "response_policy:special"},
    .history = kScanHistory,
    .arguments = kScanArguments,
};

constexpr Argument kSortLimit[] = {Integer("offset"), Integer("count")};
constexpr Argument kSortOrder[] = {Word("asc", "ASC"), Word("desc", "DESC")};
constexpr Argument kSortArguments[] = {
    Key("key"),
    Pattern("by-pattern", 1).Token("BY").Optional().Display("pattern"),
    Block("limit", kSortLimit).Token("LIMIT").Optional(),
    Pattern("get-pattern", 1).Token("GET").MultipleToken().Optional().Display("pattern"),
    OneOf("order", kSortOrder).Optional(),
    Word("sorting", "ALPHA").Optional(),
    Key("destination", 2).Token("STORE").Optional(),
};
constexpr CommandRow kSort = {
    .name = "sort",
    .arity = -2,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSet | kAclSortedSet | kAclList | kAclDangerous,
    .keys =
        {
            {kKeyRo | kKeyAccess, AtIndex(1), Range(0)},
            {kKeyRo | kKeyAccess, Unknown(), NoRule(),
             "Keys that BY and GET lead to: their names come from the elements, so nobody knows them beforehand"},
            {kKeyOw | kKeyUpdate, Unknown(), NoRule(), "The key after STORE, a word whose place is not fixed"},
        },
    .keys_hook = SortKeys,
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary =
        "Sort the elements of a list, set or sorted set by themselves or by other keys; send them or store them as "
        "a list.",
    .complexity = "O(N+M*log(M)) for N elements of which M are returned; O(N) with a pattern that asks for no sorting",
    .arguments = kSortArguments,
};

constexpr Argument kSortRoArguments[] = {
    Key("key"),
    Pattern("by-pattern", 1).Token("BY").Optional().Display("pattern"),
    Block("limit", kSortLimit).Token("LIMIT").Optional(),
    Pattern("get-pattern", 1).Token("GET").MultipleToken().Optional().Display("pattern"),
    OneOf("order", kSortOrder).Optional(),
    Word("sorting", "ALPHA").Optional(),
};
constexpr CommandRow kSortRo = {
    .name = "sort_ro",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclSet | kAclSortedSet | kAclList | kAclDangerous,
    .keys =
        {
            {kKeyRo | kKeyAccess, AtIndex(1), Range(0)},
            {kKeyRo | kKeyAccess, Unknown(), NoRule(),
             "Keys that BY and GET lead to: their names come from the elements, so nobody knows them beforehand"},
        },
    .keys_hook = SortRoKeys,
    .group = Group::kGeneric,
    .since = "7.0.0",
    .summary = "Sort the elements of a list, set or sorted set by themselves or by other keys, without storing them.",
    .complexity = "O(N+M*log(M)) for N elements of which M are returned; O(N) with a pattern that asks for no sorting",
    .arguments = kSortRoArguments,
};

constexpr CommandRow kTouch = {
    .name = "touch",
    .arity = -2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo, AtIndex(1), Range(-1)}},
    .group = Group::kGeneric,
    .since = "3.2.1",
    .summary = "Make keys look just used, and count how many of them are there.",
    .complexity = "O(N) for N keys",
    .tips = {"request_policy:multi_shard", "response_policy:agg_sum"},
    .arguments = kSomeKeys,
};

constexpr CommandRow kTtl = {
    .name = "ttl",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Tell how many seconds a key has left to live.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
    .history = kPTtlHistory,
    .arguments = kOneKey,
};

constexpr CommandRow kType = {
    .name = "type",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .group = Group::kGeneric,
    .since = "1.0.0",
    .summary = "Name the type of a key's value.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr CommandRow kUnlink = {
    .name = "unlink",
    .arity = -2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclKeyspace,
    .keys = {{kKeyRm | kKeyDelete, AtIndex(1), Range(-1)}},
    .group = Group::kGeneric,
    .since = "4.0.0",
    .summary = "Take keys out of the database now and free their memory in the background.",
    .complexity = "O(1) a key; a background thread then spends O(N) on a value of N allocations",
    .tips = {"request_policy:multi_shard", "response_policy:agg_sum"},
    .arguments = kSomeKeys,
};

constexpr Argument kWaitArguments[] = {Integer("numreplicas"), Integer("timeout")};
constexpr CommandRow kWait = {
    .name = "wait",
    .arity = 3,
    .categories = kAclConnection,
    .group = Group::kGeneric,
    .since = "3.0.0",
    .summary = "Wait until enough replicas have received all that this connection wrote.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:agg_min"},
    .arguments = kWaitArguments,
};

constexpr Argument kWaitAofArguments[] = {Integer("numlocal"), Integer("numreplicas"), Integer("timeout")};
constexpr CommandRow kWaitAof = {
    .name = "waitaof",
    .arity = 4,
    .flags = kFlagNoScript,
    .categories = kAclConnection,
    .group = Group::kGeneric,
    .since = "7.2.0",
    .summary = "Wait until all that this connection wrote is on disk, here and on enough replicas.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:agg_min"},
    .arguments = kWaitAofArguments,
};

constexpr CommandRow kRows[] = {
    kCopy,    kDel,     kDump,      kExists,         kExpire,     kExpireAt,   kExpireTime,     kKeys,
    kMigrate, kMove,    kObject,    kObjectEncoding, kObjectFreq, kObjectHelp, kObjectIdleTime, kObjectRefCount,
    kPersist, kPExpire, kPExpireAt, kPExpireTime,    kPTtl,       kRandomKey,  kRename,         kRenameNx,
    kRestore, kScan,    kSort,      kSortRo,         kTouch,      kTtl,        kType,           kUnlink,
    kWait,    kWaitAof,
};

}  // namespace

std::span<const CommandRow> GenericRows() { return kRows; }

}  // namespace keyway::command::rows
