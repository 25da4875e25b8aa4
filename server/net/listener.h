// The listeners behind net::Listen (host.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/base/unique_fd.h"
#include "server/event/event_loop.h"
#include "server/net/host.h"
#include "server/net/stack.h"

namespace keyway::net {

struct ListenerOptions {
  Settings settings;   // of the carrier, to make its context again
  ContextPtr carrier;  // with these settings
  event::EventLoop* loop = nullptr;
  int max_accepts_per_turn = 1;
  Listener::OnAccept on_accept;
};

// [exec], on the loop of its options.
class FdListener final : public Listener, private event::FdHandler {
 public:
  FdListener(std::shared_ptr<const Stack> stack, ListenerOptions options, kw_address address, UniqueFd fd);
  ~FdListener() override;

  const std::string& address() const override { return address_; }
  uint16_t port() const override { return port_; }
  const Stack& stack() const override { return *stack_; }
  void SetStack(std::shared_ptr<const Stack> stack) override;
  void set_max_accepts_per_turn(int count) override { options_.max_accepts_per_turn = count; }
  void Pause(bool paused) override;
  void Unlink() override;
  int fd() const override { return fd_.get(); }
  bool watched() const { return watched_; }  // else the loop has no room for it

 private:
  void OnFdEvents(uint32_t events) override;
  void Accepted(UniqueFd fd);
  bool AcceptFailed(int errno_value);
  void Rest(int errno_value);
  void Watch();

  std::shared_ptr<const Stack> stack_;
  ListenerOptions options_;
  GenerationHold hold_;
  kw_address listen_address_;  // as it was bound, for listen_end
  std::string address_;
  uint16_t port_ = 0;
  UniqueFd fd_;
  bool watched_ = false;
  bool paused_ = false;
  bool unlinked_ = false;
  bool* gone_ = nullptr;  // set while accepting: the callback may destroy the listener
  event::TimerId rest_timer_ = 0;
  int64_t next_log_us_ = 0;
};

}  // namespace keyway::net
