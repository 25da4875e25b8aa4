#include "server/client/uri.h"

#include <strings.h>

#include "server/base/number.h"

namespace keyway::client {
namespace {

constexpr int kMaxPort = 65535;

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() || strncasecmp(text.data(), prefix.data(), prefix.size()) != 0) return false;
  text.remove_prefix(prefix.size());
  return true;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return Fail("Incomplete URI encoding");
    int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return Fail("Illegal character in URI encoding");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<int> ParseNumber(std::string_view text, int64_t min, int64_t max, const char* complaint) {
  auto value = ParseInt64(text);
  if (!value || *value < min || *value > max) return Fail(complaint);
  return static_cast<int>(*value);
}

// "[user:]password@" in front of `rest`.
Result<> TakeUserInfo(std::string_view& rest, ServerUri& out) {
  size_t at = rest.rfind('@');
  if (at == rest.npos) return {};
  std::string_view info = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  size_t colon = info.find(':');
  if (colon != info.npos) {
    auto user = PercentDecode(info.substr(0, colon));
    if (!user) return std::unexpected(user.error());
    out.user = std::move(*user);
    info.remove_prefix(colon + 1);
  }
  auto password = PercentDecode(info);
  if (!password) return std::unexpected(password.error());
  out.password = std::move(*password);
  return {};
}

Result<> TakeHostAndPort(std::string_view authority, ServerUri& out) {
  std::string_view port;
  if (authority.starts_with('[')) {
    size_t end = authority.find(']');
    if (end == authority.npos) return Fail("Invalid URI: an IPv6 address is not closed by ']'");
    out.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    size_t colon = authority.find(':');
    out.host = authority.substr(0, colon);
    if (colon != authority.npos) port = authority.substr(colon);
  }
  if (port.empty()) return {};
  if (!port.starts_with(':')) return Fail("Invalid URI: text behind the host");
  auto number = ParseNumber(port.substr(1), 1, kMaxPort, "Invalid URI: bad port");
  if (!number) return std::unexpected(number.error());
  out.port = *number;
  return {};
}

Result<> TakeDatabase(std::string_view text, ServerUri& out) {
  if (text.empty()) return {};
  auto number = ParseNumber(text, 0, INT32_MAX, "Invalid URI: bad database number");
  if (!number) return std::unexpected(number.error());
  out.database = *number;
  return {};
}

Result<ServerUri> ParseUnixUri(std::string_view rest) {
  ServerUri out;
  size_t query = rest.find('?');
  std::string_view options = query == rest.npos ? "" : rest.substr(query + 1);
  rest = rest.substr(0, query);
  // A path may hold an '@' as well; only one in front of the first '/' ends the user's part.
  size_t slash = rest.find('/');
  std::string_view head = rest.substr(0, slash);
  if (head.find('@') != head.npos) {
    std::string_view info = head;
    if (auto taken = TakeUserInfo(info, out); !taken) return std::unexpected(taken.error());
    rest.remove_prefix(head.size() - info.size());
  }
  if (rest.empty()) return Fail("Invalid URI: no path of a socket");
  out.socket = rest;
  if (options.empty()) return out;
  if (!TakePrefix(options, "db=")) return Fail("Invalid URI: only ?db= may follow the path");
  if (auto taken = TakeDatabase(options, out); !taken) return std::unexpected(taken.error());
  return out;
}

}  // namespace

Result<ServerUri> ParseServerUri(std::string_view uri) {
  if (TakePrefix(uri, "unix://") || TakePrefix(uri, "redis+unix://")) return ParseUnixUri(uri);
  ServerUri out;
  if (TakePrefix(uri, "rediss://")) {
    out.tls = true;
  } else if (!TakePrefix(uri, "redis://")) {
    return Fail("Invalid URI scheme");
  }
  if (auto taken = TakeUserInfo(uri, out); !taken) return std::unexpected(taken.error());
  size_t slash = uri.find('/');
  if (auto taken = TakeHostAndPort(uri.substr(0, slash), out); !taken) return std::unexpected(taken.error());
  if (slash != uri.npos) {
    if (auto taken = TakeDatabase(uri.substr(slash + 1), out); !taken) return std::unexpected(taken.error());
  }
  return out;
}

}  // namespace keyway::client
