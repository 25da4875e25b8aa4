#include "server/net/io_thread.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <utility>

#include "server/base/check.h"
#include "server/base/chunk_pool.h"
#include "server/base/memory.h"
#include "server/net/generation.h"

namespace keyway::net {

IoThread::IoThread(std::string name, const Clock& clock, event::Engine engine)
    : name_(std::move(name)), loop_(event::EventLoop::Create(clock, engine)) {
  KW_DCHECK(name_.size() <= 15);
}

IoThread::~IoThread() {
  Stop();
  Join();
}

void IoThread::Start() {
  KW_DCHECK(!thread_.joinable());
  // Signals are the main thread's: the new one inherits a full mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { Main(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void IoThread::Stop() {
  loop_->Post([loop = loop_.get()] { loop->Stop(); });
}

void IoThread::Join() {
  if (thread_.joinable()) thread_.join();
}

int64_t IoThread::CpuTimeUs() const {
  clockid_t clock;
  timespec used{};
  if (pthread_getcpuclockid(const_cast<std::thread&>(thread_).native_handle(), &clock) != 0) return 0;
  if (clock_gettime(clock, &used) != 0) return 0;
  return int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000;
}

void IoThread::Main() {
  const CountedThread counted;
  pthread_setname_np(pthread_self(), name_.c_str());
  loop_->Run();
  LeaveAllGenerations();
  DrainChunkPool();
}

}  // namespace keyway::net
