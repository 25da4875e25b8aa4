// A filter shakes hands with itself, through memory: whether a copy of a plug-in that is about to serve can do its work with the
// settings that it is to serve with.
#pragma once

#include <memory>

#include "server/base/error.h"
#include "server/net/host.h"
#include "server/net/stack.h"

namespace keyway::net {

// Makes a context of `settings` for both sides, opens two connections over it and brings them together, then sends a few bytes each
// way. The accepting one asks for no certificate and neither checks the other's: what peers have is not at hand here. `carrier` is only
// there to make the stack whole. A filter that works elsewhere (KW_WANT_WAKE) cannot be tried without a loop, and passes. The error
// begins with the plug-in's id, names the end that failed and says why. [background]
Result<> TryHandshake(const ContextPtr& carrier, const std::shared_ptr<const Generation>& filter, Settings settings);

}  // namespace keyway::net
