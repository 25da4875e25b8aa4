// Rows of the list commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kBLMoveWherefrom[] = {Word("left", "LEFT"), Word("right", "RIGHT")};
constexpr Argument kBLMoveArguments[] = {
    Key("source"),     Key("destination", 1), OneOf("wherefrom", kBLMoveWherefrom), OneOf("whereto", kBLMoveWherefrom),
    Double("timeout"),
};
constexpr CommandRow kBLMove = {
    .name = "blmove",
    .arity = 6,
    .flags = kFlagWrite | kFlagDenyOom | kFlagBlocking,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}, {kKeyRw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kList,
    .since = "6.2.0",
    .summary = "Move an element from one list to another, waiting for one to arrive if need be.",
    .complexity = "O(1)",
    .arguments = kBLMoveArguments,
};

constexpr Argument kBLMPopArguments[] = {
    Double("timeout"),
    Integer("numkeys"),
    Key("key").Multiple(),
    OneOf("where", kBLMoveWherefrom),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kBLMPop = {
    .name = "blmpop",
    .arity = -5,
    .flags = kFlagWrite | kFlagBlocking,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(2), KeyNum(0, 1)}},
    .group = Group::kList,
    .since = "7.0.0",
    .summary = "Take elements from the first list that is not empty, waiting if they all are.",
    .complexity = "O(N+M) for N keys and M elements taken",
    .arguments = kBLMPopArguments,
};

constexpr Change kBLPopHistory[] = {{"6.0.0", "`timeout` may have a fraction."}};
constexpr Argument kBLPopArguments[] = {Key("key").Multiple(), Double("timeout")};
constexpr CommandRow kBLPop = {
    .name = "blpop",
    .arity = -3,
    .flags = kFlagWrite | kFlagBlocking,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(-2)}},
    .group = Group::kList,
    .since = "2.0.0",
    .summary = "Take the head of the first list that is not empty, waiting if they all are.",
    .complexity = "O(N) for N keys",
    .history = kBLPopHistory,
    .arguments = kBLPopArguments,
};

constexpr Argument kBRPopArguments[] = {Key("key").Multiple(), Double("timeout")};
constexpr CommandRow kBRPop = {
    .name = "brpop",
    .arity = -3,
    .flags = kFlagWrite | kFlagBlocking,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(-2)}},
    .group = Group::kList,
    .since = "2.0.0",
    .summary = "Take the tail of the first list that is not empty, waiting if they all are.",
    .complexity = "O(N) for N keys",
    .history = kBLPopHistory,
    .arguments = kBRPopArguments,
};

constexpr Argument kBRPopLPushArguments[] = {Key("source"), Key("destination", 1), Double("timeout")};
constexpr CommandRow kBRPopLPush = {
    .name = "brpoplpush",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagBlocking,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}, {kKeyRw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kList,
    .since = "2.2.0",
    .summary = "Move the tail of one list to the head of another, waiting for it to arrive if need be.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`BLMOVE`, with `RIGHT` and `LEFT`",
    .history = kBLPopHistory,
    .arguments = kBRPopLPushArguments,
};

constexpr Argument kLIndexArguments[] = {Key("key"), Integer("index")};
constexpr CommandRow kLIndex = {
    .name = "lindex",
    .arity = 3,
    .flags = kFlagReadOnly,
    .categories = kAclList,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Read the element at a position of a list.",
    .complexity = "O(N) for N elements between the nearer end and the position, so O(1) at either end",
    .arguments = kLIndexArguments,
};

constexpr Argument kLInsertWhere[] = {Word("before", "BEFORE"), Word("after", "AFTER")};
constexpr Argument kLInsertArguments[] = {Key("key"), OneOf("where", kLInsertWhere), Text("pivot"), Text("element")};
constexpr CommandRow kLInsert = {
    .name = "linsert",
    .arity = 5,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "2.2.0",
    .summary = "Put an element into a list, right before or after another one.",
    .complexity = "O(N) for N elements before the one looked for: O(1) near the head, O(N) near the tail",
    .arguments = kLInsertArguments,
};

constexpr CommandRow kLLen = {
    .name = "llen",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclList,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Count the elements of a list.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kLMoveArguments[] = {
    Key("source"),
    Key("destination", 1),
    OneOf("wherefrom", kBLMoveWherefrom),
    OneOf("whereto", kBLMoveWherefrom),
};
constexpr CommandRow kLMove = {
    .name = "lmove",
    .arity = 5,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}, {kKeyRw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kList,
    .since = "6.2.0",
    .summary = "Move an element from an end of one list to an end of another.",
    .complexity = "O(1)",
    .arguments = kLMoveArguments,
};

constexpr Argument kLMPopArguments[] = {
    Integer("numkeys"),
    Key("key").Multiple(),
    OneOf("where", kBLMoveWherefrom),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kLMPop = {
    .name = "lmpop",
    .arity = -4,
    .flags = kFlagWrite,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), KeyNum(0, 1)}},
    .group = Group::kList,
    .since = "7.0.0",
    .summary = "Take elements from the first list that is not empty.",
    .complexity = "O(N+M) for N keys and M elements taken",
    .arguments = kLMPopArguments,
};

constexpr Change kLPopHistory[] = {{"6.2.0", "`count` asks for several elements."}};
constexpr Argument kLPopArguments[] = {Key("key"), Integer("count").Optional().Since("6.2.0")};
constexpr CommandRow kLPop = {
    .name = "lpop",
    .arity = -2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Take elements from the head of a list.",
    .complexity = "O(N) for N elements taken",
    .history = kLPopHistory,
    .arguments = kLPopArguments,
};

constexpr Argument kLPosArguments[] = {
    Key("key"),
    Text("element"),
    Integer("rank").Token("RANK").Optional(),
    Integer("num-matches").Token("COUNT").Optional(),
    Integer("len").Token("MAXLEN").Optional(),
};
constexpr CommandRow kLPos = {
    .name = "lpos",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclList,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "6.0.6",
    .summary = "Tell where in a list an element is.",
    .complexity =
        "O(N) for a list of N elements; fewer with MAXLEN, or for matches near the end where the search starts",
    .arguments = kLPosArguments,
};

constexpr Change kLPushHistory[] = {{"2.4.0", "Takes more than one `element`."}};
constexpr Argument kLPushArguments[] = {Key("key"), Text("element").Multiple()};
constexpr CommandRow kLPush = {
    .name = "lpush",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Put elements at the head of a list.",
    .complexity = "O(N) for N elements given",
    .history = kLPushHistory,
    .arguments = kLPushArguments,
};

constexpr Change kLPushXHistory[] = {{"4.0.0", "Takes more than one `element`."}};
constexpr Argument kLPushXArguments[] = {Key("key"), Text("element").Multiple()};
constexpr CommandRow kLPushX = {
    .name = "lpushx",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "2.2.0",
    .summary = "Put elements at the head of a list that is there already.",
    .complexity = "O(N) for N elements given",
    .history = kLPushXHistory,
    .arguments = kLPushXArguments,
};

constexpr Argument kLRangeArguments[] = {Key("key"), Integer("start"), Integer("stop")};
constexpr CommandRow kLRange = {
    .name = "lrange",
    .arity = 4,
    .flags = kFlagReadOnly,
    .categories = kAclList,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Read the elements between two positions of a list.",
    .complexity = "O(S+N) for N elements whose first is S away from the head (of a long list: from the nearer end)",
    .arguments = kLRangeArguments,
};

constexpr Argument kLRemArguments[] = {Key("key"), Integer("count"), Text("element")};
constexpr CommandRow kLRem = {
    .name = "lrem",
    .arity = 4,
    .flags = kFlagWrite,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Delete elements that equal a given one from a list.",
    .complexity = "O(N+M) for a list of N elements of which M go",
    .arguments = kLRemArguments,
};

constexpr Argument kLSetArguments[] = {Key("key"), Integer("index"), Text("element")};
constexpr CommandRow kLSet = {
    .name = "lset",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Replace the element at a position of a list.",
    .complexity = "O(N) for a list of N elements, O(1) at either end",
    .arguments = kLSetArguments,
};

constexpr Argument kLTrimArguments[] = {Key("key"), Integer("start"), Integer("stop")};
constexpr CommandRow kLTrim = {
    .name = "ltrim",
    .arity = 4,
    .flags = kFlagWrite,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Keep the elements between two positions of a list and delete the others.",
    .complexity = "O(N) for N elements deleted",
    .arguments = kLTrimArguments,
};

constexpr Argument kRPopArguments[] = {Key("key"), Integer("count").Optional().Since("6.2.0")};
constexpr CommandRow kRPop = {
    .name = "rpop",
    .arity = -2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Take elements from the tail of a list.",
    .complexity = "O(N) for N elements taken",
    .history = kLPopHistory,
    .arguments = kRPopArguments,
};

constexpr Argument kRPopLPushArguments[] = {Key("source"), Key("destination", 1)};
constexpr CommandRow kRPopLPush = {
    .name = "rpoplpush",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}, {kKeyRw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kList,
    .since = "1.2.0",
    .summary = "Move the tail of one list to the head of another.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`LMOVE`, with `RIGHT` and `LEFT`",
    .arguments = kRPopLPushArguments,
};

constexpr Argument kRPushArguments[] = {Key("key"), Text("element").Multiple()};
constexpr CommandRow kRPush = {
    .name = "rpush",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "1.0.0",
    .summary = "Put elements at the tail of a list.",
    .complexity = "O(N) for N elements given",
    .history = kLPushHistory,
    .arguments = kRPushArguments,
};

constexpr Argument kRPushXArguments[] = {Key("key"), Text("element").Multiple()};
constexpr CommandRow kRPushX = {
    .name = "rpushx",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclList,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kList,
    .since = "2.2.0",
    .summary = "Put elements at the tail of a list that is there already.",
    .complexity = "O(N) for N elements given",
    .history = kLPushXHistory,
    .arguments = kRPushXArguments,
};

constexpr CommandRow kRows[] = {
    kBLMove, kBLMPop, kBLPop,  kBRPop,  kBRPopLPush, kLIndex, kLInsert, kLLen, kLMove,     kLMPop, kLPop,
    kLPos,   kLPush,  kLPushX, kLRange, kLRem,       kLSet,   kLTrim,   kRPop, kRPopLPush, kRPush, kRPushX,
};

}  // namespace

std::span<const CommandRow> ListRows() { return kRows; }

}  // namespace keyway::command::rows
