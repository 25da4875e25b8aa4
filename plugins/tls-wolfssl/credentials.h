// Certificates, keys, CAs and DH parameters: from the bytes of the settings into a WOLFSSL_CTX.
#pragma once

#include <string>
#include <vector>

#include "certificate.h"
#include "keyway/tls/options.hpp"
#include "wolf.h"

namespace keyway::tls_wolfssl {

// Loads a certificate with its chain and its key, and checks that they belong together and that the certificate is in force
// (unless expired ones are allowed). Appends to `dates`.
int32_t LoadIdentity(WOLFSSL_CTX* ctx, const sdk::tls::Identity& id, bool allow_expired, std::vector<CertDates>* dates,
                     kw_error* err);

// All CAs of the file and the folder. In a folder, a file without a certificate is passed over. A CA that is out of date is not
// trusted, as with the other backend, and does not spoil the rest. `dates` is [nullable].
int32_t LoadCas(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, std::vector<CertDates>* dates, kw_error* err);

// DH parameters for the DHE ciphers of TLS 1.2; without a file, group ffdhe2048.
int32_t LoadDhParams(WOLFSSL_CTX* ctx, const sdk::Value& file, kw_error* err);

}  // namespace keyway::tls_wolfssl
