#include "server/ds/tag_table.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>

#include "server/base/clock.h"
#include "server/base/memory.h"

namespace keyway::ds {
namespace {

// Average entries a bucket at which a table doubles, in halves: 6.5 of 7 slots.
constexpr uint64_t kGrowHalvesPerBucket = 13;
// A table with less than one entry in eight slots shrinks.
constexpr uint64_t kSparseSlotsPerEntry = 8;
// A denied growth is carried out anyway once there are so many entries for ten slots.
constexpr uint64_t kDeniedEntriesPerTenSlots = 16;
// How many buckets one step may look at for each that it moves, since there may be empty ones in between.
constexpr size_t kVisitsPerMove = 10;
// Emptied buckets whose pages are given back together: 128 KB.
constexpr uint64_t kDiscardBuckets = 2048;
// Buckets moved between two looks at the clock.
constexpr size_t kMovesPerClockRead = 64;
constexpr uint32_t kLongestWithoutChain = TagTable::kSlots;

// A fact of the process: while a forked child runs, its pages are shared with every table. See SetResizeMode.
std::atomic<ResizeMode> resize_mode{ResizeMode::kAllowed};

uint64_t EntriesLimit(uint64_t buckets) { return buckets == 1 ? TagTable::kSlots : buckets * kGrowHalvesPerBucket / 2; }

uint64_t BucketsFor(uint64_t entries) {
  uint64_t buckets = 1;
  while (EntriesLimit(buckets) < entries) buckets *= 2;
  return buckets;
}

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
    // A growth that could not wait for the end of the child goes on; it is by more than a factor of two. So does the shrink
    // of a table that is all but empty: few of its pages are written for that.
    const bool forced = sides_[1].mask / 4 >= sides_[0].mask || sides_[0].mask / 8 >= sides_[1].mask;
    if (mode != ResizeMode::kAvoid || !forced) return;
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

}  // namespace keyway::ds
