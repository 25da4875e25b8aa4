// How large the compact encodings of collections may grow: the values of hash-max-listpack-entries and its like, in the
// form that the data types use. Read at each change, so that CONFIG SET acts at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace keyway::data {

struct ListLimits {
  int64_t node_size = -2;         // list-max-listpack-size: elements, or -1 … -5 for 4 … 64 KB
  int64_t compress_depth = 0;     // nodes at each end that are never compressed; 0: none is
  bool small_is_listpack = true;  // a list of one node is "listpack", not "quicklist" (redis-compat 7.2)
};

struct SetLimits {
  size_t intset_entries = 512;
  size_t listpack_entries = 128;  // 0 under redis-compat 7.0, which knows no such sets
  size_t listpack_value = 64;     // bytes of a member
};

struct HashLimits {
  size_t listpack_entries = 512;  // fields
  size_t listpack_value = 64;     // bytes of a field or a value
};

struct ZsetLimits {
  size_t listpack_entries = 128;
  size_t listpack_value = 64;  // bytes of a member
};

struct StreamLimits {
  size_t node_max_bytes = 4096;   // 0: no limit
  size_t node_max_entries = 100;  // 0: no limit
};

struct EncodingLimits {
  ListLimits list;
  SetLimits set;
  HashLimits hash;
  ZsetLimits zset;
  StreamLimits stream;
};

}  // namespace keyway::data
