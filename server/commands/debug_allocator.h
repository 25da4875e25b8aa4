// DEBUG MALLCTL and MALLCTL-STR: jemalloc's settings by name. Only where jemalloc is the allocator.
#pragma once

#include "server/command/context.h"

namespace keyway::commands {

bool HasMallctl();  // [any]

// Both require HasMallctl(). Argument 2 is the name, argument 3 the new value, if there is one. [exec]
void MallctlInteger(command::Context& ctx);
void MallctlString(command::Context& ctx);

}  // namespace keyway::commands
