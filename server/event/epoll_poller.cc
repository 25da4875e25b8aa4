// The poller over Linux epoll.
#include <errno.h>
#include <sys/epoll.h>
#include <time.h>

#include "server/base/check.h"
#include "server/base/unique_fd.h"
#include "server/event/event_loop.h"
#include "server/event/poller.h"

namespace keyway::event {
namespace {

constexpr int kMaxEvents = 256;

uint32_t ToEpoll(uint32_t events, bool edge_triggered) {
  uint32_t out = edge_triggered ? static_cast<uint32_t>(EPOLLET) : 0;
  if (events & kReadable) out |= EPOLLIN;
  if (events & kWritable) out |= EPOLLOUT;
  if (events & kHangup) out |= EPOLLRDHUP;
  return out;
}

uint32_t FromEpoll(uint32_t events) {
  uint32_t out = 0;
  if (events & EPOLLIN) out |= kReadable;
  if (events & EPOLLOUT) out |= kWritable;
  if (events & EPOLLRDHUP) out |= kHangup | kReadable;
  // Nothing will come or go any more: whoever reads or writes finds out why.
  if (events & (EPOLLHUP | EPOLLERR)) out |= kHangup | kReadable | kWritable;
  return out;
}

class EpollPoller final : public Poller {
 public:
  EpollPoller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) { KW_CHECK(epoll_.valid()); }

  bool Add(int fd, uint32_t events, bool edge_triggered, uint64_t tag) override {
    return Control(EPOLL_CTL_ADD, fd, events, edge_triggered, tag);
  }
  bool Modify(int fd, uint32_t events, bool edge_triggered, uint64_t tag) override {
    return Control(EPOLL_CTL_MOD, fd, events, edge_triggered, tag);
  }
  void Remove(int fd) override { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

  int Wait(int64_t timeout_us, std::span<PollEvent> out) override {
    epoll_event events[kMaxEvents];
    int capacity = out.size() < kMaxEvents ? static_cast<int>(out.size()) : kMaxEvents;
    int count = WaitFor(timeout_us, events, capacity);
    if (count < 0) {
      KW_CHECK(errno == EINTR);
      return 0;
    }
    for (int i = 0; i < count; ++i) out[static_cast<size_t>(i)] = {events[i].data.u64, FromEpoll(events[i].events)};
    return count;
  }

  // Edge-triggered: each write reports once and the counter is never read.
  bool AddWake(int fd) override { return Add(fd, kReadable, true, kWakeTag); }

  const char* name() const override { return "epoll"; }
  int fd() const override { return epoll_.get(); }
  void AfterForkInChild() override { epoll_.Reset(); }

 private:
  bool Control(int operation, int fd, uint32_t events, bool edge_triggered, uint64_t tag) {
    epoll_event event{};
    event.events = ToEpoll(events, edge_triggered);
    event.data.u64 = tag;
    return epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  int WaitFor(int64_t timeout_us, epoll_event* events, int capacity) {
    if (timeout_us > 0 && timeout_us < 10'000 && precise_) {
      timespec wait{timeout_us / 1'000'000, timeout_us % 1'000'000 * 1000};
      int count = epoll_pwait2(epoll_.get(), events, capacity, &wait, nullptr);
      if (count >= 0 || errno != ENOSYS) return count;
      precise_ = false;  // Linux before 5.11
    }
    constexpr int64_t kMaxMs = 24 * 3600 * 1000;
    int64_t timeout_ms = timeout_us < 0 ? -1 : (timeout_us + 999) / 1000;
    return epoll_wait(epoll_.get(), events, capacity, static_cast<int>(timeout_ms > kMaxMs ? kMaxMs : timeout_ms));
  }

  UniqueFd epoll_;
  bool precise_ = true;
};

}  // namespace

std::unique_ptr<Poller> MakeEpollPoller() { return std::make_unique<EpollPoller>(); }

}  // namespace keyway::event
