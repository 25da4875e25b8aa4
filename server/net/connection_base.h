// What plain and filter connections share: the states, the unsent bytes, the callbacks and everything that must wait for
// the loop because a callback may not come from within a call.
//
//   opening ──Opened──► open ──Close──► closing ──all sent, or the deadline──► closed
//      └───────────────────┴──Finish (error, Abort)─────────────────────────────►┘
//
// Invariants: `stream_` is null before a dial has connected and in `closed`. While `blocked_` nothing is written before the
// stream reports writable (or a deferred turn goes on). OnClosed comes once, from a deferred turn.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/event/event_loop.h"
#include "server/net/byte_stream.h"
#include "server/net/connection.h"

namespace keyway::net {

// How long unsent bytes of a connection under Close may take, and how long a connection whose peer takes no more bytes waits
// for its owner to read what came before.
inline constexpr int64_t kCloseDeadlineUs = 5'000'000;
// A connection that is sent a lot lets the others have a turn after this much.
inline constexpr size_t kMaxSendPerTurn = 1024 * 1024;

class Dialer;

class ConnectionBase : public Connection, protected ByteStream::Owner {
 public:
  ConnectionBase(event::EventLoop& loop, ConnectionHandler& handler, ConnectionInfo info);
  ~ConnectionBase() override;

  // The stream of an accepted connection, or of a dial that has connected. Opening goes on from here; callbacks come from
  // the loop. `timeout_us` bounds it; negative: an earlier SetOpeningDeadline does.
  void Begin(std::unique_ptr<ByteStream> stream, int64_t timeout_us);
  void SetOpeningDeadline(int64_t timeout_us);  // negative: none
  // The dialer that will call one of these two.
  void SetDialer(std::unique_ptr<Dialer> dialer);
  void BeginDialled(std::unique_ptr<ByteStream> stream, std::string peer);
  // Ends an opening that failed; what stands in front of it (an alert) is sent first. Also for the dialer.
  void FailOpening(CloseCause cause, std::string detail);

  void set_handler(ConnectionHandler* handler) override { handler_ = handler; }
  const ConnectionInfo& info() const override;
  std::unique_ptr<ConnectionInfo> TakeInfo() override { return std::move(info_); }
  int fd() const override { return stream_ ? stream_->fd() : -1; }
  event::EventLoop& loop() override { return *loop_; }
  const CloseReason& close_reason() const override { return reason_; }
  void Send(OutputBuffer& output) override;
  size_t unsent_bytes() const override { return unsent_.size(); }
  void Close() override;
  void Abort() override { Finish(CloseCause::kLocal, ""); }
  void SetKeepAlive(int seconds) override;
  bool Leave() override;
  void Join(event::EventLoop& loop) override;

 protected:
  enum class State : uint8_t { kOpening, kOpen, kClosing, kClosed };
  enum class WriteOutcome : uint8_t {
    kDone,     // nothing is left
    kBlocked,  // the stream is full
    kMore,     // enough for this turn
    kBroken,   // the peer takes no more; stream_->error_text()
  };

  // Stands on the stack around a callback and knows afterwards whether the connection still exists.
  class Lifeline {
   public:
    explicit Lifeline(ConnectionBase& connection) : connection_(&connection), outer_(connection.lifelines_) {
// The destructor takes the address back; GCC 12 does not look that far.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"
#endif
      connection.lifelines_ = this;
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    }
    ~Lifeline() {
      if (connection_ != nullptr) connection_->lifelines_ = outer_;
    }
    bool gone() const { return connection_ == nullptr; }

   private:
    friend class ConnectionBase;
    ConnectionBase* connection_;
    Lifeline* outer_;
  };

  // -- what the kinds do --
  // The stream is established; goes on to Opened or FailOpening. May call back (it is called from the loop).
  virtual void StartOpening() = 0;
  virtual void OnOpeningEvents(uint32_t events) = 0;
  // Writes as much of `output` as goes, and what the kind has of its own before it.
  virtual WriteOutcome WriteOut(OutputBuffer& output) = 0;
  // Whether WriteOut would have anything to do although the plaintext is all gone.
  virtual bool HasOwnOutput() const { return false; }
  // The last thing to be sent, once, when all else is written.
  virtual void SayGoodbye() {}
  // The connection is over: lets go of what needs the stream.
  virtual void OnFinished() {}
  // Whether the kind is at rest, so that it may go to another loop; and what it does once it has left (null) or is there.
  virtual bool MayLeave() const { return true; }
  virtual void OnLoopChanged(event::EventLoop* /*loop*/) {}

  // Why an opening that takes too long ends.
  virtual CloseCause OpeningTimeout() const {
    return stream_ ? CloseCause::kHandshakeTimeout : CloseCause::kDialFailed;
  }

  // -- for the kinds --
  // Receive and WriteOut for plaintext as it lies on the stream.
  ReceiveStatus ReceivePlain(ReceiveBuffer& into);
  WriteOutcome WritePlain(OutputBuffer& output);
  void Opened();  // calls back
  void Finish(CloseCause cause, std::string detail);
  // What Receive answers from now on. The first reason stays.
  ReceiveStatus SetEnd(ReceiveStatus status, CloseCause cause, std::string detail);
  void SetReason(CloseCause cause, std::string detail);
  // After something was put into the kind's own output, or the way became free.
  void ContinueWriting();
  void Broken();
  void DeferReadable() { Defer(kDeferReadable); }
  void DeferProceed() { Defer(kDeferProceed); }

  event::EventLoop* loop_;  // null between Leave and Join
  ConnectionHandler* handler_;
  std::unique_ptr<ByteStream> stream_;
  OutputBuffer unsent_;
  std::unique_ptr<ConnectionInfo> info_;  // until it is taken, not before the connection is open
  CloseReason reason_;
  std::optional<ReceiveStatus> end_;
  State state_ = State::kOpening;
  bool blocked_ = false;
  bool send_broken_ = false;

 private:
  enum Deferred : uint8_t {
    kDeferProceed = 1,  // establish the stream, then StartOpening
    kDeferWritable = 2,
    kDeferReadable = 4,
    kDeferHangup = 8,
    kDeferClosed = 16,
  };

  void OnStreamEvents(uint32_t events) override;
  void Defer(uint8_t what);
  void RunDeferred();
  void Proceed();
  void OnWritable();
  void TellDrained();
  void TellHangup();
  void AwaitEnd();
  void ContinueClosing();
  void ArmDeadline(int64_t delay_us);
  void OnDeadline();

  std::unique_ptr<Dialer> dialer_;  // until it has a stream
  Lifeline* lifelines_ = nullptr;
  event::TimerId deferred_timer_ = 0;
  event::TimerId deadline_ = 0;
  uint8_t deferred_ = 0;
  bool established_ = false;
  bool reason_set_ = false;
  bool hangup_told_ = false;
  bool drain_awaited_ = false;  // Send could not send all: OnDrained is due
  bool goodbye_said_ = false;
};

}  // namespace keyway::net
