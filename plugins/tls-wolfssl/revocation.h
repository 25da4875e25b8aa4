// Revocation: reading tls-crl-file, and what its lists say of peers that come and of those that are here (crl/1).
//
// The lists are searched here, as with the other backend. The library gets them too, for the alert that it sends by itself in TLS 1.3;
// but not when lists count that are out of date, which it does not know.
#pragma once

#include "keyway/tls/crl.hpp"
#include "keyway/tls/options.hpp"
#include "wolf.h"

namespace keyway::tls_wolfssl {

class ClientChain;
struct Connection;
struct Context;

// Every list has to be signed by one of the authorities of `settings`, which `ctx` has already. `out` is [nullable]: the lists are
// read for another context already, and only the library's part is left.
int32_t LoadCrls(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, bool keep_expired,
                 sdk::tls::RevocationLists* out, kw_error* err);

// Within the library's callback: whether the lists let the peer and its chain pass. Notes the reason otherwise.
bool PassesLists(Connection* c, WOLFSSL_X509_STORE_CTX* store);

// The same of a chain that was verified before, for a session that is to be resumed. Notes nothing.
bool PassesLists(const Context& context, const ClientChain& chain);

// crl/1.
int32_t Recheck(kw_conn* conn, kw_context* ctx, kw_error* err) noexcept;

}  // namespace keyway::tls_wolfssl
