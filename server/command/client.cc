#include "server/command/client.h"

#include <utility>

#include "server/command/pubsub.h"
#include "server/command/transaction.h"

namespace keyway::command {

Client::Client() = default;
Client::~Client() = default;

const ClientLabels& Client::labels() const {
  static const ClientLabels kNone;
  return labels_if_any != nullptr ? *labels_if_any : kNone;
}

ClientLabels& Client::SetLabels() {
  if (labels_if_any == nullptr) labels_if_any = std::make_unique<ClientLabels>();
  return *labels_if_any;
}

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
