/* ktls/1: hands the keys of a finished TLS handshake to the host, which gives them to the kernel and from then on carries
 * plaintext itself. */
#ifndef KEYWAY_EXT_KTLS_H
#define KEYWAY_EXT_KTLS_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_KTLS "ktls/1"

#define KW_KTLS_AES_128_GCM 1u
#define KW_KTLS_AES_256_GCM 2u
#define KW_KTLS_CHACHA20_POLY1305 3u

typedef struct kw_ktls_keys {
  uint32_t size;
  uint32_t flags;   /* 0 */
  uint32_t version; /* 0x0303 or 0x0304 */
  uint32_t cipher;  /* KW_KTLS_... */
  uint8_t key[32];  /* the first 16 bytes for AES-128 */
  uint8_t iv[12];   /* salt and explicit part for TLS 1.2 AES-GCM */
  uint8_t sequence[8];
  uint8_t reserved[4]; /* 0 */
} kw_ktls_keys;
#define KW_KTLS_KEYS_SIZE_0_9 KW_END_OF(kw_ktls_keys, reserved)

typedef struct kw_ext_ktls {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [owner] after the handshake, with tx empty and nothing left in rx. direction 0: what is received, 1: what is sent. After
   * KW_OK that direction belongs to the host: read or writev must not be called any more. KW_E_UNSUPPORTED: this version or
   * cipher cannot be handed over, and nothing has changed. The caller wipes the keys. */
  int32_t (*take)(kw_conn* conn, uint32_t direction, kw_ktls_keys* out, kw_error* err);
} kw_ext_ktls;
#define KW_EXT_KTLS_SIZE_0_9 KW_END_OF(kw_ext_ktls, take)

#ifdef __cplusplus
}
#endif
#endif
