// Rows of the hash commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Change kHDelHistory[] = {{"2.4.0", "Takes more than one `field`."}};
constexpr Argument kHDelArguments[] = {Key("key"), Text("field").Multiple()};
constexpr CommandRow kHDel = {
    .name = "hdel",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Delete fields of a hash, and the hash with its last one.",
    .complexity = "O(N) for N fields named",
    .history = kHDelHistory,
    .arguments = kHDelArguments,
};

constexpr Argument kHExistsArguments[] = {Key("key"), Text("field")};
constexpr CommandRow kHExists = {
    .name = "hexists",
    .arity = 3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Tell whether a hash has a field.",
    .complexity = "O(1)",
    .arguments = kHExistsArguments,
};

constexpr Argument kHGetArguments[] = {Key("key"), Text("field")};
constexpr CommandRow kHGet = {
    .name = "hget",
    .arity = 3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Read one field of a hash.",
    .complexity = "O(1)",
    .arguments = kHGetArguments,
};

constexpr CommandRow kHGetAll = {
    .name = "hgetall",
    .arity = 2,
    .flags = kFlagReadOnly,
    .categories = kAclHash,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Read a whole hash, fields and values.",
    .complexity = "O(N) for a hash of N fields",
    .tips = {"nondeterministic_output_order"},
    .arguments = kOneKey,
};

constexpr Argument kHIncrByArguments[] = {Key("key"), Text("field"), Integer("increment")};
constexpr CommandRow kHIncrBy = {
    .name = "hincrby",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Add an integer to a field of a hash; a missing field counts as 0.",
    .complexity = "O(1)",
    .arguments = kHIncrByArguments,
};

constexpr Argument kHIncrByFloatArguments[] = {Key("key"), Text("field"), Double("increment")};
constexpr CommandRow kHIncrByFloat = {
    .name = "hincrbyfloat",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.6.0",
    .summary = "Add a floating-point number to a field of a hash; a missing field counts as 0.",
    .complexity = "O(1)",
    .arguments = kHIncrByFloatArguments,
};

constexpr CommandRow kHKeys = {
    .name = "hkeys",
    .arity = 2,
    .flags = kFlagReadOnly,
    .categories = kAclHash,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "List the fields of a hash.",
    .complexity = "O(N) for a hash of N fields",
    .tips = {"nondeterministic_output_order"},
    .arguments = kOneKey,
};

constexpr CommandRow kHLen = {
    .name = "hlen",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Count the fields of a hash.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kHMGetArguments[] = {Key("key"), Text("field").Multiple()};
constexpr CommandRow kHMGet = {
    .name = "hmget",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Read several fields of a hash.",
    .complexity = "O(N) for N fields named",
    .arguments = kHMGetArguments,
};

constexpr Argument kHMSetData[] = {Text("field"), Text("value")};
constexpr Argument kHMSetArguments[] = {Key("key"), Block("data", kHMSetData).Multiple()};
constexpr CommandRow kHMSet = {
    .name = "hmset",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Write several fields of a hash.",
    .complexity = "O(N) for N fields named",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "4.0.0",
    .replaced_by = "`HSET` with more than one pair",
    .arguments = kHMSetArguments,
};

constexpr Argument kHRandFieldOptions[] = {Integer("count"), Word("withvalues", "WITHVALUES").Optional()};
constexpr Argument kHRandFieldArguments[] = {Key("key"), Block("options", kHRandFieldOptions).Optional()};
constexpr CommandRow kHRandField = {
    .name = "hrandfield",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclHash,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kHash,
    .since = "6.2.0",
    .summary = "Pick fields of a hash by chance, on request with their values.",
    .complexity = "O(N) for N fields returned",
    .tips = {"nondeterministic_output"},
    .arguments = kHRandFieldArguments,
};

constexpr Argument kHScanArguments[] = {
    Key("key"),
    Integer("cursor"),
    Pattern("pattern").Token("MATCH").Optional(),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kHScan = {
    .name = "hscan",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclHash,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kHash,
    .since = "2.8.0",
    .summary = "Walk through the fields and values of a hash, some at each call.",
    .complexity = "O(1) a call; O(N) for the whole way through N fields, until the cursor is 0 again",
    .tips = {"nondeterministic_output"},
    .arguments = kHScanArguments,
};

constexpr Change kHSetHistory[] = {{"4.0.0", "Takes more than one pair of `field` and `value`."}};
constexpr Argument kHSetArguments[] = {Key("key"), Block("data", kHMSetData).Multiple()};
constexpr CommandRow kHSet = {
    .name = "hset",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Write fields of a hash.",
    .complexity = "O(N) for N pairs of field and value",
    .history = kHSetHistory,
    .arguments = kHSetArguments,
};

constexpr Argument kHSetNxArguments[] = {Key("key"), Text("field"), Text("value")};
constexpr CommandRow kHSetNx = {
    .name = "hsetnx",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "Write a field of a hash unless it is there already.",
    .complexity = "O(1)",
    .arguments = kHSetNxArguments,
};

constexpr Argument kHStrLenArguments[] = {Key("key"), Text("field")};
constexpr CommandRow kHStrLen = {
    .name = "hstrlen",
    .arity = 3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclHash,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kHash,
    .since = "3.2.0",
    .summary = "Tell how many bytes the value of a field has.",
    .complexity = "O(1)",
    .arguments = kHStrLenArguments,
};

constexpr CommandRow kHVals = {
    .name = "hvals",
    .arity = 2,
    .flags = kFlagReadOnly,
    .categories = kAclHash,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kHash,
    .since = "2.0.0",
    .summary = "List the values of a hash.",
    .complexity = "O(N) for a hash of N fields",
    .tips = {"nondeterministic_output_order"},
    .arguments = kOneKey,
};

constexpr CommandRow kRows[] = {
    kHDel,  kHExists, kHGet,       kHGetAll, kHIncrBy, kHIncrByFloat, kHKeys,   kHLen,
    kHMGet, kHMSet,   kHRandField, kHScan,   kHSet,    kHSetNx,       kHStrLen, kHVals,
};

}  // namespace

std::span<const CommandRow> HashRows() { return kRows; }

}  // namespace keyway::command::rows
