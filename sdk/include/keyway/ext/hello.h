/* hello/1: tells from the first bytes of an accepted connection whether they belong to this protocol, and for whom.
 *
 * The host looks before conn_open, with the bytes still in its hands, to choose among plaintext and TLS, profiles and
 * backends by the server name. A connection's context never changes afterwards: switching contexts by name inside a
 * handshake lets clients without certificate in. */
#ifndef KEYWAY_EXT_HELLO_H
#define KEYWAY_EXT_HELLO_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_HELLO "hello/1"

#define KW_HELLO_ANSWER_MAX 1024u      /* the longest broken_answer */
#define KW_HELLO_RECOGNISED (1u << 16) /* these bytes can be of no other protocol; set with KW_WANT_READ as well */

typedef struct kw_hello {
  uint32_t size;
  uint32_t flags;       /* KW_HELLO_... */
  uint32_t max_version; /* highest version offered, as in TLS: 0x0303, 0x0304; 0 when unknown */
  uint32_t alpn_len;
  char server_name[256]; /* as the client wrote it, in lower case; empty when there is none */
  uint8_t alpn[256];     /* the client's list as on the wire (length, name, …), cut at a whole name */
} kw_hello;
#define KW_HELLO_SIZE_0_9 KW_END_OF(kw_hello, alpn)

typedef struct kw_ext_hello {
  uint32_t size;
  uint32_t max_bytes; /* a hello longer than this is none; the host need not keep more */
  /* [any] KW_OK: mine and whole. KW_WANT_READ: more bytes are needed. KW_E_PROTO: not mine, or with KW_HELLO_RECOGNISED mine
   * and broken. A whole hello whose insides are nonsense is KW_OK with empty fields: the handshake answers it properly. The
   * caller sets out->size. */
  int32_t (*inspect)(const uint8_t* data, uint64_t len, kw_hello* out, kw_error* err);
  /* What peers are told whom inspect turns away, once, before the host closes the connection; conn_open is not called for these.
   * Both are static data. A table may end before either. */
  /* Nullable: the plug-in's id. What it is called ("TLS") in the host's words to a peer that speaks something else, where no
   * plaintext is served; at most 32 bytes of it are used. */
  const char* protocol;
  /* Nullable: nothing is said. The bytes that end a connection whose hello is this protocol's and broken (a TLS alert in the
   * clear), or longer than max_bytes; at most KW_HELLO_ANSWER_MAX. */
  const kw_bytes* broken_answer;
} kw_ext_hello;
#define KW_EXT_HELLO_SIZE_0_9 KW_END_OF(kw_ext_hello, inspect)

#ifdef __cplusplus
}
#endif
#endif
