#include "server/event/event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/base/unique_fd.h"
#include "server/event/poller.h"
#include "server/event/timer_heap.h"

namespace keyway::event {
namespace {

constexpr size_t kEventsPerWait = 256;

// Spinning: what counts as "not soon", the share of the newest wait in the average, and the pause between two looks.
constexpr int64_t kLongIdleUs = 100;
constexpr double kIdleWeight = 8;
constexpr int kPausesPerLook = 16;

inline void CpuPause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// One a descriptor number. The generation changes whenever the number changes hands, and an event carries the generation it
// was registered under: tag = generation << 32 | fd.
constexpr uint32_t kMaxGeneration = 0x7fffffff;

struct Watch {
  FdHandler* handler = nullptr;
  uint32_t generation = 0;
  bool edge_triggered = true;
};

class Loop final : public EventLoop {
 public:
  Loop(const Clock& clock, std::unique_ptr<Poller> poller)
      : clock_(clock), poller_(std::move(poller)), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    KW_CHECK(wake_fd_.valid());
    KW_CHECK(poller_->AddWake(wake_fd_.get()));
  }

  ~Loop() override { attachment.reset(); }

  bool Add(int fd, uint32_t events, FdHandler* handler, bool edge_triggered) override {
    Watch& watch = NewWatch(fd);
    KW_DCHECK(handler != nullptr);
    if (!poller_->Add(fd, events, edge_triggered, TagOf(fd, watch))) return false;
    watch.handler = handler;
    watch.edge_triggered = edge_triggered;
    return true;
  }

  void Modify(int fd, uint32_t events) override {
    Watch& watch = WatchOf(fd);
    poller_->Modify(fd, events, watch.edge_triggered, TagOf(fd, watch));
  }

  void Remove(int fd) override {
    Forget(fd);
    poller_->Remove(fd);
  }

  AsyncSocket* OpenSocket(int fd, FdHandler* handler) override {
    Watch& watch = NewWatch(fd);
    AsyncSocket* socket = poller_->OpenSocket(fd, TagOf(fd, watch));
    if (socket != nullptr) watch.handler = handler;
    return socket;
  }
  void CloseSocket(AsyncSocket* socket, UniqueFd fd) override {
    Forget(fd.get());
    poller_->CloseSocket(socket, std::move(fd));
  }
  bool ReleaseSocket(AsyncSocket* socket, int fd) override {
    if (!poller_->ReleaseSocket(socket)) return false;
    Forget(fd);
    return true;
  }

  TimerId After(int64_t delay_us, std::function<void()> task) override {
    return timers_.Add(NowUs() + std::max<int64_t>(delay_us, 0), 0, std::move(task));
  }
  TimerId Every(int64_t period_us, std::function<void()> task) override {
    KW_DCHECK(period_us > 0);
    return timers_.Add(NowUs() + period_us, period_us, std::move(task));
  }
  void Cancel(TimerId timer) override { timers_.Cancel(timer); }

  void Post(std::function<void()> task) override {
    {
      std::lock_guard lock(mutex_);
      posted_.push_back(std::move(task));
      has_posted_.store(true);
    }
    Wake();
  }

  void Wake() override {
    // Pairs with Sleep: either this sees the loop asleep, or the loop sees the request before it sleeps.
    if (wake_requested_.exchange(true)) return;
    if (!sleeping_.load()) return;
    uint64_t one = 1;
    [[maybe_unused]] ssize_t written = write(wake_fd_.get(), &one, sizeof one);
  }

  void set_max_spin_us(int64_t max_us) override { max_spin_us_ = max_us; }
  int64_t spun_us() const override { return spun_us_.load(std::memory_order_relaxed); }

  int64_t NowUs() const override { return clock_.MonotonicUs(); }

  void Run() override {
    while (!stop_.load(std::memory_order_relaxed)) RunOnce(-1);
    stop_.store(false, std::memory_order_relaxed);
  }

  void Stop() override {
    stop_.store(true, std::memory_order_relaxed);
    Wake();
  }

  void RunOnce(int64_t max_wait_us) override {
    if (next_event_ == event_count_) Fetch(max_wait_us);
    DispatchEvents();
    if (!timers_.empty()) timers_.RunDue(NowUs());
    RunPosted();
  }

  uint64_t turns() const override { return turns_; }
  const char* engine() const override { return poller_->name(); }

  void AfterForkInChild() override {
    poller_->AfterForkInChild();
    wake_fd_.Reset();
  }

 private:
  static uint64_t TagOf(int fd, const Watch& watch) {
    return static_cast<uint64_t>(watch.generation) << 32 | static_cast<uint32_t>(fd);
  }
  Watch& NewWatch(int fd) {
    if (static_cast<size_t>(fd) >= watches_.size()) watches_.resize(std::max<size_t>(64, static_cast<size_t>(fd) * 2));
    Watch& watch = watches_[static_cast<size_t>(fd)];
    KW_DCHECK(watch.handler == nullptr);
    return watch;
  }
  void Forget(int fd) {
    Watch& watch = WatchOf(fd);
    watch.handler = nullptr;
    watch.generation = (watch.generation + 1) & kMaxGeneration;
  }
  Watch& WatchOf(int fd) {
    KW_DCHECK(fd >= 0 && static_cast<size_t>(fd) < watches_.size() &&
              watches_[static_cast<size_t>(fd)].handler != nullptr);
    return watches_[static_cast<size_t>(fd)];
  }

  // Waits for events; the rest of a turn delivers them.
  void Fetch(int64_t max_wait_us) {
    ++turns_;
    int64_t wait_us = max_wait_us;
    auto shorten = [&wait_us](int64_t limit_us) {
      if (limit_us >= 0 && (wait_us < 0 || limit_us < wait_us)) wait_us = limit_us;
    };
    if (before_wait) shorten(before_wait());
    if (!timers_.empty()) shorten(std::max<int64_t>(timers_.next_due_us() - NowUs(), 0));

    if (next_task_ < tasks_.size()) wait_us = 0;
    const int64_t idle_since_us = max_spin_us_ > 0 && wait_us != 0 ? NowUs() : 0;
    if (idle_since_us != 0 && usual_idle_us_ <= static_cast<double>(max_spin_us_)) Spin(idle_since_us, wait_us);

    sleeping_.store(true);
    if (wake_requested_.load()) wait_us = 0;
    int count = poller_->Wait(wait_us, events_);
    sleeping_.store(false, std::memory_order_relaxed);
    const bool woken = wake_requested_.exchange(false);
    if (idle_since_us != 0) NoteIdle(woken ? NowUs() - idle_since_us : kLongIdleUs);

    next_event_ = 0;
    event_count_ = static_cast<size_t>(count);
    if (after_wait) after_wait();
  }

  // A wake-up costs both threads more than a few microseconds of looking for it.
  void Spin(int64_t since_us, int64_t wait_us) {
    const int64_t limit_us = wait_us < 0 ? max_spin_us_ : std::min(wait_us, max_spin_us_);
    int64_t spun_us = 0;
    while (!wake_requested_.load(std::memory_order_relaxed) && spun_us < limit_us) {
      for (int i = 0; i < kPausesPerLook; ++i) CpuPause();
      spun_us = NowUs() - since_us;
    }
    spun_us_.store(spun_us_.load(std::memory_order_relaxed) + spun_us, std::memory_order_relaxed);
  }

  // How long it usually takes until another thread wants something. What descriptors bring is not looked for by spinning.
  void NoteIdle(int64_t idle_us) {
    usual_idle_us_ += (static_cast<double>(std::min(idle_us, kLongIdleUs)) - usual_idle_us_) / kIdleWeight;
  }

  void DispatchEvents() {
    while (next_event_ < event_count_) {
      PollEvent event = events_[next_event_++];
      if (event.tag == kWakeTag) continue;
      const Watch& watch = watches_[static_cast<uint32_t>(event.tag)];
      if (watch.handler == nullptr || watch.generation != static_cast<uint32_t>(event.tag >> 32)) continue;
      watch.handler->OnFdEvents(event.events);
    }
  }

  // Tasks that are posted meanwhile wait for the next turn.
  void RunPosted() {
    if (has_posted_.load()) TakePosted();
    while (next_task_ < tasks_.size()) {
      std::function<void()> task = std::move(tasks_[next_task_++]);
      task();
    }
  }

  void TakePosted() {
    std::lock_guard lock(mutex_);
    has_posted_.store(false, std::memory_order_relaxed);
    if (next_task_ == tasks_.size()) {
      tasks_.clear();
      next_task_ = 0;
      tasks_.swap(posted_);
      return;
    }
    // A nested turn: the outer one's rest comes first.
    for (auto& task : posted_) tasks_.push_back(std::move(task));
    posted_.clear();
  }

  const Clock& clock_;
  std::unique_ptr<Poller> poller_;
  UniqueFd wake_fd_;
  std::vector<Watch> watches_;  // by descriptor number
  TimerHeap timers_;
  uint64_t turns_ = 0;

  // What the last wait brought; a nested turn goes on where the outer one stands.
  PollEvent events_[kEventsPerWait];
  size_t next_event_ = 0;
  size_t event_count_ = 0;
  std::vector<std::function<void()>> tasks_;  // taken out of posted_
  size_t next_task_ = 0;

  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
  std::atomic<bool> has_posted_{false};
  int64_t max_spin_us_ = 0;
  double usual_idle_us_ = kLongIdleUs;
  std::atomic<int64_t> spun_us_{0};
  alignas(64) std::atomic<bool> wake_requested_{false};
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> stop_{false};
};

}  // namespace

std::unique_ptr<EventLoop> EventLoop::Create(const Clock& clock, Engine engine) {
  std::string why;
  std::unique_ptr<Poller> poller;
  if (engine != Engine::kEpoll) poller = MakeUringPoller(why);
  if (poller == nullptr) poller = MakeEpollPoller();
  return std::make_unique<Loop>(clock, std::move(poller));
}

std::string EventLoop::WhyNot(Engine engine) {
  std::string why;
  if (engine == Engine::kUring && MakeUringPoller(why) != nullptr) why.clear();
  return why;
}

}  // namespace keyway::event
