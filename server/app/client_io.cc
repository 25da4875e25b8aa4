#include "server/app/client_io.h"

#include <algorithm>
#include <utility>

#include "server/app/io_unit.h"
#include "server/dispatch/batch.h"
#include "server/net/host.h"

namespace keyway::app {
namespace {

// How far a suspended client is read ahead.
constexpr size_t kReadAheadBytes = 1 << 20;
// Growth of a half-received request that the exec side is told about.
constexpr size_t kNotableGrowth = 16 * 1024;
constexpr int kMoveAttempts = 3;

}  // namespace

static_assert(sizeof(ClientIo) <= 224);  // as for Session

ClientIo::ClientIo(IoUnit& unit, Session* session, bool unauthenticated)
    : unit_(&unit), session_(session), unauthenticated_(unauthenticated) {
  unit_->connections.fetch_add(1, std::memory_order_relaxed);
}

ClientIo::~ClientIo() {
  if (warm_place_) unit_->RemoveWarm(this);
  unit_->connections.fetch_sub(1, std::memory_order_relaxed);
}

void ClientIo::Start(std::unique_ptr<net::AcceptedSocket> socket) {
  if (closing_) {
    // Aborted before it came here.
    closed_ = true;
    unit_->SendToExec({ToExecKind::kClosed, this, new ClosedNote{{}, socket->peer(), {}}});
    return;
  }
  const int64_t timeout_ms = unit_->settings().handshake_timeout_ms.load(std::memory_order_relaxed);
  const int64_t silence_ms = unit_->settings().silence_timeout_ms.load(std::memory_order_relaxed);
  connection_ = net::Adopt(std::move(socket), unit_->loop(), *this, timeout_ms > 0 ? timeout_ms : -1,
                           silence_ms > 0 ? silence_ms : -1);
  connection_->SetKeepAlive(unit_->settings().keepalive_seconds.load(std::memory_order_relaxed));
}

void ClientIo::OnOpen(net::Connection& connection) {
  MarkUsed();
  PublishConnectionMemory(connection);
  unit_->SendToExec({ToExecKind::kOpened, this, new OpenedNote{connection.TakeInfo(), connection.fd()}});
}

bool ClientIo::CoolDown() {
  if (closed_ || connection_ == nullptr) return true;
  const bool idle = !std::exchange(used_, false) && (!in_flight_ || suspended_);
  if (idle) connection_->ReleaseIdleMemory();
  PublishConnectionMemory(*connection_);
  return idle;
}

void ClientIo::MarkUsed() {
  used_ = true;
  if (!warm_place_) unit_->AddWarm(this);
}

void ClientIo::OnReadable(net::Connection&) {
  // What is read must be answered by kStays.
  if (moving_) return;
  MarkUsed();
  if (suspended_) {
    ReadAhead();
  } else {
    Pump();
  }
}

void ClientIo::OnHangup(net::Connection&) {
  if (suspended_) ReadAhead();
}

void ClientIo::OnDrained(net::Connection&) { PublishSizes(); }

void ClientIo::OnClosed(net::Connection& connection, const net::CloseReason& reason) {
  closing_ = closed_ = true;
  if (std::exchange(moving_, false)) unit_->RemoveMoving(this);
  received_.Release();
  unsent_.store(0, std::memory_order_relaxed);
  unparsed_.store(0, std::memory_order_relaxed);
  unparsed_room_.store(0, std::memory_order_relaxed);
  unit_->SendToExec(
      {ToExecKind::kClosed, this, new ClosedNote{reason, connection.info().peer, connection.info().transport}});
}

// Reads and parses until a batch is under way or nothing more is there.
void ClientIo::Pump() {
  while (!in_flight_ && !closing_ && !ended_) {
    received_.Reserve(std::max<size_t>(received_.owns_memory() ? parser_.missing_bytes() : 1, 1));
    size_t before = received_.readable().size();
    net::ReceiveStatus status = connection_->Receive(received_);
    if (status == net::ReceiveStatus::kAgain) break;
    if (status != net::ReceiveStatus::kData) return SubmitEnd();
    received_since_batch_ += received_.readable().size() - before;
    if (received_.readable().size() > unit_->settings().query_buffer_limit.load(std::memory_order_relaxed)) {
      closing_ = true;
      auto* batch = unit_->TakeBatch();
      batch->end = dispatch::BatchEnd::kQueryTooLarge;
      return Submit(batch);
    }
    if (SubmitParsed()) return;
  }
  if (received_.readable().empty()) received_.Release();
  PublishSizes();
}

void ClientIo::ReadAhead() {
  while (!ended_ && !closing_ && received_.readable().size() < kReadAheadBytes) {
    received_.Reserve(1);
    size_t before = received_.readable().size();
    net::ReceiveStatus status = connection_->Receive(received_);
    if (status == net::ReceiveStatus::kAgain) break;
    if (status != net::ReceiveStatus::kData) {
      ended_ = true;
      unit_->SendToExec({ToExecKind::kHangup, this, nullptr});
      break;
    }
    received_since_batch_ += received_.readable().size() - before;
  }
  if (received_.readable().empty()) received_.Release();
  PublishSizes();
}

// Hands the whole requests that have arrived over. False if there is none.
bool ClientIo::SubmitParsed() {
  dispatch::FillOptions options;
  options.limits = {unit_->settings().max_bulk_bytes.load(std::memory_order_relaxed), unauthenticated_};
  dispatch::Batch* batch = unit_->TakeBatch();
  if (!dispatch::FillBatch(*batch, received_, parser_, options, unit_->commands())) {
    unit_->GiveBatch(batch);
    return false;
  }
  if (batch->end == dispatch::BatchEnd::kProtocolError) closing_ = true;
  Submit(batch);
  return true;
}

void ClientIo::SubmitEnd() {
  ended_ = true;
  dispatch::Batch* batch = unit_->TakeBatch();
  batch->end = dispatch::BatchEnd::kEndOfStream;
  Submit(batch);
}

void ClientIo::Submit(dispatch::Batch* batch) {
  batch->received_bytes = received_since_batch_;
  received_since_batch_ = 0;
  in_flight_ = true;
  PublishSizes();
  unit_->SendToExec({ToExecKind::kBatch, this, batch});
}

void ClientIo::OnMessage(const ToIo& message) {
  switch (message.kind) {
    case ToIoKind::kReply:
      return FinishReply(message);
    case ToIoKind::kPush: {
      std::unique_ptr<OutputBuffer> output(static_cast<OutputBuffer*>(message.payload));
      const size_t bytes = output->size();
      Send(*output, message.close_after);
      pushed_.fetch_sub(bytes, std::memory_order_relaxed);
      return;
    }
    case ToIoKind::kSuspended:
      suspended_ = true;
      return ReadAhead();
    case ToIoKind::kClose:
      closing_ = true;
      if (!closed_ && connection_ != nullptr) connection_->Close();
      return;
    case ToIoKind::kAbort:
      closing_ = true;
      // At once: it may be closed for its memory.
      received_.Release();
      if (!closed_ && connection_ != nullptr) connection_->Abort();
      return;
    case ToIoKind::kMove:
      if (closed_) return;  // kClosed is the answer
      moving_ = true;
      move_attempts_ = 0;
      return unit_->AddMoving(this);
    case ToIoKind::kArrive:
      MarkUsed();
      return connection_->Join(unit_->loop());
    case ToIoKind::kRecheck: {
      std::unique_ptr<RecheckNote> note(static_cast<RecheckNote*>(message.payload));
      if (closed_) return;
      if (connection_ != nullptr) return connection_->Recheck(std::move(note->newer));
      // Start is on its way, as a task that was posted before this one. A client that it finds aborted is freed later than both run.
      return unit_->loop().Post([this, newer = std::move(note->newer)] {
        if (connection_ != nullptr && !closed_) connection_->Recheck(newer);
      });
    }
    case ToIoKind::kFree:
      return;  // the unit's affair
  }
}

void ClientIo::set_unit(IoUnit& unit) {
  unit_->connections.fetch_sub(1, std::memory_order_relaxed);
  unit_ = &unit;
  unit_->connections.fetch_add(1, std::memory_order_relaxed);
}

bool ClientIo::TryMove() {
  const bool busy = in_flight_ || closing_ || ended_ || connection_ == nullptr;
  if (!busy && connection_->Leave()) {
    moving_ = false;
    if (warm_place_) unit_->RemoveWarm(this);
    unit_->SendToExec({ToExecKind::kMoved, this, nullptr});
    return true;
  }
  if (!busy && ++move_attempts_ < kMoveAttempts) return false;
  moving_ = false;
  unit_->SendToExec({ToExecKind::kStays, this, nullptr});
  // What was put off.
  if (!in_flight_ && !closing_ && !ended_ && connection_ != nullptr) OnReadable(*connection_);
  return true;
}

void ClientIo::FinishReply(const ToIo& message) {
  auto* batch = static_cast<dispatch::Batch*>(message.payload);
  in_flight_ = suspended_ = false;
  unauthenticated_ = message.unauthenticated;
  Send(batch->replies, message.close_after);
  unit_->GiveBatch(batch);
  if (closing_ || ended_ || closed_) return;
  if (!received_.readable().empty() && SubmitParsed()) return;
  Pump();
}

void ClientIo::Send(OutputBuffer& output, bool close_after) {
  if (closed_) return output.Clear();
  MarkUsed();
  if (!output.empty()) connection_->Send(output);
  if (close_after && !closed_) {
    closing_ = true;
    connection_->Close();
  }
  PublishSizes();
}

void ClientIo::PublishSizes() {
  if (closed_ || connection_ == nullptr) return;
  unsent_.store(connection_->unsent_bytes(), std::memory_order_relaxed);
  // Nothing is left of a request that could not be parsed.
  const size_t readable = received_.readable().size();
  const size_t unparsed = readable - std::min(readable, parser_.parsed_bytes());
  unparsed_.store(unparsed, std::memory_order_relaxed);
  unparsed_room_.store(received_.capacity() - unparsed, std::memory_order_relaxed);
  if (unit_->settings().tell_growth.load(std::memory_order_relaxed)) [[unlikely]] {
    PublishConnectionMemory(*connection_);
    TellGrowth();
  }
}

// Unsent bytes are told by themselves, so that only the room around them belongs to the connection.
void ClientIo::PublishConnectionMemory(const net::Connection& connection) {
  const size_t bytes = connection.memory_bytes();
  connection_memory_.store(bytes - std::min(bytes, connection.unsent_bytes()), std::memory_order_relaxed);
}

void ClientIo::TellGrowth() {
  const size_t bytes = received_.capacity();
  if (bytes < told_bytes_) told_bytes_ = bytes;
  if (bytes < told_bytes_ + kNotableGrowth || growth_told_.exchange(true)) return;
  told_bytes_ = bytes;
  unit_->SendToExec({ToExecKind::kGrown, this, nullptr});
}

}  // namespace keyway::app
