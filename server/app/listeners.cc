#include "server/app/listeners.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>

#include "server/base/log.h"
#include "server/net/stack.h"

namespace keyway::app {
namespace {

// `bind` words are hosts; "-" in front makes one optional, "*" and "::*" mean every address of a family.
struct BindAddress {
  std::string host;
  bool optional;
};

BindAddress ParseBind(std::string_view word) {
  bool optional = word.starts_with('-');
  if (optional) word.remove_prefix(1);
  return {std::string(word), optional};
}

std::string WithPort(const std::string& host, int64_t port) {
  if (host == "*") return fmt::format("0.0.0.0:{}", port);
  if (host == "::*") return fmt::format("[::]:{}", port);
  if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

constexpr int kUnixAcceptsPerTurn = 1000;

}  // namespace

Listeners::Listeners(const config::Settings& settings, const TransportStacks& stacks, event::EventLoop& loop,
                     net::Listener::OnAccept on_accept)
    : settings_(settings),
      stacks_(stacks),
      accepting_(settings, stacks),
      loop_(loop),
      on_accept_(std::move(on_accept)) {}

Result<Listeners::Group> Listeners::OpenTcp() const {
  if (settings_.port == 0) return Group();
  return OpenPort(settings_.port, stacks_.Make("tcp"));
}

Result<Listeners::Group> Listeners::OpenTls() const {
  if (settings_.tls_port == 0) return Group();
  return OpenPort(settings_.tls_port, accepting_.TlsPort());
}

Result<Listeners::Group> Listeners::OpenPort(int64_t port, const StackResult& stack) const {
  Group group;
  if (!stack) {
    LogWarning("Failed to configure the transport of port {}: {}", port, stack.error().text());
    return std::unexpected(stack.error());
  }
  net::Settings carrier = stacks_.SettingsFor(net::StackName(**stack));
  for (const std::string& word : settings_.bind) {
    BindAddress bind = ParseBind(word);
    auto opened = net::Listen(*stack, WithPort(bind.host, port), carrier, AcceptsPerTurn(**stack), loop_, on_accept_);
    if (opened) {
      for (auto& listener : *opened) group.push_back(std::move(listener));
      continue;
    }
    if (bind.optional && opened.error().code() == EADDRNOTAVAIL) continue;
    LogWarning("Warning: Could not create server TCP listening socket {}: {}", WithPort(bind.host, port),
               opened.error().text());
    return std::unexpected(opened.error());
  }
  if (group.empty()) return Fail("none of the bind addresses is available on this machine");
  return group;
}

Result<Listeners::Group> Listeners::OpenUnix() const {
  Group group;
  if (settings_.unixsocket.empty()) return group;
  auto stack = stacks_.Make("unix");
  if (!stack) return std::unexpected(stack.error());
  return net::Listen(*stack, settings_.unixsocket, stacks_.SettingsFor("unix"), kUnixAcceptsPerTurn, loop_, on_accept_);
}

Result<Listeners::Group> Listeners::OpenLine(const config::ListenSpec& spec) const {
  const std::string name = spec.stack + "://" + spec.address;
  auto stack = accepting_.Line(spec);
  if (!stack) return std::unexpected(stack.error().Within(name));
  auto opened =
      net::Listen(*stack, spec.address, accepting_.CarrierSettings(spec), AcceptsPerTurn(**stack), loop_, on_accept_);
  if (!opened) return std::unexpected(opened.error().Within(name));
  return opened;
}

Result<> Listeners::Open() {
  auto tcp = OpenTcp();
  if (!tcp) {
    return Fail(fmt::format("Failed listening on port {} (tcp), aborting.", settings_.port));
  }
  tcp_ = std::move(*tcp);
  auto tls = OpenTls();
  if (!tls) {
    return Fail(fmt::format("Failed listening on port {} (tls), aborting.", settings_.tls_port));
  }
  tls_ = std::move(*tls);
  auto unix_group = OpenUnix();
  if (!unix_group) return Fail(fmt::format("Failed opening Unix socket: {}", unix_group.error().text()));
  unix_ = std::move(*unix_group);
  for (const config::ListenSpec& spec : settings_.listen) {
    auto line = OpenLine(spec);
    if (!line) return Fail(fmt::format("Failed listening on {}", line.error().text()));
    lines_.push_back({spec, std::move(*line)});
  }
  if (auto checked = accepting_.CheckUnusedProfiles(); !checked) return checked;
  if (count() == 0) return Fail("Configured to not listen anywhere, exiting.");
  return {};
}

int Listeners::AcceptsPerTurn(const net::Stack& stack) const {
  return static_cast<int>(stack.has_filter() ? settings_.max_new_tls_connections_per_cycle
                                             : settings_.max_new_connections_per_cycle);
}

void Listeners::ApplyAccepts() {
  auto apply = [this](Group& group) {
    for (auto& listener : group) listener->set_max_accepts_per_turn(AcceptsPerTurn(listener->stack()));
  };
  apply(tcp_);
  apply(tls_);
  for (Line& line : lines_) apply(line.listeners);
}

bool Listeners::ListensAt(const Group& group, int64_t port) const {
  return port == 0 ? group.empty() : !group.empty() && group.front()->port() == port;
}

Result<> Listeners::ApplyPort() {
  if (ListensAt(tcp_, settings_.port)) return {};
  auto opened = OpenTcp();
  if (!opened) return Fail("Unable to listen on this port. Check server logs.");
  tcp_ = std::move(*opened);
  return {};
}

Result<> Listeners::ApplyTlsPort() {
  if (ListensAt(tls_, settings_.tls_port)) return {};
  if (settings_.tls_port != 0) {
    if (auto stack = accepting_.TlsPort(); !stack) {
      LogWarning("Failed to configure TLS: {}", stack.error().text());
      return Fail("Unable to update TLS configuration. Check server logs.");
    }
  }
  auto opened = OpenTls();
  if (!opened) return Fail("Unable to listen on this port. Check server logs.");
  tls_ = std::move(*opened);
  return {};
}

// Addresses may overlap with the present ones ("*" and "127.0.0.1"), so the old listeners have to go first; they come back
// if the new ones fail, because the values are put back and this is called again.
Result<> Listeners::ApplyBind() {
  tcp_.clear();
  tls_.clear();
  auto tcp = OpenTcp();
  if (!tcp) return Fail("Failed to bind to specified addresses.");
  tcp_ = std::move(*tcp);
  auto tls = OpenTls();
  if (!tls) return Fail("Failed to bind to specified addresses.");
  tls_ = std::move(*tls);
  return {};
}

// Lines that stay keep their listeners; new ones are opened before the others go.
Result<> Listeners::ApplyListen() {
  std::vector<Line> lines;
  std::vector<bool> kept(lines_.size());
  for (const config::ListenSpec& spec : settings_.listen) {
    size_t i = 0;
    while (i < lines_.size() && (kept[i] || !(lines_[i].spec == spec))) ++i;
    lines.push_back({spec, {}});
    if (i < lines_.size()) {
      kept[i] = true;
      continue;
    }
    auto opened = OpenLine(spec);
    if (!opened) return Fail("Unable to listen: " + opened.error().text());
    lines.back().listeners = std::move(*opened);
  }
  for (Line& line : lines) {
    if (!line.listeners.empty()) continue;
    auto old = std::find_if(lines_.begin(), lines_.end(), [&](const Line& candidate) {
      return candidate.spec == line.spec && !candidate.listeners.empty();
    });
    line.listeners = std::move(old->listeners);
    old->listeners.clear();
  }
  lines_ = std::move(lines);
  return {};
}

ListenerStacks Listeners::StacksToMake() const {
  ListenerStacks wanted;
  if (!tls_.empty()) wanted.tls_port = tls_.front()->stack().shared_from_this();
  for (const Line& line : lines_) {
    // A line that the same change takes away need not go with the new settings.
    if (std::find(settings_.listen.begin(), settings_.listen.end(), line.spec) == settings_.listen.end()) continue;
    if (!line.listeners.empty())
      wanted.lines.emplace_back(line.spec, line.listeners.front()->stack().shared_from_this());
  }
  return wanted;
}

ListenerStacks Listeners::StacksOver(std::string_view plugin_id) const {
  ListenerStacks over;
  auto of = [&](const Group& group) -> std::shared_ptr<const net::Stack> {
    if (group.empty() || !net::StackUses(group.front()->stack(), plugin_id)) return nullptr;
    return group.front()->stack().shared_from_this();
  };
  over.port = of(tcp_);
  over.tls_port = of(tls_);
  over.unix_socket = of(unix_);
  for (const Line& line : lines_) {
    if (auto stack = of(line.listeners)) over.lines.emplace_back(line.spec, std::move(stack));
  }
  return over;
}

net::ContextReuse ListenerStacks::Reuse() const {
  net::ContextReuse reuse;
  auto add = [&reuse](const std::shared_ptr<const net::Stack>& stack) {
    if (stack == nullptr) return;
    reuse.stacks.push_back(stack);
    for (const net::AcceptRules::Named& named : stack->rules().by_name) reuse.stacks.push_back(named.stack);
  };
  for (const auto& stack : {port, tls_port, unix_socket}) add(stack);
  for (const auto& line : lines) add(line.second);
  return reuse;
}

Result<ListenerStacks> Listeners::MakeStacks(const AcceptingStacks& accepting, const ListenerStacks& wanted,
                                             bool with_unused) {
  ListenerStacks made;
  if (wanted.port != nullptr) {
    auto stack = accepting.Plain("tcp");
    if (!stack) return std::unexpected(stack.error().Within("port"));
    made.port = std::move(*stack);
  }
  if (wanted.unix_socket != nullptr) {
    auto stack = accepting.Plain("unix");
    if (!stack) return std::unexpected(stack.error().Within("unixsocket"));
    made.unix_socket = std::move(*stack);
  }
  if (wanted.tls_port != nullptr) {
    auto stack = accepting.TlsPort();
    if (!stack) return std::unexpected(stack.error());
    made.tls_port = std::move(*stack);
  }
  for (const auto& [spec, present] : wanted.lines) {
    auto stack = accepting.Line(spec);
    if (!stack) return std::unexpected(stack.error().Within(spec.stack + "://" + spec.address));
    made.lines.emplace_back(spec, std::move(*stack));
  }
  if (!with_unused) return made;
  if (auto checked = accepting.CheckUnusedProfiles(); !checked) return std::unexpected(checked.error());
  return made;
}

void Listeners::TakeStacks(const ListenerStacks& made) {
  auto give = [](const Group& group, const std::shared_ptr<const net::Stack>& stack) {
    if (stack == nullptr) return;
    for (auto& listener : group) listener->SetStack(stack);
  };
  give(tcp_, made.port);
  give(tls_, made.tls_port);
  give(unix_, made.unix_socket);
  for (const auto& [spec, stack] : made.lines) {
    for (Line& line : lines_) {
      if (line.spec == spec) give(line.listeners, stack);
    }
  }
  net::NewerStacks newer;
  if (made.tls_port != nullptr) net::AddRevoking(made.tls_port, newer);
  for (const auto& [spec, stack] : made.lines) net::AddRevoking(stack, newer);
  if (on_taken_) on_taken_(std::move(newer));
}

// All new stacks are made before the first one is used.
Result<> Listeners::ApplyTls(std::optional<Result<ListenerStacks>> made) {
  if (!made) made = MakeStacks(accepting_, StacksToMake(), true);
  if (!*made) {
    const std::string& why = made->error().text();
    LogWarning("Failed to configure TLS: {}", why);
    return Fail(fmt::format("Unable to update TLS configuration. {}", why));
  }
  TakeStacks(**made);
  return {};
}

void Listeners::UseTicketSecrets(std::string_view secrets) {
  for (const net::Listener* listener : All()) {
    if (auto done = net::SetTicketSecrets(listener->stack(), secrets); !done) {
      LogWarning("The keys of session tickets cannot be changed: {}", done.error().text());
    }
  }
}

int64_t Listeners::LongestTicketLifetime() const {
  int64_t longest_s = settings_.tls_session_cache_timeout;
  auto consider = [&longest_s](const config::SettingList& list) {
    for (const auto& [name, value] : list) {
      if (name == "tls-session-cache-timeout") longest_s = std::max<int64_t>(longest_s, std::atoll(value.c_str()));
    }
  };
  for (const auto& [name, list] : settings_.tls_profile) consider(list);
  for (const config::ListenSpec& line : settings_.listen) consider(line.settings);
  return longest_s;
}

std::vector<const net::Listener*> Listeners::All() const {
  std::vector<const net::Listener*> all;
  for (const Group* group : {&tcp_, &tls_, &unix_}) {
    for (const auto& listener : *group) all.push_back(listener.get());
  }
  for (const Line& line : lines_) {
    for (const auto& listener : line.listeners) all.push_back(listener.get());
  }
  return all;
}

void Listeners::UnlinkPaths() {
  for (auto& listener : unix_) listener->Unlink();
  for (Line& line : lines_) {
    for (auto& listener : line.listeners) listener->Unlink();
  }
}

void Listeners::CloseAll() { tcp_.clear(), tls_.clear(), unix_.clear(), lines_.clear(); }

size_t Listeners::count() const { return All().size(); }

std::vector<std::string> Listeners::Describe() const {
  std::vector<std::string> lines;
  for (const net::Listener* listener : All()) {
    lines.push_back(fmt::format("name={},bind={},port={}", net::StackName(listener->stack()), listener->address(),
                                listener->port()));
  }
  return lines;
}

std::vector<std::string> Listeners::StacksInUse() const {
  std::set<std::string> names;
  for (const net::Listener* listener : All()) names.emplace(net::StackName(listener->stack()));
  return {names.begin(), names.end()};
}

std::set<std::string> Listeners::PluginsInUse() const {
  std::set<std::string> ids;
  for (const net::Listener* listener : All()) {
    const net::Stack& stack = listener->stack();
    ids.emplace(stack.carrier_context().transport().id);
    if (stack.has_filter()) ids.emplace(stack.filter().id);
  }
  return ids;
}

void Listeners::ForEachStack(const std::function<void(std::string_view, const net::Stack&)>& visit) const {
  auto visit_all = [&visit](const Group& group, std::string_view used_by) {
    if (group.empty()) return;
    const net::Stack& stack = group.front()->stack();  // the same for all addresses
    visit(used_by, stack);
    for (const net::AcceptRules::Named& named : stack.rules().by_name) visit(named.label, *named.stack);
  };
  visit_all(tcp_, "port");
  visit_all(tls_, "tls-port");
  visit_all(unix_, "unixsocket");
  for (const Line& line : lines_) visit_all(line.listeners, line.spec.stack + "://" + line.spec.address);
}

std::vector<int> Listeners::Descriptors() const {
  std::vector<int> fds;
  for (const net::Listener* listener : All()) fds.push_back(listener->fd());
  return fds;
}

}  // namespace keyway::app
