// Writes requests as clients send them: an array of bulk strings. For links to other servers.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

namespace keyway::resp {

// Puts the request at the end of `out`. `words` is any range of texts with a size.
template <class Words>
void AppendRequest(std::string& out, const Words& words) {
  fmt::format_to(std::back_inserter(out), "*{}\r\n", words.size());
  for (const std::string_view word : words) {
    fmt::format_to(std::back_inserter(out), "${}\r\n", word.size());
    out.append(word).append("\r\n");
  }
}

}  // namespace keyway::resp
