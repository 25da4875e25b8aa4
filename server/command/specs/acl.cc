// Rows of the ACL container.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr CommandRow kAcl = {
    .name = "acl",
    .arity = -2,
    .flags = kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "The subcommands about users and what they may do.",
    .complexity = "That of the subcommand",
};

constexpr Argument kAclCatArguments[] = {Text("category").Optional()};
constexpr CommandRow kAclCat = {
    .name = "cat",
    .container = "acl",
    .arity = -2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "List the categories of commands, or the commands of one category.",
    .complexity = "O(1), as both are fixed",
    .arguments = kAclCatArguments,
};

constexpr Argument kAclDelUserArguments[] = {Text("username").Multiple()};
constexpr CommandRow kAclDelUser = {
    .name = "deluser",
    .container = "acl",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Delete users and disconnect their clients.",
    .complexity = "O(1) for a user of usual size",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
    .arguments = kAclDelUserArguments,
};

constexpr Argument kAclDryRunArguments[] = {Text("username"), Text("command"), Text("arg").Multiple().Optional()};
constexpr CommandRow kAclDryRun = {
    .name = "dryrun",
    .container = "acl",
    .arity = -4,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "7.0.0",
    .summary = "Tell whether a user might run a command, without running it.",
    .complexity = "O(1)",
    .arguments = kAclDryRunArguments,
};

constexpr Argument kAclGenPassArguments[] = {Integer("bits").Optional()};
constexpr CommandRow kAclGenPass = {
    .name = "genpass",
    .container = "acl",
    .arity = -2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Make up a password that nobody can guess.",
    .complexity = "O(1)",
    .arguments = kAclGenPassArguments,
};

constexpr Change kAclGetUserHistory[] = {
    {"6.2.0", "Shows the patterns for channels."},
    {"7.0.0", "Shows selectors; patterns for keys and channels are shown as rules, no longer as lists."},
};
constexpr Argument kAclGetUserArguments[] = {Text("username")};
constexpr CommandRow kAclGetUser = {
    .name = "getuser",
    .container = "acl",
    .arity = 3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Show the rules of one user.",
    .complexity = "O(N) for N rules",
    .history = kAclGetUserHistory,
    .arguments = kAclGetUserArguments,
};

constexpr CommandRow kAclHelp = {
    .name = "help",
    .container = "acl",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Explain the subcommands of ACL.",
    .complexity = "O(1)",
};

constexpr CommandRow kAclList = {
    .name = "list",
    .container = "acl",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Show all users as lines of an ACL file.",
    .complexity = "O(N) for N users",
};

constexpr CommandRow kAclLoad = {
    .name = "load",
    .container = "acl",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Replace all users by those of the ACL file.",
    .complexity = "O(N) for N users",
};

constexpr Change kAclLogHistory[] = {
    {"7.2.0", "Entries have an ID and the times at which they were made and last changed."},
};
constexpr Argument kAclLogOperation[] = {Integer("count"), Word("reset", "RESET")};
constexpr Argument kAclLogArguments[] = {OneOf("operation", kAclLogOperation).Optional()};
constexpr CommandRow kAclLog = {
    .name = "log",
    .container = "acl",
    .arity = -2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Show what was recently refused to whom, or clear that record.",
    .complexity = "O(N) for N entries shown",
    .history = kAclLogHistory,
    .arguments = kAclLogArguments,
};

constexpr CommandRow kAclSave = {
    .name = "save",
    .container = "acl",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Write all users to the ACL file.",
    .complexity = "O(N) for N users",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
};

constexpr Change kAclSetUserHistory[] = {
    {"6.2.0", "Patterns for channels."},
    {"7.0.0", "Selectors, and separate rights to read and to write keys."},
};
constexpr Argument kAclSetUserArguments[] = {Text("username"), Text("rule").Multiple().Optional()};
constexpr CommandRow kAclSetUser = {
    .name = "setuser",
    .container = "acl",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .secrets_hook = AclSetUserSecrets,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Make a user, or change one, rule by rule.",
    .complexity = "O(N) for N rules",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
    .history = kAclSetUserHistory,
    .arguments = kAclSetUserArguments,
};

constexpr CommandRow kAclUsers = {
    .name = "users",
    .container = "acl",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "List the names of all users.",
    .complexity = "O(N) for N users",
};

constexpr CommandRow kAclWhoAmI = {
    .name = "whoami",
    .container = "acl",
    .arity = 2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kServer,
    .since = "6.0.0",
    .summary = "Tell which user this connection acts as.",
    .complexity = "O(1)",
};

constexpr CommandRow kRows[] = {
    kAcl,     kAclCat,  kAclDelUser, kAclDryRun, kAclGenPass, kAclGetUser, kAclHelp,
    kAclList, kAclLoad, kAclLog,     kAclSave,   kAclSetUser, kAclUsers,   kAclWhoAmI,
};

}  // namespace

std::span<const CommandRow> AclRows() { return kRows; }

}  // namespace keyway::command::rows
