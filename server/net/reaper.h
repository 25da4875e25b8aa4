// The thread on which contexts are freed and plug-ins are taken down, so that the connection which happens to be the
// last one does not stall its I/O thread. It is started by the first thing that is given up.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace keyway::net {

class Reaper {
 public:
  Reaper() = default;
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // Runs the task later on the reaper's thread; after Stop, at once on the caller's. In a forked child it is forgotten.
  // [any]
  void Defer(std::function<void()> task);

  // Waits until everything that was deferred is done, then ends the thread. [main]
  void Stop();

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::unique_ptr<std::thread> thread_;  // null before the first task
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace keyway::net
