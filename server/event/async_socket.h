// A connected socket whose receives and sends the engine performs itself (EventLoop::OpenSocket): received bytes lie in the engine's
// buffers before anybody asks for them, and all sends of a turn go to the kernel together with the wait that ends it.
//
// Readiness stays the language: the handler hears kReadable, kWritable and kHangup from the loop, and then calls these.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>

#include "server/base/unique_fd.h"

namespace keyway::event {

// All [loop thread].
class AsyncSocket {
 public:
  // Bytes (> 0), 0 at the end of the stream, or a negative errno; -EAGAIN: kReadable follows. `capacity` > 0.
  virtual ssize_t Receive(char* into, size_t capacity) = 0;
  // Whether Receive would say anything but -EAGAIN, as far as is known without asking the kernel.
  virtual bool may_receive() const = 0;

  // Takes the bytes (copying what it does not send at once) and returns how many: fewer than all only when the socket is full, and then
  // kWritable follows. A negative errno when the peer takes no more, which may be that of an earlier call.
  virtual ssize_t Send(const iovec* pieces, int count) = 0;
  // Of a send that failed after Send had taken the bytes; kHangup told of it. 0: none.
  virtual int send_error() const = 0;
  // Hands the kernel what Send has taken. False when the socket is full: kWritable follows.
  virtual bool Flush() = 0;

 protected:
  ~AsyncSocket() = default;
};

}  // namespace keyway::event
