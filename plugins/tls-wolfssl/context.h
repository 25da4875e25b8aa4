// A context: everything that the settings say, prepared once, used from many threads and never changed.
#pragma once

#include <string>
#include <vector>

#include "certificate.h"
#include "keyway/ext/cert_expiry.h"
#include "keyway/tls/crl.hpp"
#include "keyway/tls/groups.hpp"
#include "keyway/tls/options.hpp"
#include "keyway/transport.h"
#include "tickets.h"
#include "wolf.h"

namespace keyway::tls_wolfssl {

struct Context {
  // Declared before the WOLFSSL_CTXs, which point to it until they are gone.
  Tickets tickets;
  sdk::tls::RevocationLists revoked;
  std::vector<const sdk::tls::Group*> groups;  // of tls-groups; empty: the library's own choice
  std::string lists_digest;                    // of tls-crl-file, empty without
  CtxPtr server;                               // null when the context does not accept
  CtxPtr client;                               // null when it does not dial
  bool has_ca = false;
  sdk::tls::AuthClients auth = sdk::tls::AuthClients::kYes;
  std::vector<CertDates> certs;

  static Context* Of(kw_context* ctx) { return reinterpret_cast<Context*>(ctx); }
};

extern const kw_option* const kOptionList[];
extern const uint32_t kOptionCount;

int32_t Check(const kw_settings* settings, kw_error* err) noexcept;
int32_t ContextCreate(const kw_settings* settings, kw_context** out, kw_error* err) noexcept;
void ContextFree(kw_context* ctx) noexcept;

// cert-expiry/1.
int32_t ContextCerts(kw_context* ctx, kw_visit_context_cert visit, void* arg, kw_error* err) noexcept;

}  // namespace keyway::tls_wolfssl
