// Intset: a sorted array of different integers, all stored in the width that the widest one needs. The layout is Redis's,
// bit for bit, because RDB files and DUMP payloads carry it.
//
//   | width, u32 LE: 2, 4 or 8 | count, u32 LE | integer | integer | … |        ascending, little-endian, signed
//
// A set grows wider when a wide integer arrives, and stays so when it goes. Looking up is a binary search; adding and
// removing move what lies behind.
//
// The allocation is AllocationSize(its bytes) (base/memory.h): reallocated only where that size changes. An empty
// Intset owns no memory at first.
//
//   ds::Intset set;
//   set.Add(7);
//   for (size_t i = 0; i < set.view().size(); ++i) Use(set.view().At(i));
//
// Views read bytes that are valid: made here, or accepted by ValidateIntset with `deep`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace keyway::ds {

inline constexpr size_t kIntsetHeaderBytes = 8;
// No intset holds more: so many integers of 8 bytes are the 8 GB that its users think of at most.
inline constexpr size_t kMaxIntsetIntegers = size_t{1} << 30;

// Reads an intset that somebody else keeps alive and unchanged. One pointer; pass by value.
class IntsetView {
 public:
  explicit IntsetView(const uint8_t* data) : data_(data) {}

  size_t size() const { return Load32(4); }
  bool empty() const { return size() == 0; }
  size_t width() const { return Load32(0); }  // bytes of each integer: 2, 4 or 8
  size_t bytes() const { return kIntsetHeaderBytes + size() * width(); }
  std::span<const uint8_t> span() const { return {data_, bytes()}; }

  // Requires index < size().
  int64_t At(size_t index) const;
  // Requires that it is not empty.
  int64_t Min() const { return At(0); }
  int64_t Max() const { return At(size() - 1); }
  bool Contains(int64_t value) const;
  // The index of the first integer that is not below `value`; size() if all are.
  size_t LowerBound(int64_t value) const;

 private:
  uint32_t Load32(size_t at) const {
    return data_[at] | uint32_t{data_[at + 1]} << 8 | uint32_t{data_[at + 2]} << 16 | uint32_t{data_[at + 3]} << 24;
  }

  const uint8_t* data_;
};

// Owns an intset. One pointer. Changes invalidate views.
class Intset {
 public:
  Intset() = default;
  Intset(Intset&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  Intset& operator=(Intset&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~Intset();
  // A copy of valid bytes (see ValidateIntset).
  static Intset FromBytes(std::span<const uint8_t> bytes);
  Intset Clone() const { return FromBytes(view().span()); }

  IntsetView view() const { return ViewOf(data_); }
  size_t size() const { return view().size(); }
  // Bytes allocated.
  size_t memory_bytes() const;

  // For owners that keep the bare pointer: Release gives it away (null if it owns nothing), Adopt takes it back.
  uint8_t* Release() { return std::exchange(data_, nullptr); }
  static Intset Adopt(uint8_t* data) {
    Intset set;
    set.data_ = data;
    return set;
  }
  static IntsetView ViewOf(const uint8_t* data) { return IntsetView(data != nullptr ? data : kEmpty); }

  // False if it is there already. Requires size() < kMaxIntsetIntegers.
  bool Add(int64_t value);
  // False if it is not there.
  bool Remove(int64_t value);
  // Keeps the integers for which keep(integer) is true; it is asked for each, in ascending order.
  template <class Keep>
  void Retain(Keep&& keep);

 private:
  static const uint8_t kEmpty[kIntsetHeaderBytes];

  void Reallocate(size_t from_bytes, size_t to_bytes);
  void SetHeader(size_t width, size_t count);
  void SetAt(size_t index, int64_t value);
  void Truncate(size_t count);

  uint8_t* data_ = nullptr;  // null: empty
};

// Whether hostile bytes are an intset that is not empty. Without `deep` only header and length are looked at; with it
// the order of the integers too, so that a view finds what is there.
bool ValidateIntset(std::span<const uint8_t> bytes, bool deep);

// ---- details ----

namespace intset_internal {

// Fixed widths, so that the compiler makes one load of the bytes.
template <class Unsigned, class Signed>
int64_t Load(const uint8_t* from) {
  Unsigned value = 0;
  for (size_t i = 0; i < sizeof(value); ++i) value |= static_cast<Unsigned>(static_cast<Unsigned>(from[i]) << (8 * i));
  return static_cast<Signed>(value);
}

}  // namespace intset_internal

inline int64_t IntsetView::At(size_t index) const {
  const size_t wide = width();
  const uint8_t* from = data_ + kIntsetHeaderBytes + index * wide;
  if (wide == 2) return intset_internal::Load<uint16_t, int16_t>(from);
  if (wide == 4) return intset_internal::Load<uint32_t, int32_t>(from);
  return intset_internal::Load<uint64_t, int64_t>(from);
}

template <class Keep>
void Intset::Retain(Keep&& keep) {
  const size_t count = size();
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    const int64_t value = view().At(i);
    if (!keep(value)) continue;
    if (kept != i) SetAt(kept, value);
    ++kept;
  }
  if (kept != count) Truncate(kept);
}

}  // namespace keyway::ds
