// What the tests of the stream commands share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/command/command_test.h"

namespace keyway::testing {

inline std::string ArrayOf(const std::vector<std::string>& elements) {
  std::string reply = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) reply += element;
  return reply;
}

// A message as XRANGE and its like answer it.
inline std::string Message(std::string_view id, std::initializer_list<std::string_view> pairs) {
  return Array({Bulk(id), Bulks(pairs)});
}

inline std::string NullArray() { return "*-1\r\n"; }

inline constexpr std::string_view kWrongTypeText = "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view kInvalidIdText = "ERR Invalid stream ID specified as stream command argument";

}  // namespace keyway::testing
