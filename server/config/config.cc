#include "server/config/config.h"

#include <fmt/core.h>

#include <cctype>
#include <set>

#include "server/base/glob.h"
#include "server/base/log.h"
#include "server/config/option.h"

namespace keyway::config {
namespace {

std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

Error SetFailed(std::string_view name, std::string_view reason) {
  return Error(fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, reason));
}

}  // namespace

// One name and value of a CONFIG SET.
struct Config::Change {
  const Option* option;  // null: a transport plug-in's own setting
  std::string name;      // in lower case, the alias where it was used
  std::string_view value;

  ApplyGroup group() const { return option != nullptr ? option->group : ApplyGroup::kTransports; }

  Result<> SetIn(Settings& settings) const {
    if (option == nullptr) {
      if (value.empty()) {
        settings.transport_settings.erase(name);
      } else {
        settings.transport_settings[name] = value;
      }
      return {};
    }
    const auto words = SplitValue(*option, value);
    if (!words) return std::unexpected(words.error());
    return option->kind->Set(settings, *words, false);
  }

  bool Differs(const Settings& a, const Settings& b) const {
    if (option != nullptr) return option->Is(kVolatile) || option->kind->Get(a) != option->kind->Get(b);
    return a.transport_settings != b.transport_settings;
  }
};

Config::Config(Mode mode) : mode_(mode), settings_(DefaultSettings()) {
  // The table's defaults are made once, but the working directory may have changed since.
  FindOption("dir")->kind->SetDefault(settings_);
}

Config::~Config() = default;

void Config::OnApply(ApplyGroup group, ApplyHook hook) { hooks_[static_cast<size_t>(group)] = std::move(hook); }

void Config::OnRewrite(std::string directive, LineSource lines) {
  line_sources_[std::move(directive)] = std::move(lines);
}

Result<> Config::CheckChange(std::string_view name, const SetContext& context, std::vector<Change>& changes) const {
  const Option* option = FindOption(name);
  if (option == nullptr && !IsTransportSetting(name)) {
    return Fail(fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'", name));
  }
  if (option != nullptr) {
    if (option->Is(kImmutable)) return std::unexpected(SetFailed(name, "can't set immutable config"));
    const ProtectedAction allowed = settings_.enable_protected_configs;
    const bool may = allowed == ProtectedAction::kYes || (allowed == ProtectedAction::kLocal && context.local_client);
    if (option->Is(kProtected) && !may) return std::unexpected(SetFailed(name, "can't set protected config"));
    if (option->Is(kDenyLoading) && context.loading) return Fail("LOADING Redis is loading the dataset in memory");
  }
  std::string lower = Lower(name);
  for (const Change& earlier : changes) {
    const bool same = option != nullptr ? earlier.option == option : earlier.name == lower;
    if (same) return std::unexpected(SetFailed(name, "duplicate parameter"));
  }
  changes.push_back({option, std::move(lower), {}});
  return {};
}

struct Config::HookFailure {
  size_t change;  // index of the first change of the group
  Error error;
};

// Runs the hooks of the changed groups; returns the first failure.
std::optional<Config::HookFailure> Config::RunHooks(const std::vector<Change>& changes, const Settings& old,
                                                    bool stop_at_failure) {
  std::optional<HookFailure> failure;
  for (size_t group = 0; group < kApplyGroups; ++group) {
    if (!hooks_[group]) continue;
    for (size_t i = 0; i < changes.size(); ++i) {
      if (static_cast<size_t>(changes[i].group()) != group || !changes[i].Differs(old, settings_)) continue;
      if (Result<> applied = hooks_[group](old); !applied) {
        if (!failure) failure = HookFailure{i, applied.error()};
        if (stop_at_failure) return failure;
      }
      break;
    }
  }
  return failure;
}

Result<Settings> Config::Parse(std::span<const NameValue> requested, const SetContext& context,
                               std::vector<Change>& changes) const {
  changes.reserve(requested.size());
  for (const auto& [name, value] : requested) {
    if (Result<> checked = CheckChange(name, context, changes); !checked) return std::unexpected(checked.error());
    changes.back().value = value;
  }
  Settings changed = settings_;
  for (const Change& change : changes) {
    if (Result<> set = change.SetIn(changed); !set) return std::unexpected(SetFailed(change.name, set.error().text()));
  }
  return changed;
}

Result<Config::Outcome> Config::Foresee(std::span<const NameValue> requested, const SetContext& context) const {
  std::vector<Change> changes;
  auto changed = Parse(requested, context, changes);
  if (!changed) return std::unexpected(changed.error());
  Outcome outcome{std::move(*changed)};
  for (const Change& change : changes) {
    if (change.Differs(settings_, outcome.settings)) outcome.groups |= uint64_t{1} << static_cast<int>(change.group());
  }
  return outcome;
}

Result<> Config::Set(std::span<const NameValue> requested, const SetContext& context) {
  std::vector<Change> changes;
  auto changed = Parse(requested, context, changes);
  if (!changed) return std::unexpected(changed.error());

  const Settings old = settings_;
  settings_ = std::move(*changed);
  const std::optional<HookFailure> failure = RunHooks(changes, old, true);
  if (!failure) return {};

  const std::string& blamed = changes[failure->change].name;
  LogWarning("Failed applying new configuration. Possibly related to new {} setting. Restoring previous settings.",
             blamed);
  const Settings refused = settings_;
  settings_ = old;
  if (const auto restored = RunHooks(changes, refused, false)) {
    LogWarning("Failed applying restored failed CONFIG SET command: {}", restored->error.text());
  }
  return std::unexpected(SetFailed(blamed, failure->error.text()));
}

std::vector<std::pair<std::string, std::string>> Config::Get(std::span<const std::string_view> patterns) const {
  std::vector<std::pair<std::string, std::string>> found;
  std::set<std::string> names;  // in lower case
  const auto add = [&](std::string_view shown, std::string value) {
    if (names.insert(Lower(shown)).second) found.emplace_back(shown, std::move(value));
  };
  for (const std::string_view pattern : patterns) {
    if (!HasGlobCharacters(pattern)) {
      if (auto value = GetValue(pattern)) add(pattern, std::move(*value));
      continue;
    }
    for (const Option& option : Options()) {
      if (option.Is(kHidden)) continue;
      for (const std::string_view name : {option.name, option.alias}) {
        if (!name.empty() && GlobMatches(pattern, name, GlobCase::kInsensitive)) add(name, option.kind->Get(settings_));
      }
    }
    for (const auto& [name, value] : settings_.transport_settings) {
      if (GlobMatches(pattern, name, GlobCase::kInsensitive)) add(name, value);
    }
  }
  return found;
}

std::optional<std::string> Config::GetValue(std::string_view name) const {
  if (const Option* option = FindOption(name)) return option->kind->Get(settings_);
  const auto setting = settings_.transport_settings.find(Lower(name));
  if (setting != settings_.transport_settings.end()) return setting->second;
  return std::nullopt;
}

bool Config::IsSensitive(std::string_view name) {
  const Option* option = FindOption(name);
  // What a plug-in's own settings hold is unknown here, so they count as secrets.
  return option != nullptr ? option->Is(kSensitive) : IsTransportSetting(name);
}

std::string Config::CrashReport() const {
  std::string report;
  for (const Option& option : Options()) {
    if (!option.Is(kCrashReport)) continue;
    for (const RewriteLine& line : option.kind->Rewrite(settings_, DefaultSettings())) {
      report += fmt::format("{} {}\n", option.name, line.value);
    }
  }
  return report;
}

}  // namespace keyway::config
