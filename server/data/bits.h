// Strings as arrays of bits and of packed integers, as SETBIT, BITCOUNT, BITOP and BITFIELD see them. Pure functions over
// bytes. [any]
//
//   bit number   0        7 8       15
//               +----------+----------+--
//               | 10000000 | 00000001 | …       bit 0 is the highest bit of byte 0
//               +----------+----------+--
//
// A field is an integer of 1 to 64 bits at any bit offset, its highest bit first. What lies behind the end of a string
// reads as zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace keyway::data {

// ---- bits ----

// Offsets behind the end are zero bits.
bool BitAt(std::string_view bytes, uint64_t offset);
// Requires offset < 8 * bytes.size(). Returns what the bit was.
bool SetBit(std::span<char> bytes, uint64_t offset, bool value);

// One-bits in all of `bytes`.
uint64_t CountBits(std::string_view bytes);
// One-bits from bit `first` to bit `last`, both included. Requires first <= last < 8 * bytes.size().
uint64_t CountBits(std::string_view bytes, uint64_t first, uint64_t last);

// The first bit of that value from bit `first` to bit `last`, both included, or -1. Requires first <= last <
// 8 * bytes.size().
int64_t FindBit(std::string_view bytes, bool value, uint64_t first, uint64_t last);

enum class BitOperation : uint8_t { kAnd, kOr, kXor, kNot };

// Fills `out` with the operation over all sources, those shorter than it continued with zeros. kNot takes the first source alone.
// Requires at least one source, none longer than `out`, and an `out` that overlaps none of them.
void CombineBits(BitOperation operation, std::span<const std::string_view> sources, std::span<char> out);

// ---- fields ----

struct FieldType {
  bool is_signed = false;
  uint8_t bits = 8;  // 1 to 64, unsigned ones to 63
};

enum class FieldOverflow : uint8_t { kWrap, kSaturate, kFail };

// The field's value; an unsigned one is never negative.
int64_t ReadField(std::string_view bytes, uint64_t offset, FieldType type);
// Writes the lowest bits of `value`. Requires offset + type.bits <= 8 * bytes.size().
void WriteField(std::span<char> bytes, uint64_t offset, FieldType type, int64_t value);

struct FieldSum {
  int64_t value = 0;
  bool overflowed = false;
};
// value + increment, brought into the type's range as `overflow` says (kFail: left at 0). Requires a `value` that the type
// can hold, as ReadField gives.
FieldSum AddToField(int64_t value, int64_t increment, FieldType type, FieldOverflow overflow);
// A number that a client gave, brought into the type's range. For an unsigned type it is taken as 64 bits without a sign.
FieldSum FitField(int64_t value, FieldType type, FieldOverflow overflow);

}  // namespace keyway::data
