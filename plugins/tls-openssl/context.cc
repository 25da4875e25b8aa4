#include "context.h"

#include <openssl/err.h>

#include <memory>

#include "ciphers.h"
#include "errors.h"
#include "groups.h"
#include "keyway/error.hpp"
#include "pipe_bio.h"
#include "revocation.h"
#include "verify.h"

namespace keyway::tls_openssl {

using sdk::Fail;
using sdk::Guarded;
using namespace sdk::tls;

namespace {

constexpr kw_option kOwnOptions[] = {
    sdk::MakeOption("tls-openssl.allow-expired", KW_TYPE_BOOL, "no",
                    "Whether a certificate of this server's own that is out of date may be used all the same."),
};

// Intermediate authorities between a peer's certificate and a trusted one; wolfSSL takes as many.
constexpr int kMaxIntermediates = 8;

int32_t NewSslCtx(SslCtxPtr* out, kw_error* err) {
  out->reset(SSL_CTX_new(TLS_method()));
  if (!*out) return FailSetting(err, "", "the library does not start");
  SSL_CTX* ctx = out->get();
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify_depth(ctx, kMaxIntermediates);
  return KW_OK;
}

int32_t BuildServer(const TlsSettings& settings, bool allow_expired, X509_STORE* cas, Context* out, kw_error* err) {
  if (int32_t r = NewSslCtx(&out->server, err); r != KW_OK) return r;
  SSL_CTX* ctx = out->server.get();
  if (!settings.prefer_server_ciphers) SSL_CTX_clear_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (int32_t r = ApplyCiphers(ctx, settings, err); r != KW_OK) return r;
  if (int32_t r = ApplyGroups(ctx, settings, err); r != KW_OK) return r;
  if (int32_t r = LoadIdentity(ctx, settings.server, allow_expired, &out->certs, &out->engines, err); r != KW_OK)
    return r;
  if (int32_t r = LoadDhParams(ctx, settings.dh_params, err); r != KW_OK) return r;
  CompleteChain(ctx, cas);
  int mode = settings.auth == AuthClients::kNo         ? SSL_VERIFY_NONE
             : settings.auth == AuthClients::kOptional ? SSL_VERIFY_PEER
                                                       : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(ctx, mode, out->revoked.empty() ? nullptr : VerifyClient);
  SSL_CTX_set_alpn_select_cb(ctx, SelectAlpn, nullptr);
  out->tickets.revoked = &out->revoked;
  return SetUpTickets(ctx, settings, &out->tickets, err);
}

int32_t BuildClient(const TlsSettings& settings, bool allow_expired, X509_STORE* cas, Context* out, kw_error* err) {
  if (int32_t r = NewSslCtx(&out->client, err); r != KW_OK) return r;
  SSL_CTX* ctx = out->client.get();
  if (int32_t r = ApplyCiphers(ctx, settings, err); r != KW_OK) return r;
  if (int32_t r = ApplyGroups(ctx, settings, err); r != KW_OK) return r;
  if (int32_t r = LoadIdentity(ctx, settings.client, allow_expired, &out->certs, &out->engines, err); r != KW_OK)
    return r;
  CompleteChain(ctx, cas);
  // Sessions are kept by the host (session/1), not here.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  if (!settings.session_caching) SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  return KW_OK;
}

int32_t Build(const kw_settings* settings, Context* out, kw_error* err) {
  TlsSettings tls;
  if (int32_t r = ReadTlsSettings(settings, kOptionList, kOptionCount, &tls, err); r != KW_OK) return r;
  bool allow_expired = sdk::SettingsReader(settings, kOptionList, kOptionCount).GetBool("tls-openssl.allow-expired");
  out->has_ca = tls.has_ca();
  out->auth = tls.auth;
  out->lists_digest = DigestOfLists(tls);
  out->pipe_bio = NewPipeBioMethod();
  if (!out->pipe_bio) return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
  StorePtr cas;
  if (int32_t r = LoadCas(tls, &cas, &out->certs, err); r != KW_OK) return r;
  if (int32_t r = LoadCrls(tls, allow_expired, cas.get(), &out->revoked, err); r != KW_OK) return r;
  if (tls.accepts()) {
    if (int32_t r = BuildServer(tls, allow_expired, cas.get(), out, err); r != KW_OK) return r;
  }
  if (tls.dials()) {
    if (int32_t r = BuildClient(tls, allow_expired, cas.get(), out, err); r != KW_OK) return r;
  }
  ERR_clear_error();
  return KW_OK;
}

}  // namespace

// The common options and this backend's own.
const kw_option* const kOptionList[] = {
    &kCommonOptions[0],  &kCommonOptions[1],  &kCommonOptions[2],  &kCommonOptions[3],  &kCommonOptions[4],
    &kCommonOptions[5],  &kCommonOptions[6],  &kCommonOptions[7],  &kCommonOptions[8],  &kCommonOptions[9],
    &kCommonOptions[10], &kCommonOptions[11], &kCommonOptions[12], &kCommonOptions[13], &kCommonOptions[14],
    &kCommonOptions[15], &kCommonOptions[16], &kCommonOptions[17], &kCommonOptions[18], &kCommonOptions[19],
    &kCommonOptions[20], &kOwnOptions[0]};
static_assert(kCommonOptionCount == 21, "the list above has to name them all");
const uint32_t kOptionCount = sizeof kOptionList / sizeof kOptionList[0];

int32_t Check(const kw_settings* settings, kw_error* err) noexcept {
  return Guarded(err, [&] {
    Context ctx;
    return Build(settings, &ctx, err);
  });
}

int32_t ContextCreate(const kw_settings* settings, kw_context** out, kw_error* err) noexcept {
  return Guarded(err, [&] {
    auto ctx = std::make_unique<Context>();
    int32_t r = Build(settings, ctx.get(), err);
    if (r == KW_OK) *out = reinterpret_cast<kw_context*>(ctx.release());
    return r;
  });
}

void ContextFree(kw_context* ctx) noexcept { delete Context::Of(ctx); }

int32_t ContextCerts(kw_context* ctx, kw_visit_context_cert visit, void* arg, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    for (const CertDates& cert : Context::Of(ctx)->certs) {
      kw_context_cert shown{
          sizeof(kw_context_cert), 0, cert.setting, cert.subject.c_str(), cert.serial.c_str(), cert.not_before,
          cert.not_after};
      visit(arg, &shown);
    }
    return KW_OK;
  });
}

}  // namespace keyway::tls_openssl
