#include "server/net/abi_error.h"

#include <fmt/core.h>

namespace keyway::net {

std::string Readable(const char* text, size_t capacity) {
  std::string out(text, strnlen(text, capacity));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

std::string ErrorText(int32_t result, const kw_error& error) {
  std::string setting = Readable(error.setting, sizeof error.setting);
  std::string text = Readable(error.text, sizeof error.text);
  if (text.empty()) text = result == KW_E_NOMEM ? "out of memory" : fmt::format("{}", ResultName(result));
  return setting.empty() ? text : setting + ": " + text;
}

std::string_view ReasonName(uint32_t reason) {
  switch (reason) {
    case KW_REASON_NONE:
      return "none";
    case KW_REASON_NOT_THIS_PROTOCOL:
      return "not_this_protocol";
    case KW_REASON_VERSION:
      return "version";
    case KW_REASON_CIPHER:
      return "cipher";
    case KW_REASON_CERT_MISSING:
      return "cert_missing";
    case KW_REASON_CERT_UNTRUSTED:
      return "cert_untrusted";
    case KW_REASON_CERT_EXPIRED:
      return "cert_expired";
    case KW_REASON_CERT_NOT_YET_VALID:
      return "cert_not_yet_valid";
    case KW_REASON_CERT_REVOKED:
      return "cert_revoked";
    case KW_REASON_CERT_NAME:
      return "cert_name";
    case KW_REASON_CERT_OTHER:
      return "cert_other";
    case KW_REASON_PEER_ALERT:
      return "peer_alert";
    case KW_REASON_DECODE:
      return "decode";
    case KW_REASON_ADDRESS:
      return "address";
    case KW_REASON_ADDRESS_IN_USE:
      return "address_in_use";
    case KW_REASON_REFUSED:
      return "refused";
    default:
      return "other";
  }
}

std::string_view ResultName(int32_t result) {
  switch (result) {
    case KW_OK:
      return "KW_OK";
    case KW_WANT_READ:
      return "KW_WANT_READ";
    case KW_WANT_WRITE:
      return "KW_WANT_WRITE";
    case KW_WANT_WAKE:
      return "KW_WANT_WAKE";
    case KW_EOF:
      return "KW_EOF";
    case KW_TRUNCATED:
      return "KW_TRUNCATED";
    case KW_RESET:
      return "KW_RESET";
    case KW_E_CONFIG:
      return "KW_E_CONFIG";
    case KW_E_AUTH:
      return "KW_E_AUTH";
    case KW_E_PROTO:
      return "KW_E_PROTO";
    case KW_E_PEER:
      return "KW_E_PEER";
    case KW_E_NOMEM:
      return "KW_E_NOMEM";
    case KW_E_UNSUPPORTED:
      return "KW_E_UNSUPPORTED";
    case KW_E_INTERNAL:
      return "KW_E_INTERNAL";
    default:
      return "unknown result";
  }
}

}  // namespace keyway::net
