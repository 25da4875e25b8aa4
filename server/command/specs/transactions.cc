// Rows of the transaction commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr CommandRow kDiscard = {
    .name = "discard",
    .arity = 1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagAllowBusy | kFlagNotQueued,
    .categories = kAclTransaction,
    .group = Group::kTransactions,
    .since = "2.0.0",
    .summary = "Drop the commands queued since MULTI.",
    .complexity = "O(N) for N commands queued",
};

constexpr CommandRow kExec = {
    .name = "exec",
    .arity = 1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSkipSlowlog | kFlagNotQueued | kFlagRunsQueued,
    .categories = kAclTransaction,
    .group = Group::kTransactions,
    .since = "1.2.0",
    .summary = "Run the commands queued since MULTI, with none of others in between.",
    .complexity = "That of the commands",
};

constexpr CommandRow kMulti = {
    .name = "multi",
    .arity = 1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagAllowBusy | kFlagNotQueued,
    .categories = kAclTransaction,
    .group = Group::kTransactions,
    .since = "1.2.0",
    .summary = "Queue the commands that follow, until EXEC or DISCARD.",
    .complexity = "O(1)",
};

constexpr CommandRow kUnwatch = {
    .name = "unwatch",
    .arity = 1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagAllowBusy,
    .categories = kAclTransaction,
    .group = Group::kTransactions,
    .since = "2.2.0",
    .summary = "Stop watching keys.",
    .complexity = "O(1)",
};

constexpr CommandRow kWatch = {
    .name = "watch",
    .arity = -2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagAllowBusy | kFlagNotQueued,
    .categories = kAclTransaction,
    .keys = {{kKeyRo, AtIndex(1), Range(-1)}},
    .group = Group::kTransactions,
    .since = "2.2.0",
    .summary = "Have EXEC give up if one of these keys changes before.",
    .complexity = "O(1) a key",
    .arguments = kSomeKeys,
};

constexpr CommandRow kRows[] = {
    kDiscard, kExec, kMulti, kUnwatch, kWatch,
};

}  // namespace

std::span<const CommandRow> TransactionRows() { return kRows; }

}  // namespace keyway::command::rows
