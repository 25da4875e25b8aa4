/* alpn/1: the application protocol that both sides agreed on. Offers and acceptable names are in kw_verify.alpn. */
#ifndef KEYWAY_EXT_ALPN_H
#define KEYWAY_EXT_ALPN_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_ALPN "alpn/1"

typedef struct kw_ext_alpn {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [owner] after the handshake. *name is the connection's, valid until close; its len is 0 when nothing was agreed. */
  int32_t (*selected)(kw_conn* conn, kw_bytes* name, kw_error* err);
} kw_ext_alpn;
#define KW_EXT_ALPN_SIZE_0_9 KW_END_OF(kw_ext_alpn, selected)

#ifdef __cplusplus
}
#endif
#endif
