// The base of every value that is no string: list, set, zset, hash, stream. A keyspace entry owns one object; the exec
// thread alone uses it, and any thread may destroy it once it is out of the keyspace.
#pragma once

#include <cstddef>
#include <memory>

#include "server/data/value_type.h"

namespace keyway::ds {
class TagTable;
}

namespace keyway::data {

class Object {
 public:
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;

  ValueType type() const { return type_; }
  // How the elements are stored right now; conversions change it. [exec]
  virtual Encoding encoding() const = 0;
  // Elements: list nodes excluded, fields counted once. [exec]
  virtual size_t size() const = 0;
  // Bytes of memory, estimated from `samples` elements (0: from all). [exec]
  virtual size_t MemoryBytes(size_t samples) const = 0;
  // A deep copy. [exec]
  virtual std::unique_ptr<Object> Clone() const = 0;
  // About how many allocations its destruction frees; above keyspace::kLazyFreeThreshold it may go to a background
  // thread. A packed encoding answers 1. [exec]
  virtual size_t FreeEffort() const = 0;
  // The hash table that holds the elements, for DEBUG HTSTATS-KEY; null if there is none. [exec]
  virtual const ds::TagTable* hash_table() const { return nullptr; }

 protected:
  explicit Object(ValueType type) : type_(type) {}

 private:
  const ValueType type_;
};

}  // namespace keyway::data
