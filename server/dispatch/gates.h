// What a request must pass before its handler runs: an ordered list of small checks. The first that answers ends it, with an error
// reply or by suspending the client. Their order is visible to clients (which error comes first), and follows Redis.
#pragma once

#include <cstdint>
#include <span>

#include "server/command/client.h"
#include "server/command/services.h"
#include "server/command/spec.h"

namespace keyway::dispatch {

enum class GateResult : uint8_t {
  kPass,
  kRejected,   // the error reply is written
  kDropped,    // no reply: the client is being closed
  kSuspended,  // run this request again later (CLIENT PAUSE, kFlagPrepared)
  kQueued,     // MULTI keeps it for EXEC
};

struct GateInput {
  command::Services& services;
  command::Client& client;
  command::Words words;
  const command::CommandSpec* spec;  // null only in front of the first gate
};

using Gate = GateResult (*)(GateInput& input);

std::span<const Gate> Gates();

}  // namespace keyway::dispatch
