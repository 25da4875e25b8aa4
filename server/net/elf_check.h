// Looks at the bytes of a shared object before the dynamic loader does, so that a wrong file is refused with a reason,
// and none of its code (constructors included) has run.
#pragma once

#include <string_view>

#include "server/base/error.h"

namespace keyway::net {

// Accepts a 64-bit ELF shared object of this machine that exports the function `symbol`, has no text relocations, does
// not ask for static TLS, and has no $ORIGIN in its run paths (the host loads a copy from elsewhere). Trusts nothing in
// `file`. Error texts are half sentences: "it is not an ELF file". [any]
Result<> CheckPluginElf(std::string_view file, std::string_view symbol);

}  // namespace keyway::net
