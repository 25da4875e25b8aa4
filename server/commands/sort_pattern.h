// The patterns of SORT: how BY and GET lead from an element to another value.
//
//   "#"                the element itself
//   "weight_*"         the string under the key that has the element in place of the first '*'
//   "weight_*->field"  that field of the hash under such a key
//   without '*'        nothing at all (BY: no sorting)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/text_arena.h"
#include "server/keyspace/database.h"

namespace keyway::commands {

class SortPattern {
 public:
  // Borrows the text.
  explicit SortPattern(std::string_view pattern);

  // Whether different elements lead to different keys.
  bool has_key() const { return kind_ == Kind::kString || kind_ == Kind::kField; }
  // What the pattern leads to from that element, or nothing if it is not there or of another type. The text lies in the
  // keyspace, in the arena or in the element, and its data() is never null. [exec]
  std::optional<std::string_view> Find(keyspace::Database& db, std::string_view element, TextArena& arena);

 private:
  enum class Kind : uint8_t { kElement, kString, kField, kNothing };

  Kind kind_ = Kind::kNothing;
  std::string_view prefix_, suffix_, field_;
  std::string key_;  // room for the next key's name
};

}  // namespace keyway::commands
