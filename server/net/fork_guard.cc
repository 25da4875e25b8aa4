#include "server/net/fork_guard.h"

#include <pthread.h>

#include <atomic>
#include <mutex>

namespace keyway::net {
namespace {

// Process-wide because a fork is: the handler has no argument through which it could find an object.
std::atomic<bool> forked_child{false};
std::once_flag installed;

}  // namespace

void InstallForkGuard() {
  std::call_once(installed,
                 [] { pthread_atfork(nullptr, nullptr, [] { forked_child.store(true, std::memory_order_relaxed); }); });
}

bool InForkedChild() { return forked_child.load(std::memory_order_relaxed); }

}  // namespace keyway::net
