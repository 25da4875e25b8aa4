#include "server/data/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "server/base/check.h"

namespace keyway::data {
namespace {

constexpr size_t kWordBytes = sizeof(uint64_t);

uint64_t LoadWord(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, kWordBytes);
  return word;
}

uint8_t ByteAt(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

// The mask of bits `first` to `last` of one byte, both from 0 to 7, counted from the highest.
uint8_t ByteMask(unsigned first, unsigned last) {
  return static_cast<uint8_t>((0xffu >> first) & (0xffu << (7 - last)));
}

// Four counters, so that the additions do not wait for each other. Inlined into both functions below, where the compiler
// makes different instructions of it.
[[gnu::always_inline]] inline uint64_t CountAligned(const char* at, size_t words) {
  uint64_t a = 0, b = 0, c = 0, d = 0;
  size_t i = 0;
  for (; i + 4 <= words; i += 4, at += 4 * kWordBytes) {
    a += static_cast<uint64_t>(__builtin_popcountll(LoadWord(at)));
    b += static_cast<uint64_t>(__builtin_popcountll(LoadWord(at + kWordBytes)));
    c += static_cast<uint64_t>(__builtin_popcountll(LoadWord(at + 2 * kWordBytes)));
    d += static_cast<uint64_t>(__builtin_popcountll(LoadWord(at + 3 * kWordBytes)));
  }
  for (; i < words; ++i, at += kWordBytes) a += static_cast<uint64_t>(__builtin_popcountll(LoadWord(at)));
  return a + b + c + d;
}

uint64_t CountPortable(const char* at, size_t words) { return CountAligned(at, words); }

#if defined(__x86_64__)
// The instruction is in every processor since 2008, but not in the instruction set that the build may assume.
[[gnu::target("popcnt")]] uint64_t CountNative(const char* at, size_t words) { return CountAligned(at, words); }

uint64_t CountWords(const char* at, size_t words) {
  static const bool native = __builtin_cpu_supports("popcnt");
  return native ? CountNative(at, words) : CountPortable(at, words);
}
#else
uint64_t CountWords(const char* at, size_t words) { return CountPortable(at, words); }
#endif

// Index of the first byte that is not all `value`'s opposite, or the size.
size_t SkipBytesWithout(std::string_view bytes, bool value) {
  const uint64_t dull = value ? 0 : ~uint64_t{0};
  size_t i = 0;
  while (i + 4 * kWordBytes <= bytes.size()) {
    const char* at = bytes.data() + i;
    const uint64_t found = (LoadWord(at) ^ dull) | (LoadWord(at + kWordBytes) ^ dull) |
                           (LoadWord(at + 2 * kWordBytes) ^ dull) | (LoadWord(at + 3 * kWordBytes) ^ dull);
    if (found != 0) break;
    i += 4 * kWordBytes;
  }
  while (i < bytes.size() && ByteAt(bytes, i) == static_cast<uint8_t>(dull)) ++i;
  return i;
}

// Position of the first bit of that value in one byte of which the mask's bits count, or 8.
unsigned FirstInByte(uint8_t byte, bool value, uint8_t mask) {
  const auto wanted = static_cast<uint8_t>((value ? byte : ~byte) & mask);
  return static_cast<unsigned>(std::countl_zero(wanted));
}

// out = operation(out, source) over one stretch of bytes: cache lines first, of which the compiler makes wide
// instructions because their size is constant.
template <class Operation>
void Fold(char* out, const char* source, size_t size, Operation operation) {
  constexpr size_t kLineWords = 8;
  size_t i = 0;
  for (; i + kLineWords * kWordBytes <= size; i += kLineWords * kWordBytes) {
    uint64_t target[kLineWords], other[kLineWords];
    std::memcpy(target, out + i, sizeof target);
    std::memcpy(other, source + i, sizeof other);
    for (size_t word = 0; word < kLineWords; ++word) target[word] = operation(target[word], other[word]);
    std::memcpy(out + i, target, sizeof target);
  }
  for (; i < size; ++i)
    out[i] = static_cast<char>(operation(static_cast<uint8_t>(out[i]), static_cast<uint8_t>(source[i])));
}

void FoldBy(BitOperation operation, char* out, const char* source, size_t size) {
  switch (operation) {
    case BitOperation::kAnd:
      return Fold(out, source, size, [](uint64_t a, uint64_t b) { return a & b; });
    case BitOperation::kOr:
      return Fold(out, source, size, [](uint64_t a, uint64_t b) { return a | b; });
    case BitOperation::kXor:
      return Fold(out, source, size, [](uint64_t a, uint64_t b) { return a ^ b; });
    case BitOperation::kNot:
      return Fold(out, source, size, [](uint64_t, uint64_t b) { return ~b; });
  }
}

// The bytes of `source` from `from` on, at most `size` of them.
std::string_view Part(std::string_view source, size_t from, size_t size) {
  return from >= source.size() ? std::string_view() : source.substr(from, size);
}

}  // namespace

// ---- bits ----

bool BitAt(std::string_view bytes, uint64_t offset) {
  const uint64_t byte = offset >> 3;
  return byte < bytes.size() && (ByteAt(bytes, byte) >> (7 - (offset & 7)) & 1);
}

bool SetBit(std::span<char> bytes, uint64_t offset, bool value) {
  KW_DCHECK(offset >> 3 < bytes.size());
  auto& byte = reinterpret_cast<uint8_t&>(bytes[offset >> 3]);
  const auto mask = static_cast<uint8_t>(0x80 >> (offset & 7));
  const bool old = byte & mask;
  byte = static_cast<uint8_t>(value ? byte | mask : byte & ~mask);
  return old;
}

uint64_t CountBits(std::string_view bytes) {
  const size_t words = bytes.size() / kWordBytes;
  uint64_t count = CountWords(bytes.data(), words);
  const std::string_view rest = bytes.substr(words * kWordBytes);
  if (!rest.empty()) {
    uint64_t word = 0;
    std::memcpy(&word, rest.data(), rest.size());
    count += static_cast<uint64_t>(std::popcount(word));
  }
  return count;
}

uint64_t CountBits(std::string_view bytes, uint64_t first, uint64_t last) {
  const size_t first_byte = first >> 3, last_byte = last >> 3;
  uint64_t count = CountBits(bytes.substr(first_byte, last_byte - first_byte + 1));
  if (first & 7) {
    count -= static_cast<uint64_t>(
        std::popcount<uint8_t>(ByteAt(bytes, first_byte) & static_cast<uint8_t>(~ByteMask(first & 7, 7))));
  }
  if ((last & 7) != 7) {
    count -= static_cast<uint64_t>(
        std::popcount<uint8_t>(ByteAt(bytes, last_byte) & static_cast<uint8_t>(~ByteMask(0, last & 7))));
  }
  return count;
}

int64_t FindBit(std::string_view bytes, bool value, uint64_t first, uint64_t last) {
  const size_t first_byte = first >> 3, last_byte = last >> 3;
  const auto in_byte = [&](size_t i, uint8_t mask) -> int64_t {
    const unsigned bit = FirstInByte(ByteAt(bytes, i), value, mask);
    return bit == 8 ? -1 : static_cast<int64_t>(i * 8 + bit);
  };
  if (first_byte == last_byte) return in_byte(first_byte, ByteMask(first & 7, last & 7));
  if (const int64_t found = in_byte(first_byte, ByteMask(first & 7, 7)); found >= 0) return found;
  const std::string_view middle = bytes.substr(first_byte + 1, last_byte - first_byte - 1);
  const size_t skipped = SkipBytesWithout(middle, value);
  if (skipped < middle.size()) return in_byte(first_byte + 1 + skipped, 0xff);
  return in_byte(last_byte, ByteMask(0, last & 7));
}

void CombineBits(BitOperation operation, std::span<const std::string_view> sources, std::span<char> out) {
  // Slice by slice, so that the part of the result that is being made stays in the nearest cache.
  constexpr size_t kSliceBytes = 8 * 1024;
  for (size_t at = 0; at < out.size(); at += kSliceBytes) {
    const size_t size = std::min(kSliceBytes, out.size() - at);
    char* const slice = out.data() + at;
    const std::string_view first = Part(sources[0], at, size);
    if (operation == BitOperation::kNot) {
      FoldBy(operation, slice, first.data(), first.size());
      std::memset(slice + first.size(), 0xff, size - first.size());
      continue;
    }
    if (!first.empty()) std::memcpy(slice, first.data(), first.size());
    std::memset(slice + first.size(), 0, size - first.size());
    for (std::string_view source : sources.subspan(1)) {
      const std::string_view part = Part(source, at, size);
      FoldBy(operation, slice, part.data(), part.size());
      if (operation == BitOperation::kAnd) std::memset(slice + part.size(), 0, size - part.size());
    }
  }
}

// ---- fields ----

int64_t ReadField(std::string_view bytes, uint64_t offset, FieldType type) {
  // Up to 64 bits touch up to nine bytes.
  uint8_t window[9] = {};
  const uint64_t byte = offset >> 3;
  if (byte < bytes.size())
    std::memcpy(window, bytes.data() + byte, std::min<size_t>(sizeof window, bytes.size() - byte));
  uint64_t high = 0;
  for (int i = 0; i < 8; ++i) high = high << 8 | window[i];
  const unsigned skip = offset & 7;
  const uint64_t aligned = skip == 0 ? high : high << skip | window[8] >> (8 - skip);
  const unsigned unused = 64u - type.bits;
  return type.is_signed ? static_cast<int64_t>(aligned) >> unused : static_cast<int64_t>(aligned >> unused);
}

void WriteField(std::span<char> bytes, uint64_t offset, FieldType type, int64_t value) {
  KW_DCHECK(offset + type.bits <= bytes.size() * 8);
  auto rest = static_cast<uint64_t>(value);
  // From the last byte to the first.
  uint64_t end = offset + type.bits;
  unsigned left = type.bits;
  while (left > 0) {
    const unsigned behind = static_cast<unsigned>((8 - (end & 7)) & 7);  // bits of this byte that follow the field
    const unsigned taken = std::min(left, 8 - behind);
    const auto mask = static_cast<uint8_t>(((1u << taken) - 1) << behind);
    auto& byte = reinterpret_cast<uint8_t&>(bytes[(end - 1) >> 3]);
    byte = static_cast<uint8_t>((byte & ~mask) | (static_cast<uint8_t>(rest << behind) & mask));
    rest >>= taken;
    end -= taken;
    left -= taken;
  }
}

namespace {

// The lowest bits of `value`, read as the type says.
int64_t Wrapped(uint64_t value, FieldType type) {
  const unsigned unused = 64u - type.bits;
  return type.is_signed ? static_cast<int64_t>(value << unused) >> unused
                        : static_cast<int64_t>(value << unused >> unused);
}

FieldSum Overflowed(uint64_t wide, bool upwards, FieldType type, FieldOverflow overflow) {
  switch (overflow) {
    case FieldOverflow::kWrap:
      return {Wrapped(wide, type), true};
    case FieldOverflow::kSaturate: {
      const int64_t max = type.is_signed ? std::numeric_limits<int64_t>::max() >> (64 - type.bits)
                                         : static_cast<int64_t>(~uint64_t{0} >> (64 - type.bits));
      return {upwards ? max : type.is_signed ? -max - 1 : 0, true};
    }
    case FieldOverflow::kFail:
      break;
  }
  return {0, true};
}

}  // namespace

FieldSum AddToField(int64_t value, int64_t increment, FieldType type, FieldOverflow overflow) {
  const uint64_t wide = static_cast<uint64_t>(value) + static_cast<uint64_t>(increment);
  int64_t sum;
  const bool fits = !__builtin_add_overflow(value, increment, &sum) && Wrapped(wide, type) == sum;
  return fits ? FieldSum{sum, false} : Overflowed(wide, increment > 0, type, overflow);
}

FieldSum FitField(int64_t value, FieldType type, FieldOverflow overflow) {
  const auto wide = static_cast<uint64_t>(value);
  if (Wrapped(wide, type) == value && (type.is_signed || value >= 0)) return {value, false};
  return Overflowed(wide, !type.is_signed || value > 0, type, overflow);
}

}  // namespace keyway::data
