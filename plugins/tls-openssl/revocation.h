// Revocation: reading tls-crl-file, and what its lists say of peers that come and of those that are here (crl/1).
#pragma once

#include <openssl/ssl.h>

#include "keyway/tls/crl.hpp"
#include "keyway/tls/options.hpp"

namespace keyway::tls_openssl {

struct Connection;

// Every list has to be signed by one of `cas`.
int32_t LoadCrls(const sdk::tls::TlsSettings& settings, bool keep_expired, X509_STORE* cas,
                 sdk::tls::RevocationLists* out, kw_error* err);

sdk::tls::Standing StandingOf(const sdk::tls::RevocationLists& lists, const X509* cert);

// Within a callback of the library: whether the lists let the certificate at hand pass. Sets the error otherwise.
bool PassesLists(Connection* conn, X509_STORE_CTX* store);

// Callback of SSL_set_verify on accepted connections, where there are lists.
int VerifyClient(int chain_ok, X509_STORE_CTX* store);

// crl/1.
int32_t Recheck(kw_conn* conn, kw_context* ctx, kw_error* err) noexcept;

}  // namespace keyway::tls_openssl
