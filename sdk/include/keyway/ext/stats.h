/* stats/1: what a connection negotiated, and what it costs. */
#ifndef KEYWAY_EXT_STATS_H
#define KEYWAY_EXT_STATS_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_STATS "stats/1"

#define KW_STATS_RESUMED (1u << 16) /* an earlier session was taken up */
#define KW_STATS_PEER_CERT \
  (1u << 17) /* the peer has shown a certificate, on this connection or in the resumed session */

typedef struct kw_conn_stats {
  uint32_t size;
  uint32_t flags;        /* KW_STATS_... */
  char version[16];      /* "TLSv1.3"; empty before the handshake is done */
  char cipher[64];       /* the IANA name, "TLS_AES_128_GCM_SHA256", on every backend */
  char group[32];        /* "x25519", "secp256r1", …; empty when unknown */
  uint64_t memory_bytes; /* an estimate of what the connection holds now, the plug-in's and its library's */
} kw_conn_stats;
#define KW_CONN_STATS_SIZE_0_9 KW_END_OF(kw_conn_stats, memory_bytes)

typedef struct kw_ext_stats {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [owner] at any time; fills in what is known so far. The caller sets out->size. */
  int32_t (*get)(kw_conn* conn, kw_conn_stats* out, kw_error* err);
} kw_ext_stats;
#define KW_EXT_STATS_SIZE_0_9 KW_END_OF(kw_ext_stats, get)

#ifdef __cplusplus
}
#endif
#endif
