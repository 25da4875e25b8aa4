// Turns the pieces of one writev into as few records as TLS allows: each but the last carries 16 KB.
#pragma once

#include <cstring>

#include "keyway/error.hpp"

namespace keyway::sdk::tls {

inline constexpr size_t kRecordSize = 16384;

// The sum of the pieces, or KW_WRITEV_MAX + 1 when they are more than one call may carry.
inline uint64_t TotalSize(const kw_bytes* pieces, uint32_t count) noexcept {
  uint64_t total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (pieces[i].len > KW_WRITEV_MAX - total) return KW_WRITEV_MAX + 1;
    total += pieces[i].len;
  }
  return total;
}

// Calls write(data, len) -> result for each record. Small pieces are gathered; stretches that fill a record are sealed from where
// they lie. Stops at the first result that is not KW_OK and returns it.
template <class Write>
int32_t WriteRecords(const kw_bytes* pieces, uint32_t count, Write write) {
  if (count == 1 && pieces[0].len <= kRecordSize)
    return pieces[0].len == 0 ? KW_OK : write(pieces[0].data, pieces[0].len);
  unsigned char gathered[kRecordSize];
  size_t used = 0;
  for (uint32_t i = 0; i < count; ++i) {
    auto* data = static_cast<const unsigned char*>(pieces[i].data);
    size_t len = pieces[i].len;
    while (len > 0) {
      if (used == 0 && len >= kRecordSize) {
        if (int32_t r = write(data, kRecordSize); r != KW_OK) return r;
        data += kRecordSize;
        len -= kRecordSize;
        continue;
      }
      size_t part = len < kRecordSize - used ? len : kRecordSize - used;
      std::memcpy(gathered + used, data, part);
      used += part;
      data += part;
      len -= part;
      if (used < kRecordSize) continue;
      used = 0;
      if (int32_t r = write(gathered, kRecordSize); r != KW_OK) return r;
    }
  }
  return used > 0 ? write(gathered, used) : KW_OK;
}

}  // namespace keyway::sdk::tls
