// Numbers from and to text, as strictly as clients of a Redis-compatible server expect: no blanks, no plus sign, no leading
// zeros in integers, the whole text used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keyway {

inline constexpr size_t kMaxIntegerLength = 20;       // "-9223372036854775808", "18446744073709551615"
inline constexpr size_t kMaxLongDoubleLength = 5120;  // longest text that ParseLongDouble looks at

// The one spelling of a signed integer: "0" or an optional '-' and digits without leading zeros ("-0", "+1", "01" and
// " 1" are no integers). Empty when it is none, or out of range. [any]
std::optional<int64_t> ParseInt64(std::string_view text);

// The same for unsigned integers up to 2^64-1.
std::optional<uint64_t> ParseUint64(std::string_view text);

// Floating point as strtod reads it ("1e3", "0x1p3", "inf"), but no blank in front, nothing after it, no NaN, and no value
// that overflows to infinity or underflows to zero.
std::optional<double> ParseDouble(std::string_view text);
std::optional<long double> ParseLongDouble(std::string_view text);

// Writes value in decimal at `out`, which has room for kMaxIntegerLength bytes. Returns the length; no NUL is written.
size_t FormatInt64(int64_t value, char* out);
size_t FormatUint64(uint64_t value, char* out);

// How many characters FormatInt64 / FormatUint64 write.
size_t Int64Length(int64_t value);
size_t Uint64Length(uint64_t value);

// A formatted integer on the stack: `IntegerText(42).view()`.
class IntegerText {
 public:
  explicit IntegerText(int64_t value) : length_(FormatInt64(value, text_)) {}
  std::string_view view() const { return {text_, length_}; }

 private:
  char text_[kMaxIntegerLength];
  size_t length_;
};

}  // namespace keyway
