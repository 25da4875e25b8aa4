#include "address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstdio>
#include <cstring>

#include "keyway/error.hpp"

namespace keyway::tcp {

using sdk::Fail;

namespace {

int32_t BadText(const char* text, kw_error* err) {
  return Fail(err, KW_E_CONFIG, KW_REASON_ADDRESS, nullptr,
              "'%.120s' is no address of the form host:port or [host]:port", text);
}

bool IsPort(const std::string& port) {
  if (port.empty() || port.size() > 5) return false;
  for (char c : port) {
    if (c < '0' || c > '9') return false;
  }
  return std::stoi(port) <= 65535;
}

int32_t ResolveFailed(const Endpoint& endpoint, int code, kw_error* err) {
  bool no_family = code == EAI_FAMILY || code == EAI_ADDRFAMILY;
  int32_t result = Fail(err, no_family ? KW_E_UNSUPPORTED : KW_E_CONFIG, KW_REASON_ADDRESS, nullptr,
                        "cannot resolve '%.100s': %s", endpoint.host.c_str(), gai_strerror(code));
  sdk::SetLibCode(err, code);
  return result;
}

}  // namespace

int32_t SplitEndpoint(const char* text, Endpoint* out, kw_error* err) {
  std::string all = text;
  if (!all.empty() && all[0] == '[') {
    size_t close = all.find("]:");
    if (close == std::string::npos) return BadText(text, err);
    out->host = all.substr(1, close - 1);
    out->port = all.substr(close + 2);
  } else {
    size_t colon = all.rfind(':');
    // A bare IPv6 address would swallow its own port.
    if (colon == std::string::npos || all.find(':') != colon) return BadText(text, err);
    out->host = all.substr(0, colon);
    out->port = all.substr(colon + 1);
  }
  if (out->host.empty() || !IsPort(out->port)) return BadText(text, err);
  return KW_OK;
}

int32_t Resolve(const Endpoint& endpoint, uint32_t purpose, kw_emit_address emit, void* arg, kw_error* err) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (purpose == KW_FOR_LISTEN ? AI_PASSIVE : 0);
  const char* host = endpoint.host.c_str();
  if (endpoint.host == "*" || endpoint.host == "::*") {
    if (purpose != KW_FOR_LISTEN) {
      return Fail(err, KW_E_CONFIG, KW_REASON_ADDRESS, nullptr,
                  "'*' is an address to listen at, not one to connect to");
    }
    hints.ai_family = endpoint.host == "*" ? AF_INET : AF_INET6;
    host = nullptr;
  }
  addrinfo* list = nullptr;
  int code = getaddrinfo(host, endpoint.port.c_str(), &hints, &list);
  if (code != 0) return ResolveFailed(endpoint, code, err);
  uint32_t emitted = 0;
  for (addrinfo* ai = list; ai != nullptr; ai = ai->ai_next) {
    if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6) continue;
    sockaddr_storage sa{};
    std::memcpy(&sa, ai->ai_addr, ai->ai_addrlen);
    kw_address address{};
    address.size = sizeof address;
    Describe(sa, ai->ai_addrlen, &address);
    emit(arg, &address);
    ++emitted;
  }
  freeaddrinfo(list);
  return emitted > 0 ? KW_OK : ResolveFailed(endpoint, EAI_ADDRFAMILY, err);
}

void Describe(const sockaddr_storage& sa, socklen_t len, kw_address* out) {
  kw_address a{};
  if (len > sizeof a.data) len = sizeof a.data;
  std::memcpy(a.data, &sa, len);
  a.data_len = len;
  char host[INET6_ADDRSTRLEN + 32] = "?";
  if (sa.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(sa);
    a.port = ntohs(in6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
      inet_ntop(AF_INET, in6.sin6_addr.s6_addr + 12, host, sizeof host);
    } else {
      getnameinfo(reinterpret_cast<const sockaddr*>(&sa), len, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
    }
  } else if (sa.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(sa);
    a.port = ntohs(in.sin_port);
    inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
  }
  std::snprintf(a.host, sizeof a.host, "%s", host);
  std::snprintf(a.text, sizeof a.text, std::strchr(host, ':') != nullptr ? "[%s]:%u" : "%s:%u", host, a.port);
  sdk::FillIn(out, a);
}

bool ToSockaddr(const kw_address* address, sockaddr_storage* out, socklen_t* len) {
  if (!sdk::Sound(address, KW_ADDRESS_SIZE_0_9) || address->data_len > sizeof address->data) return false;
  std::memset(out, 0, sizeof *out);
  std::memcpy(out, address->data, address->data_len);
  *len = address->data_len;
  return (out->ss_family == AF_INET && *len >= sizeof(sockaddr_in)) ||
         (out->ss_family == AF_INET6 && *len >= sizeof(sockaddr_in6));
}

}  // namespace keyway::tcp
