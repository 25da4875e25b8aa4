// Reading listpacks, and checking those that come from outside.
#include "server/base/check.h"
#include "server/ds/listpack_element.h"

namespace keyway::ds {

using namespace listpack;

// ---- reading -------------------------------------------------------------------------------------------------------

bool ListpackValue::Equals(std::string_view other) const {
  if (!is_integer) return text == other;
  const auto number = ParseInt64(other);
  return number && *number == integer;
}

size_t ListpackElementBytes(std::string_view text) {
  if (text.size() <= kMaxIntegerLength) {
    if (const auto integer = ParseInt64(text)) return ListpackIntegerBytes(*integer);
  }
  const size_t body = text.size() + (text.size() < 64 ? 1 : text.size() < 4096 ? 2 : 5);
  return body + BackLengthBytes(body);
}

size_t ListpackIntegerBytes(int64_t v) {
  if (v >= 0 && v <= 127) return 2;
  if (v >= -4096 && v <= 4095) return 3;
  if (v >= INT16_MIN && v <= INT16_MAX) return 4;
  if (v >= -(1 << 23) && v < (1 << 23)) return 5;
  return v >= INT32_MIN && v <= INT32_MAX ? 6 : 10;
}

size_t ListpackView::size() const {
  const uint32_t stored = StoredCount(data_);
  if (stored != kUnknownCount) return stored;
  size_t count = 0;
  for (uint32_t at = First(); at != 0; at = Next(at)) ++count;
  return count;
}

uint32_t ListpackView::EntryBytes(uint32_t at) const {
  const size_t body = BodyBytes(data_ + at);
  return static_cast<uint32_t>(body + BackLengthBytes(body));
}

uint32_t ListpackView::Previous(uint32_t at) const {
  if (at == kListpackHeaderBytes) return 0;
  const size_t body = ReadBackLength(data_ + at, data_ + kListpackHeaderBytes);
  const size_t whole = body + BackLengthBytes(body);
  KW_CHECK(body != SIZE_MAX && whole <= at - kListpackHeaderBytes);
  return static_cast<uint32_t>(at - whole);
}

uint32_t ListpackView::Seek(int64_t index) const {
  const uint32_t stored = StoredCount(data_);
  if (stored != kUnknownCount) {
    const int64_t count = stored;
    if (index >= count || index < -count) return 0;
    // From the nearer end.
    if (index >= 0 && index > count / 2) index -= count;
    if (index < 0 && -index > count / 2) index += count;
  }
  uint32_t at = index >= 0 ? First() : Last();
  if (index >= 0) {
    for (; index > 0 && at != 0; --index) at = Next(at);
  } else {
    for (; index < -1 && at != 0; ++index) at = Previous(at);
  }
  return at;
}

ListpackValue ListpackView::Get(uint32_t offset) const {
  const uint8_t* at = data_ + offset;
  const uint8_t first = at[0];
  const auto string = [&](size_t head, size_t size) {
    return ListpackValue{false, 0, std::string_view(reinterpret_cast<const char*>(at) + head, size)};
  };
  if (first < 0x80) return {true, first, {}};
  if (first < 0xc0) return string(1, first & 0x3f);
  if (first < 0xe0) return {true, SignExtend(uint64_t{first & 0x1fu} << 8 | at[1], 13), {}};
  if (first < 0xf0) return string(2, size_t{first & 0x0fu} << 8 | at[1]);
  if (first == kString32) return string(5, ReadLittle(at + 1, 4));
  const uint32_t bytes = IntegerBytes(first) - 1;
  return {true, SignExtend(ReadLittle(at + 1, bytes), static_cast<int>(bytes) * 8), {}};
}

uint32_t ListpackView::Find(uint32_t from, std::string_view text, unsigned skip) const {
  // Parsed when the first integer is met, because most collections have none.
  enum { kUnparsed, kNumber, kNoNumber } kind = kUnparsed;
  int64_t number = 0;
  unsigned to_skip = 0;
  for (uint32_t at = from; at != 0; at = Next(at)) {
    if (to_skip > 0) {
      --to_skip;
      continue;
    }
    to_skip = skip;
    const ListpackValue value = Get(at);
    if (!value.is_integer) {
      if (value.text == text) return at;
      continue;
    }
    if (kind == kUnparsed) {
      const auto parsed = ParseInt64(text);
      kind = parsed ? kNumber : kNoNumber;
      number = parsed.value_or(0);
    }
    if (kind == kNumber && value.integer == number) return at;
  }
  return 0;
}

// ---- hostile bytes -------------------------------------------------------------------------------------------------

namespace {

// Bytes of the element at `at` with its backward length, or 0 if it is none or reaches to `end` or beyond.
size_t CheckedElementBytes(const uint8_t* at, const uint8_t* end) {
  const auto left = static_cast<size_t>(end - at);
  const uint8_t first = at[0];
  if (first > kInteger64) return 0;
  const size_t head = first < 0xe0 ? 1 : first < 0xf0 ? 2 : first == kString32 ? 5 : 1;
  if (head >= left) return 0;
  const size_t body = BodyBytes(at);
  const size_t whole = body + BackLengthBytes(body);
  if (whole > left) return 0;
  return ReadBackLength(at + whole, at + body) == body ? whole : 0;
}

}  // namespace

bool ValidateListpack(std::span<const uint8_t> bytes, bool deep, ListpackCheck check, void* context) {
  if (bytes.size() < kEmptyListpackBytes || bytes.size() > UINT32_MAX) return false;
  const ListpackView view(bytes.data());
  if (view.bytes() != bytes.size() || bytes.back() != kEnd) return false;
  if (!deep) return true;

  const uint8_t* const end = bytes.data() + bytes.size() - 1;
  const uint8_t* at = bytes.data() + kListpackHeaderBytes;
  size_t count = 0;
  for (; at < end; ++count) {
    const size_t whole = CheckedElementBytes(at, end);
    if (whole == 0) return false;
    if (check != nullptr && !check(context, view.Get(static_cast<uint32_t>(at - bytes.data())))) return false;
    at += whole;
  }
  const uint32_t stored = StoredCount(bytes.data());
  return stored == kUnknownCount || stored == count;
}

}  // namespace keyway::ds
