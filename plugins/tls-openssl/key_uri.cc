// Engines are deprecated in OpenSSL 3, but what Debian 12 has for PKCS#11 is one; where a provider has a store for the scheme, that
// comes first and no engine is looked for.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "key_uri.h"

#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include <cstring>
#include <string_view>

namespace keyway::tls_openssl {

namespace {

using UiMethodPtr = std::unique_ptr<UI_METHOD, Freer<UI_destroy_method>>;

KeyPtr KeyFromStore(const std::string& uri, UI_METHOD* ui, Password* password) {
  OSSL_STORE_CTX* store = OSSL_STORE_open(uri.c_str(), ui, password, nullptr, nullptr);
  if (store == nullptr) return nullptr;
  OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
  KeyPtr key;
  while (!key && !OSSL_STORE_eof(store)) {
    OSSL_STORE_INFO* info = OSSL_STORE_load(store);
    if (info == nullptr) continue;
    if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY) key.reset(OSSL_STORE_INFO_get1_PKEY(info));
    OSSL_STORE_INFO_free(info);
  }
  OSSL_STORE_close(store);
  return key;
}

#if defined(OPENSSL_NO_ENGINE) || defined(KW_OPENSSL_INSIDE)

// An engine is linked with the shared library, and must not be given the objects of another copy of it.
KeyPtr KeyFromEngine(const std::string&, UI_METHOD*, Password*, std::vector<EnginePtr>*) { return nullptr; }

}  // namespace

void EndEngine(ENGINE*) noexcept {}

#else

// The engine whose id is the scheme of the URI, as "pkcs11" is; OpenSSL loads it from its folder of engines.
KeyPtr KeyFromEngine(const std::string& uri, UI_METHOD* ui, Password* password, std::vector<EnginePtr>* engines) {
  OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC, nullptr);
  ENGINE* found = ENGINE_by_id(uri.substr(0, uri.find(':')).c_str());
  if (found == nullptr) return nullptr;
  ENGINE_ctrl_cmd_string(found, "QUIET", nullptr, 1);  // else it writes to stderr
  const bool works = ENGINE_init(found) == 1;
  ENGINE_free(found);
  if (!works) return nullptr;
  EnginePtr engine(found);
  ERR_clear_error();  // what the store said is beside the point now
  KeyPtr key(ENGINE_load_private_key(engine.get(), uri.c_str(), ui, password));
  if (key) engines->push_back(std::move(engine));
  return key;
}

}  // namespace

void EndEngine(ENGINE* engine) noexcept { ENGINE_finish(engine); }

#endif

int GivePassword(char* buf, int size, int, void* arg) {
  auto* password = static_cast<Password*>(arg);
  password->asked = true;
  std::string_view text = password->value->bytes;
  if (text.empty() || text.size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buf, text.data(), text.size());
  return static_cast<int>(text.size());
}

KeyPtr KeyFromUri(const std::string& uri, Password* password, std::vector<EnginePtr>* engines) {
  UiMethodPtr ui(UI_UTIL_wrap_read_pem_callback(GivePassword, 0));
  if (!ui) return nullptr;
  KeyPtr key = KeyFromStore(uri, ui.get(), password);
  if (key || password->asked) return key;
  return KeyFromEngine(uri, ui.get(), password, engines);
}

}  // namespace keyway::tls_openssl
