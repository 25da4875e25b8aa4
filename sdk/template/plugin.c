/* A transport for Keyway in one file: copy it, rename "example", and replace what it does.
 *
 *   cc -std=c99 -O2 -fPIC -shared -fvisibility=hidden $(pkg-config --cflags keyway-transport) \
 *      -Wl,--version-script=exports.map plugin.c -o keyway-transport-example.so
 *
 * It is a filter: bytes of the carrier in, plaintext out, and back. Its protocol is made up and protects nothing, but it has
 * all that a real one needs: a greeting (the handshake), frames, a good-bye, a setting, and errors that say what is wrong.
 *
 *   greeting = "KWX1"                                 each side sends it first
 *   frame    = length(2, big-endian, 1 … 4096), that many bytes, each XORed with the key
 *   goodbye  = length 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyway/transport.h"

#define FRAME_MAX 4096u
static const uint8_t kGreeting[4] = {'K', 'W', 'X', '1'};

/* ---- Errors ---------------------------------------------------------------------------------------------------------- */

/* Fills in what the caller has room for (KW_HAS_FIELD would be needed for fields younger than 0.9) and returns the code. */
static int32_t fail(kw_error* err, int32_t code, uint32_t reason, const char* setting, const char* text) {
  if (err->size < KW_ERROR_SIZE_0_9) return code;
  err->code = code;
  err->lib_code = 0;
  err->reason = reason;
  snprintf(err->setting, sizeof err->setting, "%s", setting);
  snprintf(err->text, sizeof err->text, "%s", text);
  return code;
}

/* ---- Settings and contexts --------------------------------------------------------------------------------------------- */

static const kw_option kKeyOption = {sizeof(kw_option),
                                     KW_OPTION_RELOADABLE,
                                     KW_TYPE_INT,
                                     0,
                                     "example.key",
                                     "42",
                                     NULL,
                                     "Number that every byte is XORed with.",
                                     0,
                                     255};
static const kw_option* const kOptions[] = {&kKeyOption};

static const kw_option* const* example_options(uint32_t* count) {
  *count = 1;
  return kOptions;
}

/* A context is immutable: the settings, read once. */
struct kw_context {
  uint8_t key;
};

static int32_t read_settings(const kw_settings* settings, struct kw_context* out, kw_error* err) {
  uint32_t i;
  out->key = 42;
  if (settings == NULL || settings->size < KW_SETTINGS_SIZE_0_9 || (settings->count > 0 && settings->items == NULL)) {
    return fail(err, KW_E_INTERNAL, KW_REASON_NONE, "", "the settings are malformed");
  }
  for (i = 0; i < settings->count; ++i) {
    const kw_setting* s = settings->items[i];
    if (s == NULL || s->size < KW_SETTING_SIZE_0_9)
      return fail(err, KW_E_INTERNAL, KW_REASON_NONE, "", "a setting is malformed");
    if ((s->flags & KW_FLAGS_MANDATORY) != 0) {
      return fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, s->name, "this plug-in is too old for what is asked");
    }
    if (strcmp(s->name, "example.key") != 0) return fail(err, KW_E_CONFIG, KW_REASON_NONE, s->name, "unknown setting");
    if (s->value_len > 0) {
      char* end = NULL;
      long value = strtol((const char*)s->value, &end, 10);
      if (*end != '\0' || value < 0 || value > 255) {
        return fail(err, KW_E_CONFIG, KW_REASON_NONE, s->name, "the key is a number from 0 to 255");
      }
      out->key = (uint8_t)value;
    }
  }
  return KW_OK;
}

static int32_t example_check(const kw_settings* settings, kw_error* err) {
  struct kw_context ctx;
  return read_settings(settings, &ctx, err);
}

static int32_t example_context_create(const kw_settings* settings, kw_context** out, kw_error* err) {
  struct kw_context* ctx = malloc(sizeof *ctx);
  int32_t r;
  if (ctx == NULL) return fail(err, KW_E_NOMEM, KW_REASON_NONE, "", "out of memory");
  r = read_settings(settings, ctx, err);
  if (r != KW_OK) {
    free(ctx);
    return r;
  }
  *out = ctx;
  return KW_OK;
}

static void example_context_free(kw_context* ctx) { free(ctx); }

/* ---- Connections ------------------------------------------------------------------------------------------------------- */

struct kw_conn {
  kw_pipe* pipe;
  uint8_t key;
  int greeted;     /* our greeting is out */
  int established; /* the peer's has come */
  int failed;      /* the peer broke the protocol: told again by every later call */
  int peer_closed;
  int closed;
  uint32_t frame_left; /* bytes of the current frame that are still to come */
};

static int32_t example_conn_open(kw_context* ctx, uint32_t side, const kw_verify* verify, kw_pipe* pipe,
                                 kw_host_conn* host_conn, kw_conn** out, kw_error* err) {
  struct kw_conn* c;
  (void)host_conn;
  if (pipe == NULL || pipe->size < KW_PIPE_SIZE_0_9 || side > KW_SIDE_CLIENT) {
    return fail(err, KW_E_INTERNAL, KW_REASON_NONE, "", "the host's pipe is malformed");
  }
  if (side == KW_SIDE_CLIENT && (verify == NULL || verify->size < KW_VERIFY_SIZE_0_9)) {
    return fail(err, KW_E_INTERNAL, KW_REASON_NONE, "", "a dialled connection needs to know whom it may reach");
  }
  /* What cannot be honoured is refused: this protocol proves nobody's name. */
  if (side == KW_SIDE_CLIENT && verify->mode != KW_VERIFY_NONE) {
    return fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, "", "this transport cannot verify the peer");
  }
  c = calloc(1, sizeof *c);
  if (c == NULL) return fail(err, KW_E_NOMEM, KW_REASON_NONE, "", "out of memory");
  c->pipe = pipe;
  c->key = ctx->key;
  *out = c;
  return KW_OK;
}

/* tx takes everything: the only failure is memory. */
static int32_t put(struct kw_conn* c, const uint8_t* bytes, uint64_t n, kw_error* err) {
  uint8_t* room;
  uint64_t cap;
  if (c->pipe->tx_reserve(c->pipe, n, &room, &cap) != KW_OK) {
    c->failed = 1;
    return fail(err, KW_E_NOMEM, KW_REASON_NONE, "", "out of memory");
  }
  memcpy(room, bytes, n);
  c->pipe->tx_commit(c->pipe, n);
  return KW_OK;
}

static int32_t broken(struct kw_conn* c, uint32_t reason, const char* text, kw_error* err) {
  c->failed = 1;
  return fail(err, KW_E_PROTO, reason, "", text);
}

static int32_t example_handshake(kw_conn* c, kw_error* err) {
  const uint8_t* data;
  uint64_t len;
  int32_t state;
  if (c->established) return KW_OK;
  if (c->failed) return fail(err, KW_E_INTERNAL, KW_REASON_NONE, "", "the handshake has failed before");
  if (!c->greeted) {
    int32_t r = put(c, kGreeting, sizeof kGreeting, err);
    if (r != KW_OK) return r;
    c->greeted = 1;
  }
  /* Bytes first, then what is known of the stream behind them. */
  state = c->pipe->rx_peek(c->pipe, &data, &len);
  if (memcmp(data != NULL ? data : kGreeting, kGreeting, len < sizeof kGreeting ? len : sizeof kGreeting) != 0) {
    return broken(c, KW_REASON_NOT_THIS_PROTOCOL, "the peer speaks another protocol", err);
  }
  if (len < sizeof kGreeting) {
    /* The few bytes stay where they are: max_rx_unconsumed says so. */
    return state == KW_OK ? KW_WANT_READ
                          : fail(err, KW_TRUNCATED, KW_REASON_NONE, "", "the stream ended in the greeting");
  }
  c->pipe->rx_consume(c->pipe, sizeof kGreeting);
  c->established = 1;
  return KW_OK;
}

static int32_t example_read(kw_conn* c, void* buf, uint64_t cap, uint64_t* n, kw_error* err) {
  uint8_t* to = buf;
  *n = 0;
  if (c->peer_closed) return KW_EOF;
  if (c->failed || !c->established)
    return fail(err, KW_E_PROTO, KW_REASON_DECODE, "", "the connection is not open for reading");
  while (*n < cap) {
    const uint8_t* data;
    uint64_t len, take, i;
    int32_t state = c->pipe->rx_peek(c->pipe, &data, &len);
    if (c->frame_left == 0) {
      if (len < 2) {
        if (*n > 0) return KW_OK; /* what there is, first */
        return state == KW_OK ? KW_WANT_READ
                              : fail(err, KW_TRUNCATED, KW_REASON_NONE, "", "the stream ended without a good-bye");
      }
      c->frame_left = (uint32_t)data[0] << 8 | data[1];
      if (c->frame_left > FRAME_MAX) {
        if (*n > 0) { /* again at the next call: nothing was consumed */
          c->frame_left = 0;
          return KW_OK;
        }
        return broken(c, KW_REASON_DECODE, "a frame is too long", err);
      }
      c->pipe->rx_consume(c->pipe, 2);
      if (c->frame_left == 0) {
        c->peer_closed = 1;
        return *n > 0 ? KW_OK : KW_EOF;
      }
      continue; /* data is not valid any more */
    }
    take = len < c->frame_left ? len : c->frame_left;
    if (take > cap - *n) take = cap - *n;
    if (take == 0) {
      if (*n > 0) return KW_OK;
      return state == KW_OK ? KW_WANT_READ : fail(err, KW_TRUNCATED, KW_REASON_NONE, "", "the stream ended in a frame");
    }
    for (i = 0; i < take; ++i) to[*n + i] = data[i] ^ c->key;
    c->pipe->rx_consume(c->pipe, take);
    c->frame_left -= (uint32_t)take;
    *n += take;
  }
  return KW_OK;
}

static int32_t example_writev(kw_conn* c, const kw_bytes* pieces, uint32_t count, uint64_t* n, kw_error* err) {
  uint8_t frame[2 + FRAME_MAX];
  uint32_t used = 0, i;
  uint64_t total = 0, at;
  *n = 0;
  if (c->failed || c->closed || !c->established) {
    return fail(err, KW_E_INTERNAL, KW_REASON_NONE, "", "the connection is not open for writing");
  }
  for (i = 0; i < count; ++i) total += pieces[i].len;
  if (total > KW_WRITEV_MAX) return fail(err, KW_E_INTERNAL, KW_REASON_NONE, "", "more than one call may carry");
  for (i = 0; i < count; ++i) {
    for (at = 0; at < pieces[i].len; ++at) {
      frame[2 + used++] = ((const uint8_t*)pieces[i].data)[at] ^ c->key;
      if (used == FRAME_MAX || *n + 1 == total) {
        int32_t r;
        frame[0] = (uint8_t)(used >> 8);
        frame[1] = (uint8_t)(used & 0xff);
        r = put(c, frame, 2 + used, err);
        if (r != KW_OK) {
          *n = 0;
          return r;
        }
        used = 0;
      }
      ++*n;
    }
  }
  return KW_OK; /* all of it, always */
}

static void example_idle(kw_conn* c) { (void)c; /* nothing that could be given back */ }

static int32_t example_shutdown(kw_conn* c, kw_error* err) {
  static const uint8_t kGoodbye[2] = {0, 0};
  if (c->closed || c->failed || !c->established) return KW_OK;
  c->closed = 1;
  return put(c, kGoodbye, sizeof kGoodbye, err);
}

static void example_close(kw_conn* c) { free(c); }

static const kw_conn_ops kOps = {
    sizeof(kw_conn_ops), 0, example_handshake, example_read, example_writev, example_idle, example_shutdown,
    example_close};

/* ---- The transport ----------------------------------------------------------------------------------------------------- */

static const kw_host* host; /* valid from init to deinit; the only thing that is shared by all connections */

static int32_t example_init(const kw_host* h, kw_error* err) {
  (void)err;
  host = h;
  host->log(host, KW_LOG_NOTICE, NULL, "the example transport protects nothing");
  return KW_OK;
}

static void example_deinit(void) { host = NULL; }

static const void* example_get_extension(const char* id) {
  (void)id; /* a table of keyway/ext/… for each name that is known */
  return NULL;
}

static const kw_transport kTransport = {
    sizeof(kw_transport),
    KW_ABI_MAJOR,
    KW_ABI_MINOR,
    9, /* the oldest host that this works with */
    "example",
    "1.0",
    "one file, no library",
    KW_ROLE_FILTER,
    KW_TRANSPORT_UNLOADABLE,
    3, /* bytes that a WANT_READ may leave in rx: an unfinished greeting */
    0,
    example_init,
    example_deinit,
    NULL, /* thread_leave: nothing is cached for a thread */
    example_get_extension,
    example_options,
    example_check,
    example_context_create,
    example_context_free,
    NULL, /* no carrier */
    example_conn_open,
    &kOps,
};

KW_EXPORT int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  *out = &kTransport;
  return host_major == KW_ABI_MAJOR && host_minor >= 9 ? KW_OK : KW_E_UNSUPPORTED;
}
