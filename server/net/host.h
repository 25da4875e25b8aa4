// The door to everything about transports: loading plug-ins, naming stacks, listening, dialling. The implementation is
// spread over registry.cc, stack.cc, listener.cc, dialer.cc; the server and keyway-cli see only this.
//
// A stack is written "carrier" or "filter" (over tcp) or "filter+carrier": `tcp`, `unix`, `tls-openssl`,
// `tls-wolfssl+unix`. An address is what its carrier understands: "127.0.0.1:6379", "[::1]:6379", "*:6379", "/run/k.sock".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/unique_fd.h"
#include "server/net/connection.h"

namespace keyway::net {

class Stack;       // filter generation + context + carrier generation, counted; immutable, shared [any]
class Registry;    // loaded plug-ins and their generations
class Generation;  // one loaded copy of a plug-in (generation.h)

// Settings of a filter or carrier as the configuration has them: names and values as text; the host reads the files.
using Settings = std::vector<std::pair<std::string, std::string>>;

// What a stack is for. The values are those of the ABI (KW_SIDES_…).
enum class Sides : uint8_t { kAccepts = 1, kDials = 2, kBoth = 3 };

struct PluginInfo {                                  // a row of TRANSPORT LIST
  std::string id, version, build_info, path, roles;  // roles: "fd-carrier", "stream-carrier", "filter"
  uint32_t abi_major = 0, abi_minor = 0;
  uint64_t generation = 0;
  uint64_t live_connections = 0, live_contexts = 0;
  bool draining = false;  // a newer generation has taken over, and this one serves what it has
  std::vector<std::pair<std::string, std::string>> options;  // name → one-line help
  std::vector<std::pair<std::string, std::string>> extra;    // where it was loaded from, what else it holds
};

struct RegistryPaths {
  std::vector<std::string> transport_dirs;  // searched in order for keyway-transport-<name>.so
  std::string cache_dir;  // where copies are loaded from; empty: $XDG_RUNTIME_DIR/keyway, else a memfd
};

// Where plug-ins lie relative to this executable (/proc/self/exe): beside it, in the build tree, in the installation.
std::vector<std::string> DefaultTransportDirs();

// Stacks whose contexts may serve again where everything that they were made of, the bytes of files included, is still the same.
struct ContextReuse {
  std::vector<std::shared_ptr<const Stack>> stacks;
  uint64_t seen = 0;  // tells whether a second attempt has seen the same bytes; set by MakeStack

  // Of a plug-in whose contexts are made anew all the same. If it is a filter, each of them that accepts has to shake hands with
  // another of the same settings first, in memory.
  std::string anew;
  // A copy of that plug-in which is to serve instead of the present one, and does in these stacks already. May be null.
  std::shared_ptr<const Generation> candidate;
  bool handshake_failed = false;  // that is why there is no stack; set by MakeStack
};

class Registry {
 public:
  virtual ~Registry() = default;
  static std::unique_ptr<Registry> Create(RegistryPaths paths);

  // `name_or_path`: a bare name is looked for in the transport dirs, a text with '/' is a path. Loading what is already
  // loaded with the same content answers the present generation. [main] or [background]
  virtual Result<std::string> Load(const std::string& name_or_path) = 0;  // → plug-in id
  virtual std::vector<PluginInfo> List() const = 0;                       // [any]
  virtual Result<PluginInfo> Info(std::string_view id) const = 0;         // [any]

  // Loads plug-ins as needed; checks the settings (files are read here, once) and builds contexts. Error text names the
  // setting and why. Which settings a plug-in knows it says itself; unknown ones are not passed on, but one that the stack cannot
  // honour is an error. [main] or [background]
  // `sides`: what only the other side needs (a server's certificate) may be missing.
  // `reuse` (may be null): contexts of these stacks are taken instead of new ones where nothing has changed.
  virtual Result<std::shared_ptr<const Stack>> MakeStack(std::string_view stack_name, const Settings& settings,
                                                         Sides sides = Sides::kBoth, ContextReuse* reuse = nullptr) = 0;

  // Replacing a copy, in two steps. Loads what the file of a loaded transport holds now beside the copy that serves; nobody else gets to
  // see it. null: the same content is loaded already. [main] or [background]
  virtual Result<std::shared_ptr<Generation>> LoadBeside(std::string_view id) = 0;
  // From now on stacks are made of this copy; the present one goes with its last holder. [any]
  virtual void Install(std::shared_ptr<Generation> candidate) = 0;
  // Takes a transport out of the table. Its present copy goes with its last holder, which may be the one who gets it here; null: none
  // is loaded. A stack that names it loads it again. [any]
  virtual std::shared_ptr<const Generation> Unload(std::string_view id) = 0;

  // The host's secrets for session tickets, for contexts that are made from now on: see keyway/tls/tickets.hpp. [any]
  virtual void SetTicketSecrets(std::string secrets) = 0;

  // Before a thread that ran connections ends, or when it is done with plug-ins for a while. [that thread]
  virtual void ThreadLeave() = 0;
};

std::string_view StackName(const Stack& stack);
// Whether the plug-in is the stack's carrier or filter, or the filter of one that clients choose by server name.
bool StackUses(const Stack& stack, std::string_view plugin_id);
bool StackIsEncrypted(const Stack& stack);

// What the accepting side decides by a connection's first bytes, before its filter sees them (hello/1).
struct AcceptRules {
  // Serve what is not the filter's protocol as it is, over the carrier alone. Else it is refused in plain words.
  bool plaintext = false;
  // Of handshakes; 0: none, negative: what Adopt is told.
  int64_t handshake_timeout_ms = -1;
  // Of a client's certificate; for peer_user of its connection.
  PeerUserField user_field = PeerUserField::kNone;
  // Stacks for server names. A name is "a.example" or "*.example", which stands for one label more; in lower case.
  struct Named {
    std::string label;  // for error texts
    std::vector<std::string> server_names;
    std::shared_ptr<const Stack> stack;  // its filter is used, over the carrier of the stack that the rules are for
    PeerUserField user_field = PeerUserField::kNone;
    bool revokes = false;  // its settings have revocation lists
  };
  std::vector<Named> by_name;
  // What the stack is for: the same text in all stacks that take each other's place at a listener, for a profile.
  std::string origin;
  bool revokes = false;  // its settings have revocation lists
};

// Adds the stack and those that clients of it choose by server name, as far as they have revocation lists.
void AddRevoking(const std::shared_ptr<const Stack>& stack, NewerStacks& to);

// The same stack with rules. Fails when its filter cannot tell its protocol from others, and when two stacks have one name. [any]
Result<std::shared_ptr<const Stack>> WithAcceptRules(const std::shared_ptr<const Stack>& stack, AcceptRules rules);

// Other secrets for the session tickets of the stack and of those that clients choose by server name: the value of
// tls-session-ticket-keys. Stacks without such tickets stay as they are. [exec]
Result<> SetTicketSecrets(const Stack& stack, std::string_view secrets);

// One accepted descriptor (or a stream carrier's connection), not yet on any loop: moves to its I/O thread.
class AcceptedSocket {
 public:
  virtual ~AcceptedSocket() = default;
  virtual bool peer_is_local() const = 0;
  virtual const std::string& peer() const = 0;
  // The only loop that may adopt it; null: any. (Some stream carriers cannot move a connection.)
  virtual event::EventLoop* bound_loop() const = 0;
};

// Puts an accepted socket on a loop and begins the handshake, if its stack has one. The handler hears OnOpen or OnClosed from the loop,
// never from within this call. `handshake_timeout_ms` bounds opening, unless the stack's rules say otherwise; negative: nothing does.
// Where plaintext is served too, it counts from the first byte of the filter's protocol, and `silence_timeout_ms` until then. [io] of
// that loop.
std::unique_ptr<Connection> Adopt(std::unique_ptr<AcceptedSocket> socket, event::EventLoop& loop,
                                  ConnectionHandler& handler, int64_t handshake_timeout_ms,
                                  int64_t silence_timeout_ms = -1);

// Accepts on one address. New sockets get the stack that is current at that moment, so contexts and even
// backends change under a live listener: SetStack swaps it. [exec], on the given loop.
class Listener {
 public:
  virtual ~Listener() = default;  // closes; a unix path is unlinked by Unlink only
  using OnAccept = std::function<void(std::unique_ptr<AcceptedSocket>)>;
  virtual const std::string& address() const = 0;
  virtual uint16_t port() const = 0;  // the bound port, also when 0 was asked for; 0 for a path
  virtual const Stack& stack() const = 0;
  virtual void SetStack(std::shared_ptr<const Stack> stack) = 0;
  virtual void set_max_accepts_per_turn(int count) = 0;  // at least one
  virtual void Pause(bool paused) = 0;                   // too many connections under way
  virtual void Unlink() = 0;                             // shutdown: removes a unix path
  virtual int fd() const = 0;
};
// `carrier_settings`: backlog ("tcp-backlog"), mode of a unix path ("unixsocketperm"), … Error text for a busy port reads
// "bind: Address already in use". An address may resolve to several; all are bound.
Result<std::vector<std::unique_ptr<Listener>>> Listen(std::shared_ptr<const Stack> stack, const std::string& address,
                                                      const Settings& carrier_settings, int max_accepts_per_turn,
                                                      event::EventLoop& loop, Listener::OnAccept on_accept);

struct VerifyPolicy {
  bool verify_chain = true;  // false: --insecure
  std::vector<std::string>
      expected_names;  // DNS names or IP addresses, any of which must match; empty with check_name: fails closed
  bool check_name = false;
  std::string sni;
  std::string
      session;  // what Connection::Session of an earlier connection to the same peer gave; one that is no good is passed over
};

struct DialOptions {
  std::string source_address;  // bind-source-addr; empty: any
  int64_t timeout_ms = 5000;   // resolve, connect and handshake together
  VerifyPolicy verify;
};

// Resolves (in the background), races the addresses, connects, shakes hands. Outcome through the handler. [io] of the loop.
std::unique_ptr<Connection> Dial(std::shared_ptr<const Stack> stack, const std::string& address, DialOptions options,
                                 event::EventLoop& loop, ConnectionHandler& handler);

}  // namespace keyway::net
