/* session/1: resumption on the client side. The host keeps sessions, one for each context and name, and never gives one to
 * a connection of another context. The bytes are secret: they are wiped after use. */
#ifndef KEYWAY_EXT_SESSION_H
#define KEYWAY_EXT_SESSION_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_SESSION "session/1"

typedef void (*kw_visit_session)(void* arg, const kw_bytes* session);

typedef struct kw_ext_session {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [owner] client side, after the handshake and, for TLS 1.3, after the first read. Calls visit once, or not at all while
   * there is nothing that could be resumed. */
  int32_t (*get)(kw_conn* conn, kw_visit_session visit, void* arg, kw_error* err);
  /* [owner] client side, before the first handshake call. A session that cannot be used is KW_E_CONFIG, and the connection
   * goes on without it. */
  int32_t (*put)(kw_conn* conn, const kw_bytes* session, kw_error* err);
} kw_ext_session;
#define KW_EXT_SESSION_SIZE_0_9 KW_END_OF(kw_ext_session, put)

#ifdef __cplusplus
}
#endif
#endif
