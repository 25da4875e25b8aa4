// The exec side of one connected client.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/command/client.h"

namespace keyway::dispatch {
struct Batch;
}

namespace keyway::app {

class ClientIo;

// [exec], but for `io`, whose address is fixed.
struct Session {
  command::Client client;
  ClientIo* io = nullptr;
  dispatch::Batch* batch = nullptr;  // under way, if any
  bool listed = false;               // in the directory
  bool suspended = false;            // the batch waits: CLIENT PAUSE, or a blocking command
  bool io_closed = false;            // kClosed has come
  bool in_ready = false;
  std::string_view refusal;     // static text, said instead of serving once the connection is open
  Session* previous = nullptr;  // the directory's list, in order of id
  Session* next = nullptr;
};

}  // namespace keyway::app
