#include "errors.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

#include "keyway/error.hpp"
#include "keyway/tls/alert.hpp"

namespace keyway::tls_openssl {

using sdk::Fail;

uint32_t ReasonOfVerify(long verify_error) {
  switch (verify_error) {
    case X509_V_OK:
      return KW_REASON_NONE;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return KW_REASON_CERT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return KW_REASON_CERT_NOT_YET_VALID;
    case X509_V_ERR_CERT_REVOKED:
      return KW_REASON_CERT_REVOKED;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
    case X509_V_ERR_EMAIL_MISMATCH:
      return KW_REASON_CERT_NAME;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return KW_REASON_CERT_UNTRUSTED;
    default:
      return KW_REASON_CERT_OTHER;
  }
}

std::string TakeError(unsigned long* code) {
  unsigned long first = ERR_get_error();
  ERR_clear_error();
  if (code != nullptr) *code = first;
  if (first == 0) return {};
  const char* reason = ERR_reason_error_string(first);
  if (reason != nullptr) return reason;
  char text[160];
  ERR_error_string_n(first, text, sizeof text);
  return text;
}

int32_t FailSetting(kw_error* err, const char* setting, const std::string& what) {
  unsigned long code = 0;
  std::string words = TakeError(&code);
  Fail(err, KW_E_CONFIG, KW_REASON_NONE, setting, "%s%s%s", what.c_str(), words.empty() ? "" : ": ", words.c_str());
  sdk::SetLibCode(err, static_cast<int32_t>(ERR_GET_REASON(code)));
  return KW_E_CONFIG;
}

namespace {

uint32_t ReasonOfError(int reason) {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL:
      return KW_REASON_NOT_THIS_PROTOCOL;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_INAPPROPRIATE_FALLBACK:
      return KW_REASON_VERSION;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_CIPHERS_SPECIFIED:
    case SSL_R_WRONG_CIPHER_RETURNED:
      return KW_REASON_CIPHER;
    default:
      return KW_REASON_DECODE;
  }
}

}  // namespace

int32_t FailConnection(SSL* ssl, long verify_error, bool is_server, kw_error* err) {
  unsigned long code = 0;
  std::string words = TakeError(&code);
  int reason = ERR_GET_REASON(code);
  const char* peer = is_server ? "the client" : "the server";
  int32_t result;
  if (reason >= SSL_AD_REASON_OFFSET && ERR_GET_LIB(code) == ERR_LIB_SSL) {
    int alert = reason - SSL_AD_REASON_OFFSET;
    result = Fail(err, KW_E_PEER, KW_REASON_PEER_ALERT, nullptr, "%s refused with alert %d (%s)", peer, alert,
                  sdk::tls::AlertName(alert));
    sdk::SetLibCode(err, alert);
    return result;
  }
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    result = Fail(err, KW_E_AUTH, KW_REASON_CERT_MISSING, nullptr, "%s showed no certificate", peer);
  } else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    long found = verify_error != X509_V_OK ? verify_error : SSL_get_verify_result(ssl);
    result = Fail(err, KW_E_AUTH, ReasonOfVerify(found), nullptr, "the certificate of %s was not accepted: %s", peer,
                  X509_verify_cert_error_string(found));
    sdk::SetLibCode(err, static_cast<int32_t>(found));
    return result;
  } else if (reason == ERR_R_MALLOC_FAILURE) {
    result = Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
  } else if (code == 0) {
    result = Fail(err, KW_E_PROTO, KW_REASON_DECODE, nullptr, "the TLS connection is broken");
  } else {
    result = Fail(err, KW_E_PROTO, ReasonOfError(reason), nullptr, "TLS with %s failed: %s", peer, words.c_str());
  }
  sdk::SetLibCode(err, reason);
  return result;
}

}  // namespace keyway::tls_openssl
