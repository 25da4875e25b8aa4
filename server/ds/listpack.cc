#include "server/ds/listpack.h"

#include <cstdlib>
#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::ds {
namespace {

constexpr uint8_t kEnd = 0xff;
constexpr uint32_t kUnknownCount = 0xffff;
constexpr uint8_t kString12 = 0xe0, kString6 = 0x80, kInteger13 = 0xc0;
constexpr uint8_t kString32 = 0xf0, kInteger16 = 0xf1, kInteger24 = 0xf2, kInteger32 = 0xf3, kInteger64 = 0xf4;

// How many bytes the backward length of an element of `length` bytes takes. The limits are one less than seven bits a byte
// would allow: the format has it so.
uint32_t BackLengthBytes(size_t length) {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

// Most significant bits first; every byte but the first is marked, so that a reader from behind finds the start.
void WriteBackLength(uint8_t* out, size_t length, uint32_t bytes) {
  for (uint32_t i = bytes; i-- > 0; length >>= 7) {
    out[i] = static_cast<uint8_t>((length & 127) | (i > 0 ? 128 : 0));
  }
}

// Reads the backward length that ends just before `end`; at most five bytes, none before `limit`. SIZE_MAX: there is none.
size_t ReadBackLength(const uint8_t* end, const uint8_t* limit) {
  size_t length = 0;
  for (int shift = 0; shift <= 28 && end > limit; shift += 7) {
    const uint8_t byte = *--end;
    length |= static_cast<size_t>(byte & 127) << shift;
    if ((byte & 128) == 0) return length;
  }
  return SIZE_MAX;
}

uint64_t ReadLittle(const uint8_t* from, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;) value = value << 8 | from[i];
  return value;
}

void WriteLittle(uint8_t* to, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8) to[i] = static_cast<uint8_t>(value);
}

int64_t SignExtend(uint64_t value, int bits) { return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits); }

uint32_t StoredCount(const uint8_t* data) { return data[4] | uint32_t{data[5]} << 8; }
void StoreCount(uint8_t* data, size_t count) {
  WriteLittle(data + 4, count < kUnknownCount ? count : kUnknownCount, 2);
}
void StoreBytes(uint8_t* data, size_t bytes) { WriteLittle(data, bytes, 4); }

// Bytes of an integer by the first byte of its encoding, that byte included; 0: it is no integer of whole bytes.
uint32_t IntegerBytes(uint8_t first) {
  switch (first) {
    case kInteger16:
      return 3;
    case kInteger24:
      return 4;
    case kInteger32:
      return 5;
    case kInteger64:
      return 9;
    default:
      return 0;
  }
}

// Bytes of encoding and data, without the backward length. Requires a valid first byte.
size_t BodyBytes(const uint8_t* at) {
  const uint8_t first = at[0];
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 2 + (size_t{first & 0x0fu} << 8 | at[1]);
  if (first == kString32) return 5 + ReadLittle(at + 1, 4);
  return IntegerBytes(first);
}

uint8_t* Allocate(size_t bytes) {
  auto* data = static_cast<uint8_t*>(std::malloc(AllocationSize(bytes)));
  KW_CHECK(data != nullptr);
  return data;
}

}  // namespace

// An element as it will be written: the encoding (with the data of an integer), the text, the backward length.
struct Listpack::Element {
  explicit Element(std::string_view value) {
    if (value.size() <= kMaxIntegerLength) {
      if (const auto integer = ParseInt64(value)) {
        EncodeInteger(*integer);
        return;
      }
    }
    text = value;
    if (value.size() < 64) {
      head[0] = static_cast<uint8_t>(kString6 | value.size()), head_bytes = 1;
    } else if (value.size() < 4096) {
      head[0] = static_cast<uint8_t>(kString12 | value.size() >> 8), head[1] = static_cast<uint8_t>(value.size());
      head_bytes = 2;
    } else {
      KW_CHECK(value.size() <= kMaxListpackBytes);
      head[0] = kString32, WriteLittle(head + 1, value.size(), 4), head_bytes = 5;
    }
    back_bytes = BackLengthBytes(body_bytes());
  }
  explicit Element(int64_t integer) { EncodeInteger(integer); }

  void EncodeInteger(int64_t v) {
    const auto bits = static_cast<uint64_t>(v);
    if (v >= 0 && v <= 127) {
      head[0] = static_cast<uint8_t>(v), head_bytes = 1;
    } else if (v >= -4096 && v <= 4095) {
      head[0] = static_cast<uint8_t>(kInteger13 | (bits >> 8 & 0x1f)), head[1] = static_cast<uint8_t>(bits);
      head_bytes = 2;
    } else {
      head[0] = v >= INT16_MIN && v <= INT16_MAX   ? kInteger16
                : v >= -(1 << 23) && v < (1 << 23) ? kInteger24
                : v >= INT32_MIN && v <= INT32_MAX ? kInteger32
                                                   : kInteger64;
      head_bytes = IntegerBytes(head[0]);
      WriteLittle(head + 1, bits, head_bytes - 1);
    }
    back_bytes = 1;
  }

  size_t body_bytes() const { return head_bytes + text.size(); }
  size_t bytes() const { return body_bytes() + back_bytes; }

  // Returns where it ended.
  uint8_t* Write(uint8_t* out) const {
    std::memcpy(out, head, head_bytes);
    out += head_bytes;
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    out += text.size();
    WriteBackLength(out, body_bytes(), back_bytes);
    return out + back_bytes;
  }

  uint8_t head[9];
  uint32_t head_bytes;
  uint32_t back_bytes;
  std::string_view text;  // empty for integers
};

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

// ---- changing ------------------------------------------------------------------------------------------------------

Listpack::Listpack() : data_(Allocate(kEmptyListpackBytes)) {
  StoreBytes(data_, kEmptyListpackBytes);
  StoreCount(data_, 0);
  data_[kListpackHeaderBytes] = kEnd;
}

Listpack& Listpack::operator=(Listpack&& other) noexcept {
  if (this != &other) {
    std::free(data_);
    data_ = std::exchange(other.data_, nullptr);
  }
  return *this;
}

Listpack::~Listpack() { std::free(data_); }

Listpack Listpack::FromBytes(std::span<const uint8_t> bytes) {
  KW_CHECK(bytes.size() >= kEmptyListpackBytes);
  uint8_t* data = Allocate(bytes.size());
  std::memcpy(data, bytes.data(), bytes.size());
  return Listpack(data);
}

size_t Listpack::memory_bytes() const { return AllocationSize(bytes()); }

void Listpack::Reallocate(size_t from_bytes, size_t to_bytes) {
  const size_t size = AllocationSize(to_bytes);
  if (size == AllocationSize(from_bytes)) return;
  data_ = static_cast<uint8_t*>(std::realloc(data_, size));
  KW_CHECK(data_ != nullptr);
}

// Replaces `removed` bytes at `at` by `inserted` ones that the caller then writes to what is returned.
uint8_t* Listpack::OpenGap(uint32_t at, size_t removed, size_t inserted) {
  const size_t old_bytes = bytes();
  const size_t new_bytes = old_bytes - removed + inserted;
  KW_CHECK(new_bytes <= UINT32_MAX);
  if (new_bytes > old_bytes) Reallocate(old_bytes, new_bytes);
  std::memmove(data_ + at + inserted, data_ + at + removed, old_bytes - at - removed);
  if (new_bytes < old_bytes) Reallocate(old_bytes, new_bytes);
  StoreBytes(data_, new_bytes);
  return data_ + at;
}

void Listpack::AddToCount(size_t added) {
  const uint32_t stored = StoredCount(data_);
  if (stored != kUnknownCount) StoreCount(data_, stored + added);
}

void Listpack::SubtractFromCount(size_t removed) {
  const uint32_t stored = StoredCount(data_);
  if (stored != kUnknownCount) StoreCount(data_, stored - removed);
}

void Listpack::InsertElement(uint32_t at, const Element& element) {
  element.Write(OpenGap(at, 0, element.bytes()));
  AddToCount(1);
}

void Listpack::ReplaceElement(uint32_t at, const Element& element) {
  element.Write(OpenGap(at, view().EntryBytes(at), element.bytes()));
}

void Listpack::Append(std::string_view text) { InsertElement(static_cast<uint32_t>(bytes() - 1), Element(text)); }
void Listpack::AppendInteger(int64_t v) { InsertElement(static_cast<uint32_t>(bytes() - 1), Element(v)); }
void Listpack::Prepend(std::string_view text) { InsertElement(kListpackHeaderBytes, Element(text)); }
void Listpack::PrependInteger(int64_t v) { InsertElement(kListpackHeaderBytes, Element(v)); }
void Listpack::AppendPair(std::string_view first, std::string_view second) { InsertPair(0, first, second); }

uint32_t Listpack::Insert(uint32_t at, Where where, std::string_view text) {
  if (where == Where::kAfter) at += view().EntryBytes(at);
  InsertElement(at, Element(text));
  return at;
}

uint32_t Listpack::InsertInteger(uint32_t at, Where where, int64_t integer) {
  if (where == Where::kAfter) at += view().EntryBytes(at);
  InsertElement(at, Element(integer));
  return at;
}

uint32_t Listpack::InsertPair(uint32_t at, std::string_view first, std::string_view second) {
  if (at == 0) at = static_cast<uint32_t>(bytes() - 1);
  const Element one(first), two(second);
  two.Write(one.Write(OpenGap(at, 0, one.bytes() + two.bytes())));
  AddToCount(2);
  return at;
}

void Listpack::Replace(uint32_t at, std::string_view text) { ReplaceElement(at, Element(text)); }
void Listpack::ReplaceInteger(uint32_t at, int64_t integer) { ReplaceElement(at, Element(integer)); }

uint32_t Listpack::EraseRange(uint32_t at, size_t count) {
  uint32_t end = at;
  size_t removed = 0;
  for (; removed < count && data_[end] != kEnd; ++removed) end += view().EntryBytes(end);
  OpenGap(at, end - at, 0);
  SubtractFromCount(removed);
  return data_[at] == kEnd ? 0 : at;
}

void Listpack::EraseIndexRange(int64_t index, size_t count) {
  const uint32_t at = view().Seek(index);
  if (at == 0 || count == 0) return;
  EraseRange(at, count);
}

void Listpack::Clear() {
  OpenGap(kListpackHeaderBytes, bytes() - kEmptyListpackBytes, 0);
  StoreCount(data_, 0);
}

size_t Listpack::Remove(std::string_view text, size_t limit, bool backwards) {
  const ListpackNeedle needle(text);
  size_t removed = 0;
  for (uint32_t at = backwards ? view().Last() : view().First(); at != 0 && removed < limit;) {
    if (!needle.Matches(view().Get(at))) {
      at = backwards ? view().Previous(at) : view().Next(at);
      continue;
    }
    ++removed;
    const uint32_t following = Erase(at);
    at = !backwards ? following : following == 0 ? view().Last() : view().Previous(following);
  }
  return removed;
}

void Listpack::InsertAll(uint32_t at, ListpackView other) {
  const size_t more = other.bytes() - kEmptyListpackBytes;
  const uint32_t own_count = StoredCount(data_), other_count = StoredCount(other.data());
  std::memcpy(OpenGap(at, 0, more), other.data() + kListpackHeaderBytes, more);
  const bool known = own_count != kUnknownCount && other_count != kUnknownCount;
  StoreCount(data_, known ? own_count + other_count : kUnknownCount);
}

void Listpack::AppendAll(ListpackView other) { InsertAll(static_cast<uint32_t>(bytes() - 1), other); }
void Listpack::PrependAll(ListpackView other) { InsertAll(kListpackHeaderBytes, other); }

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
