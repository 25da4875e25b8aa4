// A context: everything that the settings say, prepared once, used from many threads and never changed.
#pragma once

#include <string>
#include <vector>

#include "credentials.h"
#include "keyway/tls/crl.hpp"
#include "keyway/transport.h"
#include "ssl_ptr.h"
#include "tickets.h"

namespace keyway::tls_openssl {

struct Context {
  // Declared before the SSL_CTXs, which point to them until they are gone.
  Tickets tickets;
  std::vector<EnginePtr> engines;
  sdk::tls::RevocationLists revoked;
  std::string lists_digest;  // of tls-crl-file, empty without
  BioMethodPtr pipe_bio;
  SslCtxPtr server;  // null when the context does not accept
  SslCtxPtr client;  // null when it does not dial
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

}  // namespace keyway::tls_openssl
