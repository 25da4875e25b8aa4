// Session tickets of a server context: sealed with keys that are derived from the host's secrets, and never a way around the
// authentication of clients.
#pragma once

#include <string>

#include "keyway/tls/crl.hpp"
#include "keyway/tls/options.hpp"
#include "keyway/tls/ticket_keys.hpp"
#include "ssl_ptr.h"

namespace keyway::tls_openssl {

struct Tickets {
  sdk::tls::TicketKeys keys;
  std::string policy;    // what they are derived for
  bool of_user = false;  // they come from the user's file
  CipherPtr cipher;      // fetched once: a look-up for each ticket takes the library's locks
  const sdk::tls::RevocationLists* revoked = nullptr;  // [required] once set up
  sdk::tls::AuthClients auth = sdk::tls::AuthClients::kYes;
};

// The text that decides who gets in; a digest of it goes into the keys.
std::string PolicyDigest(const sdk::tls::TlsSettings& settings);

// Of what tls-crl-file holds; empty without.
std::string DigestOfLists(const sdk::tls::TlsSettings& settings);

// Fills in `out` and registers it with ctx; `out` must live as long as ctx.
int32_t SetUpTickets(SSL_CTX* ctx, const sdk::tls::TlsSettings& settings, Tickets* out, kw_error* err);

// tickets/1.
int32_t SetTicketSecrets(kw_context* ctx, const kw_bytes* secrets, kw_error* err) noexcept;

}  // namespace keyway::tls_openssl
