// What is asked of a server before the load, over a connection of its own that blocks.
#pragma once

#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/benchmark/options.h"
#include "server/client/connection.h"
#include "server/client/transport.h"

namespace keyway::benchmark {

inline constexpr int64_t kConnectTimeoutMs = 30'000;

struct ServerConfig {
  bool known = false;
  std::string save, appendonly;
};

// How Error::code() of the functions below tells what went wrong.
enum InfoError : int {
  kUnreachable = 1,  // no connection, or it broke
  kRefused = 2,      // AUTH failed, or the server wants one
  kErrorReply = 3,   // another error reply
};

// Logs in where a password is given, and answers the text of the command's reply. The error names the server. [any]
Result<std::string> AskServer(const Options& options, const client::Transport& transport, const std::string& address,
                              const client::Arguments& command);
Result<ServerConfig> FetchServerConfig(const Options& options, const client::Transport& transport,
                                       const std::string& address);

// The AUTH command of the options; empty without a password.
client::Arguments LoginOf(const Options& options);
// How the transport is to dial.
net::DialOptions DialOptionsOf(const Options& options);

}  // namespace keyway::benchmark
