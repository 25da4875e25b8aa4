// Certificates, keys, CAs and DH parameters: from the bytes of the settings into an SSL_CTX.
#pragma once

#include <string>
#include <vector>

#include "key_uri.h"
#include "keyway/ext/cert_expiry.h"
#include "keyway/tls/options.hpp"
#include "ssl_ptr.h"

namespace keyway::tls_openssl {

// What cert-expiry/1 tells of one certificate.
struct CertDates {
  const char* setting;  // a literal
  std::string subject;
  std::string serial;
  int64_t not_before;
  int64_t not_after;
};

CertDates DatesOf(X509* cert, const char* setting);
std::string DerOf(X509* cert);

// Loads a certificate with its chain and its key, and checks that they belong together and that the certificate is in force
// (unless expired ones are allowed). Appends to `dates`, and to `engines` what has to stay as long as the SSL_CTX.
int32_t LoadIdentity(SSL_CTX* ctx, const sdk::tls::Identity& id, bool allow_expired, std::vector<CertDates>* dates,
                     std::vector<EnginePtr>* engines, kw_error* err);

// Completes the chain of LoadIdentity from `cas`, where its file holds the certificate alone. Left to itself the library does that anew
// for each handshake, and checks all signatures on the way.
void CompleteChain(SSL_CTX* ctx, X509_STORE* cas);

// All CAs of the file and the folder. In a folder, a file without a certificate is passed over.
int32_t LoadCas(const sdk::tls::TlsSettings& settings, StorePtr* out, std::vector<CertDates>* dates, kw_error* err);

// DH parameters for the DHE ciphers of TLS 1.2; without a file the library chooses a group that fits the key.
int32_t LoadDhParams(SSL_CTX* ctx, const sdk::Value& file, kw_error* err);

}  // namespace keyway::tls_openssl
