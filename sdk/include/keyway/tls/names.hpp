// Matches the name of a peer against a certificate, the same for every backend (RFC 6125).
//
// Letters match in any case. "*" stands for one whole leftmost label and needs two labels after it. An IP address matches the
// certificate's addresses only, never a text. The common name counts only when the certificate names no DNS name at all.
#pragma once

#include <arpa/inet.h>

#include <string>
#include <string_view>
#include <vector>

#include "keyway/tls/verify.hpp"

namespace keyway::sdk::tls {

// What a certificate says of itself; names with zero bytes in them are left out by whoever fills this in.
struct CertNames {
  std::vector<std::string> dns;
  std::vector<std::string> ip;  // 4 or 16 raw bytes each
  std::string common_name;
};

namespace internal {

inline char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

inline bool EqualNoCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

}  // namespace internal

inline bool DnsMatches(std::string_view pattern, std::string_view name) {
  if (!pattern.empty() && pattern.back() == '.') pattern.remove_suffix(1);
  if (pattern.empty() || name.empty()) return false;
  if (pattern.substr(0, 2) != "*.") return internal::EqualNoCase(pattern, name);
  std::string_view suffix = pattern.substr(1);
  size_t dot = name.find('.');
  bool two_labels = suffix.find('.', 1) != std::string_view::npos && suffix.find('*') == std::string_view::npos;
  return two_labels && dot != std::string_view::npos && dot > 0 && internal::EqualNoCase(suffix, name.substr(dot));
}

inline bool IpMatches(std::string_view raw, const std::string& text) {
  unsigned char buf[16];
  if (inet_pton(AF_INET, text.c_str(), buf) == 1) return raw == std::string_view(reinterpret_cast<char*>(buf), 4);
  if (inet_pton(AF_INET6, text.c_str(), buf) == 1) return raw == std::string_view(reinterpret_cast<char*>(buf), 16);
  return false;
}

// Whether one of the expected names is the certificate's. Without expected names nothing matches.
inline bool NameMatches(const CertNames& cert, const Expectation& expected) {
  for (const ExpectedName& name : expected.names) {
    if (name.is_ip) {
      for (const std::string& raw : cert.ip) {
        if (IpMatches(raw, name.text)) return true;
      }
      continue;
    }
    for (const std::string& pattern : cert.dns) {
      if (DnsMatches(pattern, name.text)) return true;
    }
    if (cert.dns.empty() && DnsMatches(cert.common_name, name.text)) return true;
  }
  return false;
}

}  // namespace keyway::sdk::tls
