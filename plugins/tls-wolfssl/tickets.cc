#include "tickets.h"

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/random.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "connection.h"
#include "context.h"
#include "errors.h"
#include "keyway/error.hpp"
#include "revocation.h"

namespace keyway::tls_wolfssl {

using namespace sdk::tls;

namespace {

constexpr int kStampSize = 8;
constexpr int kReferenceSize = sizeof(TicketReference);
// All the room that the library leaves behind its own part.
constexpr int kSuffixSize = kStampSize + kReferenceSize;
#ifdef WOLFSSL_TICKET_EXTRA_PADDING_SZ
static_assert(kSuffixSize <= WOLFSSL_TICKET_EXTRA_PADDING_SZ);
#endif
constexpr word32 kNonceSize = 12;
constexpr word32 kTagSize = 16;

// The client showed no certificate.
constexpr TicketReference kNobody{};
// It showed one that is not remembered: the ticket opens nothing.
constexpr TicketReference kUnusable = [] {
  TicketReference all{};
  all.fill(0xff);
  return all;
}();

bool HmacSha256(const char* key, size_t key_len, const unsigned char* data, size_t len, unsigned char* out) {
  Hmac hmac;
  if (wc_HmacInit(&hmac, nullptr, INVALID_DEVID) != 0) return false;
  bool ok = wc_HmacSetKey(&hmac, WC_SHA256, reinterpret_cast<const byte*>(key), static_cast<word32>(key_len)) == 0 &&
            wc_HmacUpdate(&hmac, data, static_cast<word32>(len)) == 0 && wc_HmacFinal(&hmac, out) == 0;
  wc_HmacFree(&hmac);
  return ok;
}

bool Random(void* out, size_t len) {
  WC_RNG rng;
  if (wc_InitRng(&rng) != 0) return false;
  bool ok = wc_RNG_GenerateBlock(&rng, static_cast<byte*>(out), static_cast<word32>(len)) == 0;
  wc_FreeRng(&rng);
  return ok;
}

class Gcm {
 public:
  explicit Gcm(const TicketKey& key) {
    ok_ = wc_AesInit(&aes_, nullptr, INVALID_DEVID) == 0 && wc_AesGcmSetKey(&aes_, key.cipher, sizeof key.cipher) == 0;
  }
  ~Gcm() { wc_AesFree(&aes_); }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  bool ok() const { return ok_; }
  Aes* get() { return &aes_; }

 private:
  Aes aes_;
  bool ok_;
};

int64_t Now() { return static_cast<int64_t>(time(nullptr)); }

// What is authenticated beside the ticket: whatever of it is not under the cipher, and the version, so that a ticket of one does
// not even open in a handshake of another.
struct Associated {
  Associated(WOLFSSL* ssl, const byte* name, const byte* iv) {
    std::memcpy(bytes, name, WOLFSSL_TICKET_NAME_SZ);
    std::memcpy(bytes + WOLFSSL_TICKET_NAME_SZ, iv, WOLFSSL_TICKET_IV_SZ);
    bytes[sizeof bytes - 1] = static_cast<byte>(wolfSSL_GetVersion(ssl));
  }
  byte bytes[WOLFSSL_TICKET_NAME_SZ + WOLFSSL_TICKET_IV_SZ + 1];
};

bool Remember(const Tickets& tickets, const std::shared_ptr<const ClientChain>& chain) {
  const int64_t now_s = Now();
  return tickets.holders->Remember(chain, tickets.most_holders, now_s, now_s + tickets.lifetime_s);
}

// Whom a ticket of this connection stands for. The handshake has come so far that the client has proved to have the certificate.
TicketReference ReferenceOf(Connection* c, const Tickets& tickets) {
  const bool resumed = wolfSSL_session_reused(c->ssl.get()) != 0;
  const std::shared_ptr<const ClientChain>& who = resumed ? c->resumed_as : c->shown;
  if (who != nullptr) return Remember(tickets, who) ? who->reference() : kUnusable;
  // Where none is asked for nobody is known, and none is looked for.
  if (c->context->auth == AuthClients::kNo) return kNobody;
  const bool nobody = resumed ? c->ticket_opened : !c->verified && !ShowedCert(c);
  return nobody && c->context->auth == AuthClients::kOptional ? kNobody : kUnusable;
}

int Seal(const TicketKeySet& set, const Tickets& tickets, Connection* c, byte* name, byte* iv, byte* mac, byte* ticket,
         int len, int* out_len) {
  const TicketKey& key = set.keys.front();
  if (*out_len - len < kSuffixSize || !Random(iv, WOLFSSL_TICKET_IV_SZ)) return WOLFSSL_TICKET_RET_FATAL;
  std::memcpy(name, key.name, sizeof key.name);
  const int64_t now = Now();
  const TicketReference reference = ReferenceOf(c, tickets);
  std::memcpy(ticket + len, &now, kStampSize);
  std::memcpy(ticket + len + kStampSize, reference.data(), kReferenceSize);
  Gcm gcm(key);
  const Associated associated(c->ssl.get(), name, iv);
  std::memset(mac, 0, WOLFSSL_TICKET_MAC_SZ);
  const auto total = static_cast<word32>(len + kSuffixSize);
  if (!gcm.ok() || wc_AesGcmEncrypt(gcm.get(), ticket, ticket, total, iv, kNonceSize, mac, kTagSize, associated.bytes,
                                    sizeof associated.bytes) != 0) {
    return WOLFSSL_TICKET_RET_FATAL;
  }
  *out_len = static_cast<int>(total);
  return WOLFSSL_TICKET_RET_OK;
}

// Whether the client that a ticket stands for may come in by it today. Notes who it is.
bool Admit(const TicketReference& reference, const Tickets& tickets, Connection* c) {
  if (reference == kUnusable) return false;
  if (reference == kNobody) return c->context->auth != AuthClients::kYes;
  if (c->context->auth == AuthClients::kNo) return false;
  const int64_t now_s = Now();
  std::shared_ptr<const ClientChain> chain = tickets.holders->Find(reference, now_s);
  if (chain == nullptr || chain->not_after() < now_s || !PassesLists(*c->context, *chain)) return false;
  c->resumed_as = std::move(chain);
  return true;
}

bool Decrypt(const TicketKey& key, const Associated& associated, const byte* iv, const byte* mac, byte* ticket,
             int len) {
  for (size_t i = kTagSize; i < WOLFSSL_TICKET_MAC_SZ; ++i) {
    if (mac[i] != 0) return false;
  }
  Gcm gcm(key);
  return gcm.ok() && wc_AesGcmDecrypt(gcm.get(), ticket, ticket, static_cast<word32>(len), iv, kNonceSize, mac,
                                      kTagSize, associated.bytes, sizeof associated.bytes) == 0;
}

int Open(const TicketKeySet& set, const Tickets& tickets, Connection* c, const byte* name, const byte* iv,
         const byte* mac, byte* ticket, int len, int* out_len) {
  const TicketKey* key = nullptr;
  for (const TicketKey& k : set.keys) {
    if (std::memcmp(k.name, name, sizeof k.name) == 0) key = &k;
  }
  if (key == nullptr || len <= kSuffixSize) return WOLFSSL_TICKET_RET_REJECT;
  if (!Decrypt(*key, Associated(c->ssl.get(), name, iv), iv, mac, ticket, len)) return WOLFSSL_TICKET_RET_REJECT;
  const int own = len - kSuffixSize;
  int64_t then = 0;
  TicketReference reference;
  std::memcpy(&then, ticket + own, kStampSize);
  std::memcpy(reference.data(), ticket + own + kStampSize, kReferenceSize);
  const int64_t age_s = Now() - then;
  if (age_s < 0 || age_s > tickets.lifetime_s || !Admit(reference, tickets, c)) {
    sdk::Wipe(ticket, static_cast<size_t>(len));
    return WOLFSSL_TICKET_RET_REJECT;
  }
  c->ticket_opened = true;
  *out_len = own;
  return key == &set.keys.front() ? WOLFSSL_TICKET_RET_OK : WOLFSSL_TICKET_RET_CREATE;
}

// A client may bring several tickets, and the library may pass over one that was opened; that with which it goes on is always the
// last one that it asked about.
int TicketCallback(WOLFSSL* ssl, byte* name, byte* iv, byte* mac, int seal, byte* ticket, int len, int* out_len,
                   void* arg) {
  const auto& tickets = *static_cast<const Tickets*>(arg);
  auto* c = static_cast<Connection*>(wolfSSL_GetIOReadCtx(ssl));
  const std::shared_ptr<const TicketKeySet> set = tickets.keys.Get();
  if (set == nullptr || c == nullptr) return WOLFSSL_TICKET_RET_REJECT;
  if (!seal) {
    c->ticket_offered = true;
    c->ticket_opened = false;
    c->resumed_as.reset();
  }
  try {
    return seal ? Seal(*set, tickets, c, name, iv, mac, ticket, len, out_len)
                : Open(*set, tickets, c, name, iv, mac, ticket, len, out_len);
  } catch (...) {
    // Out of memory; no exception may pass through the library.
    return seal ? WOLFSSL_TICKET_RET_FATAL : WOLFSSL_TICKET_RET_REJECT;
  }
}

int RejectTicket(WOLFSSL*, byte*, byte*, byte*, int, byte*, int, int*, void*) { return WOLFSSL_TICKET_RET_REJECT; }

std::string Sha256(std::string_view bytes) {
  byte digest[32] = {};
  wc_Sha256Hash(reinterpret_cast<const byte*>(bytes.data()), static_cast<word32>(bytes.size()), digest);
  return std::string(reinterpret_cast<const char*>(digest), sizeof digest);
}

std::string PolicyDigest(const TlsSettings& settings) { return Sha256(PolicyText(settings)); }

int32_t UseSecrets(const std::vector<TicketSecret>& secrets, Tickets* tickets, kw_error* err) {
  if (!UseTicketSecrets(secrets, "tls-wolfssl", wolfSSL_lib_version(), tickets->policy, HmacSha256, &tickets->keys)) {
    return FailSetting(err, tickets->of_user ? kTicketFileSetting : "tls-session-ticket-keys",
                       "the keys cannot be derived", 0);
  }
  return KW_OK;
}

}  // namespace

void RememberDeclined(const Tickets& tickets, const std::shared_ptr<const ClientChain>& chain) {
  if (tickets.holders != nullptr) Remember(tickets, chain);
}

std::string DigestOfLists(const TlsSettings& settings) {
  return settings.crl.set() ? Sha256(settings.crl.bytes) : std::string();
}

namespace {

// No resumption of any kind.
void ForbidTickets(WOLFSSL_CTX* ctx) {
  wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
  wolfSSL_CTX_NoTicketTLSv12(ctx);
  wolfSSL_CTX_no_ticket_TLSv13(ctx);
  // A ticket of somebody else may still be offered.
  wolfSSL_CTX_set_TicketEncCb(ctx, RejectTicket);
}

}  // namespace

int32_t SetUpTickets(WOLFSSL_CTX* ctx, const TlsSettings& settings, Tickets* out, kw_error* err) {
  std::vector<TicketSecret> secrets;
  out->policy = PolicyDigest(settings);
  out->of_user = settings.ticket_key_file.set();
  // Keys are parsed even when nothing is resumed, so that a fault in them shows at once.
  int32_t parsed = out->of_user ? ParseTicketFile(settings.ticket_key_file, &secrets, err)
                                : ParseTicketSecrets(settings.ticket_keys, &secrets, err);
  if (parsed != KW_OK) return parsed;
  wolfSSL_CTX_set_session_id_context(ctx, reinterpret_cast<const unsigned char*>(out->policy.data()),
                                     static_cast<unsigned int>(out->policy.size()));
  if (!settings.session_caching) {
    ForbidTickets(ctx);
    return KW_OK;
  }
  if (secrets.empty()) {
    // Without secrets of the host, tickets live as long as this context.
    std::string random(48, '\0');
    if (!Random(random.data(), random.size())) return FailSetting(err, "", "no random numbers", 0);
    secrets.push_back(TicketSecret{"local", sdk::Secret(std::move(random)), true});
  }
  if (int32_t r = UseSecrets(secrets, out, err); r != KW_OK) return r;
  if (settings.session_timeout_s > 0) out->lifetime_s = settings.session_timeout_s;
  out->holders = HoldersOf(out->policy);
  out->most_holders = static_cast<size_t>(settings.session_cache_size);
  wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
  wolfSSL_CTX_set_timeout(ctx, static_cast<unsigned int>(out->lifetime_s));
  wolfSSL_CTX_set_TicketHint(ctx, static_cast<int>(out->lifetime_s));
  wolfSSL_CTX_set_TicketEncCtx(ctx, out);
  wolfSSL_CTX_set_TicketEncCb(ctx, TicketCallback);
  return KW_OK;
}

int32_t SetTicketSecrets(kw_context* ctx, const kw_bytes* secrets, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    Tickets& tickets = Context::Of(ctx)->tickets;
    if (tickets.of_user || tickets.keys.Get() == nullptr) return KW_OK;
    std::vector<TicketSecret> parsed;
    std::string_view text(static_cast<const char*>(secrets->data), secrets->len);
    if (int32_t r = ParseTicketSecrets(text, &parsed, err); r != KW_OK) return r;
    if (parsed.empty()) {
      return sdk::Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-session-ticket-keys", "there is no secret");
    }
    return UseSecrets(parsed, &tickets, err);
  });
}

}  // namespace keyway::tls_wolfssl
