// Replies as text, byte for byte as redis-cli shows them.
//
//   terminal  1) (integer) 1            raw  values, one a line      csv   "a",1,NULL      json  {"k":["v",1,null]}
//             2) 1# "k" => (nil)             (maps: key, blank, value)
#pragma once

#include <string>
#include <string_view>

#include "server/cli/options.h"
#include "server/resp/reply_reader.h"

namespace keyway::cli {

struct Format {
  Output output = Output::kRaw;
  std::string element_delimiter = "\n";
  std::string reply_delimiter = "\n";
};

// The text of a reply, its last line end included.
std::string FormatReply(const resp::Reply& reply, const Format& format);
// A push that came on its own: an invalidation is one line at a terminal.
std::string FormatPush(const resp::Reply& reply, const Format& format);
// For replies that are reports for people (INFO, CLIENT LIST): the text as it is, and no line end.
std::string FormatPlain(const resp::Reply& reply, const Format& format);

}  // namespace keyway::cli
