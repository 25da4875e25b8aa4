// Handshakes of one loop, one after another: an asymmetric signature costs as much as hundreds of requests, so a flood of new
// connections must neither hold up the turn nor fill the memory with half-open ones.
//
// A connection asks for a step whenever it has something to go on with. Steps run within a time budget a turn, connections
// that have begun before new ones; and a new one begins (the plug-in makes its connection object) only while fewer than
// `max_open` are under way. Those that wait hold nothing but their hello. A peer that goes away leaves the queue by itself; when
// more than `max_waiting` wait all the same, the one that has waited longest is dropped: it is the likeliest to have given up.
// Deadlines are the connections' own affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "server/event/event_loop.h"

namespace keyway::net {

struct HandshakeLimits {
  size_t max_open = 1024;  // tls-handshake-concurrency
  size_t max_waiting = 4096;
  int64_t budget_us = 2'000;  // a turn; at least one step is made
};

class HandshakeQueue;

// [io] of the queue's loop.
class HandshakeTicket {
 protected:
  HandshakeTicket() = default;
  ~HandshakeTicket() { LeaveHandshakeQueue(); }
  HandshakeTicket(const HandshakeTicket&) = delete;
  HandshakeTicket& operator=(const HandshakeTicket&) = delete;

  // As far as it goes with what is there. May destroy the ticket.
  virtual void RunHandshakeStep() = 0;
  // It is not to begin any more. Leaves the queue, and calls nobody back from within.
  virtual void DropHandshake() = 0;
  // The handshake is over, well or badly: the place is free.
  void LeaveHandshakeQueue();

 private:
  friend class HandshakeQueue;
  HandshakeQueue* queue_ = nullptr;
  std::list<HandshakeTicket*>::iterator place_;
  bool queued_ = false;
  bool open_ = false;  // counts among those under way
};

// [io]
class HandshakeQueue {
 public:
  explicit HandshakeQueue(event::EventLoop& loop) : loop_(loop) {}
  ~HandshakeQueue();

  // A step of `ticket` soon, from the loop. Again is no mistake.
  void Ask(HandshakeTicket& ticket);

  void set_limits(const HandshakeLimits& limits) { limits_ = limits; }
  size_t open_count() const { return open_count_; }
  size_t waiting_count() const { return new_.size(); }

 private:
  friend class HandshakeTicket;
  HandshakeTicket* Next();
  void Schedule();
  void Run();

  event::EventLoop& loop_;
  HandshakeLimits limits_;
  std::list<HandshakeTicket*> begun_;  // have begun and can go on
  std::list<HandshakeTicket*> new_;    // wait for a place
  size_t open_count_ = 0;
  event::TimerId run_timer_ = 0;
};

}  // namespace keyway::net
