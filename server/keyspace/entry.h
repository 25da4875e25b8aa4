// Entry: one key with its value, in one allocation.
//
//   | flags 1 | clock 3 | type+encoding 1 | expiry 8, if any | key length, varint | key | value |
//
//   value by storage:
//     inline   | length, varint | bytes |       strings up to data::kMaxInlineStringBytes
//     integer  | int64 |                        strings of encoding "int"
//     blob     | Blob* |                        bigger strings; the entry holds one reference
//     object   | data::Object* |                every other type; the entry owns it
//
//   clock    24 bits: LRU time in seconds, or (LFU) 16 bits of minutes and an 8-bit counter; keyspace/access_clock.h
//   varint   seven bits a byte, lowest first
//
// An entry is allocated with AllocationSize(its bytes) (base/memory.h), so that its spare room follows from its contents and need not be
// stored. Handlers read entries; everything that changes one goes through Database, because a change may move the entry,
// and returns the entry where it is then. [exec] throughout.
//
//   if (keyspace::Entry* entry = db.FindForRead(key)) {
//     if (!entry->is_string()) return context.reply().Error(kWrongType);
//     if (Blob* blob = entry->blob()) reply by reference: blob->view(), blob->Share()
//     else reply.Bulk(entry->String().view());
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "server/base/blob.h"
#include "server/base/check.h"
#include "server/base/varint.h"
#include "server/data/object.h"
#include "server/data/string.h"
#include "server/data/value.h"

namespace keyway::keyspace {

// "No expiry" wherever an absolute time in milliseconds is given or returned.
inline constexpr int64_t kNoExpiry = -1;

class Entry {
 public:
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  std::string_view key() const {
    size_t length;
    const uint8_t* at = ReadVarint(bytes() + kHeaderBytes + ((flags_ & kHasExpiry) ? 8 : 0), &length);
    return {reinterpret_cast<const char*>(at), length};
  }

  // ---- what the value is ----

  data::ValueType type() const { return static_cast<data::ValueType>(kind_ & 0x0f); }
  data::Encoding encoding() const {
    return storage() == Storage::kObject ? object()->encoding() : static_cast<data::Encoding>(kind_ >> 4);
  }
  bool is_string() const { return type() == data::ValueType::kString; }
  bool is_integer() const { return storage() == Storage::kInteger; }

  // ---- strings ----

  // Requires is_integer().
  int64_t integer() const { return Load<int64_t>(value_at()); }
  // The stored bytes. Requires a string that is no integer.
  std::string_view text() const;
  // The bytes of any string, integers formatted. The view lives until the entry is changed.
  data::StringBytes String() const { return is_integer() ? data::StringBytes(integer()) : data::StringBytes(text()); }
  // Length of any string in bytes.
  size_t StringLength() const;
  // The block that holds a big string, borrowed, or null if the string is stored in the entry.
  Blob* blob() const { return storage() == Storage::kBlob ? Load<Blob*>(value_at()) : nullptr; }

  // ---- other types ----

  // Requires !is_string(). Static casts are safe after a look at type().
  data::Object* object() const { return Load<data::Object*>(value_at()); }

  // ---- expiry ----

  bool has_expiry() const { return flags_ & kHasExpiry; }
  // Unix time in milliseconds, or kNoExpiry.
  int64_t expire_at_ms() const { return has_expiry() ? Load<int64_t>(bytes() + kHeaderBytes) : kNoExpiry; }

  // ---- access clock (OBJECT IDLETIME and FREQ, eviction) ----

  uint32_t clock() const { return clock_[0] | clock_[1] << 8 | static_cast<uint32_t>(clock_[2]) << 16; }
  void set_clock(uint32_t clock) {
    clock_[0] = static_cast<uint8_t>(clock), clock_[1] = static_cast<uint8_t>(clock >> 8);
    clock_[2] = static_cast<uint8_t>(clock >> 16);
  }

  // Bytes of the entry and of everything it owns; objects estimated from `samples` elements (0: all).
  size_t MemoryBytes(size_t samples) const;

 private:
  friend class EntryEditor;  // entry_editor.h: making, changing and freeing, for Database alone

  enum class Storage : uint8_t { kInline = 0, kInteger = 1, kBlob = 2, kObject = 3 };
  static constexpr uint8_t kStorageMask = 0x03;
  static constexpr uint8_t kHasExpiry = 0x04;
  static constexpr size_t kHeaderBytes = 5;

  Entry() = default;

  Storage storage() const { return static_cast<Storage>(flags_ & kStorageMask); }
  const uint8_t* bytes() const { return reinterpret_cast<const uint8_t*>(this); }
  uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this); }
  const uint8_t* value_at() const {
    const std::string_view name = key();
    return reinterpret_cast<const uint8_t*>(name.data()) + name.size();
  }
  template <class T>
  static T Load(const uint8_t* from) {
    T value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }

  uint8_t flags_;
  uint8_t clock_[3];
  uint8_t kind_;  // type in the low four bits, string encoding in the high four
};
static_assert(sizeof(Entry) == 5);

}  // namespace keyway::keyspace
