// Doubles as text, in the two forms that servers of Redis's line print: which one is a matter of the version that is
// imitated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace keyway {

enum class DoubleForm : uint8_t {
  kShortest,         // 7.2: the fewest digits that read back as the same number: 0.1, 1e+20, 1.5e-9
  kSeventeenDigits,  // 7.0: "%.17g": 0.10000000000000001, 1e+20, 1.5e-09
};

inline constexpr size_t kMaxDoubleLength = 40;

// Writes at `out`, which has room for kMaxDoubleLength bytes, and returns the length. Whole numbers have neither fraction nor
// exponent up to 2^52 at least; the others are "inf", "-inf", "nan", "-0". No NUL is written. [any]
size_t FormatDouble(double value, DoubleForm form, char* out);

// The integer that a double is, if it is one and lies within ±2^62. Minus zero is 0. [any]
std::optional<int64_t> WholeNumber(double value);

// With `digits` (1 to 17) digits after the point, rounded: distances. Empty (length 0) if the number scaled by them is beyond
// 64 bits.
size_t FormatFixed(double value, int digits, char* out);

}  // namespace keyway
