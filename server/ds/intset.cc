#include "server/ds/intset.h"

#include <cstdlib>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::ds {
namespace {

size_t WidthOf(int64_t value) {
  if (value < INT32_MIN || value > INT32_MAX) return 8;
  return value < INT16_MIN || value > INT16_MAX ? 4 : 2;
}

void Store32(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace

const uint8_t Intset::kEmpty[kIntsetHeaderBytes] = {2};

size_t IntsetView::LowerBound(int64_t value) const {
  size_t low = 0, high = size();
  // Counters and identifiers often arrive in ascending order.
  if (high != 0 && At(high - 1) < value) return high;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (At(middle) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool IntsetView::Contains(int64_t value) const {
  if (WidthOf(value) > width()) return false;
  const size_t index = LowerBound(value);
  return index < size() && At(index) == value;
}

Intset::~Intset() { std::free(data_); }

Intset Intset::FromBytes(std::span<const uint8_t> bytes) {
  KW_DCHECK(bytes.size() >= kIntsetHeaderBytes);
  Intset set;
  set.Reallocate(0, bytes.size());
  std::memcpy(set.data_, bytes.data(), bytes.size());
  return set;
}

size_t Intset::memory_bytes() const { return data_ != nullptr ? AllocationSize(view().bytes()) : 0; }

void Intset::Reallocate(size_t from_bytes, size_t to_bytes) {
  if (data_ != nullptr && AllocationSize(from_bytes) == AllocationSize(to_bytes)) return;
  void* memory = std::realloc(data_, AllocationSize(to_bytes));
  KW_CHECK(memory != nullptr);
  data_ = static_cast<uint8_t*>(memory);
}

void Intset::SetHeader(size_t width, size_t count) {
  Store32(data_, static_cast<uint32_t>(width));
  Store32(data_ + 4, static_cast<uint32_t>(count));
}

void Intset::SetAt(size_t index, int64_t value) {
  const size_t width = view().width();
  uint8_t* to = data_ + kIntsetHeaderBytes + index * width;
  for (size_t i = 0; i < width; ++i) to[i] = static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i));
}

bool Intset::Add(int64_t value) {
  const IntsetView before = view();
  const size_t count = before.size(), width = before.width();
  KW_DCHECK(count < kMaxIntsetIntegers);
  if (const size_t wider = WidthOf(value); wider > width) {
    // Outside of what fits the old width: it comes before or behind all others.
    const size_t shift = value < 0 ? 1 : 0;
    Reallocate(before.bytes(), kIntsetHeaderBytes + (count + 1) * wider);
    // From the end, since the wider integers lie further behind than those they come from.
    for (size_t i = count; i-- > 0;) {
      SetHeader(width, count);
      const int64_t old = view().At(i);
      SetHeader(wider, count);
      SetAt(i + shift, old);
    }
    SetHeader(wider, count + 1);
    SetAt(shift != 0 ? 0 : count, value);
    return true;
  }
  const size_t index = before.LowerBound(value);
  if (index < count && before.At(index) == value) return false;
  Reallocate(before.bytes(), before.bytes() + width);
  uint8_t* at = data_ + kIntsetHeaderBytes + index * width;
  if (index < count) std::memmove(at + width, at, (count - index) * width);
  SetHeader(width, count + 1);
  SetAt(index, value);
  return true;
}

bool Intset::Remove(int64_t value) {
  const IntsetView before = view();
  const size_t count = before.size(), width = before.width();
  if (WidthOf(value) > width) return false;
  const size_t index = before.LowerBound(value);
  if (index == count || before.At(index) != value) return false;
  uint8_t* at = data_ + kIntsetHeaderBytes + index * width;
  if (index + 1 < count) std::memmove(at, at + width, (count - index - 1) * width);
  Truncate(count - 1);
  return true;
}

void Intset::Truncate(size_t count) {
  const size_t old_bytes = view().bytes();
  SetHeader(view().width(), count);
  Reallocate(old_bytes, view().bytes());
}

bool ValidateIntset(std::span<const uint8_t> bytes, bool deep) {
  if (bytes.size() < kIntsetHeaderBytes) return false;
  const IntsetView view(bytes.data());
  const size_t width = view.width(), count = view.size();
  if (width != 2 && width != 4 && width != 8) return false;
  // In 64 bits the product of the two cannot overflow.
  if (count == 0 || count * width != bytes.size() - kIntsetHeaderBytes) return false;
  if (!deep) return true;
  for (size_t i = 1; i < count; ++i) {
    if (view.At(i - 1) >= view.At(i)) return false;
  }
  return true;
}

}  // namespace keyway::ds
