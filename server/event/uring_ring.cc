#include "server/event/uring_ring.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "server/base/check.h"

namespace keyway::event {
namespace {

constexpr unsigned kSubmissions = 1024;
constexpr unsigned kCompletions = 8192;
constexpr unsigned kSetup = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED |
                            IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
constexpr unsigned kFeatures =
    IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
constexpr int64_t kMaxWaitUs = 24 * 3600 * 1'000'000ll;

}  // namespace

std::unique_ptr<UringRing> UringRing::Create(std::string& why) {
  std::unique_ptr<UringRing> ring(new UringRing);
  io_uring_params params{};
  params.flags = kSetup;
  params.cq_entries = kCompletions;
  int result = io_uring_queue_init_params(kSubmissions, &ring->ring_, &params);
  if (result == -EINVAL) {
    why = "the kernel is too old for it (Linux 6.1 has what is needed)";
  } else if (result == -EPERM || result == -EACCES || result == -ENOSYS) {
    why = std::string("the kernel does not permit it (") + strerror(-result) + ")";
  } else if (result < 0) {
    why = strerror(-result);
  }
  if (result < 0) return nullptr;
  ring->open_ = true;
  if ((params.features & kFeatures) != kFeatures) {
    why = "the kernel lacks a part of it";
    return nullptr;
  }
  // A forked child that touched the ring would take the parent's completions.
  if (io_uring_ring_dontfork(&ring->ring_) < 0) {
    why = "the ring's memory cannot be kept from forked children";
    return nullptr;
  }
  return ring;
}

UringRing::~UringRing() {
  if (open_) io_uring_queue_exit(&ring_);
}

void UringRing::CloseInChild() {
  if (!open_) return;
  open_ = false;
  close(ring_.ring_fd);
}

io_uring_sqe* UringRing::NextSqe() {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  if (sqe == nullptr) {
    Submit();
    sqe = io_uring_get_sqe(&ring_);
    KW_CHECK(sqe != nullptr);
  }
  return sqe;
}

void UringRing::Enable() {
  enabled_ = true;
  // liburing 2.3 does not export its function for this.
  KW_CHECK(syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0) == 0);
}

void UringRing::Submit() {
  if (!enabled_) Enable();
  ++epoch_;
  while (io_uring_sq_ready(&ring_) > 0) {
    int result = io_uring_submit(&ring_);
    // Out of memory for the moment, interrupted, or completions that nobody has taken yet: it will do.
    KW_CHECK(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY || result == -ENOMEM);
  }
}

void UringRing::SubmitAndWait(int64_t timeout_us) {
  if (!enabled_) Enable();
  ++epoch_;
  int result;
  if (timeout_us == 0) {
    result = io_uring_submit_and_get_events(&ring_);
  } else if (timeout_us < 0) {
    result = io_uring_submit_and_wait(&ring_, 1);
  } else {
    int64_t wait_us = std::min(timeout_us, kMaxWaitUs);
    __kernel_timespec wait{wait_us / 1'000'000, wait_us % 1'000'000 * 1000};
    io_uring_cqe* first = nullptr;
    result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &wait, nullptr);
  }
  KW_CHECK(result >= 0 || result == -EINTR || result == -ETIME || result == -EAGAIN || result == -EBUSY ||
           result == -ENOMEM);
  if (io_uring_sq_ready(&ring_) > 0) Submit();
}

bool UringRing::FetchOverflow() {
  if (!io_uring_cq_has_overflow(&ring_)) return false;
  int result = io_uring_get_events(&ring_);
  KW_CHECK(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY);
  return true;
}

}  // namespace keyway::event
