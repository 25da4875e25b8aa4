#include "server/net/connection_base.h"

#include <utility>

#include "server/base/check.h"
#include "server/net/dialer.h"

namespace keyway::net {

ConnectionBase::ConnectionBase(event::EventLoop& loop, ConnectionHandler& handler, ConnectionInfo info)
    : loop_(&loop), handler_(&handler), info_(std::make_unique<ConnectionInfo>(std::move(info))) {}

const ConnectionInfo& ConnectionBase::info() const {
  static const ConnectionInfo kTaken;
  return info_ ? *info_ : kTaken;
}

ConnectionBase::~ConnectionBase() {
  if (deferred_timer_ != 0) loop_->Cancel(deferred_timer_);
  if (deadline_ != 0) loop_->Cancel(deadline_);
  for (Lifeline* line = lifelines_; line != nullptr; line = line->outer_) line->connection_ = nullptr;
}

// ---- opening ----

void ConnectionBase::Begin(std::unique_ptr<ByteStream> stream, int64_t timeout_us) {
  stream_ = std::move(stream);
  if (timeout_us >= 0) SetOpeningDeadline(timeout_us);
  if (!stream_->Start(*loop_, this)) {
    Finish(CloseCause::kReset, "the event loop cannot watch the connection");
    return;
  }
  Defer(kDeferProceed);
}

void ConnectionBase::SetDialer(std::unique_ptr<Dialer> dialer) { dialer_ = std::move(dialer); }

void ConnectionBase::BeginDialled(std::unique_ptr<ByteStream> stream, std::string peer) {
  auto done = std::move(dialer_);
  if (!peer.empty()) info_->peer = std::move(peer);
  info_->peer_is_local = stream->PeerIsLocal();
  Begin(std::move(stream), -1);
}

void ConnectionBase::SetOpeningDeadline(int64_t timeout_us) { ArmDeadline(timeout_us); }

void ConnectionBase::Proceed() {
  if (!established_) {
    IoResult result = stream_->Establish();
    if (result.status == IoStatus::kAgain) return;
    if (result.status != IoStatus::kOk) {
      std::string text = stream_->error_text();
      FailOpening(CloseCause::kDialFailed, text.empty() ? "the peer closed the connection" : std::move(text));
      return;
    }
    established_ = true;
    if (info_->local.empty()) info_->local = stream_->Describe(KW_END_LOCAL);
  }
  StartOpening();
}

void ConnectionBase::Opened() {
  state_ = State::kOpen;
  if (deadline_ != 0) loop_->Cancel(std::exchange(deadline_, 0));
  if (send_broken_) AwaitEnd();
  Lifeline life(*this);
  handler_->OnOpen(*this);
  if (life.gone() || state_ != State::kOpen) return;
  // What the handler gave before the connection was open.
  if (unsent_.empty() || blocked_) return;
  ContinueWriting();
  if (!blocked_ && !send_broken_) TellDrained();
}

void ConnectionBase::FailOpening(CloseCause cause, std::string detail) {
  SetReason(cause, std::move(detail));
  if (state_ != State::kOpening) return;
  state_ = State::kClosing;
  goodbye_said_ = true;  // none: the alert says it all
  unsent_.Clear();
  if (stream_ == nullptr || !established_ || send_broken_ || !HasOwnOutput()) {
    Finish(cause, "");
    return;
  }
  ArmDeadline(kCloseDeadlineUs);
  ContinueClosing();
}

// ---- events ----

void ConnectionBase::OnStreamEvents(uint32_t events) {
  Lifeline life(*this);
  if (stream_->write_failed() && !send_broken_ && state_ != State::kClosing) Broken();
  if (state_ == State::kOpening) {
    if (!established_ || (deferred_ & kDeferProceed)) {
      deferred_ &= static_cast<uint8_t>(~kDeferProceed);
      Proceed();
      if (life.gone()) return;
    }
    if (state_ == State::kOpening) {
      if (established_) OnOpeningEvents(events);
      return;
    }
  }
  if (events & event::kWritable) {
    OnWritable();
    if (life.gone()) return;
  }
  if (state_ != State::kOpen) return;
  if ((events & event::kReadable) && !end_) {
    handler_->OnReadable(*this);
    if (life.gone()) return;
  }
  if (events & event::kHangup) TellHangup();
}

void ConnectionBase::Defer(uint8_t what) {
  deferred_ |= what;
  if (deferred_timer_ == 0) deferred_timer_ = loop_->After(0, [this] { RunDeferred(); });
}

void ConnectionBase::RunDeferred() {
  deferred_timer_ = 0;
  uint8_t what = std::exchange(deferred_, 0);
  Lifeline life(*this);
  if ((what & kDeferProceed) && state_ == State::kOpening) {
    Proceed();
    if (life.gone()) return;
  }
  if (what & kDeferWritable) {
    OnWritable();
    if (life.gone()) return;
  }
  if ((what & kDeferReadable) && state_ == State::kOpen && !end_) {
    handler_->OnReadable(*this);
    if (life.gone()) return;
  }
  if (what & kDeferHangup) {
    TellHangup();
    if (life.gone()) return;
  }
  if (what & kDeferClosed) handler_->OnClosed(*this, reason_);
}

void ConnectionBase::TellHangup() {
  if (state_ != State::kOpen || end_ || hangup_told_) return;
  hangup_told_ = true;
  handler_->OnHangup(*this);
}

// ---- sending ----

void ConnectionBase::Send(OutputBuffer& output) {
  if (output.empty()) return;
  if (send_broken_ || state_ == State::kClosing || state_ == State::kClosed) {
    output.Clear();
    return;
  }
  if (state_ == State::kOpening || blocked_) {
    unsent_.Splice(std::move(output));
    drain_awaited_ = true;
    return;
  }
  KW_DCHECK(unsent_.empty());
  WriteOutcome outcome = WriteOut(output);
  if (outcome == WriteOutcome::kDone) return;
  if (outcome == WriteOutcome::kBroken) {
    output.Clear();
    Broken();
    return;
  }
  unsent_ = std::move(output);
  blocked_ = true;
  drain_awaited_ = true;
  if (outcome == WriteOutcome::kMore) Defer(kDeferWritable);
}

// May be called with or without `blocked_`.
void ConnectionBase::ContinueWriting() {
  if (send_broken_ || stream_ == nullptr) return;
  switch (WriteOut(unsent_)) {
    case WriteOutcome::kDone:
      blocked_ = false;
      return;
    case WriteOutcome::kBlocked:
      blocked_ = true;
      return;
    case WriteOutcome::kMore:
      blocked_ = true;
      Defer(kDeferWritable);
      return;
    case WriteOutcome::kBroken:
      Broken();
      return;
  }
}

void ConnectionBase::OnWritable() {
  if (state_ == State::kClosing) {
    ContinueClosing();
    return;
  }
  if (!blocked_ || state_ != State::kOpen) return;
  ContinueWriting();
  if (!blocked_ && !send_broken_) TellDrained();
}

void ConnectionBase::TellDrained() {
  if (!std::exchange(drain_awaited_, false) || state_ != State::kOpen) return;
  handler_->OnDrained(*this);
}

void ConnectionBase::Broken() {
  SetReason(CloseCause::kReset, stream_->error_text());
  send_broken_ = true;
  blocked_ = false;
  unsent_.Clear();
  if (state_ == State::kOpening) return;  // what was received may complete it yet, and the deadline stands
  if (state_ != State::kOpen) {
    Finish(CloseCause::kReset, "");
    return;
  }
  AwaitEnd();
  if (end_) Finish(CloseCause::kReset, "");
}

// What was received before is still to be read, and then its end; whoever does not read hears of the hangup.
void ConnectionBase::AwaitEnd() {
  ArmDeadline(kCloseDeadlineUs);
  Defer(kDeferReadable | kDeferHangup);
}

// ---- moving ----

bool ConnectionBase::Leave() {
  if (state_ != State::kOpen || end_ || blocked_ || send_broken_ || deferred_timer_ != 0 || deadline_ != 0)
    return false;
  KW_DCHECK(lifelines_ == nullptr);
  if (!unsent_.empty() || HasOwnOutput() || !MayLeave() || !stream_->Leave()) return false;
  OnLoopChanged(nullptr);
  loop_ = nullptr;
  return true;
}

void ConnectionBase::Join(event::EventLoop& loop) {
  loop_ = &loop;
  OnLoopChanged(&loop);
  if (!stream_->Start(loop, this)) return Finish(CloseCause::kReset, "the event loop cannot watch the connection");
  // What was received before is known to nobody here.
  DeferReadable();
}

// ---- the end ----

ReceiveStatus ConnectionBase::SetEnd(ReceiveStatus status, CloseCause cause, std::string detail) {
  end_ = status;
  SetReason(cause, std::move(detail));
  if (send_broken_) Finish(cause, "");
  return status;
}

void ConnectionBase::SetReason(CloseCause cause, std::string detail) {
  if (reason_set_) return;
  reason_set_ = true;
  reason_ = {cause, std::move(detail)};
}

void ConnectionBase::Close() {
  if (state_ == State::kClosing || state_ == State::kClosed) return;
  SetReason(CloseCause::kLocal, "");
  if (state_ == State::kOpening || send_broken_) {
    Finish(CloseCause::kLocal, "");
    return;
  }
  state_ = State::kClosing;
  ArmDeadline(kCloseDeadlineUs);
  ContinueClosing();
}

void ConnectionBase::ContinueClosing() {
  if (!unsent_.empty() || HasOwnOutput()) ContinueWriting();
  if (state_ != State::kClosing || blocked_) return;
  if (!std::exchange(goodbye_said_, true)) {
    SayGoodbye();
    if (HasOwnOutput()) ContinueWriting();
    if (state_ != State::kClosing || blocked_) return;
  }
  if (stream_->Shutdown().status == IoStatus::kAgain) return;
  Finish(reason_.cause, "");
}

void ConnectionBase::Finish(CloseCause cause, std::string detail) {
  if (state_ == State::kClosed) return;
  SetReason(cause, std::move(detail));
  state_ = State::kClosed;
  if (deadline_ != 0) loop_->Cancel(std::exchange(deadline_, 0));
  if (!end_) end_ = ReceiveStatus::kError;
  blocked_ = false;
  unsent_.Clear();
  OnFinished();
  dialer_.reset();
  stream_.reset();
  deferred_ = 0;
  Defer(kDeferClosed);
}

void ConnectionBase::ArmDeadline(int64_t delay_us) {
  if (deadline_ != 0) loop_->Cancel(std::exchange(deadline_, 0));
  if (delay_us < 0) return;
  deadline_ = loop_->After(delay_us, [this] {
    deadline_ = 0;
    OnDeadline();
  });
}

void ConnectionBase::OnDeadline() {
  if (state_ == State::kOpening) {
    FailOpening(OpeningTimeout(), "timed out");
    return;
  }
  Finish(reason_.cause, "");
}

void ConnectionBase::SetKeepAlive(int seconds) {
  if (stream_) stream_->SetKeepAlive(seconds);
}

}  // namespace keyway::net
