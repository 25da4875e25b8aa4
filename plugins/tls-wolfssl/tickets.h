// Session tickets of a server context, and what they say of the client's identity.
//
//   ticket = key name(16) ‖ iv(16) ‖ length(2) ‖ sealed ‖ mac(32)                                          (the library's frame)
//   sealed = AES-256-GCM of: the library's part ‖ time of issue(8) ‖ reference to the client's certificate(24)
//
// The iv's first 12 bytes and the mac's first 16 are GCM's; all else is authenticated or zero. wolfSSL's part holds neither context
// nor certificate, so the policy is in the keys (sdk's ticket_keys.hpp) and the certificate in a table (ticket_holders.h). Invariants:
// a ticket is sealed for a client only when its certificate was verified and its proof of the key checked, or for "no certificate" only
// when it showed none; where certificates are demanded the latter opens nothing. The library's session cache belongs to the whole
// process and is never used.
#pragma once

#include <memory>
#include <string>

#include "keyway/tls/options.hpp"
#include "keyway/tls/ticket_keys.hpp"
#include "ticket_holders.h"
#include "wolf.h"

namespace keyway::tls_wolfssl {

struct Tickets {
  sdk::tls::TicketKeys keys;  // none without tickets
  std::string policy;         // what they are derived for
  bool of_user = false;       // they come from the user's file
  int64_t lifetime_s = 300;
  std::shared_ptr<TicketHolders> holders;  // null without tickets
  size_t most_holders = 0;                 // at most in the table; 0: no limit
};

// Fills in `out` and registers it with ctx; `out` must live as long as ctx.
int32_t SetUpTickets(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, Tickets* out, kw_error* err);

// The client of a full handshake came with a ticket that was declined, for which the library gives no new one in TLS 1.2. It is
// remembered all the same, so that a ticket of another process with the same keys is understood the next time.
void RememberDeclined(const Tickets& tickets, const std::shared_ptr<const ClientChain>& chain);

// Of what tls-crl-file holds; empty without.
std::string DigestOfLists(const sdk::tls::TlsSettings& settings);

// tickets/1.
int32_t SetTicketSecrets(kw_context* ctx, const kw_bytes* secrets, kw_error* err) noexcept;

}  // namespace keyway::tls_wolfssl
