/* A well-behaved fd carrier over IPv4, with an option of every type. FIXTURE_VERSION makes builds differ. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"

#ifndef FIXTURE_VERSION
#define FIXTURE_VERSION 1
#endif
#ifndef FIXTURE_FLAGS
#define FIXTURE_FLAGS 0
#endif
#ifndef FIXTURE_ID
#define FIXTURE_ID "fix-carrier"
#endif
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static fixture probe = {.size = sizeof(fixture), .version = FIXTURE_VERSION};

static int32_t fail(kw_error* err, int32_t code, uint32_t reason, const char* setting, const char* text) {
  err->code = code;
  err->reason = reason;
  snprintf(err->setting, sizeof err->setting, "%s", setting);
  snprintf(err->text, sizeof err->text, "%s", text);
  return code;
}

static int32_t init(const kw_host* host, kw_error* err) {
  (void)err;
  probe.host = host;
  __atomic_add_fetch(&probe.inits, 1, __ATOMIC_RELAXED);
  host->log(host, KW_LOG_DEBUG, NULL, "hello\nfrom init");
  return KW_OK;
}

static void deinit(void) { __atomic_add_fetch(&probe.deinits, 1, __ATOMIC_RELEASE); }
static void thread_leave(void) { __atomic_add_fetch(&probe.leaves, 1, __ATOMIC_RELAXED); }

static const void* get_extension(const char* id) { return strcmp(id, FIXTURE_EXTENSION) == 0 ? &probe : NULL; }

#define OPTION(type_, flags_, name_, choices_, min_, max_)                                                            \
  {                                                                                                                   \
    .size = sizeof(kw_option), .flags = flags_, .type = type_, .name = name_, .choices = choices_, .help = "A test.", \
    .min = min_, .max = max_                                                                                          \
  }
static const kw_option option_list[] = {
    OPTION(KW_TYPE_TEXT, 0, "fix-text", NULL, 0, 0),
    OPTION(KW_TYPE_BOOL, 0, "fix-bool", NULL, 0, 0),
    OPTION(KW_TYPE_INT, 0, "fix-int", NULL, -5, 10),
    OPTION(KW_TYPE_CHOICE, 0, "fix-choice", "red green blue", 0, 0),
    OPTION(KW_TYPE_FILE, 0, "fix-file", NULL, 0, 0),
    OPTION(KW_TYPE_FILE, KW_OPTION_SECRET | KW_OPTION_URI, "fix-secret", NULL, 0, 0),
    OPTION(KW_TYPE_DIR, 0, "fix-dir", NULL, 0, 0),
    OPTION(KW_TYPE_TEXT, 0, FIXTURE_ID ".own", NULL, 0, 0),
    OPTION(KW_TYPE_TEXT, 0, "tls-known", NULL, 0, 0),
    OPTION(KW_TYPE_FILE, KW_OPTION_PRIVATE, "fix-private", NULL, 0, 0),
};
#define OPTION_COUNT (sizeof option_list / sizeof *option_list)
static const kw_option* const option_pointers[OPTION_COUNT] = {
    &option_list[0], &option_list[1], &option_list[2], &option_list[3], &option_list[4],
    &option_list[5], &option_list[6], &option_list[7], &option_list[8], &option_list[9]};

static const kw_option* const* options(uint32_t* count) {
  *count = OPTION_COUNT;
  return option_pointers;
}

static int32_t check(const kw_settings* settings, kw_error* err) {
  __atomic_add_fetch(&probe.checks, 1, __ATOMIC_RELAXED);
  for (uint32_t i = 0; i < settings->count; ++i) {
    const kw_setting* s = settings->items[i];
    if (((const char*)s->value)[s->value_len] != 0) return fail(err, KW_E_INTERNAL, 0, s->name, "no zero byte");
    if (strcmp(s->name, "fix-text") == 0 && strcmp(s->value, "refuse") == 0) {
      return fail(err, KW_E_CONFIG, 0, "fix-text", "this carrier refuses that text");
    }
  }
  return KW_OK;
}

struct kw_context {
  int unused;
};

static pthread_mutex_t record_mutex = PTHREAD_MUTEX_INITIALIZER;

static int32_t record(const kw_settings* settings, kw_error* err) {
  size_t at = 0;
  probe.settings[0] = 0;
  for (uint32_t i = 0; i < settings->count; ++i) {
    const kw_setting* s = settings->items[i];
    at += (size_t)snprintf(probe.settings + at, sizeof probe.settings - at, "%s=%s%s%s%s;", s->name,
                           (const char*)s->value, s->origin ? "@" : "", s->origin ? s->origin : "",
                           (s->flags & KW_SETTING_URI) ? "(uri)" : "");
    if (at >= sizeof probe.settings) return fail(err, KW_E_CONFIG, 0, "", "too many settings for this test");
  }
  snprintf(probe.purpose, sizeof probe.purpose, "%s", settings->purpose ? settings->purpose : "");
  return KW_OK;
}

static int32_t context_create(const kw_settings* settings, kw_context** out, kw_error* err) {
  pthread_mutex_lock(&record_mutex);
  int32_t result = record(settings, err);
  pthread_mutex_unlock(&record_mutex);
  if (result != KW_OK) return result;
  *out = probe.host->alloc(probe.host, sizeof **out);
  if (*out == NULL) return fail(err, KW_E_NOMEM, 0, "", "");
  __atomic_add_fetch(&probe.contexts, 1, __ATOMIC_RELAXED);
  return KW_OK;
}

static void context_free(kw_context* ctx) {
  probe.host->free(probe.host, ctx);
  __atomic_sub_fetch(&probe.contexts, 1, __ATOMIC_RELEASE);
}

/* -- the carrier: addresses are sockaddr_in -- */

static void describe(const struct sockaddr_in* in, kw_address* out) {
  char host[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
  out->data_len = sizeof *in;
  out->port = ntohs(in->sin_port);
  memcpy(out->data, in, sizeof *in);
  snprintf(out->host, sizeof out->host, "%s", host);
  snprintf(out->text, sizeof out->text, "%s:%u", host, (unsigned)out->port);
}

static int32_t resolve(kw_context* ctx, const char* text, uint32_t purpose, kw_emit_address emit, void* arg,
                       kw_error* err) {
  (void)ctx, (void)purpose;
  char host[64];
  unsigned port;
  struct sockaddr_in in = {.sin_family = AF_INET};
  if (sscanf(text, "%63[0-9.]:%u", host, &port) != 2 || port > 65535 || inet_pton(AF_INET, host, &in.sin_addr) != 1) {
    return fail(err, KW_E_CONFIG, KW_REASON_ADDRESS, "", "the address is not a.b.c.d:port");
  }
  in.sin_port = htons((uint16_t)port);
  kw_address address = {.size = sizeof address};
  describe(&in, &address);
  emit(arg, &address);
  return KW_OK;
}

static int32_t listen_fd(kw_context* ctx, const kw_address* address, int32_t* fd, kw_error* err) {
  (void)ctx;
  int one = 1;
  *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (*fd < 0) return fail(err, KW_E_INTERNAL, 0, "", strerror(errno));
  setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(*fd, (const struct sockaddr*)address->data, address->data_len) == 0 && listen(*fd, 16) == 0) return KW_OK;
  uint32_t reason = errno == EADDRINUSE ? KW_REASON_ADDRESS_IN_USE : KW_REASON_ADDRESS;
  fail(err, KW_E_CONFIG, reason, "", strerror(errno));
  close(*fd);
  return KW_E_CONFIG;
}

static int32_t dial_fd(kw_context* ctx, const kw_address* address, int32_t* fd, kw_error* err) {
  (void)ctx;
  *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (*fd < 0) return fail(err, KW_E_INTERNAL, 0, "", strerror(errno));
  if (connect(*fd, (const struct sockaddr*)address->data, address->data_len) == 0) return KW_OK;
  if (errno == EINPROGRESS) return KW_WANT_WRITE;
  int error = errno;
  close(*fd);
  errno = error;
  return fail(err, KW_E_CONFIG, KW_REASON_REFUSED, "", strerror(errno));
}

static int32_t fd_configure(kw_context* ctx, int32_t fd, uint32_t purpose, kw_error* err) {
  (void)ctx, (void)fd, (void)purpose, (void)err;
  return KW_OK;
}

static int32_t fd_describe(kw_context* ctx, int32_t fd, uint32_t end, kw_address* out, kw_error* err) {
  (void)ctx;
  struct sockaddr_in in;
  socklen_t length = sizeof in;
  int result = end == KW_END_PEER ? getpeername(fd, (struct sockaddr*)&in, &length)
                                  : getsockname(fd, (struct sockaddr*)&in, &length);
  if (result != 0) return fail(err, KW_E_INTERNAL, 0, "", strerror(errno));
  describe(&in, out);
  return KW_OK;
}

static int32_t is_local(kw_context* ctx, int32_t fd) {
  (void)ctx, (void)fd;
  return 1;
}

static const kw_carrier carrier = {
    .size = sizeof(kw_carrier),
    .resolve = resolve,
    .listen_fd = listen_fd,
    .dial_fd = dial_fd,
    .fd_configure = fd_configure,
    .fd_describe = fd_describe,
    .is_local = is_local,
};

static const kw_transport transport = {
    .size = sizeof(kw_transport),
    .abi_major = KW_ABI_MAJOR,
    .abi_minor = KW_ABI_MINOR,
    .id = FIXTURE_ID,
    .version = TEXT(FIXTURE_VERSION) ".0",
    .build_info = "test build " TEXT(FIXTURE_VERSION),
    .roles = KW_ROLE_FD_CARRIER,
    .flags = FIXTURE_FLAGS,
    .init = init,
    .deinit = deinit,
    .thread_leave = thread_leave,
    .get_extension = get_extension,
    .options = options,
    .check = check,
    .context_create = context_create,
    .context_free = context_free,
    .carrier = &carrier,
};

KW_EXPORT int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  (void)host_minor;
  *out = &transport;
  return host_major == KW_ABI_MAJOR ? KW_OK : KW_E_UNSUPPORTED;
}
