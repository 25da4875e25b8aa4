// Keys of session tickets: reading the host's secrets, and deriving from each the keys of one backend and one policy.
//
//   setting  tls-session-ticket-keys = line *( newline line )
//   line     role " " id " " hex        role: previous | current | next; id: 1 to 32 bytes; hex: 24 to 64 bytes of secret
//
//   PRK  = HMAC(label, secret)                                                       (HKDF with SHA-256, RFC 5869)
//   keys = expand(PRK, id ‖ plug-in id ‖ library version ‖ policy) → name[16] ‖ cipher key[32] ‖ mac key[32]
//
// The policy text holds digests of whatever decides who gets in (certificate, CAs, mode of client authentication), so a
// ticket of one context is noise to any context that would have decided otherwise, and to any other backend.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/error.hpp"

namespace keyway::sdk::tls {

struct TicketKey {
  unsigned char name[16];
  unsigned char cipher[32];
  unsigned char mac[32];
  ~TicketKey() { Wipe(this, sizeof *this); }
};

struct TicketSecret {
  std::string id;
  Secret secret;
  bool current = false;
};

namespace internal {

inline int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Digits in pairs; false when any other byte is among them, or a half of a pair.
inline bool ReadHex(std::string_view hex, Secret* out) {
  if (hex.size() % 2 != 0) return false;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    int high = HexDigit(hex[i]), low = HexDigit(hex[i + 1]);
    if (high < 0 || low < 0) {
      Wipe(bytes.data(), bytes.size());
      return false;
    }
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  *out = Secret(std::move(bytes));
  return true;
}

inline int32_t BadTicketLine(size_t number, const char* why, kw_error* err) {
  return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-session-ticket-keys", "line %zu: %s", number, why);
}

inline int32_t ReadTicketLine(std::string_view line, size_t number, TicketSecret* out, kw_error* err) {
  size_t first = line.find(' ');
  size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return BadTicketLine(number, "a role, an id and a secret are needed", err);
  std::string_view role = line.substr(0, first), id = line.substr(first + 1, second - first - 1),
                   hex = line.substr(second + 1);
  if (role != "previous" && role != "current" && role != "next") {
    return BadTicketLine(number, "the role is previous, current or next", err);
  }
  if (id.empty() || id.size() > 32) return BadTicketLine(number, "an id has 1 to 32 bytes", err);
  if (hex.size() % 2 != 0 || hex.size() < 48 || hex.size() > 128) {
    return BadTicketLine(number, "a secret has 24 to 64 bytes, in hexadecimal", err);
  }
  if (!ReadHex(hex, &out->secret)) return BadTicketLine(number, "a secret is written in hexadecimal digits", err);
  out->id = std::string(id);
  out->current = role == "current";
  return KW_OK;
}

}  // namespace internal

// Reads the setting; an empty text gives an empty list. The current secret comes first.
inline int32_t ParseTicketSecrets(std::string_view text, std::vector<TicketSecret>* out, kw_error* err) {
  size_t pos = 0, number = 0, currents = 0;
  while (pos < text.size()) {
    size_t end = std::min(text.find('\n', pos), text.size());
    std::string_view line = text.substr(pos, end - pos);
    pos = end + 1;
    ++number;
    if (line.empty()) continue;
    TicketSecret secret;
    if (int32_t r = internal::ReadTicketLine(line, number, &secret, err); r != KW_OK) return r;
    currents += secret.current ? 1 : 0;
    out->insert(secret.current ? out->begin() : out->end(), std::move(secret));
    if (out->size() > 16) return internal::BadTicketLine(number, "at most 16 secrets", err);
  }
  if (!out->empty() && currents != 1) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-session-ticket-keys", "one secret has to be the current one");
  }
  return KW_OK;
}

// Derives one key. hmac(key, key_len, data, data_len, out32) is the backend's HMAC-SHA256; false when it fails.
template <class Hmac>
bool DeriveTicketKey(const TicketSecret& secret, std::string_view plugin_id, std::string_view library_version,
                     std::string_view policy, Hmac hmac, TicketKey* out) {
  static constexpr char kLabel[] = "keyway session tickets 1";
  std::string info;
  for (std::string_view part : {std::string_view(secret.id), plugin_id, library_version, policy}) {
    info += std::to_string(part.size());
    info += ':';
    info += part;
  }
  unsigned char prk[32];
  unsigned char okm[96];
  if (!hmac(kLabel, sizeof kLabel - 1, secret.secret.bytes(), secret.secret.size(), prk)) return false;
  std::string block;
  bool ok = true;
  for (unsigned i = 0; i < 3 && ok; ++i) {
    std::string input = block + info + static_cast<char>(i + 1);
    ok = hmac(reinterpret_cast<const char*>(prk), sizeof prk, reinterpret_cast<const unsigned char*>(input.data()),
              input.size(), okm + 32 * i);
    block.assign(reinterpret_cast<const char*>(okm + 32 * i), 32);
    Wipe(input.data(), input.size());
  }
  std::memcpy(out->name, okm, sizeof out->name);
  std::memcpy(out->cipher, okm + 16, sizeof out->cipher);
  std::memcpy(out->mac, okm + 48, sizeof out->mac);
  Wipe(prk, sizeof prk);
  Wipe(okm, sizeof okm);
  Wipe(block.data(), block.size());
  return ok;
}

}  // namespace keyway::sdk::tls
