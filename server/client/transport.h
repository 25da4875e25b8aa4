// From the options to a transport stack: which one, with which settings, and what is checked of the peer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "server/cli/options.h"
#include "server/net/host.h"

namespace keyway::cli {

// The names of stacks to try, in this order; the first whose plug-ins are there is taken.
std::vector<std::string> StackNames(const CliOptions& options);
// Settings as the transports know them, for an encrypted stack. The certificates of the system when no CA is named.
Result<net::Settings> TlsSettingsOf(const TlsOptions& tls);
// redis-cli's policy: the chain is checked, the name only when the user says which.
net::VerifyPolicy VerifyPolicyOf(const TlsOptions& tls);
// "host:port", an IPv6 address in brackets.
std::string JoinHostPort(std::string_view host, int port);

// A loaded stack. The registry belongs to it and goes last.
struct Transport {
  std::unique_ptr<net::Registry> registry;
  std::shared_ptr<const net::Stack> stack;
};

// Loads plug-ins and reads the certificates: once a run. [main]
Result<Transport> MakeTransport(const CliOptions& options);

}  // namespace keyway::cli
