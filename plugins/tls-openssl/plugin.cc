// The tls-openssl transport: TLS 1.2 and 1.3 as a filter over any carrier, by OpenSSL 3.
//
//   context.*      settings → SSL_CTXs        credentials.*, ciphers.*, tickets.*   its parts
//   connection.*   an SSL over a kw_pipe      pipe_bio.*, verify.*                  its parts
//   extensions.*   optional tables            errors.*                              the library's errors → kw_error
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>
#include <openssl/ssl.h>

#include "connection.h"
#include "context.h"
#include "errors.h"
#include "extensions.h"
#include "keyway/error.hpp"

namespace keyway::tls_openssl {
namespace {

int32_t Init(const kw_host*, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    // No atexit handler: the library would clean up under threads that still run, or after this object is gone.
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                         nullptr) != 1) {
      return FailSetting(err, "", "OpenSSL does not start");
    }
    ERR_clear_error();
    return KW_OK;
  });
}

void Deinit() noexcept {}

void ThreadLeave() noexcept { OPENSSL_thread_stop(); }

const kw_option* const* Options(uint32_t* count) noexcept {
  *count = kOptionCount;
  return kOptionList;
}

const kw_transport kTransport = {
    .size = sizeof(kw_transport),
    .abi_major = KW_ABI_MAJOR,
    .abi_minor = KW_ABI_MINOR,
    .min_host_minor = 9,
    .id = "tls-openssl",
    .version = KW_PLUGIN_VERSION,
    .build_info = OPENSSL_VERSION_TEXT,
    .roles = KW_ROLE_FILTER,
    .flags = KW_TRANSPORT_SECURE,
    .max_rx_unconsumed = 0,
    .reserved = 0,
    .init = Init,
    .deinit = Deinit,
    .thread_leave = ThreadLeave,
    .get_extension = GetExtension,
    .options = Options,
    .check = Check,
    .context_create = ContextCreate,
    .context_free = ContextFree,
    .carrier = nullptr,
    .conn_open = ConnOpen,
    .ops = &kConnOps,
};

}  // namespace
}  // namespace keyway::tls_openssl

extern "C" int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  return keyway::sdk::AnswerQuery(keyway::tls_openssl::kTransport, host_major, host_minor, out);
}
