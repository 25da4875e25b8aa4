#include "server/event/uring_socket.h"

#include <errno.h>
#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/event/event_loop.h"
#include "server/event/uring_poller.h"

namespace keyway::event {
namespace {

// From this much room on a bulk transfer is read from the socket itself: it saves a copy.
constexpr size_t kBulkRoom = 4 * UringBuffers::kBytes;
constexpr int kMaxPieces = 256;

}  // namespace

UringSocket::UringSocket(UringPoller& poller, int fd, uint64_t tag, uint32_t generation)
    : poller_(poller), tag_(tag), fd_(fd), generation_(generation) {
  Arm();
}

UringSocket::~UringSocket() { DropHeld(); }

UringSocket::Slow& UringSocket::slow() {
  if (slow_ == nullptr) slow_ = std::make_unique<Slow>();
  return *slow_;
}

void UringSocket::Emit(uint32_t events) {
  if (events_ == 0) poller_.SetReady(*this);
  events_ |= events;
}

// ---- receiving ----

void UringSocket::Arm() {
  armed_ = true;
  bulk_ = false;
  poller_.ArmReceive(*this);
}

void UringSocket::CancelReceive() {
  if (!armed_ || std::exchange(cancelling_, true)) return;
  poller_.CancelReceive(*this);
}

void UringSocket::Hold(uint16_t id, uint32_t bytes) {
  poller_.buffers().held(id) = {0, bytes, UringBuffers::kNone};
  if (held_last_ == UringBuffers::kNone) {
    held_first_ = id;
    poller_.AddHolder(*this);
  } else {
    poller_.buffers().held(held_last_).next = id;
  }
  held_last_ = id;
}

void UringSocket::DropHeld() {
  while (held_first_ != UringBuffers::kNone) {
    poller_.buffers().Recycle(std::exchange(held_first_, poller_.buffers().held(held_first_).next));
  }
  held_last_ = UringBuffers::kNone;
}

bool UringSocket::OnReceived(int32_t result, uint32_t flags) {
  if (!(flags & IORING_CQE_F_MORE)) armed_ = cancelling_ = false;
  if (flags & IORING_CQE_F_BUFFER) {
    auto id = static_cast<uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT);
    if (result > 0 && !closing()) {
      Hold(id, static_cast<uint32_t>(result));
    } else {
      poller_.buffers().Recycle(id);
    }
  }
  if (closing()) return !armed_;
  bulk_ = result == static_cast<int32_t>(UringBuffers::kBytes);
  switch (-result) {
    case 0:
      ended_ = true;
      Emit(kReadable | kHangup);
      break;
    // Ended by us, or for lack of buffers: Receive goes on with the socket itself.
    case ENOBUFS:
      poller_.buffers().Grow();
      [[fallthrough]];
    case ECANCELED:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
      Emit(kReadable);
      break;
    default:
      if (result < 0) {
        ended_ = true;
        receive_error_ = -result;
        Emit(kReadable | kWritable | kHangup);
      } else {
        Emit(kReadable);
      }
  }
  return false;
}

void UringSocket::Spill() {
  if (held_first_ == UringBuffers::kNone) return;
  Slow& slow = this->slow();
  for (uint16_t id = held_first_; id != UringBuffers::kNone; id = poller_.buffers().held(id).next) {
    const UringBuffers::Held& held = poller_.buffers().held(id);
    slow.spill.append(poller_.buffers().data(id) + held.begin, held.end - held.begin);
  }
  DropHeld();
  if (slow.spill.size() - slow.spill_read < kMaxSpill || !armed_ || paused_) return;
  paused_ = true;
  CancelReceive();
  Watch();
}

bool UringSocket::may_receive() const {
  return held_first_ != UringBuffers::kNone || ended_ || !armed_ || bulk_ || (slow_ && !slow_->spill.empty());
}

ssize_t UringSocket::Receive(char* into, size_t capacity) {
  size_t copied = slow_ != nullptr && !slow_->spill.empty() ? CopySpill(into, capacity) : 0;
  if (copied < capacity) copied += CopyHeld(into + copied, capacity - copied);
  if (copied > 0) return static_cast<ssize_t>(copied);
  if (ended_) return -receive_error_;
  if (armed_ && !(bulk_ && capacity >= kBulkRoom)) {
    bulk_ = false;
    return -EAGAIN;
  }
  return ReceiveNow(into, capacity);
}

size_t UringSocket::CopySpill(char* into, size_t capacity) {
  std::string& spill = slow_->spill;
  size_t bytes = std::min(capacity, spill.size() - slow_->spill_read);
  std::memcpy(into, spill.data() + slow_->spill_read, bytes);
  slow_->spill_read += bytes;
  if (slow_->spill_read < spill.size()) return bytes;
  std::string().swap(spill);
  slow_->spill_read = 0;
  if (std::exchange(paused_, false)) Watch();
  if (slow_->rest.empty()) slow_.reset();
  return bytes;
}

size_t UringSocket::CopyHeld(char* into, size_t capacity) {
  size_t copied = 0;
  while (held_first_ != UringBuffers::kNone && copied < capacity) {
    UringBuffers::Held& held = poller_.buffers().held(held_first_);
    size_t bytes = std::min<size_t>(capacity - copied, held.end - held.begin);
    std::memcpy(into + copied, poller_.buffers().data(held_first_) + held.begin, bytes);
    copied += bytes;
    held.begin += static_cast<uint32_t>(bytes);
    if (held.begin < held.end) break;
    poller_.buffers().Recycle(std::exchange(held_first_, held.next));
    if (held_first_ == UringBuffers::kNone) held_last_ = UringBuffers::kNone;
  }
  return copied;
}

// Between two waits the ring receives nothing, so what the socket has now follows what came before even if a receive is under way.
ssize_t UringSocket::ReceiveNow(char* into, size_t capacity) {
  ssize_t got;
  do {
    got = recv(fd_, into, capacity, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    if (static_cast<size_t>(got) == capacity) return got;
    bulk_ = false;
    if (!armed_) Arm();
    return got;
  }
  bulk_ = false;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    if (!armed_) Arm();
    return -EAGAIN;
  }
  receive_error_ = got < 0 ? errno : 0;
  ended_ = true;
  return -receive_error_;
}

// ---- sending ----

// Whether bytes of this turn wait in an entry that can still be changed.
bool UringSocket::SendIsQueued() {
  if (queued_ == nullptr) return false;
  if (queue_epoch_ == poller_.ring().epoch()) return true;
  // Submitted in the middle of the turn: done by now, and if it failed that is among the completions.
  poller_.Reap();
  queued_ = nullptr;
  return false;
}

ssize_t UringSocket::Send(const iovec* pieces, int count) {
  bool queued = SendIsQueued();
  if (send_error_ != 0) return -send_error_;
  if (slow_ != nullptr && !slow_->rest.empty()) {
    wants_write_ = true;
    return 0;
  }
  size_t before = queued ? queued_bytes_ : 0;
  size_t total = before;
  for (int i = 0; i < count; ++i) total += pieces[i].iov_len;
  if (total > kMaxQueued) return SendNow(pieces, count, total);
  Queue(pieces, count, total);
  return static_cast<ssize_t>(total - before);
}

void UringSocket::Queue(const iovec* pieces, int count, size_t total) {
  char* data = poller_.arena().Take(total);
  char* end = data;
  if (queued_ != nullptr) end = static_cast<char*>(std::memcpy(end, queued_data_, queued_bytes_)) + queued_bytes_;
  for (int i = 0; i < count; ++i) {
    std::memcpy(end, pieces[i].iov_base, pieces[i].iov_len);
    end += pieces[i].iov_len;
  }
  if (queued_ != nullptr) {
    queued_->addr = reinterpret_cast<uint64_t>(data);
    queued_->len = static_cast<uint32_t>(total);
  } else {
    queued_ = poller_.QueueSend(*this, data, total);
    queue_epoch_ = poller_.ring().epoch();
  }
  queued_data_ = data;
  queued_bytes_ = static_cast<uint32_t>(total);
}

// Sends what is queued and the pieces behind it, at once. Returns how much of the pieces was taken.
ssize_t UringSocket::SendNow(const iovec* pieces, int count, size_t total) {
  iovec all[kMaxPieces + 1];
  int used = 0;
  size_t queued_bytes = 0;
  if (queued_ != nullptr) {
    queued_bytes = queued_bytes_;
    all[used++] = {queued_data_, queued_bytes};
    // The entry stays where it is and does nothing.
    uint64_t ignored = 0;
    io_uring_prep_nop(queued_);
    io_uring_sqe_set_data64(queued_, ignored);
    io_uring_sqe_set_flags(queued_, IOSQE_CQE_SKIP_SUCCESS);
    queued_ = nullptr;
  }
  for (int i = 0; i < count && used <= kMaxPieces; ++i) all[used++] = pieces[i];
  msghdr message{};
  message.msg_iov = all;
  message.msg_iovlen = static_cast<size_t>(used);
  ssize_t sent;
  do {
    sent = sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -(send_error_ = errno);
    sent = 0;
  }
  auto bytes = static_cast<size_t>(sent);
  if (bytes < queued_bytes) slow().rest.assign(static_cast<char*>(all[0].iov_base) + bytes, queued_bytes - bytes);
  if (bytes < total) {
    wants_write_ = true;
    Watch();
  }
  return static_cast<ssize_t>(bytes > queued_bytes ? bytes - queued_bytes : 0);
}

bool UringSocket::Flush() {
  if (SendIsQueued()) SendNow(nullptr, 0, queued_bytes_);
  if (send_error_ != 0 || slow_ == nullptr || slow_->rest.empty()) return true;
  wants_write_ = true;
  return false;
}

// Comes for sends that did not go as a whole.
void UringSocket::OnSent(int32_t result) {
  if (closing()) return;
  const char* data = queued_data_;
  queued_ = nullptr;
  if (result < 0 && result != -EAGAIN && result != -EINTR && result != -ENOMEM && result != -ECANCELED) {
    send_error_ = -result;
    Emit(kWritable | kHangup);
    return;
  }
  size_t sent = result > 0 ? static_cast<size_t>(result) : 0;
  if (sent == queued_bytes_) return;
  slow().rest.assign(data + sent, queued_bytes_ - sent);
  Watch();
}

void UringSocket::SendRest() {
  std::string& rest = slow_->rest;
  ssize_t sent;
  do {
    sent = send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    rest.erase(0, static_cast<size_t>(sent));
  } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
    send_error_ = errno;
    std::string().swap(rest);
    Emit(kHangup);
  }
}

// ---- watching ----

void UringSocket::Watch() {
  uint32_t wanted = wants_write_ || (slow_ != nullptr && !slow_->rest.empty()) ? kWritable : 0;
  if (paused_) wanted |= kHangup;
  if (wanted == watched_) return;
  poller_.WatchSocket(*this, std::exchange(watched_, wanted), wanted);
}

void UringSocket::OnWatched(uint32_t events) {
  if (events & kHangup) {
    Emit(kHangup | kReadable);
    paused_ = false;  // told once; whoever reads finds the end behind what is there
  }
  if (events & (kWritable | kHangup)) {
    if (slow_ != nullptr && !slow_->rest.empty()) SendRest();
    if (slow_ == nullptr || slow_->rest.empty()) {
      if (std::exchange(wants_write_, false)) Emit(kWritable);
      if (slow_ != nullptr && slow_->spill.empty()) slow_.reset();
    }
  }
  Watch();
}

// ---- leaving ----

bool UringSocket::Release() {
  if (!Flush() || send_error_ != 0) return false;
  if (armed_) {
    CancelReceive();
    return false;
  }
  // Receive would arm it again; unless it is called, what comes now waits in the kernel.
  if (ended_ || held_first_ != UringBuffers::kNone || (slow_ != nullptr && !slow_->spill.empty())) return false;
  slow_.reset();
  wants_write_ = paused_ = false;
  Watch();
  return true;
}

// ---- closing ----

bool UringSocket::StartClosing(UniqueFd fd) {
  if (SendIsQueued()) SendNow(nullptr, 0, queued_bytes_);
  wants_write_ = paused_ = false;
  slow_.reset();
  Watch();
  DropHeld();
  // A forked child may hold the same socket: without the shutdown the peer would see its end only when the child goes.
  shutdown(fd.get(), SHUT_RDWR);
  closing_fd_ = std::move(fd);
  CancelReceive();
  return !armed_;
}

}  // namespace keyway::event
