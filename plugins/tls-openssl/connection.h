// One TLS connection: an SSL over a kw_pipe.
//
// The thread's OpenSSL error queue is empty on entry to every function, because every function that leaves something in it
// drains it before it returns. So neither ERR_clear_error nor SSL_pending is called on the way of a request.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "context.h"
#include "keyway/tls/verify.hpp"
#include "keyway/transport.h"

namespace keyway::tls_openssl {

struct Connection {
  SslPtr ssl;
  kw_pipe* pipe = nullptr;
  const Context* context = nullptr;
  sdk::tls::Expectation expected;
  long verify_error = 0;              // X509_V_ERR_... of our own verification, for texts of errors
  std::unique_ptr<kw_error> failure;  // what ended the connection, to be told again by every later read
  bool is_server = false;
  bool name_matched = false;
  bool established = false;
  bool failed = false;       // the library must not be asked for anything any more
  bool peer_closed = false;  // close_notify was read
  bool closed = false;       // close_notify was sent
  bool drained = false;      // everything in rx was used up: only new bytes can bring plaintext
  bool buffers_held = true;  // since the last idle()
  bool carrier_ended = false;
  bool carrier_reset = false;
  bool out_of_memory = false;

  static Connection* Of(kw_conn* conn) { return reinterpret_cast<Connection*>(conn); }
};

int32_t ConnOpen(kw_context* ctx, uint32_t side, const kw_verify* verify, kw_pipe* pipe, kw_host_conn* host_conn,
                 kw_conn** out, kw_error* err) noexcept;
extern const kw_conn_ops kConnOps;

}  // namespace keyway::tls_openssl
