/* The size and every offset of the ABI on x86-64 and other LP64 machines. A line that has to change here is a break of the
 * ABI: structures grow by new lines at the end only. Compiled as C, so that the header proves itself as C on the way. */
#include <stddef.h>

#include "keyway/ext/alpn.h"
#include "keyway/ext/cert_expiry.h"
#include "keyway/ext/crl.h"
#include "keyway/ext/hello.h"
#include "keyway/ext/ktls.h"
#include "keyway/ext/library.h"
#include "keyway/ext/peer_cert.h"
#include "keyway/ext/session.h"
#include "keyway/ext/stats.h"
#include "keyway/ext/tickets.h"
#include "keyway/transport.h"

/* C99 has no static assertion: an array of negative size says it as well. */
#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)
#define HOLDS(condition) typedef char CAT(holds_, __COUNTER__)[(condition) ? 1 : -1] __attribute__((unused))
#define SIZE(type, bytes) HOLDS(sizeof(type) == (bytes))
#define AT(type, field, offset) HOLDS(offsetof(type, field) == (offset))

#if defined(__LP64__)

SIZE(kw_error, 320);
AT(kw_error, size, 0);
AT(kw_error, code, 4);
AT(kw_error, lib_code, 8);
AT(kw_error, reason, 12);
AT(kw_error, setting, 16);
AT(kw_error, text, 80);

SIZE(kw_bytes, 16);
AT(kw_bytes, data, 0);
AT(kw_bytes, len, 8);

SIZE(kw_option, 64);
AT(kw_option, size, 0);
AT(kw_option, flags, 4);
AT(kw_option, type, 8);
AT(kw_option, reserved, 12);
AT(kw_option, name, 16);
AT(kw_option, default_value, 24);
AT(kw_option, choices, 32);
AT(kw_option, help, 40);
AT(kw_option, min, 48);
AT(kw_option, max, 56);

SIZE(kw_setting, 40);
AT(kw_setting, size, 0);
AT(kw_setting, flags, 4);
AT(kw_setting, name, 8);
AT(kw_setting, value, 16);
AT(kw_setting, value_len, 24);
AT(kw_setting, origin, 32);

SIZE(kw_settings, 32);
AT(kw_settings, size, 0);
AT(kw_settings, count, 4);
AT(kw_settings, items, 8);
AT(kw_settings, purpose, 16);
AT(kw_settings, sides, 24);
AT(kw_settings, reserved, 28);

SIZE(kw_verify, 48);
AT(kw_verify, size, 0);
AT(kw_verify, flags, 4);
AT(kw_verify, mode, 8);
AT(kw_verify, name_count, 12);
AT(kw_verify, names, 16);
AT(kw_verify, server_name, 24);
AT(kw_verify, alpn, 32);
AT(kw_verify, alpn_count, 40);
AT(kw_verify, reserved, 44);

SIZE(kw_pipe, 40);
AT(kw_pipe, size, 0);
AT(kw_pipe, flags, 4);
AT(kw_pipe, rx_peek, 8);
AT(kw_pipe, rx_consume, 16);
AT(kw_pipe, tx_reserve, 24);
AT(kw_pipe, tx_commit, 32);

SIZE(kw_conn_ops, 56);
AT(kw_conn_ops, size, 0);
AT(kw_conn_ops, flags, 4);
AT(kw_conn_ops, handshake, 8);
AT(kw_conn_ops, read, 16);
AT(kw_conn_ops, writev, 24);
AT(kw_conn_ops, idle, 32);
AT(kw_conn_ops, shutdown, 40);
AT(kw_conn_ops, close, 48);

SIZE(kw_address, 464);
AT(kw_address, size, 0);
AT(kw_address, flags, 4);
AT(kw_address, data_len, 8);
AT(kw_address, port, 12);
AT(kw_address, data, 16);
AT(kw_address, text, 144);
AT(kw_address, host, 304);

SIZE(kw_carrier, 120);
AT(kw_carrier, size, 0);
AT(kw_carrier, flags, 4);
AT(kw_carrier, resolve, 8);
AT(kw_carrier, listen_fd, 16);
AT(kw_carrier, listen_end, 24);
AT(kw_carrier, dial_fd, 32);
AT(kw_carrier, fd_configure, 40);
AT(kw_carrier, fd_describe, 48);
AT(kw_carrier, is_local, 56);
AT(kw_carrier, stream_listen, 64);
AT(kw_carrier, stream_unlisten, 72);
AT(kw_carrier, stream_dial, 80);
AT(kw_carrier, attach, 88);
AT(kw_carrier, detach, 96);
AT(kw_carrier, stream_describe, 104);
AT(kw_carrier, stream_is_local, 112);

SIZE(kw_host, 136);
AT(kw_host, size, 0);
AT(kw_host, abi_minor, 4);
AT(kw_host, name, 8);
AT(kw_host, version, 16);
AT(kw_host, log, 24);
AT(kw_host, now_ns, 32);
AT(kw_host, alloc, 40);
AT(kw_host, free, 48);
AT(kw_host, wipe, 56);
AT(kw_host, io_add, 64);
AT(kw_host, io_change, 72);
AT(kw_host, io_remove, 80);
AT(kw_host, timer_add, 88);
AT(kw_host, timer_cancel, 96);
AT(kw_host, post, 104);
AT(kw_host, conn_ready, 112);
AT(kw_host, conn_incoming, 120);
AT(kw_host, get_extension, 128);

SIZE(kw_transport, 144);
AT(kw_transport, size, 0);
AT(kw_transport, abi_major, 4);
AT(kw_transport, abi_minor, 8);
AT(kw_transport, min_host_minor, 12);
AT(kw_transport, id, 16);
AT(kw_transport, version, 24);
AT(kw_transport, build_info, 32);
AT(kw_transport, roles, 40);
AT(kw_transport, flags, 44);
AT(kw_transport, max_rx_unconsumed, 48);
AT(kw_transport, reserved, 52);
AT(kw_transport, init, 56);
AT(kw_transport, deinit, 64);
AT(kw_transport, thread_leave, 72);
AT(kw_transport, get_extension, 80);
AT(kw_transport, options, 88);
AT(kw_transport, check, 96);
AT(kw_transport, context_create, 104);
AT(kw_transport, context_free, 112);
AT(kw_transport, carrier, 120);
AT(kw_transport, conn_open, 128);
AT(kw_transport, ops, 136);

SIZE(kw_ext_alpn, 16);
AT(kw_ext_alpn, size, 0);
AT(kw_ext_alpn, flags, 4);
AT(kw_ext_alpn, selected, 8);

SIZE(kw_context_cert, 48);
AT(kw_context_cert, size, 0);
AT(kw_context_cert, flags, 4);
AT(kw_context_cert, setting, 8);
AT(kw_context_cert, subject, 16);
AT(kw_context_cert, serial, 24);
AT(kw_context_cert, not_before, 32);
AT(kw_context_cert, not_after, 40);

SIZE(kw_ext_cert_expiry, 16);
AT(kw_ext_cert_expiry, size, 0);
AT(kw_ext_cert_expiry, flags, 4);
AT(kw_ext_cert_expiry, get, 8);

SIZE(kw_ext_crl, 16);
AT(kw_ext_crl, size, 0);
AT(kw_ext_crl, flags, 4);
AT(kw_ext_crl, recheck, 8);

SIZE(kw_hello, 528);
AT(kw_hello, size, 0);
AT(kw_hello, flags, 4);
AT(kw_hello, max_version, 8);
AT(kw_hello, alpn_len, 12);
AT(kw_hello, server_name, 16);
AT(kw_hello, alpn, 272);

SIZE(kw_ext_hello, 32);
AT(kw_ext_hello, size, 0);
AT(kw_ext_hello, max_bytes, 4);
AT(kw_ext_hello, inspect, 8);
AT(kw_ext_hello, protocol, 16);
AT(kw_ext_hello, broken_answer, 24);

SIZE(kw_ktls_keys, 72);
AT(kw_ktls_keys, size, 0);
AT(kw_ktls_keys, flags, 4);
AT(kw_ktls_keys, version, 8);
AT(kw_ktls_keys, cipher, 12);
AT(kw_ktls_keys, key, 16);
AT(kw_ktls_keys, iv, 48);
AT(kw_ktls_keys, sequence, 60);
AT(kw_ktls_keys, reserved, 68);

SIZE(kw_ext_ktls, 16);
AT(kw_ext_ktls, size, 0);
AT(kw_ext_ktls, flags, 4);
AT(kw_ext_ktls, take, 8);

SIZE(kw_library, 104);
AT(kw_library, size, 0);
AT(kw_library, flags, 4);
AT(kw_library, name, 8);
AT(kw_library, version, 40);

SIZE(kw_ext_library, 16);
AT(kw_ext_library, size, 0);
AT(kw_ext_library, flags, 4);
AT(kw_ext_library, describe, 8);

SIZE(kw_peer_cert, 120);
AT(kw_peer_cert, size, 0);
AT(kw_peer_cert, flags, 4);
AT(kw_peer_cert, sha256, 8);
AT(kw_peer_cert, not_before, 40);
AT(kw_peer_cert, not_after, 48);
AT(kw_peer_cert, subject, 56);
AT(kw_peer_cert, issuer, 64);
AT(kw_peer_cert, common_name, 72);
AT(kw_peer_cert, sans, 80);
AT(kw_peer_cert, san_count, 88);
AT(kw_peer_cert, reserved, 92);
AT(kw_peer_cert, serial, 96);
AT(kw_peer_cert, pem, 104);

SIZE(kw_ext_peer_cert, 16);
AT(kw_ext_peer_cert, size, 0);
AT(kw_ext_peer_cert, flags, 4);
AT(kw_ext_peer_cert, get, 8);

SIZE(kw_ext_session, 24);
AT(kw_ext_session, size, 0);
AT(kw_ext_session, flags, 4);
AT(kw_ext_session, get, 8);
AT(kw_ext_session, put, 16);

SIZE(kw_conn_stats, 128);
AT(kw_conn_stats, size, 0);
AT(kw_conn_stats, flags, 4);
AT(kw_conn_stats, version, 8);
AT(kw_conn_stats, cipher, 24);
AT(kw_conn_stats, group, 88);
AT(kw_conn_stats, memory_bytes, 120);

SIZE(kw_ext_stats, 16);
AT(kw_ext_stats, size, 0);
AT(kw_ext_stats, flags, 4);
AT(kw_ext_stats, get, 8);

SIZE(kw_ext_tickets, 16);
AT(kw_ext_tickets, size, 0);
AT(kw_ext_tickets, flags, 4);
AT(kw_ext_tickets, set_secrets, 8);

#endif

int keyway_abi_layout_is_checked(void);
int keyway_abi_layout_is_checked(void) { return 1; }
