#include "ciphers.h"

#include <openssl/err.h>

#include <algorithm>

#include "errors.h"
#include "keyway/tls/ciphers.hpp"
#include "library.h"
#include "ssl_ptr.h"

namespace keyway::tls_openssl {

using sdk::Fail;
using namespace sdk::tls;

namespace {

constexpr char kLibrary[] = "this OpenSSL";

Supported LibraryCiphers() {
  Supported out;
  SslCtxPtr ctx(SSL_CTX_new(TLS_method()));
  if (!ctx) return out;
  std::string all13;
  for (const Suite13& s : kSuites13) all13 += (all13.empty() ? "" : ":") + std::string(s.iana);
  SSL_CTX_set_ciphersuites(ctx.get(), all13.c_str());
  SSL_CTX_set_cipher_list(ctx.get(), "ALL:@SECLEVEL=0");
  STACK_OF(SSL_CIPHER)* list = SSL_CTX_get_ciphers(ctx.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(list); ++i) {
    out.ids.push_back(SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(list, i)));
  }
  ERR_clear_error();
  return out;
}

int32_t ApplyProtocols(SSL_CTX* ctx, uint32_t bits, kw_error* err) {
  // Versions below 1.2 sign with MD5 and SHA-1, which the library lets through at level 0 only.
  if ((bits & (kTls10 | kTls11)) != 0 && SSL_CTX_get_security_level(ctx) > 0) {
    return Fail(err, KW_E_CONFIG, KW_REASON_VERSION, "tls-protocols",
                "OpenSSL speaks TLSv1 and TLSv1.1 only with @SECLEVEL=0 in tls-ciphers");
  }
  uint64_t off = 0;
  if ((bits & kTls10) == 0) off |= SSL_OP_NO_TLSv1;
  if ((bits & kTls11) == 0) off |= SSL_OP_NO_TLSv1_1;
  if ((bits & kTls12) == 0) off |= SSL_OP_NO_TLSv1_2;
  if ((bits & kTls13) == 0) off |= SSL_OP_NO_TLSv1_3;
  SSL_CTX_clear_options(ctx, SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
  SSL_CTX_set_options(ctx, off);
  if (SSL_CTX_set_min_proto_version(ctx, LowestWireVersion(bits)) != 1 ||
      SSL_CTX_set_max_proto_version(ctx, HighestWireVersion(bits)) != 1) {
    return FailSetting(err, "tls-protocols", "the library refuses these protocols");
  }
  return KW_OK;
}

}  // namespace

int32_t ApplyCiphers(SSL_CTX* ctx, const TlsSettings& settings, kw_error* err) {
  Supported supported = LibraryCiphers();
  CipherChoice choice;
  if (int32_t r = ParseCiphers(settings.ciphers, supported, kLibrary, &choice, err); r != KW_OK) return r;
  if (choice.security_level >= 0) SSL_CTX_set_security_level(ctx, choice.security_level);
  const bool aes_is_slow = !HasHardwareAes();
  if (aes_is_slow && settings.ciphers.empty()) {
    std::stable_partition(choice.suites.begin(), choice.suites.end(),
                          [](const Suite* s) { return s->enc == Enc::kChaCha; });
  }
  std::string names = JoinNames(choice.suites, [](const Suite& s) { return s.openssl; });
  if (SSL_CTX_set_cipher_list(ctx, names.c_str()) != 1)
    return FailSetting(err, "tls-ciphers", "the library refuses these ciphers");

  std::vector<const Suite13*> suites13;
  if (int32_t r = ParseCiphersuites(settings.ciphersuites, supported, kLibrary, aes_is_slow, &suites13, err);
      r != KW_OK)
    return r;
  names = JoinNames(suites13, [](const Suite13& s) { return s.iana; });
  if (SSL_CTX_set_ciphersuites(ctx, names.c_str()) != 1) {
    return FailSetting(err, "tls-ciphersuites", "the library refuses these ciphersuites");
  }
  // Where AES is slow and nobody asked for anything, ChaCha20 is taken whenever the client has it.
  if (aes_is_slow && settings.ciphers.empty() && settings.ciphersuites.empty()) {
    SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  return ApplyProtocols(ctx, settings.protocols, err);
}

}  // namespace keyway::tls_openssl
