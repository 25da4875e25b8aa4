// DEBUG PROTOCOL: a sample of every type of reply, for the authors of clients.
#pragma once

#include "server/command/context.h"

namespace keyway::commands {

// Argument 2 names the type. [exec]
void DebugProtocol(command::Context& ctx);

}  // namespace keyway::commands
