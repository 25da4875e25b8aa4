#include "server/app/transport_stacks.h"

#include <algorithm>

namespace keyway::app {
namespace {

// Options that transports understand. A transport takes those that it knows and is not bothered with the others.
constexpr std::string_view kTransportOptions[] = {
    "tls-cert-file",         "tls-key-file",          "tls-key-file-pass",
    "tls-client-cert-file",  "tls-client-key-file",   "tls-client-key-file-pass",
    "tls-ca-cert-file",      "tls-ca-cert-dir",       "tls-auth-clients",
    "tls-dh-params-file",    "tls-protocols",         "tls-ciphers",
    "tls-ciphersuites",      "tls-groups",            "tls-prefer-server-ciphers",
    "tls-session-caching",   "tls-session-cache-size", "tls-session-cache-timeout",
    "tcp-backlog",           "tcp-keepalive",         "unixsocketperm",
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

std::string TransportStacks::TlsTransport() const {
  const std::string& backend = config_.settings().tls_backend;
  // A third party's plug-in may be named in full.
  return backend == "openssl" || backend == "wolfssl" ? "tls-" + backend : backend;
}

net::Settings TransportStacks::SettingsFor(const config::SettingList& overlay) const {
  net::Settings settings;
  for (std::string_view name : kTransportOptions) {
    auto value = config_.GetValue(name);
    if (value && !value->empty()) settings.emplace_back(name, std::move(*value));
  }
  for (const auto& [name, value] : config_.settings().transport_settings) Put(settings, name, value);
  for (const auto& [name, value] : overlay) Put(settings, name, value);
  return settings;
}

Result<std::shared_ptr<const net::Stack>> TransportStacks::Make(std::string_view stack_name,
                                                                const config::SettingList& overlay) const {
  return registry_.MakeStack(stack_name, SettingsFor(overlay));
}

}  // namespace keyway::app
