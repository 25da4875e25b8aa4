#include "server/command/client.h"

#include <utility>

#include "server/command/pubsub.h"
#include "server/command/transaction.h"

namespace keyway::command {

Client::Client() = default;
Client::~Client() = default;

OutputBuffer& Client::push_output() {
  if (!Has(kClientRunning)) return output;
  flags |= kClientPushesWait;
  if (!waiting_pushes) waiting_pushes = std::make_unique<OutputBuffer>();
  return *waiting_pushes;
}

void Client::ReleasePushes() {
  flags &= ~kClientPushesWait;
  output.Splice(std::move(*std::exchange(waiting_pushes, nullptr)));
}

}  // namespace keyway::command
