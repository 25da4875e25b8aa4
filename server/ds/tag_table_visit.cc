// TagTable: going over all entries, random picks, figures.
#include <fmt/core.h>

#include <algorithm>

#include "server/base/random.h"
#include "server/ds/tag_table.h"

namespace keyway::ds {
namespace {

// After so many misses a random pick takes what lies next; only a table waiting for its shrink is so sparse.
constexpr int kMaxRandomTries = 4096;
constexpr size_t kHistogramSize = 32;
// How far a sample goes on through buckets that hold little, for each entry that it wants.
constexpr uint64_t kBucketsPerSampledEntry = 10;

uint64_t ReverseBits(uint64_t x) {
  x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
  x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
  x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
  return __builtin_bswap64(x);
}

// The successor of a cursor that counts from the top bit of `mask` downwards. Bits above the mask count as used up, so
// that a bucket index and its copies in a bigger table come in one run. 0 after the last.
uint64_t NextCursor(uint64_t cursor, uint64_t mask) { return ReverseBits(ReverseBits(cursor | ~mask) + 1); }

uint32_t CountEntries(const TagTable::Bucket* bucket) {
  uint32_t count = 0;
  for (;; bucket = bucket->child()) {
    count += static_cast<uint32_t>(__builtin_popcount(bucket->occupied()));
    if (!bucket->chained()) return count;
  }
}

bool HasMarks(const TagTable::Bucket& root) {
  for (const TagTable::Bucket* bucket = &root;; bucket = bucket->child()) {
    if (bucket->marks() != 0) return true;
    if (!bucket->chained()) return false;
  }
}

}  // namespace

void TagTable::VisitChain(Side& side, uint64_t index, bool marked_only, Visitor visit, void* context) {
  const size_t before = side.used;
  {
    const Pause pause(*this);
    for (Bucket* bucket = &side.array[index];; bucket = bucket->child()) {
      const uint32_t wanted = marked_only ? bucket->marks() : bucket->occupied();
      for (uint32_t left = wanted; left; left &= left - 1) visit(context, bucket->slots[__builtin_ctz(left)]);
      if (!bucket->chained()) break;
    }
  }
  if (side.used != before && pauses_ == 0) CompactChain(side, index);
}

uint64_t TagTable::ScanBuckets(uint64_t cursor, Visitor visit, void* context) {
  if (!sides_[0].array) return 0;
  if (!resizing_) {
    Side& side = sides_[0];
    VisitChain(side, cursor & side.mask, false, visit, context);
    return NextCursor(cursor, side.mask);
  }
  // A bucket of the smaller side, then all buckets of the bigger one that its entries come from or go to.
  const bool grows = sides_[0].mask < sides_[1].mask;
  Side& small = sides_[grows ? 0 : 1];
  Side& big = sides_[grows ? 1 : 0];
  VisitChain(small, cursor & small.mask, false, visit, context);
  do {
    VisitChain(big, cursor & big.mask, false, visit, context);
    cursor = NextCursor(cursor, big.mask);
  } while (cursor & (small.mask ^ big.mask));
  return cursor;
}

size_t TagTable::ScanMarkedBuckets(uint64_t* position, size_t max_buckets, Visitor visit, void* context) {
  size_t looked_at = 0;
  const uint64_t total = buckets();
  uint64_t at = *position < total ? *position : 0;
  while (looked_at < max_buckets && at < total) {
    const bool first = at < sides_[0].buckets_count();
    Side& side = sides_[first ? 0 : 1];
    const uint64_t base = first ? 0 : sides_[0].buckets_count();
    const uint64_t index = at - base;
    const uint64_t group = index / kGroupBuckets;
    const uint64_t groups = side.marked_groups ? side.marked_groups[group / 64] >> (group % 64) : 0;
    if ((groups & 1) == 0) {
      // On to the next group with marks, at most to the end of this word of 64 groups, or of this side.
      const uint64_t skip = groups ? static_cast<uint64_t>(__builtin_ctzll(groups)) : 64 - group % 64;
      at = base + std::min((group + skip) * kGroupBuckets, side.buckets_count());
      ++looked_at;
      continue;
    }
    const uint64_t end = std::min((group + 1) * kGroupBuckets, side.buckets_count());
    uint64_t next = index;
    if (index % kGroupBuckets == 0) {
      // Looked through at once, whatever is left of max_buckets: only a group that was seen as a whole can lose its bit.
      while (next < end && !HasMarks(side.array[next])) ++next;
      if (next == end) side.marked_groups[group / 64] &= ~(uint64_t{1} << (group % 64));
      looked_at += next - index;
    }
    for (; next < end && looked_at < max_buckets; ++next, ++looked_at) {
      if (HasMarks(side.array[next])) VisitChain(side, next, true, visit, context);
    }
    at = base + next;
  }
  *position = at < total ? at : 0;
  return looked_at;
}

void* TagTable::Iterator::Next() {
  for (;;) {
    while (bucket_) {
      const uint32_t left = bucket_->occupied() >> slot_ << slot_;
      if (left != 0) {
        slot_ = __builtin_ctz(left);
        return bucket_->slots[slot_++];
      }
      bucket_ = bucket_->chained() ? bucket_->child() : nullptr;
      slot_ = 0;
    }
    while (side_ < 2 && index_ >= table_.sides_[side_].buckets_count()) ++side_, index_ = 0;
    if (side_ == 2) return nullptr;
    bucket_ = &table_.sides_[side_].array[index_++];
    slot_ = 0;
  }
}

uint64_t TagTable::FilledBuckets() const { return sides_[0].buckets_count() - progress_ + sides_[1].buckets_count(); }

const TagTable::Bucket* TagTable::FilledBucket(uint64_t number) const {
  const uint64_t first_count = sides_[0].buckets_count() - progress_;
  return number < first_count ? &sides_[0].array[progress_ + number] : &sides_[1].array[number - first_count];
}

TagTable::RandomPlace TagTable::DrawPlace(Random& random) const {
  // The n-th entry of a chain, as its bucket and what is left of that.
  const auto nth = [](const Bucket* bucket, uint64_t n) -> std::pair<const Bucket*, uint32_t> {
    for (;; bucket = bucket->child()) {
      uint32_t left = bucket->occupied();
      const auto count = static_cast<uint64_t>(__builtin_popcount(left));
      if (n < count) {
        for (; n > 0; --n) left &= left - 1;
        return {bucket, left};
      }
      n -= count;
      if (!bucket->chained()) return {nullptr, 0};
    }
  };
  // Every (bucket, place in the chain) has the same chance; places that hold nothing are drawn again.
  const uint64_t places = std::max(sides_[0].longest, sides_[1].longest);
  const uint64_t total = FilledBuckets();
  uint64_t number = 0;
  for (int tries = 0; tries < kMaxRandomTries; ++tries) {
    number = random.Below(total);
    const auto [bucket, left] = nth(FilledBucket(number), random.Below(places));
    if (bucket != nullptr) return {number, bucket, left};
  }
  for (;; number = (number + 1) % total) {
    const uint32_t entries = CountEntries(FilledBucket(number));
    if (entries == 0) continue;
    // The chain is no fair choice; within it there is one.
    const auto [bucket, left] = nth(FilledBucket(number), random.Below(entries));
    return {number, bucket, left};
  }
}

void* TagTable::RandomEntry(Random& random) const {
  if (empty()) return nullptr;
  const RandomPlace place = DrawPlace(random);
  return place.bucket->slots[__builtin_ctz(place.left)];
}

void TagTable::SampleFrom(Random& random, size_t count, Visitor visit, void* context) const {
  if (empty()) return;
  RandomPlace place = DrawPlace(random);
  const uint64_t total = FilledBuckets();
  if (size() <= count) {
    place.bucket = FilledBucket(place.number);
    place.left = place.bucket->occupied();
  }
  size_t visited = 0;
  for (uint64_t roots = 1;;) {
    for (uint32_t left = place.left; left; left &= left - 1) {
      __builtin_prefetch(place.bucket->slots[__builtin_ctz(left)]);
    }
    for (uint32_t left = place.left; left; left &= left - 1) {
      visit(context, place.bucket->slots[__builtin_ctz(left)]);
      if (++visited >= count) return;
    }
    if (place.bucket->chained()) {
      place.bucket = place.bucket->child();
    } else {
      // Once round. In a table with more entries than are wanted the sample began inside a chain, whose first ones come last.
      if (roots++ >= std::min(total + (size() > count), count * kBucketsPerSampledEntry)) return;
      place.number = place.number + 1 == total ? 0 : place.number + 1;
      place.bucket = FilledBucket(place.number);
    }
    place.left = place.bucket->occupied();
  }
}

// ---- figures ----

size_t TagTable::memory_bytes() const {
  size_t bytes = 0;
  for (const Side& side : sides_) {
    bytes += (side.buckets_count() + side.children) * sizeof(Bucket);
    if (side.marked_groups) bytes += (side.mask / kGroupBuckets / 64 + 1) * sizeof(uint64_t);
  }
  return bytes;
}

std::string TagTable::DescribeStats(bool full) const {
  if (empty()) return "No stats available for empty dictionaries\n";
  std::string text;
  for (int number = 0; number < 2; ++number) {
    const Side& side = sides_[number];
    if (!side.array) break;
    text += fmt::format("Hash table {} stats ({} hash table):\n table size: {}\n number of elements: {}\n", number,
                        number == 0 ? "main" : "rehashing target", side.buckets_count() * kSlots, side.used);
    text += fmt::format(" buckets: {}\n child buckets: {}\n", side.buckets_count(), side.children);
    if (resizing_ && number == 0) text += fmt::format(" rehashing index: {}\n", progress_);
    if (!full || side.used == 0) continue;
    size_t histogram[kHistogramSize] = {};
    uint32_t longest = 0;
    for (uint64_t index = 0; index <= side.mask; ++index) {
      const uint32_t entries = CountEntries(&side.array[index]);
      longest = std::max(longest, entries);
      ++histogram[std::min<size_t>(entries, kHistogramSize - 1)];
    }
    text += fmt::format(" different slots: {}\n max chain length: {}\n Chain length distribution:\n",
                        side.buckets_count() - histogram[0], longest);
    for (size_t length = 0; length < kHistogramSize; ++length) {
      if (histogram[length] == 0) continue;
      text +=
          fmt::format("   {}{}: {} ({:.2f}%)\n", length + 1 == kHistogramSize ? ">= " : "", length, histogram[length],
                      100.0 * static_cast<double>(histogram[length]) / static_cast<double>(side.buckets_count()));
    }
  }
  return text;
}

}  // namespace keyway::ds
