/* A TLS peer that does what no transport would: it is OpenSSL bare, in a shared object of its own, so that its symbols do not get
 * between wolfSSL and its own. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct raw_peer {
  void* (*open)(const char* folder, int tls13); /* a client with the certificate redis.crt of the folder */
  void (*close)(void* peer);
  int (*handshake)(void* peer); /* 1 done, 0 not yet, -1 failed */
  void (*feed)(void* peer, const char* data, size_t len);
  size_t (*take)(void* peer, char* buf, size_t cap);
  int (*renegotiate)(void* peer);                    /* of TLS 1.2; 1 when the hello was made */
  int (*key_update)(void* peer, int ask_for_answer); /* 1 when the message was made */
  int (*write)(void* peer, const char* data, size_t len);
  int (*read)(void* peer, char* buf, size_t cap); /* bytes, 0 for nothing now, -1 for an end or a failure */
};
typedef const struct raw_peer* (*raw_peer_table_fn)(void);

#ifdef __cplusplus
}
#endif
