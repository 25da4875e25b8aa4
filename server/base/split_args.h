// Splitting a line into words with quotes, as configuration files, inline commands and keyway-cli do it, and quoting a
// word so that it survives.
//
//   words are separated by blanks
//   "…"  knows \n \r \t \b \a \xHH, and \c for any other c;   '…'  knows \' only
//   a quote may open in the middle of a word, but after the closing one there must be a blank or the end
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyway {

// The words of a line; none when a quote is not closed or is followed by more text. A NUL byte ends the line. [any]
std::optional<std::vector<std::string>> SplitArgs(std::string_view line);

// text in double quotes, escaped so that SplitArgs gives it back. Bytes that are not printable ASCII become \xHH.
std::string QuoteArg(std::string_view text);
void AppendQuotedArg(std::string_view text, std::string& out);

// text itself when it is one plain word, else QuoteArg(text).
std::string QuoteArgIfNeeded(std::string_view text);

}  // namespace keyway
