// Rows of the stream commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kXAckArguments[] = {Key("key"), Text("group"), Text("ID").Multiple()};
constexpr CommandRow kXAck = {
    .name = "xack",
    .arity = -4,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Confirm that a consumer group is done with messages.",
    .complexity = "O(1) a message",
    .arguments = kXAckArguments,
};

constexpr Change kXAddHistory[] = {
    {"6.2.0", "`NOMKSTREAM`; trimming by `MINID`, and `LIMIT` for it."},
    {"7.0.0", "An ID of the form `<ms>-*`."},
};
constexpr Argument kXAddStrategy[] = {Word("maxlen", "MAXLEN"), Word("minid", "MINID").Since("6.2.0")};
constexpr Argument kXAddOperator[] = {Word("equal", "="), Word("approximately", "~")};
constexpr Argument kXAddTrim[] = {
    OneOf("strategy", kXAddStrategy),
    OneOf("operator", kXAddOperator).Optional(),
    Text("threshold"),
    Integer("count").Token("LIMIT").Optional().Since("6.2.0"),
};
constexpr Argument kXAddIdSelector[] = {Word("auto-id", "*"), Text("id")};
constexpr Argument kXAddData[] = {Text("field"), Text("value")};
constexpr Argument kXAddArguments[] = {
    Key("key"),
    Word("nomkstream", "NOMKSTREAM").Optional().Since("6.2.0"),
    Block("trim", kXAddTrim).Optional(),
    OneOf("id-selector", kXAddIdSelector),
    Block("data", kXAddData).Multiple(),
};
constexpr CommandRow kXAdd = {
    .name = "xadd",
    .arity = -5,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclStream,
    .keys =
        {
            {kKeyRw | kKeyUpdate, AtIndex(1), Range(0), "Trimming may take messages away, hence UPDATE and not INSERT"},
        },
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Append a message to a stream, and trim the stream on request.",
    .complexity = "O(1), and O(N) for N messages that trimming takes away",
    .tips = {"nondeterministic_output"},
    .history = kXAddHistory,
    .arguments = kXAddArguments,
};

constexpr Change kXAutoClaimHistory[] = {
    {"7.0.0", "The reply lists messages that are pending but were deleted, in a third element."},
};
constexpr Argument kXAutoClaimArguments[] = {
    Key("key"),
    Text("group"),
    Text("consumer"),
    Text("min-idle-time"),
    Text("start"),
    Integer("count").Token("COUNT").Optional(),
    Word("justid", "JUSTID").Optional(),
};
constexpr CommandRow kXAutoClaim = {
    .name = "xautoclaim",
    .arity = -6,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "6.2.0",
    .summary = "Walk through the pending messages of a group and take over those that lie idle.",
    .complexity = "O(1) with a small COUNT",
    .tips = {"nondeterministic_output"},
    .history = kXAutoClaimHistory,
    .arguments = kXAutoClaimArguments,
};

constexpr Argument kXClaimArguments[] = {
    Key("key"),
    Text("group"),
    Text("consumer"),
    Text("min-idle-time"),
    Text("ID").Multiple(),
    Integer("ms").Token("IDLE").Optional(),
    UnixTime("unix-time-milliseconds").Token("TIME").Optional(),
    Integer("count").Token("RETRYCOUNT").Optional(),
    Word("force", "FORCE").Optional(),
    Word("justid", "JUSTID").Optional(),
    Text("lastid").Token("LASTID").Optional(),
};
constexpr CommandRow kXClaim = {
    .name = "xclaim",
    .arity = -6,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Take over pending messages of a group from other consumers.",
    .complexity = "O(log N) for a group with N pending messages",
    .tips = {"nondeterministic_output"},
    .arguments = kXClaimArguments,
};

constexpr Argument kXDelArguments[] = {Key("key"), Text("ID").Multiple()};
constexpr CommandRow kXDel = {
    .name = "xdel",
    .arity = -3,
    .flags = kFlagWrite | kFlagFast,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Delete messages of a stream by ID.",
    .complexity = "O(1) a message, however long the stream",
    .arguments = kXDelArguments,
};

constexpr CommandRow kXGroup = {
    .name = "xgroup",
    .arity = -2,
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "The subcommands about consumer groups.",
    .complexity = "That of the subcommand",
};

constexpr Change kXGroupCreateHistory[] = {{"7.0.0", "`ENTRIESREAD` sets the group's counter, `entries_read`."}};
constexpr Argument kXGroupCreateIdSelector[] = {Text("id"), Word("new-id", "$")};
constexpr Argument kXGroupCreateArguments[] = {
    Key("key"),
    Text("group"),
    OneOf("id-selector", kXGroupCreateIdSelector),
    Word("mkstream", "MKSTREAM").Optional(),
    Integer("entries-read").Token("ENTRIESREAD").Optional(),
};
constexpr CommandRow kXGroupCreate = {
    .name = "create",
    .container = "xgroup",
    .arity = -5,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Make a consumer group.",
    .complexity = "O(1)",
    .history = kXGroupCreateHistory,
    .arguments = kXGroupCreateArguments,
};

constexpr Argument kXGroupCreateConsumerArguments[] = {Key("key"), Text("group"), Text("consumer")};
constexpr CommandRow kXGroupCreateConsumer = {
    .name = "createconsumer",
    .container = "xgroup",
    .arity = 5,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "6.2.0",
    .summary = "Make a consumer in a group.",
    .complexity = "O(1)",
    .arguments = kXGroupCreateConsumerArguments,
};

constexpr Argument kXGroupDelConsumerArguments[] = {Key("key"), Text("group"), Text("consumer")};
constexpr CommandRow kXGroupDelConsumer = {
    .name = "delconsumer",
    .container = "xgroup",
    .arity = 5,
    .flags = kFlagWrite,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Delete a consumer, with what is pending for it.",
    .complexity = "O(1)",
    .arguments = kXGroupDelConsumerArguments,
};

constexpr Argument kXGroupDestroyArguments[] = {Key("key"), Text("group")};
constexpr CommandRow kXGroupDestroy = {
    .name = "destroy",
    .container = "xgroup",
    .arity = 4,
    .flags = kFlagWrite,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Delete a consumer group.",
    .complexity = "O(N) for N pending messages of the group",
    .arguments = kXGroupDestroyArguments,
};

constexpr CommandRow kXGroupHelp = {
    .name = "help",
    .container = "xgroup",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .categories = kAclStream,
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Explain the subcommands of XGROUP.",
    .complexity = "O(1)",
};

constexpr Argument kXGroupSetIdArguments[] = {
    Key("key"),
    Text("group"),
    OneOf("id-selector", kXGroupCreateIdSelector),
    Integer("entriesread").Token("ENTRIESREAD").Optional().Display("entries-read"),
};
constexpr CommandRow kXGroupSetId = {
    .name = "setid",
    .container = "xgroup",
    .arity = -5,
    .flags = kFlagWrite,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Set the ID behind which a group goes on to read.",
    .complexity = "O(1)",
    .history = kXGroupCreateHistory,
    .arguments = kXGroupSetIdArguments,
};

constexpr CommandRow kXInfo = {
    .name = "xinfo",
    .arity = -2,
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "The subcommands that look inside streams.",
    .complexity = "That of the subcommand",
};

constexpr Change kXInfoConsumersHistory[] = {{"7.2.0", "Shows `inactive`."}};
constexpr Argument kXInfoConsumersArguments[] = {Key("key"), Text("group")};
constexpr CommandRow kXInfoConsumers = {
    .name = "consumers",
    .container = "xinfo",
    .arity = 4,
    .flags = kFlagReadOnly,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Describe the consumers of a group.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
    .history = kXInfoConsumersHistory,
    .arguments = kXInfoConsumersArguments,
};

constexpr Change kXInfoGroupsHistory[] = {{"7.0.0", "Shows `entries-read` and `lag`."}};
constexpr CommandRow kXInfoGroups = {
    .name = "groups",
    .container = "xinfo",
    .arity = 3,
    .flags = kFlagReadOnly,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Describe the consumer groups of a stream.",
    .complexity = "O(1)",
    .history = kXInfoGroupsHistory,
    .arguments = kOneKey,
};

constexpr CommandRow kXInfoHelp = {
    .name = "help",
    .container = "xinfo",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale,
    .categories = kAclStream,
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Explain the subcommands of XINFO.",
    .complexity = "O(1)",
};

constexpr Change kXInfoStreamHistory[] = {
    {"6.0.0", "`FULL`."},
    {"7.0.0", "Shows `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag`."},
    {"7.2.0", "Shows `active-time`; `seen-time` now tells the latest attempt to read."},
};
constexpr Argument kXInfoStreamFullBlock[] = {Word("full", "FULL"), Integer("count").Token("COUNT").Optional()};
constexpr Argument kXInfoStreamArguments[] = {Key("key"), Block("full-block", kXInfoStreamFullBlock).Optional()};
constexpr CommandRow kXInfoStream = {
    .name = "stream",
    .container = "xinfo",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(2), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Describe a stream, and with FULL also its messages, groups and consumers.",
    .complexity = "O(1)",
    .history = kXInfoStreamHistory,
    .arguments = kXInfoStreamArguments,
};

constexpr CommandRow kXLen = {
    .name = "xlen",
    .arity = 2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclStream,
    .keys = {{kKeyRo, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Count the messages of a stream.",
    .complexity = "O(1)",
    .arguments = kOneKey,
};

constexpr Change kXPendingHistory[] = {{"6.2.0", "`IDLE`, and bounds that are excluded from the range."}};
constexpr Argument kXPendingFilters[] = {
    Integer("min-idle-time").Token("IDLE").Optional().Since("6.2.0"),
    Text("start"),
    Text("end"),
    Integer("count"),
    Text("consumer").Optional(),
};
constexpr Argument kXPendingArguments[] = {Key("key"), Text("group"), Block("filters", kXPendingFilters).Optional()};
constexpr CommandRow kXPending = {
    .name = "xpending",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Show what a group was given and has not confirmed, in sum or message by message.",
    .complexity =
        "O(N) for N messages returned, or O(M) for M messages looked at with IDLE; the summary is O(N) for N "
        "consumers",
    .tips = {"nondeterministic_output"},
    .history = kXPendingHistory,
    .arguments = kXPendingArguments,
};

constexpr Change kXRangeHistory[] = {{"6.2.0", "A bound may be excluded from the range."}};
constexpr Argument kXRangeArguments[] = {
    Key("key"),
    Text("start"),
    Text("end"),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kXRange = {
    .name = "xrange",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "List the messages of a stream between two IDs.",
    .complexity = "O(N) for N messages returned; in effect O(1) with a small COUNT",
    .history = kXRangeHistory,
    .arguments = kXRangeArguments,
};

constexpr Argument kXReadStreams[] = {Key("key").Multiple(), Text("ID").Multiple()};
constexpr Argument kXReadArguments[] = {
    Integer("count").Token("COUNT").Optional(),
    Integer("milliseconds").Token("BLOCK").Optional(),
    Block("streams", kXReadStreams).Token("STREAMS"),
};
constexpr CommandRow kXRead = {
    .name = "xread",
    .arity = -4,
    .flags = kFlagReadOnly | kFlagBlocking,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AfterKeyword("STREAMS", 1), Range(-1, 1, 2)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Read what streams hold behind given IDs, waiting for more if asked to.",
    .complexity = "O(N) for N messages returned, in each stream",
    .arguments = kXReadArguments,
};

constexpr Argument kXReadGroupGroupBlock[] = {Text("group"), Text("consumer")};
constexpr Argument kXReadGroupArguments[] = {
    Block("group-block", kXReadGroupGroupBlock).Token("GROUP"), Integer("count").Token("COUNT").Optional(),
    Integer("milliseconds").Token("BLOCK").Optional(),          Word("noack", "NOACK").Optional(),
    Block("streams", kXReadStreams).Token("STREAMS"),
};
constexpr CommandRow kXReadGroup = {
    .name = "xreadgroup",
    .arity = -7,
    .flags = kFlagWrite | kFlagBlocking,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AfterKeyword("STREAMS", 4), Range(-1, 1, 2)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary =
        "Read from streams as a member of a group: new messages, waiting for more if asked to, or those pending.",
    .complexity =
        "O(M) for M messages returned, in each stream; whoever adds a message pays O(N) for N clients that wait",
    .arguments = kXReadGroupArguments,
};

constexpr Argument kXRevRangeArguments[] = {
    Key("key"),
    Text("end"),
    Text("start"),
    Integer("count").Token("COUNT").Optional(),
};
constexpr CommandRow kXRevRange = {
    .name = "xrevrange",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclStream,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "List the messages of a stream between two IDs, last first.",
    .complexity = "O(N) for N messages returned; in effect O(1) with a small COUNT",
    .history = kXRangeHistory,
    .arguments = kXRevRangeArguments,
};

constexpr Change kXSetIdHistory[] = {{"7.0.0", "`ENTRIESADDED` and `MAXDELETEDID`."}};
constexpr Argument kXSetIdArguments[] = {
    Key("key"),
    Text("last-id"),
    Integer("entries-added").Token("ENTRIESADDED").Optional().Since("7.0.0"),
    Text("max-deleted-id").Token("MAXDELETEDID").Optional().Since("7.0.0"),
};
constexpr CommandRow kXSetId = {
    .name = "xsetid",
    .arity = -3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Between servers: set a stream's last ID and counters.",
    .complexity = "O(1)",
    .history = kXSetIdHistory,
    .arguments = kXSetIdArguments,
};

constexpr Change kXTrimHistory[] = {{"6.2.0", "Trimming by `MINID`, and `LIMIT`."}};
constexpr Argument kXTrimArguments[] = {Key("key"), Block("trim", kXAddTrim)};
constexpr CommandRow kXTrim = {
    .name = "xtrim",
    .arity = -4,
    .flags = kFlagWrite,
    .categories = kAclStream,
    .keys = {{kKeyRw | kKeyDelete, AtIndex(1), Range(0)}},
    .group = Group::kStream,
    .since = "5.0.0",
    .summary = "Delete the oldest messages of a stream.",
    .complexity = "O(N) for N messages deleted, with a small constant, as whole nodes of messages go at once",
    .tips = {"nondeterministic_output"},
    .history = kXTrimHistory,
    .arguments = kXTrimArguments,
};

constexpr CommandRow kRows[] = {
    kXAck,
    kXAdd,
    kXAutoClaim,
    kXClaim,
    kXDel,
    kXGroup,
    kXGroupCreate,
    kXGroupCreateConsumer,
    kXGroupDelConsumer,
    kXGroupDestroy,
    kXGroupHelp,
    kXGroupSetId,
    kXInfo,
    kXInfoConsumers,
    kXInfoGroups,
    kXInfoHelp,
    kXInfoStream,
    kXLen,
    kXPending,
    kXRange,
    kXRead,
    kXReadGroup,
    kXRevRange,
    kXSetId,
    kXTrim,
};

}  // namespace

std::span<const CommandRow> StreamRows() { return kRows; }

}  // namespace keyway::command::rows
