// Cuts a PEM file into its blocks, for libraries that take or refuse a file as a whole.
#pragma once

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

}  // namespace keyway::sdk::tls
