// The certificates that a stack works with: its own, with their chains, and the authorities that it trusts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keyway::net {

class Stack;

// Texts are as the plug-in gives them and may hold any bytes but zero.
struct CertificateInfo {
  std::string setting;  // that it came with: "tls-cert-file"
  std::string subject, serial;
  int64_t not_before = 0, not_after = 0;  // Unix seconds
};

// Empty for a stack whose filter has no cert-expiry/1. Of a very long list, the first ones. [any]
std::vector<CertificateInfo> CertificatesOf(const Stack& stack);

}  // namespace keyway::net
