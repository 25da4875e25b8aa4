// One connection over a transport stack: a descriptor that the host reads and writes, or a stream carrier that moves the
// bytes itself, with a filter (TLS) over it or none. Everything above sees plaintext and never asks which.
//
// A connection lives on one event loop; all of its functions are [io], on that loop's thread. Reading is pulled: the
// handler hears OnReadable once, then calls Receive until it answers kAgain (a handler that stops earlier, because a
// batch is under way, simply calls Receive later: readiness is remembered). Writing is pushed: Send takes the bytes, sends
// what the peer takes now and the rest when it can.
//
// States: opening (dial, handshake) → open → closing (unsent bytes and close_notify go out) → closed. The owner destroys it
// after OnClosed or whenever it wants; destruction closes at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/output_buffer.h"
#include "server/base/receive_buffer.h"

namespace keyway::event {
class EventLoop;
}

namespace keyway::net {

class Connection;
class Stack;

// Stacks that took the place of others, by the origin that they have in common (AcceptRules).
using NewerStacks = std::map<std::string, std::shared_ptr<const Stack>, std::less<>>;

enum class ReceiveStatus : uint8_t {
  kData,       // bytes were appended
  kAgain,      // nothing more now; OnReadable follows
  kEnd,        // the peer closed cleanly
  kTruncated,  // the carrier ended without the filter's close message
  kError,      // reset, protocol error of the filter; close_reason() says what
};

enum class CloseCause : uint8_t {
  kPeerClosed,
  kReset,
  kHandshakeFailed,  // before OnOpen; detail names the reason
  kHandshakeTimeout,
  kPlaintextOnTls,    // the first bytes are no TLS record
  kHandshakeDropped,  // not begun: the peer went away, or too many waited
  kRevoked,           // Recheck found the peer's certificate revoked
  kProtocol,          // the filter found garbage after the handshake
  kDialFailed,
  kLocal,  // Close or Abort was called
};

struct CloseReason {
  CloseCause cause = CloseCause::kLocal;
  std::string detail;  // for the log, empty when there is nothing to add
  // kHandshakeFailed: a word for counters ("cert_expired", "version"; ReasonName in abi_error.h), static text. "peer_closed" when the
  // carrier ended first.
  std::string_view reason = {};
  uint32_t handshake_cpu_us = 0;  // what a handshake that did not end well has cost
};

// The field of a client's certificate that names its user.
enum class PeerUserField : uint8_t { kNone, kCommonName, kUri, kDns, kFingerprint };

// What is known of an open connection; texts are empty where the transport has nothing to say.
struct ConnectionInfo {
  std::string transport;  // the stack's name: "tcp", "tls-openssl", "tls-wolfssl+unix"
  std::string peer;       // "127.0.0.1:1234", "[::1]:1234", or the socket's path
  std::string local;
  bool peer_is_local = false;  // for protected mode: loopback or a local socket
  bool encrypted = false;
  bool plain_instead = false;          // the port speaks a filter's protocol, and this peer came without
  std::string version, cipher, group;  // of TLS
  bool resumed = false;
  uint32_t handshake_cpu_us = 0;  // of this thread's processor time
  std::string peer_name;          // of the peer's certificate, for people; any bytes
  std::string peer_user;          // what names its user, by the stack's rules
};

// [io]. A callback may destroy the connection.
class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  // Dialled and shaken hands; comes at once for a plain carrier.
  virtual void OnOpen(Connection& connection) = 0;
  // Receive has something to say.
  virtual void OnReadable(Connection& connection) = 0;
  // The peer hung up or reset while nobody reads (a blocked client): data may still wait in front of it.
  virtual void OnHangup(Connection& connection) = 0;
  // Unsent bytes fell to zero after Send could not send all.
  virtual void OnDrained(Connection& connection) = 0;
  // The connection is over; nothing more comes. After Close, Abort, a send error or a failed opening.
  virtual void OnClosed(Connection& connection, const CloseReason& reason) = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;

  virtual void set_handler(ConnectionHandler* handler) = 0;
  virtual const ConnectionInfo& info() const = 0;
  // Hands the info over, once; info() is empty afterwards. For owners that keep it themselves.
  virtual std::unique_ptr<ConnectionInfo> TakeInfo() = 0;
  virtual int fd() const = 0;  // -1 when a stream carrier has none
  virtual event::EventLoop& loop() = 0;
  virtual const CloseReason& close_reason() const = 0;

  // Appends plaintext to `into`: at least one byte for kData, at most the room in `into` (after Reserve(1) when it has
  // none), so that the caller bounds a turn.
  virtual ReceiveStatus Receive(ReceiveBuffer& into) = 0;

  // Takes all bytes out of `output` (one TLS record, one send where possible).
  virtual void Send(OutputBuffer& output) = 0;
  virtual size_t unsent_bytes() const = 0;
  // Memory of this connection beside the caller's buffers, an estimate (TLS session included).
  virtual size_t memory_bytes() const = 0;

  // Sends what is left and the filter's close message, then OnClosed. Bounded by a deadline.
  virtual void Close() = 0;
  // Closes now, nothing more is sent; OnClosed comes later from the loop, not from within the call.
  virtual void Abort() = 0;
  // Moving to another loop: Leave on the loop's own thread, outside of all callbacks; then, on the other's, Join. Only an open connection
  // with nothing unsent leaves; false: not now (an engine may need a turn: try once more in the next one, with no Receive in between), or
  // never, because the carrier or the plug-in is bound to a thread. Between the two nothing may be called but the destructor.
  virtual bool Leave() = 0;
  virtual void Join(event::EventLoop& loop) = 0;
  // By what a later connection to the same peer can resume (VerifyPolicy), after it was read from; empty: by nothing. A secret.
  virtual std::string Session() const { return {}; }
  // Whether the peer may stay by the revocation lists of what has taken the place of this connection's stack. If not, it is closed at
  // once, and OnClosed (kRevoked) comes later; a connection that is still opening finds out when it would be open.
  virtual void Recheck(std::shared_ptr<const NewerStacks> /*newer*/) {}
  // Gives back what an idle connection does not need (cron).
  virtual void ReleaseIdleMemory() = 0;
  // Applies to carriers of descriptors; ignored elsewhere. Zero turns it off.
  virtual void SetKeepAlive(int seconds) = 0;
};

}  // namespace keyway::net
