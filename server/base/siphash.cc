#include "server/base/siphash.h"

#include <cstring>

#include "server/base/random.h"

namespace keyway {
namespace {

inline uint64_t Rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

// Four words of state; one round a word of input, three at the end.
struct SipState {
  uint64_t v0, v1, v2, v3;

  explicit SipState(const SipKey& key)
      : v0(key.low ^ 0x736f6d6570736575),
        v1(key.high ^ 0x646f72616e646f6d),
        v2(key.low ^ 0x6c7967656e657261),
        v3(key.high ^ 0x7465646279746573) {}

  void Round() {
    v0 += v1, v2 += v3;
    v1 = Rotate(v1, 13) ^ v0, v3 = Rotate(v3, 16) ^ v2;
    v0 = Rotate(v0, 32);
    v2 += v1, v0 += v3;
    v1 = Rotate(v1, 17) ^ v2, v3 = Rotate(v3, 21) ^ v0;
    v2 = Rotate(v2, 32);
  }
  void Absorb(uint64_t word) {
    v3 ^= word;
    Round();
    v0 ^= word;
  }
  uint64_t Finish() {
    v2 ^= 0xff;
    Round(), Round(), Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

inline uint64_t LoadWord(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) word = __builtin_bswap64(word);
  return word;
}

// Lower-cases the ASCII letters among eight bytes at once.
inline uint64_t LowerWord(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t low_bits = word & (0x7f * kOnes);
  const uint64_t at_least_a = low_bits + (0x80 - 'A') * kOnes;
  const uint64_t beyond_z = low_bits + (0x7f - 'Z') * kOnes;
  const uint64_t is_upper = at_least_a & ~beyond_z & ~word & (0x80 * kOnes);
  return word | is_upper >> 2;
}

template <bool kLower>
inline uint64_t Hash(std::string_view bytes, const SipKey& key) {
  const size_t size = bytes.size();
  const char* at = bytes.data();
  const size_t rest = size & 7;
  SipState state(key);
  for (const char* end = at + (size - rest); at != end; at += 8) {
    const uint64_t word = LoadWord(at);
    state.Absorb(kLower ? LowerWord(word) : word);
  }
  uint64_t last = 0;
  if (rest != 0) {
    if (size >= 8) {
      last = LoadWord(at + rest - 8) >> (8 * (8 - rest));
    } else {
      for (size_t i = 0; i < rest; ++i) last |= static_cast<uint64_t>(static_cast<uint8_t>(at[i])) << (8 * i);
    }
    if (kLower) last = LowerWord(last);
  }
  state.Absorb(last | static_cast<uint64_t>(size) << 56);
  return state.Finish();
}

SipKey DrawKey() {
  SipKey key;
  FillSecureRandom(&key, sizeof(key));
  return key;
}

}  // namespace

const SipKey& ProcessSipKey() {
  static const SipKey key = DrawKey();
  return key;
}

uint64_t SipHash13(std::string_view bytes, const SipKey& key) { return Hash<false>(bytes, key); }
uint64_t SipHash13NoCase(std::string_view bytes, const SipKey& key) { return Hash<true>(bytes, key); }
uint64_t HashBytes(std::string_view bytes) { return Hash<false>(bytes, ProcessSipKey()); }

}  // namespace keyway
