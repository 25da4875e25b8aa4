// Rows of the commands about connections.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Change kAuthHistory[] = {{"6.0.0", "A user name may come before the password."}};
constexpr Argument kAuthArguments[] = {Text("username").Optional().Since("6.0.0"), Text("password")};
constexpr CommandRow kAuth = {
    .name = "auth",
    .arity = -2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagNoAuth | kFlagSentinel | kFlagAllowBusy |
             kFlagEndsBatch,
    .categories = kAclConnection,
    .secrets_hook = AuthSecrets,
    .group = Group::kConnection,
    .since = "1.0.0",
    .summary = "Prove who this connection belongs to, by password or by user name and password.",
    .complexity = "O(N) for a user with N passwords",
    .history = kAuthHistory,
    .arguments = kAuthArguments,
};

constexpr CommandRow kClient = {
    .name = "client",
    .arity = -2,
    .flags = kFlagSentinel,
    .group = Group::kConnection,
    .since = "2.4.0",
    .summary = "The subcommands about connections of clients.",
    .complexity = "That of the subcommand",
};

constexpr Argument kClientCachingMode[] = {Word("yes", "YES"), Word("no", "NO")};
constexpr Argument kClientCachingArguments[] = {OneOf("mode", kClientCachingMode)};
constexpr CommandRow kClientCaching = {
    .name = "caching",
    .container = "client",
    .arity = 3,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "6.0.0",
    .summary = "Say whether the keys of the next command are to be tracked, in OPTIN or OPTOUT mode.",
    .complexity = "O(1)",
    .arguments = kClientCachingArguments,
};

constexpr CommandRow kClientGetName = {
    .name = "getname",
    .container = "client",
    .arity = 2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "2.6.9",
    .summary = "Tell this connection's name.",
    .complexity = "O(1)",
};

constexpr CommandRow kClientGetRedir = {
    .name = "getredir",
    .container = "client",
    .arity = 2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "6.0.0",
    .summary = "Tell which connection receives this one's invalidation messages.",
    .complexity = "O(1)",
};

constexpr CommandRow kClientHelp = {
    .name = "help",
    .container = "client",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "5.0.0",
    .summary = "Explain the subcommands of CLIENT.",
    .complexity = "O(1)",
};

constexpr CommandRow kClientId = {
    .name = "id",
    .container = "client",
    .arity = 2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "5.0.0",
    .summary = "Tell this connection's number, which no other connection ever has.",
    .complexity = "O(1)",
};

constexpr CommandRow kClientInfo = {
    .name = "info",
    .container = "client",
    .arity = 2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "6.2.0",
    .summary = "Describe this connection in the format of CLIENT LIST.",
    .complexity = "O(1)",
    .tips = {"nondeterministic_output"},
};

constexpr Change kClientKillHistory[] = {
    {"2.8.12", "Filters, given as pairs of name and value."},
    {"2.8.12", "A filter by `ID`."},
    {"3.2.0", "`TYPE` knows `master`."},
    {"5.0.0", "`TYPE` knows `replica`; the older `slave` goes on to work."},
    {"6.2.0", "A filter by `LADDR`."},
};
constexpr Argument kClientKillClientType[] = {
    Word("normal", "normal"), Word("master", "master").Since("3.2.0"),
    Word("slave", "slave"),   Word("replica", "replica").Since("5.0.0"),
    Word("pubsub", "pubsub"),
};
constexpr Argument kClientKillNewFormat[] = {
    Integer("client-id").Token("ID").Optional().Since("2.8.12"),
    OneOf("client-type", kClientKillClientType).Token("TYPE").Optional().Since("2.8.12"),
    Text("username").Token("USER").Optional(),
    Text("addr").Token("ADDR").Optional().Display("ip:port"),
    Text("laddr").Token("LADDR").Optional().Display("ip:port").Since("6.2.0"),
    OneOf("skipme", kClientCachingMode).Token("SKIPME").Optional(),
};
constexpr Argument kClientKillFilter[] = {
    Text("old-format").Display("ip:port").Deprecated("2.8.12"),
    OneOf("new-format", kClientKillNewFormat).Multiple(),
};
constexpr Argument kClientKillArguments[] = {OneOf("filter", kClientKillFilter)};
constexpr CommandRow kClientKill = {
    .name = "kill",
    .container = "client",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "2.4.0",
    .summary = "Disconnect the client at an address, or all clients that match a filter.",
    .complexity = "O(N) for N clients",
    .history = kClientKillHistory,
    .arguments = kClientKillArguments,
};

constexpr Change kClientListHistory[] = {
    {"2.8.12", "Shows the connection's `id`."},
    {"5.0.0", "`TYPE` picks one kind of client."},
    {"6.0.0", "Shows the `user`."},
    {"6.2.0", "Shows `argv-mem`, `tot-mem`, `laddr` and `redir`; `ID` picks clients by number."},
    {"7.0.0", "Shows `resp`, `multi-mem`, `rbs` and `rbp`."},
    {"7.0.3", "Shows `ssub`."},
};
constexpr Argument kClientListClientType[] = {
    Word("normal", "normal"),
    Word("master", "master"),
    Word("replica", "replica"),
    Word("pubsub", "pubsub"),
};
constexpr Argument kClientListArguments[] = {
    OneOf("client-type", kClientListClientType).Token("TYPE").Optional().Since("5.0.0"),
    Integer("client-id").Token("ID").Multiple().Optional().Since("6.2.0"),
};
constexpr CommandRow kClientList = {
    .name = "list",
    .container = "client",
    .arity = -2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "2.4.0",
    .summary = "Describe every connected client, one a line.",
    .complexity = "O(N) for N clients",
    .tips = {"nondeterministic_output"},
    .history = kClientListHistory,
    .arguments = kClientListArguments,
};

constexpr Argument kClientNoEvictEnabled[] = {Word("on", "ON"), Word("off", "OFF")};
constexpr Argument kClientNoEvictArguments[] = {OneOf("enabled", kClientNoEvictEnabled)};
constexpr CommandRow kClientNoEvict = {
    .name = "no-evict",
    .container = "client",
    .arity = 3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "7.0.0",
    .summary = "Exempt this connection from being closed for the memory that clients use, or stop doing so.",
    .complexity = "O(1)",
    .arguments = kClientNoEvictArguments,
};

constexpr Argument kClientNoTouchArguments[] = {OneOf("enabled", kClientNoEvictEnabled)};
constexpr CommandRow kClientNoTouch = {
    .name = "no-touch",
    .container = "client",
    .arity = 3,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "7.2.0",
    .summary = "Let this connection read keys without making them look recently used, or stop doing so.",
    .complexity = "O(1)",
    .arguments = kClientNoTouchArguments,
};

constexpr Change kClientPauseHistory[] = {{"6.2.0", "`WRITE` and `ALL` choose which commands wait."}};
constexpr Argument kClientPauseMode[] = {Word("write", "WRITE"), Word("all", "ALL")};
constexpr Argument kClientPauseArguments[] = {
    Integer("timeout"),
    OneOf("mode", kClientPauseMode).Optional().Since("6.2.0"),
};
constexpr CommandRow kClientPause = {
    .name = "pause",
    .container = "client",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "3.0.0",
    .summary = "Hold back the commands of clients (all of them, or only writes) for a while.",
    .complexity = "O(1)",
    .history = kClientPauseHistory,
    .arguments = kClientPauseArguments,
};

constexpr Argument kClientReplyAction[] = {Word("on", "ON"), Word("off", "OFF"), Word("skip", "SKIP")};
constexpr Argument kClientReplyArguments[] = {OneOf("action", kClientReplyAction)};
constexpr CommandRow kClientReply = {
    .name = "reply",
    .container = "client",
    .arity = 3,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "3.2.0",
    .summary = "Turn replies to this connection on or off, or leave out the next one.",
    .complexity = "O(1)",
    .arguments = kClientReplyArguments,
};

constexpr Argument kClientSetInfoAttr[] = {Text("libname").Token("lib-name"), Text("libver").Token("lib-ver")};
constexpr Argument kClientSetInfoArguments[] = {OneOf("attr", kClientSetInfoAttr)};
constexpr CommandRow kClientSetInfo = {
    .name = "setinfo",
    .container = "client",
    .arity = 4,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "7.2.0",
    .summary = "Record which client library, and which version of it, uses this connection.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
    .arguments = kClientSetInfoArguments,
};

constexpr Argument kClientSetNameArguments[] = {Text("connection-name")};
constexpr CommandRow kClientSetName = {
    .name = "setname",
    .container = "client",
    .arity = 3,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "2.6.9",
    .summary = "Give this connection a name that CLIENT LIST shows.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_nodes", "response_policy:all_succeeded"},
    .arguments = kClientSetNameArguments,
};

constexpr Argument kClientTrackingArguments[] = {
    OneOf("status", kClientNoEvictEnabled),
    Integer("client-id").Token("REDIRECT").Optional(),
    Text("prefix").Token("PREFIX").MultipleToken().Optional(),
    Word("BCAST", "BCAST").Optional(),
    Word("OPTIN", "OPTIN").Optional(),
    Word("OPTOUT", "OPTOUT").Optional(),
    Word("NOLOOP", "NOLOOP").Optional(),
};
constexpr CommandRow kClientTracking = {
    .name = "tracking",
    .container = "client",
    .arity = -3,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "6.0.0",
    .summary = "Turn the help for client-side caching on or off for this connection.",
    .complexity = "O(1); prefixes of BCAST mode are compared with those in use",
    .arguments = kClientTrackingArguments,
};

constexpr CommandRow kClientTrackingInfo = {
    .name = "trackinginfo",
    .container = "client",
    .arity = 2,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "6.2.0",
    .summary = "Describe how the keys that this connection reads are tracked.",
    .complexity = "O(1)",
};

constexpr Argument kClientUnblockUnblockType[] = {Word("timeout", "TIMEOUT"), Word("error", "ERROR")};
constexpr Argument kClientUnblockArguments[] = {
    Integer("client-id"),
    OneOf("unblock-type", kClientUnblockUnblockType).Optional(),
};
constexpr CommandRow kClientUnblock = {
    .name = "unblock",
    .container = "client",
    .arity = -3,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "5.0.0",
    .summary = "Wake up another connection that waits in a blocking command.",
    .complexity = "O(log N) for N clients",
    .arguments = kClientUnblockArguments,
};

constexpr CommandRow kClientUnpause = {
    .name = "unpause",
    .container = "client",
    .arity = 2,
    .flags = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "6.2.0",
    .summary = "End a CLIENT PAUSE early.",
    .complexity = "O(N) for N clients held back",
};

constexpr Argument kEchoArguments[] = {Text("message")};
constexpr CommandRow kEcho = {
    .name = "echo",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagFast,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "1.0.0",
    .summary = "Send back the argument.",
    .complexity = "O(1)",
    .arguments = kEchoArguments,
};

constexpr Change kHelloHistory[] = {{"6.2.0", "Without `protover` it only describes the connection."}};
constexpr Argument kHelloAuth[] = {Text("username"), Text("password")};
constexpr Argument kHelloArguments[] = {
    Integer("protover"),
    Block("auth", kHelloAuth).Token("AUTH").Optional(),
    Text("clientname").Token("SETNAME").Optional(),
};
constexpr Argument kHelloArguments2[] = {Block("arguments", kHelloArguments).Optional()};
constexpr CommandRow kHello = {
    .name = "hello",
    .arity = -1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagNoAuth | kFlagSentinel | kFlagAllowBusy |
             kFlagEndsBatch,
    .categories = kAclConnection,
    .secrets_hook = HelloSecrets,
    .group = Group::kConnection,
    .since = "6.0.0",
    .summary = "Agree on the protocol version and, in the same step, authenticate and name the connection.",
    .complexity = "O(1)",
    .history = kHelloHistory,
    .arguments = kHelloArguments2,
};

constexpr Argument kPingArguments[] = {Text("message").Optional()};
constexpr CommandRow kPing = {
    .name = "ping",
    .arity = -1,
    .flags = kFlagFast | kFlagSentinel | kFlagSubscriber | kFlagTellsDiskErrors,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "1.0.0",
    .summary = "Answer PONG, or send back the argument.",
    .complexity = "O(1)",
    .tips = {"request_policy:all_shards", "response_policy:all_succeeded"},
    .arguments = kPingArguments,
};

constexpr CommandRow kQuit = {
    .name = "quit",
    .arity = -1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagNoAuth | kFlagAllowBusy | kFlagEndsBatch |
             kFlagNotQueued | kFlagSubscriber,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "1.0.0",
    .summary = "Have the server close this connection once it has answered.",
    .complexity = "O(1)",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "7.2.0",
    .replaced_by = "closing the connection from the client's side",
};

constexpr CommandRow kReset = {
    .name = "reset",
    .arity = 1,
    .flags = kFlagNoScript | kFlagLoading | kFlagStale | kFlagFast | kFlagNoAuth | kFlagAllowBusy | kFlagEndsBatch |
             kFlagNotQueued | kFlagSubscriber,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "6.2.0",
    .summary = "Put this connection back into the state it had when it was opened.",
    .complexity = "O(1)",
};

constexpr Argument kSelectArguments[] = {Integer("index")};
constexpr CommandRow kSelect = {
    .name = "select",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagFast,
    .categories = kAclConnection,
    .group = Group::kConnection,
    .since = "1.0.0",
    .summary = "Choose the database that this connection works on.",
    .complexity = "O(1)",
    .arguments = kSelectArguments,
};

constexpr CommandRow kRows[] = {
    kAuth,          kClient,        kClientCaching, kClientGetName, kClientGetRedir, kClientHelp,
    kClientId,      kClientInfo,    kClientKill,    kClientList,    kClientNoEvict,  kClientNoTouch,
    kClientPause,   kClientReply,   kClientSetInfo, kClientSetName, kClientTracking, kClientTrackingInfo,
    kClientUnblock, kClientUnpause, kEcho,          kHello,         kPing,           kQuit,
    kReset,         kSelect,
};

}  // namespace

std::span<const CommandRow> ConnectionRows() { return kRows; }

}  // namespace keyway::command::rows
