// Sizes in bytes as configuration files and commands write them: "100", "1k" (1000), "1kb" (1024), "5MB", "2g".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyway {

// Units b, k, kb, m, mb, g, gb in either case. No sign, no blank, no fraction; empty when it is none of these or does not
// fit 64 bits. [any]
std::optional<uint64_t> ParseMemorySize(std::string_view text);

// The shortest of "2gb", "100mb", "64kb" and plain bytes that is exact; ParseMemorySize reads it back.
std::string FormatMemorySize(uint64_t bytes);

}  // namespace keyway
