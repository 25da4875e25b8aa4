// SHA-1, for what has to agree with Redis: the digests of DEBUG DIGEST, the names of scripts. Not for secrets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyway {

using Sha1Digest = std::array<uint8_t, 20>;

// The SHA-1 of `bytes`. [any]
Sha1Digest Sha1(std::string_view bytes);

// 40 hexadecimal digits, in lower case. [any]
std::string HexText(const Sha1Digest& digest);

}  // namespace keyway
