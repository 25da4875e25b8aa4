// What the event loop asks of the kernel: which descriptors became ready. A seam of its own so that another engine can stand
// behind the same loop.
//
// Readiness is all that goes through here. An engine that completes receives itself (io_uring with provided buffers) does not fit
// behind "this descriptor is readable", so it would not enter here but in net::FdStream, the one place where connections touch
// their descriptors: FdStream::Read would hand out what the engine has received, and the Poller would deliver the completions as
// kReadable. Everything above FdStream stays as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace keyway::event {

// The tag travels through the kernel with each registration, so that the loop knows an event of an earlier owner of the number.
struct PollEvent {
  uint64_t tag;
  uint32_t events;  // kReadable, kWritable, kHangup
};

// [loop thread]
class Poller {
 public:
  virtual ~Poller() = default;

  // False when the kernel refuses: no memory, too many watches, a descriptor that cannot be polled (a plain file).
  virtual bool Add(int fd, uint32_t events, bool edge_triggered, uint64_t tag) = 0;
  virtual bool Modify(int fd, uint32_t events, bool edge_triggered, uint64_t tag) = 0;
  virtual void Remove(int fd) = 0;

  // Waits at most `timeout_us` (-1: without limit, 0: not at all). Returns how many of `out` were filled; 0 on time-out or signal.
  virtual int Wait(int64_t timeout_us, std::span<PollEvent> out) = 0;

  virtual const char* name() const = 0;
  // Closes the engine's descriptor and leaves the registrations, which are the parent's, alone. [forked child]
  virtual void AfterForkInChild() = 0;
};

std::unique_ptr<Poller> MakeEpollPoller();

}  // namespace keyway::event
