// One TLS connection: a WOLFSSL over a kw_pipe.
#pragma once

#include <memory>

#include "context.h"
#include "keyway/tls/verify.hpp"
#include "keyway/transport.h"
#include "ticket_holders.h"
#include "wolf.h"

namespace keyway::tls_wolfssl {

struct Connection {
  SslPtr ssl;
  kw_pipe* pipe = nullptr;
  const Context* context = nullptr;
  sdk::tls::Expectation expected;
  std::shared_ptr<const ClientChain> shown;       // server: what was verified in this handshake, while it goes on
  std::shared_ptr<const ClientChain> resumed_as;  // server: whom the ticket stands for; null for no certificate
  std::unique_ptr<kw_error> failure;              // what ended the connection, to be told again by every later read
  uint32_t cert_reason = 0;                       // KW_REASON_... of our own verification
  const char* cert_words = nullptr;               // what revocation lists said, a literal
  int cert_alert = 0;                             // and the alert for it
  unsigned char last_header[5] = {};              // of the record that came last, while the handshake goes on
  bool is_server = false;
  bool ticket_offered = false;  // server: the client has brought one, good or not
  bool ticket_opened = false;   // server: the last one that the library asked about may be resumed by
  bool demands_cert = false;    // server: a connection without a certificate must not be established
  bool verified = false;        // the library has verified the peer's leaf
  bool name_matched = false;
  bool established = false;
  bool failed = false;           // the library must not be asked for anything any more
  bool peer_closed = false;      // close_notify was read
  bool closed = false;           // close_notify was sent
  bool drained = false;          // everything in rx was used up: only new bytes can bring plaintext
  bool write_encrypted = false;  // ChangeCipherSpec went out
  bool alert_sent = false;
  bool carrier_ended = false;
  bool carrier_reset = false;
  bool out_of_memory = false;

  static Connection* Of(kw_conn* conn) { return reinterpret_cast<Connection*>(conn); }
};

// Whether the peer has sent a certificate in this handshake.
bool ShowedCert(Connection* c);

int32_t ConnOpen(kw_context* ctx, uint32_t side, const kw_verify* verify, kw_pipe* pipe, kw_host_conn* host_conn,
                 kw_conn** out, kw_error* err) noexcept;
extern const kw_conn_ops kConnOps;

}  // namespace keyway::tls_wolfssl
