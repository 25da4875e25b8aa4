// Reading of certificates: names, dates, serial numbers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keyway/ext/peer_cert.h"
#include "keyway/tls/names.hpp"
#include "wolf.h"

namespace keyway::tls_wolfssl {

// What cert-expiry/1 tells of one certificate.
struct CertDates {
  const char* setting;  // a literal
  std::string subject;
  std::string serial;
  int64_t not_before;
  int64_t not_after;
};

X509Ptr FromDer(const unsigned char* der, size_t len);
X509Ptr FromPem(std::string_view pem);

CertDates DatesOf(WOLFSSL_X509* cert, const char* setting);

// The names that a peer may be known by, for verification.
sdk::tls::CertNames NamesOf(WOLFSSL_X509* cert);

int32_t GetPeerCert(kw_conn* conn, kw_visit_peer_cert visit, void* arg, kw_error* err) noexcept;

}  // namespace keyway::tls_wolfssl
