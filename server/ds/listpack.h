// Listpack: a sequence of short elements, strings and integers, packed into one block of bytes. The layout is Redis's, bit
// for bit, because RDB files and DUMP payloads carry it.
//
//   | total bytes, u32 LE | elements, u16 LE (65535: count them) | element … element | 0xFF |
//   element: | encoding and data | length of that, backwards readable, 1-5 bytes |
//
//   0xxxxxxx  7-bit unsigned integer        110xxxxx y  13-bit integer       11110001 … 11110100  16, 24, 32, 64-bit integer
//   10xxxxxx  string of up to 63 bytes      1110xxxx y  string up to 4095    11110000 + u32       longer string
//
// An element is named by its offset; 0 names none. Text that is the one spelling of a 64-bit integer is stored as one.
//
// The allocation of a Listpack is AllocationSize(its bytes) (base/memory.h): the spare room is what the allocator would
// waste anyway, and need not be stored; appends reallocate only where that size changes.
//
//   ds::Listpack pack;
//   pack.Append("field"), pack.Append("12");
//   for (uint32_t at = pack.view().First(); at != 0; at = pack.view().Next(at)) Use(pack.view().Get(at));
//
// Views read bytes that are valid: made here, or accepted by ValidateListpack with `deep`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "server/base/number.h"

namespace keyway::ds {

inline constexpr size_t kListpackHeaderBytes = 6;
inline constexpr size_t kEmptyListpackBytes = kListpackHeaderBytes + 1;
// No listpack grows beyond this: callers ask HasRoom first.
inline constexpr size_t kMaxListpackBytes = size_t{1} << 30;

struct ListpackValue {
  bool is_integer = false;
  int64_t integer = 0;
  std::string_view text;  // in the listpack; empty for integers

  // The element as text: integers are formatted into `buffer`.
  std::string_view TextIn(char (&buffer)[kMaxIntegerLength]) const {
    return is_integer ? std::string_view(buffer, FormatInt64(integer, buffer)) : text;
  }
  std::string ToString() const { return is_integer ? std::string(IntegerText(integer).view()) : std::string(text); }
  // Bytes of the element as text.
  size_t length() const { return is_integer ? Int64Length(integer) : text.size(); }
  bool Equals(std::string_view other) const;
};

// Text that elements are compared with many times: whether it is an integer is found out once. Borrows the text.
class ListpackNeedle {
 public:
  explicit ListpackNeedle(std::string_view text) : text_(text), integer_(ParseInt64(text)) {}
  bool Matches(const ListpackValue& value) const {
    return value.is_integer ? integer_ && *integer_ == value.integer : value.text == text_;
  }

 private:
  std::string_view text_;
  std::optional<int64_t> integer_;
};

// Calls a visitor of elements; false if it returns bool and wants no more.
template <class Visit>
bool VisitElement(Visit& visit, const ListpackValue& value) {
  if constexpr (std::is_void_v<decltype(visit(value))>) {
    visit(value);
    return true;
  } else {
    return visit(value);
  }
}

// Bytes that an element takes in a listpack. [any]
size_t ListpackElementBytes(std::string_view text);
size_t ListpackIntegerBytes(int64_t integer);

// Reads a listpack that somebody else keeps alive and unchanged. One pointer; pass by value.
class ListpackView {
 public:
  explicit ListpackView(const uint8_t* data) : data_(data) {}

  const uint8_t* data() const { return data_; }
  // Of the whole listpack.
  size_t bytes() const {
    return data_[0] | uint32_t{data_[1]} << 8 | uint32_t{data_[2]} << 16 | uint32_t{data_[3]} << 24;
  }
  std::span<const uint8_t> span() const { return {data_, bytes()}; }
  bool empty() const { return data_[kListpackHeaderBytes] == 0xff; }
  // Elements. Constant time up to 65534 of them, a walk beyond.
  size_t size() const;

  // Offsets; 0: there is none.
  uint32_t First() const { return empty() ? 0 : kListpackHeaderBytes; }
  uint32_t Last() const { return Previous(static_cast<uint32_t>(bytes() - 1)); }
  uint32_t Next(uint32_t at) const {
    const uint32_t next = at + EntryBytes(at);
    return data_[next] == 0xff ? 0 : next;
  }
  // Also from the offset of the end, bytes() - 1.
  uint32_t Previous(uint32_t at) const;
  // From -1 on, negative ones count from the end.
  uint32_t Seek(int64_t index) const;

  // The element at an offset. The text lies in the listpack.
  ListpackValue Get(uint32_t at) const;
  // Bytes of the element with its backward length.
  uint32_t EntryBytes(uint32_t at) const;

  // The first element from `from` on (0: nothing is found) that equals `text`. `skip` elements are passed over between
  // two that are compared: Find(First(), field, 1) looks at fields, not at values.
  uint32_t Find(uint32_t from, std::string_view text, unsigned skip = 0) const;

  // visit(ListpackValue) for each element. A visitor that returns bool ends it by false.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (uint32_t at = First(); at != 0; at = Next(at)) {
      if (!VisitElement(visit, Get(at))) return;
    }
  }

 private:
  const uint8_t* data_;
};

// Owns a listpack. One pointer; a moved-from one may be assigned to or destroyed, nothing else. Changes invalidate views,
// texts and offsets. Text that is put in must not lie in the same listpack. Not one of these functions may take it beyond
// kMaxListpackBytes.
class Listpack {
 public:
  enum class Where : uint8_t { kBefore, kAfter };

  Listpack();
  Listpack(Listpack&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  Listpack& operator=(Listpack&& other) noexcept;
  ~Listpack();
  // A copy of valid bytes (see ValidateListpack).
  static Listpack FromBytes(std::span<const uint8_t> bytes);
  Listpack Clone() const { return FromBytes(view().span()); }

  ListpackView view() const { return ListpackView(data_); }
  size_t size() const { return view().size(); }
  size_t bytes() const { return view().bytes(); }
  bool empty() const { return view().empty(); }
  // Bytes allocated.
  size_t memory_bytes() const;
  // Whether `more` bytes of elements may be added.
  bool HasRoom(size_t more) const { return more <= kMaxListpackBytes && bytes() + more <= kMaxListpackBytes; }

  void Append(std::string_view text);
  void AppendInteger(int64_t integer);
  // Two elements with one reallocation at most.
  void AppendPair(std::string_view first, std::string_view second);
  void Prepend(std::string_view text);
  void PrependInteger(int64_t integer);

  // Beside the element at `at`. Returns the offset of the new element.
  uint32_t Insert(uint32_t at, Where where, std::string_view text);
  uint32_t InsertInteger(uint32_t at, Where where, int64_t integer);
  // Two elements before the one at `at`; 0: at the end. Returns the offset of the first.
  uint32_t InsertPair(uint32_t at, std::string_view first, std::string_view second);
  // The element at `at` gets another value; it stays where it is.
  void Replace(uint32_t at, std::string_view text);
  void ReplaceInteger(uint32_t at, int64_t integer);

  // Removes one or `count` elements from `at` on (fewer if there are fewer). Returns the offset of the element that follows
  // then, or 0.
  uint32_t Erase(uint32_t at) { return EraseRange(at, 1); }
  uint32_t EraseRange(uint32_t at, size_t count);
  // The same by the index of the first one, which may be negative. Nothing happens if it is out of range.
  void EraseIndexRange(int64_t index, size_t count);
  void Clear();
  // Removes elements that equal `text`, at most `limit` of them, from the front or from the back; returns how many.
  size_t Remove(std::string_view text, size_t limit, bool backwards);

  // Puts the elements of `other` behind or before its own; `other` is unchanged.
  void AppendAll(ListpackView other);
  void PrependAll(ListpackView other);

  // For owners that keep the bare pointer: Release gives it away, Adopt takes it back. Only pointers from Release, or null:
  // that makes one that is as if moved from.
  uint8_t* Release() { return std::exchange(data_, nullptr); }
  static Listpack Adopt(uint8_t* data) { return Listpack(data); }

 private:
  struct Element;
  explicit Listpack(uint8_t* data) : data_(data) {}
  void Reallocate(size_t from_bytes, size_t to_bytes);
  uint8_t* OpenGap(uint32_t at, size_t removed, size_t inserted);
  void AddToCount(size_t added);
  void SubtractFromCount(size_t removed);
  void InsertElement(uint32_t at, const Element& element);
  void ReplaceElement(uint32_t at, const Element& element);
  void InsertAll(uint32_t at, ListpackView other);

  uint8_t* data_;
};

// Called for each element; false: the bytes are to be refused.
using ListpackCheck = bool (*)(void* context, const ListpackValue& value);

// Whether hostile bytes are a listpack. Without `deep` only header, length and end mark are looked at; with it every element
// and the number of them, so that a view can do no harm with them. `check`, if there is one, sees each element.
bool ValidateListpack(std::span<const uint8_t> bytes, bool deep, ListpackCheck check = nullptr,
                      void* context = nullptr);

// The same, deep, with any callable: bool(const ListpackValue&).
template <class Check>
bool ValidateListpackElements(std::span<const uint8_t> bytes, Check&& check) {
  return ValidateListpack(
      bytes, true,
      [](void* context, const ListpackValue& value) -> bool {
        return (*static_cast<std::remove_reference_t<Check>*>(context))(value);
      },
      const_cast<void*>(static_cast<const void*>(&check)));
}

}  // namespace keyway::ds
