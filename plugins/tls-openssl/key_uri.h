// Private keys that are not in a file of ours: behind a URI (pkcs11:…) that a store of OpenSSL's, or else an engine, understands.
#pragma once

#include <string>
#include <vector>

#include "keyway/settings.hpp"
#include "ssl_ptr.h"

namespace keyway::tls_openssl {

// What OpenSSL asks for when a key is locked: the password of a file, the PIN of a token.
struct Password {
  const sdk::Value* value;
  bool asked = false;
};
// A pem_password_cb; `arg` is a Password. Nothing set, or too long, is a refusal.
int GivePassword(char* buf, int size, int, void* arg);

// An engine that is in use: the keys that came from it need it as long as they live.
void EndEngine(ENGINE* engine) noexcept;
using EnginePtr = std::unique_ptr<ENGINE, Freer<EndEngine>>;

// Null when there is none; the library's error queue says why. An engine that was used is appended to `engines`.
KeyPtr KeyFromUri(const std::string& uri, Password* password, std::vector<EnginePtr>* engines);

}  // namespace keyway::tls_openssl
