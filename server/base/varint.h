// Lengths in packed memory: seven bits a byte, the lowest first, the top bit set on all but the last.
#pragma once

#include <cstddef>
#include <cstdint>

namespace keyway {

inline size_t VarintBytes(size_t value) {
  size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

// Returns what follows the number.
inline uint8_t* WriteVarint(uint8_t* to, size_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<uint8_t>(value | 0x80);
  *to = static_cast<uint8_t>(value);
  return to + 1;
}

inline const uint8_t* ReadVarint(const uint8_t* from, size_t* value) {
  if (*from < 0x80) [[likely]] {
    *value = *from;
    return from + 1;
  }
  size_t result = 0;
  int shift = 0;
  for (; *from >= 0x80; ++from, shift += 7) result |= static_cast<size_t>(*from & 0x7f) << shift;
  *value = result | static_cast<size_t>(*from) << shift;
  return from + 1;
}

}  // namespace keyway
