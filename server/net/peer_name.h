// The names that a peer's certificate gives it: the one that people are shown, and the one that names a user.
#pragma once

#include <cstddef>
#include <string>

#include "keyway/ext/peer_cert.h"
#include "server/net/connection.h"

namespace keyway::net {

// A longer name is taken for none: cut, it might be somebody else's.
inline constexpr size_t kMaxPeerNameBytes = 2048;

// Any bytes but zero.
struct PeerNames {
  std::string name;  // common name, else subject, else fingerprint
  // The field that was asked for; the first one of several URIs or DNS names, 64 lower-case digits of SHA-256. Empty when the certificate
  // does not have it or its chain was not verified.
  std::string user;
};

PeerNames NamesOfPeer(const kw_peer_cert& cert, PeerUserField field);

}  // namespace keyway::net
