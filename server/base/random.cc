#include "server/base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstddef>

#include "server/base/check.h"

namespace keyway {
namespace {

// SplitMix64 spreads a seed over the state, so that small seeds differ everywhere.
uint64_t SplitMix(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t KernelSeed() {
  uint64_t seed;
  FillSecureRandom(&seed, sizeof(seed));
  return seed;
}

}  // namespace

void FillSecureRandom(void* out, uint64_t bytes) {
  char* at = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t got = getrandom(at, bytes, 0);
    if (got < 0) {
      KW_CHECK(errno == EINTR);  // a kernel without getrandom runs no Keyway
      continue;
    }
    at += got;
    bytes -= static_cast<uint64_t>(got);
  }
}

Random::Random() : Random(KernelSeed()) {}

Random::Random(uint64_t seed) {
  for (uint64_t& word : state_) word = SplitMix(&seed);
}

uint64_t Random::Below(uint64_t bound) {
  // Multiply and keep the high half; the few low halves that would favour some results are drawn again.
  unsigned __int128 product = static_cast<unsigned __int128>(Next()) * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t unfair = -bound % bound;
    while (static_cast<uint64_t>(product) < unfair) product = static_cast<unsigned __int128>(Next()) * bound;
  }
  return static_cast<uint64_t>(product >> 64);
}

}  // namespace keyway
