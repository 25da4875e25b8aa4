#include "connection.h"

#include <memory>
#include <utility>

#include "errors.h"
#include "groups.h"
#include "keyway/error.hpp"
#include "keyway/tls/alert.hpp"
#include "keyway/tls/record_writer.hpp"
#include "pipe_io.h"
#include "verify.h"

namespace keyway::tls_wolfssl {

using sdk::Fail;
using sdk::Guarded;

namespace {

int32_t Ended(Connection* c, kw_error* err) {
  return Fail(err, KW_TRUNCATED, KW_REASON_NONE, nullptr, "%s",
              c->carrier_reset ? "the connection was reset" : "the connection ended without a TLS goodbye");
}

// Why a call of the library gave `result` <= 0.
int32_t Explain(Connection* c, int result, kw_error* err) {
  int why = wolfSSL_get_error(c->ssl.get(), result);
  if (why == WOLFSSL_ERROR_WANT_READ || why == WANT_READ) {
    DrainErrors();
    return KW_WANT_READ;
  }
  if (why == WOLFSSL_ERROR_ZERO_RETURN || why == ZERO_RETURN) {
    DrainErrors();
    c->peer_closed = true;
    return KW_EOF;
  }
  c->failed = true;
  if (c->out_of_memory) {
    DrainErrors();
    return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
  }
  // Set by the read callback only after everything that had come was used, so it is the cause and no alert is overlooked.
  if (c->carrier_ended) {
    DrainErrors();
    return Ended(c, err);
  }
  int alert = c->established ? -1 : PlainAlertInRx(c);
  return FailConnection(c->ssl.get(), why, c->cert_reason, alert, c->is_server, err);
}

bool IsTls13(const Connection& c) { return wolfSSL_GetVersion(c.ssl.get()) == WOLFSSL_TLSV1_3; }

// Says in the clear what the library does not say at all: a client of TLS 1.2 without a certificate is dropped in silence otherwise.
void TellPeer(Connection* c, int32_t result, const kw_error& err) {
  bool tell = result == KW_E_AUTH || result == KW_E_PROTO;
  if (!tell || c->alert_sent || c->write_encrypted) return;
  uint32_t reason = KW_HAS_FIELD(&err, kw_error, reason) ? err.reason : KW_REASON_NONE;
  int alert = sdk::tls::kAlertHandshakeFailure;
  if (result == KW_E_AUTH) alert = sdk::tls::AlertForReason(reason, IsTls13(*c));
  if (c->cert_alert != 0) alert = c->cert_alert;
  if (reason == KW_REASON_VERSION) alert = sdk::tls::kAlertProtocolVersion;
  // A peer that does not speak TLS is owed no alert; the host answers it in its own words.
  if (reason != KW_REASON_NOT_THIS_PROTOCOL) SendPlainAlert(c, alert);
}

// Settles who the client is. Everything here fails closed.
int32_t CheckClient(Connection* c, bool resumed, kw_error* err) {
  const std::shared_ptr<const ClientChain> shown = std::move(c->shown);
  if (!resumed) {
    c->resumed_as.reset();
    if (shown != nullptr && c->ticket_offered) RememberDeclined(c->context->tickets, shown);
    if (!c->demands_cert || ShowedCert(c)) return KW_OK;
    return Fail(err, KW_E_AUTH, KW_REASON_CERT_MISSING, nullptr, "the client showed no certificate");
  }
  c->verified = c->resumed_as != nullptr;
  if (c->ticket_opened && (c->verified || !c->demands_cert)) return KW_OK;
  return Fail(err, KW_E_AUTH, KW_REASON_CERT_MISSING, nullptr, "the client of the resumed session is not known");
}

// What no callback decided.
int32_t CheckEstablished(Connection* c, kw_error* err) {
  bool resumed = wolfSSL_session_reused(c->ssl.get()) != 0;
  if (c->is_server) {
    if (int32_t r = CheckClient(c, resumed, err); r != KW_OK) return r;
  }
  if (!resumed && !UsesOneOf(c->context->groups, c->ssl.get())) {
    return Fail(err, KW_E_PROTO, KW_REASON_CIPHER, nullptr, "TLS with %s failed: no key-exchange group in common",
                c->is_server ? "the client" : "the server");
  }
  // A resumed session was tied to the same names when it was put in.
  if (!c->is_server && c->expected.checks_name() && !c->name_matched && !resumed) {
    return Fail(err, KW_E_AUTH, KW_REASON_CERT_NAME, nullptr, "the certificate of the server is not for %s",
                c->expected.Describe().c_str());
  }
  return KW_OK;
}

// What the library has no words for.
void NameTheNames(const Connection& c, kw_error* err) {
  if (c.cert_reason == KW_REASON_CERT_NAME) {
    Fail(err, KW_E_AUTH, KW_REASON_CERT_NAME, nullptr, "the certificate of the server is not for %s",
         c.expected.Describe().c_str());
  }
  if (c.cert_words != nullptr) {
    Fail(err, KW_E_AUTH, c.cert_reason, nullptr, "the certificate of %s was not accepted: %s",
         c.is_server ? "the client" : "the server", c.cert_words);
  }
}

int32_t Handshake(kw_conn* conn, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    if (c->established) return KW_OK;
    if (c->failed) return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "the handshake has failed before");
    int r = c->is_server ? wolfSSL_accept(c->ssl.get()) : wolfSSL_connect(c->ssl.get());
    if (r != WOLFSSL_SUCCESS) {
      int32_t result = Explain(c, r, err);
      if (result == KW_E_AUTH) NameTheNames(*c, err);
      if (result < 0) TellPeer(c, result, *err);
      if (result != KW_EOF) return result;
      c->failed = true;
      return Fail(err, KW_TRUNCATED, KW_REASON_NONE, nullptr, "the peer said goodbye in the middle of the handshake");
    }
    DrainErrors();
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
    if (c->drained && !RxHolds(c->pipe)) return KW_WANT_READ;
    c->drained = false;
    constexpr uint64_t kMost = 1u << 30;
    uint64_t done = 0;
    while (done < cap) {
      uint64_t room = cap - done < kMost ? cap - done : kMost;
      int r = wolfSSL_read(c->ssl.get(), static_cast<char*>(buf) + done, static_cast<int>(room));
      if (r > 0) {
        done += static_cast<uint64_t>(r);
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
  int r = wolfSSL_write(c->ssl.get(), data, static_cast<int>(len));
  if (r == static_cast<int>(len)) return KW_OK;
  int32_t result = r > 0 ? KW_E_INTERNAL : Explain(c, r, err);
  c->failed = true;
  if (result < 0 && r <= 0) return result;
  DrainErrors();
  // With a pipe that takes everything, waiting for the peer cannot be the reason.
  return c->carrier_ended ? Fail(err, KW_E_PEER, KW_REASON_NONE, nullptr, "the connection has ended")
                          : Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "wolfSSL did not take what it was given");
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
    int32_t r = sdk::tls::WriteRecords(pieces, count,
                                       [&](const void* data, size_t len) { return WriteRecord(c, data, len, err); });
    if (r == KW_OK) *n = total;
    return r;
  });
}

// The library frees its record buffers by itself as soon as they are empty, and the handshake's when that is done.
void Idle(kw_conn*) noexcept {}

int32_t Shutdown(kw_conn* conn, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    if (c->closed || c->failed || !c->established) return KW_OK;
    c->closed = true;
    wolfSSL_shutdown(c->ssl.get());
    DrainErrors();
    if (c->out_of_memory) return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
    return KW_OK;
  });
}

void Close(kw_conn* conn) noexcept {
  delete Connection::Of(conn);
  DrainErrors();
}

int32_t SetUpClient(Connection* c, kw_error* err) {
  WOLFSSL* ssl = c->ssl.get();
  wolfSSL_set_verify(ssl, c->expected.checks_chain() ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE,
                     c->expected.checks_chain() ? VerifyPeer : nullptr);
  const std::string& name = c->expected.server_name;
  if (!name.empty() && wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, name.data(),
                                      static_cast<unsigned short>(name.size())) != WOLFSSL_SUCCESS) {
    return FailSetting(err, "", "the server name cannot be sent", 0);
  }
  return KW_OK;
}

int32_t SetUpAlpn(Connection* c, kw_error* err) {
#ifdef HAVE_ALPN
  std::string list;
  for (const std::string& name : c->expected.alpn) list += (list.empty() ? "" : ",") + name;
  if (!list.empty() && wolfSSL_UseALPN(c->ssl.get(), list.data(), static_cast<unsigned int>(list.size()),
                                       WOLFSSL_ALPN_CONTINUE_ON_MISMATCH) != WOLFSSL_SUCCESS) {
    return FailSetting(err, "", "the application protocols cannot be offered", 0);
  }
#else
  if (!c->expected.alpn.empty()) {
    return Fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, nullptr, "this wolfSSL was built without ALPN");
  }
#endif
  return KW_OK;
}

}  // namespace

bool ShowedCert(Connection* c) {
  X509Ptr shown(wolfSSL_get_peer_certificate(c->ssl.get()));
  DrainErrors();
  return shown != nullptr;
}

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
    c->demands_cert = c->is_server && context->auth == sdk::tls::AuthClients::kYes;
    c->pipe = pipe;
    c->context = context;
    WOLFSSL_CTX* wolf = c->is_server ? context->server.get() : context->client.get();
    if (wolf == nullptr)
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, nullptr, "the context was not made for this side");
    c->ssl.reset(wolfSSL_new(wolf));
    if (!c->ssl) {
      DrainErrors();
      return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
    }
    wolfSSL_SetIOReadCtx(c->ssl.get(), c.get());
    wolfSSL_SetIOWriteCtx(c->ssl.get(), c.get());
    wolfSSL_SetCertCbCtx(c->ssl.get(), c.get());
    if (int32_t r = SetUpAlpn(c.get(), err); r != KW_OK) return r;
    if (!c->is_server) {
      if (int32_t r = SetUpClient(c.get(), err); r != KW_OK) return r;
    }
    DrainErrors();
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

}  // namespace keyway::tls_wolfssl
