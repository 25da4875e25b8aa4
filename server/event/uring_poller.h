// The poller over io_uring. One system call a turn submits what the turn has asked for and waits for what comes next.
//
// Connected sockets are received from and sent to by the ring (uring_socket.h). All other descriptors (listeners, those of plug-ins,
// attempts to connect, sockets that are full) are rarely ready, and are watched by an epoll instance that the ring polls: so edges,
// levels and changes of interest are exactly what they are without a ring.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/event/poller.h"
#include "server/event/send_arena.h"
#include "server/event/uring_buffers.h"
#include "server/event/uring_ring.h"
#include "server/event/uring_socket.h"

namespace keyway::event {

class UringPoller final : public Poller {
 public:
  static std::unique_ptr<UringPoller> Create(std::string& why);
  ~UringPoller() override;

  bool Add(int fd, uint32_t events, bool edge_triggered, uint64_t tag) override;
  bool Modify(int fd, uint32_t events, bool edge_triggered, uint64_t tag) override;
  void Remove(int fd) override;
  bool AddWake(int fd) override;
  AsyncSocket* OpenSocket(int fd, uint64_t tag) override;
  void CloseSocket(AsyncSocket* socket, UniqueFd fd) override;
  bool ReleaseSocket(AsyncSocket* socket) override;
  int Wait(int64_t timeout_us, std::span<PollEvent> out) override;
  const char* name() const override { return "io_uring"; }
  void AfterForkInChild() override;

  // ---- for the sockets ----
  UringRing& ring() { return *ring_; }
  UringBuffers& buffers() { return buffers_; }
  SendArena& arena() { return arena_; }
  // Takes all completions there are.
  void Reap();
  void ArmReceive(UringSocket& socket);
  void CancelReceive(UringSocket& socket);
  io_uring_sqe* QueueSend(UringSocket& socket, const char* data, size_t bytes);
  void SetReady(UringSocket& socket) { ready_.push_back({socket.fd(), socket.generation()}); }
  void AddHolder(UringSocket& socket) { holders_.push_back({socket.fd(), socket.generation()}); }
  // Level-triggered; `before` is what is watched so far. OnWatched tells.
  void WatchSocket(UringSocket& socket, uint32_t before, uint32_t events);

 private:
  enum Kind : uint8_t { kIgnored, kReceive, kSend, kWake, kEpoll };
  // Names a socket that may be gone by then.
  struct Name {
    int fd;
    uint32_t generation;
  };
  struct Slot {
    std::unique_ptr<UringSocket> socket;
    uint32_t generation = 0;
  };

  UringPoller() = default;
  static uint64_t UserData(Kind kind, const UringSocket* socket);
  UringSocket* Find(Name name);
  void See(const io_uring_cqe& cqe);
  void PollWake();
  void PrepareWait();
  int Collect(std::span<PollEvent> out);
  int CollectWatched(std::span<PollEvent> out);
  void Destroy(UringSocket& socket);

  UringBuffers buffers_;  // goes after the ring: the kernel writes to it until then
  std::unique_ptr<UringRing> ring_;
  SendArena arena_;
  std::vector<Slot> slots_;  // by descriptor number
  std::vector<Name> ready_;  // have events to be delivered
  size_t next_ready_ = 0;
  std::vector<Name> holders_;  // got data since the last wait

  std::unique_ptr<Poller> watches_;
  int watches_fd_ = -1;
  bool watches_armed_ = false;  // the ring polls it
  bool watches_ready_ = false;
  int wake_fd_ = -1;
  bool wake_armed_ = false;
};

}  // namespace keyway::event
