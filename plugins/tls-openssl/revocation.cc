#include "revocation.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <string>

#include "connection.h"
#include "keyway/error.hpp"
#include "keyway/tls/crl_file.hpp"

namespace keyway::tls_openssl {

using sdk::Fail;
using sdk::tls::RevocationLists;
using sdk::tls::Standing;

namespace {

using CrlPtr = std::unique_ptr<X509_CRL, Freer<X509_CRL_free>>;

int64_t Now() { return static_cast<int64_t>(time(nullptr)); }

// Null, or why no authority of the store stands for the list.
const char* WhyUnsigned(std::string_view der, X509_STORE* cas) {
  auto* at = reinterpret_cast<const unsigned char*>(der.data());
  CrlPtr crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (!crl) return "is broken";
  const char* why = "is of no authority in tls-ca-cert-file and tls-ca-cert-dir";
  STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(cas);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    X509* ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (ca == nullptr || X509_NAME_cmp(X509_get_subject_name(ca), X509_CRL_get_issuer(crl.get())) != 0) continue;
    if ((X509_get_key_usage(ca) & KU_CRL_SIGN) == 0) {
      why = "is of an authority that may not sign lists";
    } else if (X509_CRL_verify(crl.get(), X509_get0_pubkey(ca)) == 1) {
      return nullptr;
    } else {
      why = "is not signed by the authority that it names";
    }
  }
  return why;
}

long ErrorOf(Standing standing) {
  switch (standing) {
    case Standing::kGood:
      return X509_V_OK;
    case Standing::kRevoked:
      return X509_V_ERR_CERT_REVOKED;
    case Standing::kNoList:
      return X509_V_ERR_UNABLE_TO_GET_CRL;
    case Standing::kListExpired:
      return X509_V_ERR_CRL_HAS_EXPIRED;
  }
  return X509_V_ERR_UNSPECIFIED;
}

}  // namespace

int32_t LoadCrls(const sdk::tls::TlsSettings& settings, bool keep_expired, X509_STORE* cas, RevocationLists* out,
                 kw_error* err) {
  auto verify = [cas](const sdk::tls::Crl&, std::string_view der) { return WhyUnsigned(der, cas); };
  int32_t result = sdk::tls::ReadCrlFile(settings.crl, keep_expired, verify, out, err);
  ERR_clear_error();
  return result;
}

Standing StandingOf(const RevocationLists& lists, const X509* cert) {
  if (lists.empty()) return Standing::kGood;
  unsigned char* der = nullptr;
  int len = i2d_X509(cert, &der);
  if (len < 0) return Standing::kNoList;
  std::unique_ptr<unsigned char, void (*)(unsigned char*)> owned(der, [](unsigned char* p) { OPENSSL_free(p); });
  return lists.JudgeDer({reinterpret_cast<const char*>(der), static_cast<size_t>(len)}, Now());
}

bool PassesLists(Connection* conn, X509_STORE_CTX* store) {
  Standing standing = Standing::kNoList;
  try {
    standing = StandingOf(conn->context->revoked, X509_STORE_CTX_get_current_cert(store));
  } catch (...) {  // out of memory; no exception may pass through the library
  }
  if (standing == Standing::kGood) return true;
  conn->verify_error = ErrorOf(standing);
  X509_STORE_CTX_set_error(store, static_cast<int>(conn->verify_error));
  return false;
}

int VerifyClient(int chain_ok, X509_STORE_CTX* store) {
  if (chain_ok != 1) return 0;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  return PassesLists(static_cast<Connection*>(SSL_get_app_data(ssl)), store) ? 1 : 0;
}

int32_t Recheck(kw_conn* conn, kw_context* ctx, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    const RevocationLists& lists = Context::Of(ctx)->revoked;
    const X509* leaf = c->established && !lists.empty() ? SSL_get0_peer_certificate(c->ssl.get()) : nullptr;
    if (leaf == nullptr) return KW_OK;
    bool revoked = StandingOf(lists, leaf) == Standing::kRevoked;
    STACK_OF(X509)* chain = SSL_get_peer_cert_chain(c->ssl.get());
    for (int i = 0; i < sk_X509_num(chain) && !revoked; ++i) {
      revoked = StandingOf(lists, sk_X509_value(chain, i)) == Standing::kRevoked;
    }
    ERR_clear_error();
    if (!revoked) return KW_OK;
    return Fail(err, KW_E_AUTH, KW_REASON_CERT_REVOKED, nullptr, "the certificate of %s has been revoked",
                c->is_server ? "the client" : "the server");
  });
}

}  // namespace keyway::tls_openssl
