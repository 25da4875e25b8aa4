// TLS alerts: their numbers, names, and the one that fits a reason.
#pragma once

#include "keyway/transport.h"

namespace keyway::sdk::tls {

inline constexpr int kAlertCloseNotify = 0;
inline constexpr int kAlertHandshakeFailure = 40;
inline constexpr int kAlertBadCertificate = 42;
inline constexpr int kAlertCertificateRevoked = 44;
inline constexpr int kAlertCertificateExpired = 45;
inline constexpr int kAlertUnknownCa = 48;
inline constexpr int kAlertProtocolVersion = 70;
inline constexpr int kAlertCertificateRequired = 116;

inline const char* AlertName(int alert) {
  switch (alert) {
    case 0:
      return "close notify";
    case 10:
      return "unexpected message";
    case 20:
      return "bad record mac";
    case 22:
      return "record overflow";
    case 40:
      return "handshake failure";
    case 41:
      return "no certificate";
    case 42:
      return "bad certificate";
    case 43:
      return "unsupported certificate";
    case 44:
      return "certificate revoked";
    case 45:
      return "certificate expired";
    case 46:
      return "certificate unknown";
    case 47:
      return "illegal parameter";
    case 48:
      return "unknown CA";
    case 49:
      return "access denied";
    case 50:
      return "decode error";
    case 51:
      return "decrypt error";
    case 70:
      return "protocol version";
    case 71:
      return "insufficient security";
    case 80:
      return "internal error";
    case 86:
      return "inappropriate fallback";
    case 90:
      return "user canceled";
    case 109:
      return "missing extension";
    case 110:
      return "unsupported extension";
    case 112:
      return "unrecognized name";
    case 115:
      return "unknown PSK identity";
    case 116:
      return "certificate required";
    case 120:
      return "no application protocol";
    default:
      return "unknown alert";
  }
}

// The alert that tells a peer why its certificate was not taken.
inline int AlertForReason(uint32_t reason, bool tls13) {
  switch (reason) {
    case KW_REASON_CERT_MISSING:
      return tls13 ? kAlertCertificateRequired : kAlertHandshakeFailure;
    case KW_REASON_CERT_UNTRUSTED:
      return kAlertUnknownCa;
    case KW_REASON_CERT_EXPIRED:
    case KW_REASON_CERT_NOT_YET_VALID:
      return kAlertCertificateExpired;
    case KW_REASON_CERT_REVOKED:
      return kAlertCertificateRevoked;
    default:
      return kAlertBadCertificate;
  }
}

}  // namespace keyway::sdk::tls
