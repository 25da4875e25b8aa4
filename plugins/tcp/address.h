// Addresses of the tcp transport: text ⇄ kw_address, whose data is a sockaddr_in or sockaddr_in6.
#pragma once

#include <sys/socket.h>

#include <string>

#include "keyway/transport.h"

namespace keyway::tcp {

// "host:port", "[v6]:port", and for listening "*:port" and "[::*]:port" for every address of a family.
struct Endpoint {
  std::string host;
  std::string port;
};
int32_t SplitEndpoint(const char* text, Endpoint* out, kw_error* err);

// Looks the name up and emits each address once. Blocks.
int32_t Resolve(const Endpoint& endpoint, uint32_t purpose, kw_emit_address emit, void* arg, kw_error* err);

// Fills in `out` (whose size the caller set) from a socket address of either family.
void Describe(const sockaddr_storage& sa, socklen_t len, kw_address* out);

// The socket address inside. False when the structure does not hold one.
bool ToSockaddr(const kw_address* address, sockaddr_storage* out, socklen_t* len);

}  // namespace keyway::tcp
