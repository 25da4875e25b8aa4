// Rows of the string commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kAppendArguments[] = {Key("key"), Text("value")};
constexpr CommandRow kAppend = {
    .name = "append",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "2.0.0",
    .summary = "Add bytes to the end of a string, which comes to be if need be.",
    .complexity = "O(1) amortized, since a string that grows is given room for more",
    .arguments = kAppendArguments,
};

constexpr CommandRow kDecr = {
    .name = "decr",
    .arity = 2,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Subtract one from an integer; a missing key counts as 0.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kDecrByArguments[] = {Key("key"), Integer("decrement")};
constexpr CommandRow kDecrBy = {
    .name = "decrby",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Subtract a number from an integer; a missing key counts as 0.",
    .complexity = "O(1)",
    .arguments = kDecrByArguments,
};

constexpr CommandRow kGet = {
    .name = "get",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Read a string.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr CommandRow kGetDel = {
    .name = "getdel",
    .arity = 2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "6.2.0",
    .summary = "Read a string and delete its key.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kGetExExpiration[] = {
    Integer("seconds").Token("EX"),
    Integer("milliseconds").Token("PX"),
    UnixTime("unix-time-seconds").Token("EXAT"),
    UnixTime("unix-time-milliseconds").Token("PXAT"),
    Word("persist", "PERSIST"),
};
constexpr Argument kGetExArguments[] = {Key("key"), OneOf("expiration", kGetExExpiration).Optional()};
constexpr CommandRow kGetEx = {
    .name = "getex",
    .arity = -2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclString,
    .keys =
        {
            {kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0),
             "The time to live may change, hence RW and UPDATE"},
        },
    .group = Group::kString,
    .since = "6.2.0",
    .summary = "Read a string and change when its key expires.",
    .complexity = "O(1)",
    .arguments = kGetExArguments,
};

constexpr Argument kGetRangeArguments[] = {Key("key"), Integer("start"), Integer("end")};
constexpr CommandRow kGetRange = {
    .name = "getrange",
    .arity = 4,
    .flags = kFlagReadOnly,
    .categories = kAclString,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "2.4.0",
    .summary = "Read a part of a string.",
    .complexity = "O(N) for N bytes returned; in effect O(1) when they are few",
    .arguments = kGetRangeArguments,
};

constexpr Argument kGetSetArguments[] = {Key("key"), Text("value")};
constexpr CommandRow kGetSet = {
    .name = "getset",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Write a string and return what was there before.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`SET`, with `GET`",
    .arguments = kGetSetArguments,
};

constexpr CommandRow kIncr = {
    .name = "incr",
    .arity = 2,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Add one to an integer; a missing key counts as 0.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kIncrByArguments[] = {Key("key"), Integer("increment")};
constexpr CommandRow kIncrBy = {
    .name = "incrby",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Add a number to an integer; a missing key counts as 0.",
    .complexity = "O(1)",
    .arguments = kIncrByArguments,
};

constexpr Argument kIncrByFloatArguments[] = {Key("key"), Double("increment")};
constexpr CommandRow kIncrByFloat = {
    .name = "incrbyfloat",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "2.6.0",
    .summary = "Add a number to a floating-point number; a missing key counts as 0.",
    .complexity = "O(1)",
    .arguments = kIncrByFloatArguments,
};

constexpr Argument kLcsArguments[] = {
    Key("key1"),
    Key("key2"),
    Word("len", "LEN").Optional(),
    Word("idx", "IDX").Optional(),
    Integer("min-match-len").Token("MINMATCHLEN").Optional(),
    Word("withmatchlen", "WITHMATCHLEN").Optional(),
};
constexpr CommandRow kLcs = {
    .name = "lcs",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclString,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(1)}},
    .group = Group::kString,
    .since = "7.0.0",
    .summary = "Find the longest sequence of bytes that two strings share, gaps allowed.",
    .complexity = "O(N*M) for strings of N and M bytes",
    .arguments = kLcsArguments,
};

constexpr CommandRow kMGet = {
    .name = "mget",
    .arity = -2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(-1)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Read several strings at once.",
    .complexity = "O(N) for N keys",
    .tips = {"request_policy:multi_shard"},
    .arguments = kSomeKeys,
};

constexpr Argument kMSetArguments[] = {Block("data", kGetSetArguments).Multiple()};
constexpr CommandRow kMSet = {
    .name = "mset",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclString,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(-1, 2)}},
    .group = Group::kString,
    .since = "1.0.1",
    .summary = "Write several strings at once.",
    .complexity = "O(N) for N keys",
    .tips = {"request_policy:multi_shard", "response_policy:all_succeeded"},
    .arguments = kMSetArguments,
};

constexpr Argument kMSetNxArguments[] = {Block("data", kGetSetArguments).Multiple()};
constexpr CommandRow kMSetNx = {
    .name = "msetnx",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclString,
    .keys = {{kKeyOw | kKeyInsert, AtIndex(1), Range(-1, 2)}},
    .group = Group::kString,
    .since = "1.0.1",
    .summary = "Write several strings at once, unless one of the keys is there already.",
    .complexity = "O(N) for N keys",
    .arguments = kMSetNxArguments,
};

constexpr Argument kPSetExArguments[] = {Key("key"), Integer("milliseconds"), Text("value")};
constexpr CommandRow kPSetEx = {
    .name = "psetex",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclString,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "2.6.0",
    .summary = "Write a string that expires after a number of milliseconds.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "2.6.12",
    .replaced_by = "`SET`, with `PX`",
    .arguments = kPSetExArguments,
};

constexpr Change kSetHistory[] = {
    {"2.6.12", "`EX`, `PX`, `NX` and `XX`."},
    {"6.0.0", "`KEEPTTL`."},
    {"6.2.0", "`GET`, `EXAT` and `PXAT`."},
    {"7.0.0", "`NX` and `GET` may stand together."},
};
constexpr Argument kSetCondition[] = {Word("nx", "NX"), Word("xx", "XX")};
constexpr Argument kSetExpiration[] = {
    Integer("seconds").Token("EX").Since("2.6.12"),
    Integer("milliseconds").Token("PX").Since("2.6.12"),
    UnixTime("unix-time-seconds").Token("EXAT").Since("6.2.0"),
    UnixTime("unix-time-milliseconds").Token("PXAT").Since("6.2.0"),
    Word("keepttl", "KEEPTTL").Since("6.0.0"),
};
constexpr Argument kSetArguments[] = {
    Key("key"),
    Text("value"),
    OneOf("condition", kSetCondition).Optional().Since("2.6.12"),
    Word("get", "GET").Optional().Since("6.2.0"),
    OneOf("expiration", kSetExpiration).Optional(),
};
constexpr CommandRow kSet = {
    .name = "set",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclString,
    .keys =
        {
            {kKeyRw | kKeyAccess | kKeyUpdate | kKeyVariableFlags, AtIndex(1), Range(0),
             "The value is also read when `GET` is given, hence RW and ACCESS"},
        },
    .keys_hook = SetKeys,
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Write a string, whatever the key held before; on conditions and with an expiry if so asked.",
    .complexity = "O(1)",
    .history = kSetHistory,
    .arguments = kSetArguments,
};

constexpr Argument kSetExArguments[] = {Key("key"), Integer("seconds"), Text("value")};
constexpr CommandRow kSetEx = {
    .name = "setex",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclString,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "2.0.0",
    .summary = "Write a string that expires after a number of seconds.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "2.6.12",
    .replaced_by = "`SET`, with `EX`",
    .arguments = kSetExArguments,
};

constexpr Argument kSetNxArguments[] = {Key("key"), Text("value")};
constexpr CommandRow kSetNx = {
    .name = "setnx",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyOw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Write a string unless the key is there already.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "2.6.12",
    .replaced_by = "`SET`, with `NX`",
    .arguments = kSetNxArguments,
};

constexpr Argument kSetRangeArguments[] = {Key("key"), Integer("offset"), Text("value")};
constexpr CommandRow kSetRange = {
    .name = "setrange",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclString,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "2.2.0",
    .summary = "Write bytes over a part of a string, which grows (or comes to be) as needed.",
    .complexity = "O(M) for M bytes written; in effect O(1) when they are few",
    .arguments = kSetRangeArguments,
};

constexpr CommandRow kStrLen = {
    .name = "strlen",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclString,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "2.2.0",
    .summary = "Tell how many bytes a string has.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kSubstrArguments[] = {Key("key"), Integer("start"), Integer("end")};
constexpr CommandRow kSubstr = {
    .name = "substr",
    .arity = 4,
    .flags = kFlagReadOnly,
    .categories = kAclString,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kString,
    .since = "1.0.0",
    .summary = "Read a part of a string.",
    .complexity = "O(N) for N bytes returned; in effect O(1) when they are few",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "2.0.0",
    .replaced_by = "`GETRANGE`",
    .arguments = kSubstrArguments,
};

constexpr CommandRow kRows[] = {
    kAppend, kDecr, kDecrBy, kGet,    kGetDel, kGetEx, kGetRange, kGetSet, kIncr,     kIncrBy, kIncrByFloat,
    kLcs,    kMGet, kMSet,   kMSetNx, kPSetEx, kSet,   kSetEx,    kSetNx,  kSetRange, kStrLen, kSubstr,
};

}  // namespace

std::span<const CommandRow> StringRows() { return kRows; }

}  // namespace keyway::command::rows
