// One connected socket of the io_uring engine.
//
//   kernel ──multishot receive──► held buffers ──► Receive      (`armed_`: the receive is under way)
//             └ not armed: Receive asks the socket itself, and arms again once that has no more
//   Send ──copy──► arena, one entry of the ring ──end of the turn──► kernel
//          └ more than kMaxQueued, or bytes queued before: sent at once
//
// Receiving is bounded: what is held at the end of a turn because nobody read it moves to memory of the socket (`spill`), so that the
// shared buffers are all free when the kernel fills them; from kMaxSpill on the receive is cancelled, and the socket is watched
// for a hangup only. When the buffers run out the kernel ends the receive, and the rest is read from the socket itself.
//
// A queued send never waits in the kernel (MSG_DONTWAIT) and reports nothing when all went (MSG_WAITALL makes a short send a failure,
// and only failures are reported). What did not go is kept in `rest` and goes when the socket is writable.
//
// All [loop thread].
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "server/event/async_socket.h"
#include "server/event/uring_buffers.h"

struct io_uring_cqe;
struct io_uring_sqe;

namespace keyway::event {

class UringPoller;

class UringSocket final : public AsyncSocket {
 public:
  // The most that Send leaves to the end of the turn.
  static constexpr size_t kMaxQueued = 16 * 1024;
  static constexpr size_t kMaxSpill = 64 * 1024;

  UringSocket(UringPoller& poller, int fd, uint64_t tag, uint32_t generation);
  ~UringSocket();
  UringSocket(const UringSocket&) = delete;
  UringSocket& operator=(const UringSocket&) = delete;

  ssize_t Receive(char* into, size_t capacity) override;
  bool may_receive() const override;
  ssize_t Send(const iovec* pieces, int count) override;
  int send_error() const override { return send_error_; }
  bool Flush() override;

  // Begins to close; true when the kernel holds nothing of the socket any more and it can go.
  bool StartClosing(UniqueFd fd);

  // Asks the kernel to let go of it; true when it has, and nothing is left in either direction.
  bool Release();

  // Completions; true when a closing socket can go.
  bool OnReceived(int32_t result, uint32_t flags);
  void OnSent(int32_t result);
  // Of the poller's watch for the socket (WatchSocket).
  void OnWatched(uint32_t events);
  // What nobody has read leaves the shared buffers.
  void Spill();

  int fd() const { return fd_; }
  uint64_t tag() const { return tag_; }
  uint32_t generation() const { return generation_; }
  bool closing() const { return closing_fd_.valid(); }
  uint32_t TakeEvents() { return std::exchange(events_, 0); }

 private:
  // What a socket needs only while its peer or its owner is slow.
  struct Slow {
    std::string rest;   // taken from Send, not sent
    std::string spill;  // received, not read
    size_t spill_read = 0;
  };

  void Arm();
  void CancelReceive();
  void Hold(uint16_t id, uint32_t bytes);
  void DropHeld();
  size_t CopyHeld(char* into, size_t capacity);
  size_t CopySpill(char* into, size_t capacity);
  ssize_t ReceiveNow(char* into, size_t capacity);
  bool SendIsQueued();
  void Queue(const iovec* pieces, int count, size_t total);
  ssize_t SendNow(const iovec* pieces, int count, size_t total);
  void SendRest();
  void Emit(uint32_t events);
  void Watch();
  Slow& slow();

  UringPoller& poller_;
  const uint64_t tag_;
  const int fd_;
  const uint32_t generation_;
  UniqueFd closing_fd_;
  uint32_t events_ = 0;   // to be delivered
  uint32_t watched_ = 0;  // in the poller's watch

  uint16_t held_first_ = UringBuffers::kNone;
  uint16_t held_last_ = UringBuffers::kNone;
  bool armed_ = false;
  bool cancelling_ = false;
  bool paused_ = false;       // cancelled because nobody reads
  bool bulk_ = false;         // the last buffer was full: the socket has more, probably
  bool ended_ = false;        // by receive_error_, or properly
  bool wants_write_ = false;  // kWritable is due
  int receive_error_ = 0;
  int send_error_ = 0;

  io_uring_sqe* queued_ = nullptr;  // of `queue_epoch_`
  uint32_t queue_epoch_ = 0;
  uint32_t queued_bytes_ = 0;
  char* queued_data_ = nullptr;
  std::unique_ptr<Slow> slow_;
};

}  // namespace keyway::event
