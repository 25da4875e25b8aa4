// What clients call themselves and each other: names that CLIENT LIST can show, and the classes of clients.
#pragma once

#include <optional>
#include <string_view>

#include "server/command/context.h"

namespace keyway::commands {

// Whether the text has printable ASCII without blanks only, so that a row of CLIENT LIST splits at its blanks.
bool IsListable(std::string_view text);

// Whether a client may have that name (none is fine too); writes the error if not.
bool CheckClientName(command::Context& ctx, std::string_view name);

// Argument i as a class of clients ("normal", "replica", "slave", "pubsub", "master"), or an error.
std::optional<command::ClientClass> ClientClassArg(command::Context& ctx, size_t i);

}  // namespace keyway::commands
