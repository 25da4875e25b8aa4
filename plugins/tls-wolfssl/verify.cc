#include "verify.h"

#include "certificate.h"
#include "connection.h"
#include "errors.h"
#include "revocation.h"

namespace keyway::tls_wolfssl {

namespace {

// For the ticket that may follow. Without memory it will be one that opens nothing.
void KeepChain(Connection* c, const WOLFSSL_X509_STORE_CTX& store) {
  const std::shared_ptr<TicketHolders>& holders = c->context->tickets.holders;
  if (!c->is_server || holders == nullptr) return;
  try {
    c->shown = ClientChain::Of(store, holders->host());
  } catch (...) {
    c->shown.reset();  // no exception may pass through the library
  }
}

// Whether the library may have said no because of its own look at the lists, which comes before ours.
bool IsAboutLists(int error) {
  switch (error) {
    case CRL_CERT_REVOKED:
    case CRL_MISSING:
    case CRL_CERT_DATE_ERR:
    case ASN_CRL_NO_SIGNER_E:
    case ASN_AFTER_DATE_E:
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_CERT_REVOKED:
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return true;
    default:
      return false;
  }
}

}  // namespace

int VerifyPeer(int chain_ok, WOLFSSL_X509_STORE_CTX* store) {
  auto* c = static_cast<Connection*>(store->userCtx);
  if (c == nullptr) return 0;
  if (chain_ok != 1) {
    if (IsAboutLists(store->error) && !PassesLists(c, store)) return 0;
    if (c->cert_reason == KW_REASON_NONE) c->cert_reason = ReasonOfVerify(store->error);
    return 0;
  }
  if (store->error_depth != 0) return 1;
  if (!PassesLists(c, store)) return 0;
  // A client that shows no certificate is asked about as well.
  c->verified = store->certs != nullptr && store->totalCerts > 0;
  KeepChain(c, *store);
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
