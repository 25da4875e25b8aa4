// CRC-64 as RDB files and DUMP payloads have it: the polynomial of Jones, reflected, from 0 on, not inverted at the end.
// "123456789" gives e9c6d914c4b8d9ca.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyway {

// The checksum of what `crc` stands for, followed by `bytes`. [any]
uint64_t Crc64(uint64_t crc, std::string_view bytes);

}  // namespace keyway
