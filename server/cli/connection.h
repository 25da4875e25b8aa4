// The names of the client library that the whole tool uses.
#pragma once

#include "server/client/connection.h"

namespace keyway::cli {

using client::AppendCommand;
using client::Arguments;
using client::Connection;

}  // namespace keyway::cli
