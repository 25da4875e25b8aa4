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
#include <optional>
#include <string_view>

#include "server/data/value_type.h"

namespace keyway::data {

inline constexpr size_t kEmbstrMaxBytes = 44;
inline constexpr size_t kMaxInlineStringBytes = 128;
// "-9223372036854775808"
inline constexpr size_t kMaxIntegerTextBytes = 20;

// The integer that `text` spells, if its canonical form is exactly `text`: no sign but '-', no leading zero, no blank,
// no "-0", within 64 bits. What INCR accepts and what SET stores as "int". [any]
std::optional<int64_t> ParseInteger(std::string_view text);

// Writes the decimal form of `value` to `out` (at least kMaxIntegerTextBytes); returns its length. [any]
size_t FormatInteger(int64_t value, char* out);

// The encoding that SET, GETSET, MSET and APPEND to a missing key give `text`. [any]
Encoding ChooseStringEncoding(std::string_view text);

// The encoding of text that is not tried as an integer: "embstr" or "raw" by length. [any]
inline Encoding TextEncoding(size_t bytes) { return bytes <= kEmbstrMaxBytes ? Encoding::kEmbstr : Encoding::kRaw; }

// The bytes of a string value: a view of stored bytes, or an integer formatted into the buffer inside. The view lives as
// long as both this object and the entry it came from, and until the entry is changed. Neither copied nor moved.
class StringBytes {
 public:
  explicit StringBytes(std::string_view bytes) : view_(bytes) {}
  explicit StringBytes(int64_t integer) : view_(buffer_, FormatInteger(integer, buffer_)) {}
  StringBytes(const StringBytes&) = delete;
  StringBytes& operator=(const StringBytes&) = delete;

  std::string_view view() const { return view_; }
  operator std::string_view() const { return view_; }
  size_t size() const { return view_.size(); }

 private:
  char buffer_[kMaxIntegerTextBytes];
  std::string_view view_;
};

}  // namespace keyway::data
