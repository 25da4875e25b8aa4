// The tls-wolfssl transport: TLS 1.2 and 1.3 as a filter over any carrier, by wolfSSL 5.
//
//   context.*      settings → WOLFSSL_CTXs    credentials.*, certificate.*, ciphers.*, groups.*, tickets.*   its parts
//   connection.*   a WOLFSSL over a kw_pipe   pipe_io.*, verify.*, revocation.*                             its parts
//   extensions.*   optional tables            errors.*                     the library's errors → kw_error
//   ticket_holders.*   the certificates of clients that may resume
#include <wolfssl/version.h>

#include "connection.h"
#include "context.h"
#include "errors.h"
#include "extensions.h"
#include "keyway/error.hpp"
#include "ticket_holders.h"
#include "wolf.h"

#ifdef FP_ECC
#include <wolfssl/wolfcrypt/ecc.h>
#endif

namespace keyway::tls_wolfssl {
namespace {

int32_t Init(const kw_host* host, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    if (!sdk::Sound(host, KW_HOST_SIZE_0_9)) {
      return sdk::Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_host is too short");
    }
    StartTicketHolders(host);
    const bool started = wolfSSL_Init() == WOLFSSL_SUCCESS;
    DrainErrors();
    if (started) return KW_OK;
    EndTicketHolders();
    return sdk::Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "wolfSSL does not start");
  });
}

void Deinit() noexcept {
  EndTicketHolders();
  wolfSSL_Cleanup();
}

// The cache of points for elliptic curves belongs to the thread and takes 12 MB.
void ThreadLeave() noexcept {
  DrainErrors();
#ifdef FP_ECC
  wc_ecc_fp_free();
#endif
}

const kw_option* const* Options(uint32_t* count) noexcept {
  *count = kOptionCount;
  return kOptionList;
}

const kw_transport kTransport = {
    .size = sizeof(kw_transport),
    .abi_major = KW_ABI_MAJOR,
    .abi_minor = KW_ABI_MINOR,
    .min_host_minor = 9,
    .id = "tls-wolfssl",
    .version = KW_PLUGIN_VERSION,
    .build_info = "wolfSSL " LIBWOLFSSL_VERSION_STRING,
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
}  // namespace keyway::tls_wolfssl

extern "C" int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  return keyway::sdk::AnswerQuery(keyway::tls_wolfssl::kTransport, host_major, host_minor, out);
}
