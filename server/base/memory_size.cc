#include "server/base/memory_size.h"

#include <strings.h>

#include <algorithm>

#include "server/base/number.h"

namespace keyway {
namespace {

struct Unit {
  const char* name;
  uint64_t bytes;
};

constexpr Unit kUnits[] = {{"", 1},
                           {"b", 1},
                           {"k", 1000},
                           {"kb", 1024},
                           {"m", 1000 * 1000},
                           {"mb", 1024 * 1024},
                           {"g", 1000ull * 1000 * 1000},
                           {"gb", 1024ull * 1024 * 1024}};

}  // namespace

std::optional<uint64_t> ParseMemorySize(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text.substr(0, digits)) {
    if (__builtin_mul_overflow(value, uint64_t{10}, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<uint64_t>(c - '0'), &value)) return std::nullopt;
  }
  const std::string_view suffix = text.substr(digits);
  for (const Unit& unit : kUnits) {
    const std::string_view name = unit.name;
    if (suffix.size() != name.size() || strncasecmp(suffix.data(), name.data(), name.size()) != 0) continue;
    if (__builtin_mul_overflow(value, unit.bytes, &value)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

std::string FormatMemorySize(uint64_t bytes) {
  char buffer[kMaxIntegerLength];
  const char* unit = "";
  if (bytes != 0) {
    for (const char* larger : {"kb", "mb", "gb"}) {
      if (bytes % 1024 != 0) break;
      bytes /= 1024;
      unit = larger;
    }
  }
  return std::string(buffer, FormatUint64(bytes, buffer)) + unit;
}

}  // namespace keyway
