// TagTable: a hash table of entry pointers for everything that clients name: keys, set members, hash fields, zset members.
//
//   bucket, 64 bytes, one cache line:
//   | meta | tag 0 | tag 1 | … | tag 6 | slot 0 | slot 1 | … | slot 6 |
//      1      1       1           1        8        8            8
//
//   tag    the top byte of the entry's hash, never 0 (0 means: slot empty); seven tags are compared at once
//   meta   bit 7: slot 6 is no entry but a link to a child bucket of the same shape
//          bits 0-6: the owner's mark of each slot (the keyspace marks keys that expire and visits only those)
//
// The low bits of the hash choose the bucket. A table grows and shrinks by powers of two, a few buckets at a time: while
// it does there are two sides, side 0 being emptied into side 1 from bucket 0 upwards. Buckets of side 0 below
// the progress index are empty. Chains grow only when slots run out, and shorten when entries go.
//
// The table stores pointers and owns none of the entries. It knows them only through TablePolicy and the comparisons
// that its callers pass in. One thread uses a table at a time.
//
// Rules:
// - An entry is in the table at most once; Insert requires that its name is absent.
// - Pointers to entries never move by themselves; nothing hands out pointers to slots.
// - While a pause is held (Scan, ForEach, Iterator, Pause) entries may be removed, nothing is moved.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "server/base/check.h"

namespace keyway {
class Clock;
class Random;
}  // namespace keyway

namespace keyway::ds {

class TagTable;

// What a table must know of its entries. One constant object a kind of table.
struct TablePolicy {
  // The hash that the entry was inserted with.
  uint64_t (*hash)(const void* entry);
  // Asked before `more_bytes` are allocated for growth; false defers it until chains get long. Null: always yes.
  bool (*may_grow)(const TagTable& table, size_t more_bytes) = nullptr;
};

// Whether tables may be resized. A forked child shares the pages of all tables with its parent, so that moving entries
// would copy them; this is a fact of the process, hence one flag for all tables.
enum class ResizeMode : uint8_t {
  kAllowed,
  kAvoid,      // a child runs: grow only beyond kHardEntriesPerBucket, move nothing otherwise
  kForbidden,  // in the child
};
void SetResizeMode(ResizeMode mode);  // [exec]
ResizeMode CurrentResizeMode();       // [any]

class TagTable {
 public:
  struct Bucket;

  static constexpr int kSlots = 7;
  static constexpr uint64_t kHardEntriesPerBucket = 28;
  // PrefetchEntry fetches the cache lines of the first byte and of this one.
  static constexpr size_t kEntryTailOffset = 47;

  explicit TagTable(const TablePolicy& policy) : policy_(&policy) {}
  TagTable(TagTable&& other) noexcept : policy_(other.policy_) { Swap(other); }
  TagTable& operator=(TagTable&& other) noexcept {
    TagTable old(std::move(*this));
    Swap(other);
    return *this;
  }
  ~TagTable() { Clear(); }
  void Swap(TagTable& other) noexcept;

  size_t size() const { return sides_[0].used + sides_[1].used; }
  bool empty() const { return size() == 0; }

  // ---- one entry ----

  // The entry with this hash for which equal(entry) holds, or null.
  template <class Equal>
  void* Find(uint64_t hash, Equal&& equal) const;
  void Insert(uint64_t hash, void* entry, bool marked = false);
  // Takes the entry out and returns it, or null.
  template <class Equal>
  void* Remove(uint64_t hash, Equal&& equal);
  // Takes this very entry out; true if it was there.
  bool RemoveEntry(uint64_t hash, const void* entry);
  // Puts `entry` in the place of `old`, which must be there under the same hash. The mark stays.
  void ReplaceEntry(uint64_t hash, const void* old, void* entry);
  // Sets or clears the mark of an entry, which must be there.
  void SetMark(uint64_t hash, const void* entry, bool marked);

  // ---- batches: first the buckets of all, then the entries of all, then Find each ----

  void PrefetchBucket(uint64_t hash) const;
  // Fetches the entries whose tag fits. The bucket should have arrived.
  void PrefetchEntry(uint64_t hash) const;

  // ---- growth ----

  // Makes room for `count` entries at once, so that no growth happens until then.
  void Reserve(size_t count);
  bool resizing() const { return resizing_; }
  // One slice of a resize under way: moves one bucket. For each operation of the owner; cheap when there is none.
  void Step() {
    if (resizing_ && pauses_ == 0) [[unlikely]]
      MoveBuckets(1);
  }
  // Moves buckets until all are moved or the time is used up; true if any work was left. For cron.
  bool ResizeFor(int64_t budget_us, const Clock& clock);
  // Starts to shrink if the table is mostly empty; returns whether it did. For cron, and after removals.
  bool ShrinkIfSparse();

  // No entry moves while a pause is held. Pauses nest.
  class Pause {
   public:
    explicit Pause(TagTable& table) : table_(table) { ++table_.pauses_; }
    ~Pause() { --table_.pauses_; }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    TagTable& table_;
  };

  // ---- all entries ----

  // Calls visit(void* entry) for all entries of a few buckets, and returns the cursor to go on with; 0 starts and ends.
  // An entry that is in the table from the first call to the last is visited at least once, whatever resizes happen
  // between the calls. The visitor may remove the entry that it got, and no other; it must not insert.
  template <class Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit);
  // Visits entries with a mark in the buckets from *position on: at most `max_buckets` buckets are looked at (groups
  // without any mark cost next to nothing and count as one; buckets without any in front of the first are passed over even so). *position moves on, and becomes 0 when the end is reached.
  // Returns how many buckets were looked at. Same rules for the visitor as with Scan.
  template <class Visit>
  size_t ScanMarked(uint64_t* position, size_t max_buckets, Visit&& visit);
  // Calls visit(void* entry) for every entry once; a visitor that returns bool stops it by false. Same rules as Scan.
  template <class Visit>
  void ForEach(Visit&& visit);
  // Calls visit(void* entry) for `count` entries, or all if there are fewer, that follow each other from a random place on. The
  // visitor changes nothing. Every entry has the same chance to be the first. Work is bounded: fewer are visited where the table
  // is nearly empty, but one at least.
  template <class Visit>
  void SampleEntries(Random& random, size_t count, Visit&& visit) const;
  // A random entry, all with the same chance; null if empty.
  void* RandomEntry(Random& random) const;

  // Takes all entries out and frees the table's memory. Never calls back.
  void Clear();

  // Goes over all entries; the entry last returned may be removed, nothing may be inserted.
  class Iterator {
   public:
    explicit Iterator(TagTable& table) : pause_(table), table_(table) {}
    void* Next();  // null at the end

   private:
    Pause pause_;
    TagTable& table_;
    int side_ = 0;
    uint64_t index_ = 0;
    Bucket* bucket_ = nullptr;
    int slot_ = 0;
  };

  // ---- figures ----

  size_t buckets() const { return sides_[0].buckets_count() + sides_[1].buckets_count(); }
  size_t memory_bytes() const;
  // The text of DEBUG HTSTATS for this table; `full` adds the distribution of chain lengths. Reads every bucket.
  std::string DescribeStats(bool full) const;

  struct alignas(64) Bucket {
    uint64_t header;  // meta in the low byte, tag i in byte i+1
    void* slots[kSlots];

    static constexpr uint64_t kChainBit = 0x80;
    static constexpr int kLinkSlot = kSlots - 1;

    bool chained() const { return header & kChainBit; }
    Bucket* child() const { return static_cast<Bucket*>(slots[kLinkSlot]); }
    uint8_t tag(int slot) const { return static_cast<uint8_t>(header >> (8 * (slot + 1))); }
    bool marked(int slot) const { return header & (uint64_t{1} << slot); }
    uint32_t marks() const { return header & 0x7f; }
    // One bit a slot whose tag is `tag`. With tag 0: the empty slots, and the link slot of a chained bucket.
    uint32_t Match(uint8_t tag) const {
#ifdef __SSE2__
      const __m128i tags = _mm_cvtsi64_si128(static_cast<long long>(header));
      const __m128i equal = _mm_cmpeq_epi8(tags, _mm_set1_epi8(static_cast<char>(tag)));
      return (static_cast<uint32_t>(_mm_movemask_epi8(equal)) >> 1) & 0x7f;
#else
      uint32_t found = 0;
      for (int slot = 0; slot < kSlots; ++slot) found |= static_cast<uint32_t>(this->tag(slot) == tag) << slot;
      return found;
#endif
    }
    uint32_t occupied() const { return ~Match(0) & 0x7f; }
    uint32_t vacant() const { return Match(0) & (chained() ? 0x3f : 0x7f); }
  };

 private:
  static constexpr uint64_t kGroupBuckets = 64;

  struct Side {
    Bucket* array = nullptr;
    uint64_t mask = 0;                  // buckets - 1
    size_t used = 0;                    // entries
    size_t children = 0;                // child buckets
    uint32_t longest = 0;               // no chain has ever held more entries than this
    uint64_t* marked_groups = nullptr;  // a bit for kGroupBuckets: there may be a mark in one of them

    size_t buckets_count() const { return array ? mask + 1 : 0; }
  };
  struct Place {
    Side* side = nullptr;
    uint64_t index = 0;        // of the root bucket
    Bucket* bucket = nullptr;  // null: not found
    int slot = 0;
  };
  using Visitor = void (*)(void* context, void* entry);

  static uint8_t TagOf(uint64_t hash) {
    const uint8_t tag = static_cast<uint8_t>(hash >> 56);
    return tag + (tag == 0);
  }

  template <class Equal>
  Place Locate(uint64_t hash, Equal&& equal) const;
  Place LocateEntry(uint64_t hash, const void* entry) const;
  void InsertInto(Side& side, uint64_t index, uint8_t tag, void* entry, bool marked);
  void RemoveAt(const Place& place);
  void CompactChain(Side& side, uint64_t index);
  void GrowIfFull();
  void StartResize(uint64_t buckets);
  void MoveBuckets(size_t count);
  void MoveChain(uint64_t index);
  void FinishResize();
  static void AllocateSide(Side& side, uint64_t buckets);
  static void FreeSide(Side& side);
  void MarkGroup(Side& side, uint64_t index);
  uint64_t ScanBuckets(uint64_t cursor, Visitor visit, void* context);
  size_t ScanMarkedBuckets(uint64_t* position, size_t max_buckets, Visitor visit, void* context);
  void VisitChain(Side& side, uint64_t index, bool marked_only, Visitor visit, void* context);
  // Root buckets that may hold entries, numbered from 0: the rest of side 0, then side 1.
  uint64_t FilledBuckets() const;
  const Bucket* FilledBucket(uint64_t number) const;
  struct RandomPlace {
    uint64_t number;
    const Bucket* bucket;  // of the chain of root `number`
    uint32_t left;         // its slots from the drawn one on, a bit each
  };
  RandomPlace DrawPlace(Random& random) const;  // the table must not be empty
  void SampleFrom(Random& random, size_t count, Visitor visit, void* context) const;

  const TablePolicy* policy_ = nullptr;
  Side sides_[2];
  uint64_t progress_ = 0;  // buckets of side 0 below this index have been moved to side 1
  uint32_t pauses_ = 0;
  bool resizing_ = false;
};

// ---- templates ----

template <class Equal>
TagTable::Place TagTable::Locate(uint64_t hash, Equal&& equal) const {
  const uint8_t tag = TagOf(hash);
  for (int number = 0; number < 2; ++number) {
    const Side& side = sides_[number];
    if (!side.array) break;
    const uint64_t index = hash & side.mask;
    if (number == 0 && index < progress_) continue;  // moved; spares a cache miss
    Bucket* bucket = &side.array[index];
    for (;;) {
      for (uint32_t hits = bucket->Match(tag); hits; hits &= hits - 1) {
        const int slot = __builtin_ctz(hits);
        if (equal(bucket->slots[slot])) return {const_cast<Side*>(&side), index, bucket, slot};
      }
      if (!bucket->chained()) [[likely]]
        break;
      bucket = bucket->child();
    }
  }
  return {};
}

template <class Equal>
void* TagTable::Find(uint64_t hash, Equal&& equal) const {
  const Place place = Locate(hash, equal);
  return place.bucket ? place.bucket->slots[place.slot] : nullptr;
}

template <class Equal>
void* TagTable::Remove(uint64_t hash, Equal&& equal) {
  const Place place = Locate(hash, equal);
  if (!place.bucket) return nullptr;
  void* entry = place.bucket->slots[place.slot];
  RemoveAt(place);
  return entry;
}

template <class Visit>
uint64_t TagTable::Scan(uint64_t cursor, Visit&& visit) {
  using F = std::remove_reference_t<Visit>;
  return ScanBuckets(
      cursor, [](void* context, void* entry) { (*static_cast<F*>(context))(entry); },
      const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
}

template <class Visit>
size_t TagTable::ScanMarked(uint64_t* position, size_t max_buckets, Visit&& visit) {
  using F = std::remove_reference_t<Visit>;
  return ScanMarkedBuckets(
      position, max_buckets, [](void* context, void* entry) { (*static_cast<F*>(context))(entry); },
      const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
}

template <class Visit>
void TagTable::SampleEntries(Random& random, size_t count, Visit&& visit) const {
  using F = std::remove_reference_t<Visit>;
  SampleFrom(
      random, count, [](void* context, void* entry) { (*static_cast<F*>(context))(entry); },
      const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
}

template <class Visit>
void TagTable::ForEach(Visit&& visit) {
  Iterator iterator(*this);
  while (void* entry = iterator.Next()) {
    if constexpr (std::is_same_v<std::invoke_result_t<Visit&, void*>, bool>) {
      if (!visit(entry)) return;
    } else {
      visit(entry);
    }
  }
}

inline void TagTable::PrefetchBucket(uint64_t hash) const {
  for (const Side& side : sides_) {
    if (!side.array) break;
    __builtin_prefetch(&side.array[hash & side.mask]);
  }
}

}  // namespace keyway::ds
