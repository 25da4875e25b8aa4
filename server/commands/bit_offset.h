// What the commands on strings of bits share: offsets, and a string that is long enough to be written to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "server/command/context.h"

namespace keyway::commands {

// Argument i as an offset in bits, within what proto-max-bulk-len allows, or an error reply. "#5" means five times
// `field_bits`, if that is not 0. [exec]
std::optional<uint64_t> BitOffsetArg(command::Context& ctx, size_t i, unsigned field_bits = 0);

// The string under argument 1 for change in place.
struct BitString {
  std::span<char> bytes;
  bool grown = false;  // the key is new, or longer than it was
};
// The string with zeros added up to bit `last_bit`, made if it is missing; nothing, after an error reply, if the key holds
// another type. Tells nobody. [exec]
std::optional<BitString> BitStringForWrite(command::Context& ctx, uint64_t last_bit);

}  // namespace keyway::commands
