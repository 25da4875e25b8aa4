// One event loop with connections on it, and the way between it and the exec thread. Unit 0 is the exec thread's own loop and delivers
// messages as calls ("direct"); every further unit has a thread of its own and two rings.
//
//   exec thread ── to_io ring ──▶ unit's thread
//               ◀─ to_exec ring ─
//
// A full ring never blocks: its producer keeps the surplus in a list of its own and goes on later. The length of that list is
// bounded by the number of connections, since each has one batch and one word about its growth under way at most.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "server/app/messages.h"
#include "server/event/event_loop.h"
#include "server/event/ring.h"

namespace keyway::net {
class IoThread;
}
namespace keyway::command {
class CommandTable;
}
namespace keyway::dispatch {
struct Batch;
}

namespace keyway::app {

// Settings that I/O threads read; the exec thread writes them. [any]
struct IoSettings {
  std::atomic<uint64_t> max_bulk_bytes{512ull << 20};
  std::atomic<uint64_t> query_buffer_limit{1ull << 30};
  std::atomic<int64_t> handshake_timeout_ms{10'000};
  std::atomic<int64_t> silence_timeout_ms{0};  // 0: none
  std::atomic<int> keepalive_seconds{300};
  std::atomic<bool> tell_growth{false};  // maxmemory-clients is set: send kGrown
};

// Who receives on the exec side.
class ExecInbox {
 public:
  virtual void OnMessage(const ToExec& message) = 0;  // [exec]

 protected:
  ~ExecInbox() = default;
};

class IoUnit {
 public:
  // Direct: `loop` is the exec thread's. [main]
  IoUnit(event::EventLoop& exec_loop, ExecInbox& inbox, const command::CommandTable& commands,
         const IoSettings& settings);
  // With a thread; it is started by the caller and stopped before the unit is destroyed. [main]
  IoUnit(std::unique_ptr<net::IoThread> thread, event::EventLoop& exec_loop, ExecInbox& inbox,
         const command::CommandTable& commands, const IoSettings& settings);
  ~IoUnit();

  event::EventLoop& loop() { return loop_; }
  bool direct() const { return thread_ == nullptr; }
  const command::CommandTable& commands() const { return commands_; }
  const IoSettings& settings() const { return settings_; }

  void SendToExec(const ToExec& message);  // [io]
  void SendToIo(const ToIo& message);      // [exec]

  // Warm clients are those that may hold memory which an idle one does not need. Soon after they did something last they give it
  // back and leave the list, so idle connections cost neither memory nor time. [io]
  void AddWarm(ClientIo* client);
  void RemoveWarm(ClientIo* client);

  // Clients that are asked to go to another unit: TryMove is called once a turn. [io]
  void AddMoving(ClientIo* client) { moving_.push_back(client); }
  void RemoveMoving(ClientIo* client) { std::erase(moving_, client); }
  // For the direct unit, whose turns are the exec thread's. [exec]
  void MoveClients();
  bool has_moving() const { return !moving_.empty(); }

  // Empty batches, kept for reuse. [io]
  dispatch::Batch* TakeBatch();
  void GiveBatch(dispatch::Batch* batch);

  // Delivers what the unit's thread has sent; true if there was anything. [exec]
  bool DrainToExec();
  // Wakes the unit's thread if it was sent anything since the last call. [exec]
  void WakeIfNeeded();
  // Destroys client halves that were freed during callbacks (direct unit). [exec]
  void CollectGarbage();
  void StartThread();  // [main]
  // Sent on before the loop ends, so that nobody waits for a thread that is gone. [main]
  void StopThread();

  // Processor time of the unit's thread without what it spent looking for work; for the direct unit, of the caller's. [exec]
  int64_t WorkedUs() const;

  std::atomic<size_t> connections{0};  // for balancing

 private:
  int64_t BeforeWait();  // [io]
  void DrainToIo();      // [io]
  void Deliver(const ToIo& message);
  void CoolDown();

  std::unique_ptr<net::IoThread> thread_;
  event::EventLoop& loop_;
  event::EventLoop& exec_loop_;
  ExecInbox& inbox_;
  const command::CommandTable& commands_;
  const IoSettings& settings_;

  std::vector<ClientIo*> warm_;                                  // [io], each knows its place
  std::vector<ClientIo*> moving_;                                // [io]
  event::TimerId cool_down_timer_ = 0;                           // [io], while there are warm ones
  std::vector<std::unique_ptr<dispatch::Batch>> spare_batches_;  // [io]
  std::vector<std::unique_ptr<ClientIo>> garbage_;               // [io]

  std::unique_ptr<event::Ring<ToExec>> to_exec_;
  std::deque<ToExec> to_exec_surplus_;  // [io]
  bool sent_to_exec_ = false;           // [io], since the last wake-up
  std::unique_ptr<event::Ring<ToIo>> to_io_;
  std::deque<ToIo> to_io_surplus_;  // [exec]
  bool sent_to_io_ = false;         // [exec]
};

}  // namespace keyway::app
