#include "revocation.h"

#include <wolfssl/openssl/evp.h>
#include <wolfssl/wolfcrypt/asn.h>

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "certificate.h"
#include "connection.h"
#include "errors.h"
#include "keyway/error.hpp"
#include "keyway/tls/alert.hpp"
#include "keyway/tls/crl_file.hpp"

namespace keyway::tls_wolfssl {

using sdk::Fail;
using sdk::tls::Crl;
using sdk::tls::RevocationLists;
using sdk::tls::Standing;

namespace {

using KeyPtr = std::unique_ptr<WOLFSSL_EVP_PKEY, Freer<wolfSSL_EVP_PKEY_free>>;
using DigestPtr = std::unique_ptr<WOLFSSL_EVP_MD_CTX, Freer<wolfSSL_EVP_MD_CTX_free>>;

int64_t Now() { return static_cast<int64_t>(time(nullptr)); }

std::string_view View(const unsigned char* bytes, int len) {
  return {reinterpret_cast<const char*>(bytes), len > 0 ? static_cast<size_t>(len) : 0};
}

// The digest of a signature algorithm by its object identifier; null for one that is not known.
const WOLFSSL_EVP_MD* DigestOf(std::string_view algorithm) {
  static constexpr std::string_view kRsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01", kEcdsa = "\x2a\x86\x48\xce\x3d\x04\x03";
  const bool rsa = algorithm.substr(0, kRsa.size()) == kRsa && algorithm.size() == kRsa.size() + 1;
  const bool ecdsa = algorithm.substr(0, kEcdsa.size()) == kEcdsa && algorithm.size() == kEcdsa.size() + 1;
  if (!rsa && !ecdsa) return nullptr;
  switch (algorithm.back() - (rsa ? 11 : 2)) {  // sha256With…, ecdsa-with-SHA256, and those behind them
    case 0:
      return wolfSSL_EVP_sha256();
    case 1:
      return wolfSSL_EVP_sha384();
    case 2:
      return wolfSSL_EVP_sha512();
    default:
      return nullptr;
  }
}

bool SignedBy(const Crl& crl, const WOLFSSL_EVP_MD* digest, WOLFSSL_X509* ca) {
  KeyPtr key(wolfSSL_X509_get_pubkey(ca));
  DigestPtr ctx(wolfSSL_EVP_MD_CTX_new());
  return key && ctx &&
         wolfSSL_EVP_DigestVerifyInit(ctx.get(), nullptr, digest, nullptr, key.get()) == WOLFSSL_SUCCESS &&
         wolfSSL_EVP_DigestVerifyUpdate(ctx.get(), crl.to_be_signed.data(), crl.to_be_signed.size()) ==
             WOLFSSL_SUCCESS &&
         wolfSSL_EVP_DigestVerifyFinal(ctx.get(), reinterpret_cast<const unsigned char*>(crl.signature.data()),
                                       crl.signature.size()) == WOLFSSL_SUCCESS;
}

std::vector<X509Ptr> Authorities(const sdk::tls::TlsSettings& settings) {
  std::vector<X509Ptr> out;
  auto add = [&out](std::string_view pem) {
    bool broken = false;
    for (std::string_view block : sdk::tls::PemBlocks(pem, "CERTIFICATE", &broken)) {
      if (X509Ptr ca = FromPem(block)) out.push_back(std::move(ca));
    }
  };
  add(settings.ca_file.bytes);
  for (const sdk::Value& file : settings.ca_dir) add(file.bytes);
  return out;
}

// Null, or why no authority stands for the list.
const char* WhyUnsigned(const Crl& crl, const std::vector<X509Ptr>& authorities) {
  const WOLFSSL_EVP_MD* digest = DigestOf(crl.algorithm);
  if (digest == nullptr) return "is signed by an algorithm that is not supported";
  const char* why = "is of no authority in tls-ca-cert-file and tls-ca-cert-dir";
  for (const X509Ptr& ca : authorities) {
    int len = 0;
    const unsigned char* der = wolfSSL_X509_get_der(ca.get(), &len);
    sdk::tls::CertId id;
    if (der == nullptr || !sdk::tls::ReadCertId(View(der, len), &id) || id.subject != crl.issuer) continue;
    const unsigned int usage = wolfSSL_X509_get_keyUsage(ca.get());
    if (usage != 0 && (usage & KEYUSE_CRL_SIGN) == 0) {
      why = "is of an authority that may not sign lists";
    } else if (SignedBy(crl, digest, ca.get())) {
      return nullptr;
    } else {
      why = "is not signed by the authority that it names";
    }
  }
  return why;
}

// Takes the verdict over into what the connection will say.
void Note(Connection* c, Standing standing) {
  switch (standing) {
    case Standing::kGood:
      return;
    case Standing::kRevoked:
      c->cert_reason = KW_REASON_CERT_REVOKED;
      c->cert_words = "certificate revoked";
      c->cert_alert = sdk::tls::kAlertCertificateRevoked;
      return;
    case Standing::kNoList:
      c->cert_reason = KW_REASON_CERT_OTHER;
      c->cert_words = "unable to get certificate CRL";
      c->cert_alert = sdk::tls::kAlertUnknownCa;
      return;
    case Standing::kListExpired:
      c->cert_reason = KW_REASON_CERT_OTHER;
      c->cert_words = "CRL has expired";
      c->cert_alert = sdk::tls::kAlertCertificateExpired;
      return;
  }
}

bool IsRevoked(const RevocationLists& lists, std::string_view der) {
  return lists.JudgeDer(der, Now()) == Standing::kRevoked;
}

}  // namespace

int32_t LoadCrls(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, bool keep_expired, RevocationLists* out,
                 kw_error* err) {
  if (!settings.crl.set()) return KW_OK;
  if (out != nullptr) {
    const std::vector<X509Ptr> authorities = Authorities(settings);
    auto verify = [&](const Crl& crl, std::string_view) { return WhyUnsigned(crl, authorities); };
    int32_t result = sdk::tls::ReadCrlFile(settings.crl, keep_expired, verify, out, err);
    DrainErrors();
    if (result != KW_OK) return result;
  }
#ifdef HAVE_CRL
  if (keep_expired) return KW_OK;
  WOLFSSL_CERT_MANAGER* manager = wolfSSL_CTX_GetCertManager(ctx);
  bool broken = false;
  int r = wolfSSL_CertManagerEnableCRL(manager, WOLFSSL_CRL_CHECK);
#ifdef HAVE_CRL_IO
  // It would fetch a missing list from wherever the peer's certificate says, and everybody would wait.
  if (r == WOLFSSL_SUCCESS) r = wolfSSL_CertManagerSetCRL_IOCb(manager, nullptr);
#endif
  for (std::string_view block : sdk::tls::PemBlocks(settings.crl.bytes, "X509 CRL", &broken)) {
    if (r != WOLFSSL_SUCCESS) break;
    r = wolfSSL_CertManagerLoadCRLBuffer(manager, reinterpret_cast<const unsigned char*>(block.data()),
                                         static_cast<long>(block.size()), WOLFSSL_FILETYPE_PEM);
  }
  if (r != WOLFSSL_SUCCESS) return FailSetting(err, sdk::tls::kCrlSetting, "the library refuses the lists", r);
  DrainErrors();
#else
  (void)ctx;
#endif
  return KW_OK;
}

bool PassesLists(Connection* c, WOLFSSL_X509_STORE_CTX* store) {
  const RevocationLists& lists = c->context->revoked;
  if (lists.empty() || store->certs == nullptr) return true;
  Standing worst = Standing::kGood;
  try {
    for (int i = 0; i < store->totalCerts && worst != Standing::kRevoked; ++i) {
      Standing one = lists.JudgeDer(View(store->certs[i].buffer, static_cast<int>(store->certs[i].length)), Now());
      if (one == Standing::kRevoked || worst == Standing::kGood) worst = one;
    }
  } catch (...) {
    worst = Standing::kNoList;  // out of memory; no exception may pass through the library
  }
  Note(c, worst);
  return worst == Standing::kGood;
}

bool PassesLists(const Context& context, const ClientChain& chain) {
  for (size_t i = 0; i < chain.size(); ++i) {
    if (context.revoked.JudgeDer(chain.cert(i), Now()) != Standing::kGood) return false;
  }
  return true;
}

int32_t Recheck(kw_conn* conn, kw_context* ctx, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    const RevocationLists& lists = Context::Of(ctx)->revoked;
    if (!c->established || lists.empty()) return KW_OK;
    bool revoked = false;
    for (size_t i = 0; c->resumed_as != nullptr && i < c->resumed_as->size() && !revoked; ++i) {
      revoked = IsRevoked(lists, c->resumed_as->cert(i));
    }
    X509Ptr leaf(wolfSSL_get_peer_certificate(c->ssl.get()));
    if (leaf && !revoked) {
      int len = 0;
      const unsigned char* der = wolfSSL_X509_get_der(leaf.get(), &len);
      revoked = der != nullptr && IsRevoked(lists, View(der, len));
    }
#ifdef SESSION_CERTS
    WOLFSSL_X509_CHAIN* chain = wolfSSL_get_peer_chain(c->ssl.get());
    for (int i = 0; chain != nullptr && i < wolfSSL_get_chain_count(chain) && !revoked; ++i) {
      revoked = IsRevoked(lists, View(wolfSSL_get_chain_cert(chain, i), wolfSSL_get_chain_length(chain, i)));
    }
#endif
    DrainErrors();
    if (!revoked) return KW_OK;
    return Fail(err, KW_E_AUTH, KW_REASON_CERT_REVOKED, nullptr, "the certificate of %s has been revoked",
                c->is_server ? "the client" : "the server");
  });
}

}  // namespace keyway::tls_wolfssl
