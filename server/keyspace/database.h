// Database: one numbered set of keys. Finding, changing, deleting, expiring. [exec] throughout.
//
// Entries are named by HashedKey, a view with its hash, so that a key is hashed once (often on an I/O thread before).
// Find functions return a borrowed Entry*, valid until that key is changed or deleted; functions that change an entry may
// move it, invalidate the old pointer, and return the new one.
//
// A handler does: find, check the type, change, tell. Nothing here tells observers about values that handlers change,
// except Set and the functions that say so; expiry tells by itself.
//
//   GET     Entry* entry = db.FindForRead(key);
//   SET     db.Set(key, data::Value::String(text), {.expire_at_ms = at});   // overwrites, signals modification
//           db.Event(EventClass::kString, "set", key.view);
//           db.AddDirty();
//   INCR    Entry* entry = db.FindForWrite(key);
//           entry = entry ? db.SetInteger(key, entry, value) : db.Add(key, data::Value::Integer(value));
//           db.Changed(key, EventClass::kString, "incrby");                  // modified + event + dirty
//   APPEND  entry = db.Append(key, entry, bytes);
//   EXPIRE  entry = db.SetExpiry(key, entry, when_ms);
//   DEL     db.ExpireIfNeeded(key); if (db.Delete(key)) db.Changed(key, EventClass::kGeneric, "del");
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "server/base/siphash.h"
#include "server/data/value.h"
#include "server/ds/tag_table.h"
#include "server/keyspace/entry.h"
#include "server/keyspace/key_observer.h"

namespace keyway {
class Random;
}

namespace keyway::keyspace {

class Keyspace;
class Reclaimer;

// A key and its HashBytes. The bytes are borrowed.
struct HashedKey {
  explicit HashedKey(std::string_view key) : view(key), hash(HashBytes(key)) {}
  HashedKey(std::string_view key, uint64_t known_hash) : view(key), hash(known_hash) {}

  std::string_view view;
  uint64_t hash;
};

inline HashedKey HashKey(std::string_view key) { return HashedKey(key); }

// How a Find goes about its side effects. Combine with |.
enum LookupFlags : uint8_t {
  kLookupDefault = 0,
  kNoTouch = 1 << 0,   // leave the access clock alone (OBJECT, TYPE, TTL, DEBUG, CLIENT NO-TOUCH)
  kNoStats = 1 << 1,   // count no hit and no miss
  kNoNotify = 1 << 2,  // no "keymiss" event
  kNoExpire = 1 << 3,  // hide an expired key, but do not delete it
};
constexpr LookupFlags operator|(LookupFlags a, LookupFlags b) {
  return static_cast<LookupFlags>(uint8_t(a) | uint8_t(b));
}
// For a look that leaves no trace.
inline constexpr LookupFlags kPeek = kNoTouch | kNoStats | kNoNotify | kNoExpire;

enum class FreeMode : uint8_t {
  kNow,   // on this thread
  kLazy,  // by the Reclaimer, if it is much work
};

struct SetOptions {
  bool keep_ttl = false;             // the old expiry stays (SET … KEEPTTL, INCR-like overwrites)
  bool signal = true;                // call OnModified
  int64_t expire_at_ms = kNoExpiry;  // Unix time; overrides keep_ttl
};

class Database {
 public:
  Database(Keyspace& keyspace, int index);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  int index() const { return index_; }
  Keyspace& keyspace() { return keyspace_; }
  // Keys, expired ones that are not yet deleted included.
  size_t size() const { return table_.size(); }
  size_t expiring_keys() const { return expiring_; }
  int64_t average_ttl_ms() const { return average_ttl_ms_; }

  // ---- finding ----

  // For commands that only read. Counts a hit or a miss, touches the access clock, deletes the key if it has expired (as
  // the keyspace's ExpiryMode says). Null if absent or expired.
  Entry* FindForRead(const HashedKey& key, LookupFlags flags = kLookupDefault);
  // For commands that may write: counts nothing, touches, and deletes expired keys on a writable replica too.
  Entry* FindForWrite(const HashedKey& key, LookupFlags flags = kLookupDefault);
  // The entry as it lies there, expired or not, without any side effect.
  Entry* FindRaw(const HashedKey& key) const;
  bool Exists(const HashedKey& key) { return FindForRead(key, kPeek) != nullptr; }

  // Deletes the key if it has expired and the mode says so. True if it is (logically) expired.
  bool ExpireIfNeeded(const HashedKey& key, LookupFlags flags = kLookupDefault);
  // Whether the entry's time has come, by the time of the running command. False while expiry is ignored.
  bool IsExpired(const Entry* entry) const;

  // Batches: PrefetchBucket for every key, then PrefetchEntry for every key, then the commands.
  void PrefetchBucket(const HashedKey& key) const { table_.PrefetchBucket(key.hash); }
  void PrefetchEntry(const HashedKey& key) const { table_.PrefetchEntry(key.hash); }

  // ---- adding, replacing, deleting ----

  // Adds a key that is absent (also not as an expired entry). Calls OnAdded, and the "new" event.
  Entry* Add(const HashedKey& key, data::Value&& value, int64_t expire_at_ms = kNoExpiry);
  // Adds a key that is not there, and tells nobody: for loading.
  Entry* Load(const HashedKey& key, data::Value&& value, int64_t expire_at_ms);
  // Adds or overwrites, whatever the type was. Drops the expiry unless told to keep it.
  Entry* Set(const HashedKey& key, data::Value&& value, const SetOptions& options = {});
  // Replaces the value of an entry and keeps its expiry and clock. Signals nothing, except that OnRemoved and OnAdded are
  // called when the type changes. For a handler that made a new value of an old one.
  Entry* Replace(const HashedKey& key, Entry* entry, data::Value&& value);
  // Deletes the key; false if it was absent. Calls OnRemoved and nothing else. The first form frees lazily if
  // lazyfree-lazy-server-del says so.
  bool Delete(const HashedKey& key);
  bool Delete(const HashedKey& key, FreeMode mode);
  // Deletes as expiry does, with the event and the propagation that belong to it. Requires the key to be there.
  void DeleteExpired(const HashedKey& key);
  // Deletes as eviction does, with the event and the propagation that belong to it. Returns how many bytes fewer are in use
  // for it; what is freed lazily, or held by others, does not count.
  int64_t DeleteEvicted(Entry* entry, bool lazily);

  // ---- strings: each requires entry->is_string() ----

  // Stores an integer in place. Keeps expiry and clock.
  Entry* SetInteger(const HashedKey& key, Entry* entry, int64_t integer);
  // Appends; the value is "raw" afterwards. Grows ahead, so that many appends cost little.
  Entry* Append(const HashedKey& key, Entry* entry, std::string_view bytes);
  // Overwrites from `offset` on, with zero bytes in any gap; the value is "raw" afterwards.
  Entry* WriteRange(const HashedKey& key, Entry* entry, size_t offset, std::string_view bytes);
  // Makes the value "raw", at least `min_size` bytes long (zeros added) and not shared, and gives its bytes for change
  // in place, until the next change by other means. *entry is updated. SETBIT, BITFIELD, PFADD.
  std::span<char> MutableBytes(const HashedKey& key, Entry** entry, size_t min_size);

  // ---- expiry: absolute Unix time in milliseconds ----

  // A time before 1970 counts as 1970.
  Entry* SetExpiry(const HashedKey& key, Entry* entry, int64_t when_ms);
  // Removes the expiry, if there is one.
  Entry* ClearExpiry(const HashedKey& key, Entry* entry);

  // ---- across keys and databases ----

  // `from` becomes `to` with value, expiry and clock; what `to` was before is deleted. Requires `from` to be there and the
  // names to differ.
  Entry* Rename(const HashedKey& from, const HashedKey& to);
  // Moves the key with all it has. False, and nothing happens, if it is absent here or present there.
  bool MoveTo(Database& target, const HashedKey& key);
  // A deep copy of value and expiry under another name. False if `from` is absent, or `to` is there and may not be
  // replaced. From and to must differ in name or database.
  bool CopyTo(Database& target, const HashedKey& from, const HashedKey& to, bool replace);

  // ---- all keys ----

  // SCAN: visit(Entry*) for a few buckets; expired entries included (check IsExpired). Returns the next cursor, 0 at the
  // end. The visitor may delete the entry it got and nothing else.
  template <class Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) {
    return table_.Scan(cursor, [&](void* entry) { visit(static_cast<Entry*>(entry)); });
  }
  // Every entry once, expired ones included. A visitor that returns bool stops it by false. Same rules as for Scan.
  template <class Visit>
  void ForEach(Visit&& visit) {
    table_.ForEach([&](void* entry) { return visit(static_cast<Entry*>(entry)); });
  }
  // A random key that has not expired (expired ones it meets are deleted if the mode says so), or null if there is none.
  Entry* RandomEntry();
  // Any random entry, expired or not; null if empty. For eviction and sampling.
  Entry* RandomRawEntry();
  // visit(Entry*) for `count` entries that lie together in a random place of the table, or all if there are fewer. Names say
  // nothing about places, so that they are as good as drawn one by one, and cost less. For eviction; visitors change nothing.
  template <class Visit>
  void SampleKeys(size_t count, Visit&& visit) {
    table_.SampleEntries(keyspace_random(), count, [&](void* entry) { visit(static_cast<Entry*>(entry)); });
  }
  // The same for entries with an expiry, which are visited in turn, from where the last sample ended: at least `count` of them,
  // unless `max_buckets` buckets of the table had none. For eviction; visitors change nothing.
  template <class Visit>
  void SampleExpiring(size_t count, size_t max_buckets, Visit&& visit) {
    size_t seen = 0;
    for (size_t looked_at = 0; seen < count && looked_at < max_buckets;) {
      looked_at += table_.ScanMarked(&eviction_position_, 1, [&](void* entry) {
        ++seen;
        visit(static_cast<Entry*>(entry));
      });
    }
  }

  // Removes all keys; returns how many. Observers hear OnFlush before.
  size_t Flush(FreeMode mode);

  // ---- telling ----

  void SignalModified(std::string_view key);
  void Event(EventClass event_class, std::string_view event, std::string_view key);
  void AddDirty(int64_t changes = 1);
  // All three at once.
  void Changed(const HashedKey& key, EventClass event_class, std::string_view event, int64_t dirty = 1);

  // ---- figures ----

  // MEMORY USAGE: the entry, what it owns, and its share of the table.
  size_t MemoryUsage(const Entry* entry, size_t samples) const;
  // Bytes of the table itself.
  size_t overhead_bytes() const { return table_.memory_bytes(); }
  // DEBUG HTSTATS.
  std::string DescribeStats(bool full) const { return table_.DescribeStats(full); }
  // Makes room for so many keys (RDB loading, DEBUG POPULATE).
  void Reserve(size_t keys) { table_.Reserve(keys); }
  const ds::TagTable& table() const { return table_; }

 private:
  friend class Keyspace;

  // The table knows the keyspace, whose gate it asks before it grows.
  struct KeyTable : ds::TagTable {
    explicit KeyTable(Keyspace& owner);
    Keyspace* keyspace;
  };
  static uint64_t HashOfEntry(const void* entry);
  static bool MayGrow(const ds::TagTable& table, size_t more_bytes);
  static const ds::TablePolicy kPolicy;

  Entry* Lookup(const HashedKey& key) const {
    return static_cast<Entry*>(
        table_.Find(key.hash, [&](const void* entry) { return static_cast<const Entry*>(entry)->key() == key.view; }));
  }
  void Touch(Entry* entry);
  Entry* Link(const HashedKey& key, Entry* entry);
  Entry* Relink(const HashedKey& key, Entry* old, Entry* entry);
  void Unlink(const HashedKey& key, Entry* entry);
  void FreeEntry(Entry* entry, FreeMode mode);
  // Takes the object out of the entry if it is too much to free here.
  void ReclaimObject(Entry* entry, FreeMode mode);
  void TellAdded(std::string_view key, data::ValueType type);
  void TellRemoved(std::string_view key, data::ValueType type);
  void SwapContents(Database& other);
  Random& keyspace_random() const;

  Keyspace& keyspace_;
  const int index_;
  KeyTable table_;
  size_t expiring_ = 0;             // entries with an expiry; each carries the table's mark
  int64_t average_ttl_ms_ = 0;      // estimated by active expiry
  uint64_t expiry_position_ = 0;    // where active expiry goes on
  uint64_t eviction_position_ = 0;  // where the next sample of expiring keys begins
};

}  // namespace keyway::keyspace
