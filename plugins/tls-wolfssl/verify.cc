#include "verify.h"

#include "certificate.h"
#include "connection.h"
#include "errors.h"

namespace keyway::tls_wolfssl {

int VerifyPeer(int chain_ok, WOLFSSL_X509_STORE_CTX* store) {
  auto* c = static_cast<Connection*>(store->userCtx);
  if (c == nullptr) return 0;
  if (chain_ok != 1) {
    if (c->cert_reason == KW_REASON_NONE) c->cert_reason = ReasonOfVerify(store->error);
    return 0;
  }
  if (store->error_depth != 0) return 1;
  c->verified = true;
  if (c->is_server || !c->expected.checks_name()) return 1;
  // The certificate itself, not the library's decoded form of it, which exists in some builds only.
  try {
    X509Ptr leaf;
    if (store->certs != nullptr && store->totalCerts > 0)
      leaf = FromDer(store->certs[0].buffer, store->certs[0].length);
    c->name_matched = leaf && sdk::tls::NameMatches(NamesOf(leaf.get()), c->expected);
  } catch (...) {
    c->name_matched = false;  // out of memory; no exception may pass through the library
  }
  if (c->name_matched) return 1;
  c->verified = false;
  c->cert_reason = KW_REASON_CERT_NAME;
  return 0;
}

}  // namespace keyway::tls_wolfssl
