// Turns the configuration's transport settings into stacks: which settings a transport gets, and which TLS plug-in "tls" means.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/config/settings.h"
#include "server/net/host.h"

namespace keyway::app {

class TransportStacks {
 public:
  // All are borrowed; `reuse` may be null. [exec], or with settings of its own [background]
  TransportStacks(const config::Settings& settings, net::Registry& registry, net::ContextReuse* reuse = nullptr)
      : settings_(settings), registry_(registry), reuse_(reuse) {}

  // The plug-in that tls-port and the tls-* switches use: "tls-" and tls-backend.
  std::string TlsTransport() const;
  static std::string TlsTransportOf(std::string_view backend);
  // "tls" and "tls+carrier" mean the backend's plug-in; other names stay.
  static std::string WithBackend(std::string_view stack_name, std::string_view backend);
  // A stack by name with the present settings, with `overlay` over them ("listen" lines have settings of their own). [exec]
  Result<std::shared_ptr<const net::Stack>> Make(std::string_view stack_name, const config::SettingList& overlay = {},
                                                 net::Sides sides = net::Sides::kAccepts) const;
  // The stack of links to other nodes: what cluster-transport names, else TLS or tcp by tls-cluster. With tls-mode allow without its
  // TLS. [exec]
  Result<std::shared_ptr<const net::Stack>> MakeCluster() const;
  // The name of that stack.
  std::string ClusterStack() const;
  // The id in the name or path of a plug-in's file.
  static std::string_view PluginIdOf(std::string_view name_or_path);
  // Whether a stack's name contains a plug-in.
  static bool HasPart(std::string_view stack_name, std::string_view plugin_id);
  // Whether tls-backend names a plug-in that is there and is a filter. Loads it. [exec]
  Result<> CheckTlsBackend() const;
  // The settings alone: the configuration's, over them those of the loadtransport lines of the stack's plug-ins, over them `overlay`.
  net::Settings SettingsFor(std::string_view stack_name, const config::SettingList& overlay = {}) const;
  // Whether every "plug-in.setting" of the configuration, those of TLS profiles included, names a plug-in that is there and a setting
  // that it has. [exec]
  Result<> CheckOwnSettings() const;

 private:
  Result<> CheckOwnSetting(const std::string& name) const;

  const config::Settings& settings_;
  net::Registry& registry_;
  net::ContextReuse* const reuse_;
};

}  // namespace keyway::app
