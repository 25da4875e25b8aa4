#include "server/base/double_text.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "server/base/number.h"

namespace keyway {
namespace {

constexpr double kWholeLimit = 0x1.0p62;

size_t Put(const char* text, char* out) {
  const size_t size = std::strlen(text);
  std::memcpy(out, text, size);
  return size;
}

char* PutZeros(char* out, int n) {
  std::memset(out, '0', static_cast<size_t>(n));
  return out + n;
}

// The significant digits of a number: value = 0.d1d2d3… × 10^(exponent+1) without its sign.
struct Digits {
  char text[20];
  int count = 0;
  int exponent = 0;  // of the first digit
};

Digits ShortestDigits(double value) {
  char text[32];  // d.ddde±dd
  const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  Digits digits;
  const char* at = text;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') digits.text[digits.count++] = *at;
  }
  std::from_chars(at + 1 + (at[1] == '+'), end, digits.exponent);
  return digits;
}

// Where plain digits end and exponents begin is what Redis's printing of shortest doubles has.
size_t FormatShortest(double value, char* out) {
  char* at = out;
  if (value < 0) *at++ = '-', value = -value;
  const Digits digits = ShortestDigits(value);
  const int n = digits.count;
  const int power = digits.exponent - n + 1;  // value = digits as a whole number × 10^power
  const int magnitude = std::abs(digits.exponent);
  if (power >= 0 && magnitude < n + 7) {
    std::memcpy(at, digits.text, static_cast<size_t>(n));
    return static_cast<size_t>(PutZeros(at + n, power) - out);
  }
  if (power < 0 && (power > -7 || magnitude < 4)) {
    const int before_point = n + power;
    if (before_point <= 0) {
      at += Put("0.", at);
      at = PutZeros(at, -before_point);
      std::memcpy(at, digits.text, static_cast<size_t>(n));
      return static_cast<size_t>(at + n - out);
    }
    std::memcpy(at, digits.text, static_cast<size_t>(before_point));
    at += before_point;
    *at++ = '.';
    std::memcpy(at, digits.text + before_point, static_cast<size_t>(n - before_point));
    return static_cast<size_t>(at + n - before_point - out);
  }
  *at++ = digits.text[0];
  if (n > 1) {
    *at++ = '.';
    std::memcpy(at, digits.text + 1, static_cast<size_t>(n - 1));
    at += n - 1;
  }
  *at++ = 'e';
  *at++ = digits.exponent < 0 ? '-' : '+';
  at += FormatInt64(magnitude, at);
  return static_cast<size_t>(at - out);
}

}  // namespace

std::optional<int64_t> WholeNumber(double value) {
  if (!(value >= -kWholeLimit && value <= kWholeLimit)) return std::nullopt;
  const auto whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) != value) return std::nullopt;
  return whole;
}

size_t FormatDouble(double value, DoubleForm form, char* out) {
  if (std::isnan(value)) return Put("nan", out);
  if (std::isinf(value)) return Put(value > 0 ? "inf" : "-inf", out);
  if (value == 0) return Put(std::signbit(value) ? "-0" : "0", out);
  const auto whole = WholeNumber(value);
  if (form == DoubleForm::kShortest) return whole ? FormatInt64(*whole, out) : FormatShortest(value, out);
  // All whole numbers below have at most 17 digits, where both ways agree.
  if (whole && std::abs(value) < 1e17) return FormatInt64(*whole, out);
  return static_cast<size_t>(std::snprintf(out, kMaxDoubleLength, "%.17g", value));
}

size_t FormatFixed(double value, int digits, char* out) {
  static constexpr double kPowers[] = {1e0, 1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,
                                       1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17};
  const double scaled = value * kPowers[digits];
  if (!(std::abs(scaled) < 0x1.0p63)) return 0;
  const long long rounded = std::llrint(scaled);
  char text[kMaxIntegerLength];
  const int length = static_cast<int>(FormatUint64(static_cast<uint64_t>(std::llabs(rounded)), text));
  char* at = out;
  if (rounded < 0) *at++ = '-';
  const int before_point = length - digits;
  if (before_point <= 0) {
    at += Put("0.", at);
    at = PutZeros(at, -before_point);
    std::memcpy(at, text, static_cast<size_t>(length));
    return static_cast<size_t>(at + length - out);
  }
  std::memcpy(at, text, static_cast<size_t>(before_point));
  at += before_point;
  *at++ = '.';
  std::memcpy(at, text + before_point, static_cast<size_t>(digits));
  return static_cast<size_t>(at + digits - out);
}

}  // namespace keyway
