#include "server/net/filter_session.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "server/base/log.h"
#include "server/net/abi_error.h"
#include "server/net/fork_guard.h"
#include "server/net/peer_name.h"

namespace keyway::net {
namespace {

constexpr int kMaxPieces = 256;

// One for all calls of a thread: plug-ins fill it in only when they fail, and setting it up for each read costs more than
// the rest of the call's overhead.
kw_error& LocalError() {
  thread_local AbiError error;
  return error;
}

std::string_view Bounded(const char* text, size_t size) { return {text, strnlen(text, size)}; }

struct Naming {
  ConnectionInfo& info;
  PeerUserField field;
};

void VisitPeerCert(void* arg, const kw_peer_cert* cert) {
  auto& naming = *static_cast<Naming*>(arg);
  if (cert->size < KW_PEER_CERT_SIZE_0_9) return;
  PeerNames names = NamesOfPeer(*cert, naming.field);
  naming.info.peer_name = std::move(names.name);
  naming.info.peer_user = std::move(names.user);
}

void KeepSession(void* arg, const kw_bytes* session) {
  static_cast<std::string*>(arg)->assign(static_cast<const char*>(session->data), session->len);
}

}  // namespace

int32_t FilterSession::Open(uint32_t side, const VerifyPolicy* verify, HostConnection& host) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_verify policy;
  std::memset(&policy, 0, sizeof policy);
  policy.size = sizeof policy;
  std::vector<const char*> names;
  if (verify != nullptr) {
    policy.mode = !verify->verify_chain ? KW_VERIFY_NONE : verify->check_name ? KW_VERIFY_PEER : KW_VERIFY_CHAIN;
    for (const std::string& name : verify->expected_names) {
      if (!name.empty()) names.push_back(name.c_str());
    }
    policy.names = names.empty() ? nullptr : names.data();
    policy.name_count = static_cast<uint32_t>(names.size());
    policy.server_name = verify->sni.empty() ? nullptr : verify->sni.c_str();
  }
  AbiError error;
  kw_conn* conn = nullptr;
  int32_t result = stack_->filter().conn_open(stack_->filter_context().get(), side,
                                              verify != nullptr ? &policy : nullptr, &pipe_, host.abi(), &conn, &error);
  if (result == KW_OK && conn != nullptr) {
    conn_ = conn;
    if (verify != nullptr && !verify->session.empty()) Resume(verify->session);
    return KW_OK;
  }
  return result < 0 ? Check(result, error) : Fault(KW_E_INTERNAL, "conn_open answered without a connection");
}

void FilterSession::Close() {
  if (conn_ != nullptr) {
    KW_ASSERT_PLUGIN_CALL_ALLOWED();
    ops_->close(conn_);
    conn_ = nullptr;
  }
  pipe_.Clear();
}

int32_t FilterSession::Handshake() {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_error& error = LocalError();
  int32_t result = ops_->handshake(conn_, &error);
  if (result == KW_EOF) result = KW_TRUNCATED;
  return Check(result, error);
}

int32_t FilterSession::Read(std::span<char> room, size_t& bytes) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_error& error = LocalError();
  uint64_t got = 0;
  int32_t result = ops_->read(conn_, room.data(), room.size(), &got, &error);
  KW_CHECK(got <= room.size());  // the plug-in wrote where it must not
  bytes = result == KW_OK ? got : 0;
  if (result == KW_OK && got == 0) return Fault(KW_E_INTERNAL, "read answered without bytes");
  return Check(result, error);
}

int32_t FilterSession::Write(OutputBuffer& plaintext, size_t max) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  iovec pieces[kMaxPieces];
  kw_bytes bytes[kMaxPieces];
  int count = plaintext.Peek(pieces, kMaxPieces);
  uint64_t total = 0;
  uint32_t used = 0;
  while (used < static_cast<uint32_t>(count) && total < max) {
    uint64_t size = std::min<uint64_t>(pieces[used].iov_len, max - total);
    bytes[used] = {pieces[used].iov_base, size};
    total += size;
    ++used;
  }
  kw_error& error = LocalError();
  uint64_t taken = 0;
  int32_t result = ops_->writev(conn_, bytes, used, &taken, &error);
  if (result == KW_OK && taken != total) return Fault(KW_E_INTERNAL, "writev has not taken everything");
  if (result > 0) return Fault(KW_E_INTERNAL, "writev answered with a state");
  if (result == KW_OK) plaintext.Consume(total);
  return Check(result, error);
}

int32_t FilterSession::Shutdown() {
  if (conn_ == nullptr) return KW_OK;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_error& error = LocalError();
  return Check(ops_->shutdown(conn_, &error), error);
}

void FilterSession::Resume(const std::string& session) {
  const kw_ext_session* extension = stack_->filter_extensions().session;
  if (extension == nullptr) return;
  const kw_bytes bytes{session.data(), session.size()};
  AbiError error;
  extension->put(conn_, &bytes, &error);  // without it the handshake is a full one
}

std::string FilterSession::Session() const {
  const kw_ext_session* extension = stack_->filter_extensions().session;
  std::string session;
  if (conn_ == nullptr || extension == nullptr) return session;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  extension->get(conn_, KeepSession, &session, &error);
  return session;
}

int32_t FilterSession::Recheck(const PluginContext& context) {
  const kw_ext_crl* extension = stack_->filter_extensions().crl;
  if (conn_ == nullptr || extension == nullptr) return KW_OK;
  if (&context.generation() != &stack_->filter_context().generation()) return KW_OK;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_error& error = LocalError();
  return Check(extension->recheck(conn_, context.get(), &error), error);
}

void FilterSession::Idle() {
  if (conn_ == nullptr) return;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  ops_->idle(conn_);
}

void FilterSession::Describe(ConnectionInfo& info, PeerUserField user_field) const {
  if (conn_ == nullptr) return;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  const Extensions& extensions = stack_->filter_extensions();
  AbiError error;
  if (extensions.stats != nullptr) {
    kw_conn_stats stats;
    std::memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    if (extensions.stats->get(conn_, &stats, &error) == KW_OK) {
      info.version = Bounded(stats.version, sizeof stats.version);
      info.cipher = Bounded(stats.cipher, sizeof stats.cipher);
      info.group = Bounded(stats.group, sizeof stats.group);
      info.resumed = (stats.flags & KW_STATS_RESUMED) != 0;
    }
  }
  Naming naming{info, user_field};
  if (extensions.peer_cert != nullptr) extensions.peer_cert->get(conn_, VisitPeerCert, &naming, &error);
}

size_t FilterSession::memory_bytes() const {
  size_t bytes = pipe_.owned_bytes();
  if (conn_ == nullptr) return bytes;
  const kw_ext_stats* stats_extension = stack_->filter_extensions().stats;
  if (stats_extension == nullptr) return bytes;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_conn_stats stats;
  std::memset(&stats, 0, sizeof stats);
  stats.size = sizeof stats;
  if (stats_extension->get(conn_, &stats, &LocalError()) == KW_OK) bytes += stats.memory_bytes;
  return bytes;
}

// Turns breaches of the pipe's rules into errors, and keeps the words of errors.
int32_t FilterSession::Check(int32_t result, const kw_error& error) {
  if (pipe_.misused()) return Fault(KW_E_INTERNAL, "the filter broke the rules of the pipe, or memory ran out");
  if (result == KW_WANT_READ) {
    if (pipe_.rx_state() != KW_OK)
      return Fault(KW_E_INTERNAL, "the filter waits for bytes after the end of the stream");
    if (pipe_.rx().size() > stack_->max_rx_unconsumed()) {
      return Fault(KW_E_PROTO, "the filter left more bytes unread than it declares");
    }
    return result;
  }
  switch (result) {
    case KW_OK:
    case KW_WANT_WAKE:
    case KW_EOF:
    case KW_TRUNCATED:
      return result;
    default:
      break;
  }
  if (result > 0) return Fault(KW_E_INTERNAL, "the filter answered with a result that it must not give");
  error_text_ = ErrorText(result, error);
  error_reason_ = error.reason;
  static_cast<AbiError&>(LocalError()).Reset();
  return result;
}

int32_t FilterSession::Fault(int32_t result, const char* text) {
  error_text_ = text;
  error_reason_ = KW_REASON_NONE;
  LogWarning("{}: {}", stack_->name(), text);
  return result;
}

}  // namespace keyway::net
