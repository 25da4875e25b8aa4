#include "server/cli/interrupt.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace keyway::cli {
namespace {

// A signal handler reaches nothing but a global.
volatile sig_atomic_t interrupted = 0;

sigset_t InterruptSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockInterrupts(bool blocked) {
  sigset_t set = InterruptSet();
  pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
}

InterruptWatch::InterruptWatch(Connection& connection) : connection_(connection) {
  sigset_t set = InterruptSet();
  fd_.Reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (fd_.valid() && !connection_.loop().Add(fd_.get(), event::kReadable, this)) fd_.Reset();
}

InterruptWatch::~InterruptWatch() {
  if (fd_.valid()) connection_.loop().Remove(fd_.get());
}

void InterruptWatch::OnFdEvents(uint32_t /*events*/) {
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof info) > 0) connection_.Stop();
}

void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
}

bool Interrupted() { return interrupted != 0; }

}  // namespace keyway::cli
