#include "server/net/reaper.h"

#include <utility>

#include "server/base/memory.h"
#include "server/net/fork_guard.h"

namespace keyway::net {

Reaper::~Reaper() { Stop(); }

void Reaper::Defer(std::function<void()> task) {
  if (InForkedChild()) {
    // The thread is not here, and what the task would free may be locked by a thread that is not here either.
    new std::function<void()>(std::move(task));
    return;
  }
  {
    std::lock_guard lock(mutex_);
    if (!stopped_) {
      tasks_.push_back(std::move(task));
      if (thread_ == nullptr) thread_ = std::make_unique<std::thread>([this] { Run(); });
      changed_.notify_one();
      return;
    }
  }
  task();
}

void Reaper::Stop() {
  if (InForkedChild()) {
    (void)thread_.release();  // a thread of the parent, which can be neither joined nor detached here
    return;
  }
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (thread_ == nullptr) stopped_ = true;
    changed_.notify_one();
  }
  if (thread_ != nullptr && thread_->joinable()) thread_->join();
}

void Reaper::Run() {
  const CountedThread counted;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) {
      stopped_ = true;  // under the lock: what is deferred from now on runs at the caller
      return;
    }
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it held may defer more
    lock.lock();
  }
}

}  // namespace keyway::net
