// Listening over a stream carrier: the plug-in listens and hands connections over by conn_incoming.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "server/event/event_loop.h"
#include "server/net/host_services.h"
#include "server/net/listener.h"
#include "server/net/plugin_stream.h"

namespace keyway::net {

// [exec], on the loop of its options.
class StreamListener final : public Listener, private HostListener {
 public:
  // Connections that wait while the listener is paused or until its next turn; more are turned away.
  static constexpr size_t kMaxWaiting = 511;

  static Result<std::unique_ptr<Listener>> Make(std::shared_ptr<const Stack> stack, ListenerOptions options,
                                                const kw_address& address);
  ~StreamListener() override;

  const std::string& address() const override { return address_; }
  uint16_t port() const override { return port_; }
  const Stack& stack() const override { return *stack_; }
  void SetStack(std::shared_ptr<const Stack> stack) override;
  void set_max_accepts_per_turn(int count) override { options_.max_accepts_per_turn = count; }
  void Pause(bool paused) override;
  void Unlink() override {}
  int fd() const override { return -1; }

 private:
  struct Waiting {
    std::shared_ptr<const Stack> stack;  // outlives the stream
    std::unique_ptr<PluginStream> stream;
    std::string peer;
  };

  StreamListener(std::shared_ptr<const Stack> stack, ListenerOptions options, const kw_address& address);
  HostConnection* OnIncoming(kw_conn* conn, const kw_address& peer) override;
  void Schedule();
  void HandOut();

  std::shared_ptr<const Stack> stack_;  // of new connections; its carrier is the copy that listens
  std::shared_ptr<const Stack> listening_;
  ListenerOptions options_;
  GenerationHold hold_;
  std::string address_;
  uint16_t port_ = 0;
  kw_listener* listener_ = nullptr;
  bool paused_ = false;
  std::deque<Waiting> waiting_;
  event::TimerId timer_ = 0;
  bool* gone_ = nullptr;  // set while handing out: the callback may destroy the listener
};

}  // namespace keyway::net
