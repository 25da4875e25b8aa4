// The server's part of TRANSPORT, and what it makes ready in the background for commands that need files and contexts.
#include <fmt/ranges.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/app/server.h"
#include "server/base/log.h"
#include "server/config/option.h"
#include "server/net/generation.h"
#include "server/net/stack.h"

namespace keyway::app {

using command::Client;
using config::ApplyGroup;

// ---- commands that wait for files and contexts ----

bool Server::Prepared(const Client& client, const command::CommandSpec& spec, command::Words words) {
  // While clients are paused nobody who waits is asked for again.
  if (sessions_.pause_mode() != command::PauseMode::kNone) return true;
  if (spec.row->group != command::Group::kTransport) return TlsSettingsPrepared(client, words);
  // Nothing is loaded for those who will be refused.
  if (!MayChangeTransports(client, "RELOAD", words[2]) || !registry_->Info(words[2])) return true;
  return transport_reloader_.Prepare(words[2]);
}

// CONFIG SET of TLS settings.
bool Server::TlsSettingsPrepared(const Client& client, command::Words words) {
  auto of_tls = [](ApplyGroup group) { return group == ApplyGroup::kTls || group == ApplyGroup::kTransports; };
  std::vector<config::Config::NameValue> changes;
  bool any = false;
  for (size_t i = 2; i + 1 < words.size(); i += 2) {
    const config::Option* option = config::FindOption(words[i]);
    any |= option != nullptr ? of_tls(option->group) : config::IsTransportSetting(words[i]);
    changes.emplace_back(words[i], words[i + 1]);
  }
  if (!any) return true;
  if (tls_reloader_.busy()) return false;
  const config::SetContext from{.local_client = client.Has(command::kClientLocal | command::kClientUnixSocket)};
  const auto outcome = config_.Foresee(changes, from);
  // What cannot be is refused by the command itself, and listeners that come or go with it make their stacks by themselves.
  if (!outcome || outcome->Touches(ApplyGroup::kListeners) || outcome->Touches(ApplyGroup::kTlsPort)) return true;
  if (!outcome->Touches(ApplyGroup::kTls) && !outcome->Touches(ApplyGroup::kTransports)) return true;
  return tls_reloader_.Prepare(outcome->settings);
}

// ---- TRANSPORT ----

std::vector<command::TransportRow> Server::Transports() const {
  std::vector<command::TransportRow> rows;
  const std::set<std::string> in_use = listeners_.PluginsInUse();
  for (const net::PluginInfo& plugin : registry_->List()) {
    command::TransportRow row;
    row.name = plugin.id;
    row.version = plugin.version;
    row.build = plugin.build_info;
    row.roles = plugin.roles;
    row.path = plugin.path;
    row.abi = fmt::format("{}.{}", plugin.abi_major, plugin.abi_minor);
    row.generation = plugin.generation;
    row.connections = plugin.live_connections;
    row.contexts = plugin.live_contexts;
    row.options = plugin.options;
    row.extra = plugin.extra;
    row.draining = plugin.draining;
    row.active = !plugin.draining && in_use.contains(plugin.id);
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<> Server::MayChangeTransports(const Client& client, std::string_view subcommand, std::string_view name) const {
  if (!CommandIsAllowed(client, "enable-transport-command")) {
    return Fail(
        fmt::format("ERR TRANSPORT {} command not allowed. If the enable-transport-command option is set to \"local\", "
                    "you can run it from a local connection, otherwise you need to set this option in the "
                    "configuration file, and then restart the server.",
                    subcommand));
  }
  if (name.empty() || name.find('/') != std::string_view::npos || name.starts_with('.')) {
    return Fail(fmt::format("ERR TRANSPORT {} takes the bare name of a transport inside transport-dir", subcommand));
  }
  return {};
}

Result<std::string> Server::LoadTransport(const Client& client, std::string_view name,
                                          std::span<const std::string_view> settings) {
  if (auto may = MayChangeTransports(client, "LOAD", name); !may) return std::unexpected(may.error());
  if (settings.size() % 2 != 0) return Fail("ERR TRANSPORT LOAD takes settings in pairs of name and value");
  auto loaded = registry_->Load(std::string(name));
  transport_reloader_.Forget();
  if (!loaded) {
    LogWarning("TRANSPORT LOAD {}: {}", name, loaded.error().text());
    return Fail("ERR " + loaded.error().text());
  }
  auto& stored = config_.MutableSettings();
  config::LoadTransportSpec spec{std::string(name), {}};
  for (size_t i = 0; i + 1 < settings.size(); i += 2) spec.settings.emplace_back(settings[i], settings[i + 1]);
  if (!spec.settings.empty()) {
    net::Settings trial = stacks_.SettingsFor(*loaded, spec.settings);
    if (auto stack = registry_->MakeStack(*loaded, trial, net::Sides::kAccepts); !stack)
      return Fail("ERR " + stack.error().text());
  }
  std::erase_if(stored.loadtransport, [&](const auto& old) { return old.name == spec.name; });
  stored.loadtransport.push_back(std::move(spec));
  LogNotice("Transport {} loaded", *loaded);
  return *loaded;
}

Result<> Server::ReloadTransport(const Client& client, std::string_view name) {
  if (auto may = MayChangeTransports(client, "RELOAD", name); !may) return may;
  const auto plugin = registry_->Info(name);
  if (!plugin) return Fail(fmt::format("ERR No transport '{}' is loaded", name.substr(0, 128)));
  const auto done = transport_reloader_.Reload(name);
  if (plugin->roles.find("filter") != std::string::npos) tls_reloader_.CountReload(done.has_value());
  if (!done) {
    return Fail(
        fmt::format("ERR Unable to reload transport {}, which serves on as it was: {}", name, done.error().text()));
  }
  tls_reloader_.Forget();
  transport_reloader_.Forget();
  tls_insight_.WarnOfSlowLibraries();
  return {};
}

// What would miss the transport, in words.
std::vector<std::string> Server::UsersOfTransport(const std::string& id) const {
  std::vector<std::string> users;
  const config::Settings& settings = config_.settings();
  listeners_.ForEachStack([&](std::string_view used_by, const net::Stack& stack) {
    const bool over = stack.carrier_context().generation().id() == id;
    const bool filter = stack.has_filter() && stack.filter_context().generation().id() == id;
    if (over || filter) users.emplace_back(used_by);
  });
  uint64_t connections = 0;
  for (const net::PluginInfo& plugin : registry_->List()) {
    if (plugin.id == id) connections += plugin.live_connections;
  }
  if (connections > 0) users.push_back(fmt::format("{} connections", connections));
  if (stacks_.TlsTransport() == id) users.emplace_back("tls-backend");
  for (const auto& [profile, list] : settings.tls_profile) {
    for (const auto& [name, value] : list) {
      const bool backend = name == "tls-backend" && TransportStacks::TlsTransportOf(value) == id;
      if (backend || name.starts_with(id + ".")) {
        users.push_back(fmt::format("tls-profile '{}' by its {}", profile, name));
      }
    }
  }
  for (const auto& [name, value] : settings.transport_settings) {
    if (name.starts_with(id + ".")) users.push_back(name);
  }
  const std::string cluster = TransportStacks::WithBackend(stacks_.ClusterStack(), settings.tls_backend);
  if (TransportStacks::HasPart(cluster, id)) users.emplace_back("links to other nodes");
  return users;
}

Result<> Server::UnloadTransport(const Client& client, std::string_view name) {
  if (auto may = MayChangeTransports(client, "UNLOAD", name); !may) return may;
  if (!registry_->Info(name)) return Fail(fmt::format("ERR No transport '{}' is loaded", name.substr(0, 128)));
  const std::string id(name);
  // Nothing but a memory of links that were closed long since.
  if (peer_links_.size() == 0) peer_links_.ReplaceStack(id, nullptr);
  if (const std::vector<std::string> users = UsersOfTransport(id); !users.empty()) {
    return Fail(fmt::format("ERR Transport {} is in use: {}", id, fmt::join(users, ", ")));
  }
  std::erase_if(config_.MutableSettings().loadtransport,
                [&](const auto& spec) { return TransportStacks::PluginIdOf(spec.name) == id; });
  tls_reloader_.Forget();
  transport_reloader_.Forget();
  // Threads that have called it let their libraries' caches go; the last of them lets the copy go.
  const std::shared_ptr<const net::Generation> copy = registry_->Unload(id);
  for (const auto& unit : units_) unit->loop().Post([copy] { net::LeaveGeneration(*copy); });
  LogNotice("Transport {} unloaded", id);
  return {};
}

}  // namespace keyway::app
