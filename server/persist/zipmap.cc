#include "server/persist/zipmap.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace keyway::persist {
namespace {

constexpr uint8_t kBigLength = 0xfe, kEndMark = 0xff;

// Takes a length off the front of `rest`.
std::optional<size_t> TakeLength(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  size_t length = static_cast<uint8_t>(rest[0]);
  size_t head = 1;
  if (length == kEndMark) return std::nullopt;
  if (length == kBigLength) {
    head = 5;
    if (rest.size() < head) return std::nullopt;
    length = 0;
    for (size_t i = head - 1; i > 0; --i) length = length << 8 | static_cast<uint8_t>(rest[i]);
    if (length < kBigLength) return std::nullopt;  // one byte would have done
  }
  rest.remove_prefix(head);
  return length;
}

std::optional<std::string_view> TakeBytes(std::string_view& rest, size_t size) {
  if (rest.size() < size) return std::nullopt;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

struct Pair {
  std::string_view field, value;
};

std::optional<Pair> TakePair(std::string_view& rest) {
  const auto field_length = TakeLength(rest);
  if (!field_length) return std::nullopt;
  const auto field = TakeBytes(rest, *field_length);
  if (!field) return std::nullopt;
  const auto value_length = TakeLength(rest);
  if (!value_length || rest.empty()) return std::nullopt;
  const size_t unused = static_cast<uint8_t>(rest[0]);
  rest.remove_prefix(1);
  const auto value = TakeBytes(rest, *value_length);
  if (!value || !TakeBytes(rest, unused)) return std::nullopt;
  return Pair{*field, *value};
}

}  // namespace

bool ReadZipmap(std::string_view bytes, ZipmapVisitor visitor, void* context) {
  if (bytes.size() < 2 || static_cast<uint8_t>(bytes.back()) != kEndMark) return false;
  const size_t stated_count = static_cast<uint8_t>(bytes[0]);
  std::string_view rest = bytes.substr(1, bytes.size() - 2);
  size_t count = 0;
  for (; !rest.empty(); ++count) {
    const auto pair = TakePair(rest);
    if (!pair || !visitor(context, pair->field, pair->value)) return false;
  }
  return count > 0 && (stated_count >= kBigLength || stated_count == count);
}

}  // namespace keyway::persist
