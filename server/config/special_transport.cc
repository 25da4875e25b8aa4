// Options with a syntax of their own: listeners, transport plug-ins and TLS profiles.
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "server/base/split_args.h"
#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr size_t kMaxListeners = 256;
constexpr size_t kMaxTransports = 64;
constexpr size_t kMaxProfiles = 256;
constexpr size_t kMaxProfileNameLength = 64;
constexpr size_t kMaxServerNameLength = 253;
constexpr std::string_view kSchemeEnd = "://";

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// "a.example" or "*.a.example", at most as long as a name may be.
bool IsServerName(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.size() > kMaxServerNameLength || name.front() == '.' || name.back() == '.') return false;
  return name.find("..") == name.npos && std::all_of(name.begin(), name.end(), IsNameCharacter);
}

// Names separated by blanks, in lower case; none when one of them is none.
std::optional<std::string> ServerNames(std::string_view text) {
  std::string names;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    std::string name(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (name.empty()) continue;
    if (!IsServerName(name)) return std::nullopt;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    names += (names.empty() ? "" : " ") + name;
  }
  if (names.empty()) return std::nullopt;
  return names;
}

bool IsStack(std::string_view text) {
  bool in_name = false;
  for (const char c : text) {
    if (c == '+' ? !in_name : !IsNameCharacter(c)) return false;
    in_name = c != '+';
  }
  return in_name;
}

void AppendWord(std::string_view word, std::string& line) {
  if (!line.empty()) line += ' ';
  line += QuoteArgIfNeeded(word);
}

void AppendSettings(const SettingList& settings, std::string& line) {
  for (const auto& [name, value] : settings) {
    AppendWord(name, line);
    AppendWord(value, line);
  }
}

std::string ListenText(const ListenSpec& spec) {
  std::string text = QuoteArgIfNeeded(spec.stack + std::string(kSchemeEnd) + spec.address);
  AppendSettings(spec.settings, text);
  return text;
}

// Words are STACK://ADDRESS (setting value)*, repeated; a value may itself contain "://".
class Listen final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool append) const override {
    std::vector<ListenSpec> specs;
    if (append) specs = settings.listen;
    const size_t first = specs.size();
    for (size_t i = 0; i < words.size();) {
      const size_t scheme_end = words[i].find(kSchemeEnd);
      if (scheme_end != std::string::npos) {
        ListenSpec spec{words[i].substr(0, scheme_end), words[i].substr(scheme_end + kSchemeEnd.size()), {}};
        if (!IsStack(spec.stack) || spec.address.empty()) {
          return Fail(fmt::format("'{}' is no listen address; it must look like STACK://ADDRESS", words[i]));
        }
        specs.push_back(std::move(spec));
        ++i;
        continue;
      }
      if (specs.size() == first)
        return Fail("listen must begin with STACK://ADDRESS, for example tcp://127.0.0.1:6379");
      if (i + 1 == words.size()) return Fail(fmt::format("listen setting '{}' has no value", words[i]));
      specs.back().settings.emplace_back(words[i], words[i + 1]);
      i += 2;
    }
    if (specs.size() > kMaxListeners) return Fail(fmt::format("more than {} listen addresses", kMaxListeners));
    settings.listen = std::move(specs);
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.listen.clear(); }
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (const ListenSpec& spec : settings.listen) {
      if (!text.empty()) text += ' ';
      text += ListenText(spec);
    }
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    std::vector<RewriteLine> lines;
    for (const ListenSpec& spec : settings.listen) lines.push_back({ListenText(spec), true});
    return lines;
  }
  std::string Describe() const override { return "STACK://ADDRESS [setting value …], any number of lines"; }
};

class LoadTransport final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool append) const override {
    if (words.empty() || words[0].empty()) return Fail("wrong number of arguments");
    if (words.size() % 2 == 0) return Fail(fmt::format("setting '{}' has no value", words.back()));
    LoadTransportSpec spec{words[0], {}};
    for (size_t i = 1; i < words.size(); i += 2) spec.settings.emplace_back(words[i], words[i + 1]);
    if (!append) settings.loadtransport.clear();
    if (settings.loadtransport.size() >= kMaxTransports)
      return Fail(fmt::format("more than {} transports", kMaxTransports));
    settings.loadtransport.push_back(std::move(spec));
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.loadtransport.clear(); }
  // For the eye only: the option is immutable. Values of settings may be secrets.
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (const LoadTransportSpec& spec : settings.loadtransport) AppendWord(spec.name, text);
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    std::vector<RewriteLine> lines;
    for (const LoadTransportSpec& spec : settings.loadtransport) {
      std::string line = QuoteArgIfNeeded(spec.name);
      AppendSettings(spec.settings, line);
      lines.push_back({std::move(line), true});
    }
    return lines;
  }
  std::string Describe() const override { return "name-or-path [setting value …], any number of lines"; }
};

// Words are PROFILE SETTING VALUE, repeated.
class TlsProfile final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool append) const override {
    std::vector<std::string> split;
    if (words.size() == 1) {
      auto parts = SplitArgs(words[0]);
      if (!parts) return Fail("Unbalanced quotes in configuration line");
      split = std::move(*parts);
      words = split;
    }
    if (words.size() % 3 != 0) return Fail("tls-profile takes a profile, a setting and a value");
    std::map<std::string, SettingList> profiles;
    if (append) profiles = settings.tls_profile;
    for (size_t i = 0; i < words.size(); i += 3) {
      if (Result<> added = AddSetting(profiles, words[i], words[i + 1], words[i + 2]); !added) return added;
    }
    if (profiles.size() > kMaxProfiles) return Fail(fmt::format("more than {} TLS profiles", kMaxProfiles));
    settings.tls_profile = std::move(profiles);
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.tls_profile.clear(); }
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (const RewriteLine& line : Rewrite(settings, settings)) {
      if (!text.empty()) text += ' ';
      text += line.value;
    }
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    std::vector<RewriteLine> lines;
    for (const auto& [profile, list] : settings.tls_profile) {
      for (const auto& [name, value] : list) {
        std::string line = profile;
        AppendWord(name, line);
        AppendWord(value, line);
        lines.push_back({std::move(line), true});
      }
    }
    return lines;
  }
  std::string Describe() const override { return "profile setting value, any number of lines"; }

 private:
  static Result<> AddSetting(std::map<std::string, SettingList>& profiles, const std::string& profile,
                             const std::string& setting, std::string value) {
    const bool good_name = !profile.empty() && profile.size() <= kMaxProfileNameLength &&
                           std::all_of(profile.begin(), profile.end(), IsNameCharacter);
    if (!good_name) return Fail("a TLS profile's name is made of letters, digits, '-', '_' and '.'");
    std::string name = setting;
    if (const Option* option = FindOption(setting); option != nullptr && option->Is(kProfile)) {
      Settings scratch = DefaultSettings();
      const std::string words[] = {value};
      if (Result<> checked = option->kind->Set(scratch, words, false); !checked) {
        return std::unexpected(checked.error().Within(fmt::format("profile '{}', {}", profile, option->name)));
      }
      name = option->name;
    } else if (setting == "server-name") {
      auto names = ServerNames(value);
      if (!names) {
        return Fail(fmt::format("profile '{}', server-name: it takes names like a.example and *.a.example", profile));
      }
      value = std::move(*names);
    } else if (!IsTransportSetting(setting)) {
      return Fail(fmt::format("'{}' cannot be set in a TLS profile", setting));
    }
    SettingList& list = profiles[profile];
    const auto present = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.first == name; });
    if (present != list.end()) {
      present->second = std::move(value);
    } else {
      list.emplace_back(std::move(name), std::move(value));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<const Kind> ListenKind() { return std::make_unique<Listen>(); }
std::unique_ptr<const Kind> LoadTransportKind() { return std::make_unique<LoadTransport>(); }
std::unique_ptr<const Kind> TlsProfileKind() { return std::make_unique<TlsProfile>(); }

}  // namespace keyway::config
