#include "server/base/split_args.h"

#include <cstddef>

namespace keyway {
namespace {

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Vertical tab and form feed separate words but do not end one that has begun.
bool EndsWord(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char Unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Reads the line behind an opening quote, up to and with the closing one.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : line_(line) {}

  void SkipBlanks() {
    while (next_ < line_.size() && IsBlank(line_[next_])) ++next_;
  }
  bool AtEnd() const { return next_ == line_.size(); }

  // False: the quotes are unbalanced.
  bool Read(std::string& word) {
    while (!AtEnd() && !EndsWord(line_[next_])) {
      const char c = line_[next_++];
      if (c == '"') return ReadDoubleQuoted(word) && Closed();
      if (c == '\'') return ReadSingleQuoted(word) && Closed();
      word.push_back(c);
    }
    return true;
  }

 private:
  bool Closed() const { return AtEnd() || IsBlank(line_[next_]); }

  bool ReadDoubleQuoted(std::string& word) {
    while (!AtEnd()) {
      const char c = line_[next_++];
      if (c == '"') return true;
      if (c != '\\' || AtEnd()) {
        word.push_back(c);
        continue;
      }
      const char escaped = line_[next_++];
      if (escaped == 'x' && line_.size() - next_ >= 2 && HexDigit(line_[next_]) >= 0 &&
          HexDigit(line_[next_ + 1]) >= 0) {
        word.push_back(static_cast<char>(HexDigit(line_[next_]) * 16 + HexDigit(line_[next_ + 1])));
        next_ += 2;
      } else {
        word.push_back(Unescape(escaped));
      }
    }
    return false;
  }

  bool ReadSingleQuoted(std::string& word) {
    while (!AtEnd()) {
      const char c = line_[next_++];
      if (c == '\'') return true;
      if (c == '\\' && !AtEnd() && line_[next_] == '\'') {
        word.push_back('\'');
        ++next_;
      } else {
        word.push_back(c);
      }
    }
    return false;
  }

  std::string_view line_;
  size_t next_ = 0;
};

}  // namespace

std::optional<std::vector<std::string>> SplitArgs(std::string_view line) {
  WordReader reader(line.substr(0, line.find('\0')));
  std::vector<std::string> words;
  for (;;) {
    reader.SkipBlanks();
    if (reader.AtEnd()) return words;
    if (!reader.Read(words.emplace_back())) return std::nullopt;
  }
}

void AppendQuotedArg(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '\\':
      case '"':
        out.push_back('\\'), out.push_back(c);
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      default:
        if (c >= ' ' && c <= '~') {
          out.push_back(c);
        } else {
          const unsigned char byte = static_cast<unsigned char>(c);
          out += "\\x";
          out.push_back(kHex[byte >> 4]);
          out.push_back(kHex[byte & 15]);
        }
    }
  }
  out.push_back('"');
}

std::string QuoteArg(std::string_view text) {
  std::string quoted;
  quoted.reserve(text.size() + 2);
  AppendQuotedArg(text, quoted);
  return quoted;
}

std::string QuoteArgIfNeeded(std::string_view text) {
  bool plain = !text.empty() && text[0] != '#';
  for (const char c : text) plain &= c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\';
  return plain ? std::string(text) : QuoteArg(text);
}

}  // namespace keyway
