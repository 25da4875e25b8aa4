#include "server/base/number.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

namespace keyway {
namespace {

constexpr char kDigitPairs[] =
    "000102030405060708091011121314151617181920212223242526272829303132333435363738394041424344454647484950515253545556"
    "57585960"
    "616263646566676869707172737475767778798081828384858687888990919293949596979899";

// Digits without leading zeros; the caller has dealt with "0" alone.
std::optional<uint64_t> ParseDigits(std::string_view digits) {
  if (digits.empty() || digits[0] < '1' || digits[0] > '9') return std::nullopt;
  uint64_t value = 0;
  for (const char c : digits) {
    const unsigned digit = static_cast<unsigned char>(c) - '0';
    if (digit > 9) return std::nullopt;
    if (__builtin_mul_overflow(value, uint64_t{10}, &value) || __builtin_add_overflow(value, uint64_t{digit}, &value)) {
      return std::nullopt;
    }
  }
  return value;
}

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// strtod and strtold want a terminated string, which a view is not.
template <class Float, class Convert>
std::optional<Float> ParseFloat(std::string_view text, Convert convert) {
  if (text.empty() || text.size() >= kMaxLongDoubleLength || IsBlank(text[0])) return std::nullopt;
  char small[128];
  std::string large;
  const char* begin = small;
  if (text.size() < sizeof(small)) {
    std::memcpy(small, text.data(), text.size());
    small[text.size()] = '\0';
  } else {
    large.assign(text);
    begin = large.c_str();
  }
  char* end = nullptr;
  errno = 0;
  const Float value = convert(begin, &end);
  if (static_cast<size_t>(end - begin) != text.size() || std::isnan(value)) return std::nullopt;
  // Denormal results report ERANGE too, but are good values.
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int64_t> ParseInt64(std::string_view text) {
  if (text == "0") return 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const std::optional<uint64_t> magnitude = ParseDigits(text);
  if (!magnitude) return std::nullopt;
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (negative) {
    if (*magnitude > kMax + 1) return std::nullopt;
    return static_cast<int64_t>(~*magnitude + 1);
  }
  if (*magnitude > kMax) return std::nullopt;
  return static_cast<int64_t>(*magnitude);
}

std::optional<uint64_t> ParseUint64(std::string_view text) {
  if (text == "0") return 0;
  return ParseDigits(text);
}

std::optional<double> ParseDouble(std::string_view text) {
  return ParseFloat<double>(text, [](const char* s, char** end) { return std::strtod(s, end); });
}

std::optional<long double> ParseLongDouble(std::string_view text) {
  return ParseFloat<long double>(text, [](const char* s, char** end) { return std::strtold(s, end); });
}

size_t Uint64Length(uint64_t value) {
  size_t length = 1;
  for (;;) {
    if (value < 10) return length;
    if (value < 100) return length + 1;
    if (value < 1000) return length + 2;
    if (value < 10000) return length + 3;
    value /= 10000;
    length += 4;
  }
}

size_t Int64Length(int64_t value) {
  if (value >= 0) return Uint64Length(static_cast<uint64_t>(value));
  return 1 + Uint64Length(~static_cast<uint64_t>(value) + 1);
}

size_t FormatUint64(uint64_t value, char* out) {
  const size_t length = Uint64Length(value);
  size_t next = length;
  while (value >= 100) {
    next -= 2;
    std::memcpy(out + next, kDigitPairs + (value % 100) * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(out, kDigitPairs + value * 2, 2);
  } else {
    out[0] = static_cast<char>('0' + value);
  }
  return length;
}

size_t FormatInt64(int64_t value, char* out) {
  if (value >= 0) return FormatUint64(static_cast<uint64_t>(value), out);
  out[0] = '-';
  return 1 + FormatUint64(~static_cast<uint64_t>(value) + 1, out + 1);
}

}  // namespace keyway
