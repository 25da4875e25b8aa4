// The stacks of listeners: TLS profiles, the choice among them by server name, and what is done with plaintext (tls-mode).
//
// Settings lie over one another, the later ones count: the server's, those of the profile, those of the `listen` line. Some of
// them are the server's own and not the transport's (tls-mode, tls-handshake-timeout, tls-backend, …): these become rules of the
// stack. [exec], or with settings of its own [background].
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/app/transport_stacks.h"
#include "server/base/error.h"
#include "server/config/settings.h"
#include "server/net/host.h"

namespace keyway::app {

class AcceptingStacks {
 public:
  using StackResult = Result<std::shared_ptr<const net::Stack>>;

  // Both are borrowed, and `stacks` is of the same settings.
  AcceptingStacks(const config::Settings& settings, const TransportStacks& stacks)
      : settings_(settings), stacks_(stacks) {}

  // Of port and unixsocket: a carrier alone.
  StackResult Plain(std::string_view carrier) const { return stacks_.Make(carrier); }
  // Of tls-port: the server's own settings, and the profiles of tls-port-profile by server name.
  StackResult TlsPort() const;
  // Of a `listen` line: the first profile of its "tls-profile", if it has one, and all of them by server name.
  StackResult Line(const config::ListenSpec& spec) const;
  // What the line's carrier is to know.
  net::Settings CarrierSettings(const config::ListenSpec& spec) const;
  // Whether the profiles that no listener names could be used; with `plugin_id`, those of them that are over this plug-in.
  Result<> CheckUnusedProfiles(std::string_view plugin_id = {}) const;

 private:
  struct Layers;

  Result<Layers> Over(std::string_view profile, const config::SettingList& line) const;
  Result<> AddNamed(net::AcceptRules& rules, std::string_view profile, std::string_view stack_name,
                    const config::SettingList& line, bool own) const;
  StackResult Make(const std::string& stack_name, const std::vector<std::string>& profiles,
                   std::string_view own_profile, const config::SettingList& line, std::string origin) const;

  const config::Settings& settings_;
  const TransportStacks& stacks_;
};

// The names in a list of profiles.
std::vector<std::string> ProfileNames(std::string_view text);

}  // namespace keyway::app
