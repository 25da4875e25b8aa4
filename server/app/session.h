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

struct Session;

// What ClientMemory knows of a session.
struct SessionMemory {
  size_t bytes = 0, output_bytes = 0;
  command::ClientClass kind = command::ClientClass::kNormal;
  int list = -1;  // of those that may be closed; -1: none
  Session* previous = nullptr;
  Session* next = nullptr;
};

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
  SessionMemory memory;
};

}  // namespace keyway::app
