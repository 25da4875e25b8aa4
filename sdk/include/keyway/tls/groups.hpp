// tls-groups: names of key-exchange groups as OpenSSL writes them, joined by colons in order of preference, and each of them checked.
#pragma once

#include <strings.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/error.hpp"

namespace keyway::sdk::tls {

struct Group {
  const char* name;        // what both libraries call it
  const char* aliases[2];  // [nullable] other names that are in use
  bool finite_field;       // of TLS 1.3 only
};
inline constexpr Group kGroups[] = {
    {"X25519", {nullptr, nullptr}, false},         {"X448", {nullptr, nullptr}, false},
    {"P-256", {"secp256r1", "prime256v1"}, false}, {"P-384", {"secp384r1", nullptr}, false},
    {"P-521", {"secp521r1", nullptr}, false},      {"ffdhe2048", {nullptr, nullptr}, true},
    {"ffdhe3072", {nullptr, nullptr}, true},       {"ffdhe4096", {nullptr, nullptr}, true},
    {"ffdhe6144", {nullptr, nullptr}, true},       {"ffdhe8192", {nullptr, nullptr}, true},
};

inline const Group* FindGroup(const std::string& word) {
  for (const Group& group : kGroups) {
    if (strcasecmp(word.c_str(), group.name) == 0) return &group;
    for (const char* alias : group.aliases) {
      if (alias != nullptr && strcasecmp(word.c_str(), alias) == 0) return &group;
    }
  }
  return nullptr;
}

// Reads the list; an empty one stays empty and means the library's own. is_there(group) says whether the library, which errors call
// `library`, has it.
template <class IsThere>
int32_t ParseGroups(std::string_view text, const char* library, IsThere is_there, std::vector<const Group*>* out,
                    kw_error* err) {
  static constexpr char kSetting[] = "tls-groups";
  if (text.empty()) return KW_OK;
  for (size_t pos = 0; pos <= text.size();) {
    const size_t end = std::min(text.find(':', pos), text.size());
    const std::string word(text.substr(pos, end - pos));
    pos = end + 1;
    if (word.empty()) return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kSetting, "there is an empty name in the list");
    const Group* group = FindGroup(word);
    if (group == nullptr) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kSetting, "unknown group '%.64s'", word.c_str());
    }
    if (!is_there(*group)) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kSetting, "%s has no group '%s'", library, group->name);
    }
    if (std::find(out->begin(), out->end(), group) != out->end()) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kSetting, "group '%s' stands there twice", group->name);
    }
    out->push_back(group);
  }
  return KW_OK;
}

inline std::string JoinGroups(const std::vector<const Group*>& groups) {
  std::string out;
  for (const Group* group : groups) out += (out.empty() ? "" : ":") + std::string(group->name);
  return out;
}

}  // namespace keyway::sdk::tls
