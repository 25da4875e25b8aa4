// An io_uring instance for one thread: set up, submit, wait, and see completions.
//
// The ring is made disabled and enabled at the first submission, so that it belongs to the thread that runs the loop, not to the one
// that made it. IORING_SETUP_DEFER_TASKRUN is required (Linux 6.1): what was asked for happens within Submit and SubmitAndWait and at no
// other time. The sockets rely on it: between two waits nothing is received behind their back.
//
// All [loop thread] but Create.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <string>

namespace keyway::event {

class UringRing {
 public:
  static std::unique_ptr<UringRing> Create(std::string& why);
  ~UringRing();
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;

  // A cleared entry; submits first when the queue is full, which the epoch tells.
  io_uring_sqe* NextSqe();
  // Advances with each submission: entries of an earlier epoch belong to the kernel.
  uint32_t epoch() const { return epoch_; }

  void Submit();
  // -1: without limit, 0: not at all.
  void SubmitAndWait(int64_t timeout_us);

  // Calls see(const io_uring_cqe&) for all completions there are, those that did not fit into the queue included.
  template <class See>
  void Reap(See&& see) {
    do {
      unsigned head;
      unsigned count = 0;
      io_uring_cqe* cqe;
      io_uring_for_each_cqe(&ring_, head, cqe) {
        see(*cqe);
        ++count;
      }
      io_uring_cq_advance(&ring_, count);
    } while (FetchOverflow());
  }

  io_uring& raw() { return ring_; }
  // The memory is not there in the child (MADV_DONTFORK). [forked child]
  void CloseInChild();

 private:
  UringRing() = default;
  void Enable();
  bool FetchOverflow();

  io_uring ring_{};
  uint32_t epoch_ = 1;
  bool enabled_ = false;
  bool open_ = false;
};

}  // namespace keyway::event
