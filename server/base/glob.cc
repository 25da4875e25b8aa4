#include "server/base/glob.h"

#include <cstddef>
#include <utility>

namespace keyway {
namespace {

// Patterns with more stars match nothing, as clients know it: nobody writes them but to keep the server busy.
constexpr int kMaxStars = 1000;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameByte(char a, char b, GlobCase letter_case) {
  return a == b || (letter_case == GlobCase::kInsensitive && Lower(a) == Lower(b));
}

bool InRange(char from, char to, char c, GlobCase letter_case) {
  // Bytes above 127 are compared as signed chars: what existing patterns rely on.
  signed char low = static_cast<signed char>(from);
  signed char high = static_cast<signed char>(to);
  signed char value = static_cast<signed char>(c);
  if (low > high) std::swap(low, high);
  if (letter_case == GlobCase::kInsensitive) {
    low = Lower(low), high = Lower(high), value = Lower(value);
  }
  return value >= low && value <= high;
}

// Matches c against the class whose first byte after '[' is at pattern[next]; moves next behind the class.
bool ClassMatches(std::string_view pattern, size_t& next, char c, GlobCase letter_case) {
  bool negated = false;
  if (next < pattern.size() && pattern[next] == '^') {
    negated = true;
    ++next;
  }
  bool found = false;
  while (next < pattern.size()) {
    const size_t left = pattern.size() - next;
    if (pattern[next] == '\\' && left >= 2) {
      found |= pattern[next + 1] == c;
      next += 2;
    } else if (pattern[next] == ']') {
      ++next;
      break;
    } else if (left >= 3 && pattern[next + 1] == '-') {
      found |= InRange(pattern[next], pattern[next + 2], c, letter_case);
      next += 3;
    } else {
      found |= SameByte(pattern[next], c, letter_case);
      ++next;
    }
  }
  return found != negated;
}

// Matches one byte of text against the pattern element at pattern[next], which is no star; moves next behind it.
bool ElementMatches(std::string_view pattern, size_t& next, char c, GlobCase letter_case) {
  const char element = pattern[next++];
  if (element == '?') return true;
  if (element == '[') return ClassMatches(pattern, next, c, letter_case);
  if (element == '\\' && next < pattern.size()) return SameByte(pattern[next++], c, letter_case);
  return SameByte(element, c, letter_case);
}

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view text, GlobCase letter_case) {
  if (text.empty()) return pattern.empty();
  size_t p = 0;
  size_t t = 0;
  int stars = 0;
  size_t after_star = std::string_view::npos;  // pattern position behind the last star
  size_t star_text = 0;                        // where the text after that star is tried next
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      while (p < pattern.size() && pattern[p] == '*') ++p;
      if (p == pattern.size()) return true;
      if (++stars > kMaxStars) return false;
      after_star = p;
      star_text = t;
      continue;
    }
    if (p < pattern.size() && ElementMatches(pattern, p, text[t], letter_case)) {
      ++t;
      continue;
    }
    if (after_star == std::string_view::npos) return false;
    p = after_star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool HasGlobCharacters(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

}  // namespace keyway
