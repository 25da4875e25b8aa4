#include "server/net/peer_name.h"

#include <cstring>
#include <string_view>

namespace keyway::net {
namespace {

std::string Fingerprint(const kw_peer_cert& cert) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : cert.sha256) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

// Empty for null and for what is too long.
std::string_view Bounded(const char* text) {
  if (text == nullptr) return {};
  const size_t size = strnlen(text, kMaxPeerNameBytes + 1);
  return size <= kMaxPeerNameBytes ? std::string_view(text, size) : std::string_view();
}

std::string_view FirstAltName(const kw_peer_cert& cert, std::string_view kind) {
  for (uint32_t i = 0; cert.sans != nullptr && i < cert.san_count; ++i) {
    if (std::strncmp(cert.sans[i], kind.data(), kind.size()) == 0) return Bounded(cert.sans[i] + kind.size());
  }
  return {};
}

}  // namespace

PeerNames NamesOfPeer(const kw_peer_cert& cert, PeerUserField field) {
  PeerNames names;
  names.name = Bounded(cert.common_name);
  if (names.name.empty()) names.name = Bounded(cert.subject);
  if (names.name.empty()) names.name = Fingerprint(cert);
  if ((cert.flags & KW_PEER_CERT_VERIFIED) == 0) return names;
  switch (field) {
    case PeerUserField::kNone:
      break;
    case PeerUserField::kCommonName:
      names.user = Bounded(cert.common_name);
      break;
    case PeerUserField::kUri:
      names.user = FirstAltName(cert, "URI:");
      break;
    case PeerUserField::kDns:
      names.user = FirstAltName(cert, "DNS:");
      break;
    case PeerUserField::kFingerprint:
      names.user = Fingerprint(cert);
      break;
  }
  return names;
}

}  // namespace keyway::net
