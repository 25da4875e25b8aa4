// A stream carrier for tests: connections inside one process, bytes through memory, woken by conn_ready.
//
// Addresses are any text; "refused" resolves but nobody can listen there. A channel has two ends and, in each direction, a queue of at
// most kQueueBytes, so that writers have to wait.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "keyway/transport.h"

#ifndef LOOPBACK_ID
#define LOOPBACK_ID "loopback"
#endif
#ifndef LOOPBACK_MOVABLE
#define LOOPBACK_MOVABLE 1
#endif

namespace {

constexpr size_t kQueueBytes = 100'000;

const kw_host* host = nullptr;

struct Channel;

}  // namespace

struct kw_context {};

struct kw_conn {
  std::shared_ptr<Channel> channel;
  int end;  // 0: dialled, 1: accepted
};

struct kw_listener {
  std::string address;
  kw_loop* loop;
  kw_host_listener* host_listener;
};

namespace {

struct End {
  std::string incoming;
  kw_host_conn* host_conn = nullptr;  // null before it is known and after close
  bool accepted = false;
  bool shut_down = false;  // will send no more, properly
  bool closed = false;
};

struct Channel {
  std::mutex mutex;
  End ends[2];
  std::string address;

  void Ready(int end, uint32_t mask) {
    if (ends[end].host_conn != nullptr) host->conn_ready(host, ends[end].host_conn, mask);
  }
};

std::mutex listeners_mutex;
std::map<std::string, kw_listener*> listeners;

int32_t Fail(kw_error* err, int32_t code, uint32_t reason, const char* text) {
  err->code = code;
  err->reason = reason;
  std::snprintf(err->text, sizeof err->text, "%s", text);
  return code;
}

void FillAddress(kw_address* out, const std::string& text) {
  std::memset(out, 0, sizeof *out);
  out->size = sizeof *out;
  std::snprintf(out->text, sizeof out->text, "%s", text.c_str());
  std::snprintf(out->host, sizeof out->host, "%s", text.c_str());
}

int32_t Init(const kw_host* given, kw_error*) {
  host = given;
  return KW_OK;
}
void Deinit() {}
const void* GetExtension(const char*) { return nullptr; }
const kw_option* const* Options(uint32_t* count) {
  *count = 0;
  return nullptr;
}
int32_t Check(const kw_settings*, kw_error*) { return KW_OK; }
int32_t ContextCreate(const kw_settings*, kw_context** out, kw_error*) {
  *out = new kw_context;
  return KW_OK;
}
void ContextFree(kw_context* ctx) { delete ctx; }

int32_t Resolve(kw_context*, const char* text, uint32_t, kw_emit_address emit, void* arg, kw_error*) {
  kw_address address;
  FillAddress(&address, text);
  emit(arg, &address);
  return KW_OK;
}

int32_t StreamListen(kw_context*, const kw_address* address, kw_loop* loop, kw_host_listener* host_listener,
                     kw_listener** out, kw_error* err) {
  std::lock_guard lock(listeners_mutex);
  if (listeners.contains(address->text))
    return Fail(err, KW_E_CONFIG, KW_REASON_ADDRESS_IN_USE, "Address already in use");
  *out = new kw_listener{address->text, loop, host_listener};
  listeners[address->text] = *out;
  return KW_OK;
}

void StreamUnlisten(kw_listener* listener) {
  std::lock_guard lock(listeners_mutex);
  listeners.erase(listener->address);
  delete listener;
}

// Runs on the listener's loop.
void Deliver(void* arg) {
  std::unique_ptr<kw_conn> conn(static_cast<kw_conn*>(arg));
  auto channel = conn->channel;
  kw_host_listener* host_listener = nullptr;
  {
    std::lock_guard lock(listeners_mutex);
    auto it = listeners.find(channel->address);
    if (it != listeners.end()) host_listener = it->second->host_listener;
  }
  kw_address peer;
  FillAddress(&peer, "inside");
  kw_host_conn* host_conn = nullptr;
  bool taken =
      host_listener != nullptr && host->conn_incoming(host, host_listener, conn.get(), &peer, &host_conn) == KW_OK;
  std::lock_guard lock(channel->mutex);
  channel->ends[1].accepted = taken;
  channel->ends[1].closed = !taken;
  channel->ends[1].host_conn = taken ? host_conn : nullptr;
  if (taken) conn.release();
  channel->Ready(0, KW_READY_READ);
  channel->Ready(1, KW_READY_READ);
}

int32_t StreamDial(kw_context*, const kw_address* address, kw_loop*, kw_host_conn* host_conn, kw_conn** out,
                   kw_error* err) {
  std::lock_guard lock(listeners_mutex);
  auto it = listeners.find(address->text);
  if (it == listeners.end()) return Fail(err, KW_E_PEER, KW_REASON_REFUSED, "Connection refused");
  auto channel = std::make_shared<Channel>();
  channel->address = address->text;
  channel->ends[0].host_conn = host_conn;
  *out = new kw_conn{channel, 0};
  if (host->post(host, it->second->loop, Deliver, new kw_conn{channel, 1}) != KW_OK)
    return Fail(err, KW_E_NOMEM, 0, "");
  return KW_OK;
}

int32_t Attach(kw_conn*, kw_loop*, kw_error*) { return KW_OK; }
void Detach(kw_conn*) {}
int32_t StreamDescribe(kw_conn* conn, uint32_t end, kw_address* out, kw_error*) {
  bool listening_side = (end == KW_END_LOCAL) == (conn->end == 1);
  FillAddress(out, listening_side ? conn->channel->address : "inside");
  return KW_OK;
}
int32_t StreamIsLocal(kw_conn*) { return 1; }

int32_t Handshake(kw_conn* conn, kw_error* err) {
  std::lock_guard lock(conn->channel->mutex);
  const End& accepted = conn->channel->ends[1];
  if (accepted.accepted) return KW_OK;
  return accepted.closed ? Fail(err, KW_E_PEER, KW_REASON_REFUSED, "nobody took the connection") : KW_WANT_READ;
}

int32_t Read(kw_conn* conn, void* buf, uint64_t cap, uint64_t* n, kw_error*) {
  *n = 0;
  Channel& channel = *conn->channel;
  std::lock_guard lock(channel.mutex);
  std::string& incoming = channel.ends[conn->end].incoming;
  const End& other = channel.ends[1 - conn->end];
  if (incoming.empty()) return other.shut_down ? KW_EOF : other.closed ? KW_TRUNCATED : KW_WANT_READ;
  *n = std::min<uint64_t>(cap, incoming.size());
  std::memcpy(buf, incoming.data(), *n);
  incoming.erase(0, *n);
  channel.Ready(1 - conn->end, KW_READY_WRITE);
  return KW_OK;
}

int32_t Writev(kw_conn* conn, const kw_bytes* pieces, uint32_t count, uint64_t* n, kw_error* err) {
  *n = 0;
  Channel& channel = *conn->channel;
  std::lock_guard lock(channel.mutex);
  End& other = channel.ends[1 - conn->end];
  if (other.closed) return Fail(err, KW_E_PEER, KW_REASON_NONE, "Broken pipe");
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t size = std::min<uint64_t>(pieces[i].len, kQueueBytes - other.incoming.size());
    other.incoming.append(static_cast<const char*>(pieces[i].data), size);
    *n += size;
  }
  if (*n == 0) return KW_WANT_WRITE;
  channel.Ready(1 - conn->end, KW_READY_READ);
  return KW_OK;
}

void Idle(kw_conn*) {}

int32_t Shutdown(kw_conn* conn, kw_error*) {
  std::lock_guard lock(conn->channel->mutex);
  conn->channel->ends[conn->end].shut_down = true;
  conn->channel->Ready(1 - conn->end, KW_READY_READ);
  return KW_OK;
}

void Close(kw_conn* conn) {
  {
    std::lock_guard lock(conn->channel->mutex);
    conn->channel->ends[conn->end].closed = true;
    conn->channel->ends[conn->end].host_conn = nullptr;
    conn->channel->Ready(1 - conn->end, KW_READY_READ | KW_READY_WRITE);
  }
  delete conn;
}

const kw_carrier carrier = {
    .size = sizeof(kw_carrier),
    .flags = 0,
    .resolve = Resolve,
    .listen_fd = nullptr,
    .listen_end = nullptr,
    .dial_fd = nullptr,
    .fd_configure = nullptr,
    .fd_describe = nullptr,
    .is_local = nullptr,
    .stream_listen = StreamListen,
    .stream_unlisten = StreamUnlisten,
    .stream_dial = StreamDial,
    .attach = LOOPBACK_MOVABLE ? Attach : nullptr,
    .detach = LOOPBACK_MOVABLE ? Detach : nullptr,
    .stream_describe = StreamDescribe,
    .stream_is_local = StreamIsLocal,
};

const kw_conn_ops ops = {
    .size = sizeof(kw_conn_ops),
    .flags = 0,
    .handshake = Handshake,
    .read = Read,
    .writev = Writev,
    .idle = Idle,
    .shutdown = Shutdown,
    .close = Close,
};

const kw_transport transport = {
    .size = sizeof(kw_transport),
    .abi_major = KW_ABI_MAJOR,
    .abi_minor = KW_ABI_MINOR,
    .min_host_minor = 0,
    .id = LOOPBACK_ID,
    .version = "1.0",
    .build_info = "test",
    .roles = KW_ROLE_STREAM_CARRIER,
    .flags = 0,
    .max_rx_unconsumed = 0,
    .reserved = 0,
    .init = Init,
    .deinit = Deinit,
    .thread_leave = nullptr,
    .get_extension = GetExtension,
    .options = Options,
    .check = Check,
    .context_create = ContextCreate,
    .context_free = ContextFree,
    .carrier = &carrier,
    .conn_open = nullptr,
    .ops = &ops,
};

}  // namespace

extern "C" KW_EXPORT int32_t kw_transport_query(uint32_t host_major, uint32_t, const kw_transport** out) {
  *out = &transport;
  return host_major == KW_ABI_MAJOR ? KW_OK : KW_E_UNSUPPORTED;
}
