// The ticket keys of one context: from the user's file (tls-session-ticket-key-file) or else the host's secrets
// (tls-session-ticket-keys), derived for one backend and policy, and exchanged while connections use them.
//
//   the user's file = line *( newline line )
//   line            = id " " hex          id: 1 to 32 bytes; hex: 48 bytes of secret, in 96 digits
//   Empty lines and lines that begin with # do not count. The last line but one is the current secret, and the last the next one;
//   a single line is the current one. All open tickets, the current one seals them.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keyway/tls/options.hpp"
#include "keyway/tls/tickets.hpp"

namespace keyway::sdk::tls {

inline constexpr char kTicketFileSetting[] = "tls-session-ticket-key-file";

inline int32_t ParseTicketFile(const Value& file, std::vector<TicketSecret>* out, kw_error* err) {
  auto refuse = [&](size_t number, const char* why) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kTicketFileSetting, "line %zu: %s", number, why);
  };
  std::string_view text = file.bytes;
  for (size_t pos = 0, number = 1; pos < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', pos), text.size());
    std::string_view line = text.substr(pos, end - pos);
    pos = end + 1;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return refuse(number, "an id and a secret are needed");
    std::string_view id = line.substr(0, blank), hex = line.substr(blank + 1);
    if (id.empty() || id.size() > 32) return refuse(number, "an id has 1 to 32 bytes");
    TicketSecret secret;
    if (!internal::ReadHex(hex, &secret.secret)) return refuse(number, "a secret is written in hexadecimal digits");
    if (secret.secret.size() != 48) return refuse(number, "a secret has 48 bytes: 96 hexadecimal digits");
    secret.id = std::string(id);
    for (const TicketSecret& other : *out) {
      if (other.id == secret.id) return refuse(number, "an id stands there twice");
    }
    if (out->size() == 16) return refuse(number, "at most 16 secrets");
    out->push_back(std::move(secret));
  }
  if (out->empty()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kTicketFileSetting, "there is no key in the file");
  }
  const size_t current = out->size() > 1 ? out->size() - 2 : 0;
  (*out)[current].current = true;
  if (current != 0) std::swap((*out)[0], (*out)[current]);
  return KW_OK;
}

// What decides who gets in and how: tickets are good under equal texts only. A digest of it goes into the keys.
inline std::string PolicyText(const TlsSettings& settings) {
  std::string text = settings.auth == AuthClients::kYes ? "yes" : settings.auth == AuthClients::kNo ? "no" : "optional";
  auto add = [&text](std::string_view bytes) {
    text += "\n" + std::to_string(bytes.size()) + ":" + std::string(bytes);
  };
  add(settings.server.cert.bytes);
  add(settings.ca_file.bytes);
  add(std::to_string(settings.ca_dir.size()));
  for (const Value& file : settings.ca_dir) add(file.bytes);
  add(settings.crl.bytes);
  add(std::to_string(settings.protocols));
  add(settings.ciphers);
  add(settings.ciphersuites);
  return text;
}

// Immutable once made.
struct TicketKeySet {
  std::vector<TicketKey> keys;  // the first one seals, all open
};

// What a context's ticket callbacks look at; [any].
class TicketKeys {
 public:
  // Null: no tickets.
  std::shared_ptr<const TicketKeySet> Get() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return keys_;
  }
  void Set(std::shared_ptr<const TicketKeySet> keys) {
    std::lock_guard<std::mutex> lock(mutex_);
    keys_.swap(keys);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const TicketKeySet> keys_;
};

// Derives a key of each secret, in their order, and puts them in use. hmac: see DeriveTicketKey. False when that fails.
template <class Hmac>
bool UseTicketSecrets(const std::vector<TicketSecret>& secrets, std::string_view plugin_id,
                      std::string_view library_version, std::string_view policy, Hmac hmac, TicketKeys* out) {
  auto set = std::make_shared<TicketKeySet>();
  set->keys.resize(secrets.size());
  for (size_t i = 0; i < secrets.size(); ++i) {
    if (!DeriveTicketKey(secrets[i], plugin_id, library_version, policy, hmac, &set->keys[i])) return false;
  }
  out->Set(std::move(set));
  return true;
}

}  // namespace keyway::sdk::tls
