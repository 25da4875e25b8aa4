// The exec thread's side of one client: everything that commands see and change of it. The connection itself (socket,
// TLS, parser) belongs to an I/O thread and is no part of this; app::Session joins the two.
//
// All fields are [exec]. Commands change plain fields directly; what has consequences elsewhere (closing, pausing,
// switching the protocol) goes through ClientDirectory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/output_buffer.h"
#include "server/command/spec.h"
#include "server/resp/reply_writer.h"

namespace keyway::command {

using ClientFlags = uint32_t;
inline constexpr ClientFlags kClientPrimaryLink = 1u << 0;  // our primary, whose stream we apply
inline constexpr ClientFlags kClientReplica = 1u << 1;
inline constexpr ClientFlags kClientMonitor = 1u << 2;
inline constexpr ClientFlags kClientPubSub = 1u << 3;
inline constexpr ClientFlags kClientMulti = 1u << 4;  // between MULTI and EXEC
inline constexpr ClientFlags kClientBlocked = 1u << 5;
inline constexpr ClientFlags kClientNoEvict = 1u << 6;
inline constexpr ClientFlags kClientNoTouch = 1u << 7;
inline constexpr ClientFlags kClientReadOnly = 1u << 8;  // READONLY in a cluster
inline constexpr ClientFlags kClientAsking = 1u << 9;
inline constexpr ClientFlags kClientUnixSocket = 1u << 10;
inline constexpr ClientFlags kClientLocal = 1u << 11;      // the peer is on this machine
inline constexpr ClientFlags kClientReplyOff = 1u << 12;   // CLIENT REPLY OFF
inline constexpr ClientFlags kClientReplySkip = 1u << 13;  // this command's reply is not sent
inline constexpr ClientFlags kClientReplySkipNext = 1u << 14;
inline constexpr ClientFlags kClientCloseAfterReply = 1u << 15;  // what is written goes out first
inline constexpr ClientFlags kClientCloseAsap = 1u << 16;        // as good as gone: no command of it runs any more
inline constexpr ClientFlags kClientNoLoop = 1u << 17;           // no connection: scripts, the AOF loader, tests
inline constexpr ClientFlags kClientRunning = 1u << 18;     // inside its requests: nothing may be pushed into a reply
inline constexpr ClientFlags kClientPushesWait = 1u << 19;  // waiting_pushes has something

// Output limit classes of client-output-buffer-limit.
enum class ClientClass : uint8_t { kNormal, kReplica, kPubSub, kPrimary };

class Subscriptions;
struct Transaction;

// What a client says of itself. Apart, because most say nothing.
struct ClientLabels {
  std::string name;                           // CLIENT SETNAME
  std::string library_name, library_version;  // CLIENT SETINFO
};

struct ClientTls {
  // Few different texts, which the owner of the clients keeps.
  std::string_view version, cipher;
  std::string peer_name;  // for people; any bytes, as all that a certificate says
  std::string user;       // that the certificate names (tls-auth-clients-user); empty: none
  bool resumed = false;
};

struct Client {
  Client();
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // ---- every command touches these
  ClientFlags flags = 0;
  int db = 0;
  bool authenticated = true;
  bool in_pending_flush = false;  // owned by the session
  uint16_t io_thread = 0;
  const CommandSpec* last_command = nullptr;
  int64_t last_interaction_ms = 0;
  OutputBuffer output;  // replies of this turn
  resp::ReplyWriter reply{output};

  // ---- some do
  std::unique_ptr<Transaction> transaction;      // while MULTI is open or keys are watched
  std::unique_ptr<Subscriptions> subscriptions;  // while there are any; owned by the tables of pub/sub
  std::unique_ptr<OutputBuffer> waiting_pushes;  // behind the reply of the running command
  uint64_t id = 0;
  int64_t created_ms = 0;
  std::unique_ptr<ClientLabels> labels_if_any;  // by labels() and SetLabels()
  std::unique_ptr<ClientTls> tls;               // of an encrypted connection
  std::string user = "default";
  std::string peer;  // address as CLIENT LIST shows it
  // Few different texts, which the owner of the clients keeps.
  std::string_view local;      // the other end's
  std::string_view transport;  // stack name
  int socket_fd = -1;          // for CLIENT LIST only

  // ---- accounting
  uint64_t query_bytes = 0;     // of the batch being executed, from the running command on
  uint64_t argument_bytes = 0;  // of the running command
  uint64_t total_net_input = 0, total_net_output = 0, total_commands = 0;
  int64_t soft_limit_since_ms = 0;  // when the soft output limit was passed; 0: it is not

  bool Has(ClientFlags flag) const { return (flags & flag) != 0; }
  const ClientLabels& labels() const;
  ClientLabels& SetLabels();
  // Where a push to the client goes: to the end of its output, or behind the reply that is being written.
  OutputBuffer& push_output();
  void ReleasePushes();  // the reply is complete. Requires kClientPushesWait
  ClientClass client_class() const {
    if (Has(kClientPrimaryLink)) return ClientClass::kPrimary;
    if (Has(kClientReplica) && !Has(kClientMonitor)) return ClientClass::kReplica;
    return Has(kClientPubSub) ? ClientClass::kPubSub : ClientClass::kNormal;
  }
};

}  // namespace keyway::command
