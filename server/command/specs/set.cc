// Rows of the set commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Change kSAddHistory[] = {{"2.4.0", "Takes more than one `member`."}};
constexpr Argument kSAddArguments[] = {Key("key"), Text("member").Multiple()};
constexpr CommandRow kSAdd = {
    .name = "sadd",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclSet,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Put members into a set.",
    .complexity = "O(N) for N members given",
    .history = kSAddHistory,
    .arguments = kSAddArguments,
};

constexpr CommandRow kSCard = {
    .name = "scard",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSet,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Count the members of a set.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr CommandRow kSDiff = {
    .name = "sdiff",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(-1)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "List what is in the first set and in none of the others.",
    .complexity = "O(N) for N members in all sets together",
    .tips = {"nondeterministic_output_order"},
    .arguments = kSomeKeys,
};

constexpr Argument kSDiffStoreArguments[] = {Key("destination"), Key("key", 1).Multiple()};
constexpr CommandRow kSDiffStore = {
    .name = "sdiffstore",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSet,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), Range(-1)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Store what is in the first set and in none of the others.",
    .complexity = "O(N) for N members in all sets together",
    .arguments = kSDiffStoreArguments,
};

constexpr CommandRow kSInter = {
    .name = "sinter",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(-1)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "List what is in all of the sets.",
    .complexity = "O(N*M) at worst, for M sets of which the smallest has N members",
    .tips = {"nondeterministic_output_order"},
    .arguments = kSomeKeys,
};

constexpr Argument kSInterCardArguments[] = {
    Integer("numkeys"),
    Key("key").Multiple(),
    Integer("limit").Token("LIMIT").Optional(),
};
constexpr CommandRow kSInterCard = {
    .name = "sintercard",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), KeyNum(0, 1)}},
    .group = Group::kSet,
    .since = "7.0.0",
    .summary = "Count what is in all of the sets, up to a limit if given.",
    .complexity = "O(N*M) at worst, for M sets of which the smallest has N members",
    .arguments = kSInterCardArguments,
};

constexpr Argument kSInterStoreArguments[] = {Key("destination"), Key("key", 1).Multiple()};
constexpr CommandRow kSInterStore = {
    .name = "sinterstore",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSet,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), Range(-1)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Store what is in all of the sets.",
    .complexity = "O(N*M) at worst, for M sets of which the smallest has N members",
    .arguments = kSInterStoreArguments,
};

constexpr Argument kSIsMemberArguments[] = {Key("key"), Text("member")};
constexpr CommandRow kSIsMember = {
    .name = "sismember",
    .arity = 3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSet,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Tell whether something is in a set.",
    .complexity = "O(1)",
    .arguments = kSIsMemberArguments,
};

constexpr CommandRow kSMembers = {
    .name = "smembers",
    .arity = 2,
    .flags = kFlagReadOnly,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "List a whole set.",
    .complexity = "O(N) for a set of N members",
    .tips = {"nondeterministic_output_order"},
    .arguments = kOneKey,
};

constexpr Argument kSMIsMemberArguments[] = {Key("key"), Text("member").Multiple()};
constexpr CommandRow kSMIsMember = {
    .name = "smismember",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSet,
    .since = "6.2.0",
    .summary = "Tell for each of several things whether it is in a set.",
    .complexity = "O(N) for N things asked about",
    .arguments = kSMIsMemberArguments,
};

constexpr Argument kSMoveArguments[] = {Key("source"), Key("destination", 1), Text("member")};
constexpr CommandRow kSMove = {
    .name = "smove",
    .arity = 4,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}, {kKeyRw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Take a member out of one set and put it into another.",
    .complexity = "O(1)",
    .arguments = kSMoveArguments,
};

constexpr Change kSPopHistory[] = {{"3.2.0", "`count` asks for several members."}};
constexpr Argument kSPopArguments[] = {Key("key"), Integer("count").Optional().Since("3.2.0")};
constexpr CommandRow kSPop = {
    .name = "spop",
    .arity = -2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Take members out of a set by chance.",
    .complexity = "O(1), or O(N) with a count of N",
    .tips = {"nondeterministic_output"},
    .history = kSPopHistory,
    .arguments = kSPopArguments,
};

constexpr Change kSRandMemberHistory[] = {{"2.6.0", "`count` asks for several members."}};
constexpr Argument kSRandMemberArguments[] = {Key("key"), Integer("count").Optional().Since("2.6.0")};
constexpr CommandRow kSRandMember = {
    .name = "srandmember",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Pick members of a set by chance, and leave them there.",
    .complexity = "O(1), or O(N) with a count of N or -N",
    .tips = {"nondeterministic_output"},
    .history = kSRandMemberHistory,
    .arguments = kSRandMemberArguments,
};

constexpr Argument kSRemArguments[] = {Key("key"), Text("member").Multiple()};
constexpr CommandRow kSRem = {
    .name = "srem",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclSet,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Take members out of a set, which goes with its last one.",
    .complexity = "O(N) for N members given",
    .history = kSAddHistory,
    .arguments = kSRemArguments,
};

constexpr Argument kSScanArguments[] = {
    Key("key"),
    Integer("cursor"),
    Pattern("pattern").Token("MATCH").Optional(),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kSScan = {
    .name = "sscan",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSet,
    .since = "2.8.0",
    .summary = "Walk through the members of a set, some at each call.",
    .complexity = "O(1) a call; O(N) for the whole way through N members, until the cursor is 0 again",
    .tips = {"nondeterministic_output"},
    .arguments = kSScanArguments,
};

constexpr CommandRow kSUnion = {
    .name = "sunion",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(-1)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "List what is in any of the sets.",
    .complexity = "O(N) for N members in all sets together",
    .tips = {"nondeterministic_output_order"},
    .arguments = kSomeKeys,
};

constexpr Argument kSUnionStoreArguments[] = {Key("destination"), Key("key", 1).Multiple()};
constexpr CommandRow kSUnionStore = {
    .name = "sunionstore",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSet,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), Range(-1)}},
    .group = Group::kSet,
    .since = "1.0.0",
    .summary = "Store what is in any of the sets.",
    .complexity = "O(N) for N members in all sets together",
    .arguments = kSUnionStoreArguments,
};

constexpr CommandRow kRows[] = {
    kSAdd,       kSCard, kSDiff, kSDiffStore,  kSInter, kSInterCard, kSInterStore, kSIsMember,   kSMembers,
    kSMIsMember, kSMove, kSPop,  kSRandMember, kSRem,   kSScan,      kSUnion,      kSUnionStore,
};

}  // namespace

std::span<const CommandRow> SetRows() { return kRows; }

}  // namespace keyway::command::rows
