#include "server/app/transport_stacks.h"

#include <algorithm>

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

// Whether a stack's name contains a plug-in, which may be given as a path.
bool HasPart(std::string_view stack_name, std::string_view plugin) {
  constexpr std::string_view kPrefix = "keyway-transport-", kSuffix = ".so";
  plugin.remove_prefix(plugin.find_last_of('/') + 1);
  if (plugin.starts_with(kPrefix)) plugin.remove_prefix(kPrefix.size());
  if (plugin.ends_with(kSuffix)) plugin.remove_suffix(kSuffix.size());
  while (!stack_name.empty()) {
    const size_t plus = stack_name.find('+');
    if (stack_name.substr(0, plus) == plugin) return true;
    stack_name.remove_prefix(plus == std::string_view::npos ? stack_name.size() : plus + 1);
  }
  return false;
}

}  // namespace

std::string TransportStacks::TlsTransport() const {
  const std::string& backend = config_.settings().tls_backend;
  // A third party's plug-in may be named in full.
  return backend == "openssl" || backend == "wolfssl" ? "tls-" + backend : backend;
}

net::Settings TransportStacks::SettingsFor(std::string_view stack_name, const config::SettingList& overlay) const {
  net::Settings settings;
  for (std::string_view name : kTransportOptions) {
    auto value = config_.GetValue(name);
    if (value && !value->empty()) settings.emplace_back(name, std::move(*value));
  }
  for (const auto& [name, value] : config_.settings().transport_settings) Put(settings, name, value);
  for (const config::LoadTransportSpec& spec : config_.settings().loadtransport) {
    if (!HasPart(stack_name, spec.name)) continue;
    for (const auto& [name, value] : spec.settings) Put(settings, name, value);
  }
  for (const auto& [name, value] : overlay) Put(settings, name, value);
  return settings;
}

Result<std::shared_ptr<const net::Stack>> TransportStacks::Make(std::string_view stack_name,
                                                                const config::SettingList& overlay,
                                                                net::Sides sides) const {
  return registry_.MakeStack(stack_name, SettingsFor(stack_name, overlay), sides);
}

Result<> TransportStacks::CheckTlsBackend() const {
  const std::string& backend = config_.settings().tls_backend;
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

Result<std::shared_ptr<const net::Stack>> TransportStacks::MakeTls(net::Sides sides) const {
  if (auto checked = CheckTlsBackend(); !checked) return std::unexpected(checked.error());
  auto stack = Make(TlsTransport(), {}, sides);
  if (stack && !net::StackIsEncrypted(**stack))
    return Fail("tls-backend: transport " + TlsTransport() + " encrypts nothing");
  return stack;
}

Result<std::shared_ptr<const net::Stack>> TransportStacks::MakeCluster() const {
  const config::Settings& settings = config_.settings();
  const auto sides = net::Sides::kDials;
  if (!settings.cluster_transport.empty()) return Make(settings.cluster_transport, {}, sides);
  return settings.tls_cluster ? MakeTls(sides) : Make("tcp", {}, sides);
}

Result<> TransportStacks::CheckOwnSettings() const {
  for (const auto& [name, value] : config_.settings().transport_settings) {
    auto id = registry_.Load(name.substr(0, name.find('.')));
    if (!id) return std::unexpected(id.error().Within(name));
    auto plugin = registry_.Info(*id);
    if (!plugin) return std::unexpected(plugin.error().Within(name));
    const auto& options = plugin->options;
    if (std::none_of(options.begin(), options.end(), [&](const auto& option) { return option.first == name; })) {
      return Fail(name + ": transport " + *id + " has no such setting");
    }
  }
  return {};
}

}  // namespace keyway::app
