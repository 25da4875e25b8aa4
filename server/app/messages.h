// What the I/O side and the exec side of a client tell each other.
//
//   I/O → exec:  kOpened, then any number of kBatch, kGrown and kHangup, then kClosed; nothing after that
//   exec → I/O:  kReply for each batch, kPush, kClose, kAbort, kSuspended, kRecheck; kFree last, after kClosed was seen
//
// So both sides know when the other has let go: the exec side answers kClosed by kFree, and the I/O side destroys its half
// then. With one I/O thread the messages are plain calls, otherwise they travel through rings, in order.
//
// A client goes to another thread in three steps: the exec side sends kMove and nothing after it; the thread answers kMoved when it has let
// go of the client, or kStays; after kMoved the exec side sends kArrive to the other thread, and whatever it kept back behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/net/connection.h"

namespace keyway::dispatch {
struct Batch;
}

namespace keyway::app {

class ClientIo;

enum class ToExecKind : uint8_t {
  kOpened,  // payload: OpenedNote*, owned by the receiver
  kBatch,   // payload: dispatch::Batch*
  kHangup,  // the peer is gone while its batch is with the exec side
  kGrown,   // a half-received request takes notably more memory; one of these is under way at most
  kClosed,  // payload: ClosedNote*, owned by the receiver
  kMoved,   // the answer to kMove: the sender will not touch the client again
  kStays,   // the other answer: it is busy, or bound to its thread
};

struct OpenedNote {
  std::unique_ptr<net::ConnectionInfo> info;
  int fd;  // -1: none; for display only
};

struct ClosedNote {
  net::CloseReason reason;
  std::string peer, transport;  // empty once kOpened told them
};

struct ToExec {
  ToExecKind kind;
  ClientIo* io;
  void* payload;
};

enum class ToIoKind : uint8_t {
  kReply,      // payload: the batch, finished, with the replies in it
  kPush,       // payload: OutputBuffer*, owned by the receiver
  kSuspended,  // the batch stays with the exec side for a while: watch the connection for its end
  kClose,      // send what is left, then close
  kAbort,      // close now
  kMove,       // let go of the client, if it is at rest
  kArrive,     // it is this thread's now
  kRecheck,    // payload: RecheckNote*, owned by the receiver
  kFree,       // the exec side has let go
};

struct RecheckNote {
  std::shared_ptr<const net::NewerStacks> newer;
};

struct ToIo {
  ToIoKind kind;
  bool unauthenticated;  // kReply: limits for what is parsed next
  bool close_after;      // kReply, kPush: this is the last thing the client gets
  ClientIo* io;
  void* payload;
};

}  // namespace keyway::app
