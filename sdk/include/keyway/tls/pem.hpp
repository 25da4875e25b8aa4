// Cuts a PEM file into its blocks, for libraries that take or refuse a file as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::sdk::tls {

// Every block whose label ends in `label` ("CERTIFICATE", "PRIVATE KEY"), with its first and last line. *broken is set when a
// block has no end.
inline std::vector<std::string_view> PemBlocks(std::string_view text, std::string_view label, bool* broken) {
  static constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
  std::vector<std::string_view> out;
  *broken = false;
  size_t pos = 0;
  while ((pos = text.find(kBegin, pos)) != std::string_view::npos) {
    size_t name_start = pos + kBegin.size();
    size_t name_end = text.find(kDashes, name_start);
    if (name_end == std::string_view::npos) {
      *broken = true;
      return out;
    }
    std::string_view name = text.substr(name_start, name_end - name_start);
    size_t end = text.find(kEnd, name_end);
    if (end == std::string_view::npos || text.substr(end + kEnd.size(), name.size()) != name) {
      *broken = true;
      return out;
    }
    size_t stop = end + kEnd.size() + name.size() + kDashes.size();
    if (stop > text.size()) stop = text.size();
    bool wanted = name.size() >= label.size() && name.substr(name.size() - label.size()) == label;
    if (wanted) out.push_back(text.substr(pos, stop - pos));
    pos = stop;
  }
  return out;
}

// The bytes of a block that PemBlocks gave: what stands in base64 between its first line and its last. Empty when it is none (an
// encrypted block has other lines before).
inline std::string PemBody(std::string_view block) {
  size_t begin = block.find('\n'), end = block.rfind("-----END ");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  bool padded = false;
  for (char c : block.substr(begin, end - begin)) {
    uint32_t value;
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (c == '=') {
      padded = true;
      continue;
    }
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      value = static_cast<uint32_t>(c - 'a' + 26);
    } else if (c >= '0' && c <= '9') {
      value = static_cast<uint32_t>(c - '0' + 52);
    } else if (c == '+' || c == '/') {
      value = c == '+' ? 62 : 63;
    } else {
      return {};
    }
    if (padded) return {};
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return out;
}

}  // namespace keyway::sdk::tls
