#include "tickets.h"

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/random.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "context.h"
#include "errors.h"
#include "keyway/error.hpp"

namespace keyway::tls_wolfssl {

using namespace sdk::tls;

namespace {

// A sealed ticket is what the library made and eight bytes of time, under AES-256-GCM with the key's name as associated data.
constexpr int kStampSize = 8;
constexpr word32 kNonceSize = 12;
constexpr word32 kTagSize = 16;

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

int Seal(const TicketKeySet& set, byte* name, byte* iv, byte* mac, byte* ticket, int len, int* out_len) {
  const TicketKey& key = set.keys.front();
  if (!Random(iv, WOLFSSL_TICKET_IV_SZ)) return WOLFSSL_TICKET_RET_FATAL;
  std::memcpy(name, key.name, sizeof key.name);
  int64_t now = static_cast<int64_t>(time(nullptr));
  std::memcpy(ticket + len, &now, kStampSize);
  Gcm gcm(key);
  std::memset(mac, 0, WOLFSSL_TICKET_MAC_SZ);
  word32 total = static_cast<word32>(len + kStampSize);
  if (!gcm.ok() ||
      wc_AesGcmEncrypt(gcm.get(), ticket, ticket, total, iv, kNonceSize, mac, kTagSize, name, sizeof key.name) != 0) {
    return WOLFSSL_TICKET_RET_FATAL;
  }
  *out_len = static_cast<int>(total);
  return WOLFSSL_TICKET_RET_OK;
}

int Open(const TicketKeySet& set, int64_t lifetime_s, const byte* name, const byte* iv, const byte* mac, byte* ticket,
         int len, int* out_len) {
  const TicketKey* key = nullptr;
  for (const TicketKey& k : set.keys) {
    if (std::memcmp(k.name, name, sizeof k.name) == 0) key = &k;
  }
  if (key == nullptr || len <= kStampSize) return WOLFSSL_TICKET_RET_REJECT;
  Gcm gcm(*key);
  if (!gcm.ok() || wc_AesGcmDecrypt(gcm.get(), ticket, ticket, static_cast<word32>(len), iv, kNonceSize, mac, kTagSize,
                                    name, sizeof key->name) != 0) {
    return WOLFSSL_TICKET_RET_REJECT;
  }
  int64_t then = 0;
  std::memcpy(&then, ticket + len - kStampSize, kStampSize);
  int64_t age_s = static_cast<int64_t>(time(nullptr)) - then;
  if (age_s < 0 || age_s > lifetime_s) return WOLFSSL_TICKET_RET_REJECT;
  *out_len = len - kStampSize;
  return key == &set.keys.front() ? WOLFSSL_TICKET_RET_OK : WOLFSSL_TICKET_RET_CREATE;
}

int TicketCallback(WOLFSSL*, byte* name, byte* iv, byte* mac, int seal, byte* ticket, int len, int* out_len,
                   void* arg) {
  const auto& tickets = *static_cast<const Tickets*>(arg);
  const std::shared_ptr<const TicketKeySet> set = tickets.keys.Get();
  if (set == nullptr) return WOLFSSL_TICKET_RET_REJECT;
  return seal ? Seal(*set, name, iv, mac, ticket, len, out_len)
              : Open(*set, tickets.lifetime_s, name, iv, mac, ticket, len, out_len);
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

std::string DigestOfLists(const TlsSettings& settings) {
  return settings.crl.set() ? Sha256(settings.crl.bytes) : std::string();
}

void ForbidTickets(WOLFSSL_CTX* ctx) {
  wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
  wolfSSL_CTX_NoTicketTLSv12(ctx);
  wolfSSL_CTX_no_ticket_TLSv13(ctx);
  // A ticket of somebody else may still be offered.
  wolfSSL_CTX_set_TicketEncCb(ctx, RejectTicket);
}

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
  if (!settings.session_caching || settings.auth != AuthClients::kNo) {
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
