// An accepted connection on its way from the listener to the loop that will own it: the descriptor (or the stream carrier's
// connection) and the stack that was current when it came.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "server/net/byte_stream.h"
#include "server/net/connection_base.h"
#include "server/net/host.h"
#include "server/net/stack.h"

namespace keyway::net {

class AcceptedConnection final : public AcceptedSocket {
 public:
  AcceptedConnection(std::shared_ptr<const Stack> stack, std::unique_ptr<ByteStream> stream, std::string peer,
                     bool peer_is_local, event::EventLoop* bound_loop)
      : stack_(std::move(stack)),
        stream_(std::move(stream)),
        peer_(std::move(peer)),
        peer_is_local_(peer_is_local),
        bound_loop_(bound_loop) {}

  bool peer_is_local() const override { return peer_is_local_; }
  const std::string& peer() const override { return peer_; }
  event::EventLoop* bound_loop() const override { return bound_loop_; }

  const std::shared_ptr<const Stack>& stack() const { return stack_; }
  std::unique_ptr<ByteStream> TakeStream() { return std::move(stream_); }

 private:
  std::shared_ptr<const Stack> stack_;  // outlives stream_
  std::unique_ptr<ByteStream> stream_;
  std::string peer_;
  bool peer_is_local_;
  event::EventLoop* bound_loop_;
};

// What is known of a connection before it is opened.
ConnectionInfo InfoOf(const Stack& stack, std::string peer, bool peer_is_local);

// A connection of the right kind for the stack, not begun yet. `verify`: the client's side; null: the server's.
std::unique_ptr<ConnectionBase> MakeConnection(StackUse use, event::EventLoop& loop, ConnectionHandler& handler,
                                               ConnectionInfo info, std::unique_ptr<VerifyPolicy> verify);

// Tells the carrier that a connected descriptor is to be set up as its settings say. `purpose` as in fd_configure. [io]
void ConfigureFd(const Stack& stack, int fd, uint32_t purpose);

}  // namespace keyway::net
