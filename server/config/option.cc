#include "server/config/option.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "server/base/check.h"
#include "server/base/split_args.h"
#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr size_t kMaxNameLength = 128;

std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// The rows, and an index over their names and aliases.
struct Table {
  std::vector<Option> options;
  std::unordered_map<std::string_view, const Option*> by_name;

  Table() {
    AddServerOptions(options);
    AddTransportOptions(options);
    AddTlsOptions(options);
    AddThreadOptions(options);
    AddMemoryOptions(options);
    AddDataOptions(options);
    AddPersistenceOptions(options);
    AddReplicationOptions(options);
    AddClusterOptions(options);
    std::stable_sort(options.begin(), options.end(),
                     [](const Option& a, const Option& b) { return a.section < b.section; });
    for (const Option& option : options) {
      KW_CHECK(by_name.emplace(option.name, &option).second);
      if (!option.alias.empty()) KW_CHECK(by_name.emplace(option.alias, &option).second);
    }
  }
};

const Table& TheTable() {
  static const Table table;
  return table;
}

// Separates at every single blank, as CONFIG SET does: two blanks have an empty word between them.
std::vector<std::string> SplitAtBlanks(std::string_view value) {
  std::vector<std::string> words;
  if (value.empty()) return words;
  for (;;) {
    const size_t blank = value.find(' ');
    words.emplace_back(value.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    value.remove_prefix(blank + 1);
  }
}

Result<std::vector<std::string>> SplitQuoted(std::string_view value) {
  auto words = SplitArgs(value);
  if (!words) return Fail("Unbalanced quotes in configuration line");
  return std::move(*words);
}

}  // namespace

std::span<const Option> Options() { return TheTable().options; }

const Option* FindOption(std::string_view name) {
  if (name.size() > kMaxNameLength) return nullptr;
  const auto& index = TheTable().by_name;
  const auto found = index.find(Lower(name));
  return found != index.end() ? found->second : nullptr;
}

bool IsTransportSetting(std::string_view name) {
  const size_t dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == name.size() || name.size() > kMaxNameLength) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

const Settings& DefaultSettings() {
  static const Settings defaults = [] {
    Settings settings;
    for (const Option& option : Options()) option.kind->SetDefault(settings);
    return settings;
  }();
  return defaults;
}

bool SameValues(const Settings& a, const Settings& b) {
  // CONFIG GET does not show the settings of a loadtransport line.
  if (a.transport_settings != b.transport_settings || a.loadtransport != b.loadtransport) return false;
  return std::all_of(Options().begin(), Options().end(),
                     [&](const Option& option) { return option.kind->Get(a) == option.kind->Get(b); });
}

Result<std::vector<std::string>> SplitValue(const Option& option, std::string_view value) {
  if (!option.Is(kMultiWord)) return std::vector<std::string>{std::string(value)};
  if (option.Is(kQuotedWords)) return SplitQuoted(value);
  return SplitAtBlanks(value);
}

Result<> SetFromLine(const Option& option, Settings& settings, std::span<const std::string> words, bool append) {
  if (!option.Is(kMultiWord)) {
    if (words.size() != 1) return Fail("wrong number of arguments");
    return option.kind->Set(settings, words, append);
  }
  if (words.size() == 1 && words[0].empty()) words = {};
  // All words in one pair of quotes, as a shell writes --save "900 1". Paths in quotes must stay whole, though.
  if (words.size() == 1 && !option.Is(kQuotedWords)) {
    const auto split = SplitQuoted(words[0]);
    if (!split) return std::unexpected(split.error());
    return option.kind->Set(settings, *split, append);
  }
  return option.kind->Set(settings, words, append);
}

}  // namespace keyway::config
