// Small helpers for secrets and identifiers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keyway {

// So many random hexadecimal digits from the kernel: run ids, generated passwords. [any]
std::string RandomHex(size_t digits);

// Equality that takes as long for a wrong guess as for a right one of the same length. [any]
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace keyway
