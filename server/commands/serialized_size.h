// How long a value is in a snapshot: what DEBUG OBJECT calls its serialized length.
#pragma once

#include "server/command/context.h"

namespace keyway::commands {

// Bytes of the value in the RDB format that the settings ask for, without its type. Costs about as much as DUMP. [exec]
size_t SerializedSize(command::Context& ctx, const keyspace::Entry& entry);

}  // namespace keyway::commands
