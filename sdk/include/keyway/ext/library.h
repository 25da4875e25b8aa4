/* library/1: the library behind a transport, for INFO and for warnings. */
#ifndef KEYWAY_EXT_LIBRARY_H
#define KEYWAY_EXT_LIBRARY_H

#include "keyway/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_EXT_LIBRARY "library/1"

#define KW_LIBRARY_HARDWARE_AES (1u << 16) /* it has code for the AES instructions of this machine, and uses it */
#define KW_LIBRARY_FIPS (1u << 17)         /* it works in its FIPS mode */

/* What is loaded, which may be another version than the plug-in was built with. */
typedef struct kw_library {
  uint32_t size;
  uint32_t flags;   /* KW_LIBRARY_... */
  char name[32];    /* "OpenSSL" */
  char version[64]; /* "3.0.22" */
} kw_library;
#define KW_LIBRARY_SIZE_0_9 KW_END_OF(kw_library, version)

typedef struct kw_ext_library {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* [any] after init. The caller sets out->size. */
  int32_t (*describe)(kw_library* out, kw_error* err);
} kw_ext_library;
#define KW_EXT_LIBRARY_SIZE_0_9 KW_END_OF(kw_ext_library, describe)

#ifdef __cplusplus
}
#endif
#endif
