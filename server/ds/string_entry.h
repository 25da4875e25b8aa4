// Entries of hash tables whose names are strings: a name alone (members of sets), or a name with a value (fields of
// hashes). One allocation each, and no pointer inside.
//
//   StringEntry   | length of name, varint | name |
//   PairEntry     | length of name, varint | length of value, varint | name | value |
//
//   varint        seven bits a byte, lowest first
//
// The allocation is AllocationSize(its bytes) (base/memory.h); a value that changes within that size changes in place.
// StringTable and PairTable are TagTables that own such entries. [exec] throughout, but they may be destroyed anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/base/siphash.h"
#include "server/base/varint.h"
#include "server/ds/tag_table.h"

namespace keyway::ds {

class StringEntry {
 public:
  // Lives until Free.
  static StringEntry* New(std::string_view name);
  static void Free(StringEntry* entry);
  StringEntry() = delete;

  std::string_view name() const {
    size_t length;
    const uint8_t* at = ReadVarint(reinterpret_cast<const uint8_t*>(this), &length);
    return {reinterpret_cast<const char*>(at), length};
  }
  size_t memory_bytes() const;
};

class PairEntry {
 public:
  // Lives until Free.
  static PairEntry* New(std::string_view name, std::string_view value);
  static void Free(PairEntry* entry);
  PairEntry() = delete;

  std::string_view name() const { return Read().name; }
  std::string_view value() const { return Read().value; }
  struct Parts {
    std::string_view name, value;
  };
  Parts Read() const {
    size_t name_length, value_length;
    const uint8_t* at = ReadVarint(reinterpret_cast<const uint8_t*>(this), &name_length);
    at = ReadVarint(at, &value_length);
    const char* text = reinterpret_cast<const char*>(at);
    return {{text, name_length}, {text + name_length, value_length}};
  }
  // False if the value does not fit in place; nothing has changed then. `value` may lie in this entry.
  bool SetValue(std::string_view value);
  size_t memory_bytes() const;
};

// The names of a set.
class StringTable {
 public:
  StringTable();
  explicit StringTable(size_t expected) : StringTable() { table_.Reserve(expected); }
  ~StringTable();
  StringTable(const StringTable&) = delete;
  StringTable& operator=(const StringTable&) = delete;

  size_t size() const { return table_.size(); }
  bool Contains(std::string_view name);
  // False if it is there already.
  bool Add(std::string_view name);
  // The same, for a name that is known to be absent.
  void AddNew(std::string_view name) { AddNew(name, HashBytes(name)); }
  // False if it is not there. Afterwards, table().ShrinkIfSparse() is due.
  bool Remove(std::string_view name);
  // Takes the entry out while an iterator or scan of the table stands at it, and frees it.
  void RemoveCurrent(StringEntry* entry);
  std::string_view Random(keyway::Random& random);  // Requires size() > 0

  TagTable& table() { return table_; }
  const TagTable& table() const { return table_; }

 private:
  void AddNew(std::string_view name, uint64_t hash);

  TagTable table_;
};

// The fields of a hash.
class PairTable {
 public:
  PairTable();
  explicit PairTable(size_t expected) : PairTable() { table_.Reserve(expected); }
  ~PairTable();
  PairTable(const PairTable&) = delete;
  PairTable& operator=(const PairTable&) = delete;

  size_t size() const { return table_.size(); }
  const PairEntry* Find(std::string_view name);
  // True if the name is new. `value` must not lie in the table.
  bool Set(std::string_view name, std::string_view value);
  // The same, for a name that is known to be absent.
  void AddNew(std::string_view name, std::string_view value) { AddNew(name, HashBytes(name), value); }
  // False if it is not there. Afterwards, table().ShrinkIfSparse() is due.
  bool Remove(std::string_view name);

  TagTable& table() { return table_; }
  const TagTable& table() const { return table_; }

 private:
  void AddNew(std::string_view name, uint64_t hash, std::string_view value);

  TagTable table_;
};

}  // namespace keyway::ds
