// Session tickets of a server context.
//
// wolfSSL's tickets hold neither the context nor the client's certificate, and its session cache belongs to the whole process. So
// the cache is never used, and tickets go out only where clients are not asked for certificates.
#pragma once

#include <string>
#include <vector>

#include "keyway/tls/options.hpp"
#include "keyway/tls/tickets.hpp"
#include "wolf.h"

namespace keyway::tls_wolfssl {

struct Tickets {
  std::vector<sdk::tls::TicketKey> keys;  // the first one seals, all open
  int64_t lifetime_s = 300;
};

// Fills in `out` and registers it with ctx; `out` must live as long as ctx.
int32_t SetUpTickets(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, Tickets* out, kw_error* err);

// Of what tls-crl-file holds; empty without.
std::string DigestOfLists(const sdk::tls::TlsSettings& settings);

// No resumption of any kind.
void ForbidTickets(WOLFSSL_CTX* ctx);

}  // namespace keyway::tls_wolfssl
