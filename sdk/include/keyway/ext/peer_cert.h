/* peer-cert/1: the certificate that the peer proved to have, for identities (users from certificates) and for logs. */
#ifndef KEYWAY_EXT_PEER_CERT_H
#define KEYWAY_EXT_PEER_CERT_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_PEER_CERT "peer-cert/1"

#define KW_PEER_CERT_VERIFIED (1u << 16) /* its chain was verified; without it the contents are claims */

typedef struct kw_peer_cert {
  uint32_t size;
  uint32_t flags;     /* KW_PEER_CERT_... */
  uint8_t sha256[32]; /* of the DER form */
  int64_t not_before; /* Unix seconds */
  int64_t not_after;
  const char* subject;     /* [required] RFC 2253 style: "CN=client,O=Example" */
  const char* issuer;      /* [required] the same style */
  const char* common_name; /* [nullable] the last CN of the subject; null too when it holds a zero byte */
  const char* const* sans; /* [nullable] "DNS:…", "URI:…", "IP:…", "email:…"; names with a zero byte are left out */
  uint32_t san_count;
  uint32_t reserved;  /* 0 */
  const char* serial; /* [required] upper-case hexadecimal */
  kw_bytes pem;
} kw_peer_cert;
#define KW_PEER_CERT_SIZE_0_9 KW_END_OF(kw_peer_cert, pem)

typedef void (*kw_visit_peer_cert)(void* arg, const kw_peer_cert* cert);

typedef struct kw_ext_peer_cert {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [owner] after the handshake. Calls visit once, or not at all when the peer showed no certificate. */
  int32_t (*get)(kw_conn* conn, kw_visit_peer_cert visit, void* arg, kw_error* err);
} kw_ext_peer_cert;
#define KW_EXT_PEER_CERT_SIZE_0_9 KW_END_OF(kw_ext_peer_cert, get)

#ifdef __cplusplus
}
#endif
#endif
