#include "server/app/transport_stacks.h"

#include <algorithm>

#include "server/config/option.h"

namespace keyway::app {
namespace {

// Options that transports understand. A transport takes those that it knows and is not bothered with the others.
constexpr std::string_view kTransportOptions[] = {
    "tls-cert-file",
    "tls-key-file",
    "tls-key-file-pass",
    "tls-client-cert-file",
    "tls-client-key-file",
    "tls-client-key-file-pass",
    "tls-ca-cert-file",
    "tls-ca-cert-dir",
    "tls-crl-file",
    "tls-auth-clients",
    "tls-dh-params-file",
    "tls-protocols",
    "tls-ciphers",
    "tls-ciphersuites",
    "tls-groups",
    "tls-prefer-server-ciphers",
    "tls-session-caching",
    "tls-session-cache-size",
    "tls-session-cache-timeout",
    "tls-session-ticket-key-file",
    "tcp-backlog",
    "tcp-keepalive",
    "unixsocketperm",
    "socket-mark-id",
};

void Put(net::Settings& settings, const std::string& name, std::string value) {
  auto same = std::find_if(settings.begin(), settings.end(), [&](const auto& entry) { return entry.first == name; });
  if (same != settings.end()) {
    same->second = std::move(value);
  } else {
    settings.emplace_back(name, std::move(value));
  }
}

}  // namespace

std::string TransportStacks::TlsTransport() const { return TlsTransportOf(settings_.tls_backend); }

std::string TransportStacks::TlsTransportOf(std::string_view backend) {
  // A third party's plug-in may be named in full.
  const bool ours = backend == "openssl" || backend == "wolfssl";
  return (ours ? "tls-" : "") + std::string(backend);
}

std::string TransportStacks::WithBackend(std::string_view stack_name, std::string_view backend) {
  const size_t plus = std::min(stack_name.find('+'), stack_name.size());
  if (stack_name.substr(0, plus) != "tls") return std::string(stack_name);
  return TlsTransportOf(backend) + std::string(stack_name.substr(plus));
}

net::Settings TransportStacks::SettingsFor(std::string_view stack_name, const config::SettingList& overlay) const {
  net::Settings settings;
  for (std::string_view name : kTransportOptions) {
    std::string value = config::FindOption(name)->kind->Get(settings_);
    if (!value.empty()) settings.emplace_back(name, std::move(value));
  }
  for (const auto& [name, value] : settings_.transport_settings) Put(settings, name, value);
  for (const config::LoadTransportSpec& spec : settings_.loadtransport) {
    if (!HasPart(stack_name, PluginIdOf(spec.name))) continue;
    for (const auto& [name, value] : spec.settings) Put(settings, name, value);
  }
  for (const auto& [name, value] : overlay) Put(settings, name, value);
  return settings;
}

Result<std::shared_ptr<const net::Stack>> TransportStacks::Make(std::string_view stack_name,
                                                                const config::SettingList& overlay,
                                                                net::Sides sides) const {
  const std::string name = WithBackend(stack_name, settings_.tls_backend);
  return registry_.MakeStack(name, SettingsFor(name, overlay), sides, reuse_);
}

Result<> TransportStacks::CheckTlsBackend() const {
  // What serves has been checked; looking at the plug-in's file again could load another copy.
  if (reuse_ != nullptr) return {};
  const std::string& backend = settings_.tls_backend;
  if (backend.empty() || backend.find('/') != std::string::npos) {
    return Fail("tls-backend takes openssl, wolfssl or the name of a plug-in");
  }
  auto id = registry_.Load(TlsTransport());
  if (!id) return std::unexpected(id.error());
  auto plugin = registry_.Info(*id);
  if (!plugin) return std::unexpected(plugin.error());
  if (plugin->roles.find("filter") == std::string::npos)
    return Fail("tls-backend: transport " + *id + " encrypts nothing");
  return {};
}

std::string_view TransportStacks::PluginIdOf(std::string_view name_or_path) {
  constexpr std::string_view kPrefix = "keyway-transport-", kSuffix = ".so";
  name_or_path.remove_prefix(name_or_path.find_last_of('/') + 1);
  if (name_or_path.starts_with(kPrefix)) name_or_path.remove_prefix(kPrefix.size());
  if (name_or_path.ends_with(kSuffix)) name_or_path.remove_suffix(kSuffix.size());
  return name_or_path;
}

bool TransportStacks::HasPart(std::string_view stack_name, std::string_view plugin_id) {
  while (!stack_name.empty()) {
    const size_t plus = stack_name.find('+');
    if (stack_name.substr(0, plus) == plugin_id) return true;
    stack_name.remove_prefix(plus == std::string_view::npos ? stack_name.size() : plus + 1);
  }
  return false;
}

std::string TransportStacks::ClusterStack() const {
  const config::Settings& settings = settings_;
  std::string name = !settings.cluster_transport.empty() ? settings.cluster_transport
                     : settings.tls_cluster              ? "tls"
                                                         : "tcp";
  const bool tls = name == "tls" || name.starts_with("tls+") || name.starts_with("tls-");
  if (tls && settings.tls_mode == config::TlsMode::kAllow) {
    const size_t plus = name.find('+');
    name = plus == name.npos ? "tcp" : name.substr(plus + 1);
  }
  return name;
}

Result<std::shared_ptr<const net::Stack>> TransportStacks::MakeCluster() const {
  const std::string name = ClusterStack();
  if (name == "tls") {
    if (auto checked = CheckTlsBackend(); !checked) return std::unexpected(checked.error());
  }
  return Make(name, {}, net::Sides::kDials);
}

Result<> TransportStacks::CheckOwnSettings() const {
  for (const auto& [name, value] : settings_.transport_settings) {
    if (auto known = CheckOwnSetting(name); !known) return known;
  }
  for (const auto& [profile, settings] : settings_.tls_profile) {
    for (const auto& [name, value] : settings) {
      if (!config::IsTransportSetting(name)) continue;
      auto known = CheckOwnSetting(name);
      if (!known) return std::unexpected(known.error().Within("tls-profile '" + profile + "'"));
    }
  }
  return {};
}

Result<> TransportStacks::CheckOwnSetting(const std::string& name) const {
  auto id = registry_.Load(name.substr(0, name.find('.')));
  if (!id) return std::unexpected(id.error().Within(name));
  auto plugin = registry_.Info(*id);
  if (!plugin) return std::unexpected(plugin.error().Within(name));
  const auto& options = plugin->options;
  if (std::any_of(options.begin(), options.end(), [&](const auto& option) { return option.first == name; })) return {};
  return Fail(name + ": transport " + *id + " has no such setting");
}

}  // namespace keyway::app
