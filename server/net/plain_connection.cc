// Plaintext as it lies on the stream, for every kind of connection that has it.
#include "server/net/plain_connection.h"

namespace keyway::net {
namespace {

constexpr int kMaxPieces = 256;

}  // namespace

ReceiveStatus ConnectionBase::ReceivePlain(ReceiveBuffer& into) {
  if (end_) return *end_;
  if (state_ != State::kOpen || !stream_->may_read()) return ReceiveStatus::kAgain;
  if (into.writable().empty()) into.Reserve(1);
  auto room = into.writable();
  IoResult result = stream_->Read(room.data(), room.size());
  switch (result.status) {
    case IoStatus::kOk:
      into.Commit(result.bytes);
      return ReceiveStatus::kData;
    case IoStatus::kAgain:
      return ReceiveStatus::kAgain;
    case IoStatus::kEnd:
      return SetEnd(ReceiveStatus::kEnd, CloseCause::kPeerClosed, "");
    case IoStatus::kTruncated:
      return SetEnd(ReceiveStatus::kTruncated, CloseCause::kReset, "truncated");
    case IoStatus::kError:
      break;
  }
  return SetEnd(ReceiveStatus::kError, CloseCause::kReset, stream_->error_text());
}

ConnectionBase::WriteOutcome ConnectionBase::WritePlain(OutputBuffer& output) {
  size_t written = 0;
  while (!output.empty()) {
    if (written >= kMaxSendPerTurn) return WriteOutcome::kMore;
    iovec pieces[kMaxPieces];
    int count = output.Peek(pieces, kMaxPieces);
    size_t wanted = 0;
    for (int i = 0; i < count; ++i) wanted += pieces[i].iov_len;
    IoResult result = stream_->Write(pieces, count);
    if (result.status == IoStatus::kError) return WriteOutcome::kBroken;
    if (result.bytes > 0) output.Consume(result.bytes);
    if (result.bytes < wanted) return WriteOutcome::kBlocked;
    written += result.bytes;
  }
  return WriteOutcome::kDone;
}

}  // namespace keyway::net
