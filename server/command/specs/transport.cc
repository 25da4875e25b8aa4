// Rows of the TRANSPORT container, Keyway's own: the plug-ins that carry connections.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr CommandFlags kLookAtTransports = kFlagAdmin | kFlagNoScript | kFlagLoading | kFlagStale | kFlagSentinel;
// These run foreign code, so enable-transport-command must allow them.
constexpr CommandFlags kChangeTransports = kLookAtTransports | kFlagProtected | kFlagNoAsyncLoading;

constexpr CommandRow kTransport = {
    .name = "transport",
    .arity = -2,
    .flags = kFlagSentinel,
    .group = Group::kTransport,
    .since = "0.1.0",
    .summary = "The subcommands about the plug-ins that carry connections.",
    .complexity = "That of the subcommand",
};

constexpr CommandRow kTransportHelp = {
    .name = "help",
    .container = "transport",
    .arity = 2,
    .flags = kFlagLoading | kFlagStale | kFlagSentinel,
    .group = Group::kTransport,
    .since = "0.1.0",
    .summary = "Explain the subcommands of TRANSPORT.",
    .complexity = "O(1)",
};

constexpr Argument kTransportInfoArguments[] = {Text("name")};
constexpr CommandRow kTransportInfo = {
    .name = "info",
    .container = "transport",
    .arity = 3,
    .flags = kLookAtTransports,
    .group = Group::kTransport,
    .since = "0.1.0",
    .summary = "Describe one transport: its file, versions, abilities, settings and generations.",
    .complexity = "O(N) for N settings",
    .tips = {"nondeterministic_output"},
    .arguments = kTransportInfoArguments,
};

constexpr CommandRow kTransportList = {
    .name = "list",
    .container = "transport",
    .arity = 2,
    .flags = kLookAtTransports,
    .group = Group::kTransport,
    .since = "0.1.0",
    .summary = "List the transports that are loaded.",
    .complexity = "O(N) for N transports",
    .tips = {"nondeterministic_output_order"},
};

constexpr Argument kTransportLoadSettings[] = {Text("setting"), Text("value")};
constexpr Argument kTransportLoadArguments[] = {
    Text("name"),
    Block("settings", kTransportLoadSettings).Multiple().Optional(),
};
constexpr CommandRow kTransportLoad = {
    .name = "load",
    .container = "transport",
    .arity = -3,
    .flags = kChangeTransports,
    .group = Group::kTransport,
    .since = "0.1.0",
    .summary = "Load a transport from the folder of transports, with settings for it.",
    .complexity = "O(1)",
    .arguments = kTransportLoadArguments,
};

constexpr Argument kTransportReloadArguments[] = {Text("name")};
constexpr CommandRow kTransportReload = {
    .name = "reload",
    .container = "transport",
    .arity = 3,
    .flags = kChangeTransports | kFlagPrepared,
    .group = Group::kTransport,
    .since = "0.1.0",
    .summary = "Replace a transport by the file that is there now; connections that are open stay with the old one.",
    .complexity = "O(N) for N listeners and profiles that use it",
    .arguments = kTransportReloadArguments,
};

constexpr Argument kTransportUnloadArguments[] = {Text("name")};
constexpr CommandRow kTransportUnload = {
    .name = "unload",
    .container = "transport",
    .arity = 3,
    .flags = kChangeTransports,
    .group = Group::kTransport,
    .since = "0.1.0",
    .summary = "Unload a transport that nothing uses.",
    .complexity = "O(1)",
    .arguments = kTransportUnloadArguments,
};

constexpr CommandRow kRows[] = {
    kTransport, kTransportHelp, kTransportInfo, kTransportList, kTransportLoad, kTransportReload, kTransportUnload,
};

}  // namespace

std::span<const CommandRow> TransportRows() { return kRows; }

}  // namespace keyway::command::rows
