#include "server/base/crc64.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace keyway {
namespace {

constexpr uint64_t kReflectedPolynomial = 0x95ac9329ac4bc9b5;

// Row 0 takes a byte in; row n takes in a byte that n zero bytes follow. Eight rows together take eight bytes at a time.
using Tables = std::array<std::array<uint64_t, 256>, 8>;

constexpr Tables MakeTables() {
  Tables tables{};
  for (uint64_t byte = 0; byte < 256; ++byte) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ kReflectedPolynomial : crc >> 1;
    tables[0][byte] = crc;
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    for (size_t row = 1; row < 8; ++row) {
      const uint64_t crc = tables[row - 1][byte];
      tables[row][byte] = tables[0][crc & 0xff] ^ crc >> 8;
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

}  // namespace

uint64_t Crc64(uint64_t crc, std::string_view bytes) {
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  if constexpr (std::endian::native == std::endian::little) {
    for (; left >= 8; left -= 8, at += 8) {
      uint64_t word;
      std::memcpy(&word, at, 8);
      word ^= crc;
      crc = kTables[7][word & 0xff] ^ kTables[6][word >> 8 & 0xff] ^ kTables[5][word >> 16 & 0xff] ^
            kTables[4][word >> 24 & 0xff] ^ kTables[3][word >> 32 & 0xff] ^ kTables[2][word >> 40 & 0xff] ^
            kTables[1][word >> 48 & 0xff] ^ kTables[0][word >> 56];
    }
  }
  for (; left > 0; --left, ++at) crc = kTables[0][(crc ^ *at) & 0xff] ^ crc >> 8;
  return crc;
}

}  // namespace keyway
