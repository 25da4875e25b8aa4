#include "server/app/accepting_stacks.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "server/config/option.h"
#include "server/net/stack.h"

namespace keyway::app {
namespace {

constexpr std::string_view kProfiles = "tls-profile";
constexpr std::string_view kServerName = "server-name";
constexpr std::string_view kBackend = "tls-backend";
constexpr std::string_view kMode = "tls-mode";
constexpr std::string_view kPlaintextAuth = "tls-mode-plaintext-auth";
constexpr std::string_view kTimeout = "tls-handshake-timeout";
constexpr std::string_view kUser = "tls-auth-clients-user";

// Settings of a line or a profile that no transport is told of.
constexpr std::string_view kOfTheServer[] = {kProfiles, kServerName, kBackend, kMode, kPlaintextAuth, kTimeout, kUser};
// Those of them that count before it is known which profile a client asks for.
constexpr std::string_view kBeforeTheName[] = {kMode, kPlaintextAuth, kTimeout};

bool IsIn(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const std::string* ValueOf(const config::SettingList& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.first == name; });
  return found == list.end() ? nullptr : &found->second;
}

net::PeerUserField UserField(const config::Settings& settings) {
  switch (settings.tls_auth_clients_user) {
    case config::TlsAuthClientsUser::kOff:
      return net::PeerUserField::kNone;
    case config::TlsAuthClientsUser::kCn:
      return net::PeerUserField::kCommonName;
    case config::TlsAuthClientsUser::kUri:
      return net::PeerUserField::kUri;
    case config::TlsAuthClientsUser::kDns:
      return net::PeerUserField::kDns;
    case config::TlsAuthClientsUser::kFingerprint:
      return net::PeerUserField::kFingerprint;
  }
  return net::PeerUserField::kNone;
}

bool IsTls(std::string_view stack_name) { return stack_name.starts_with("tls-"); }

}  // namespace

std::vector<std::string> ProfileNames(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) names.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

// One profile, or none, under the settings of one line.
struct AcceptingStacks::Layers {
  config::SettingList transport;  // for the plug-ins, over the server's settings
  config::Settings effective;     // the server's settings with those of both
  std::vector<std::string> server_names;
  bool own_backend = false;  // the profile names one
  bool own_timeout = false;
};

Result<AcceptingStacks::Layers> AcceptingStacks::Over(std::string_view profile, const config::SettingList& line) const {
  Layers layers;
  layers.effective = settings_;
  const config::SettingList* from_profile = nullptr;
  if (!profile.empty()) {
    const auto& profiles = settings_.tls_profile;
    const auto found = profiles.find(std::string(profile));
    if (found == profiles.end()) return Fail(fmt::format("there is no tls-profile '{}'", profile));
    from_profile = &found->second;
    if (const std::string* names = ValueOf(*from_profile, kServerName)) layers.server_names = ProfileNames(*names);
    layers.own_backend = ValueOf(*from_profile, kBackend) != nullptr;
  }
  for (const config::SettingList* list : {from_profile, &line}) {
    if (list == nullptr) continue;
    for (const auto& [name, value] : *list) {
      const config::Option* option = config::FindOption(name);
      if (option != nullptr && option->Is(config::kProfile)) {
        const std::string words[] = {value};
        auto set = option->kind->Set(layers.effective, words, false);
        if (!set) return std::unexpected(set.error().Within(name));
      }
      layers.own_timeout |= name == kTimeout;
      if (IsIn(name, kOfTheServer)) continue;
      std::erase_if(layers.transport, [&](const auto& lower) { return lower.first == name; });
      layers.transport.emplace_back(name, value);
    }
  }
  return layers;
}

Result<> AcceptingStacks::AddNamed(net::AcceptRules& rules, std::string_view profile, std::string_view stack_name,
                                   const config::SettingList& line, bool own) const {
  const std::string label = fmt::format("tls-profile '{}'", profile);
  auto failed = [&](const Error& error) { return std::unexpected(error.Within(label)); };
  auto layers = Over(profile, line);
  if (!layers) return std::unexpected(layers.error());
  if (layers->server_names.empty()) {
    if (own) return {};
    return failed(Error("it has no server-name by which a client could choose it"));
  }
  const config::SettingList& settings = settings_.tls_profile.at(std::string(profile));
  for (std::string_view name : kBeforeTheName) {
    if (own || ValueOf(settings, name) == nullptr) continue;
    return failed(Error(fmt::format("{} counts before a client has chosen a profile: set it for the listener", name)));
  }
  // A backend of its own takes the filter's place; the carrier is the listener's.
  std::string name(stack_name);
  if (layers->own_backend) {
    const size_t plus = stack_name.find('+');
    name = TransportStacks::TlsTransportOf(layers->effective.tls_backend);
    if (plus != stack_name.npos) name += stack_name.substr(plus);
  }
  auto stack = stacks_.Make(name, layers->transport);
  if (!stack) return failed(stack.error());
  const config::Settings& effective = layers->effective;
  rules.by_name.push_back({label, std::move(layers->server_names), std::move(*stack), UserField(effective),
                           !effective.tls_crl_file.empty()});
  return {};
}

AcceptingStacks::StackResult AcceptingStacks::Make(const std::string& stack_name,
                                                   const std::vector<std::string>& profiles,
                                                   std::string_view own_profile, const config::SettingList& line,
                                                   std::string origin) const {
  if (!IsTls(stack_name) && stack_name != "tls" && !stack_name.starts_with("tls+")) {
    for (const auto& [name, value] : line) {
      if (IsIn(name, kOfTheServer)) return Fail(fmt::format("{}: {} is no TLS transport", name, stack_name));
    }
    return stacks_.Make(stack_name, line);
  }
  const std::string label = own_profile.empty() ? "" : fmt::format("tls-profile '{}'", own_profile);
  auto failed = [&](const Error& error) { return std::unexpected(label.empty() ? error : error.Within(label)); };
  if (ValueOf(line, kServerName) != nullptr) return Fail("server-name: it belongs into a tls-profile");
  auto layers = Over(own_profile, line);
  if (!layers) return std::unexpected(layers.error());
  const std::string name = TransportStacks::WithBackend(stack_name, layers->effective.tls_backend);
  auto stack = stacks_.Make(name, layers->transport);
  if (!stack) return failed(stack.error());
  const config::Settings& effective = layers->effective;
  net::AcceptRules rules;
  rules.origin = std::move(origin);
  rules.revokes = !effective.tls_crl_file.empty();
  rules.plaintext = effective.tls_mode != config::TlsMode::kRequire &&
                    (effective.tls_auth_clients != config::TlsAuthClients::kYes || effective.tls_mode_plaintext_auth);
  rules.user_field = UserField(effective);
  if (layers->own_timeout) rules.handshake_timeout_ms = effective.tls_handshake_timeout;
  for (const std::string& profile : profiles) {
    auto added = AddNamed(rules, profile, name, line, profile == own_profile);
    if (!added) return std::unexpected(added.error());
  }
  return net::WithAcceptRules(*stack, std::move(rules));
}

AcceptingStacks::StackResult AcceptingStacks::TlsPort() const {
  if (auto checked = stacks_.CheckTlsBackend(); !checked) return std::unexpected(checked.error());
  auto stack = Make(stacks_.TlsTransport(), ProfileNames(settings_.tls_port_profile), "", {}, "tls-port");
  if (stack && !net::StackIsEncrypted(**stack)) {
    return Fail("tls-backend: transport " + stacks_.TlsTransport() + " encrypts nothing");
  }
  return stack;
}

AcceptingStacks::StackResult AcceptingStacks::Line(const config::ListenSpec& spec) const {
  const std::string* value = ValueOf(spec.settings, kProfiles);
  const std::vector<std::string> profiles = value != nullptr ? ProfileNames(*value) : std::vector<std::string>();
  if (value != nullptr && profiles.empty()) return Fail("tls-profile: it names no profile");
  return Make(spec.stack, profiles, profiles.empty() ? std::string_view() : std::string_view(profiles[0]),
              spec.settings, spec.stack + "://" + spec.address);
}

net::Settings AcceptingStacks::CarrierSettings(const config::ListenSpec& spec) const {
  config::SettingList own = spec.settings;
  std::erase_if(own, [](const auto& setting) { return IsIn(setting.first, kOfTheServer); });
  return stacks_.SettingsFor(spec.stack, own);
}

Result<> AcceptingStacks::CheckUnusedProfiles(std::string_view plugin_id) const {
  std::set<std::string> used;
  for (std::string& name : ProfileNames(settings_.tls_port_profile)) used.insert(std::move(name));
  for (const config::ListenSpec& spec : settings_.listen) {
    const std::string* value = ValueOf(spec.settings, kProfiles);
    if (value == nullptr) continue;
    for (std::string& name : ProfileNames(*value)) used.insert(std::move(name));
  }
  for (const auto& [name, settings] : settings_.tls_profile) {
    if (used.contains(name)) continue;
    auto layers = Over(name, {});
    if (!layers) return std::unexpected(layers.error());
    const std::string backend = TransportStacks::TlsTransportOf(layers->effective.tls_backend);
    if (!plugin_id.empty() && plugin_id != backend) continue;
    // Who dials shows the server's certificate where there is none for dialling: so the profile's own pair is looked at.
    const config::SettingList& own = settings_.tls_profile.at(name);
    if (ValueOf(own, "tls-cert-file") != nullptr && ValueOf(own, "tls-client-cert-file") == nullptr) {
      for (const char* unset : {"tls-client-cert-file", "tls-client-key-file", "tls-client-key-file-pass"}) {
        layers->transport.emplace_back(unset, "");
      }
    }
    // What only an accepting side needs may be missing as long as nobody accepts by it.
    auto stack = stacks_.Make(backend, layers->transport, net::Sides::kDials);
    if (!stack) return std::unexpected(stack.error().Within(fmt::format("tls-profile '{}'", name)));
  }
  return {};
}

}  // namespace keyway::app
