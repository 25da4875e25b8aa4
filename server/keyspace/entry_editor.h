// EntryEditor: makes, changes and frees entries. Every function that changes an entry returns where it is afterwards: the
// same place if the new contents fit into the old allocation, else a new one, and the old one is gone. Knows no table;
// Database puts the returned pointer into its own. [exec], but Free and DetachObject are [any] for entries that are
// in no table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "server/keyspace/entry.h"

namespace keyway::keyspace {

class EntryEditor {
 public:
  static Entry* Make(std::string_view key, data::Value&& value, int64_t expire_at_ms, uint32_t clock);
  // Frees the entry and what it owns.
  static void Free(Entry* entry);
  // Takes the object out of an entry that is to be freed next. Null if it has none.
  static std::unique_ptr<data::Object> DetachObject(Entry* entry);

  // Everything but key and value stays. Text in `value` may lie in the entry itself.
  static Entry* SetValue(Entry* entry, data::Value&& value);
  static Entry* SetExpiry(Entry* entry, int64_t when_ms);
  static Entry* ClearExpiry(Entry* entry);
  // The same entry under another name.
  static Entry* Rename(Entry* entry, std::string_view key);

  // Makes the string raw, unshared, and exactly `size` bytes long; bytes beyond the old length are zero. With `grow_ahead`
  // there is room for more afterwards.
  static Entry* ResizeString(Entry* entry, size_t size, bool grow_ahead);
  // The stored bytes, for change in place. Requires an unshared string that is no integer.
  static std::span<char> StringBytes(Entry* entry);

  // A value equal to the entry's: blobs are shared, objects cloned, text borrowed from the entry.
  static data::Value CopyValue(const Entry* entry);

  // Bytes that the contents take up; the allocation is AllocationSize of that.
  static size_t UsedBytes(const Entry* entry);

 private:
  using Storage = Entry::Storage;
  struct Payload;  // what stands behind the key

  static Payload PlanPayload(data::Value& value);
  static void WritePayload(Entry* entry, uint8_t* at, Payload& payload);
  static void ReleasePayload(Entry* entry);
  static Entry* Allocate(std::string_view key, bool has_expiry, size_t payload_bytes);
  static Entry* CopyHead(const Entry* entry, std::string_view key, bool has_expiry, size_t payload_bytes);
  static uint8_t* ValueAt(Entry* entry) { return const_cast<uint8_t*>(entry->value_at()); }
  static void SetKind(Entry* entry, data::ValueType type, data::Encoding encoding);
  static void SetStorage(Entry* entry, Storage storage);
};

}  // namespace keyway::keyspace
