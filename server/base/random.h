// Random numbers that are fast and well spread, not secret: xoshiro256++. Every user owns a generator; tests seed it.
#pragma once

#include <cstdint>

namespace keyway {

class Random {
 public:
  // Seeded by the kernel.
  Random();
  explicit Random(uint64_t seed);

  uint64_t Next() {
    const uint64_t result = Rotate(state_[0] + state_[3], 23) + state_[0];
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0], state_[3] ^= state_[1], state_[1] ^= state_[2], state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = Rotate(state_[3], 45);
    return result;
  }
  // Uniform in [0, bound). Requires bound > 0.
  uint64_t Below(uint64_t bound);
  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

 private:
  static uint64_t Rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }
  uint64_t state_[4];
};

// Fills `bytes` with random bytes from the kernel, fit for secrets. [any]
void FillSecureRandom(void* out, uint64_t bytes);

}  // namespace keyway
