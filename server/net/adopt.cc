// From an accepted socket to a connection on a loop.
#include <utility>

#include "server/base/check.h"
#include "server/base/log.h"
#include "server/net/abi_error.h"
#include "server/net/accepted_socket.h"
#include "server/net/filter_connection.h"
#include "server/net/plain_connection.h"

namespace keyway::net {

ConnectionInfo InfoOf(const Stack& stack, std::string peer, bool peer_is_local) {
  ConnectionInfo info;
  info.transport = stack.name();
  info.peer = std::move(peer);
  info.peer_is_local = peer_is_local;
  info.encrypted = stack.encrypted();
  return info;
}

void ConfigureFd(const Stack& stack, int fd, uint32_t purpose) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  int32_t result = stack.carrier().fd_configure(stack.carrier_context().get(), fd, purpose, &error);
  if (result != KW_OK) LogVerbose("Setting up a {} connection: {}", stack.name(), ErrorText(result, error));
}

std::unique_ptr<ConnectionBase> MakeConnection(StackUse use, event::EventLoop& loop, ConnectionHandler& handler,
                                               ConnectionInfo info, std::unique_ptr<VerifyPolicy> verify) {
  if (use->has_filter()) {
    return std::make_unique<FilterConnection>(std::move(use), loop, handler, std::move(info), std::move(verify));
  }
  return std::make_unique<PlainConnection>(std::move(use), loop, handler, std::move(info));
}

std::unique_ptr<Connection> Adopt(std::unique_ptr<AcceptedSocket> socket, event::EventLoop& loop,
                                  ConnectionHandler& handler, int64_t handshake_timeout_ms,
                                  int64_t silence_timeout_ms) {
  auto& accepted = static_cast<AcceptedConnection&>(*socket);
  KW_DCHECK(accepted.bound_loop() == nullptr || accepted.bound_loop() == &loop);
  StackUse use(accepted.stack());
  auto info = InfoOf(*use, accepted.peer(), accepted.peer_is_local());
  auto stream = accepted.TakeStream();
  if (stream->fd() >= 0) ConfigureFd(*use, stream->fd(), KW_FOR_LISTEN);
  const int64_t own_ms = use->rules().handshake_timeout_ms;
  if (own_ms >= 0) handshake_timeout_ms = own_ms > 0 ? own_ms : -1;
  if (use->plain() != nullptr) {
    auto connection = std::make_unique<FilterConnection>(std::move(use), loop, handler, std::move(info), nullptr);
    connection->ExpectPlaintext(handshake_timeout_ms * 1000);
    connection->Begin(std::move(stream), silence_timeout_ms * 1000);
    return connection;
  }
  auto connection = MakeConnection(std::move(use), loop, handler, std::move(info), nullptr);
  connection->Begin(std::move(stream), handshake_timeout_ms * 1000);
  return connection;
}

}  // namespace keyway::net
