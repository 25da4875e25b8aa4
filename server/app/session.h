// The exec side of one connected client.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "server/app/messages.h"
#include "server/command/client.h"

namespace keyway::dispatch {
struct Batch;
}

namespace keyway::app {

class ClientIo;
class IoUnit;

struct Session;

// What ClientMemory knows of a session.
struct SessionMemory {
  size_t bytes = 0, output_bytes = 0;
  command::ClientClass kind = command::ClientClass::kNormal;
  int list = -1;  // of those that may be closed; -1: none
  Session* previous = nullptr;
  Session* next = nullptr;
};

// A client that is to go to another unit.
struct SessionMove {
  IoUnit* to;
  int refusals = 0;        // kStays since that was decided
  bool under_way = false;  // kMove was sent and is not answered
  std::vector<ToIo> kept;  // meanwhile: what is sent once it is known where to
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
  bool opened = false;          // kOpened has come
  std::string_view refusal;     // static text, said instead of serving once the connection is open
  Session* previous = nullptr;  // the directory's list, in order of id
  Session* next = nullptr;
  SessionMemory memory;
  std::unique_ptr<SessionMove> move;

  bool moving() const { return move != nullptr && move->under_way; }
};

// Every idle client has one: the next size classes of the allocator are a fifth larger.
static_assert(sizeof(Session) <= 512);

}  // namespace keyway::app
