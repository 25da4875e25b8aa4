// Changing listpacks. Reading them is in listpack_view.cc.
#include "server/ds/listpack.h"

#include <cstdlib>
#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/ds/listpack_element.h"

namespace keyway::ds {

using namespace listpack;

namespace {

uint8_t* Allocate(size_t bytes) {
  auto* data = static_cast<uint8_t*>(std::malloc(AllocationSize(bytes)));
  KW_CHECK(data != nullptr);
  return data;
}

}  // namespace

struct Listpack::Element : listpack::Element {
  using listpack::Element::Element;
};

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

void Listpack::AddToCount(size_t added) { ChangeCount(data_, static_cast<int64_t>(added)); }
void Listpack::SubtractFromCount(size_t removed) { ChangeCount(data_, -static_cast<int64_t>(removed)); }

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

}  // namespace keyway::ds
