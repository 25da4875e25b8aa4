/* Plug-ins that are odd in one way each; ODD_... says in which. Most must be refused, some must be taken. */
#include <stdio.h>
#include <string.h>

#include "keyway/ext/stats.h"
#include "keyway/transport.h"

static int32_t init(const kw_host* host, kw_error* err) {
  (void)host;
#ifdef ODD_INIT_FAILS
  err->code = KW_E_UNSUPPORTED;
  snprintf(err->text, sizeof err->text, "the card is not in its slot");
  return KW_E_UNSUPPORTED;
#else
  (void)err;
  return KW_OK;
#endif
}
static void deinit(void) {}

#ifdef ODD_EXTENSION_NULL
static const kw_ext_stats stats = {.size = sizeof(kw_ext_stats)};
#endif
static const void* get_extension(const char* id) {
#ifdef ODD_EXTENSION_NULL
  return strcmp(id, KW_EXT_STATS) == 0 ? &stats : NULL;
#else
  (void)id;
  return NULL;
#endif
}

#ifdef ODD_OPTION_TWICE
static const kw_option option = {.size = sizeof option, .type = KW_TYPE_TEXT, .name = "odd-text", .help = "A test."};
static const kw_option* const option_pointers[] = {&option, &option};
#endif
static const kw_option* const* options(uint32_t* count) {
#ifdef ODD_OPTION_TWICE
  *count = 2;
  return option_pointers;
#elif defined ODD_OPTIONS_NULL
  *count = 3;
  return NULL;
#else
  *count = 0;
  return NULL;
#endif
}
#ifndef ODD_POINTER_NULL
static int32_t check(const kw_settings* settings, kw_error* err) {
  (void)settings, (void)err;
  return KW_OK;
}
#endif
static int32_t context_create(const kw_settings* settings, kw_context** out, kw_error* err) {
  (void)settings, (void)err;
  static int context;
#ifdef ODD_CONTEXT_NULL
  (void)context;
  *out = NULL;
#else
  *out = (kw_context*)(void*)&context;
#endif
#ifdef ODD_CONTEXT_STATE
  return KW_WANT_READ;
#else
  return KW_OK;
#endif
}
static void context_free(kw_context* ctx) { (void)ctx; }

static int32_t resolve(kw_context* ctx, const char* text, uint32_t purpose, kw_emit_address emit, void* arg,
                       kw_error* err) {
  (void)ctx, (void)text, (void)purpose, (void)emit, (void)arg, (void)err;
  return KW_E_UNSUPPORTED;
}
static int32_t some_fd(kw_context* ctx, const kw_address* address, int32_t* fd, kw_error* err) {
  (void)ctx, (void)address, (void)fd, (void)err;
  return KW_E_UNSUPPORTED;
}
static int32_t fd_configure(kw_context* ctx, int32_t fd, uint32_t purpose, kw_error* err) {
  (void)ctx, (void)fd, (void)purpose, (void)err;
  return KW_OK;
}
static int32_t fd_describe(kw_context* ctx, int32_t fd, uint32_t end, kw_address* out, kw_error* err) {
  (void)ctx, (void)fd, (void)end, (void)out, (void)err;
  return KW_E_UNSUPPORTED;
}
static int32_t is_local(kw_context* ctx, int32_t fd) {
  (void)ctx, (void)fd;
  return 0;
}

__attribute__((unused)) static const kw_carrier carrier = {
#ifdef ODD_CARRIER_HALF_FIELD
    .size = sizeof(kw_carrier) - 4,
#else
    .size = sizeof(kw_carrier),
#endif
#ifdef ODD_CARRIER_FLAG
    .flags = 1,
#endif
    .resolve = resolve,
    .listen_fd = some_fd,
#ifndef ODD_CARRIER_POINTER_NULL
    .dial_fd = some_fd,
#endif
    .fd_configure = fd_configure,
    .fd_describe = fd_describe,
    .is_local = is_local,
};

#ifndef ODD_MAJOR
#define ODD_MAJOR KW_ABI_MAJOR
#endif
#ifndef ODD_MIN_HOST_MINOR
#define ODD_MIN_HOST_MINOR 0
#endif
#ifndef ODD_SIZE
#define ODD_SIZE sizeof(kw_transport)
#endif
#ifndef ODD_FLAGS
#define ODD_FLAGS 0
#endif
#ifndef ODD_ID
#define ODD_ID "odd"
#endif
#ifndef ODD_ROLES
#define ODD_ROLES KW_ROLE_FD_CARRIER
#endif

/* A later minor version: the same fields, and some that this server has never heard of. */
__attribute__((unused)) static const struct {
  kw_transport known;
  void (*unknown[4])(void);
} transport = {
    .known =
        {
            .size = ODD_SIZE,
            .abi_major = ODD_MAJOR,
            .abi_minor = KW_ABI_MINOR,
            .min_host_minor = ODD_MIN_HOST_MINOR,
            .id = ODD_ID,
            .version = "1.0",
            .build_info = "test",
            .roles = ODD_ROLES,
            .flags = ODD_FLAGS,
#ifdef ODD_RX
            .max_rx_unconsumed = ODD_RX,
#endif
            .init = init,
            .deinit = deinit,
            .get_extension = get_extension,
            .options = options,
#ifndef ODD_POINTER_NULL
            .check = check,
#endif
            .context_create = context_create,
            .context_free = context_free,
#ifndef ODD_CARRIER_NULL
            .carrier = &carrier,
#endif
        },
    .unknown = {deinit, deinit, deinit, deinit},
};

#ifdef ODD_STATIC_TLS
static __thread int counter __attribute__((tls_model("initial-exec")));
#endif
#ifdef ODD_TEXT_RELOCATION
__asm__(".text\n.quad kw_odd_target\n");
__attribute__((visibility("hidden"), used)) int kw_odd_target;
#endif

#ifdef ODD_NO_SYMBOL
#define QUERY kw_transport_ask
#else
#define QUERY kw_transport_query
#endif
KW_EXPORT int32_t QUERY(uint32_t host_major, uint32_t host_minor, const kw_transport** out);
KW_EXPORT int32_t QUERY(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  (void)host_major, (void)host_minor;
#ifdef ODD_STATIC_TLS
  ++counter;
#endif
#ifdef ODD_GARBAGE
  *out = NULL;
  return 12345;
#elif defined ODD_REFUSES
  *out = &transport.known;
  return KW_E_UNSUPPORTED;
#else
  *out = &transport.known;
  return ODD_MAJOR == KW_ABI_MAJOR ? KW_OK : KW_E_UNSUPPORTED;
#endif
}
