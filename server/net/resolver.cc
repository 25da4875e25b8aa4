#include "server/net/resolver.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "server/event/event_loop.h"

namespace keyway::net {
namespace {

constexpr size_t kMaxThreads = 4;

struct Job {
  std::function<void()> work;
  std::function<void()> done;
};

}  // namespace

// Outlives the resolver while a thread is inside a lookup. All guarded by `mutex`.
struct Resolver::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  event::EventLoop* loop;  // null when the resolver is gone
  size_t threads = 0;
  size_t idle = 0;

  static void Work(const std::shared_ptr<Shared>& shared) {
    pthread_setname_np(pthread_self(), "resolver");
    std::unique_lock lock(shared->mutex);
    while (true) {
      ++shared->idle;
      shared->changed.wait(lock, [&] { return shared->loop == nullptr || !shared->jobs.empty(); });
      --shared->idle;
      if (shared->loop == nullptr) break;
      Job job = std::move(shared->jobs.front());
      shared->jobs.pop_front();
      lock.unlock();
      job.work();
      job.work = nullptr;
      lock.lock();
      if (shared->loop != nullptr) shared->loop->Post(std::move(job.done));
    }
    --shared->threads;
    shared->changed.notify_all();
  }
};

Resolver::Resolver(event::EventLoop& loop) : shared_(std::make_shared<Shared>()) { shared_->loop = &loop; }

Resolver::~Resolver() {
  std::unique_lock lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->jobs.clear();
  shared_->changed.notify_all();
  // Idle threads leave at once; one that sits in a lookup may take its time, and ends by itself.
  shared_->changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return shared_->threads == 0; });
}

void Resolver::Run(std::function<void()> work, std::function<void()> done) {
  std::unique_lock lock(shared_->mutex);
  shared_->jobs.push_back({std::move(work), std::move(done)});
  if (shared_->idle < shared_->jobs.size() && shared_->threads < kMaxThreads) {
    ++shared_->threads;
    std::thread([shared = shared_] { Shared::Work(shared); }).detach();
  }
  shared_->changed.notify_one();
}

}  // namespace keyway::net
