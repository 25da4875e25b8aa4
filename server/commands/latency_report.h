// What LATENCY GRAPH and LATENCY DOCTOR say: text for people. [exec]
#pragma once

#include <string>
#include <string_view>

#include "server/command/services.h"

namespace keyway::commands {

// A picture of the event's samples, the newest at the right. Requires that there are some.
//
//   command - high 500 ms, low 300 ms (all time high 500 ms)
//   ----------------------------------------
//     #
//    _#
//   …
std::string LatencyGraph(const command::Services& services, std::string_view event);

// What was observed, and what may help.
std::string LatencyDoctor(const command::Services& services);

}  // namespace keyway::commands
