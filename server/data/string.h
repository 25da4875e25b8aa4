// String values: the rules for their encodings, and their bytes as a view.
//
// A string is stored as "int" (a 64-bit integer in the entry), "embstr" (at most 44 bytes) or "raw" (longer, or changed
// in place by APPEND, SETRANGE or SETBIT). Where the bytes lie is another matter and invisible to clients: up to
// kMaxInlineStringBytes in the entry itself, beyond that in a Blob. The entry (server/keyspace/entry.h) does the storing.
//
//   data::StringBytes bytes = entry->String();   // formats an integer into a buffer of its own
//   reply.Bulk(bytes.view());
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/base/number.h"
#include "server/data/value_type.h"

namespace keyway::data {

inline constexpr size_t kEmbstrMaxBytes = 44;
inline constexpr size_t kMaxInlineStringBytes = 128;
// A string that grows gets as much room again, but never more than this.
inline constexpr size_t kMaxGrowthAheadBytes = 1024 * 1024;

// The encoding that SET, GETSET, MSET and APPEND to a missing key give `text`. [any]
Encoding ChooseStringEncoding(std::string_view text);

// The encoding of text that is not tried as an integer: "embstr" or "raw" by length. [any]
inline Encoding TextEncoding(size_t bytes) { return bytes <= kEmbstrMaxBytes ? Encoding::kEmbstr : Encoding::kRaw; }

// Room to allocate for a string that has just grown to `bytes` and will probably grow further. [any]
size_t GrownCapacity(size_t bytes);

// The bytes of a string value: a view of stored bytes, or an integer formatted into the buffer inside. The view lives as
// long as both this object and the entry it came from, and until the entry is changed. Neither copied nor moved.
class StringBytes {
 public:
  explicit StringBytes(std::string_view bytes) : view_(bytes) {}
  explicit StringBytes(int64_t integer) : view_(buffer_, FormatInt64(integer, buffer_)) {}
  StringBytes(const StringBytes&) = delete;
  StringBytes& operator=(const StringBytes&) = delete;

  std::string_view view() const { return view_; }
  operator std::string_view() const { return view_; }
  size_t size() const { return view_.size(); }

 private:
  char buffer_[kMaxIntegerLength];
  std::string_view view_;
};

}  // namespace keyway::data
