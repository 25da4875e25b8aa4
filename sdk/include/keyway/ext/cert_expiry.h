/* cert-expiry/1: the dates of the certificates in a context, for INFO and for warnings ahead of time. */
#ifndef KEYWAY_EXT_CERT_EXPIRY_H
#define KEYWAY_EXT_CERT_EXPIRY_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_CERT_EXPIRY "cert-expiry/1"

typedef struct kw_context_cert {
  uint32_t size;
  uint32_t flags;      /* 0 */
  const char* setting; /* [required] the setting that it came with: "tls-cert-file" */
  const char* subject; /* [required] */
  const char* serial;  /* [required] upper-case hexadecimal */
  int64_t not_before;  /* Unix seconds */
  int64_t not_after;
} kw_context_cert;
#define KW_CONTEXT_CERT_SIZE_0_9 KW_END_OF(kw_context_cert, not_after)

typedef void (*kw_visit_context_cert)(void* arg, const kw_context_cert* cert);

typedef struct kw_ext_cert_expiry {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [any] Calls visit for each certificate of the context: its own ones with their chains, and the CAs. */
  int32_t (*get)(kw_context* ctx, kw_visit_context_cert visit, void* arg, kw_error* err);
} kw_ext_cert_expiry;
#define KW_EXT_CERT_EXPIRY_SIZE_0_9 KW_END_OF(kw_ext_cert_expiry, get)

#ifdef __cplusplus
}
#endif
#endif
