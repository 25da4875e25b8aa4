/* A filter that is no TLS: letters are turned by thirteen places, and the byte 0x04 says good-bye. Both sides begin by
 * sending the greeting; whoever sends anything else speaks another protocol.
 *
 * ROT13_HELLO gives it the hello/1 extension: 1 the whole table, 2 one that ends after inspect, 3 one whose answer is too long.
 * ROT13_FAULT spoils it: 1 it fails each handshake, 2 it never answers a greeting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "keyway/ext/hello.h"

#ifndef ROT13_HELLO
#define ROT13_HELLO 0
#endif
#ifndef ROT13_FAULT
#define ROT13_FAULT 0
#endif

static const char kGreeting[] = "ROT13\n";
#define GREETING_LENGTH (sizeof kGreeting - 1)
#define GOOD_BYE 0x04

static fixture probe = {.size = sizeof(fixture), .version = 1};

static int32_t fail(kw_error* err, int32_t code, uint32_t reason, const char* text) {
  err->code = code;
  err->reason = reason;
  snprintf(err->text, sizeof err->text, "%s", text);
  return code;
}

static int32_t init(const kw_host* host, kw_error* err) {
  (void)err;
  probe.host = host;
  __atomic_add_fetch(&probe.inits, 1, __ATOMIC_RELAXED);
  return KW_OK;
}
static void deinit(void) { __atomic_add_fetch(&probe.deinits, 1, __ATOMIC_RELEASE); }
static void thread_leave(void) { __atomic_add_fetch(&probe.leaves, 1, __ATOMIC_RELAXED); }
#if ROT13_HELLO
/* "ROT1" can be nobody else's; what follows it and is not the greeting is broken. */
static int32_t inspect(const uint8_t* data, uint64_t len, kw_hello* out, kw_error* err) {
  uint64_t same = 0;
  while (same < len && same < GREETING_LENGTH && data[same] == (uint8_t)kGreeting[same]) ++same;
  if (same >= 4) out->flags = KW_HELLO_RECOGNISED;
  if (same == GREETING_LENGTH) return KW_OK;
  return same == len ? KW_WANT_READ : fail(err, KW_E_PROTO, KW_REASON_DECODE, "no greeting");
}
static const char kAnswer[KW_HELLO_ANSWER_MAX + 1] = "What?\n";
static const kw_bytes answer = {kAnswer, ROT13_HELLO == 3 ? sizeof kAnswer : 6};
static const kw_ext_hello hello = {
    .size = ROT13_HELLO == 2 ? KW_EXT_HELLO_SIZE_0_9 : sizeof(kw_ext_hello),
    .max_bytes = 64,
    .inspect = inspect,
    .protocol = "Rotated\x01Text",
    .broken_answer = &answer,
};
#endif

static const void* get_extension(const char* id) {
#if ROT13_HELLO
  if (strcmp(id, KW_EXT_HELLO) == 0) return &hello;
#endif
  return strcmp(id, FIXTURE_EXTENSION) == 0 ? &probe : NULL;
}
static const kw_option* const* options(uint32_t* count) {
  *count = 0;
  return NULL;
}
static int32_t check(const kw_settings* settings, kw_error* err) {
  return settings->count == 0 ? KW_OK : fail(err, KW_E_CONFIG, 0, "rot13 has no settings");
}

struct kw_context {
  int unused;
};
static int32_t context_create(const kw_settings* settings, kw_context** out, kw_error* err) {
  (void)settings;
  *out = malloc(sizeof **out);
  if (*out == NULL) return fail(err, KW_E_NOMEM, 0, "");
  __atomic_add_fetch(&probe.contexts, 1, __ATOMIC_RELAXED);
  return KW_OK;
}
static void context_free(kw_context* ctx) {
  free(ctx);
  __atomic_sub_fetch(&probe.contexts, 1, __ATOMIC_RELEASE);
}

struct kw_conn {
  kw_pipe* pipe;
  int greeted, done, closed, said_good_bye;
};

static uint8_t turn(uint8_t c) {
  if (c >= 'a' && c <= 'z') return (uint8_t)('a' + (c - 'a' + 13) % 26);
  if (c >= 'A' && c <= 'Z') return (uint8_t)('A' + (c - 'A' + 13) % 26);
  return c;
}

static int32_t conn_open(kw_context* ctx, uint32_t side, const kw_verify* verify, kw_pipe* pipe,
                         kw_host_conn* host_conn, kw_conn** out, kw_error* err) {
  (void)ctx, (void)side, (void)verify, (void)host_conn;
  *out = calloc(1, sizeof **out);
  if (*out == NULL) return fail(err, KW_E_NOMEM, 0, "");
  (*out)->pipe = pipe;
  __atomic_add_fetch(&probe.connections, 1, __ATOMIC_RELAXED);
  return KW_OK;
}

static int32_t put(kw_conn* conn, const uint8_t* data, uint64_t length, int turned, kw_error* err) {
  while (length > 0) {
    uint8_t* room;
    uint64_t cap;
    uint64_t n = length < 16384 ? length : 16384;
    if (conn->pipe->tx_reserve(conn->pipe, n, &room, &cap) != KW_OK) return fail(err, KW_E_NOMEM, 0, "");
    for (uint64_t i = 0; i < n; ++i) room[i] = turned ? turn(data[i]) : data[i];
    conn->pipe->tx_commit(conn->pipe, n);
    data += n, length -= n;
  }
  return KW_OK;
}

static int32_t handshake(kw_conn* conn, kw_error* err) {
  if (conn->done) return KW_OK;
  if (ROT13_FAULT == 1) return fail(err, KW_E_INTERNAL, 0, "it has forgotten how");
  if (ROT13_FAULT == 2) return KW_WANT_READ;
  if (!conn->greeted) {
    int32_t result = put(conn, (const uint8_t*)kGreeting, GREETING_LENGTH, 0, err);
    if (result != KW_OK) return result;
    conn->greeted = 1;
  }
  const uint8_t* data;
  uint64_t length;
  int32_t behind = conn->pipe->rx_peek(conn->pipe, &data, &length);
  uint64_t have = length < GREETING_LENGTH ? length : GREETING_LENGTH;
  if (have > 0 && memcmp(data, kGreeting, have) != 0) {
    return fail(err, KW_E_PROTO, KW_REASON_NOT_THIS_PROTOCOL, "the peer does not speak rot13");
  }
  if (have < GREETING_LENGTH) return behind == KW_OK ? KW_WANT_READ : KW_TRUNCATED;
  conn->pipe->rx_consume(conn->pipe, GREETING_LENGTH);
  conn->done = 1;
  return KW_OK;
}

static int32_t read_some(kw_conn* conn, void* buf, uint64_t cap, uint64_t* n, kw_error* err) {
  (void)err;
  *n = 0;
  if (conn->closed) return KW_EOF;
  const uint8_t* data;
  uint64_t length;
  int32_t behind = conn->pipe->rx_peek(conn->pipe, &data, &length);
  while (*n < length && *n < cap && data[*n] != GOOD_BYE) {
    ((uint8_t*)buf)[*n] = turn(data[*n]);
    ++*n;
  }
  int closed = *n < length && *n < cap && data[*n] == GOOD_BYE;
  conn->pipe->rx_consume(conn->pipe, *n + (closed ? 1 : 0));
  if (closed) conn->closed = 1;
  if (*n > 0) return KW_OK;
  if (closed) return KW_EOF;
  return behind == KW_OK ? KW_WANT_READ : KW_TRUNCATED;
}

static int32_t write_all(kw_conn* conn, const kw_bytes* pieces, uint32_t count, uint64_t* n, kw_error* err) {
  *n = 0;
  for (uint32_t i = 0; i < count; ++i) {
    int32_t result = put(conn, pieces[i].data, pieces[i].len, 1, err);
    if (result != KW_OK) return result;
    *n += pieces[i].len;
  }
  return KW_OK;
}

static void idle(kw_conn* conn) { (void)conn; }

static int32_t say_good_bye(kw_conn* conn, kw_error* err) {
  uint8_t byte = GOOD_BYE;
  if (conn->said_good_bye) return KW_OK;
  conn->said_good_bye = 1;
  return put(conn, &byte, 1, 0, err);
}

static void close_conn(kw_conn* conn) {
  free(conn);
  __atomic_sub_fetch(&probe.connections, 1, __ATOMIC_RELEASE);
}

static const kw_conn_ops ops = {
    .size = sizeof(kw_conn_ops),
    .handshake = handshake,
    .read = read_some,
    .writev = write_all,
    .idle = idle,
    .shutdown = say_good_bye,
    .close = close_conn,
};

static const kw_transport transport = {
    .size = sizeof(kw_transport),
    .abi_major = KW_ABI_MAJOR,
    .abi_minor = KW_ABI_MINOR,
    .id = "rot13",
    .version = "1.0",
    .build_info = "test",
    .roles = KW_ROLE_FILTER,
    .init = init,
    .deinit = deinit,
    .thread_leave = thread_leave,
    .get_extension = get_extension,
    .options = options,
    .check = check,
    .context_create = context_create,
    .context_free = context_free,
    .conn_open = conn_open,
    .ops = &ops,
};

KW_EXPORT int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  (void)host_minor;
  *out = &transport;
  return host_major == KW_ABI_MAJOR ? KW_OK : KW_E_UNSUPPORTED;
}
