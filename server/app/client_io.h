// The I/O side of one client: reads its connection, parses whole pipelines into batches, sends what comes back.
//
// While a batch is with the exec side nothing more is read; the kernel's socket buffer is the queue. A suspended batch (CLIENT PAUSE, a
// blocking command) is the exception: then the connection is read ahead, unparsed and bounded, to notice its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "server/app/messages.h"
#include "server/base/receive_buffer.h"
#include "server/net/connection.h"
#include "server/resp/request_parser.h"

namespace keyway::net {
class AcceptedSocket;
}

namespace keyway::app {

class IoUnit;
struct Session;

class ClientIo final : public net::ConnectionHandler {
 public:
  // [exec]; `session` is the other half, `unauthenticated` sets the limits of the first requests.
  ClientIo(IoUnit& unit, Session* session, bool unauthenticated);
  ~ClientIo() override;

  // Takes the connection onto the unit's loop. [io]
  void Start(std::unique_ptr<net::AcceptedSocket> socket);
  void OnMessage(const ToIo& message);  // [io]
  // Called in intervals while the client is warm: a connection that did nothing since the last call gives back what an idle
  // one does not need, and true is returned. [io]
  bool CoolDown();
  // Where it stands in the unit's list of warm clients; the unit's. [io]
  std::optional<uint32_t>& warm_place() { return warm_place_; }

  Session* session() const { return session_; }  // [exec]
  IoUnit& unit() { return *unit_; }              // [exec], and [io] while it is the unit's
  // After kMoved, before kArrive. [exec]
  void set_unit(IoUnit& unit);
  // After kMove, once a turn and outside of callbacks until true: then kMoved or kStays is sent, and after kMoved the client is not the
  // caller's any more. [io]
  bool TryMove();
  // What the connection has and what pushes are on their way to it. [any]
  size_t unsent_bytes() const {
    return unsent_.load(std::memory_order_relaxed) + pushed_.load(std::memory_order_relaxed);
  }
  void NotePushed(size_t bytes) { pushed_.fetch_add(bytes, std::memory_order_relaxed); }  // [exec], before the kPush
  size_t unparsed_bytes() const { return unparsed_.load(std::memory_order_relaxed); }     // [any]
  // The rest of their buffer. [any]
  size_t unparsed_room() const { return unparsed_room_.load(std::memory_order_relaxed); }
  // kGrown was heard of and may be sent again. [exec]
  void ExpectGrowth() { growth_told_.store(false); }
  size_t connection_memory() const { return connection_memory_.load(std::memory_order_relaxed); }  // [any]

 private:
  void OnOpen(net::Connection& connection) override;
  void OnReadable(net::Connection& connection) override;
  void OnHangup(net::Connection& connection) override;
  void OnDrained(net::Connection& connection) override;
  void OnClosed(net::Connection& connection, const net::CloseReason& reason) override;

  void MarkUsed();
  void Pump();
  void ReadAhead();
  bool SubmitParsed();
  void SubmitEnd();
  void Submit(dispatch::Batch* batch);
  void FinishReply(const ToIo& message);
  void Send(OutputBuffer& output, bool close_after);
  void PublishSizes();
  void PublishConnectionMemory(const net::Connection& connection);
  void TellGrowth();

  IoUnit* unit_;
  Session* const session_;
  std::unique_ptr<net::Connection> connection_;
  ReceiveBuffer received_;
  resp::RequestParser parser_;
  size_t received_since_batch_ = 0;
  bool in_flight_ = false;  // a batch is with the exec side
  bool suspended_ = false;  // and stays there
  bool ended_ = false;      // the stream is over; told to the exec side
  bool closing_ = false;    // nothing is read any more
  bool closed_ = false;     // kClosed was sent
  bool used_ = false;       // since the last CoolDown
  bool moving_ = false;     // kMove came and is not answered
  uint8_t move_attempts_ = 0;
  bool unauthenticated_;
  std::atomic<bool> growth_told_{false};  // by kGrown, which the exec side has not seen yet
  std::optional<uint32_t> warm_place_;
  std::atomic<size_t> unsent_{0};
  std::atomic<size_t> pushed_{0};
  std::atomic<size_t> unparsed_{0};
  std::atomic<size_t> unparsed_room_{0};
  std::atomic<size_t> connection_memory_{0};
  size_t told_bytes_ = 0;  // of input, when kGrown was sent last
};

}  // namespace keyway::app
