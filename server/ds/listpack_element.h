// The bytes of a listpack (listpack.h has the layout) for those who write them: Listpack, QuicklistNode at its ends, and the
// readers. Nobody else includes this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "server/base/check.h"
#include "server/base/number.h"
#include "server/ds/listpack.h"

namespace keyway::ds::listpack {

inline constexpr uint8_t kEnd = 0xff;
inline constexpr uint32_t kUnknownCount = 0xffff;
inline constexpr uint8_t kString12 = 0xe0, kString6 = 0x80, kInteger13 = 0xc0;
inline constexpr uint8_t kString32 = 0xf0, kInteger16 = 0xf1, kInteger24 = 0xf2, kInteger32 = 0xf3, kInteger64 = 0xf4;

// How many bytes the backward length of an element of `length` bytes takes. The limits are one less than seven bits a byte
// would allow: the format has it so.
inline uint32_t BackLengthBytes(size_t length) {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

// Most significant bits first; every byte but the first is marked, so that a reader from behind finds the start.
inline void WriteBackLength(uint8_t* out, size_t length, uint32_t bytes) {
  for (uint32_t i = bytes; i-- > 0; length >>= 7) {
    out[i] = static_cast<uint8_t>((length & 127) | (i > 0 ? 128 : 0));
  }
}

// Reads the backward length that ends just before `end`; at most five bytes, none before `limit`. SIZE_MAX: there is none.
inline size_t ReadBackLength(const uint8_t* end, const uint8_t* limit) {
  size_t length = 0;
  for (int shift = 0; shift <= 28 && end > limit; shift += 7) {
    const uint8_t byte = *--end;
    length |= static_cast<size_t>(byte & 127) << shift;
    if ((byte & 128) == 0) return length;
  }
  return SIZE_MAX;
}

inline uint64_t ReadLittle(const uint8_t* from, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;) value = value << 8 | from[i];
  return value;
}

inline void WriteLittle(uint8_t* to, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8) to[i] = static_cast<uint8_t>(value);
}

inline int64_t SignExtend(uint64_t value, int bits) {
  return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits);
}

inline uint32_t StoredCount(const uint8_t* data) { return data[4] | uint32_t{data[5]} << 8; }
inline void StoreCount(uint8_t* data, size_t count) {
  WriteLittle(data + 4, count < kUnknownCount ? count : kUnknownCount, 2);
}
inline void StoreBytes(uint8_t* data, size_t bytes) { WriteLittle(data, bytes, 4); }
// A count that the header cannot hold stays unknown.
inline void ChangeCount(uint8_t* data, int64_t change) {
  const uint32_t stored = StoredCount(data);
  if (stored != kUnknownCount) StoreCount(data, static_cast<size_t>(stored + change));
}

// Bytes of an integer by the first byte of its encoding, that byte included; 0: it is no integer of whole bytes.
inline uint32_t IntegerBytes(uint8_t first) {
  switch (first) {
    case kInteger16:
      return 3;
    case kInteger24:
      return 4;
    case kInteger32:
      return 5;
    case kInteger64:
      return 9;
    default:
      return 0;
  }
}

// Bytes of encoding and data, without the backward length. Requires a valid first byte.
inline size_t BodyBytes(const uint8_t* at) {
  const uint8_t first = at[0];
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 2 + (size_t{first & 0x0fu} << 8 | at[1]);
  if (first == kString32) return 5 + ReadLittle(at + 1, 4);
  return IntegerBytes(first);
}

// An element as it will be written: the encoding (with the data of an integer), the text, the backward length.
struct Element {
  explicit Element(std::string_view value) {
    if (value.size() <= kMaxIntegerLength) {
      if (const auto integer = ParseInt64(value)) {
        EncodeInteger(*integer);
        return;
      }
    }
    text = value;
    if (value.size() < 64) {
      head[0] = static_cast<uint8_t>(kString6 | value.size()), head_bytes = 1;
    } else if (value.size() < 4096) {
      head[0] = static_cast<uint8_t>(kString12 | value.size() >> 8), head[1] = static_cast<uint8_t>(value.size());
      head_bytes = 2;
    } else {
      KW_CHECK(value.size() <= kMaxListpackBytes);
      head[0] = kString32, WriteLittle(head + 1, value.size(), 4), head_bytes = 5;
    }
    back_bytes = BackLengthBytes(body_bytes());
  }
  explicit Element(int64_t integer) { EncodeInteger(integer); }

  void EncodeInteger(int64_t v) {
    const auto bits = static_cast<uint64_t>(v);
    if (v >= 0 && v <= 127) {
      head[0] = static_cast<uint8_t>(v), head_bytes = 1;
    } else if (v >= -4096 && v <= 4095) {
      head[0] = static_cast<uint8_t>(kInteger13 | (bits >> 8 & 0x1f)), head[1] = static_cast<uint8_t>(bits);
      head_bytes = 2;
    } else {
      head[0] = v >= INT16_MIN && v <= INT16_MAX   ? kInteger16
                : v >= -(1 << 23) && v < (1 << 23) ? kInteger24
                : v >= INT32_MIN && v <= INT32_MAX ? kInteger32
                                                   : kInteger64;
      head_bytes = IntegerBytes(head[0]);
      WriteLittle(head + 1, bits, head_bytes - 1);
    }
    back_bytes = 1;
  }

  size_t body_bytes() const { return head_bytes + text.size(); }
  size_t bytes() const { return body_bytes() + back_bytes; }

  // Returns where it ended.
  uint8_t* Write(uint8_t* out) const {
    std::memcpy(out, head, head_bytes);
    out += head_bytes;
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    out += text.size();
    WriteBackLength(out, body_bytes(), back_bytes);
    return out + back_bytes;
  }

  uint8_t head[9];
  uint32_t head_bytes;
  uint32_t back_bytes;
  std::string_view text;  // empty for integers
};

}  // namespace keyway::ds::listpack
