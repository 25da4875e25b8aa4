// From the options to a transport stack: which one, with which settings, and what is checked of the peer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "server/client/endpoint.h"
#include "server/net/host.h"

namespace keyway::client {

// The names of stacks to try, in this order; the first whose plug-ins are there is taken.
std::vector<std::string> StackNames(const Endpoint& endpoint);
// Settings as the transports know them, for an encrypted stack. The certificates of the system when no CA is named.
Result<net::Settings> TlsSettingsOf(const TlsOptions& tls);
// redis-cli's policy: the chain is checked, the name only when the user says which.
net::VerifyPolicy VerifyPolicyOf(const TlsOptions& tls);
// "host:port", an IPv6 address in brackets.
std::string JoinHostPort(std::string_view host, int port);
// What net::Dial is to be told: the socket, else host and port.
std::string AddressOf(const Endpoint& endpoint);

// A loaded stack. The registry belongs to it and goes last.
struct Transport {
  std::unique_ptr<net::Registry> registry;
  std::shared_ptr<const net::Stack> stack;
};

// Loads plug-ins and reads the certificates: once a run. [main]
Result<Transport> MakeTransport(const Endpoint& endpoint);

}  // namespace keyway::client
