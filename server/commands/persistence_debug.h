// The subcommands of DEBUG that are about snapshots.
#pragma once

#include "server/command/context.h"

namespace keyway::commands {

void DebugReload(command::Context& ctx);
void DebugSetSkipChecksumValidation(command::Context& ctx);

}  // namespace keyway::commands
