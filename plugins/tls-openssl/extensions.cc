#include "extensions.h"

#include <openssl/err.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "connection.h"
#include "errors.h"
#include "keyway/error.hpp"
#include "keyway/ext/alpn.h"
#include "keyway/ext/crl.h"
#include "keyway/ext/hello.h"
#include "keyway/ext/library.h"
#include "keyway/ext/session.h"
#include "keyway/ext/stats.h"
#include "keyway/ext/tickets.h"
#include "keyway/tls/cipher_table.hpp"
#include "keyway/tls/hello.hpp"
#include "keyway/tls/session.hpp"
#include "library.h"
#include "peer_cert.h"
#include "revocation.h"

namespace keyway::tls_openssl {

using sdk::Fail;
using sdk::Guarded;

namespace {

// Measured with OpenSSL 3.0 on x86-64: an established connection with its buffers freed, and what the two buffers add.
constexpr uint64_t kIdleBytes = 13900;
constexpr uint64_t kBufferBytes = 34000;

int32_t GetStats(kw_conn* conn, kw_conn_stats* out, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    if (!sdk::Sound(out, KW_CONN_STATS_SIZE_0_9)) {
      return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_conn_stats is too short");
    }
    Connection* c = Connection::Of(conn);
    SSL* ssl = c->ssl.get();
    kw_conn_stats stats{};
    stats.memory_bytes = sizeof(Connection) + kIdleBytes + (c->buffers_held ? kBufferBytes : 0);
    if (c->established) {
      if (SSL_session_reused(ssl) == 1) stats.flags |= KW_STATS_RESUMED;
      if (SSL_get0_peer_certificate(ssl) != nullptr) stats.flags |= KW_STATS_PEER_CERT;
      std::snprintf(stats.version, sizeof stats.version, "%s", SSL_get_version(ssl));
      const char* name = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl));
      std::snprintf(stats.cipher, sizeof stats.cipher, "%s", name != nullptr ? name : "");
      const char* group = SSL_group_to_name(ssl, static_cast<int>(SSL_get_negotiated_group(ssl)));
      std::snprintf(stats.group, sizeof stats.group, "%s", group != nullptr ? group : "");
      ERR_clear_error();
    }
    sdk::FillIn(out, stats);
    return KW_OK;
  });
}

std::string SessionTag(const Connection& c) {
  return std::string("tls-openssl\n") + OpenSSL_version(OPENSSL_VERSION_STRING) + "\n" + c.expected.Fingerprint() +
         "\n" + c.context->lists_digest;
}

int32_t GetSession(kw_conn* conn, kw_visit_session visit, void* arg, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    if (!c->established || c->is_server) return KW_OK;
    SessionPtr session(SSL_get1_session(c->ssl.get()));
    if (!session || SSL_SESSION_is_resumable(session.get()) != 1) return KW_OK;
    int len = i2d_SSL_SESSION(session.get(), nullptr);
    if (len <= 0) return FailSetting(err, "", "the session cannot be written out");
    std::string form(static_cast<size_t>(len), '\0');
    auto* at = reinterpret_cast<unsigned char*>(form.data());
    i2d_SSL_SESSION(session.get(), &at);
    sdk::Secret envelope(sdk::tls::WrapSession(SessionTag(*c), form));
    sdk::Wipe(form.data(), form.size());
    kw_bytes shown{envelope.bytes(), envelope.size()};
    visit(arg, &shown);
    return KW_OK;
  });
}

int32_t PutSession(kw_conn* conn, const kw_bytes* bytes, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    std::string_view form =
        sdk::tls::UnwrapSession(SessionTag(*c), {static_cast<const char*>(bytes->data), bytes->len});
    if (c->is_server || c->established || form.empty()) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, nullptr, "the session is not one for this connection");
    }
    auto* at = reinterpret_cast<const unsigned char*>(form.data());
    SessionPtr session(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(form.size())));
    if (!session || SSL_set_session(c->ssl.get(), session.get()) != 1)
      return FailSetting(err, "", "the session cannot be used");
    return KW_OK;
  });
}

int32_t SelectedAlpn(kw_conn* conn, kw_bytes* name, kw_error*) noexcept {
  const unsigned char* data = nullptr;
  unsigned int len = 0;
  SSL_get0_alpn_selected(Connection::Of(conn)->ssl.get(), &data, &len);
  *name = kw_bytes{data, len};
  return KW_OK;
}

constexpr kw_ext_stats kStats = {sizeof(kw_ext_stats), 0, GetStats};
constexpr kw_ext_session kSession = {sizeof(kw_ext_session), 0, GetSession, PutSession};
constexpr kw_ext_alpn kAlpn = {sizeof(kw_ext_alpn), 0, SelectedAlpn};
constexpr kw_ext_crl kCrl = {sizeof(kw_ext_crl), 0, Recheck};
constexpr kw_ext_library kLibrary = {sizeof(kw_ext_library), 0, DescribeLibrary};
constexpr kw_ext_peer_cert kPeerCert = {sizeof(kw_ext_peer_cert), 0, GetPeerCert};
constexpr kw_ext_cert_expiry kCertExpiry = {sizeof(kw_ext_cert_expiry), 0, ContextCerts};
constexpr kw_ext_tickets kTickets = {sizeof(kw_ext_tickets), 0, SetTicketSecrets};

}  // namespace

const void* GetExtension(const char* id) noexcept {
  struct Row {
    const char* id;
    const void* table;
  };
  static constexpr Row kRows[] = {{KW_EXT_STATS, &kStats},        {KW_EXT_SESSION, &kSession},
                                  {KW_EXT_ALPN, &kAlpn},          {KW_EXT_HELLO, &sdk::tls::kHelloExtension},
                                  {KW_EXT_PEER_CERT, &kPeerCert}, {KW_EXT_CERT_EXPIRY, &kCertExpiry},
                                  {KW_EXT_LIBRARY, &kLibrary},    {KW_EXT_CRL, &kCrl},
                                  {KW_EXT_TICKETS, &kTickets}};
  for (const Row& row : kRows) {
    if (std::strcmp(row.id, id) == 0) return row.table;
  }
  return nullptr;
}

}  // namespace keyway::tls_openssl
