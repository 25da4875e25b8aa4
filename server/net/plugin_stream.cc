#include "server/net/plugin_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/event/event_loop.h"
#include "server/net/abi_error.h"
#include "server/net/address.h"
#include "server/net/fork_guard.h"

namespace keyway::net {
namespace {

constexpr uint32_t kMaxPieces = 64;

}  // namespace

PluginStream::PluginStream(const Stack& stack, event::EventLoop& loop)
    : stack_(&stack), ops_(stack.stream_ops()), loop_(&loop) {
  BindLoop(&loop);
}

PluginStream::PluginStream(const Stack& stack, kw_conn* conn, event::EventLoop& loop) : PluginStream(stack, loop) {
  conn_ = conn;
}

PluginStream::~PluginStream() {
  if (conn_ == nullptr) return;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  ops_.close(conn_);
}

std::unique_ptr<PluginStream> PluginStream::Dial(const Stack& stack, const PluginContext& carrier,
                                                 const kw_address& address, event::EventLoop& loop,
                                                 std::string& error_text) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  std::unique_ptr<PluginStream> stream(new PluginStream(stack, loop));
  AbiError error;
  int32_t result =
      stack.carrier().stream_dial(carrier.get(), &address, ToAbi(loop), stream->abi(), &stream->conn_, &error);
  if (result == KW_OK && stream->conn_ != nullptr) return stream;
  stream->conn_ = nullptr;
  error_text = ErrorText(result, error);
  return nullptr;
}

void PluginStream::Detach() {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  stack_->carrier().detach(conn_);
  BindLoop(nullptr);
  loop_ = nullptr;
}

bool PluginStream::Start(event::EventLoop& loop, Owner* owner) {
  owner_ = owner;
  if (loop_ == nullptr) {
    KW_ASSERT_PLUGIN_CALL_ALLOWED();
    loop_ = &loop;
    BindLoop(&loop);
    AbiError error;
    int32_t result = stack_->carrier().attach(conn_, ToAbi(loop), &error);
    if (result != KW_OK) {
      error_text_ = ErrorText(result, error);
      return false;
    }
  }
  may_read_ = true;  // nobody has looked yet
  return loop_ == &loop;
}

IoResult PluginStream::Establish() {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  int32_t result = ops_.handshake(conn_, &error);
  return result == KW_OK ? IoResult{IoStatus::kOk} : Outcome(result, error);
}

IoResult PluginStream::Read(char* into, size_t capacity) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  uint64_t got = 0;
  int32_t result = ops_.read(conn_, into, capacity, &got, &error);
  KW_CHECK(got <= capacity);  // the plug-in wrote where it must not
  if (result == KW_OK && got > 0) return {IoStatus::kOk, got};
  if (result == KW_WANT_READ || result == KW_WANT_WAKE) may_read_ = false;
  return Outcome(result, error);
}

IoResult PluginStream::Write(const iovec* pieces, int count) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  size_t written = 0;
  size_t offset = 0;  // into the first piece
  while (count > 0) {
    kw_bytes bytes[kMaxPieces];
    uint32_t used = 0;
    uint64_t total = 0;
    while (used < kMaxPieces && static_cast<int>(used) < count && total < KW_WRITEV_MAX) {
      size_t skip = used == 0 ? offset : 0;
      uint64_t size = std::min<uint64_t>(pieces[used].iov_len - skip, KW_WRITEV_MAX - total);
      bytes[used] = {static_cast<const char*>(pieces[used].iov_base) + skip, size};
      total += size;
      ++used;
    }
    AbiError error;
    uint64_t taken = 0;
    int32_t result = ops_.writev(conn_, bytes, used, &taken, &error);
    KW_CHECK(taken <= total);
    if (result != KW_OK || taken == 0) {
      if (result != KW_OK && result != KW_WANT_WRITE && result != KW_WANT_WAKE && result != KW_WANT_READ) {
        return Outcome(result, error);
      }
      break;
    }
    written += taken;
    offset += taken;
    while (count > 0 && offset >= pieces[0].iov_len) {
      offset -= pieces[0].iov_len;
      ++pieces, --count;
    }
  }
  return {written > 0 ? IoStatus::kOk : IoStatus::kAgain, written};
}

IoResult PluginStream::Shutdown() {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  int32_t result = ops_.shutdown(conn_, &error);
  if (result == KW_WANT_WRITE || result == KW_WANT_WAKE) return {IoStatus::kAgain};
  return {IoStatus::kOk};
}

void PluginStream::OnPluginReady(uint32_t ready) {
  uint32_t events = 0;
  if (ready & (KW_READY_READ | KW_READY_WAKE)) {
    may_read_ = true;
    events |= event::kReadable;
  }
  if (ready & (KW_READY_WRITE | KW_READY_WAKE)) events |= event::kWritable;
  if (events != 0 && owner_ != nullptr) owner_->OnStreamEvents(events);
}

std::string PluginStream::Describe(uint32_t end) const {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_address address;
  std::memset(&address, 0, sizeof address);
  address.size = sizeof address;
  AbiError error;
  if (stack_->carrier().stream_describe(conn_, end, &address, &error) != KW_OK) return {};
  return AddressText(address);
}

bool PluginStream::PeerIsLocal() const {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  return stack_->carrier().stream_is_local(conn_) == 1;
}

IoResult PluginStream::Outcome(int32_t result, const kw_error& error) {
  switch (result) {
    case KW_WANT_READ:
    case KW_WANT_WRITE:
    case KW_WANT_WAKE:
      return {IoStatus::kAgain};
    case KW_EOF:
      return {IoStatus::kEnd};
    case KW_TRUNCATED:
      return {IoStatus::kTruncated};
    case KW_OK:
      error_text_ = "the carrier answered without bytes";
      break;
    default:
      error_text_ = ErrorText(result, error);
      break;
  }
  return {IoStatus::kError};
}

}  // namespace keyway::net
