#include "server/cli/format.h"

#include <fmt/core.h>

#include "server/base/split_args.h"

namespace keyway::cli {
namespace {

using resp::Reply;
using Kind = resp::Reply::Kind;

// ---- terminal

bool IsMultiline(const Reply& reply) {
  if (!reply.is_aggregate() || reply.elements.empty()) return false;
  size_t single = reply.kind == Kind::kMap ? 2 : 1;
  return reply.elements.size() > single || IsMultiline(reply.elements.back());
}

std::string_view EmptyName(Kind kind) {
  switch (kind) {
    case Kind::kMap:
      return "(empty hash)\n";
    case Kind::kSet:
      return "(empty set)\n";
    case Kind::kPush:
      return "(empty push)\n";
    default:
      return "(empty array)\n";
  }
}

void AppendTerminal(const Reply& reply, const std::string& indent, std::string& out);

// Each element behind its number; what spans lines is indented by the width of number, sign and blank.
void AppendTerminalElements(const Reply& reply, const std::string& indent, std::string& out) {
  if (reply.elements.empty()) {
    out += EmptyName(reply.kind);
    return;
  }
  bool map = reply.kind == Kind::kMap;
  size_t step = map ? 2 : 1;
  size_t width = fmt::formatted_size("{}", reply.elements.size() / step);
  char sign = map ? '#' : reply.kind == Kind::kSet ? '~' : ')';
  std::string inner = indent + std::string(width + 2, ' ');
  for (size_t i = 0; i + step <= reply.elements.size(); i += step) {
    // The caller has written the indentation of the first line.
    fmt::format_to(std::back_inserter(out), "{}{:>{}}{} ", i == 0 ? "" : indent, i / step + 1, width, sign);
    AppendTerminal(reply.elements[i], inner, out);
    if (!map) continue;
    const Reply& value = reply.elements[i + 1];
    out.pop_back();
    out += " => ";
    if (IsMultiline(value)) out += '\n' + inner;
    AppendTerminal(value, inner, out);
  }
}

void AppendTerminal(const Reply& reply, const std::string& indent, std::string& out) {
  switch (reply.kind) {
    case Kind::kNull:
      out += "(nil)";
      break;
    case Kind::kError:
      out += "(error) " + reply.text;
      break;
    case Kind::kInteger:
      fmt::format_to(std::back_inserter(out), "(integer) {}", reply.integer);
      break;
    case Kind::kDouble:
      out += "(double) " + reply.text;
      break;
    case Kind::kBigNumber:
      out += "(big number) " + reply.text;
      break;
    case Kind::kBool:
      out += reply.integer ? "(true)" : "(false)";
      break;
    case Kind::kString:
      AppendQuotedArg(reply.text, out);
      break;
    case Kind::kStatus:
    case Kind::kVerbatim:
      out += reply.text;
      break;
    default:
      return AppendTerminalElements(reply, indent, out);
  }
  out += '\n';
}

// ---- raw

void AppendRaw(const Reply& reply, const Format& format, std::string& out) {
  switch (reply.kind) {
    case Kind::kNull:
      break;
    case Kind::kInteger:
      fmt::format_to(std::back_inserter(out), "{}", reply.integer);
      break;
    case Kind::kBool:
      out += reply.integer ? "(true)" : "(false)";
      break;
    case Kind::kError:
      out += reply.text + '\n';
      break;
    case Kind::kArray:
    case Kind::kMap:
    case Kind::kSet:
    case Kind::kPush:
      for (size_t i = 0; i < reply.elements.size(); ++i) {
        bool value_of_map = reply.kind == Kind::kMap && i % 2 == 1;
        if (i > 0) out += value_of_map ? " " : format.element_delimiter;
        AppendRaw(reply.elements[i], format, out);
      }
      break;
    default:
      out += reply.text;
  }
}

// ---- CSV

void AppendCsv(const Reply& reply, std::string& out) {
  switch (reply.kind) {
    case Kind::kNull:
      out += "NULL";
      break;
    case Kind::kError:
      out += "ERROR,";
      AppendQuotedArg(reply.text, out);
      break;
    case Kind::kInteger:
      fmt::format_to(std::back_inserter(out), "{}", reply.integer);
      break;
    case Kind::kDouble:
    case Kind::kBigNumber:
      out += reply.text;
      break;
    case Kind::kBool:
      out += reply.integer ? "true" : "false";
      break;
    case Kind::kStatus:
    case Kind::kString:
    case Kind::kVerbatim:
      AppendQuotedArg(reply.text, out);
      break;
    default:
      for (size_t i = 0; i < reply.elements.size(); ++i) {
        if (i > 0) out += ',';
        AppendCsv(reply.elements[i], out);
      }
  }
}

// ---- JSON
// Written by hand: values are bytes of any kind and must come out as they are, which JSON libraries refuse or repair.

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '\\':
      case '"':
        out += '\\';
        out += c;
        break;
      case '\n':
        out += "\\n";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// --quoted-json: the quoting of the prompt, its backslashes doubled.
void AppendAsciiJsonString(std::string_view text, std::string& out) {
  for (char c : QuoteArg(text)) {
    if (c == '\\') out += '\\';
    out += c;
  }
}

void AppendJson(const Reply& reply, bool ascii, std::string& out);

void AppendJsonText(std::string_view text, bool ascii, std::string& out) {
  ascii ? AppendAsciiJsonString(text, out) : AppendJsonString(text, out);
}

// JSON has only strings as keys: other values are quoted.
void AppendJsonKey(const Reply& key, bool ascii, std::string& out) {
  std::string text;
  AppendJson(key, ascii, text);
  out += key.is_error() || key.is_text() || text.starts_with('"') ? text : '"' + text + '"';
}

void AppendJsonElements(const Reply& reply, bool ascii, std::string& out) {
  bool map = reply.kind == Kind::kMap;
  out += map ? '{' : '[';
  for (size_t i = 0; i < reply.elements.size(); ++i) {
    bool value_of_map = map && i % 2 == 1;
    if (i > 0) out += value_of_map ? ':' : ',';
    map && !value_of_map ? AppendJsonKey(reply.elements[i], ascii, out) : AppendJson(reply.elements[i], ascii, out);
  }
  out += map ? '}' : ']';
}

void AppendJson(const Reply& reply, bool ascii, std::string& out) {
  switch (reply.kind) {
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kError:
      out += "error:";
      AppendJsonText(reply.text, ascii, out);
      break;
    case Kind::kInteger:
      fmt::format_to(std::back_inserter(out), "{}", reply.integer);
      break;
    case Kind::kDouble:
    case Kind::kBigNumber:
      out += reply.text;
      break;
    case Kind::kBool:
      out += reply.integer ? "true" : "false";
      break;
    case Kind::kStatus:
    case Kind::kString:
    case Kind::kVerbatim:
      AppendJsonText(reply.text, ascii, out);
      break;
    default:
      AppendJsonElements(reply, ascii, out);
  }
}

bool IsInvalidation(const Reply& reply) {
  return reply.kind == Kind::kPush && reply.elements.size() == 2 && reply.elements[0].text == "invalidate" &&
         reply.elements[1].kind == Kind::kArray;
}

}  // namespace

std::string FormatReply(const Reply& reply, const Format& format) {
  std::string out;
  switch (format.output) {
    case Output::kTerminal:
      AppendTerminal(reply, "", out);
      break;
    case Output::kRaw:
      AppendRaw(reply, format, out);
      out += format.reply_delimiter;
      break;
    case Output::kCsv:
      AppendCsv(reply, out);
      out += '\n';
      break;
    case Output::kJson:
    case Output::kQuotedJson:
      AppendJson(reply, format.output == Output::kQuotedJson, out);
      out += '\n';
      break;
  }
  return out;
}

std::string FormatPush(const Reply& reply, const Format& format) {
  if (format.output != Output::kTerminal || !IsInvalidation(reply)) return FormatReply(reply, format);
  std::string out = "-> invalidate: ";
  for (const Reply& key : reply.elements[1].elements) {
    if (&key != &reply.elements[1].elements.front()) out += ", ";
    out += '\'' + key.text + '\'';
  }
  return out + '\n';
}

std::string FormatPlain(const Reply& reply, const Format& format) {
  std::string out;
  AppendRaw(reply, format, out);
  return out;
}

}  // namespace keyway::cli
