/* crl/1: revocation that reaches connections which are already open. */
#ifndef KEYWAY_EXT_CRL_H
#define KEYWAY_EXT_CRL_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_CRL "crl/1"

typedef struct kw_ext_crl {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [owner] after the handshake. Whether the revocation lists of `ctx`, a newer context of the same copy of the plug-in, name the
   * peer of `conn` or an authority of its chain: KW_E_AUTH then, else KW_OK. The connection itself is not changed. */
  int32_t (*recheck)(kw_conn* conn, kw_context* ctx, kw_error* err);
} kw_ext_crl;
#define KW_EXT_CRL_SIZE_0_9 KW_END_OF(kw_ext_crl, recheck)

#ifdef __cplusplus
}
#endif
#endif
