#include "server/net/filter_connection.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "server/net/abi_error.h"
#include "server/net/loop_state.h"

namespace keyway::net {
namespace {

constexpr size_t kDefaultHelloBytes = 16 * 1024;
// Beyond the room for plaintext: what the records of it may have more, so that a full read does not leave a stub behind.
constexpr size_t kRecordOverhead = 512;
constexpr size_t kMinReceive = 4096;
// Plaintext is turned into ciphertext up to here: three full TLS records. It stays below the high mark, so that a peer that
// writes a lot before it reads anything does not stop the reads, and with them itself; what is more waits as plaintext.
constexpr size_t kTxAim = 48 * 1024;
static_assert(kTxAim < KW_TX_HIGH && kTxAim <= KW_WRITEV_MAX);
// Rounds of receive and read without plaintext before others have their turn (records that carry none).
constexpr int kMaxEmptyRounds = 16;
constexpr std::string_view kPeerClosedReason = "peer_closed";

int64_t ThreadCpuUs() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000;
}

}  // namespace

FilterConnection::FilterConnection(StackUse use, event::EventLoop& loop, ConnectionHandler& handler,
                                   ConnectionInfo info, std::unique_ptr<VerifyPolicy> verify)
    : ConnectionBase(loop, handler, std::move(info)),
      use_(std::move(use)),
      verify_(std::move(verify)),
      session_(*use_) {
  BindLoop(&loop);
  SetLogName(info_->peer);
}

FilterConnection::~FilterConnection() {
  session_.Close();
  stream_.reset();
}

void FilterConnection::OnFinished() {
  LeaveHandshakeQueue();
  if (phase_ != Phase::kDone) reason_.handshake_cpu_us = handshake_cpu_us_;
  session_.Close();
}

// ---- opening ----

void FilterConnection::StartOpening() {
  if (verify_ != nullptr || use_->filter_extensions().hello == nullptr) {
    phase_ = Phase::kHandshake;
    AskForStep(0);
    return;
  }
  if (stream_->may_read()) ReadHello(0);
}

void FilterConnection::OnOpeningEvents(uint32_t events) {
  if ((events & event::kWritable) && blocked_) ContinueWriting();
  if (state_ != State::kOpening) return;
  if (phase_ == Phase::kHello) {
    ReadHello(events);
  } else {
    AskForStep(events);
  }
}

void FilterConnection::AskForStep(uint32_t events) {
  // Nothing comes of a handshake whose peer sends no more after its hello, and there may be many of them in a storm.
  if ((events & event::kHangup) && hello_is_tls_ && !session_.is_open()) {
    FailOpening(CloseCause::kHandshakeDropped, "the peer went away before its handshake began");
    return;
  }
  LoopState::Of(*loop_).handshakes.Ask(*this);
}

void FilterConnection::DropHandshake() {
  FailOpening(CloseCause::kHandshakeDropped, "too many connections wait for their handshake");
}

// Who has said nothing on a port for plaintext, too, is an idle client.
CloseCause FilterConnection::OpeningTimeout() const {
  return awaits_first_byte_ ? CloseCause::kLocal : ConnectionBase::OpeningTimeout();
}

void FilterConnection::ReadHello(uint32_t events) {
  const kw_ext_hello& extension = *use_->filter_extensions().hello;
  size_t max_bytes = extension.max_bytes > 0 ? extension.max_bytes : kDefaultHelloBytes;
  kw_hello hello;
  AbiError error;
  int32_t result = KW_WANT_READ;
  bool too_long = false;
  {
    PipeUse use(session_.pipe());
    while (result == KW_WANT_READ && stream_->may_read()) {
      size_t held = session_.pipe().rx().size();
      if (held >= max_bytes) {
        result = KW_E_PROTO;
        hello_recognised_ = true;
        too_long = true;
        break;
      }
      Fill filled = FillInput(max_bytes - held);
      if (filled == Fill::kNothing) return;
      if (filled == Fill::kEnd) break;
      std::memset(&hello, 0, sizeof hello);
      hello.size = sizeof hello;
      auto bytes = session_.pipe().rx();
      KW_ASSERT_PLUGIN_CALL_ALLOWED();
      result = extension.inspect(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), &hello, &error);
      hello_recognised_ |= (hello.flags & KW_HELLO_RECOGNISED) != 0;
    }
  }
  const bool other_protocol = result == KW_E_PROTO && !hello_recognised_;
  if (awaits_first_byte_ && !session_.pipe().rx().empty()) {
    awaits_first_byte_ = false;
    SetOpeningDeadline(handshake_timeout_us_);
  }
  if (result == KW_OK) {
    phase_ = Phase::kHandshake;
    hello_is_tls_ = hello.max_version != 0;
    if (auto chosen = use_->ForServerName(hello.server_name)) ExchangeStack(std::move(chosen));
    AskForStep(events);
  } else if (result != KW_WANT_READ) {
    if (other_protocol && use_->plain() != nullptr) {
      ServePlain();
    } else if (other_protocol) {
      Refuse();
    } else {
      Answer(use_->hello_refusal());
      FailHandshake(ReasonName(KW_REASON_DECODE),
                    too_long ? "the first message is too long" : ErrorText(result, error));
    }
  } else if (session_.pipe().rx_state() != KW_OK) {
    if (session_.pipe().rx().empty()) {
      FailOpening(CloseCause::kPeerClosed, "");
    } else {
      FailHandshake(kPeerClosedReason, "the peer closed the connection in its first message");
    }
  }
}

// Before the plug-in knows of the connection.
void FilterConnection::ExchangeStack(std::shared_ptr<const Stack> stack) {
  StackUse chosen(std::move(stack));
  stream_->UseStack(*chosen);
  if (chosen->has_filter()) session_.UseStack(*chosen);
  info_->transport = chosen->name();
  info_->encrypted = chosen->encrypted();
  use_ = std::move(chosen);
}

void FilterConnection::ServePlain() {
  ExchangeStack(use_->plain());
  plain_ = true;
  phase_ = Phase::kDone;
  info_->plain_instead = true;
  DeferReadable();  // what was looked at
  Opened();
}

// The peer speaks something else: it is told once, in words that it may understand.
void FilterConnection::Refuse() {
  Answer(use_->plaintext_refusal());
  FailOpening(CloseCause::kPlaintextOnTls, "");
}

// Bytes of the host's own, in the clear.
void FilterConnection::Answer(std::string_view bytes) {
  if (bytes.empty()) return;
  PipeUse use(session_.pipe());
  session_.pipe().tx().Append(bytes);
}

void FilterConnection::RunHandshakeStep() {
  if (state_ != State::kOpening) return;
  int32_t result;
  const int64_t before_us = ThreadCpuUs();
  {
    PipeUse use(session_.pipe());
    result = Handshake();
    FlushOwn();
  }
  handshake_cpu_us_ += static_cast<uint32_t>(std::max<int64_t>(ThreadCpuUs() - before_us, 0));
  if (state_ == State::kOpening) FinishHandshake(result);
}

// KW_WANT_READ when there is nothing to go on with.
int32_t FilterConnection::Handshake() {
  if (wants_wake_) return KW_WANT_WAKE;
  if (!session_.is_open()) {
    int32_t result = session_.Open(verify_ ? KW_SIDE_CLIENT : KW_SIDE_SERVER, verify_.get(), *this);
    if (result != KW_OK) return result;
  } else if (wants_input_) {
    Fill filled = stream_->may_read() ? FillInput(kRxChunkBytes) : Fill::kNothing;
    if (filled == Fill::kNothing) return KW_WANT_READ;
  }
  wants_input_ = false;
  while (true) {
    if (!session_.below_high_mark()) return KW_WANT_READ;  // goes on when tx has drained
    int32_t result = session_.Handshake();
    if (result != KW_WANT_READ) return result;
    if (!stream_->may_read() || FillInput(kRxChunkBytes) == Fill::kNothing) {
      wants_input_ = true;
      return result;
    }
  }
}

void FilterConnection::FinishHandshake(int32_t result) {
  wants_wake_ = result == KW_WANT_WAKE;
  if (result == KW_WANT_READ || result == KW_WANT_WAKE) return;
  if (result == KW_OK) {
    LeaveHandshakeQueue();
    if (const auto newer = std::move(newer_); newer != nullptr && IsRevoked(*newer)) {
      return FailHandshake(ReasonName(session_.error_reason()), session_.error_text());
    }
    phase_ = Phase::kDone;
    wants_input_ = false;
    session_.Describe(*info_, verify_ == nullptr ? use_->rules().user_field : PeerUserField::kNone);
    info_->handshake_cpu_us = handshake_cpu_us_;
    if (stream_->may_read() || !session_.pipe().rx().empty()) DeferReadable();
    Opened();
    return;
  }
  LeaveHandshakeQueue();
  if (result == KW_TRUNCATED) {
    FailHandshake(kPeerClosedReason, "the peer closed the connection during the handshake");
  } else if (session_.error_reason() == KW_REASON_NOT_THIS_PROTOCOL && verify_ == nullptr) {
    Refuse();
  } else {
    FailHandshake(ReasonName(session_.error_reason()), session_.error_text());
  }
}

void FilterConnection::FailHandshake(std::string_view reason, std::string detail) {
  FailOpening(CloseCause::kHandshakeFailed, std::move(detail));
  reason_.reason = reason;
}

bool FilterConnection::IsRevoked(const NewerStacks& newer) {
  const auto found = newer.find(use_->rules().origin);
  return found != newer.end() && found->second->has_filter() &&
         session_.Recheck(found->second->filter_context()) == KW_E_AUTH;
}

void FilterConnection::Recheck(std::shared_ptr<const NewerStacks> newer) {
  if (state_ == State::kOpening) {
    newer_ = std::move(newer);
  } else if (state_ == State::kOpen && !plain_ && IsRevoked(*newer)) {
    Finish(CloseCause::kRevoked, session_.error_text());
  }
}

void FilterConnection::OnPluginReady(uint32_t ready) {
  if (!(ready & (KW_READY_WAKE | KW_READY_READ))) return;
  wants_wake_ = false;
  if (state_ == State::kOpening) {
    if (phase_ == Phase::kHandshake && session_.is_open()) {
      wants_input_ = false;
      AskForStep(0);
    }
    return;
  }
  wants_input_ = false;
  if (state_ == State::kOpen && !end_) handler_->OnReadable(*this);
}

// What the filter has put into tx by itself.
void FilterConnection::FlushOwn() {
  if (!HasOwnOutput()) return;
  if (send_broken_) {
    session_.pipe().tx().Drop();  // nobody takes it
  } else if (!blocked_) {
    ContinueWriting();
  }
}

// ---- open ----

// One receive behind what waits in rx.
FilterConnection::Fill FilterConnection::FillInput(size_t bytes) {
  Pipe& pipe = session_.pipe();
  char* room = pipe.RxRoom(bytes);
  if (room == nullptr) {
    pipe.RxEnd(KW_RESET);
    return Fill::kEnd;
  }
  IoResult result = stream_->Read(room, bytes);
  switch (result.status) {
    case IoStatus::kOk:
      pipe.RxCommit(result.bytes);
      return Fill::kBytes;
    case IoStatus::kAgain:
      return Fill::kNothing;
    case IoStatus::kEnd:
      pipe.RxEnd(KW_EOF);
      return Fill::kEnd;
    case IoStatus::kTruncated:
    case IoStatus::kError:
      pipe.RxEnd(KW_RESET);
      return Fill::kEnd;
  }
  return Fill::kEnd;
}

ReceiveStatus FilterConnection::Receive(ReceiveBuffer& into) {
  if (end_) return *end_;
  if (state_ != State::kOpen || wants_wake_) return ReceiveStatus::kAgain;
  if (plain_) [[unlikely]]
    return ReceiveWithoutFilter(into);
  if (wants_input_ && !stream_->may_read()) return ReceiveStatus::kAgain;
  if (!session_.below_high_mark()) {
    read_gated_ = true;
    return ReceiveStatus::kAgain;
  }
  if (into.writable().empty()) into.Reserve(1);
  auto room = into.writable();
  idle_ = false;
  PipeUse use(session_.pipe());
  for (int round = 0; round < kMaxEmptyRounds; ++round) {
    bool ended = session_.pipe().rx_state() != KW_OK;
    if (wants_input_ && !ended) {
      if (!stream_->may_read()) return ReceiveStatus::kAgain;
      size_t wanted = std::clamp(room.size() + kRecordOverhead, kMinReceive, kRxChunkBytes);
      if (FillInput(wanted) == Fill::kNothing) return ReceiveStatus::kAgain;
    }
    size_t bytes = 0;
    int32_t result = session_.Read(room, bytes);
    FlushOwn();  // replies to key updates, alerts
    if (result == KW_OK) {
      into.Commit(bytes);
      // It is asked once more before the next receive: the peer's close message may stand behind these bytes.
      wants_input_ = false;
      return ReceiveStatus::kData;
    }
    if (result == KW_WANT_WAKE) {
      wants_wake_ = true;
      return ReceiveStatus::kAgain;
    }
    if (result != KW_WANT_READ) return ReadEnded(result);
    wants_input_ = true;
    if (!session_.below_high_mark()) {
      read_gated_ = true;
      return ReceiveStatus::kAgain;
    }
  }
  DeferReadable();
  return ReceiveStatus::kAgain;
}

ReceiveStatus FilterConnection::ReceiveWithoutFilter(ReceiveBuffer& into) {
  if (session_.pipe().rx().empty()) return ReceivePlain(into);
  PipeUse use(session_.pipe());
  if (into.writable().empty()) into.Reserve(1);
  auto room = into.writable();
  auto waiting = session_.pipe().rx();
  const size_t bytes = std::min(room.size(), waiting.size());
  std::memcpy(room.data(), waiting.data(), bytes);
  into.Commit(bytes);
  session_.pipe().RxTake(bytes);
  return ReceiveStatus::kData;
}

ReceiveStatus FilterConnection::ReadEnded(int32_t result) {
  if (result == KW_EOF) return SetEnd(ReceiveStatus::kEnd, CloseCause::kPeerClosed, "");
  if (result == KW_TRUNCATED) {
    if (session_.pipe().rx_state() == KW_RESET) {
      return SetEnd(ReceiveStatus::kTruncated, CloseCause::kReset, stream_->error_text());
    }
    return SetEnd(ReceiveStatus::kTruncated, CloseCause::kPeerClosed, "the stream ended without a close message");
  }
  return SetEnd(ReceiveStatus::kError, CloseCause::kProtocol, session_.error_text());
}

ConnectionBase::WriteOutcome FilterConnection::WriteOut(OutputBuffer& output) {
  if (plain_) [[unlikely]]
    return WritePlain(output);
  PipeUse use(session_.pipe());
  TxQueue& tx = session_.pipe().tx();
  bool open = phase_ == Phase::kDone;
  size_t written = 0;
  idle_ = false;
  while (true) {
    while (open && !output.empty() && tx.size() < kTxAim) {
      if (session_.Write(output, kTxAim - tx.size()) == KW_OK) continue;
      SetReason(CloseCause::kProtocol, session_.error_text());
      return WriteOutcome::kBroken;
    }
    if (tx.empty()) return WriteOutcome::kDone;
    iovec piece{const_cast<char*>(tx.data()), tx.size()};
    IoResult result = stream_->Write(&piece, 1);
    if (result.status == IoStatus::kError) {
      tx.Drop();
      return WriteOutcome::kBroken;
    }
    tx.Consume(result.bytes);
    if (!tx.empty()) return WriteOutcome::kBlocked;
    if (read_gated_) {
      read_gated_ = false;
      DeferReadable();
    }
    written += result.bytes;
    if (written >= kMaxSendPerTurn && open && !output.empty()) return WriteOutcome::kMore;
  }
}

void FilterConnection::SayGoodbye() {
  PipeUse use(session_.pipe());
  session_.Shutdown();
}

bool FilterConnection::MayLeave() const { return !wants_wake_ && !read_gated_ && !use_->thread_affine(); }

void FilterConnection::OnLoopChanged(event::EventLoop* loop) {
  BindLoop(loop);
  if (loop != nullptr) use_->EnterThread();
}

size_t FilterConnection::memory_bytes() const {
  return sizeof *this + sizeof(void*) * 32 + unsent_.memory_bytes() + session_.memory_bytes();
}

void FilterConnection::ReleaseIdleMemory() {
  if (state_ != State::kOpen || idle_ || blocked_) return;
  idle_ = true;
  session_.Idle();
}

}  // namespace keyway::net
