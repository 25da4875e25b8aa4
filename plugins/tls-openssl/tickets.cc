#include "tickets.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>
#include <memory>
#include <vector>

#include "context.h"
#include "errors.h"
#include "keyway/error.hpp"
#include "revocation.h"

namespace keyway::tls_openssl {

using sdk::Fail;
using namespace sdk::tls;

namespace {

bool HmacSha256(const char* key, size_t key_len, const unsigned char* data, size_t len, unsigned char* out) {
  unsigned int out_len = 0;
  return HMAC(EVP_sha256(), key, static_cast<int>(key_len), data, len, out, &out_len) != nullptr && out_len == 32;
}

std::string Sha256(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), sizeof digest);
}

const TicketKey* FindKey(const TicketKeySet& set, const unsigned char* name) {
  for (const TicketKey& key : set.keys) {
    if (CRYPTO_memcmp(key.name, name, sizeof key.name) == 0) return &key;
  }
  return nullptr;
}

int UseKey(const Tickets& tickets, const TicketKey& key, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
           bool seal) {
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac), sizeof key.mac),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  if (EVP_CipherInit_ex(cipher, tickets.cipher.get(), nullptr, key.cipher, iv, seal ? 1 : 0) != 1) return -1;
  return EVP_MAC_CTX_set_params(mac, params) == 1 ? 1 : -1;
}

// 1: key found; 2: found, but the ticket should be renewed; 0: not found (a full handshake follows); -1: failure.
int TicketKeyCallback(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                      int seal) {
  auto* tickets = static_cast<Tickets*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const std::shared_ptr<const TicketKeySet> set = tickets != nullptr ? tickets->keys.Get() : nullptr;
  if (set == nullptr) return seal ? -1 : 0;
  if (seal) {
    const TicketKey& key = set->keys.front();
    if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1) return -1;
    std::memcpy(name, key.name, sizeof key.name);
    return UseKey(*tickets, key, iv, cipher, mac, true);
  }
  const TicketKey* key = FindKey(*set, name);
  if (key == nullptr) return 0;
  int r = UseKey(*tickets, *key, iv, cipher, mac, false);
  return r == 1 && key != &set->keys.front() ? 2 : r;
}

// The last word on a ticket that opened: the identity in it has to be good enough today as well.
bool IdentityStands(const Tickets& tickets, SSL_SESSION* session) {
  if (tickets.auth == AuthClients::kNo) return true;
  X509* peer = SSL_SESSION_get0_peer(session);
  if (peer == nullptr) return tickets.auth == AuthClients::kOptional;
  return X509_cmp_current_time(X509_get0_notAfter(peer)) > 0 && StandingOf(*tickets.revoked, peer) == Standing::kGood;
}

SSL_TICKET_RETURN TicketDecrypted(SSL*, SSL_SESSION* session, const unsigned char*, size_t, SSL_TICKET_STATUS status,
                                  void* arg) {
  switch (status) {
    case SSL_TICKET_SUCCESS:
    case SSL_TICKET_SUCCESS_RENEW:
      if (!IdentityStands(*static_cast<Tickets*>(arg), session)) return SSL_TICKET_RETURN_IGNORE_RENEW;
      return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
    case SSL_TICKET_EMPTY:
    case SSL_TICKET_NO_DECRYPT:
      return SSL_TICKET_RETURN_IGNORE_RENEW;
    default:
      return SSL_TICKET_RETURN_ABORT;
  }
}

int TicketMade(SSL*, void*) { return 1; }

int32_t UseSecrets(const std::vector<TicketSecret>& secrets, Tickets* tickets, const char* setting, kw_error* err) {
  if (!UseTicketSecrets(secrets, "tls-openssl", OpenSSL_version(OPENSSL_VERSION_STRING), tickets->policy, HmacSha256,
                        &tickets->keys)) {
    return FailSetting(err, setting, "the keys cannot be derived");
  }
  return KW_OK;
}

int32_t DeriveKeys(const TlsSettings& settings, Tickets* out, kw_error* err) {
  std::vector<TicketSecret> secrets;
  out->policy = PolicyDigest(settings);
  out->of_user = settings.ticket_key_file.set();
  if (out->of_user) {
    if (int32_t r = ParseTicketFile(settings.ticket_key_file, &secrets, err); r != KW_OK) return r;
    return UseSecrets(secrets, out, kTicketFileSetting, err);
  }
  if (int32_t r = ParseTicketSecrets(settings.ticket_keys, &secrets, err); r != KW_OK) return r;
  if (secrets.empty()) {
    // Without secrets of the host, tickets live as long as this context.
    std::string random(48, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size())) != 1) {
      return FailSetting(err, "", "no random numbers");
    }
    secrets.push_back(TicketSecret{"local", sdk::Secret(std::move(random)), true});
  }
  return UseSecrets(secrets, out, "tls-session-ticket-keys", err);
}

}  // namespace

std::string PolicyDigest(const TlsSettings& settings) { return Sha256(PolicyText(settings)); }

std::string DigestOfLists(const TlsSettings& settings) {
  return settings.crl.set() ? Sha256(settings.crl.bytes) : std::string();
}

int32_t SetUpTickets(SSL_CTX* ctx, const TlsSettings& settings, Tickets* out, kw_error* err) {
  // Keys are parsed even when nothing is resumed, so that a fault in them shows at once.
  if (int32_t r = DeriveKeys(settings, out, err); r != KW_OK) return r;
  out->auth = settings.auth;
  // Without an id context, a client that comes with a session is turned away once clients need certificates.
  SSL_CTX_set_session_id_context(ctx, reinterpret_cast<const unsigned char*>(out->policy.data()), 32);
  if (!settings.session_caching) {
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx, 0);
    return KW_OK;
  }
  out->cipher.reset(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr));
  if (!out->cipher) return FailSetting(err, "tls-session-caching", "tickets need AES-256-CBC");
  SSL_CTX_set_app_data(ctx, out);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, TicketKeyCallback);
  SSL_CTX_set_session_ticket_cb(ctx, TicketMade, TicketDecrypted, out);
  SSL_CTX_set_num_tickets(ctx, 1);
  // As in Redis, 0 sets no limit. The cache serves clients of TLS 1.2 that bring no ticket.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(ctx, static_cast<long>(settings.session_cache_size));
  // 0 is no time at all for the library, and its default for Redis.
  if (settings.session_timeout_s > 0) SSL_CTX_set_timeout(ctx, static_cast<long>(settings.session_timeout_s));
  return KW_OK;
}

int32_t SetTicketSecrets(kw_context* ctx, const kw_bytes* secrets, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    Tickets& tickets = Context::Of(ctx)->tickets;
    if (tickets.of_user || tickets.cipher == nullptr) return KW_OK;
    std::vector<TicketSecret> parsed;
    std::string_view text(static_cast<const char*>(secrets->data), secrets->len);
    if (int32_t r = ParseTicketSecrets(text, &parsed, err); r != KW_OK) return r;
    if (parsed.empty()) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-session-ticket-keys", "there is no secret");
    }
    return UseSecrets(parsed, &tickets, "tls-session-ticket-keys", err);
  });
}

}  // namespace keyway::tls_openssl
