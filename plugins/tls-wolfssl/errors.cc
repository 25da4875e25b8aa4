#include "errors.h"

#include "keyway/error.hpp"
#include "keyway/tls/alert.hpp"

namespace keyway::tls_wolfssl {

using sdk::Fail;

void DrainErrors() noexcept { wolfSSL_ERR_clear_error(); }

std::string ErrorText(int number) {
  char text[WOLFSSL_MAX_ERROR_SZ];
  wolfSSL_ERR_error_string_n(static_cast<unsigned long>(number), text, sizeof text);
  return text;
}

uint32_t ReasonOfVerify(int number) {
  switch (number) {
    case 0:
      return KW_REASON_NONE;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
      return KW_REASON_CERT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
      return KW_REASON_CERT_NOT_YET_VALID;
    case X509_V_ERR_CERT_REVOKED:
      return KW_REASON_CERT_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return KW_REASON_CERT_UNTRUSTED;
    default: {
      uint32_t reason = CertReason(number);
      return reason != KW_REASON_NONE ? reason : KW_REASON_CERT_OTHER;
    }
  }
}

uint32_t CertReason(int number) {
  switch (number) {
    case NO_PEER_CERT:
      return KW_REASON_CERT_MISSING;
    case ASN_AFTER_DATE_E:
      return KW_REASON_CERT_EXPIRED;
    case ASN_BEFORE_DATE_E:
      return KW_REASON_CERT_NOT_YET_VALID;
    case CRL_CERT_REVOKED:
    case OCSP_CERT_REVOKED:
      return KW_REASON_CERT_REVOKED;
    case ASN_NO_SIGNER_E:
    case ASN_SELF_SIGNED_E:
    case ASN_SIG_CONFIRM_E:
      return KW_REASON_CERT_UNTRUSTED;
    case DOMAIN_NAME_MISMATCH:
    case IPADDR_MISMATCH:
      return KW_REASON_CERT_NAME;
    case VERIFY_CERT_ERROR:
    case EXTKEYUSE_AUTH_E:
    case KEYUSE_SIGNATURE_E:
    case KEYUSE_ENCIPHER_E:
    case ASN_PATHLEN_SIZE_E:
    case ASN_PATHLEN_INV_E:
    case ASN_NAME_INVALID_E:
    case ASN_CRIT_EXT_E:
    case ASN_PARSE_E:
    case RSA_KEY_SIZE_E:
    case ECC_KEY_SIZE_E:
    case MAX_CHAIN_ERROR:
      return KW_REASON_CERT_OTHER;
    default:
      return KW_REASON_NONE;
  }
}

int32_t FailSetting(kw_error* err, const char* setting, const std::string& what, int number) {
  DrainErrors();
  std::string words = number < 0 ? ": " + ErrorText(number) : "";
  Fail(err, KW_E_CONFIG, KW_REASON_NONE, setting, "%s%s", what.c_str(), words.c_str());
  sdk::SetLibCode(err, number < 0 ? number : 0);
  return KW_E_CONFIG;
}

namespace {

const char* CertWords(uint32_t reason) {
  switch (reason) {
    case KW_REASON_CERT_UNTRUSTED:
      return "no trusted authority has issued it";
    case KW_REASON_CERT_EXPIRED:
      return "certificate has expired";
    case KW_REASON_CERT_NOT_YET_VALID:
      return "certificate is not yet valid";
    case KW_REASON_CERT_REVOKED:
      return "certificate revoked";
    case KW_REASON_CERT_NAME:
      return "it is for another name";
    default:
      return "unsuitable certificate";
  }
}

uint32_t ReasonOfError(int number) {
  switch (number) {
    case VERSION_ERROR:
      return KW_REASON_VERSION;
    case MATCH_SUITE_ERROR:
    case UNSUPPORTED_SUITE:
    case ECC_CURVE_ERROR:
    case BAD_KEY_SHARE_DATA:
    case INVALID_PARAMETER:
      return KW_REASON_CIPHER;
    case UNKNOWN_RECORD_TYPE:
      return KW_REASON_NOT_THIS_PROTOCOL;
    default:
      return KW_REASON_DECODE;
  }
}

// The alert that the peer ended the connection with, or -1.
int PeerAlert(WOLFSSL* ssl) {
  WOLFSSL_ALERT_HISTORY history;
  if (wolfSSL_get_alert_history(ssl, &history) != WOLFSSL_SUCCESS) return -1;
  return history.last_rx.level == alert_fatal ? history.last_rx.code : -1;
}

}  // namespace

int32_t FailConnection(WOLFSSL* ssl, int number, uint32_t cert_reason, int plain_alert, bool is_server, kw_error* err) {
  DrainErrors();
  const char* peer = is_server ? "the client" : "the server";
  int alert = plain_alert >= 0 ? plain_alert : PeerAlert(ssl);
  int32_t result;
  if (alert >= 0) {
    result = Fail(err, KW_E_PEER, KW_REASON_PEER_ALERT, nullptr, "%s refused with alert %d (%s)", peer, alert,
                  sdk::tls::AlertName(alert));
    sdk::SetLibCode(err, alert);
    return result;
  }
  if (cert_reason == KW_REASON_NONE) cert_reason = CertReason(number);
  if (cert_reason == KW_REASON_CERT_MISSING) {
    result = Fail(err, KW_E_AUTH, cert_reason, nullptr, "%s showed no certificate", peer);
  } else if (cert_reason != KW_REASON_NONE) {
    std::string words = cert_reason == KW_REASON_CERT_OTHER ? ErrorText(number) : CertWords(cert_reason);
    result =
        Fail(err, KW_E_AUTH, cert_reason, nullptr, "the certificate of %s was not accepted: %s", peer, words.c_str());
  } else if (number == MEMORY_E) {
    result = Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
  } else {
    result = Fail(err, KW_E_PROTO, ReasonOfError(number), nullptr, "TLS with %s failed: %s", peer,
                  ErrorText(number).c_str());
  }
  sdk::SetLibCode(err, number);
  return result;
}

}  // namespace keyway::tls_wolfssl
