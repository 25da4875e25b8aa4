// The hash slot of a key in a cluster: CRC16 (XMODEM) of the key, or of what stands in its first non-empty braces.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyway {

inline constexpr int kSlotCount = 16384;

uint16_t Crc16(std::string_view bytes);
int KeySlot(std::string_view key);

}  // namespace keyway
