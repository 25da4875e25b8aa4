#include "server/client/connection.h"

#include <fmt/core.h>

#include <utility>

#include "server/base/clock.h"
#include "server/resp/request_writer.h"

namespace keyway::client {
namespace {

constexpr int kKeepAliveSeconds = 15;
constexpr int64_t kMaxFinishUs = 200'000;
// A client of one server believes it what it announces: values may be as long as memory allows.
constexpr resp::ReplyLimits kLimits = {.max_bulk_bytes = INT64_MAX};

std::string TextOf(const net::CloseReason& reason) {
  if (!reason.detail.empty()) return reason.detail;
  switch (reason.cause) {
    case net::CloseCause::kPeerClosed:
      return "Server closed the connection";
    case net::CloseCause::kReset:
      return "Connection reset by peer";
    case net::CloseCause::kHandshakeFailed:
      return "the handshake failed";
    case net::CloseCause::kHandshakeDropped:  // of accepted connections only
    case net::CloseCause::kRevoked:
      break;
    case net::CloseCause::kHandshakeTimeout:
      return "Connection timed out";
    case net::CloseCause::kPlaintextOnTls:
      return "the server does not speak this transport";
    case net::CloseCause::kProtocol:
      return "the server broke the transport's protocol";
    case net::CloseCause::kDialFailed:
    case net::CloseCause::kLocal:
      break;
  }
  return "the connection failed";
}

}  // namespace

void AppendCommand(const Arguments& arguments, std::string& out) { resp::AppendRequest(out, arguments); }

Connection::Connection() : loop_(event::EventLoop::Create(SystemClock())), reader_(kLimits) {}

Connection::~Connection() { Finish(); }

Result<> Connection::Open(std::shared_ptr<const net::Stack> stack, const std::string& address,
                          net::DialOptions options) {
  Close();
  over_ = false;
  stopped_ = false;
  connection_ = net::Dial(std::move(stack), address, std::move(options), *loop_, *this);
  while (!open_ && !over_ && !stopped_) loop_->RunOnce(-1);
  if (open_) return {};
  std::string error = over_ ? error_ : "interrupted";
  Close();
  return keyway::Fail(std::move(error));
}

void Connection::Close() {
  connection_.reset();
  open_ = readable_ = false;
  buffer_.Release();
  output_.Clear();
  reader_.Reset();
}

void Connection::Finish() {
  if (open_ && !over_) {
    connection_->Close();
    int64_t deadline_us = loop_->NowUs() + kMaxFinishUs;
    while (!over_ && loop_->NowUs() < deadline_us) loop_->RunOnce(deadline_us - loop_->NowUs());
  }
  Close();
}

void Connection::Send(const Arguments& arguments) {
  std::string request;
  AppendCommand(arguments, request);
  SendBytes(request);
}

void Connection::SendBytes(std::string_view bytes) {
  output_.Append(bytes);
  connection_->Send(output_);
}

Connection::Wait Connection::Fail(Wait outcome, std::string error) {
  Close();
  error_ = std::move(error);
  return outcome;
}

Connection::Wait Connection::Advance() {
  while (true) {
    std::string_view bytes = buffer_.readable();
    size_t before = bytes.size();
    auto status = reader_.Read(bytes);
    buffer_.Consume(before - bytes.size());
    if (status == resp::ReplyReader::Status::kReply) return Wait::kReply;
    if (status == resp::ReplyReader::Status::kError) return Fail(Wait::kProtocol, reader_.error());
    if (!readable_) return Wait::kTimeout;

    switch (connection_->Receive(buffer_)) {
      case net::ReceiveStatus::kData:
        break;
      case net::ReceiveStatus::kAgain:
        readable_ = false;
        break;
      case net::ReceiveStatus::kEnd:
        return Fail(Wait::kClosed, "Server closed the connection");
      case net::ReceiveStatus::kTruncated:
        return Fail(Wait::kClosed, "Server closed the connection in the middle of the stream");
      case net::ReceiveStatus::kError:
        return Fail(Wait::kClosed, TextOf(connection_->close_reason()));
    }
  }
}

Connection::Wait Connection::WaitReply(int64_t timeout_ms) {
  if (!open_) return Wait::kClosed;
  stopped_ = false;
  int64_t deadline_us = timeout_ms < 0 ? INT64_MAX : loop_->NowUs() + timeout_ms * 1000;
  bool looked = false;
  while (true) {
    if (Wait outcome = Advance(); outcome != Wait::kTimeout) return outcome;
    if (over_) return Fail(Wait::kClosed, error_);
    if (stopped_) return Wait::kStopped;
    int64_t left_us = deadline_us == INT64_MAX ? -1 : deadline_us - loop_->NowUs();
    // Even without time the loop gets one turn, to hear what has come.
    if (deadline_us != INT64_MAX && left_us <= 0) {
      if (looked) return Wait::kTimeout;
      left_us = 0;
    }
    loop_->RunOnce(left_us);
    looked = true;
  }
}

void Connection::OnOpen(net::Connection& connection) {
  open_ = true;
  connection.SetKeepAlive(kKeepAliveSeconds);
}

void Connection::OnReadable(net::Connection& /*connection*/) { readable_ = true; }

// What waits in front of the end is read first; Receive then tells the end itself.
void Connection::OnHangup(net::Connection& /*connection*/) { readable_ = true; }

void Connection::OnDrained(net::Connection& /*connection*/) {
  if (stop_when_drained_) Stop();
}

void Connection::OnClosed(net::Connection& /*connection*/, const net::CloseReason& reason) {
  over_ = true;
  error_ = TextOf(reason);
}

}  // namespace keyway::client
