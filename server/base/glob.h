// Glob patterns as KEYS, SCAN, PSUBSCRIBE, CONFIG GET and the ACL understand them.
//
//   *        any bytes, none included        [abc] [a-c]  one byte of a class; a range may stand either way round
//   ?        any one byte                    [^abc]       one byte outside the class
//   \x       x itself                        a class that is never closed ends with the pattern
//
// An escaped byte inside a class is compared as it is, in case-insensitive matching too. Matching goes back to the last
// star only, so the work is bounded by pattern length times text length whatever the pattern.
#pragma once

#include <string_view>

namespace keyway {

enum class GlobCase : bool { kSensitive, kInsensitive };

// Whether the whole text matches the pattern. A pattern that begins with a star does not match the empty text (a quirk
// that clients know: callers that want "*" to mean everything test for it first). [any]
bool GlobMatches(std::string_view pattern, std::string_view text, GlobCase letter_case = GlobCase::kSensitive);

// Whether the pattern has a byte with a meaning of its own ('*', '?', '['), so that it is more than a name.
bool HasGlobCharacters(std::string_view text);

}  // namespace keyway
