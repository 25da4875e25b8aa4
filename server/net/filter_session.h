// A filter's connection object and its pipe: every call into the plug-in goes through here, and every rule about results
// is checked here. No I/O: a connection, or a test, carries the bytes.
//
// The host's part of the rules (keyway/transport.h, RULES OF THE PIPE): calls only below the high mark of tx, at most KW_WRITEV_MAX
// bytes a writev, after KW_WANT_READ no call before bytes or the end have come, bounded leftovers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "keyway/transport.h"
#include "server/base/check.h"
#include "server/base/output_buffer.h"
#include "server/net/connection.h"
#include "server/net/host.h"
#include "server/net/host_services.h"
#include "server/net/pipe.h"
#include "server/net/stack.h"

namespace keyway::net {

// [io] of its connection. Results are those of the ABI; after an error error_text() and error_reason() say more.
class FilterSession {
 public:
  // `stack` outlives the session.
  explicit FilterSession(const Stack& stack) : stack_(&stack), ops_(&stack.filter_ops()) {}
  ~FilterSession() { Close(); }
  FilterSession(const FilterSession&) = delete;
  FilterSession& operator=(const FilterSession&) = delete;

  // Another stack, before Open. What is in the pipe stays.
  void UseStack(const Stack& stack) {
    KW_DCHECK(!is_open());
    stack_ = &stack;
    ops_ = &stack.filter_ops();
  }
  // Makes the plug-in's connection. `verify` is null on the server's side.
  int32_t Open(uint32_t side, const VerifyPolicy* verify, HostConnection& host);
  bool is_open() const { return conn_ != nullptr; }
  void Close();  // frees it; the pipe is cleared

  Pipe& pipe() { return pipe_; }
  const Pipe& pipe() const { return pipe_; }
  // Whether handshake, read and writev may be called: tx is below its high mark.
  bool below_high_mark() const { return pipe_.tx().size() < KW_TX_HIGH; }

  // All within a PipeUse. Each needs below_high_mark(), but for Shutdown.
  int32_t Handshake();
  int32_t Read(std::span<char> room, size_t& bytes);
  int32_t Write(OutputBuffer& plaintext, size_t max);  // takes at most `max` (1 … KW_WRITEV_MAX) from the front
  int32_t Shutdown();

  // Of a dialled connection, by session/1; empty without.
  std::string Session() const;
  // What crl/1 says by the lists of another context of the same copy of the plug-in; KW_OK without the extension.
  int32_t Recheck(const PluginContext& context);
  void Idle();
  // What stats/1 and peer-cert/1 say. `user_field`: of the peer's certificate, for peer_user.
  void Describe(ConnectionInfo& info, PeerUserField user_field) const;
  size_t memory_bytes() const;

  const std::string& error_text() const { return error_text_; }
  uint32_t error_reason() const { return error_reason_; }

 private:
  void Resume(const std::string& session);
  int32_t Check(int32_t result, const kw_error& error);
  int32_t Fault(int32_t result, const char* text);

  const Stack* stack_;
  const kw_conn_ops* ops_;
  kw_conn* conn_ = nullptr;
  Pipe pipe_;
  std::string error_text_;
  uint32_t error_reason_ = KW_REASON_NONE;
};

}  // namespace keyway::net
