// tls-verify-peer-name: by which names the certificate of a dialled server may be known.
#pragma once

#include <string_view>

#include "server/net/host.h"

namespace keyway::app {

// For a link to `host` (a name, or an address with or without brackets): its chain is always verified. `setting` is "yes" (a host
// that is a name must stand in the certificate; an address need not), "no", or the name or address that must stand there whatever
// the host is. The DNS name that is meant goes out as SNI too, so that a server picks its profile by it.
net::VerifyPolicy PeerVerification(std::string_view setting, std::string_view host);

}  // namespace keyway::app
