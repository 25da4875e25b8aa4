// A transport stack: a carrier that moves bytes between machines, and a filter over it or none, each with the settings
// that were in force when the stack was made. `tcp`, `unix`, `tls-openssl` (over tcp), `tls-wolfssl+unix`.
//
// A stack is immutable. New settings make a new stack, new connections use it, and connections that began with the old
// one keep it: a connection owns a StackUse, which owns the stack, which owns the contexts, which own the copies of the
// plug-ins.
//
// The tables in here were checked when the plug-in was loaded, so every required function may be called. Whoever calls:
//   - has called EnterThread on that thread (StackUse does it for the thread that makes one; a connection that comes to
//     another thread calls it again), so that the thread can take leave of the library;
//   - writes KW_ASSERT_PLUGIN_CALL_ALLOWED() (fork_guard.h) before, at the one place through which its calls go;
//   - keeps to the thread rules and the rules of the pipe in keyway/transport.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "keyway/transport.h"
#include "server/base/error.h"
#include "server/net/abi_error.h"
#include "server/net/fork_guard.h"
#include "server/net/generation.h"
#include "server/net/host.h"
#include "server/net/host_services.h"

namespace keyway::net {

using ContextPtr = std::shared_ptr<const PluginContext>;

class Stack : public std::enable_shared_from_this<Stack> {
 public:
  // `filter` may be null. `carrier` is of a carrier's generation, `filter` of a filter's. For the registry and for
  // tests.
  Stack(ContextPtr carrier, ContextPtr filter, AcceptRules rules = {});

  const std::string& name() const { return name_; }
  bool encrypted() const { return encrypted_; }

  // -- carrier --
  // A stream carrier moves the bytes itself; the others hand out descriptors.
  bool is_stream() const { return stream_; }
  const kw_carrier& carrier() const { return *carrier_->transport().carrier; }
  const kw_conn_ops& stream_ops() const { return *carrier_->transport().ops; }  // is_stream() only
  const PluginContext& carrier_context() const { return *carrier_; }
  const ContextPtr& shared_carrier_context() const { return carrier_; }
  // Whether a connection of a stream carrier may move to another loop.
  bool can_move() const { return !stream_ || carrier().attach != nullptr; }

  // -- filter; everything but has_filter needs one --
  bool has_filter() const { return filter_ != nullptr; }
  const kw_transport& filter() const { return filter_->transport(); }  // filter().conn_open(filter_context().get(), …)
  const kw_conn_ops& filter_ops() const { return *filter_->transport().ops; }
  const PluginContext& filter_context() const { return *filter_; }
  const ContextPtr& shared_filter_context() const { return filter_; }
  const Extensions& filter_extensions() const {
    return filter_->generation().extensions();
  }  // hello, stats, peer_cert, …
  uint32_t max_rx_unconsumed() const { return filter_->transport().max_rx_unconsumed; }
  // What an accepted connection is told before it is closed when its first bytes are not the filter's protocol: a whole
  // RESP error with its line end. Empty without a filter.
  const std::string& plaintext_refusal() const { return plaintext_refusal_; }
  // What it is told when its first message is of the filter's protocol and broken: the bytes that the filter's hello/1 has for that, an
  // alert for TLS. The library does not get to see such a message.
  std::string_view hello_refusal() const;

  // -- accepting: decided by the first bytes --
  // Over which peers are served that do not speak the filter's protocol; null: they are refused.
  const std::shared_ptr<const Stack>& plain() const { return plain_; }
  // Over which a hello with this server name (in lower case) is answered; null: over this one. Its carrier context is this one's.
  std::shared_ptr<const Stack> ForServerName(std::string_view name) const;
  const AcceptRules& rules() const { return rules_; }
  const std::map<std::string, std::shared_ptr<const Stack>, std::less<>>& by_name() const { return by_name_; }

  // Whether a connection has to stay on the thread that opened it.
  bool thread_affine() const { return thread_affine_; }

  // The calling thread will make calls. Cheap; once for each connection and thread. [any]
  void EnterThread() const;

 private:
  ContextPtr carrier_;
  ContextPtr filter_;
  std::string name_;
  std::string plaintext_refusal_;
  AcceptRules rules_;
  std::shared_ptr<const Stack> plain_;
  std::map<std::string, std::shared_ptr<const Stack>, std::less<>> by_name_;
  bool stream_ = false;
  bool encrypted_ = false;
  bool thread_affine_ = false;
};

// One connection's share in a stack: counts as a live connection of its plug-ins and keeps them loaded. The connection
// declares it before whatever it frees by calling plug-ins, so that it goes last. Made and destroyed on the thread of
// the connection. [io]
class StackUse {
 public:
  explicit StackUse(std::shared_ptr<const Stack> stack);
  StackUse(StackUse&&) noexcept = default;
  StackUse& operator=(StackUse&& other) noexcept {
    stack_.swap(other.stack_);
    carrier_ = std::move(other.carrier_);
    filter_ = std::move(other.filter_);
    return *this;
  }
  ~StackUse();

  const Stack& operator*() const { return *stack_; }
  const Stack* operator->() const { return stack_.get(); }
  const std::shared_ptr<const Stack>& stack() const { return stack_; }

 private:
  std::shared_ptr<const Stack> stack_;
  GenerationHold carrier_;
  GenerationHold filter_;
};

// Reads the files, asks the plug-in to check, and makes a context of the settings that it knows. Errors begin with the
// plug-in's id and name the setting. `purpose` is for its log lines and may be empty. `reuse` may be null. [main] or [background]
Result<ContextPtr> MakeContext(std::shared_ptr<const Generation> generation, const Settings& settings,
                               std::string purpose, Sides sides, ContextReuse* reuse = nullptr);

// A context of the stack's carrier with other settings ("tcp-backlog", "unixsocketperm"), for a listener that goes on
// when its stack is swapped. Settings that the carrier does not know are not for it and are left out. Reads files.
// [main] or [background]
Result<ContextPtr> MakeCarrierContext(const Stack& stack, const Settings& settings);

}  // namespace keyway::net
