// What the server listens at, and how that follows the configuration: port and bind, tls-port, unixsocket, and any number of
// `listen STACK://ADDRESS` lines. All [exec].
//
// A change that fails leaves everything as it was: new listeners are opened first, then the old ones closed, except where
// both want the same port, which is then kept. Changed TLS settings make new stacks for new connections; listening descriptors and
// connections are untouched by that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/app/accepting_stacks.h"
#include "server/app/transport_stacks.h"
#include "server/base/error.h"
#include "server/config/settings.h"
#include "server/net/host.h"

namespace keyway::app {

// The stacks of tls-port and of `listen` lines; where plug-ins are replaced, also those of port and unixsocket, which no TLS
// setting changes.
struct ListenerStacks {
  std::shared_ptr<const net::Stack> tls_port;  // null: nobody listens there
  std::vector<std::pair<config::ListenSpec, std::shared_ptr<const net::Stack>>> lines;
  std::shared_ptr<const net::Stack> port;         // null: nobody, or as they are
  std::shared_ptr<const net::Stack> unix_socket;  // null: likewise

  // Those and what clients choose among by server name, to take contexts from.
  net::ContextReuse Reuse() const;
};

class Listeners {
 public:
  Listeners(const config::Settings& settings, const TransportStacks& stacks, event::EventLoop& loop,
            net::Listener::OnAccept on_accept);

  // All that the configuration asks for; the error names what could not be opened. [main]
  Result<> Open();

  // After CONFIG SET, one a group of options.
  Result<> ApplyPort();
  Result<> ApplyTlsPort();
  Result<> ApplyBind();
  Result<> ApplyListen();
  // `made`: what MakeStacks has made of the same settings already.
  Result<> ApplyTls(std::optional<Result<ListenerStacks>> made = std::nullopt);
  // The same in two steps, so that files can be read and checked elsewhere: what listens now and will by the present settings (stacks as
  // they are), those stacks anew [exec or, with settings of its own, background], and new connections get them.
  ListenerStacks StacksToMake() const;
  // What listens now over a plug-in.
  ListenerStacks StacksOver(std::string_view plugin_id) const;
  // `with_unused`: looks at profiles that no listener names, too. port and unixsocket are made if they are wanted.
  static Result<ListenerStacks> MakeStacks(const AcceptingStacks& accepting, const ListenerStacks& wanted,
                                           bool with_unused);
  void TakeStacks(const ListenerStacks& made);
  void ApplyAccepts();
  // Other secrets of session tickets, for the stacks in use.
  void UseTicketSecrets(std::string_view secrets);
  // For how long a ticket of any listener can be used, in seconds.
  int64_t LongestTicketLifetime() const;
  // Hears of what TakeStacks gave to listeners, as far as it has revocation lists: connections that came before are to be held to these.
  void set_on_taken(std::function<void(net::NewerStacks)> on_taken) { on_taken_ = std::move(on_taken); }

  // Removes paths in the file system; at shutdown.
  void UnlinkPaths();
  void CloseAll();
  size_t count() const;
  // One line each: "name=tcp,bind=127.0.0.1,bind=…,port=6379" as INFO shows listeners.
  std::vector<std::string> Describe() const;
  // Names of the stacks in use.
  std::vector<std::string> StacksInUse() const;
  // Ids of the plug-ins that these stacks are made of.
  std::set<std::string> PluginsInUse() const;
  // The stacks of all listeners and those that clients may choose among by name, with what they are called in texts.
  void ForEachStack(const std::function<void(std::string_view used_by, const net::Stack& stack)>& visit) const;
  // Descriptors that a forked child closes first.
  std::vector<int> Descriptors() const;

 private:
  using Group = std::vector<std::unique_ptr<net::Listener>>;
  struct Line {  // one `listen` line
    config::ListenSpec spec;
    Group listeners;
  };

  using StackResult = Result<std::shared_ptr<const net::Stack>>;
  Result<Group> OpenTcp() const;
  Result<Group> OpenTls() const;
  Result<Group> OpenPort(int64_t port, const StackResult& stack) const;
  Result<Group> OpenUnix() const;
  Result<Group> OpenLine(const config::ListenSpec& spec) const;
  int AcceptsPerTurn(const net::Stack& stack) const;
  bool ListensAt(const Group& group, int64_t port) const;
  std::vector<const net::Listener*> All() const;

  const config::Settings& settings_;
  const TransportStacks& stacks_;
  const AcceptingStacks accepting_;
  event::EventLoop& loop_;
  net::Listener::OnAccept on_accept_;
  Group tcp_, tls_, unix_;
  std::vector<Line> lines_;
  std::function<void(net::NewerStacks)> on_taken_;
};

}  // namespace keyway::app
