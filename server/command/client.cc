#include "server/command/client.h"

#include "server/command/transaction.h"

namespace keyway::command {

Client::Client() = default;
Client::~Client() = default;

}  // namespace keyway::command
