// peer-cert/1.
#pragma once

#include "keyway/ext/peer_cert.h"

namespace keyway::tls_openssl {

int32_t GetPeerCert(kw_conn* conn, kw_visit_peer_cert visit, void* arg, kw_error* err) noexcept;

}  // namespace keyway::tls_openssl
