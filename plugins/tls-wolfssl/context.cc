#include "context.h"

#include <memory>

#include "ciphers.h"
#include "credentials.h"
#include "errors.h"
#include "groups.h"
#include "keyway/error.hpp"
#include "pipe_io.h"
#include "revocation.h"
#include "verify.h"

namespace keyway::tls_wolfssl {

using sdk::Fail;
using sdk::Guarded;
using namespace sdk::tls;

namespace {

constexpr kw_option kOwnOptions[] = {
    sdk::MakeOption("tls-wolfssl.allow-expired", KW_TYPE_BOOL, "no",
                    "Whether a certificate of this server's own that is out of date may be used all the same."),
    sdk::MakeOption(
        "tls-session-cache-size", KW_TYPE_INT, "20480",
        "Clients' certificates that are remembered for their session tickets; 0: no limit but one of memory.",
        KW_OPTION_RELOADABLE, nullptr, 0, INT32_MAX),
};

int32_t NewCtx(WOLFSSL_METHOD* method, CtxPtr* out, kw_error* err) {
  out->reset(wolfSSL_CTX_new(method));
  if (!*out) return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "the library does not start");
  wolfSSL_CTX_SetIORecv(out->get(), PipeReceive);
  wolfSSL_CTX_SetIOSend(out->get(), PipeSend);
  return KW_OK;
}

int32_t BuildServer(const TlsSettings& settings, bool allow_expired, Context* out, kw_error* err) {
  if (int32_t r = NewCtx(wolfSSLv23_server_method(), &out->server, err); r != KW_OK) return r;
  WOLFSSL_CTX* ctx = out->server.get();
  if (int32_t r = ApplyCiphers(ctx, settings, err); r != KW_OK) return r;
  if (int32_t r = ApplyGroups(ctx, settings, &out->groups, err); r != KW_OK) return r;
  if (int32_t r = LoadCas(ctx, settings, &out->certs, err); r != KW_OK) return r;
  if (int32_t r = LoadCrls(ctx, settings, allow_expired, &out->revoked, err); r != KW_OK) return r;
  if (int32_t r = LoadIdentity(ctx, settings.server, allow_expired, &out->certs, err); r != KW_OK) return r;
  if (int32_t r = LoadDhParams(ctx, settings.dh_params, err); r != KW_OK) return r;
  int mode = settings.auth == AuthClients::kNo         ? WOLFSSL_VERIFY_NONE
             : settings.auth == AuthClients::kOptional ? WOLFSSL_VERIFY_PEER
                                                       : WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  wolfSSL_CTX_set_verify(ctx, mode, settings.auth == AuthClients::kNo ? nullptr : VerifyPeer);
  return SetUpTickets(ctx, settings, &out->tickets, err);
}

int32_t BuildClient(const TlsSettings& settings, bool allow_expired, Context* out, kw_error* err) {
  if (int32_t r = NewCtx(wolfSSLv23_client_method(), &out->client, err); r != KW_OK) return r;
  WOLFSSL_CTX* ctx = out->client.get();
  if (int32_t r = ApplyCiphers(ctx, settings, err); r != KW_OK) return r;
  if (int32_t r = ApplyGroups(ctx, settings, &out->groups, err); r != KW_OK) return r;
  if (int32_t r = LoadCas(ctx, settings, settings.accepts() ? nullptr : &out->certs, err); r != KW_OK) return r;
  auto* lists = settings.accepts() ? nullptr : &out->revoked;
  if (int32_t r = LoadCrls(ctx, settings, allow_expired, lists, err); r != KW_OK) return r;
  if (int32_t r = LoadIdentity(ctx, settings.client, allow_expired, &out->certs, err); r != KW_OK) return r;
  wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
  if (settings.session_caching) wolfSSL_CTX_UseSessionTicket(ctx);
  return KW_OK;
}

int32_t Build(const kw_settings* settings, Context* out, kw_error* err) {
  TlsSettings tls;
  if (int32_t r = ReadTlsSettings(settings, kOptionList, kOptionCount, &tls, err); r != KW_OK) return r;
  bool allow_expired = sdk::SettingsReader(settings, kOptionList, kOptionCount).GetBool("tls-wolfssl.allow-expired");
  for (const Identity* id : {&tls.server, &tls.client}) {
    if (id->key.is_uri) {
      return Fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, id->key_setting,
                  "tls-wolfssl reads keys from files only, not from a URI");
    }
  }
  out->has_ca = tls.has_ca();
  out->auth = tls.auth;
  out->lists_digest = DigestOfLists(tls);
  if (tls.accepts()) {
    if (int32_t r = BuildServer(tls, allow_expired, out, err); r != KW_OK) return r;
  }
  if (tls.dials()) {
    if (int32_t r = BuildClient(tls, allow_expired, out, err); r != KW_OK) return r;
  }
  DrainErrors();
  return KW_OK;
}

}  // namespace

// The common options, one of them with words of its own, and this backend's.
const kw_option* const kOptionList[] = {
    &kCommonOptions[0],  &kCommonOptions[1],  &kCommonOptions[2],  &kCommonOptions[3],  &kCommonOptions[4],
    &kCommonOptions[5],  &kCommonOptions[6],  &kCommonOptions[7],  &kCommonOptions[8],  &kCommonOptions[9],
    &kCommonOptions[10], &kCommonOptions[11], &kCommonOptions[12], &kCommonOptions[13], &kCommonOptions[14],
    &kOwnOptions[1],     &kCommonOptions[16], &kCommonOptions[17], &kCommonOptions[18], &kCommonOptions[19],
    &kCommonOptions[20], &kOwnOptions[0]};
static_assert(kCommonOptionCount == 21, "the list above has to name them all");
static_assert(kCommonOptions[15].type == KW_TYPE_INT, "number 15 is tls-session-cache-size");
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

}  // namespace keyway::tls_wolfssl
