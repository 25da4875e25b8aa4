// What the event loop asks of the kernel: which descriptors became ready. A seam, so that two engines stand behind the same loop: epoll,
// and io_uring, which beside that receives and sends for connected sockets by itself (async_socket.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "server/base/unique_fd.h"

namespace keyway::event {

class AsyncSocket;

// The tag travels through the kernel with each registration, so that the loop knows an event of an earlier owner of the number. Its
// top bit belongs to the poller and is clear.
struct PollEvent {
  uint64_t tag;
  uint32_t events;  // kReadable, kWritable, kHangup
};

inline constexpr uint64_t kWakeTag = ~uint64_t{0};  // of what AddWake watches, where it is delivered at all

// [loop thread]
class Poller {
 public:
  virtual ~Poller() = default;

  // False when the kernel refuses: no memory, too many watches, a descriptor that cannot be polled (a plain file).
  virtual bool Add(int fd, uint32_t events, bool edge_triggered, uint64_t tag) = 0;
  virtual bool Modify(int fd, uint32_t events, bool edge_triggered, uint64_t tag) = 0;
  virtual void Remove(int fd) = 0;
  // From now on a write to this eventfd ends a wait.
  virtual bool AddWake(int fd) = 0;

  // Null: this engine only watches. Else the socket's events come under `tag` until CloseSocket.
  virtual AsyncSocket* OpenSocket(int /*fd*/, uint64_t /*tag*/) { return nullptr; }
  // The last call for a socket of OpenSocket: sends what was taken as far as the kernel takes it, shuts down, and closes `fd` when the
  // kernel has let go of it.
  virtual void CloseSocket(AsyncSocket* /*socket*/, UniqueFd /*fd*/) {}
  // As EventLoop::ReleaseSocket.
  virtual bool ReleaseSocket(AsyncSocket* /*socket*/) { return false; }

  // Waits at most `timeout_us` (-1: without limit, 0: not at all). Returns how many of `out` were filled; 0 on time-out or signal.
  virtual int Wait(int64_t timeout_us, std::span<PollEvent> out) = 0;

  virtual const char* name() const = 0;
  virtual int fd() const { return -1; }  // readable while Wait would bring something; epoll only
  // Closes the engine's descriptor and leaves the registrations, which are the parent's, alone. [forked child]
  virtual void AfterForkInChild() = 0;
};

std::unique_ptr<Poller> MakeEpollPoller();
// Null where it was not built in, or where the kernel refuses it or lacks something; `why` says which.
std::unique_ptr<Poller> MakeUringPoller(std::string& why);

}  // namespace keyway::event
