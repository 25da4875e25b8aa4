#include "server/persist/ziplist.h"

#include <cstddef>
#include <optional>

namespace keyway::persist {
namespace {

constexpr size_t kHeaderBytes = 10;
constexpr uint8_t kEndMark = 0xff;
constexpr uint8_t kBigPrevious = 0xfe;
constexpr size_t kCountUnknown = 0xffff;

uint64_t LittleEndian(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  return value;
}

int64_t SignedInteger(std::string_view bytes, size_t at, size_t size) {
  const unsigned spare = static_cast<unsigned>(64 - 8 * size);
  return static_cast<int64_t>(LittleEndian(bytes, at, size) << spare) >> spare;
}

// One element in `body`, which is the ziplist without its end mark.
struct Parsed {
  size_t previous = 0;  // what it says about the one before it
  size_t bytes = 0;     // of all of it
  ZiplistElement element;
};

std::optional<Parsed> ParseString(std::string_view body, size_t begin, size_t at, Parsed parsed) {
  const auto encoding = static_cast<uint8_t>(body[at]);
  const size_t left = body.size() - at;
  size_t head = 1, length = encoding & 0x3f;
  if (encoding >> 6 == 1) {
    head = 2;
    if (left < head) return std::nullopt;
    length = length << 8 | static_cast<uint8_t>(body[at + 1]);
  } else if (encoding >> 6 == 2) {
    head = 5;
    // Redis ignores the low bits here; nobody has ever written others than 0.
    if (left < head) return std::nullopt;
    length = 0;
    for (size_t i = 1; i < head; ++i) length = length << 8 | static_cast<uint8_t>(body[at + i]);
  }
  if (left - head < length) return std::nullopt;
  parsed.element.text = body.substr(at + head, length);
  parsed.bytes = at + head + length - begin;
  return parsed;
}

std::optional<Parsed> ParseInteger(std::string_view body, size_t begin, size_t at, Parsed parsed) {
  const auto encoding = static_cast<uint8_t>(body[at]);
  size_t size;
  switch (encoding) {
    case 0xc0:
      size = 2;
      break;
    case 0xd0:
      size = 4;
      break;
    case 0xe0:
      size = 8;
      break;
    case 0xf0:
      size = 3;
      break;
    case 0xfe:
      size = 1;
      break;
    default:
      if (encoding < 0xf1 || encoding > 0xfd) return std::nullopt;
      size = 0;
  }
  if (body.size() - at - 1 < size) return std::nullopt;
  parsed.element.is_integer = true;
  parsed.element.integer = size == 0 ? (encoding & 0x0f) - 1 : SignedInteger(body, at + 1, size);
  parsed.bytes = at + 1 + size - begin;
  return parsed;
}

std::optional<Parsed> ParseElement(std::string_view body, size_t begin) {
  Parsed parsed;
  size_t at = begin + 1;
  parsed.previous = static_cast<uint8_t>(body[begin]);
  if (parsed.previous == kBigPrevious) {
    if (body.size() - begin < 5) return std::nullopt;
    parsed.previous = LittleEndian(body, begin + 1, 4);
    at = begin + 5;
  }
  if (at >= body.size()) return std::nullopt;
  return static_cast<uint8_t>(body[at]) >> 6 == 3 ? ParseInteger(body, begin, at, parsed)
                                                  : ParseString(body, begin, at, parsed);
}

}  // namespace

bool ReadZiplist(std::string_view bytes, ZiplistVisitor visitor, void* context) {
  if (bytes.size() < kHeaderBytes + 1 || LittleEndian(bytes, 0, 4) != bytes.size()) return false;
  if (static_cast<uint8_t>(bytes.back()) != kEndMark) return false;
  const size_t last_offset = LittleEndian(bytes, 4, 4), stated_count = LittleEndian(bytes, 8, 2);
  const std::string_view body = bytes.substr(0, bytes.size() - 1);
  if (last_offset > body.size()) return false;

  size_t at = kHeaderBytes, last = 0, previous_bytes = 0, count = 0;
  while (at < body.size()) {
    const auto parsed = ParseElement(body, at);
    // An end mark in front of the end has no element's beginning either: no element is 255 bytes behind another by one byte.
    if (!parsed || parsed->previous != previous_bytes || static_cast<uint8_t>(body[at]) == kEndMark) return false;
    if (!visitor(context, parsed->element)) return false;
    last = at, previous_bytes = parsed->bytes, at += parsed->bytes;
    ++count;
  }
  if (count > 0 && last != last_offset) return false;
  return stated_count == kCountUnknown || stated_count == count;
}

}  // namespace keyway::persist
