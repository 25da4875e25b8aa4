#include "server/keyspace/reclaimer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "server/base/memory.h"

namespace keyway::keyspace {
namespace {

constexpr int kNice = 10;

}  // namespace

BackgroundReclaimer::~BackgroundReclaimer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void BackgroundReclaimer::Reclaim(std::unique_ptr<Garbage> garbage, size_t objects) {
  pending_.fetch_add(objects, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(garbage), objects});
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  wake_.notify_one();
}

void BackgroundReclaimer::Run() {
  const CountedThread counted;
  // Who asks for memory matters more than who gives it back. Where the exec thread waits for this one there is time enough.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    item.garbage.reset();
    // Freed counts first: who sees nothing pending finds everything counted.
    freed_.fetch_add(item.objects, std::memory_order_relaxed);
    pending_.fetch_sub(item.objects, std::memory_order_release);
    lock.lock();
  }
}

}  // namespace keyway::keyspace
