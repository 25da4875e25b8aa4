#include "server/ds/tag_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>

#include "server/base/clock.h"
#include "server/base/memory.h"
#include "server/base/random.h"

namespace keyway::ds {
namespace {

// Average entries a bucket at which a table doubles, in halves: 6.5 of 7 slots.
constexpr uint64_t kGrowHalvesPerBucket = 13;
// A table with less than one entry in eight slots shrinks.
constexpr uint64_t kSparseSlotsPerEntry = 8;
// A denied growth is carried out anyway once there are so many entries for ten slots.
constexpr uint64_t kDeniedEntriesPerTenSlots = 16;
constexpr uint64_t kGroupBuckets = 64;
// How many buckets one step may look at for each that it moves, since there may be empty ones in between.
constexpr size_t kVisitsPerMove = 10;
// Emptied buckets whose pages are given back together: 128 KB.
constexpr uint64_t kDiscardBuckets = 2048;
// Buckets moved between two looks at the clock.
constexpr size_t kMovesPerClockRead = 64;
// After so many misses a random pick takes what lies next; only a table waiting for its shrink is so sparse.
constexpr int kMaxRandomTries = 4096;
constexpr uint32_t kLongestWithoutChain = TagTable::kSlots;
constexpr size_t kHistogramSize = 32;

// A fact of the process: while a forked child runs, its pages are shared with every table. See SetResizeMode.
std::atomic<ResizeMode> resize_mode{ResizeMode::kAllowed};

uint64_t EntriesLimit(uint64_t buckets) { return buckets == 1 ? TagTable::kSlots : buckets * kGrowHalvesPerBucket / 2; }

uint64_t BucketsFor(uint64_t entries) {
  uint64_t buckets = 1;
  while (EntriesLimit(buckets) < entries) buckets *= 2;
  return buckets;
}

uint64_t ReverseBits(uint64_t x) {
  x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
  x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
  x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
  return __builtin_bswap64(x);
}

// The successor of a cursor that counts from the top bit of `mask` downwards. Bits above the mask count as used up, so
// that a bucket index and its copies in a bigger table come in one run. 0 after the last.
uint64_t NextCursor(uint64_t cursor, uint64_t mask) { return ReverseBits(ReverseBits(cursor | ~mask) + 1); }

uint64_t TagBits(int slot) { return uint64_t{0xff} << (8 * (slot + 1)); }

void Fill(TagTable::Bucket& bucket, int slot, uint8_t tag, void* entry, bool marked) {
  bucket.header |= static_cast<uint64_t>(tag) << (8 * (slot + 1)) | static_cast<uint64_t>(marked) << slot;
  bucket.slots[slot] = entry;
}

void Vacate(TagTable::Bucket& bucket, int slot) {
  bucket.header &= ~(TagBits(slot) | uint64_t{1} << slot);
  bucket.slots[slot] = nullptr;
}

TagTable::Bucket* NewBucket() {
  void* memory = AllocateZeroed(sizeof(TagTable::Bucket));
  KW_CHECK(memory != nullptr);
  return new (memory) TagTable::Bucket();
}

void FreeBucket(TagTable::Bucket* bucket) { FreeZeroed(bucket, sizeof(TagTable::Bucket)); }

// Gives the last entry slot of a full bucket up for a link.
TagTable::Bucket* AddChild(TagTable::Bucket& bucket) {
  constexpr int kLink = TagTable::Bucket::kLinkSlot;
  TagTable::Bucket* child = NewBucket();
  Fill(*child, 0, bucket.tag(kLink), bucket.slots[kLink], bucket.marked(kLink));
  Vacate(bucket, kLink);
  bucket.header |= TagTable::Bucket::kChainBit;
  bucket.slots[kLink] = child;
  return child;
}

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

void SetResizeMode(ResizeMode mode) { resize_mode.store(mode, std::memory_order_relaxed); }
ResizeMode CurrentResizeMode() { return resize_mode.load(std::memory_order_relaxed); }

// ---- one entry ----

void TagTable::Swap(TagTable& other) noexcept {
  KW_DCHECK(pauses_ == 0 && other.pauses_ == 0);
  std::swap(policy_, other.policy_);
  std::swap(sides_, other.sides_);
  std::swap(progress_, other.progress_);
  std::swap(resizing_, other.resizing_);
}

TagTable::Place TagTable::LocateEntry(uint64_t hash, const void* entry) const {
  return Locate(hash, [entry](const void* candidate) { return candidate == entry; });
}

void TagTable::Insert(uint64_t hash, void* entry, bool marked) {
  KW_DCHECK(entry != nullptr);
  Step();
  GrowIfFull();
  Side& side = sides_[resizing_ ? 1 : 0];
  InsertInto(side, hash & side.mask, TagOf(hash), entry, marked);
}

void TagTable::InsertInto(Side& side, uint64_t index, uint8_t tag, void* entry, bool marked) {
  Bucket* bucket = &side.array[index];
  uint32_t passed = 0;
  while (bucket->vacant() == 0) {
    passed += kSlots - 1;
    if (bucket->chained()) {
      bucket = bucket->child();
    } else {
      bucket = AddChild(*bucket);
      ++side.children;
    }
  }
  Fill(*bucket, __builtin_ctz(bucket->vacant()), tag, entry, marked);
  ++side.used;
  if (passed != 0) {
    // An upper bound is enough: later buckets of the chain count as full.
    uint32_t longest = passed + kSlots;
    for (; bucket->chained(); bucket = bucket->child()) longest += kSlots - 1;
    side.longest = std::max(side.longest, longest);
  }
  if (marked) MarkGroup(side, index);
}

bool TagTable::RemoveEntry(uint64_t hash, const void* entry) {
  const Place place = LocateEntry(hash, entry);
  if (!place.bucket) return false;
  RemoveAt(place);
  return true;
}

void TagTable::RemoveAt(const Place& place) {
  Vacate(*place.bucket, place.slot);
  --place.side->used;
  if (pauses_ == 0) {
    if (place.side->array[place.index].chained()) CompactChain(*place.side, place.index);
    Step();
  }
}

void TagTable::ReplaceEntry(uint64_t hash, const void* old, void* entry) {
  const Place place = LocateEntry(hash, old);
  KW_CHECK(place.bucket != nullptr);
  place.bucket->slots[place.slot] = entry;
}

void TagTable::SetMark(uint64_t hash, const void* entry, bool marked) {
  const Place place = LocateEntry(hash, entry);
  KW_CHECK(place.bucket != nullptr);
  const uint64_t bit = uint64_t{1} << place.slot;
  if (marked) {
    place.bucket->header |= bit;
    MarkGroup(*place.side, place.index);
  } else {
    place.bucket->header &= ~bit;
  }
}

void TagTable::MarkGroup(Side& side, uint64_t index) {
  const uint64_t group = index / kGroupBuckets;
  if (!side.marked_groups) {
    const uint64_t words = side.mask / kGroupBuckets / 64 + 1;
    side.marked_groups = static_cast<uint64_t*>(std::calloc(words, sizeof(uint64_t)));
    KW_CHECK(side.marked_groups != nullptr);
  }
  side.marked_groups[group / 64] |= uint64_t{1} << (group % 64);
}

// Fills holes from the end of the chain, and frees children that are no longer needed.
void TagTable::CompactChain(Side& side, uint64_t index) {
  Bucket* const root = &side.array[index];
  while (root->chained()) {
    Bucket* hole = nullptr;
    Bucket* parent = root;
    Bucket* last = root;
    for (Bucket* bucket = root; bucket->chained(); bucket = bucket->child()) {
      if (!hole && bucket->vacant() != 0) hole = bucket;
      parent = bucket;
      last = bucket->child();
    }
    const uint32_t left = last->occupied();
    if ((left & (left - 1)) == 0) {
      // Nothing, or one entry that fits where the link was.
      parent->header &= ~Bucket::kChainBit;
      parent->slots[Bucket::kLinkSlot] = nullptr;
      if (left != 0) {
        const int slot = __builtin_ctz(left);
        Fill(*parent, Bucket::kLinkSlot, last->tag(slot), last->slots[slot], last->marked(slot));
      }
      FreeBucket(last);
      --side.children;
    } else if (hole) {
      const int slot = __builtin_ctz(left);
      Fill(*hole, __builtin_ctz(hole->vacant()), last->tag(slot), last->slots[slot], last->marked(slot));
      Vacate(*last, slot);
    } else {
      return;
    }
  }
}

void TagTable::PrefetchEntry(uint64_t hash) const {
  const uint8_t tag = TagOf(hash);
  for (int number = 0; number < 2; ++number) {
    const Side& side = sides_[number];
    if (!side.array) return;
    const uint64_t index = hash & side.mask;
    if (number == 0 && index < progress_) continue;
    const Bucket* bucket = &side.array[index];
    for (uint32_t hits = bucket->Match(tag); hits; hits &= hits - 1) {
      // An entry is seldom aligned to a cache line, and its value lies at the end.
      const char* entry = static_cast<const char*>(bucket->slots[__builtin_ctz(hits)]);
      __builtin_prefetch(entry);
      __builtin_prefetch(entry + kEntryTailOffset);
    }
    if (bucket->chained()) __builtin_prefetch(bucket->child());
  }
}

// ---- growth ----

void TagTable::AllocateSide(Side& side, uint64_t buckets) {
  side = Side();
  side.array = static_cast<Bucket*>(AllocateZeroed(buckets * sizeof(Bucket)));
  if (!side.array) return;
  side.mask = buckets - 1;
  side.longest = kLongestWithoutChain;
}

void TagTable::FreeSide(Side& side) {
  FreeZeroed(side.array, side.buckets_count() * sizeof(Bucket));
  std::free(side.marked_groups);
  side = Side();
}

void TagTable::GrowIfFull() {
  if (!sides_[0].array) {
    AllocateSide(sides_[0], 1);
    KW_CHECK(sides_[0].array != nullptr);
    return;
  }
  if (resizing_ || pauses_ != 0) return;
  const Side& side = sides_[0];
  const uint64_t buckets = side.buckets_count();
  if (side.used < EntriesLimit(buckets)) [[likely]]
    return;
  const ResizeMode mode = CurrentResizeMode();
  if (mode == ResizeMode::kForbidden) return;
  if (mode == ResizeMode::kAvoid && side.used < buckets * kHardEntriesPerBucket) return;
  const uint64_t wanted = BucketsFor(side.used + 1);
  const bool may_wait = side.used * 10 < buckets * kSlots * kDeniedEntriesPerTenSlots;
  if (may_wait && policy_->may_grow && !policy_->may_grow(*this, wanted * sizeof(Bucket))) return;
  StartResize(wanted);
}

void TagTable::StartResize(uint64_t buckets) {
  Side next;
  AllocateSide(next, buckets);
  if (!next.array) return;  // no memory for it: go on with longer chains
  if (sides_[0].used == 0) {
    // Also drops the children that removals under a pause have left behind.
    Clear();
    sides_[0] = next;
    return;
  }
  sides_[1] = next;
  progress_ = 0;
  resizing_ = true;
}

void TagTable::MoveBuckets(size_t count) {
  const ResizeMode mode = CurrentResizeMode();
  if (mode != ResizeMode::kAllowed) {
    // A growth that could not wait for the end of the child goes on; it is by more than a factor of two.
    const bool forced = mode == ResizeMode::kAvoid && sides_[1].mask / 4 >= sides_[0].mask;
    if (!forced) return;
  }
  for (size_t visits = count * kVisitsPerMove; visits > 0 && count > 0; --visits) {
    const uint64_t index = progress_;
    const Bucket& bucket = sides_[0].array[index];
    if (bucket.occupied() != 0 || bucket.chained()) {
      MoveChain(index);
      --count;
    }
    ++progress_;
    if (progress_ % kDiscardBuckets == 0) {
      // Bit by bit, since giving a big table back at once takes milliseconds.
      DiscardZeroed(sides_[0].array, sides_[0].buckets_count() * sizeof(Bucket),
                    (progress_ - kDiscardBuckets) * sizeof(Bucket), kDiscardBuckets * sizeof(Bucket));
    }
    if (progress_ > sides_[0].mask) return FinishResize();
  }
}

void TagTable::MoveChain(uint64_t index) {
  Side& from = sides_[0];
  Side& to = sides_[1];
  const bool shrinking = to.mask < from.mask;
  Bucket* const root = &from.array[index];
  if (!shrinking) {
    // The entries hold the hashes; ask for all cache lines at once.
    for (const Bucket* bucket = root;; bucket = bucket->child()) {
      for (uint32_t left = bucket->occupied(); left; left &= left - 1) {
        __builtin_prefetch(bucket->slots[__builtin_ctz(left)]);
      }
      if (!bucket->chained()) break;
    }
  }
  for (Bucket* bucket = root; bucket != nullptr;) {
    for (uint32_t left = bucket->occupied(); left; left &= left - 1) {
      const int slot = __builtin_ctz(left);
      void* entry = bucket->slots[slot];
      const uint64_t target = shrinking ? index & to.mask : policy_->hash(entry) & to.mask;
      InsertInto(to, target, bucket->tag(slot), entry, bucket->marked(slot));
      --from.used;
    }
    Bucket* const child = bucket->chained() ? bucket->child() : nullptr;
    if (bucket != root) {
      FreeBucket(bucket);
      --from.children;
    }
    bucket = child;
  }
  *root = Bucket();
}

void TagTable::FinishResize() {
  KW_CHECK(sides_[0].used == 0 && sides_[0].children == 0);
  FreeSide(sides_[0]);
  sides_[0] = std::exchange(sides_[1], Side());
  progress_ = 0;
  resizing_ = false;
}

bool TagTable::ResizeFor(int64_t budget_us, const Clock& clock) {
  if (!resizing_ || pauses_ != 0) return false;
  const int64_t end = clock.MonotonicUs() + budget_us;
  do {
    const uint64_t before = progress_;
    MoveBuckets(kMovesPerClockRead);
    if (progress_ == before) break;  // a child runs
  } while (resizing_ && clock.MonotonicUs() < end);
  return true;
}

void TagTable::Reserve(size_t count) {
  if (resizing_ || pauses_ != 0 || CurrentResizeMode() == ResizeMode::kForbidden) return;
  const uint64_t wanted = BucketsFor(count);
  if (wanted > sides_[0].buckets_count()) StartResize(wanted);
}

bool TagTable::ShrinkIfSparse() {
  const uint64_t buckets = sides_[0].buckets_count();
  if (buckets <= 1 || resizing_ || pauses_ != 0 || CurrentResizeMode() != ResizeMode::kAllowed) return false;
  if (sides_[0].used * kSparseSlotsPerEntry >= buckets * kSlots) return false;
  // A quarter more than there is, so that the next few inserts do not turn it round.
  StartResize(BucketsFor(sides_[0].used + sides_[0].used / 4));
  return true;
}

void TagTable::Clear() {
  KW_DCHECK(pauses_ == 0);
  for (Side& side : sides_) {
    for (uint64_t index = 0; side.children > 0; ++index) {
      Bucket* bucket = &side.array[index];
      Bucket* child = bucket->chained() ? bucket->child() : nullptr;
      while (child) {
        Bucket* const next = child->chained() ? child->child() : nullptr;
        FreeBucket(child);
        --side.children;
        child = next;
      }
    }
    FreeSide(side);
  }
  progress_ = 0;
  resizing_ = false;
}

// ---- all entries ----

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
    bool any = index % kGroupBuckets != 0;  // only a whole group can lose its bit
    uint64_t next = index;
    for (; next < end && looked_at < max_buckets; ++next, ++looked_at) {
      if (!HasMarks(side.array[next])) continue;
      any = true;
      VisitChain(side, next, true, visit, context);
    }
    if (!any && next == end) side.marked_groups[group / 64] &= ~(uint64_t{1} << (group % 64));
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

void* TagTable::RandomEntry(Random& random) const {
  if (empty()) return nullptr;
  // Every (bucket, place in the chain) has the same chance; places that hold nothing are drawn again.
  const uint64_t places = std::max(sides_[0].longest, sides_[1].longest);
  const uint64_t moved = progress_;
  const uint64_t first_count = sides_[0].buckets_count() - moved;
  const uint64_t total = first_count + sides_[1].buckets_count();
  const Bucket* bucket = nullptr;
  uint64_t number = 0;
  for (int tries = 0; tries < kMaxRandomTries; ++tries) {
    number = random.Below(total);
    bucket = number < first_count ? &sides_[0].array[moved + number] : &sides_[1].array[number - first_count];
    uint64_t place = random.Below(places);
    for (;; bucket = bucket->child()) {
      uint32_t left = bucket->occupied();
      const uint64_t count = static_cast<uint64_t>(__builtin_popcount(left));
      if (place < count) {
        for (; place > 0; --place) left &= left - 1;
        return bucket->slots[__builtin_ctz(left)];
      }
      place -= count;
      if (!bucket->chained()) break;
    }
  }
  for (;; number = (number + 1) % total) {
    bucket = number < first_count ? &sides_[0].array[moved + number] : &sides_[1].array[number - first_count];
    for (;; bucket = bucket->child()) {
      if (const uint32_t left = bucket->occupied()) return bucket->slots[__builtin_ctz(left)];
      if (!bucket->chained()) break;
    }
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
    text += fmt::format(" max chain length: {}\n Chain length distribution:\n", longest);
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
