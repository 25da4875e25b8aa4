// A byte stream that a stream carrier's plug-in moves itself: calls of kw_conn_ops, woken by conn_ready.
//
// Such a stream may move between loops on its way from the listener to its I/O thread, if the carrier can detach it: between
// Detach and Start it is on no loop.
#pragma once

#include <memory>
#include <string>

#include "server/net/byte_stream.h"
#include "server/net/host_services.h"
#include "server/net/stack.h"

namespace keyway::net {

class PluginStream final : public ByteStream, public HostConnection {
 public:
  // Takes an accepted connection over. `stack` outlives the stream. [loop]
  PluginStream(const Stack& stack, kw_conn* conn, event::EventLoop& loop);
  ~PluginStream() override;

  // Starts to connect; null with the reason in `error`.
  static std::unique_ptr<PluginStream> Dial(const Stack& stack, const PluginContext& carrier, const kw_address& address,
                                            event::EventLoop& loop, std::string& error);

  // Leaves its loop so that Start can take another. Only if the carrier can move connections. [old loop]
  void Detach();

  bool Start(event::EventLoop& loop, Owner* owner) override;
  IoResult Establish() override;
  IoResult Read(char* into, size_t capacity) override;
  IoResult Write(const iovec* pieces, int count) override;
  IoResult Shutdown() override;
  const std::string& error_text() const override { return error_text_; }
  std::string Describe(uint32_t end) const override;
  bool PeerIsLocal() const override;
  void UseStack(const Stack& stack) override { stack_ = &stack; }

 private:
  PluginStream(const Stack& stack, event::EventLoop& loop);
  void OnPluginReady(uint32_t ready) override;
  IoResult Outcome(int32_t result, const kw_error& error);

  const Stack* stack_;
  const kw_conn_ops& ops_;
  kw_conn* conn_ = nullptr;
  event::EventLoop* loop_;  // null while detached
  Owner* owner_ = nullptr;
  std::string error_text_;
};

}  // namespace keyway::net
