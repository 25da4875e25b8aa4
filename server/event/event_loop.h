// A single-threaded event loop: descriptors, timers, posted tasks, and hooks around the wait.
//
// One turn: hook `before_wait` → wait (until an event, a timer or a wake-up) → hook `after_wait` → descriptors → due timers → posted
// tasks. Everything is [loop thread], but for Post, Wake and Stop, which are [any]. Descriptors are watched edge-triggered:
// whoever is called reads or writes until it would block, or remembers that it did not.
//
// Nested turns (RunOnce inside a callback) take over what the outer turn has not delivered yet, so a callback that stays
// long keeps nobody waiting who lets the loop turn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/base/unique_fd.h"

namespace keyway {
class Clock;
}

namespace keyway::event {

class AsyncSocket;

// How the kernel is asked. kAuto: io_uring where it is there.
enum class Engine : uint8_t { kAuto, kEpoll, kUring };

inline constexpr uint32_t kReadable = 1;
inline constexpr uint32_t kWritable = 2;
inline constexpr uint32_t kHangup = 4;  // the peer will send no more, or the descriptor broke

// Called on readiness. May remove any descriptor, itself included; no event of a removed one is delivered.
class FdHandler {
 public:
  virtual void OnFdEvents(uint32_t events) = 0;

 protected:
  ~FdHandler() = default;
};

using TimerId = uint64_t;  // never 0, never used twice

class EventLoop {
 public:
  virtual ~EventLoop() = default;
  // The loop belongs to the thread that turns it first. Where `engine` is not to be had, it is epoll.
  static std::unique_ptr<EventLoop> Create(const Clock& clock, Engine engine = Engine::kEpoll);
  // Empty when loops can be made with this engine here and now, else why not. [any]
  static std::string WhyNot(Engine engine);

  // False when the kernel refuses (out of memory or watches, or a plain file): nothing is watched then.
  virtual bool Add(int fd, uint32_t events, FdHandler* handler, bool edge_triggered = true) = 0;
  virtual void Modify(int fd, uint32_t events) = 0;
  virtual void Remove(int fd) = 0;  // before the descriptor is closed

  // For a connected stream socket: the engine receives and sends by itself, and `handler` hears of it as if it were watched for
  // everything. Null when this engine only watches (then Add is the way), with nothing done. No Add, Modify or Remove for this number.
  virtual AsyncSocket* OpenSocket(int fd, FdHandler* handler) = 0;
  // The last call for it: what Send took goes out as far as the kernel takes it, then shutdown, and `fd` is closed when the kernel has
  // let go of it. No event of it is delivered.
  virtual void CloseSocket(AsyncSocket* socket, UniqueFd fd) = 0;
  // Lets go of it and leaves the descriptor open, for another loop. True: done, this was the last call for it. False: the socket is full, or
  // the kernel is asked to end the receive (ask again next turn, without Receive in between), or there are bytes to be read first.
  virtual bool ReleaseSocket(AsyncSocket* socket, int fd) = 0;

  virtual TimerId After(int64_t delay_us, std::function<void()> task) = 0;  // once
  virtual TimerId Every(int64_t period_us, std::function<void()> task) = 0;
  virtual void Cancel(TimerId timer) = 0;  // unknown ids are ignored

  virtual void Post(std::function<void()> task) = 0;  // [any]; runs on the loop's thread, in order
  // [any]; the wait under way, or else the next one, returns at once, and what was written before the call is visible to
  // `after_wait` and all that follows. A system call only when the loop sleeps.
  virtual void Wake() = 0;

  // How long the loop may look for a wake-up before it sleeps, where wake-ups have lately come that soon; 0, as at first: not at all.
  // For loops that other threads feed, on machines with a processor to spare. Before the loop runs.
  virtual void set_max_spin_us(int64_t max_us) = 0;
  virtual int64_t spun_us() const = 0;  // in all; [any]

  virtual int64_t NowUs() const = 0;  // the clock's monotonic time

  // Hooks. `before_wait` returns the longest wait in microseconds (-1: no limit of its own); 0 polls.
  std::function<int64_t()> before_wait;
  std::function<void()> after_wait;

  // One object of the layer above that belongs to this loop; it goes when the loop does, while the loop can still be called.
  std::shared_ptr<void> attachment;

  virtual void Run() = 0;   // until Stop
  virtual void Stop() = 0;  // [any]
  virtual void RunOnce(
      int64_t max_wait_us) = 0;  // one turn; also from inside a task (loading): nested turns are allowed
  virtual uint64_t turns() const = 0;
  virtual const char* engine() const = 0;  // "epoll" or "io_uring"
  // In a forked child: the inherited poller is closed without touching the parent's registrations.
  virtual void AfterForkInChild() = 0;
};

}  // namespace keyway::event
