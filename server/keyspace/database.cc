#include "server/keyspace/database.h"

#include <algorithm>
#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/keyspace/entry_editor.h"
#include "server/keyspace/keyspace.h"

namespace keyway::keyspace {
namespace {

// Expired keys that must stay may be all that there is; then one of them has to do.
constexpr int kMaxExpiredPicks = 100;

// Takes the object of a key along.
class ObjectGarbage : public Garbage {
 public:
  explicit ObjectGarbage(std::unique_ptr<data::Object> object) : object_(std::move(object)) {}

 private:
  std::unique_ptr<data::Object> object_;
};

// A whole table with its entries.
class TableGarbage : public Garbage {
 public:
  explicit TableGarbage(ds::TagTable&& table) : table_(std::move(table)) {}
  ~TableGarbage() override {
    table_.ForEach([](void* entry) { EntryEditor::Free(static_cast<Entry*>(entry)); });
  }

 private:
  ds::TagTable table_;
};

}  // namespace

const ds::TablePolicy Database::kPolicy = {.hash = &HashOfEntry, .may_grow = &MayGrow};

uint64_t Database::HashOfEntry(const void* entry) { return HashBytes(static_cast<const Entry*>(entry)->key()); }

bool Database::MayGrow(const ds::TagTable& table, size_t more_bytes) {
  return static_cast<const KeyTable&>(table).keyspace->MayGrow(more_bytes);
}

Database::KeyTable::KeyTable(Keyspace& owner) : TagTable(kPolicy), keyspace(&owner) {}

Database::Database(Keyspace& keyspace, int index) : keyspace_(keyspace), index_(index), table_(keyspace) {}

Database::~Database() {
  table_.ForEach([](void* entry) { EntryEditor::Free(static_cast<Entry*>(entry)); });
}

// ---- finding ----

Entry* Database::FindRaw(const HashedKey& key) const { return Lookup(key); }

bool Database::IsExpired(const Entry* entry) const {
  if (!entry->has_expiry()) [[likely]]
    return false;
  return keyspace_.expiry_mode() != ExpiryMode::kIgnore && keyspace_.now_ms() > entry->expire_at_ms();
}

void Database::Touch(Entry* entry) {
  if (!keyspace_.touching()) return;
  const uint32_t clock = entry->clock();
  const uint32_t used = keyspace_.ClockAfterUse(clock);
  if (used != clock) entry->set_clock(used);
}

Entry* Database::FindForRead(const HashedKey& key, LookupFlags flags) {
  table_.Step();
  Entry* entry = Lookup(key);
  if (entry && IsExpired(entry)) [[unlikely]] {
    if (keyspace_.expiry_mode() == ExpiryMode::kDelete && !(flags & kNoExpire)) DeleteExpired(key);
    entry = nullptr;
  }
  if (!entry) {
    if (!(flags & kNoNotify)) Event(EventClass::kKeyMiss, "keymiss", key.view);
    if (!(flags & kNoStats)) ++keyspace_.stats().misses;
    return nullptr;
  }
  if (!(flags & kNoTouch)) Touch(entry);
  if (!(flags & kNoStats)) ++keyspace_.stats().hits;
  return entry;
}

Entry* Database::FindForWrite(const HashedKey& key, LookupFlags flags) {
  table_.Step();
  Entry* entry = Lookup(key);
  if (!entry) return nullptr;
  if (IsExpired(entry)) [[unlikely]] {
    const ExpiryMode mode = keyspace_.expiry_mode();
    const bool deletes = mode == ExpiryMode::kDelete || mode == ExpiryMode::kDeleteOnWrite;
    if (deletes && !(flags & kNoExpire)) DeleteExpired(key);
    return nullptr;
  }
  if (!(flags & kNoTouch)) Touch(entry);
  return entry;
}

bool Database::ExpireIfNeeded(const HashedKey& key, LookupFlags flags) {
  const Entry* entry = Lookup(key);
  if (!entry || !IsExpired(entry)) return false;
  if (keyspace_.expiry_mode() == ExpiryMode::kDelete && !(flags & kNoExpire)) DeleteExpired(key);
  return true;
}

// ---- the table ----

Entry* Database::Link(const HashedKey& key, Entry* entry) {
  const bool expires = entry->has_expiry();
  table_.Insert(key.hash, entry, expires);
  expiring_ += expires;
  return entry;
}

Entry* Database::Relink(const HashedKey& key, Entry* old, Entry* entry) {
  if (entry != old) table_.ReplaceEntry(key.hash, old, entry);
  return entry;
}

void Database::Unlink(const HashedKey& key, Entry* entry) {
  expiring_ -= entry->has_expiry();
  KW_CHECK(table_.RemoveEntry(key.hash, entry));
}

void Database::ReclaimObject(Entry* entry, FreeMode mode) {
  const size_t threshold = mode == FreeMode::kLazy ? kLazyFreeThreshold : kHugeFreeThreshold;
  if (entry->is_string() || entry->object()->FreeEffort() <= threshold) return;
  keyspace_.reclaimer().Reclaim(std::make_unique<ObjectGarbage>(EntryEditor::DetachObject(entry)), 1);
}

void Database::FreeEntry(Entry* entry, FreeMode mode) {
  ReclaimObject(entry, mode);
  EntryEditor::Free(entry);
}

// ---- adding, replacing, deleting ----

Entry* Database::Add(const HashedKey& key, data::Value&& value, int64_t expire_at_ms) {
  // Where expired keys stay hidden, the new one takes the place of one of them.
  if (Lookup(key)) Delete(key, FreeMode::kNow);
  const data::ValueType type = value.type();
  Entry* entry = Link(key, EntryEditor::Make(key.view, std::move(value), expire_at_ms, keyspace_.FreshClock()));
  TellAdded(key.view, type);
  Event(EventClass::kNew, "new", key.view);
  return entry;
}

Entry* Database::Load(const HashedKey& key, data::Value&& value, int64_t expire_at_ms) {
  return Link(key, EntryEditor::Make(key.view, std::move(value), expire_at_ms, keyspace_.FreshClock()));
}

Entry* Database::Set(const HashedKey& key, data::Value&& value, const SetOptions& options) {
  Entry* entry = FindForWrite(key);
  if (!entry) {
    entry = Add(key, std::move(value), options.expire_at_ms);
  } else {
    entry = Replace(key, entry, std::move(value));
    if (options.expire_at_ms != kNoExpiry) {
      entry = SetExpiry(key, entry, options.expire_at_ms);
    } else if (!options.keep_ttl) {
      entry = ClearExpiry(key, entry);
    }
  }
  if (options.signal) SignalModified(key.view);
  return entry;
}

Entry* Database::Replace(const HashedKey& key, Entry* entry, data::Value&& value) {
  const data::ValueType old_type = entry->type();
  const data::ValueType type = value.type();
  ReclaimObject(entry, keyspace_.settings().lazy_server_del ? FreeMode::kLazy : FreeMode::kNow);
  entry = Relink(key, entry, EntryEditor::SetValue(entry, std::move(value)));
  if (type != old_type) {
    TellRemoved(key.view, old_type);
    TellAdded(key.view, type);
  }
  return entry;
}

bool Database::Delete(const HashedKey& key) {
  return Delete(key, keyspace_.settings().lazy_server_del ? FreeMode::kLazy : FreeMode::kNow);
}

bool Database::Delete(const HashedKey& key, FreeMode mode) {
  Entry* entry = Lookup(key);
  if (!entry) return false;
  Unlink(key, entry);
  TellRemoved(key.view, entry->type());
  // Last: the view may be the entry's own key.
  FreeEntry(entry, mode);
  return true;
}

void Database::DeleteExpired(const HashedKey& key) {
  Entry* entry = Lookup(key);
  KW_DCHECK(entry != nullptr);
  const bool lazily = keyspace_.settings().lazy_expire;
  Unlink(key, entry);
  ++keyspace_.stats().expired_keys;
  TellRemoved(key.view, entry->type());
  Event(EventClass::kExpired, "expired", key.view);
  SignalModified(key.view);
  for (KeyObserver* observer : keyspace_.observers()) observer->OnExpired(*this, key.view, lazily);
  FreeEntry(entry, lazily ? FreeMode::kLazy : FreeMode::kNow);
}

int64_t Database::DeleteEvicted(Entry* entry, bool lazily) {
  // The bytes of the name go with the entry, which is freed last.
  const HashedKey key(entry->key());
  Unlink(key, entry);
  ++keyspace_.stats().evicted_keys;
  TellRemoved(key.view, entry->type());
  SignalModified(key.view);
  Event(EventClass::kEvicted, "evicted", key.view);
  for (KeyObserver* observer : keyspace_.observers()) observer->OnEvicted(*this, key.view, lazily);
  // Observers take memory too (propagation). That is not what deleting this key brings.
  const size_t before = UsedMemory();
  FreeEntry(entry, lazily ? FreeMode::kLazy : FreeMode::kNow);
  return static_cast<int64_t>(before) - static_cast<int64_t>(UsedMemory());
}

// ---- strings ----

Entry* Database::SetInteger(const HashedKey& key, Entry* entry, int64_t integer) {
  KW_DCHECK(entry->is_string());
  return Relink(key, entry, EntryEditor::SetValue(entry, data::Value::Integer(integer)));
}

Entry* Database::Append(const HashedKey& key, Entry* entry, std::string_view bytes) {
  KW_DCHECK(entry->is_string());
  const size_t old_size = entry->StringLength();
  Entry* grown = EntryEditor::ResizeString(entry, old_size + bytes.size(), true);
  if (!bytes.empty()) std::memcpy(EntryEditor::StringBytes(grown).data() + old_size, bytes.data(), bytes.size());
  return Relink(key, entry, grown);
}

Entry* Database::WriteRange(const HashedKey& key, Entry* entry, size_t offset, std::string_view bytes) {
  const std::span<char> target = MutableBytes(key, &entry, offset + bytes.size());
  if (!bytes.empty()) std::memcpy(target.data() + offset, bytes.data(), bytes.size());
  return entry;
}

std::span<char> Database::MutableBytes(const HashedKey& key, Entry** entry, size_t min_size) {
  KW_DCHECK((*entry)->is_string());
  const size_t old_size = (*entry)->StringLength();
  // A first write says how long the value is going to be; later growth says that it grows.
  const bool grow_ahead = old_size > 0 && min_size > old_size;
  *entry = Relink(key, *entry, EntryEditor::ResizeString(*entry, std::max(old_size, min_size), grow_ahead));
  return EntryEditor::StringBytes(*entry);
}

// ---- expiry ----

Entry* Database::SetExpiry(const HashedKey& key, Entry* entry, int64_t when_ms) {
  const bool is_new = !entry->has_expiry();
  entry = Relink(key, entry, EntryEditor::SetExpiry(entry, std::max<int64_t>(when_ms, 0)));
  if (is_new) {
    table_.SetMark(key.hash, entry, true);
    ++expiring_;
  }
  return entry;
}

Entry* Database::ClearExpiry(const HashedKey& key, Entry* entry) {
  if (!entry->has_expiry()) return entry;
  table_.SetMark(key.hash, entry, false);
  --expiring_;
  return Relink(key, entry, EntryEditor::ClearExpiry(entry));
}

// ---- across keys and databases ----

Entry* Database::Rename(const HashedKey& from, const HashedKey& to) {
  Delete(to);
  Entry* entry = Lookup(from);
  KW_DCHECK(entry != nullptr);
  Unlink(from, entry);
  const data::ValueType type = entry->type();
  entry = Link(to, EntryEditor::Rename(entry, to.view));
  TellRemoved(from.view, type);
  TellAdded(to.view, type);
  Event(EventClass::kNew, "new", to.view);
  return entry;
}

bool Database::MoveTo(Database& target, const HashedKey& key) {
  Entry* entry = Lookup(key);
  if (!entry || target.FindForWrite(key)) return false;
  target.Delete(key, FreeMode::kNow);  // an expired one that only looked absent
  Unlink(key, entry);
  TellRemoved(key.view, entry->type());
  target.Link(key, entry);
  target.TellAdded(key.view, entry->type());
  target.Event(EventClass::kNew, "new", key.view);
  return true;
}

bool Database::CopyTo(Database& target, const HashedKey& from, const HashedKey& to, bool replace) {
  const Entry* entry = Lookup(from);
  if (!entry) return false;
  if (target.FindForWrite(to)) {
    if (!replace) return false;
    target.Delete(to);
  }
  target.Add(to, EntryEditor::CopyValue(entry), entry->expire_at_ms());
  return true;
}

// ---- all keys ----

Random& Database::keyspace_random() const { return keyspace_.random(); }

Entry* Database::RandomRawEntry() { return static_cast<Entry*>(table_.RandomEntry(keyspace_.random())); }

Entry* Database::RandomEntry() {
  int expired_picks = 0;
  while (Entry* entry = RandomRawEntry()) {
    if (!IsExpired(entry)) return entry;
    if (keyspace_.expiry_mode() == ExpiryMode::kDelete) {
      DeleteExpired(HashedKey(entry->key()));
    } else if (++expired_picks >= kMaxExpiredPicks && expiring_ == table_.size()) {
      return entry;
    }
  }
  return nullptr;
}

size_t Database::Flush(FreeMode mode) {
  for (KeyObserver* observer : keyspace_.observers()) observer->OnFlush(*this);
  const size_t keys = table_.size();
  if (keys > 0) {
    auto garbage = std::make_unique<TableGarbage>(std::move(static_cast<ds::TagTable&>(table_)));
    if (mode == FreeMode::kLazy) keyspace_.reclaimer().Reclaim(std::move(garbage), keys);
  }
  table_.Clear();
  expiring_ = 0;
  average_ttl_ms_ = 0;
  expiry_position_ = 0;
  eviction_position_ = 0;
  return keys;
}

void Database::SwapContents(Database& other) {
  table_.Swap(other.table_);
  std::swap(expiring_, other.expiring_);
  std::swap(average_ttl_ms_, other.average_ttl_ms_);
  std::swap(expiry_position_, other.expiry_position_);
  std::swap(eviction_position_, other.eviction_position_);
}

// ---- telling ----

void Database::TellAdded(std::string_view key, data::ValueType type) {
  for (KeyObserver* observer : keyspace_.observers()) observer->OnAdded(*this, key, type);
}

void Database::TellRemoved(std::string_view key, data::ValueType type) {
  for (KeyObserver* observer : keyspace_.observers()) observer->OnRemoved(*this, key, type);
}

void Database::SignalModified(std::string_view key) {
  for (KeyObserver* observer : keyspace_.observers()) observer->OnModified(*this, key);
}

void Database::Event(EventClass event_class, std::string_view event, std::string_view key) {
  if ((keyspace_.wanted_events() & static_cast<uint32_t>(event_class)) == 0) [[likely]]
    return;
  for (KeyObserver* observer : keyspace_.observers()) observer->OnEvent(*this, event_class, event, key);
}

void Database::AddDirty(int64_t changes) { keyspace_.AddDirty(changes); }

void Database::Changed(const HashedKey& key, EventClass event_class, std::string_view event, int64_t dirty) {
  SignalModified(key.view);
  Event(event_class, event, key.view);
  AddDirty(dirty);
}

size_t Database::MemoryUsage(const Entry* entry, size_t samples) const {
  const size_t share = table_.empty() ? 0 : table_.memory_bytes() / table_.size();
  return entry->MemoryBytes(samples) + std::min(share, sizeof(ds::TagTable::Bucket));
}

}  // namespace keyway::keyspace
