#include "extensions.h"

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
#include "revocation.h"

namespace keyway::tls_wolfssl {

using sdk::Fail;
using sdk::Guarded;

namespace {

// Measured with wolfSSL 5.5.4 as Debian builds it, x86-64: an established connection at rest.
constexpr uint64_t kIdleBytes = 56000;

int32_t GetStats(kw_conn* conn, kw_conn_stats* out, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    if (!sdk::Sound(out, KW_CONN_STATS_SIZE_0_9)) {
      return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_conn_stats is too short");
    }
    Connection* c = Connection::Of(conn);
    WOLFSSL* ssl = c->ssl.get();
    kw_conn_stats stats{};
    stats.memory_bytes = sizeof(Connection) + kIdleBytes;
    if (c->established) {
      if (wolfSSL_session_reused(ssl) != 0) stats.flags |= KW_STATS_RESUMED;
      if (c->resumed_as != nullptr || ShowedCert(c)) stats.flags |= KW_STATS_PEER_CERT;
      std::snprintf(stats.version, sizeof stats.version, "%s", wolfSSL_get_version(ssl));
      const char* name = sdk::tls::SuiteName(static_cast<uint16_t>(wolfSSL_get_current_cipher_suite(ssl)));
      std::snprintf(stats.cipher, sizeof stats.cipher, "%s", name != nullptr ? name : "");
      const char* group = wolfSSL_get_curve_name(ssl);
      for (size_t i = 0; group != nullptr && group[i] != '\0' && i + 1 < sizeof stats.group; ++i) {
        stats.group[i] = group[i] >= 'A' && group[i] <= 'Z' ? static_cast<char>(group[i] + ('a' - 'A')) : group[i];
      }
      DrainErrors();
    }
    sdk::FillIn(out, stats);
    return KW_OK;
  });
}

std::string SessionTag(const Connection& c) {
  return std::string("tls-wolfssl\n") + wolfSSL_lib_version() + "\n" + c.expected.Fingerprint() + "\n" +
         c.context->lists_digest;
}

int32_t GetSession(kw_conn* conn, kw_visit_session visit, void* arg, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    if (!c->established || c->is_server) return KW_OK;
    // With TLS 1.2 the library takes any answer to a ticket for a resumption, and a server that declines it is lost.
    if (wolfSSL_GetVersion(c->ssl.get()) != WOLFSSL_TLSV1_3) return KW_OK;
    // What the library keeps of a resumed connection is refused by servers of OpenSSL (alert 47). The session that it was resumed by
    // goes on being good.
    if (wolfSSL_session_reused(c->ssl.get()) != 0) return KW_OK;
    SessionPtr session(wolfSSL_get1_session(c->ssl.get()));
    if (!session || wolfSSL_SESSION_has_ticket(session.get()) == 0) return KW_OK;
    int len = wolfSSL_i2d_SSL_SESSION(session.get(), nullptr);
    if (len <= 0) return FailSetting(err, "", "the session cannot be written out", len);
    std::string form(static_cast<size_t>(len), '\0');
    auto* at = reinterpret_cast<unsigned char*>(form.data());
    len = wolfSSL_i2d_SSL_SESSION(session.get(), &at);
    DrainErrors();
    if (len <= 0) return FailSetting(err, "", "the session cannot be written out", len);
    sdk::Secret envelope(
        sdk::tls::WrapSession(SessionTag(*c), std::string_view(form).substr(0, static_cast<size_t>(len))));
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
    SessionPtr session(wolfSSL_d2i_SSL_SESSION(nullptr, &at, static_cast<long>(form.size())));
    bool ok = session && wolfSSL_set_session(c->ssl.get(), session.get()) == WOLFSSL_SUCCESS;
    DrainErrors();
    return ok ? KW_OK : Fail(err, KW_E_CONFIG, KW_REASON_NONE, nullptr, "the session cannot be used any more");
  });
}

int32_t SelectedAlpn(kw_conn* conn, kw_bytes* name, kw_error*) noexcept {
  *name = kw_bytes{nullptr, 0};
#ifdef HAVE_ALPN
  char* data = nullptr;
  unsigned short len = 0;
  if (wolfSSL_ALPN_GetProtocol(Connection::Of(conn)->ssl.get(), &data, &len) == WOLFSSL_SUCCESS)
    *name = kw_bytes{data, len};
  DrainErrors();
#else
  (void)conn;
#endif
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

}  // namespace keyway::tls_wolfssl
