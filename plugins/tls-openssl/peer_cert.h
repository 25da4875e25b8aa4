// peer-cert/1.
#pragma once

#include <openssl/x509.h>

#include <string>

#include "keyway/ext/peer_cert.h"

namespace keyway::tls_openssl {

// The last common name of the subject; empty when there is none or it holds a zero byte.
std::string CommonName(X509* cert);

int32_t GetPeerCert(kw_conn* conn, kw_visit_peer_cert visit, void* arg, kw_error* err) noexcept;

}  // namespace keyway::tls_openssl
