// DEBUG of collections: how lists and packed values lie in memory.
#pragma once

#include <string>

#include "server/command/context.h"

namespace keyway::commands {

// DEBUG LISTPACK <key>: prints every element of a value that is one listpack to the standard output, for people who read
// along. [exec]
void DebugListpack(command::Context& ctx);
// DEBUG QUICKLIST <key> [<0|1>]: the same for the nodes of a list, with 1 for their elements, too. [exec]
void DebugQuicklist(command::Context& ctx);
// DEBUG QUICKLIST-PACKED-THRESHOLD <size>. [exec]
void DebugQuicklistPackedThreshold(command::Context& ctx);

// What DEBUG OBJECT tells about a quicklist: " ql_nodes:2 …"; empty for every other value. [exec]
std::string QuicklistFields(const keyspace::Entry* entry);

}  // namespace keyway::commands
