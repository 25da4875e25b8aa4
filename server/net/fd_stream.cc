#include "server/net/fd_stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/event/async_socket.h"
#include "server/net/address.h"
#include "server/net/stack.h"

namespace keyway::net {
namespace {

bool IsLocalSocket(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

}  // namespace

FdStream::FdStream(UniqueFd fd, const Stack* stack)
    : fd_(std::move(fd)), stack_(stack), writable_on_demand_(IsLocalSocket(fd_.get())) {}

FdStream::~FdStream() {
  if (!fd_.valid()) return;
  if (socket_ != nullptr) {
    loop_->CloseSocket(socket_, std::move(fd_));
    return;
  }
  if (loop_ != nullptr) loop_->Remove(fd_.get());
  // A forked child may hold the same socket: without the shutdown the peer would see its end only when the child goes.
  shutdown(fd_.get(), SHUT_RDWR);
}

bool FdStream::Start(event::EventLoop& loop, Owner* owner) {
  owner_ = owner;
  socket_ = loop.OpenSocket(fd_.get(), this);
  if (socket_ != nullptr) {
    loop_ = &loop;
    return true;
  }
  writable_watched_ = !writable_on_demand_;
  uint32_t events = event::kReadable | event::kHangup | (writable_watched_ ? event::kWritable : 0);
  if (!loop.Add(fd_.get(), events, this)) return false;
  loop_ = &loop;
  return true;
}

bool FdStream::Leave() {
  if (socket_ != nullptr) {
    if (!loop_->ReleaseSocket(socket_, fd_.get())) return false;
    socket_ = nullptr;
  } else {
    loop_->Remove(fd_.get());
  }
  loop_ = nullptr;
  // The next loop tells anew what there is to read.
  may_read_ = false;
  return true;
}

void FdStream::OnFdEvents(uint32_t events) {
  if (events & event::kReadable) may_read_ = true;
  if (events & event::kHangup) {
    hangup_ = true;
    if (socket_ != nullptr && socket_->send_error() != 0 && !write_failed_) {
      write_failed_ = true;
      error_text_ = strerror(socket_->send_error());
    }
  }
  if ((events & event::kWritable) && writable_watched_ && writable_on_demand_) WatchWritable(false);
  owner_->OnStreamEvents(events);
}

IoResult FdStream::ReadFromEngine(char* into, size_t capacity) {
  ssize_t got = socket_->Receive(into, capacity);
  may_read_ = socket_->may_receive();
  if (got > 0) return {IoStatus::kOk, static_cast<size_t>(got)};
  if (got == 0) return {IoStatus::kEnd};
  if (got == -EAGAIN) return {IoStatus::kAgain};
  return Failed(static_cast<int>(-got));
}

IoResult FdStream::WriteToEngine(const iovec* pieces, int count) {
  ssize_t taken = socket_->Send(pieces, count);
  if (taken < 0) return Failed(static_cast<int>(-taken));
  return {taken > 0 ? IoStatus::kOk : IoStatus::kAgain, static_cast<size_t>(taken)};
}

IoResult FdStream::Read(char* into, size_t capacity) {
  if (socket_ != nullptr) return ReadFromEngine(into, capacity);
  ssize_t got;
  do {
    got = recv(fd_.get(), into, capacity, 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    if (static_cast<size_t>(got) < capacity && !hangup_) may_read_ = false;
    return {IoStatus::kOk, static_cast<size_t>(got)};
  }
  if (got == 0) return {IoStatus::kEnd};
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    may_read_ = false;
    return {IoStatus::kAgain};
  }
  return Failed(errno);
}

IoResult FdStream::Write(const iovec* pieces, int count) {
  if (socket_ != nullptr) return WriteToEngine(pieces, count);
  size_t total = 0;
  for (int i = 0; i < count; ++i) total += pieces[i].iov_len;
  ssize_t sent;
  do {
    if (count == 1) {
      sent = send(fd_.get(), pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces);
      message.msg_iovlen = static_cast<size_t>(count);
      sent = sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    }
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Failed(errno);
    sent = 0;
  }
  if (static_cast<size_t>(sent) < total && writable_on_demand_) WatchWritable(true);
  return {sent > 0 ? IoStatus::kOk : IoStatus::kAgain, static_cast<size_t>(sent)};
}

IoResult FdStream::Shutdown() {
  if (socket_ != nullptr && !socket_->Flush()) return {IoStatus::kAgain};
  // Closing with received bytes unread makes TCP send a reset, which can overtake the last reply; so they go first.
  constexpr int kMaxDiscards = 64;
  constexpr size_t kDiscardBytes = 64 * 1024;
  for (int i = 0; may_read_ && i < kMaxDiscards; ++i) {
    // With MSG_TRUNC TCP drops the bytes without copying them; other sockets would write to the buffer, so they are left alone.
    if (writable_on_demand_ || recv(fd_.get(), nullptr, kDiscardBytes, MSG_TRUNC | MSG_DONTWAIT) <= 0) break;
  }
  shutdown(fd_.get(), SHUT_RDWR);
  return {IoStatus::kOk};
}

void FdStream::SetKeepAlive(int seconds) {
  int on = seconds > 0 ? 1 : 0;
  setsockopt(fd_.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (on == 0 || writable_on_demand_) return;
  // As Redis does it: probes after the interval, three of them a third of it apart.
  int interval = std::max(seconds / 3, 1);
  int count = 3;
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

std::string FdStream::Describe(uint32_t end) const {
  return stack_ == nullptr ? std::string() : DescribeFd(stack_->carrier_context(), fd_.get(), end).text;
}

bool FdStream::PeerIsLocal() const { return stack_ == nullptr || FdIsLocal(stack_->carrier_context(), fd_.get()); }

IoResult FdStream::Failed(int errno_value) {
  error_text_ = strerror(errno_value);
  return {IoStatus::kError};
}

void FdStream::WatchWritable(bool watch) {
  if (watch == writable_watched_ || loop_ == nullptr) return;
  writable_watched_ = watch;
  loop_->Modify(fd_.get(), event::kReadable | event::kHangup | (watch ? event::kWritable : 0));
}

}  // namespace keyway::net
