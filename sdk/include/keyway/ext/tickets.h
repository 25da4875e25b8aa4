/* tickets/1: other secrets for the session tickets of a context that is in use, so that they can be changed on a schedule without
 * reading certificates and keys anew. */
#ifndef KEYWAY_EXT_TICKETS_H
#define KEYWAY_EXT_TICKETS_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_TICKETS "tickets/1"

typedef struct kw_ext_tickets {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [any] while connections of the context may be opening. `secrets` has the form of the setting tls-session-ticket-keys, whose
   * place it takes. A context that gives out no tickets, or has keys of the user's own, stays as it is: KW_OK. */
  int32_t (*set_secrets)(kw_context* ctx, const kw_bytes* secrets, kw_error* err);
} kw_ext_tickets;
#define KW_EXT_TICKETS_SIZE_0_9 KW_END_OF(kw_ext_tickets, set_secrets)

#ifdef __cplusplus
}
#endif
#endif
