// What the connections of one loop share. Made at first use, goes with the loop.
#pragma once

#include <memory>

#include "server/event/event_loop.h"
#include "server/net/handshake_queue.h"
#include "server/net/resolver.h"

namespace keyway::net {

struct LoopState {
  explicit LoopState(event::EventLoop& loop) : handshakes(loop), resolver(loop) {}

  static LoopState& Of(event::EventLoop& loop) {
    if (loop.attachment == nullptr) loop.attachment = std::make_shared<LoopState>(loop);
    return *static_cast<LoopState*>(loop.attachment.get());
  }

  HandshakeQueue handshakes;
  Resolver resolver;
};

}  // namespace keyway::net
