// Server URIs of -u:
//
//   redis://[[user:]password@][host[:port]][/database]     rediss:// the same over TLS
//   unix://[[user:]password@]/path/of/socket[?db=database]  redis+unix:// is another spelling
//
// User and password may be percent-encoded; an IPv6 address stands in brackets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/error.h"

namespace keyway::client {

struct ServerUri {
  bool tls = false;
  std::string user;
  std::optional<std::string> password;
  std::string host;  // empty: not said
  int port = 0;      // 0: not said
  std::string socket;
  std::optional<int> database;
};

Result<ServerUri> ParseServerUri(std::string_view uri);

}  // namespace keyway::client
