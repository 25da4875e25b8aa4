#include "connection.h"

#include <openssl/err.h>

#include <memory>

#include "errors.h"
#include "keyway/error.hpp"
#include "keyway/tls/record_writer.hpp"
#include "revocation.h"
#include "verify.h"

namespace keyway::tls_openssl {

using sdk::Fail;
using sdk::Guarded;

namespace {

int32_t Ended(Connection* c, kw_error* err) {
  return Fail(err, KW_TRUNCATED, KW_REASON_NONE, nullptr, "%s",
              c->carrier_reset ? "the connection was reset" : "the connection ended without a TLS goodbye");
}

// Why an SSL call gave `result` <= 0.
int32_t Explain(Connection* c, int result, kw_error* err) {
  int why = SSL_get_error(c->ssl.get(), result);
  if (why == SSL_ERROR_WANT_READ) return KW_WANT_READ;
  if (why == SSL_ERROR_ZERO_RETURN) {
    c->peer_closed = true;
    return KW_EOF;
  }
  c->failed = true;
  if (c->out_of_memory) {
    ERR_clear_error();
    return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
  }
  if (c->carrier_ended) {
    ERR_clear_error();
    return Ended(c, err);
  }
  return FailConnection(c->ssl.get(), c->verify_error, c->is_server, err);
}

// What resumption leaves out and what no callback decided. Everything here fails closed.
int32_t CheckEstablished(Connection* c, kw_error* err) {
  bool resumed = SSL_session_reused(c->ssl.get()) == 1;
  if (!c->is_server && c->expected.checks_name() && !c->name_matched) {
    const X509* shown = SSL_get0_peer_certificate(c->ssl.get());
    if (!resumed || shown == nullptr || !NameMatches(const_cast<X509*>(shown), c->expected)) {
      return Fail(err, KW_E_AUTH, KW_REASON_CERT_NAME, nullptr, "the certificate of the server is not for %s",
                  c->expected.Describe().c_str());
    }
  }
  const X509* shown = resumed ? SSL_get0_peer_certificate(c->ssl.get()) : nullptr;
  if (shown != nullptr && StandingOf(c->context->revoked, shown) != sdk::tls::Standing::kGood) {
    return Fail(err, KW_E_AUTH, KW_REASON_CERT_REVOKED, nullptr,
                "the revocation lists do not let the certificate of the resumed session pass");
  }
  if (c->is_server && shown != nullptr) {
    if (X509_cmp_current_time(X509_get0_notAfter(shown)) < 0) {
      return Fail(err, KW_E_AUTH, KW_REASON_CERT_EXPIRED, nullptr,
                  "the certificate of the resumed session has expired");
    }
  }
  return KW_OK;
}

// A failed check of the name is told with the names, which the library does not know.
void NameTheNames(const Connection& c, kw_error* err) {
  if (c.verify_error == X509_V_ERR_HOSTNAME_MISMATCH) {
    Fail(err, KW_E_AUTH, KW_REASON_CERT_NAME, nullptr, "the certificate of the server is not for %s",
         c.expected.Describe().c_str());
  }
}

int32_t Handshake(kw_conn* conn, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    if (c->established) return KW_OK;
    if (c->failed) return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "the handshake has failed before");
    c->buffers_held = true;
    int r = SSL_do_handshake(c->ssl.get());
    if (r != 1) {
      int32_t result = Explain(c, r, err);
      if (result == KW_E_AUTH) NameTheNames(*c, err);
      if (result != KW_EOF) return result;
      c->failed = true;
      return Fail(err, KW_TRUNCATED, KW_REASON_NONE, nullptr, "the peer said goodbye in the middle of the handshake");
    }
    ERR_clear_error();
    if (int32_t result = CheckEstablished(c, err); result != KW_OK) {
      c->failed = true;
      return result;
    }
    c->established = true;
    return KW_OK;
  });
}

void KeepFailure(Connection* c, const kw_error& err) {
  if (err.size < KW_ERROR_SIZE_0_9) return;
  c->failure = std::make_unique<kw_error>();
  c->failure->size = sizeof(kw_error);
  sdk::FillIn(c->failure.get(), err);
}

bool RxHolds(kw_pipe* pipe) {
  const uint8_t* data = nullptr;
  uint64_t len = 0;
  return pipe->rx_peek(pipe, &data, &len) != KW_OK || len > 0;
}

// What a connection that can deliver no more plaintext answers; KW_OK when it may still.
int32_t Finished(Connection* c, kw_error* err) {
  if (c->peer_closed) return KW_EOF;
  if (c->failed && c->carrier_ended) return Ended(c, err);
  if (c->failure) {
    sdk::FillIn(err, *c->failure);
    return c->failure->code;
  }
  if (c->failed) return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "the connection has failed before");
  if (!c->established) return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "the handshake is not done");
  return KW_OK;
}

int32_t Read(kw_conn* conn, void* buf, uint64_t cap, uint64_t* n, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    *n = 0;
    if (int32_t r = Finished(c, err); r != KW_OK) return r;
    auto* to = static_cast<unsigned char*>(buf);
    if (c->drained && !RxHolds(c->pipe)) return KW_WANT_READ;
    c->buffers_held = true;
    c->drained = false;
    uint64_t done = 0;
    while (done < cap) {
      size_t part = 0;
      int r = SSL_read_ex(c->ssl.get(), to + done, cap - done, &part);
      if (r == 1) {
        done += part;
        // A record that was delivered whole, and nothing behind it: asking again would only cost a failing call.
        if (done < cap && !RxHolds(c->pipe)) {
          c->drained = true;
          break;
        }
        continue;
      }
      int32_t result = Explain(c, r, err);
      if (result == KW_WANT_READ) c->drained = true;
      if (result < 0) KeepFailure(c, *err);
      if (done == 0) return result;
      // What came before the end or the error goes first; the next call tells it.
      break;
    }
    *n = done;
    return KW_OK;
  });
}

int32_t WriteRecord(Connection* c, const void* data, size_t len, kw_error* err) {
  size_t done = 0;
  int r = SSL_write_ex(c->ssl.get(), data, len, &done);
  if (r == 1 && done == len) return KW_OK;
  int32_t result = r == 1 ? KW_E_INTERNAL : Explain(c, 0, err);
  c->failed = true;
  // With a pipe that takes everything, waiting for the peer cannot be the reason.
  if (result >= 0 && result != KW_TRUNCATED) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "OpenSSL did not take what it was given");
  }
  return result == KW_TRUNCATED ? Fail(err, KW_E_PEER, KW_REASON_NONE, nullptr, "the connection has ended") : result;
}

int32_t Writev(kw_conn* conn, const kw_bytes* pieces, uint32_t count, uint64_t* n, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    *n = 0;
    if (c->failed || c->closed || !c->established) {
      return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "the connection is not open for writing");
    }
    uint64_t total = sdk::tls::TotalSize(pieces, count);
    if (total > KW_WRITEV_MAX) {
      return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "more than KW_WRITEV_MAX bytes in one call");
    }
    if (total == 0) return KW_OK;
    c->buffers_held = true;
    int32_t r = sdk::tls::WriteRecords(pieces, count,
                                       [&](const void* data, size_t len) { return WriteRecord(c, data, len, err); });
    if (r != KW_OK) return r;
    *n = total;
    return KW_OK;
  });
}

void Idle(kw_conn* conn) noexcept {
  Connection* c = Connection::Of(conn);
  if (!c->established || c->failed) return;
  // Refused while a record is half read; the next idle() comes.
  if (SSL_free_buffers(c->ssl.get()) == 1) c->buffers_held = false;
  ERR_clear_error();
}

int32_t Shutdown(kw_conn* conn, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    if (c->closed || c->failed || !c->established) return KW_OK;
    c->closed = true;
    SSL_shutdown(c->ssl.get());
    ERR_clear_error();
    if (c->out_of_memory) return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
    return KW_OK;
  });
}

void Close(kw_conn* conn) noexcept {
  Connection* c = Connection::Of(conn);
  // SSL_free drops the session of a connection without a goodbye from the cache; a peer that just hangs up may come back.
  if (!c->failed) SSL_set_shutdown(c->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  delete c;
  ERR_clear_error();
}

int32_t SetUpClient(Connection* c, kw_error* err) {
  SSL* ssl = c->ssl.get();
  SSL_set_connect_state(ssl);
  SSL_set_verify(ssl, c->expected.checks_chain() ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, VerifyServer);
  if (!c->expected.checks_chain()) SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
  if (!c->expected.server_name.empty() && SSL_set_tlsext_host_name(ssl, c->expected.server_name.c_str()) != 1) {
    return FailSetting(err, "", "the server name cannot be sent");
  }
  std::string alpn = AlpnWire(c->expected);
  if (!alpn.empty() && SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                                           static_cast<unsigned int>(alpn.size())) != 0) {
    return FailSetting(err, "", "the application protocols cannot be offered");
  }
  return KW_OK;
}

}  // namespace

int32_t ConnOpen(kw_context* ctx, uint32_t side, const kw_verify* verify, kw_pipe* pipe, kw_host_conn*, kw_conn** out,
                 kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Context* context = Context::Of(ctx);
    if (!sdk::Sound(pipe, KW_PIPE_SIZE_0_9) || !sdk::FlagsKnown(pipe->flags, 0)) {
      return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_pipe is too short or has unknown flags");
    }
    auto c = std::make_unique<Connection>();
    if (int32_t r = sdk::tls::ReadVerify(verify, side, context->has_ca, &c->expected, err); r != KW_OK) return r;
    c->is_server = side == KW_SIDE_SERVER;
    c->pipe = pipe;
    c->context = context;
    SSL_CTX* ssl_ctx = c->is_server ? context->server.get() : context->client.get();
    if (ssl_ctx == nullptr) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, nullptr, "the context was not made for this side");
    }
    c->ssl.reset(SSL_new(ssl_ctx));
    BIO* bio = c->ssl ? BIO_new(context->pipe_bio.get()) : nullptr;
    if (bio == nullptr) {
      ERR_clear_error();
      return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
    }
    BIO_set_data(bio, c.get());
    SSL_set_bio(c->ssl.get(), bio, bio);
    SSL_set_app_data(c->ssl.get(), c.get());
    if (c->is_server) {
      SSL_set_accept_state(c->ssl.get());
    } else if (int32_t r = SetUpClient(c.get(), err); r != KW_OK) {
      return r;
    }
    *out = reinterpret_cast<kw_conn*>(c.release());
    return KW_OK;
  });
}

const kw_conn_ops kConnOps = {
    .size = sizeof(kw_conn_ops),
    .flags = 0,
    .handshake = Handshake,
    .read = Read,
    .writev = Writev,
    .idle = Idle,
    .shutdown = Shutdown,
    .close = Close,
};

}  // namespace keyway::tls_openssl
