// The types of values and their encodings, under the numbers and names that clients and RDB files know.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyway::data {

enum class ValueType : uint8_t { kString = 0, kList = 1, kSet = 2, kZset = 3, kHash = 4, kModule = 5, kStream = 6 };

enum class Encoding : uint8_t {
  kInt,
  kEmbstr,
  kRaw,
  kIntset,
  kListpack,
  kQuicklist,
  kHashtable,
  kSkiplist,
  kStream,
};

// "string", "list", …: the reply of TYPE. [any]
std::string_view TypeName(ValueType type);
// "int", "embstr", …: the reply of OBJECT ENCODING. [any]
std::string_view EncodingName(Encoding encoding);

}  // namespace keyway::data
