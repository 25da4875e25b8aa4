#include "server/app/peer_verification.h"

#include <arpa/inet.h>
#include <strings.h>

#include <string>

namespace keyway::app {
namespace {

// What is resolved without asking anybody for a name: "10.0.0.1", "::1", "fe80::1%eth0", "127.1".
bool IsAddress(const std::string& host) {
  if (host.find(':') != host.npos) return true;
  in_addr v4;
  return host.find_first_not_of("0123456789.xXabcdefABCDEF") == host.npos && inet_aton(host.c_str(), &v4) != 0;
}

bool IsWord(std::string_view text, const char* word) { return strcasecmp(std::string(text).c_str(), word) == 0; }

std::string_view WithoutBrackets(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

net::VerifyPolicy PeerVerification(std::string_view setting, std::string_view host) {
  net::VerifyPolicy policy;
  const std::string peer(WithoutBrackets(host));
  const bool by_name = !IsAddress(peer);
  if (by_name) policy.sni = peer;
  if (IsWord(setting, "no")) return policy;
  if (!IsWord(setting, "yes")) {
    const std::string name(WithoutBrackets(setting));
    policy.check_name = true;
    policy.expected_names = {name};
    if (!IsAddress(name)) policy.sni = name;
    return policy;
  }
  policy.check_name = by_name;
  if (by_name) policy.expected_names = {peer};
  return policy;
}

}  // namespace keyway::app
