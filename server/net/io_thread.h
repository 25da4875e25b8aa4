// A thread with an event loop: connections are adopted on it by Post, and leave with it.
//
// It knows nothing of requests. Before it ends, plug-ins are told (thread_leave) and its pools are emptied.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "server/event/event_loop.h"

namespace keyway {
class Clock;
}

namespace keyway::net {

class IoThread {
 public:
  // `name`: at most 15 characters ("io-1"), shown by ps and gdb.
  IoThread(std::string name, const Clock& clock, event::Engine engine = event::Engine::kEpoll);
  ~IoThread();  // stops and joins
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void Start();  // [main]
  // Ends the loop after the tasks that were posted before. Whatever lives on the loop has to be destroyed there first, by
  // such a task. [any]
  void Stop();
  void Join();  // [main]

  // Runs for as long as the IoThread exists. Its functions are [any] or this thread's, as event_loop.h says; hooks are set
  // before Start.
  event::EventLoop& loop() { return *loop_; }
  const std::string& name() const { return name_; }
  // Processor time that the thread has used. After Start. [any]
  int64_t CpuTimeUs() const;
  bool IsCurrent() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void Main();

  std::string name_;
  std::unique_ptr<event::EventLoop> loop_;
  std::thread thread_;
};

}  // namespace keyway::net
