// Session tickets of a server context.
//
// wolfSSL's tickets hold neither the context nor the client's certificate, and its session cache belongs to the whole process. So
// the cache is never used, and tickets go out only where clients are not asked for certificates.
#pragma once

#include <string>

#include "keyway/tls/options.hpp"
#include "keyway/tls/ticket_keys.hpp"
#include "wolf.h"

namespace keyway::tls_wolfssl {

struct Tickets {
  sdk::tls::TicketKeys keys;  // none without tickets
  std::string policy;         // what they are derived for
  bool of_user = false;       // they come from the user's file
  int64_t lifetime_s = 300;
};

// Fills in `out` and registers it with ctx; `out` must live as long as ctx.
int32_t SetUpTickets(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, Tickets* out, kw_error* err);

// Of what tls-crl-file holds; empty without.
std::string DigestOfLists(const sdk::tls::TlsSettings& settings);

// No resumption of any kind.
void ForbidTickets(WOLFSSL_CTX* ctx);

// tickets/1.
int32_t SetTicketSecrets(kw_context* ctx, const kw_bytes* secrets, kw_error* err) noexcept;

}  // namespace keyway::tls_wolfssl
