// A byte stream over a connected descriptor. Over epoll: one recv or sendmsg a call and no epoll_ctl in between. Over io_uring: the
// loop's engine receives and sends (event/async_socket.h), and this passes on.
//
// A receive that brings less than was asked for has emptied the socket, so it is not tried again before the next event,
// unless a hangup was reported: then the end is still to be read. (Two senders can make a receive short although more is there: urgent data,
// and descriptors passed over a local socket. Both keep only the sender waiting, until it sends more.)
#pragma once

#include <string>

#include "server/base/unique_fd.h"
#include "server/event/event_loop.h"
#include "server/net/byte_stream.h"

namespace keyway::net {

class FdStream final : public ByteStream, private event::FdHandler {
 public:
  // `stack` (borrowed, may be null in tests) describes the ends. The descriptor is connected and non-blocking.
  FdStream(UniqueFd fd, const Stack* stack);
  ~FdStream() override;

  bool Start(event::EventLoop& loop, Owner* owner) override;
  bool Leave() override;
  IoResult Read(char* into, size_t capacity) override;
  IoResult Write(const iovec* pieces, int count) override;
  IoResult Shutdown() override;
  const std::string& error_text() const override { return error_text_; }
  int fd() const override { return fd_.get(); }
  void SetKeepAlive(int seconds) override;
  std::string Describe(uint32_t end) const override;
  bool PeerIsLocal() const override;
  void UseStack(const Stack& stack) override { stack_ = &stack; }

 private:
  void OnFdEvents(uint32_t events) override;
  IoResult ReadFromEngine(char* into, size_t capacity);
  IoResult WriteToEngine(const iovec* pieces, int count);
  IoResult Failed(int errno_value);
  void WatchWritable(bool watch);

  UniqueFd fd_;
  const Stack* stack_;
  event::EventLoop* loop_ = nullptr;
  event::AsyncSocket* socket_ = nullptr;  // when the loop's engine receives and sends by itself
  Owner* owner_ = nullptr;
  bool hangup_ = false;
  // A local socket reports "writable" each time its peer reads, so that is watched while a send waits only; TCP reports it
  // only after a send found no room, and is watched for it always.
  bool writable_on_demand_ = false;
  bool writable_watched_ = false;
  std::string error_text_;
};

}  // namespace keyway::net
