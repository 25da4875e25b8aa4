#include "server/event/uring_poller.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/event/event_loop.h"

namespace keyway::event {
namespace {

// Marks what the epoll instance says about a socket of the ring.
constexpr uint64_t kSocketTag = uint64_t{1} << 63;
constexpr uint32_t kGenerationMask = 0xffffff;

}  // namespace

std::unique_ptr<UringPoller> UringPoller::Create(std::string& why) {
  std::unique_ptr<UringPoller> poller(new UringPoller);
  poller->ring_ = UringRing::Create(why);
  if (poller->ring_ == nullptr || !poller->buffers_.Register(poller->ring_->raw(), why)) return nullptr;
  auto watches = MakeEpollPoller();
  poller->watches_fd_ = watches->fd();
  poller->watches_ = std::move(watches);
  return poller;
}

UringPoller::~UringPoller() { slots_.clear(); }

// user_data: kind, generation of the slot, descriptor number.
uint64_t UringPoller::UserData(Kind kind, const UringSocket* socket) {
  uint64_t data = static_cast<uint64_t>(kind) << 56;
  if (socket == nullptr) return data;
  return data | static_cast<uint64_t>(socket->generation() & kGenerationMask) << 32 |
         static_cast<uint32_t>(socket->fd());
}

UringSocket* UringPoller::Find(Name name) {
  if (static_cast<size_t>(name.fd) >= slots_.size()) return nullptr;
  const Slot& slot = slots_[static_cast<size_t>(name.fd)];
  if ((slot.generation & kGenerationMask) != (name.generation & kGenerationMask)) return nullptr;
  return slot.socket.get();
}

// ---- other descriptors ----

bool UringPoller::Add(int fd, uint32_t events, bool edge_triggered, uint64_t tag) {
  KW_DCHECK(!(tag & kSocketTag));
  return watches_->Add(fd, events, edge_triggered, tag);
}
bool UringPoller::Modify(int fd, uint32_t events, bool edge_triggered, uint64_t tag) {
  return watches_->Modify(fd, events, edge_triggered, tag);
}
void UringPoller::Remove(int fd) { watches_->Remove(fd); }

bool UringPoller::AddWake(int fd) {
  wake_fd_ = fd;
  return true;
}

void UringPoller::PollWake() {
  io_uring_sqe* sqe = ring_->NextSqe();
  io_uring_prep_poll_multishot(sqe, wake_fd_, POLLIN);
  io_uring_sqe_set_data64(sqe, UserData(kWake, nullptr));
  wake_armed_ = true;
}

// ---- sockets ----

AsyncSocket* UringPoller::OpenSocket(int fd, uint64_t tag) {
  if (static_cast<size_t>(fd) >= slots_.size()) slots_.resize(std::max<size_t>(64, static_cast<size_t>(fd) * 2));
  Slot& slot = slots_[static_cast<size_t>(fd)];
  KW_CHECK(slot.socket == nullptr);
  ++slot.generation;
  slot.socket = std::make_unique<UringSocket>(*this, fd, tag, slot.generation);
  return slot.socket.get();
}

void UringPoller::CloseSocket(AsyncSocket* socket, UniqueFd fd) {
  auto& closing = *static_cast<UringSocket*>(socket);
  if (closing.StartClosing(std::move(fd))) Destroy(closing);
}

bool UringPoller::ReleaseSocket(AsyncSocket* socket) {
  auto& leaving = *static_cast<UringSocket*>(socket);
  if (!leaving.Release()) return false;
  Destroy(leaving);
  return true;
}

void UringPoller::Destroy(UringSocket& socket) {
  Slot& slot = slots_[static_cast<size_t>(socket.fd())];
  ++slot.generation;
  // The slot is free before the number is.
  auto gone = std::move(slot.socket);
}

void UringPoller::ArmReceive(UringSocket& socket) {
  io_uring_sqe* sqe = ring_->NextSqe();
  io_uring_prep_recv_multishot(sqe, socket.fd(), nullptr, 0, 0);
  io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT);
  sqe->buf_group = UringBuffers::kGroup;
  io_uring_sqe_set_data64(sqe, UserData(kReceive, &socket));
}

void UringPoller::CancelReceive(UringSocket& socket) {
  io_uring_sqe* sqe = ring_->NextSqe();
  io_uring_prep_cancel64(sqe, UserData(kReceive, &socket), 0);
  io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(sqe, UserData(kIgnored, nullptr));
}

io_uring_sqe* UringPoller::QueueSend(UringSocket& socket, const char* data, size_t bytes) {
  io_uring_sqe* sqe = ring_->NextSqe();
  io_uring_prep_send(sqe, socket.fd(), data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL);
  io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(sqe, UserData(kSend, &socket));
  return sqe;
}

void UringPoller::WatchSocket(UringSocket& socket, uint32_t before, uint32_t events) {
  uint64_t tag = kSocketTag | static_cast<uint64_t>(socket.generation() & kGenerationMask) << 32 |
                 static_cast<uint32_t>(socket.fd());
  if (events == 0) {
    watches_->Remove(socket.fd());
  } else if (before != 0) {
    watches_->Modify(socket.fd(), events, false, tag);
  } else {
    watches_->Add(socket.fd(), events, false, tag);
  }
}

// ---- the wait ----

int UringPoller::Wait(int64_t timeout_us, std::span<PollEvent> out) {
  PrepareWait();
  if (next_ready_ < ready_.size() || watches_ready_) timeout_us = 0;
  ring_->SubmitAndWait(timeout_us);
  Reap();
  arena_.Reset();
  return Collect(out);
}

void UringPoller::PrepareWait() {
  for (Name name : holders_) {
    if (UringSocket* socket = Find(name)) socket->Spill();
  }
  holders_.clear();
  if (!wake_armed_ && wake_fd_ >= 0) PollWake();
  // One-shot, and asked again after each answer: it is answered at once while anything in the instance is ready.
  if (!watches_armed_ && !watches_ready_) {
    io_uring_sqe* sqe = ring_->NextSqe();
    io_uring_prep_poll_add(sqe, watches_fd_, POLLIN);
    io_uring_sqe_set_data64(sqe, UserData(kEpoll, nullptr));
    watches_armed_ = true;
  }
}

void UringPoller::Reap() {
  ring_->Reap([this](const io_uring_cqe& cqe) { See(cqe); });
}

void UringPoller::See(const io_uring_cqe& cqe) {
  auto name = [&] {
    return Name{static_cast<int>(static_cast<uint32_t>(cqe.user_data)),
                static_cast<uint32_t>(cqe.user_data >> 32) & kGenerationMask};
  };
  switch (static_cast<Kind>(cqe.user_data >> 56)) {
    case kReceive: {
      UringSocket* socket = Find(name());
      KW_CHECK(socket != nullptr);  // it goes only after its last completion
      if (socket->OnReceived(cqe.res, cqe.flags)) Destroy(*socket);
      break;
    }
    case kSend:
      if (UringSocket* socket = Find(name())) socket->OnSent(cqe.res);
      break;
    case kWake:
      if (!(cqe.flags & IORING_CQE_F_MORE)) wake_armed_ = false;
      break;
    case kEpoll:
      watches_armed_ = false;
      watches_ready_ = true;
      break;
    case kIgnored:
      break;
  }
}

int UringPoller::Collect(std::span<PollEvent> out) {
  int count = watches_ready_ ? CollectWatched(out) : 0;
  while (next_ready_ < ready_.size() && static_cast<size_t>(count) < out.size()) {
    UringSocket* socket = Find(ready_[next_ready_++]);
    if (socket == nullptr || socket->closing()) continue;
    out[static_cast<size_t>(count++)] = {socket->tag(), socket->TakeEvents()};
  }
  if (next_ready_ == ready_.size()) {
    ready_.clear();
    next_ready_ = 0;
  }
  return count;
}

// At most half of the room, so that neither kind waits for the other.
int UringPoller::CollectWatched(std::span<PollEvent> out) {
  std::span<PollEvent> room = out.first(std::max<size_t>(out.size() / 2, 1));
  auto found = static_cast<size_t>(watches_->Wait(0, room));
  watches_ready_ = found == room.size();
  int count = 0;
  for (size_t i = 0; i < found; ++i) {
    if (!(room[i].tag & kSocketTag)) {
      out[static_cast<size_t>(count++)] = room[i];
      continue;
    }
    auto fd = static_cast<int>(static_cast<uint32_t>(room[i].tag));
    if (UringSocket* socket = Find({fd, static_cast<uint32_t>(room[i].tag >> 32) & kGenerationMask})) {
      socket->OnWatched(room[i].events);
    }
  }
  return count;
}

void UringPoller::AfterForkInChild() {
  ring_->CloseInChild();
  watches_->AfterForkInChild();
}

std::unique_ptr<Poller> MakeUringPoller(std::string& why) { return UringPoller::Create(why); }

}  // namespace keyway::event
