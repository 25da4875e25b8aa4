// Ctrl-C. At a prompt it is blocked for all threads and read from a descriptor, so that it ends a wait and not the process;
// the line editor lets it through while a line is typed. Reports that run for long take it as "show what you have".
#pragma once

#include "server/base/unique_fd.h"
#include "server/cli/connection.h"
#include "server/event/event_loop.h"

namespace keyway::cli {

// Blocks or lets through SIGINT in this thread and those it starts from now on.
void BlockInterrupts(bool blocked);

// While it lives, Ctrl-C stops waits of the connection. Interrupts must be blocked. Borrows the connection.
class InterruptWatch final : private event::FdHandler {
 public:
  explicit InterruptWatch(Connection& connection);
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;

 private:
  void OnFdEvents(uint32_t events) override;

  Connection& connection_;
  UniqueFd fd_;
};

// From now on Ctrl-C only sets a flag.
void CatchInterrupts();
bool Interrupted();

}  // namespace keyway::cli
