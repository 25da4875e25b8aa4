/* The Keyway transport ABI, version 0.9: what a transport plug-in and its host say to each other.
 *
 *                      ┌──────────────────────────── host (keyway-server, keyway-cli, a test) ───────────────┐
 *   fd carrier         │  owns listening and connected descriptors, reads and writes them itself             │
 *   tcp, unix, vsock   │     resolve · listen_fd · dial_fd · fd_configure · fd_describe · is_local           │
 *                      │                                                                                     │
 *   filter             │  socket ⇄ [rx | tx] kw_pipe ⇄ kw_conn_ops ⇄ plaintext                               │
 *   TLS, Noise         │     handshake · read · writev · idle · shutdown · close                             │
 *                      │                                                                                     │
 *   stream carrier     │  the plug-in moves the bytes ⇄ kw_conn_ops ⇄ plaintext (or a filter over it)        │
 *   RDMA, QUIC, shm    │     stream_listen · stream_dial · attach · detach; conn_incoming · conn_ready       │
 *                      └─────────────────────────────────────────────────────────────────────────────────────┘
 *
 * A plug-in is a shared object that exports one symbol, kw_transport_query. Everything else is reached through the
 * structures below. docs/plugin-authors.md is the guide, docs/transport-abi.md says why each rule is as it is.
 *
 * RULES OF THE ABI
 *
 *  1. Types are fixed-width. There are no enums and no bit-fields in structures, no errno, FILE, time_t or size_t.
 *     Lengths in bytes are uint64_t, counts are uint32_t, times are nanoseconds or Unix seconds in 64 bits.
 *  2. The first field of every structure is `uint32_t size`: the number of bytes that whoever filled it in knew of.
 *     (kw_bytes, a pointer and a length, is the only exception; it is frozen and never grows.)
 *     Structures grow at the end only, in minor versions. A field exists when its offset plus its width fits in `size`:
 *     ask with KW_HAS_FIELD before touching a field that is younger than the 0.9 of this file. A structure smaller than
 *     its KW_..._SIZE_0_9, or one that ends in the middle of a field, is an error. A larger one is accepted and its
 *     unknown tail ignored, unless min_host_minor says that the host is too old for the plug-in.
 *  3. Nobody allocates, copies by assignment or frees the other side's structures. Arrays of structures are arrays of
 *     pointers, so that growth does not change a stride. Where the plug-in has many things to tell it calls a function
 *     of the host for each (kw_emit_address, kw_visit_...); what it shows is valid during that call only.
 *  4. Each pointer is marked [required] or [nullable]. A required pointer that is null is an error of the caller.
 *  5. Flags: bits 0-15 must be understood, or the structure is refused; bits 16-31 may be ignored.
 *  6. Results are one int32_t: KW_OK, a state (> 0) or an error (< 0). With an error goes a kw_error that the caller owns.
 *     The plug-in empties its library's thread-local error queue before it returns. No constant, object or number of a
 *     library crosses the line, but for lib_code, which is for log readers.
 *  7. Extensions are found by name and revision ("hello/1"). An unknown name gives null, and that is no error.
 *
 * THREADS. Each function has a tag:
 *    [main]        one thread, before the others start or after they ended
 *    [background]  any thread that may block; several at once
 *    [owner]       the thread that owns the connection now. Calls on one connection come one at a time. Between any two of
 *                  them the connection may have moved to another thread (the host synchronises), unless the plug-in
 *                  declares KW_TRANSPORT_THREAD_AFFINE: then all calls on a connection come from the thread of conn_open.
 *    [loop]        the thread that runs the named loop
 *    [any]         any thread, several at once; must not block
 * Contexts are immutable after creation and used from many threads at once.
 * No function of a plug-in ever runs in a forked child.
 *
 * RULES OF THE PIPE (a filter sees no descriptor, only the two queues of bytes of its kw_pipe)
 *
 *    from the carrier ──► rx: rx_peek … rx_consume ──► filter ──► read() ──► plaintext
 *    to the carrier   ◄── tx: tx_reserve … tx_commit ◄── filter ◄── writev() ◄── plaintext
 *
 *  a. tx never refuses for fullness. tx_reserve answers KW_OK or KW_E_NOMEM, and the latter ends the connection. In
 *     return the host calls handshake, read and writev only while fewer than KW_TX_HIGH bytes wait in tx, and gives
 *     writev at most KW_WRITEV_MAX bytes. The gate covers read as well, since reads write replies (to TLS KeyUpdates).
 *  b. A filter therefore takes all that writev gives, and never answers KW_WANT_WRITE. It should make as few records of
 *     it as its protocol allows: one for each 16 KB in TLS, however many pieces the list has.
 *  c. rx_peek shows all bytes that are there, contiguous. Its result speaks of what comes after them: KW_OK (more may
 *     come later), KW_EOF (the carrier ended), KW_RESET (it failed). Use the bytes first, then believe the result.
 *  d. When the filter answers KW_WANT_READ, no plaintext is left inside it, and the host calls again only when new bytes
 *     or the end of the stream have come. At most `max_rx_unconsumed` bytes may stay in rx then; the host keeps them,
 *     contiguous and private to the connection. More is KW_E_PROTO, decided by the host.
 *  e. read returns whatever plaintext it has as soon as its input is used up or its buffer is full. KW_OK means n > 0.
 *     When the peer closed properly it is KW_EOF, and when the carrier ended or failed without that KW_TRUNCATED: never
 *     mistake one for the other. Both are repeated by every later read. Data received before either is delivered first.
 *  f. After any result, errors included, the host sends what stands in tx before it closes, so a filter puts its alert
 *     there and returns. A finished handshake may leave bytes in tx (session tickets) and plaintext in rx.
 *  g. A send error of the carrier does not discard what was received: the host keeps calling read until the end.
 *  h. Pointers from rx_peek are valid until rx_consume or until the filter returns; those of tx_reserve until tx_commit,
 *     the next tx_reserve or the return. Nothing of the pipe is remembered between two calls but its address.
 *  i. A filter calls the pipe only from within handshake, read, writev and shutdown. Not from conn_open, idle or close.
 *
 * LIFE OF A CONNECTION
 *    conn_open → handshake* → (read | writev | idle)* → [shutdown] → close
 *  handshake is called until it answers KW_OK (then read at once, since plaintext may be waiting) or an error. After an
 *  error or an end, only shutdown and close follow. close may come at any time, and is the last call; it writes nothing.
 *  read and writev are independent: after KW_EOF from read, writev still works until shutdown.
 *
 * FORBIDDEN in a plug-in: process-wide allocators of a library (CRYPTO_set_mem_functions, wolfSSL_SetAllocators), atexit
 * and signal handlers, changes of locale, umask, directory or environment, exit and abort for any input, exceptions or
 * longjmp across this line, the initial-exec TLS model, $ORIGIN in run paths, text relocations.
 */
#ifndef KEYWAY_TRANSPORT_H
#define KEYWAY_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KW_ABI_MAJOR 0u
#define KW_ABI_MINOR 9u

/* The symbol's name, for dlsym. */
#define KW_QUERY_SYMBOL "kw_transport_query"

#if defined(__GNUC__) || defined(__clang__)
#define KW_EXPORT __attribute__((visibility("default")))
#else
#define KW_EXPORT
#endif

/* The offset of the first byte after a field, and whether a structure that somebody else filled in has that field.
 * `type` is the structure's typedef name: KW_HAS_FIELD(verify, kw_verify, alpn). */
#define KW_END_OF(type, field) (offsetof(type, field) + sizeof(((const type*)0)->field))
#define KW_HAS_FIELD(ptr, type, field) ((ptr)->size >= KW_END_OF(type, field))

/* Bits of any flags word that must be understood. */
#define KW_FLAGS_MANDATORY 0x0000ffffu

/* ---- Results ------------------------------------------------------------------------------------------------------ */

#define KW_OK 0

/* States: not failures. */
#define KW_WANT_READ 1  /* call again when bytes, or the end of the stream, have come */
#define KW_WANT_WRITE 2 /* stream carriers and dial_fd only: call again when it can be written to */
#define KW_WANT_WAKE 3  /* call again after conn_ready with KW_READY_WAKE (work goes on elsewhere: an HSM, a job) */
#define KW_EOF 4        /* the peer closed properly; from rx_peek: the carrier ended */
#define KW_TRUNCATED 5  /* the carrier ended or failed without a proper close */
#define KW_RESET 6      /* from rx_peek only: the carrier failed */

/* Errors. */
#define KW_E_CONFIG (-1)      /* a setting, an address or an argument is wrong: err->setting names it where it can */
#define KW_E_AUTH (-2)        /* the peer is not who it has to be */
#define KW_E_PROTO (-3)       /* the peer broke the protocol, or speaks another one */
#define KW_E_PEER (-4)        /* the peer gave up and said so: a fatal alert */
#define KW_E_NOMEM (-5)       /* out of memory */
#define KW_E_UNSUPPORTED (-6) /* this build, library or machine cannot do it */
#define KW_E_INTERNAL (-7)    /* a defect, in the plug-in, its library or the caller */

/* Reasons, for counters and rules; the text is for people. A host shows an unknown one as "other". */
#define KW_REASON_NONE 0u
#define KW_REASON_NOT_THIS_PROTOCOL 1u  /* the first bytes are of another protocol (plaintext on a TLS port) */
#define KW_REASON_VERSION 2u            /* no version in common */
#define KW_REASON_CIPHER 3u             /* no cipher, group or signature algorithm in common */
#define KW_REASON_CERT_MISSING 4u       /* the peer has to show a certificate and showed none */
#define KW_REASON_CERT_UNTRUSTED 5u     /* no chain to a CA that is trusted here */
#define KW_REASON_CERT_EXPIRED 6u       /* a certificate of the chain has expired */
#define KW_REASON_CERT_NOT_YET_VALID 7u /* a certificate of the chain is not valid yet */
#define KW_REASON_CERT_REVOKED 8u       /* a certificate of the chain is revoked */
#define KW_REASON_CERT_NAME 9u          /* the certificate is for another name */
#define KW_REASON_CERT_OTHER 10u        /* anything else about the certificate: purpose, signature, format */
#define KW_REASON_PEER_ALERT 11u        /* the peer sent a fatal alert; lib_code is its number */
#define KW_REASON_DECODE 12u            /* the bytes make no sense, or do not decrypt */
#define KW_REASON_ADDRESS 13u           /* no such address here, or none of that family */
#define KW_REASON_ADDRESS_IN_USE 14u    /* somebody else listens there */
#define KW_REASON_REFUSED 15u           /* nobody listens there, or the way there is closed */

/* What went wrong. Caller-owned; the caller sets size and the plug-in fills in the rest, only when it returns an error
 * (a state leaves it alone). `code` repeats the result. Text ends with a zero byte, holds no newline and no secret. */
typedef struct kw_error {
  uint32_t size;
  int32_t code;     /* KW_E_... */
  int32_t lib_code; /* the library's or the system's own number, 0 when there is none; for logs only */
  uint32_t reason;  /* KW_REASON_... */
  char setting[64]; /* the setting that is at fault, or empty */
  char text[240];   /* one line of UTF-8 */
} kw_error;
#define KW_ERROR_SIZE_0_9 KW_END_OF(kw_error, text)

/* ---- Bytes --------------------------------------------------------------------------------------------------------- */

/* A piece of memory. Frozen: this one never grows, so arrays of it are plain arrays. */
typedef struct kw_bytes {
  const void* data; /* [nullable] when len is 0 */
  uint64_t len;
} kw_bytes;

/* ---- Opaque objects ------------------------------------------------------------------------------------------------ */

typedef struct kw_context kw_context;             /* the plug-in's: settings in force */
typedef struct kw_conn kw_conn;                   /* the plug-in's: one connection */
typedef struct kw_listener kw_listener;           /* a stream carrier's: one place that it listens at */
typedef struct kw_host_conn kw_host_conn;         /* the host's side of a connection */
typedef struct kw_host_listener kw_host_listener; /* the host's side of a listener */
typedef struct kw_loop kw_loop;                   /* the host's: an event loop, bound to one thread */
typedef struct kw_io kw_io;                       /* the host's: a watched descriptor */
typedef struct kw_timer kw_timer;                 /* the host's: a timer */

/* ---- Settings ------------------------------------------------------------------------------------------------------ */

/* Types of an option, and what its value is when it reaches the plug-in. */
#define KW_TYPE_TEXT 1u   /* the text */
#define KW_TYPE_BOOL 2u   /* "yes" or "no" */
#define KW_TYPE_INT 3u    /* decimal digits, min and max checked by the host and by the plug-in */
#define KW_TYPE_CHOICE 4u /* one word of `choices` */
#define KW_TYPE_FILE 5u   /* the user wrote a path; the value is what the file holds (or a URI, see KW_OPTION_URI) */
#define KW_TYPE_DIR 6u   /* the user wrote a folder; one setting of the same name for each file in it, with its bytes */
#define KW_TYPE_BYTES 7u /* bytes made by the host; users do not write it */

/* Flags of an option. */
#define KW_OPTION_SECRET (1u << 16)     /* never shown, wiped after use */
#define KW_OPTION_RELOADABLE (1u << 17) /* a change on a running server needs a new context, not a new process */
#define KW_OPTION_URI (1u << 18)        /* KW_TYPE_FILE: a value such as pkcs11:… goes through as text */
#define KW_OPTION_PRIVATE (1u << 19)    /* KW_TYPE_FILE: refused while others than its owner may read or write it */

/* One option of a plug-in: static data of it, valid until deinit. */
typedef struct kw_option {
  uint32_t size;
  uint32_t flags;    /* KW_OPTION_... */
  uint32_t type;     /* KW_TYPE_... */
  uint32_t reserved; /* 0 */
  const char* name;  /* [required] the common tls-… names mean the same everywhere; own ones are "<id>.<name>" */
  const char* default_value; /* [nullable] as the user would write it; null: not set */
  const char* choices;       /* [nullable] KW_TYPE_CHOICE: the words, separated by one space */
  const char* help;          /* [required] one sentence */
  int64_t min;               /* KW_TYPE_INT */
  int64_t max;
} kw_option;
#define KW_OPTION_SIZE_0_9 KW_END_OF(kw_option, max)

#define KW_SETTING_URI (1u << 0) /* the value is a URI, although the option is a file */

/* One setting. Files were read by the host, once, so that check and context_create see the same bytes. */
typedef struct kw_setting {
  uint32_t size;
  uint32_t flags;     /* KW_SETTING_... */
  const char* name;   /* [required] */
  const void* value;  /* [required] a zero byte follows it, not counted in value_len, whatever the type */
  uint64_t value_len; /* 0 means: not set, as if the setting were not there */
  const char* origin; /* [nullable] the path of the file that the bytes come from; for texts of errors only */
} kw_setting;
#define KW_SETTING_SIZE_0_9 KW_END_OF(kw_setting, origin)

#define KW_SIDES_SERVER 1u /* the context will accept */
#define KW_SIDES_CLIENT 2u /* the context will dial */

/* All settings of a context. A setting that is not there has its default. A name that the plug-in does not know is
 * KW_E_CONFIG. Valid during the call only; the plug-in copies what it keeps, and wipes its copies of secrets. */
typedef struct kw_settings {
  uint32_t size;
  uint32_t count;
  const kw_setting* const* items; /* [nullable] when count is 0 */
  const char* purpose; /* [nullable] what the context is for ("port 6380", a profile), for texts of errors and logs */
  uint32_t
      sides; /* KW_SIDES_...: at least one. What only the other side needs (a server's certificate) may be missing */
  uint32_t reserved; /* 0 */
} kw_settings;
#define KW_SETTINGS_SIZE_0_9 KW_END_OF(kw_settings, reserved)

/* ---- Verification -------------------------------------------------------------------------------------------------- */

#define KW_SIDE_SERVER 0u
#define KW_SIDE_CLIENT 1u

#define KW_VERIFY_NONE 0u  /* accept any peer: for tests and first contact only */
#define KW_VERIFY_CHAIN 1u /* the chain must lead to a trusted CA; the name is not looked at */
#define KW_VERIFY_PEER 2u  /* the chain, and one of `names`. Without a name to check this fails: it never means CHAIN */

/* Whom a connection is meant to reach. The client side's; on the server side it may carry `alpn` and the mode is not
 * looked at, since settings (tls-auth-clients) decide there. Valid during conn_open only. */
typedef struct kw_verify {
  uint32_t size;
  uint32_t flags;           /* 0 */
  uint32_t mode;            /* KW_VERIFY_... */
  uint32_t name_count;      /* empty strings do not count as names */
  const char* const* names; /* [nullable] when name_count is 0; DNS names and IP addresses, any of which may match */
  const char* server_name;  /* [nullable] sent as SNI; never an IP address */
  const char* const* alpn;  /* [nullable] when alpn_count is 0; in order of preference, 1 to 255 bytes each */
  uint32_t alpn_count;
  uint32_t reserved; /* 0 */
} kw_verify;
#define KW_VERIFY_SIZE_0_9 KW_END_OF(kw_verify, reserved)

/* ---- The pipe ------------------------------------------------------------------------------------------------------ */

#define KW_TX_HIGH 65536u         /* handshake, read and writev are called only below this many waiting bytes of tx */
#define KW_WRITEV_MAX 65536u      /* the most plaintext that one writev carries */
#define KW_TX_RESERVE_MAX 131072u /* the most that tx_reserve may be asked for at once */

typedef struct kw_pipe kw_pipe;

/* The host's, one for each connection over a filter; see RULES OF THE PIPE. All [owner], all [required]. */
struct kw_pipe {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* Shows everything that has come and was not consumed. *data may be null when *len is 0.
   * KW_OK, KW_EOF or KW_RESET: what is known of the stream behind these bytes. */
  int32_t (*rx_peek)(kw_pipe* pipe, const uint8_t** data, uint64_t* len);
  /* Takes n bytes from the front; n is at most the last *len. */
  void (*rx_consume)(kw_pipe* pipe, uint64_t n);
  /* Room for at least `min` bytes, 1 … KW_TX_RESERVE_MAX; *cap says how many there really are. KW_OK or KW_E_NOMEM. */
  int32_t (*tx_reserve)(kw_pipe* pipe, uint64_t min, uint8_t** data, uint64_t* cap);
  /* The first n bytes of the room are to be sent; n is at most *cap, and 0 gives the room back. */
  void (*tx_commit)(kw_pipe* pipe, uint64_t n);
};
#define KW_PIPE_SIZE_0_9 KW_END_OF(kw_pipe, tx_commit)

/* ---- Connections: filters and stream carriers ---------------------------------------------------------------------- */

/* All [owner], all [required]. `err` is [required] everywhere. */
typedef struct kw_conn_ops {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* KW_OK: done. KW_WANT_READ, KW_WANT_WAKE (stream carriers: KW_WANT_WRITE). KW_TRUNCATED: the carrier ended first.
   * Errors as above. After KW_OK further calls answer KW_OK and do nothing. */
  int32_t (*handshake)(kw_conn* conn, kw_error* err);
  /* Up to cap (> 0) bytes of plaintext; *n is set in every case. KW_OK with *n > 0, else *n is 0 and the result is
   * KW_WANT_READ, KW_WANT_WAKE, KW_EOF, KW_TRUNCATED or an error. */
  int32_t (*read)(kw_conn* conn, void* buf, uint64_t cap, uint64_t* n, kw_error* err);
  /* Takes plaintext, at most KW_WRITEV_MAX bytes in all; empty pieces and an empty list are allowed. A filter takes all
   * of it: KW_OK with *n equal to the sum. A stream carrier may take less, or answer KW_WANT_WRITE with *n = 0. */
  int32_t (*writev)(kw_conn* conn, const kw_bytes* pieces, uint32_t count, uint64_t* n, kw_error* err);
  /* The connection will be quiet for a while: give back what can be had again. Any call may follow. */
  void (*idle)(kw_conn* conn);
  /* Says good-bye (close_notify) and waits for no answer. KW_OK, also when there is nothing to say or it was said before;
   * a stream carrier may answer KW_WANT_WRITE. read still works afterwards, writev does not. */
  int32_t (*shutdown)(kw_conn* conn, kw_error* err);
  /* Frees the connection. The pipe and the host's side are not touched any more. */
  void (*close)(kw_conn* conn);
} kw_conn_ops;
#define KW_CONN_OPS_SIZE_0_9 KW_END_OF(kw_conn_ops, close)

/* ---- Carriers ------------------------------------------------------------------------------------------------------ */

#define KW_ADDRESS_DATA 128u
#define KW_ADDRESS_TEXT 160u

/* One address of a carrier. `data` means something to the carrier alone (a sockaddr, say). The host may keep, copy and
 * give back the structure, up to its end as this file has it. `text` is how people read it, and resolve understands it. */
typedef struct kw_address {
  uint32_t size;
  uint32_t flags;    /* 0 */
  uint32_t data_len; /* at most KW_ADDRESS_DATA */
  uint32_t port;     /* for display and for INFO; 0 where there is no such thing */
  uint8_t data[KW_ADDRESS_DATA];
  char text[KW_ADDRESS_TEXT]; /* "127.0.0.1:6379", "[::1]:6379", "/run/keyway.sock" */
  char host[KW_ADDRESS_TEXT]; /* the same without the port: "127.0.0.1", "::1", "/run/keyway.sock" */
} kw_address;
#define KW_ADDRESS_SIZE_0_9 KW_END_OF(kw_address, host)

#define KW_FOR_LISTEN 0u
#define KW_FOR_DIAL 1u

#define KW_END_LOCAL 0u
#define KW_END_PEER 1u

/* Called once for each address, best first; `address` is valid during the call. */
typedef void (*kw_emit_address)(void* arg, const kw_address* address);

/* The functions of the two carrier roles. Those of a role that the transport does not have are null; those of one that it
 * has are [required] unless marked. `err` is [required] everywhere, `ctx` too. */
typedef struct kw_carrier {
  uint32_t size;
  uint32_t flags; /* 0 */

  /* Both roles. [background] may block. Turns text into at least one address, or fails. `purpose` is KW_FOR_LISTEN or
   * KW_FOR_DIAL. The host tries (dialling: races) the addresses. KW_E_UNSUPPORTED: this machine has no such family. */
  int32_t (*resolve)(kw_context* ctx, const char* text, uint32_t purpose, kw_emit_address emit, void* arg,
                     kw_error* err);

  /* -- fd carriers. Descriptors are close-on-exec and non-blocking, and belong to the host from the return on. -- */

  /* [main][background] A bound, listening descriptor. KW_REASON_ADDRESS with KW_E_UNSUPPORTED: there is no such address on
   * this machine (a host may skip optional ones); KW_REASON_ADDRESS_IN_USE with KW_E_CONFIG. */
  int32_t (*listen_fd)(kw_context* ctx, const kw_address* address, int32_t* fd, kw_error* err);
  /* [main] Once, at the end of the process or of the listener, before the host closes fd: removes what would stay behind
   * (a path in the file system). A reload does not come by here. [nullable] */
  void (*listen_end)(kw_context* ctx, const kw_address* address, int32_t fd);
  /* [owner] Starts to connect to one address. KW_OK: connected. KW_WANT_WRITE: *fd is on its way; when it becomes writable
   * its SO_ERROR tells. Errors: no descriptor was made. */
  int32_t (*dial_fd)(kw_context* ctx, const kw_address* address, int32_t* fd, kw_error* err);
  /* [owner] Right after accept (KW_FOR_LISTEN) or connect (KW_FOR_DIAL), and again for a live connection whose settings
   * changed. An error leaves a working descriptor; the host logs and goes on. */
  int32_t (*fd_configure)(kw_context* ctx, int32_t fd, uint32_t purpose, kw_error* err);
  /* [any] Where one end (KW_END_LOCAL, KW_END_PEER) of a descriptor is. The caller sets out->size. */
  int32_t (*fd_describe)(kw_context* ctx, int32_t fd, uint32_t end, kw_address* out, kw_error* err);
  /* [any] 1 when the peer is on this machine beyond doubt (protected mode rests on it), else 0. */
  int32_t (*is_local)(kw_context* ctx, int32_t fd);

  /* -- stream carriers -- */

  /* [loop] Listens; each connection arrives by host->conn_incoming on `loop`. */
  int32_t (*stream_listen)(kw_context* ctx, const kw_address* address, kw_loop* loop, kw_host_listener* host_listener,
                           kw_listener** out, kw_error* err);
  /* [loop] No conn_incoming of it follows; its connections live on. */
  void (*stream_unlisten)(kw_listener* listener);
  /* [loop] Starts to connect; the handshake of kw_conn_ops completes it. */
  int32_t (*stream_dial)(kw_context* ctx, const kw_address* address, kw_loop* loop, kw_host_conn* host_conn,
                         kw_conn** out, kw_error* err);
  /* [loop] detach: on the old loop's thread, nothing of the connection remains registered there. attach: on the new one's.
   * [nullable], both or none: without them a connection stays on its first loop. */
  int32_t (*attach)(kw_conn* conn, kw_loop* loop, kw_error* err);
  void (*detach)(kw_conn* conn);
  /* [owner] As fd_describe and is_local. */
  int32_t (*stream_describe)(kw_conn* conn, uint32_t end, kw_address* out, kw_error* err);
  int32_t (*stream_is_local)(kw_conn* conn);
} kw_carrier;
#define KW_CARRIER_SIZE_0_9 KW_END_OF(kw_carrier, stream_is_local)

/* ---- Services of the host ------------------------------------------------------------------------------------------ */

#define KW_LOG_DEBUG 0u
#define KW_LOG_VERBOSE 1u
#define KW_LOG_NOTICE 2u
#define KW_LOG_WARNING 3u

#define KW_READY_READ 1u
#define KW_READY_WRITE 2u
#define KW_READY_WAKE 4u

typedef struct kw_host kw_host;
typedef void (*kw_io_fn)(void* arg, uint32_t ready);
typedef void (*kw_fn)(void* arg);

/* One for each loaded copy of a plug-in, which passes it back as the first argument: so the host knows what a copy still
 * holds. Valid from init to the return of deinit. All functions are [required]; none calls back into the plug-in before
 * it returns, but for what its comment says. */
struct kw_host {
  uint32_t size;
  uint32_t abi_minor;
  const char* name;    /* [required] "keyway-server" */
  const char* version; /* [required] */

  /* [any] One line, without newline. `conn` [nullable] is the connection that it is about. */
  void (*log)(const kw_host* host, uint32_t level, const kw_host_conn* conn, const char* text);
  /* [any] Monotonic. */
  int64_t (*now_ns)(const kw_host* host);
  /* [any] Memory counted for this copy; aligned for any type. null when there is none. free takes null. A plug-in may also
   * use malloc; what it allocates with one it frees with the same. */
  void* (*alloc)(const kw_host* host, uint64_t size);
  void (*free)(const kw_host* host, void* ptr);
  /* [any] Overwrites, and no compiler removes it. */
  void (*wipe)(const kw_host* host, void* ptr, uint64_t n);

  /* Loops, for stream carriers and asynchronous filters. [loop], except post.
   * io_add calls fn on each readiness (level-triggered); a mask of 0 is allowed. After io_remove fn is not called again. */
  int32_t (*io_add)(const kw_host* host, kw_loop* loop, int32_t fd, uint32_t ready, kw_io_fn fn, void* arg,
                    kw_io** out);
  int32_t (*io_change)(const kw_host* host, kw_io* io, uint32_t ready);
  void (*io_remove)(const kw_host* host, kw_io* io);
  /* Calls fn once, after at least delay_ns. The timer is gone when fn was called or timer_cancel returned. */
  int32_t (*timer_add)(const kw_host* host, kw_loop* loop, int64_t delay_ns, kw_fn fn, void* arg, kw_timer** out);
  void (*timer_cancel)(const kw_host* host, kw_timer* timer);
  /* [any] Calls fn on the loop's thread, in the order of posting. */
  int32_t (*post)(const kw_host* host, kw_loop* loop, kw_fn fn, void* arg);

  /* [any] Something that a call waits for has come: KW_READY_.... The host calls the connection again on its own thread, later.
   * Spare calls do no harm. Not after close. */
  void (*conn_ready)(const kw_host* host, kw_host_conn* conn, uint32_t ready);
  /* [loop] of the listener. A stream carrier hands over a connection. KW_OK: it is the host's, *out is its side of it.
   * Anything else: the host does not want it, and the plug-in drops it itself. */
  int32_t (*conn_incoming)(const kw_host* host, kw_host_listener* listener, kw_conn* conn, const kw_address* peer,
                           kw_host_conn** out);

  /* [any] An optional service of the host, or null. */
  const void* (*get_extension)(const kw_host* host, const char* id);
};
#define KW_HOST_SIZE_0_9 KW_END_OF(kw_host, get_extension)

/* ---- The transport ------------------------------------------------------------------------------------------------- */

#define KW_ROLE_FD_CARRIER 1u
#define KW_ROLE_STREAM_CARRIER 2u
#define KW_ROLE_FILTER 4u

#define KW_TRANSPORT_THREAD_AFFINE (1u << 0) /* a connection stays on the thread that opened it */
#define KW_TRANSPORT_UNLOADABLE \
  (1u << 16)                           /* after deinit nothing of the plug-in or its library is left: dlclose is safe */
#define KW_TRANSPORT_SECURE (1u << 17) /* what travels is encrypted and its integrity protected */

/* Static data of the plug-in. The fields up to and with build_info stay where they are in every major version, so that any
 * host can say what it refused. */
typedef struct kw_transport {
  uint32_t size;
  uint32_t abi_major;      /* KW_ABI_MAJOR that it was built against */
  uint32_t abi_minor;      /* KW_ABI_MINOR that it was built against */
  uint32_t min_host_minor; /* the oldest host that it works with */
  const char* id;          /* [required] "tls-openssl": [a-z0-9-], at most 32; the file is keyway-transport-<id>.so */
  const char* version;     /* [required] its own */
  const char* build_info;  /* [required] library and version it runs on, for people: "OpenSSL 3.0.22" */

  uint32_t roles;             /* KW_ROLE_... */
  uint32_t flags;             /* KW_TRANSPORT_... */
  uint32_t max_rx_unconsumed; /* filters: see rule d of the pipe. 0: it always takes everything */
  uint32_t reserved;          /* 0 */

  /* [main] First call after kw_transport_query, once. On an error nothing else is called, not even deinit. [required] */
  int32_t (*init)(const kw_host* host, kw_error* err);
  /* [main] Last call, once; every context and connection is gone. [required] */
  void (*deinit)(void);
  /* The calling thread, which has made calls, is about to end: gives back what the library cached for it. Calls from the
   * same thread may follow all the same. [nullable] */
  void (*thread_leave)(void);
  /* [any] An optional table, or null; static data. [required] */
  const void* (*get_extension)(const char* id);

  /* [any] Every option, static data. [required] */
  const kw_option* const* (*options)(uint32_t* count);
  /* [background] Whether a context could be made of these settings; changes nothing. What cannot be honoured is an error
   * with the setting's name and the reason, never ignored. `settings` and `err` [required]. [required] */
  int32_t (*check)(const kw_settings* settings, kw_error* err);
  /* [background] Both may take long. A context serves the sides that its settings name: accepted and dialled connections.
   * The host counts its uses, and frees it after the last connection of it is closed. [required] */
  int32_t (*context_create)(const kw_settings* settings, kw_context** out, kw_error* err);
  void (*context_free)(kw_context* ctx);

  const kw_carrier* carrier; /* [required] for the two carrier roles, else null */

  /* [owner] A connection over a pipe; nothing is sent or read yet. `verify` is [required] on the client side and [nullable]
   * on the server side. `pipe`, `host_conn`, `out`, `err` [required]. [required] for filters, else null. */
  int32_t (*conn_open)(kw_context* ctx, uint32_t side, const kw_verify* verify, kw_pipe* pipe, kw_host_conn* host_conn,
                       kw_conn** out, kw_error* err);
  const kw_conn_ops* ops; /* [required] for filters and stream carriers, else null */
} kw_transport;
#define KW_TRANSPORT_SIZE_0_9 KW_END_OF(kw_transport, ops)

/* The only symbol that a plug-in exports. [any], no side effects, callable before anything else.
 * KW_OK with *out set; or KW_E_UNSUPPORTED when the host's major version is not the plug-in's (*out is set as well, and only
 * its frozen fields may be read) or its minor is too old. */
KW_EXPORT int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out);
typedef int32_t (*kw_transport_query_fn)(uint32_t host_major, uint32_t host_minor, const kw_transport** out);

#ifdef __cplusplus
}
#endif

#endif /* KEYWAY_TRANSPORT_H */
