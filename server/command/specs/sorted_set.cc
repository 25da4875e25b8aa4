// Rows of the sorted set commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kBZMPopWhere[] = {Word("min", "MIN"), Word("max", "MAX")};
constexpr Argument kBZMPopArguments[] = {
    Double("timeout"),
    Integer("numkeys"),
    Key("key").Multiple(),
    OneOf("where", kBZMPopWhere),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kBZMPop = {
    .name = "bzmpop",
    .arity = -5,
    .flags = kFlagWrite | kFlagBlocking,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(2), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "7.0.0",
    .summary =
        "Take the members with the lowest or highest scores from the first sorted set that is not empty, waiting if "
        "they all are.",
    .complexity = "O(K)+O(M*log(N)) for K keys and M members taken from a sorted set of N",
    .arguments = kBZMPopArguments,
};

constexpr Change kBZPopMaxHistory[] = {{"6.0.0", "`timeout` may have a fraction."}};
constexpr Argument kBZPopMaxArguments[] = {Key("key").Multiple(), Double("timeout")};
constexpr CommandRow kBZPopMax = {
    .name = "bzpopmax",
    .arity = -3,
    .flags = kFlagWrite | kFlagBlocking | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(-2)}},
    .group = Group::kSortedSet,
    .since = "5.0.0",
    .summary =
        "Take the member with the highest score from the first sorted set that is not empty, waiting if they all "
        "are.",
    .complexity = "O(log(N)) in a sorted set of N members",
    .history = kBZPopMaxHistory,
    .arguments = kBZPopMaxArguments,
};

constexpr Argument kBZPopMinArguments[] = {Key("key").Multiple(), Double("timeout")};
constexpr CommandRow kBZPopMin = {
    .name = "bzpopmin",
    .arity = -3,
    .flags = kFlagWrite | kFlagBlocking | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(-2)}},
    .group = Group::kSortedSet,
    .since = "5.0.0",
    .summary =
        "Take the member with the lowest score from the first sorted set that is not empty, waiting if they all "
        "are.",
    .complexity = "O(log(N)) in a sorted set of N members",
    .history = kBZPopMaxHistory,
    .arguments = kBZPopMinArguments,
};

constexpr Change kZAddHistory[] = {
    {"2.4.0", "Takes more than one pair."},
    {"3.0.2", "`XX`, `NX`, `CH` and `INCR`."},
    {"6.2.0", "`GT` and `LT`."},
};
constexpr Argument kZAddCondition[] = {Word("nx", "NX"), Word("xx", "XX")};
constexpr Argument kZAddComparison[] = {Word("gt", "GT"), Word("lt", "LT")};
constexpr Argument kZAddData[] = {Double("score"), Text("member")};
constexpr Argument kZAddArguments[] = {
    Key("key"),
    OneOf("condition", kZAddCondition).Optional().Since("3.0.2"),
    OneOf("comparison", kZAddComparison).Optional().Since("6.2.0"),
    Word("change", "CH").Optional().Since("3.0.2"),
    Word("increment", "INCR").Optional().Since("3.0.2"),
    Block("data", kZAddData).Multiple(),
};
constexpr CommandRow kZAdd = {
    .name = "zadd",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .element_word = 3,
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "Put members with scores into a sorted set, or give members new scores.",
    .complexity = "O(log(N)) a member, in a sorted set of N",
    .history = kZAddHistory,
    .arguments = kZAddArguments,
};

constexpr CommandRow kZCard = {
    .name = "zcard",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "Count the members of a sorted set.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Argument kZCountArguments[] = {Key("key"), Double("min"), Double("max")};
constexpr CommandRow kZCount = {
    .name = "zcount",
    .arity = 4,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.0.0",
    .summary = "Count the members whose scores lie between two bounds.",
    .complexity = "O(log(N)) in a sorted set of N members",
    .arguments = kZCountArguments,
};

constexpr Argument kZDiffArguments[] = {
    Integer("numkeys"),
    Key("key").Multiple(),
    Word("withscores", "WITHSCORES").Optional(),
};
constexpr CommandRow kZDiff = {
    .name = "zdiff",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "6.2.0",
    .summary = "List what is in the first sorted set and in none of the others.",
    .complexity = "O(L+(N-K)*log(N)) at worst, for L members in all, N in the first set and K in the result",
    .arguments = kZDiffArguments,
};

constexpr Argument kZDiffStoreArguments[] = {Key("destination"), Integer("numkeys"), Key("key", 1).Multiple()};
constexpr CommandRow kZDiffStore = {
    .name = "zdiffstore",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSortedSet,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "6.2.0",
    .summary = "Store what is in the first sorted set and in none of the others.",
    .complexity = "O(L+(N-K)*log(N)) at worst, for L members in all, N in the first set and K in the result",
    .arguments = kZDiffStoreArguments,
};

constexpr Argument kZIncrByArguments[] = {Key("key"), Integer("increment"), Text("member")};
constexpr CommandRow kZIncrBy = {
    .name = "zincrby",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .element_word = 3,
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "Add a number to the score of a member.",
    .complexity = "O(log(N)) in a sorted set of N members",
    .arguments = kZIncrByArguments,
};

constexpr Argument kZInterAggregate[] = {Word("sum", "SUM"), Word("min", "MIN"), Word("max", "MAX")};
constexpr Argument kZInterArguments[] = {
    Integer("numkeys"),
    Key("key").Multiple(),
    Integer("weight").Token("WEIGHTS").Multiple().Optional(),
    OneOf("aggregate", kZInterAggregate).Token("AGGREGATE").Optional(),
    Word("withscores", "WITHSCORES").Optional(),
};
constexpr CommandRow kZInter = {
    .name = "zinter",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "6.2.0",
    .summary = "List what is in all of the sorted sets, with scores combined.",
    .complexity = "O(N*K)+O(M*log(M)) at worst, for K sets of which the smallest has N members, and M in the result",
    .arguments = kZInterArguments,
};

constexpr Argument kZInterCardArguments[] = {
    Integer("numkeys"),
    Key("key").Multiple(),
    Integer("limit").Token("LIMIT").Optional(),
};
constexpr CommandRow kZInterCard = {
    .name = "zintercard",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "7.0.0",
    .summary = "Count what is in all of the sorted sets, up to a limit if given.",
    .complexity = "O(N*K) at worst, for K sets of which the smallest has N members",
    .arguments = kZInterCardArguments,
};

constexpr Argument kZInterStoreArguments[] = {
    Key("destination"),
    Integer("numkeys"),
    Key("key", 1).Multiple(),
    Integer("weight").Token("WEIGHTS").Multiple().Optional(),
    OneOf("aggregate", kZInterAggregate).Token("AGGREGATE").Optional(),
};
constexpr CommandRow kZInterStore = {
    .name = "zinterstore",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSortedSet,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "2.0.0",
    .summary = "Store what is in all of the sorted sets, with scores combined.",
    .complexity = "O(N*K)+O(M*log(M)) at worst, for K sets of which the smallest has N members, and M in the result",
    .arguments = kZInterStoreArguments,
};

constexpr Argument kZLexCountArguments[] = {Key("key"), Text("min"), Text("max")};
constexpr CommandRow kZLexCount = {
    .name = "zlexcount",
    .arity = 4,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.8.9",
    .summary = "Count the members that lie between two others in byte order, where all scores are equal.",
    .complexity = "O(log(N)) in a sorted set of N members",
    .arguments = kZLexCountArguments,
};

constexpr Argument kZMPopArguments[] = {
    Integer("numkeys"),
    Key("key").Multiple(),
    OneOf("where", kBZMPopWhere),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kZMPop = {
    .name = "zmpop",
    .arity = -4,
    .flags = kFlagWrite,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "7.0.0",
    .summary = "Take the members with the lowest or highest scores from the first sorted set that is not empty.",
    .complexity = "O(K)+O(M*log(N)) for K keys and M members taken from a sorted set of N",
    .arguments = kZMPopArguments,
};

constexpr Argument kZMScoreArguments[] = {Key("key"), Text("member").Multiple()};
constexpr CommandRow kZMScore = {
    .name = "zmscore",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSortedSet,
    .since = "6.2.0",
    .summary = "Tell the scores of members.",
    .complexity = "O(N) for N members named",
    .arguments = kZMScoreArguments,
};

constexpr Argument kZPopMaxArguments[] = {Key("key"), Integer("count").Optional()};
constexpr CommandRow kZPopMax = {
    .name = "zpopmax",
    .arity = -2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "5.0.0",
    .summary = "Take the members with the highest scores.",
    .complexity = "O(log(N)*M) for M members taken from a sorted set of N",
    .arguments = kZPopMaxArguments,
};

constexpr Argument kZPopMinArguments[] = {Key("key"), Integer("count").Optional()};
constexpr CommandRow kZPopMin = {
    .name = "zpopmin",
    .arity = -2,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyAccess | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "5.0.0",
    .summary = "Take the members with the lowest scores.",
    .complexity = "O(log(N)*M) for M members taken from a sorted set of N",
    .arguments = kZPopMinArguments,
};

constexpr Argument kZRandMemberOptions[] = {Integer("count"), Word("withscores", "WITHSCORES").Optional()};
constexpr Argument kZRandMemberArguments[] = {Key("key"), Block("options", kZRandMemberOptions).Optional()};
constexpr CommandRow kZRandMember = {
    .name = "zrandmember",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "6.2.0",
    .summary = "Pick members of a sorted set by chance, on request with their scores.",
    .complexity = "O(N) for N members returned",
    .tips = {"nondeterministic_output"},
    .arguments = kZRandMemberArguments,
};

constexpr Change kZRangeHistory[] = {{"6.2.0", "`REV`, `BYSCORE`, `BYLEX` and `LIMIT`."}};
constexpr Argument kZRangeSortby[] = {Word("byscore", "BYSCORE"), Word("bylex", "BYLEX")};
constexpr Argument kZRangeLimit[] = {Integer("offset"), Integer("count")};
constexpr Argument kZRangeArguments[] = {
    Key("key"),
    Text("start"),
    Text("stop"),
    OneOf("sortby", kZRangeSortby).Optional().Since("6.2.0"),
    Word("rev", "REV").Optional().Since("6.2.0"),
    Block("limit", kZRangeLimit).Token("LIMIT").Optional().Since("6.2.0"),
    Word("withscores", "WITHSCORES").Optional(),
};
constexpr CommandRow kZRange = {
    .name = "zrange",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "List a range of a sorted set: by position, by score or in byte order, forward or backward.",
    .complexity = "O(log(N)+M) for M members returned out of N",
    .history = kZRangeHistory,
    .arguments = kZRangeArguments,
};

constexpr Argument kZRangeByLexArguments[] = {
    Key("key"),
    Text("min"),
    Text("max"),
    Block("limit", kZRangeLimit).Token("LIMIT").Optional(),
};
constexpr CommandRow kZRangeByLex = {
    .name = "zrangebylex",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.8.9",
    .summary = "List the members that lie between two others in byte order, where all scores are equal.",
    .complexity = "O(log(N)+M) for M members returned out of N; in effect O(log(N)) with a small LIMIT",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`ZRANGE`, with `BYLEX`",
    .arguments = kZRangeByLexArguments,
};

constexpr Change kZRangeByScoreHistory[] = {{"2.0.0", "`WITHSCORES`."}};
constexpr Argument kZRangeByScoreArguments[] = {
    Key("key"),
    Double("min"),
    Double("max"),
    Word("withscores", "WITHSCORES").Optional().Since("2.0.0"),
    Block("limit", kZRangeLimit).Token("LIMIT").Optional(),
};
constexpr CommandRow kZRangeByScore = {
    .name = "zrangebyscore",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "1.0.5",
    .summary = "List the members whose scores lie between two bounds, lowest first.",
    .complexity = "O(log(N)+M) for M members returned out of N; in effect O(log(N)) with a small LIMIT",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`ZRANGE`, with `BYSCORE`",
    .history = kZRangeByScoreHistory,
    .arguments = kZRangeByScoreArguments,
};

constexpr Argument kZRangeStoreArguments[] = {
    Key("dst"),
    Key("src", 1),
    Text("min"),
    Text("max"),
    OneOf("sortby", kZRangeSortby).Optional(),
    Word("rev", "REV").Optional(),
    Block("limit", kZRangeLimit).Token("LIMIT").Optional(),
};
constexpr CommandRow kZRangeStore = {
    .name = "zrangestore",
    .arity = -5,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSortedSet,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), Range(0)}},
    .group = Group::kSortedSet,
    .since = "6.2.0",
    .summary = "Store a range of a sorted set as another one.",
    .complexity = "O(log(N)+M) for M members stored out of N",
    .arguments = kZRangeStoreArguments,
};

constexpr Change kZRankHistory[] = {{"7.2.0", "`WITHSCORE`."}};
constexpr Argument kZRankArguments[] = {Key("key"), Text("member"), Word("withscore", "WITHSCORE").Optional()};
constexpr CommandRow kZRank = {
    .name = "zrank",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSortedSet,
    .since = "2.0.0",
    .summary = "Tell how many members have a lower score than a given one.",
    .complexity = "O(log(N)) in a sorted set of N members",
    .history = kZRankHistory,
    .arguments = kZRankArguments,
};

constexpr Change kZRemHistory[] = {{"2.4.0", "Takes more than one `member`."}};
constexpr Argument kZRemArguments[] = {Key("key"), Text("member").Multiple()};
constexpr CommandRow kZRem = {
    .name = "zrem",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "Take members out of a sorted set, which goes with its last one.",
    .complexity = "O(M*log(N)) for M members given, in a sorted set of N",
    .history = kZRemHistory,
    .arguments = kZRemArguments,
};

constexpr Argument kZRemRangeByLexArguments[] = {Key("key"), Text("min"), Text("max")};
constexpr CommandRow kZRemRangeByLex = {
    .name = "zremrangebylex",
    .arity = 4,
    .flags = kFlagWrite,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.8.9",
    .summary = "Delete the members that lie between two others in byte order, where all scores are equal.",
    .complexity = "O(log(N)+M) for M members deleted out of N",
    .arguments = kZRemRangeByLexArguments,
};

constexpr Argument kZRemRangeByRankArguments[] = {Key("key"), Integer("start"), Integer("stop")};
constexpr CommandRow kZRemRangeByRank = {
    .name = "zremrangebyrank",
    .arity = 4,
    .flags = kFlagWrite,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.0.0",
    .summary = "Delete the members between two positions.",
    .complexity = "O(log(N)+M) for M members deleted out of N",
    .arguments = kZRemRangeByRankArguments,
};

constexpr Argument kZRemRangeByScoreArguments[] = {Key("key"), Double("min"), Double("max")};
constexpr CommandRow kZRemRangeByScore = {
    .name = "zremrangebyscore",
    .arity = 4,
    .flags = kFlagWrite,
    .categories = kAclSortedSet,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "Delete the members whose scores lie between two bounds.",
    .complexity = "O(log(N)+M) for M members deleted out of N",
    .arguments = kZRemRangeByScoreArguments,
};

constexpr Argument kZRevRangeArguments[] = {
    Key("key"),
    Integer("start"),
    Integer("stop"),
    Word("withscores", "WITHSCORES").Optional(),
};
constexpr CommandRow kZRevRange = {
    .name = "zrevrange",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "List the members between two positions, counted from the highest score.",
    .complexity = "O(log(N)+M) for M members returned out of N",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`ZRANGE`, with `REV`",
    .arguments = kZRevRangeArguments,
};

constexpr Argument kZRevRangeByLexArguments[] = {
    Key("key"),
    Text("max"),
    Text("min"),
    Block("limit", kZRangeLimit).Token("LIMIT").Optional(),
};
constexpr CommandRow kZRevRangeByLex = {
    .name = "zrevrangebylex",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.8.9",
    .summary = "List the members that lie between two others in byte order, last first, where all scores are equal.",
    .complexity = "O(log(N)+M) for M members returned out of N; in effect O(log(N)) with a small LIMIT",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`ZRANGE`, with `REV` and `BYLEX`",
    .arguments = kZRevRangeByLexArguments,
};

constexpr Change kZRevRangeByScoreHistory[] = {{"2.1.6", "A bound may be excluded from the range."}};
constexpr Argument kZRevRangeByScoreArguments[] = {
    Key("key"),
    Double("max"),
    Double("min"),
    Word("withscores", "WITHSCORES").Optional(),
    Block("limit", kZRangeLimit).Token("LIMIT").Optional(),
};
constexpr CommandRow kZRevRangeByScore = {
    .name = "zrevrangebyscore",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.2.0",
    .summary = "List the members whose scores lie between two bounds, highest first.",
    .complexity = "O(log(N)+M) for M members returned out of N; in effect O(log(N)) with a small LIMIT",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`ZRANGE`, with `REV` and `BYSCORE`",
    .history = kZRevRangeByScoreHistory,
    .arguments = kZRevRangeByScoreArguments,
};

constexpr Argument kZRevRankArguments[] = {Key("key"), Text("member"), Word("withscore", "WITHSCORE").Optional()};
constexpr CommandRow kZRevRank = {
    .name = "zrevrank",
    .arity = -3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSortedSet,
    .since = "2.0.0",
    .summary = "Tell how many members have a higher score than a given one.",
    .complexity = "O(log(N)) in a sorted set of N members",
    .history = kZRankHistory,
    .arguments = kZRevRankArguments,
};

constexpr Argument kZScanArguments[] = {
    Key("key"),
    Integer("cursor"),
    Pattern("pattern").Token("MATCH").Optional(),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kZScan = {
    .name = "zscan",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kSortedSet,
    .since = "2.8.0",
    .summary = "Walk through the members and scores of a sorted set, some at each call.",
    .complexity = "O(1) a call; O(N) for the whole way through N members, until the cursor is 0 again",
    .tips = {"nondeterministic_output"},
    .arguments = kZScanArguments,
};

constexpr Argument kZScoreArguments[] = {Key("key"), Text("member")};
constexpr CommandRow kZScore = {
    .name = "zscore",
    .arity = 3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .element_word = 2,
    .group = Group::kSortedSet,
    .since = "1.2.0",
    .summary = "Tell the score of a member.",
    .complexity = "O(1)",
    .arguments = kZScoreArguments,
};

constexpr CommandRow kZUnion = {
    .name = "zunion",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclSortedSet,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "6.2.0",
    .summary = "List what is in any of the sorted sets, with scores combined.",
    .complexity = "O(N)+O(M*log(M)) for N members in all sets together, and M in the result",
    .arguments = kZInterArguments,
};

constexpr CommandRow kZUnionStore = {
    .name = "zunionstore",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclSortedSet,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), KeyNum(0, 1)}},
    .group = Group::kSortedSet,
    .since = "2.0.0",
    .summary = "Store what is in any of the sorted sets, with scores combined.",
    .complexity = "O(N)+O(M*log(M)) for N members in all sets together, and M in the result",
    .arguments = kZInterStoreArguments,
};

constexpr CommandRow kRows[] = {
    kBZMPop,         kBZPopMax,        kBZPopMin,         kZAdd,        kZCard,          kZCount,
    kZDiff,          kZDiffStore,      kZIncrBy,          kZInter,      kZInterCard,     kZInterStore,
    kZLexCount,      kZMPop,           kZMScore,          kZPopMax,     kZPopMin,        kZRandMember,
    kZRange,         kZRangeByLex,     kZRangeByScore,    kZRangeStore, kZRank,          kZRem,
    kZRemRangeByLex, kZRemRangeByRank, kZRemRangeByScore, kZRevRange,   kZRevRangeByLex, kZRevRangeByScore,
    kZRevRank,       kZScan,           kZScore,           kZUnion,      kZUnionStore,
};

}  // namespace

std::span<const CommandRow> SortedSetRows() { return kRows; }

}  // namespace keyway::command::rows
