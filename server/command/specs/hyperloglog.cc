// Rows of the HyperLogLog commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Argument kPfAddArguments[] = {Key("key"), Text("element").Multiple().Optional()};
constexpr CommandRow kPfAdd = {
    .name = "pfadd",
    .arity = -2,
    .flags = kFlagWrite | kFlagDenyOom | kFlagFast,
    .categories = kAclHyperLogLog,
    .keys = {{kKeyRw | kKeyInsert, AtIndex(1), Range(0)}},
    .group = Group::kHyperLogLog,
    .since = "2.8.9",
    .summary = "Let a HyperLogLog count elements.",
    .complexity = "O(1) an element",
    .arguments = kPfAddArguments,
};

constexpr CommandRow kPfCount = {
    .name = "pfcount",
    .arity = -2,
    .flags = kFlagReadOnly | kFlagMayReplicate,
    .categories = kAclHyperLogLog,
    .keys =
        {
            {kKeyRw | kKeyAccess, AtIndex(1), Range(-1),
             "Reading may refresh the estimate cached in the value, which then goes to replicas, hence RW"},
        },
    .group = Group::kHyperLogLog,
    .since = "2.8.9",
    .summary = "Estimate how many different elements HyperLogLogs have seen, one alone or several as one.",
    .complexity = "O(1) for one key, on average and with a small constant; O(N) for N keys, with a much larger one",
    .arguments = kSomeKeys,
};

constexpr Argument kPfDebugArguments[] = {Text("subcommand"), Key("key")};
constexpr CommandRow kPfDebug = {
    .name = "pfdebug",
    .arity = 3,
    .flags = kFlagWrite | kFlagDenyOom | kFlagAdmin,
    .categories = kAclHyperLogLog,
    .keys = {{kKeyRw | kKeyAccess, AtIndex(2), Range(0)}},
    .group = Group::kHyperLogLog,
    .since = "2.8.9",
    .summary = "For tests: look inside a HyperLogLog or change how it is stored.",
    .complexity = "Depends on what is asked for",
    .doc_flags = kDocSyscmd,
    .arguments = kPfDebugArguments,
};

constexpr Argument kPfMergeArguments[] = {Key("destkey"), Key("sourcekey", 1).Multiple().Optional()};
constexpr CommandRow kPfMerge = {
    .name = "pfmerge",
    .arity = -2,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclHyperLogLog,
    .keys = {{kKeyRw | kKeyAccess | kKeyInsert, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), Range(-1)}},
    .group = Group::kHyperLogLog,
    .since = "2.8.9",
    .summary = "Unite HyperLogLogs in one key.",
    .complexity = "O(N) for N HyperLogLogs, with a large constant",
    .arguments = kPfMergeArguments,
};

constexpr CommandRow kPfSelfTest = {
    .name = "pfselftest",
    .arity = 1,
    .flags = kFlagAdmin,
    .categories = kAclHyperLogLog,
    .group = Group::kHyperLogLog,
    .since = "2.8.9",
    .summary = "For tests: let the HyperLogLog code check itself.",
    .complexity = "Fixed, but seconds long",
    .doc_flags = kDocSyscmd,
};

constexpr CommandRow kRows[] = {
    kPfAdd, kPfCount, kPfDebug, kPfMerge, kPfSelfTest,
};

}  // namespace

std::span<const CommandRow> HyperLogLogRows() { return kRows; }

}  // namespace keyway::command::rows
