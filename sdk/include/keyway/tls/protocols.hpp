// Names of TLS versions, as users write them in tls-protocols ("TLSv1.2 TLSv1.3"), and their numbers on the wire.
#pragma once

#include <strings.h>

#include <string>
#include <string_view>

#include "keyway/error.hpp"

namespace keyway::sdk::tls {

inline constexpr uint32_t kTls10 = 1u << 0;
inline constexpr uint32_t kTls11 = 1u << 1;
inline constexpr uint32_t kTls12 = 1u << 2;
inline constexpr uint32_t kTls13 = 1u << 3;
inline constexpr uint32_t kDefaultProtocols = kTls12 | kTls13;

struct ProtocolName {
  uint32_t bit;
  uint16_t wire;
  const char* name;
};
inline constexpr ProtocolName kProtocolNames[] = {
    {kTls10, 0x0301, "TLSv1"}, {kTls11, 0x0302, "TLSv1.1"}, {kTls12, 0x0303, "TLSv1.2"}, {kTls13, 0x0304, "TLSv1.3"}};

// Reads a list of names separated by blanks, in any case of letters; an empty list means the default.
inline int32_t ParseProtocols(std::string_view text, uint32_t* out, kw_error* err) {
  uint32_t bits = 0;
  size_t pos = 0;
  while (pos < text.size()) {
    size_t end = text.find_first_of(" \t", pos);
    if (end == std::string_view::npos) end = text.size();
    std::string word(text.substr(pos, end - pos));
    pos = end + 1;
    if (word.empty()) continue;
    uint32_t bit = 0;
    for (const ProtocolName& p : kProtocolNames) {
      if (strcasecmp(word.c_str(), p.name) == 0) bit = p.bit;
    }
    if (bit == 0) {
      return Fail(err, KW_E_CONFIG, KW_REASON_VERSION, "tls-protocols",
                  "unknown protocol '%.40s': use TLSv1.2, TLSv1.3 (and TLSv1, TLSv1.1 where the library has them)",
                  word.c_str());
    }
    bits |= bit;
  }
  *out = bits != 0 ? bits : kDefaultProtocols;
  return KW_OK;
}

inline uint16_t LowestWireVersion(uint32_t bits) {
  for (const ProtocolName& p : kProtocolNames) {
    if ((bits & p.bit) != 0) return p.wire;
  }
  return 0;
}

inline uint16_t HighestWireVersion(uint32_t bits) {
  uint16_t wire = 0;
  for (const ProtocolName& p : kProtocolNames) {
    if ((bits & p.bit) != 0) wire = p.wire;
  }
  return wire;
}

}  // namespace keyway::sdk::tls
