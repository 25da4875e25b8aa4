#include "ciphers.h"

#include <cstring>

#include "errors.h"
#include "keyway/tls/ciphers.hpp"

namespace keyway::tls_wolfssl {

using sdk::Fail;
using namespace sdk::tls;

namespace {

constexpr char kLibrary[] = "this wolfSSL";

// The library lists its suites by IANA names, separated by colons.
Supported LibraryCiphers() {
  Supported out;
  std::string names(16384, '\0');
  if (wolfSSL_get_ciphers_iana(names.data(), static_cast<int>(names.size())) != WOLFSSL_SUCCESS) return out;
  std::string_view rest(names.c_str());
  while (!rest.empty()) {
    size_t end = std::min(rest.find(':'), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    for (const Suite& s : kSuites) {
      if (name == s.iana) out.ids.push_back(s.id);
    }
    for (const Suite13& s : kSuites13) {
      if (name == s.iana) out.ids.push_back(s.id);
    }
  }
  return out;
}

int32_t ApplyProtocols(WOLFSSL_CTX* ctx, uint32_t bits, kw_error* err) {
  if ((bits & kTls10) != 0) {
    return Fail(err, KW_E_CONFIG, KW_REASON_VERSION, "tls-protocols", "the tls-wolfssl backend does not speak TLSv1");
  }
#ifdef NO_OLD_TLS
  if ((bits & kTls11) != 0) {
    return Fail(err, KW_E_CONFIG, KW_REASON_VERSION, "tls-protocols", "this wolfSSL was built without TLSv1.1");
  }
#endif
  // Options first: the calls for the bounds take them into account.
  long off = WOLFSSL_OP_NO_SSLv3 | WOLFSSL_OP_NO_TLSv1;
  if ((bits & kTls11) == 0) off |= WOLFSSL_OP_NO_TLSv1_1;
  if ((bits & kTls12) == 0) off |= WOLFSSL_OP_NO_TLSv1_2;
  if ((bits & kTls13) == 0) off |= WOLFSSL_OP_NO_TLSv1_3;
  wolfSSL_CTX_set_options(ctx, off);
  if (wolfSSL_CTX_set_min_proto_version(ctx, LowestWireVersion(bits)) != WOLFSSL_SUCCESS ||
      wolfSSL_CTX_set_max_proto_version(ctx, HighestWireVersion(bits)) != WOLFSSL_SUCCESS) {
    return FailSetting(err, "tls-protocols", "the library refuses these protocols", 0);
  }
  return KW_OK;
}

// wolfSSL has no levels; their meaning for keys can be had all the same.
void ApplySecurityLevel(WOLFSSL_CTX* ctx, int level) {
  static constexpr short kRsaBits[] = {1024, 1024, 2048, 3072, 4096, 4096};
  static constexpr short kEccBits[] = {160, 160, 224, 256, 384, 512};
  if (level < 0) level = 2;
  wolfSSL_CTX_SetMinRsaKey_Sz(ctx, kRsaBits[level]);
  wolfSSL_CTX_SetMinEccKey_Sz(ctx, kEccBits[level]);
  wolfSSL_CTX_SetMinDhKey_Sz(ctx, static_cast<word16>(kRsaBits[level]));
}

}  // namespace

int32_t ApplyCiphers(WOLFSSL_CTX* ctx, const TlsSettings& settings, kw_error* err) {
  Supported supported = LibraryCiphers();
  CipherChoice choice;
  if (int32_t r = ParseCiphers(settings.ciphers, supported, kLibrary, &choice, err); r != KW_OK) return r;
  std::vector<const Suite13*> suites13;
  if (int32_t r = ParseCiphersuites(settings.ciphersuites, supported, kLibrary, kAesIsSlow, &suites13, err); r != KW_OK)
    return r;
  bool chosen_by_user = !settings.ciphers.empty() || !settings.ciphersuites.empty();
  if (kAesIsSlow && settings.ciphers.empty()) {
    std::stable_partition(choice.suites.begin(), choice.suites.end(),
                          [](const Suite* s) { return s->enc == Enc::kChaCha; });
  }
  // One list for all versions; the library knows the IANA names as well as its own.
  std::string names = JoinNames(suites13, [](const Suite13& s) { return s.iana; }) + ":" +
                      JoinNames(choice.suites, [](const Suite& s) { return s.iana; });
  if (wolfSSL_CTX_set_cipher_list(ctx, names.c_str()) != WOLFSSL_SUCCESS) {
    return FailSetting(err, "tls-ciphers", "the library refuses these ciphers", 0);
  }
  // Where AES is slow and nobody asked for anything, ChaCha20 is taken whenever the client has it.
  bool server_order = settings.prefer_server_ciphers || (kAesIsSlow && !chosen_by_user);
  if (!server_order) wolfSSL_CTX_UseClientSuites(ctx);
  ApplySecurityLevel(ctx, choice.security_level);
  return ApplyProtocols(ctx, settings.protocols, err);
}

}  // namespace keyway::tls_wolfssl
