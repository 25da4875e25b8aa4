// A filter for tests of the host: frames instead of encryption, and it tells on a host that breaks the rules of the pipe. Its
// setting "strict.mode" makes it break them itself.
//
//   frame = length (2 bytes, little-endian, 0 … 1000) payload       length 0xffff: good-bye
//
// Both sides begin with the frame "HI".
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "keyway/transport.h"

namespace {

constexpr uint16_t kMaxPayload = 1000;
constexpr uint16_t kGoodBye = 0xffff;

}  // namespace

struct kw_context {
  std::string mode;
};

struct kw_conn {
  kw_context* context;
  kw_pipe* pipe;
  bool greeted = false, alerted = false, established = false, peer_closed = false, closed = false;
  bool waits = false;       // answered WANT_READ last
  uint64_t waits_with = 0;  // with so many bytes in rx
  std::string plaintext;    // decoded, not delivered
};

namespace {

int32_t Fail(kw_error* err, int32_t code, const char* text) {
  err->code = code;
  err->reason = KW_REASON_NONE;
  std::snprintf(err->text, sizeof err->text, "%s", text);
  return code;
}

int32_t Put(kw_conn* c, uint16_t length, const char* payload, kw_error* err) {
  uint8_t* room = nullptr;
  uint64_t cap = 0;
  uint16_t size = length == kGoodBye ? 0 : length;
  if (c->pipe->tx_reserve(c->pipe, size + 2u, &room, &cap) != KW_OK) return Fail(err, KW_E_NOMEM, "");
  if (cap < size + 2u) return Fail(err, KW_E_INTERNAL, "host: tx_reserve gave too little");
  room[0] = static_cast<uint8_t>(length);
  room[1] = static_cast<uint8_t>(length >> 8);
  if (size > 0) std::memcpy(room + 2, payload, size);
  c->pipe->tx_commit(c->pipe, c->context->mode == "commit-too-much" ? cap + 1 : size + 2u);
  return KW_OK;
}

int32_t Wait(kw_conn* c) {
  const uint8_t* data = nullptr;
  c->waits = true;
  c->pipe->rx_peek(c->pipe, &data, &c->waits_with);
  return KW_WANT_READ;
}

// Whether the host may call at all.
bool Rightly(kw_conn* c) {
  if (!std::exchange(c->waits, false)) return true;
  const uint8_t* data = nullptr;
  uint64_t length = 0;
  int32_t behind = c->pipe->rx_peek(c->pipe, &data, &length);
  return behind != KW_OK || length > c->waits_with;
}

// One whole frame out of rx: KW_OK, KW_WANT_READ, KW_TRUNCATED, KW_EOF or an error.
int32_t Take(kw_conn* c, std::string* payload, kw_error* err) {
  const uint8_t* data = nullptr;
  uint64_t length = 0;
  int32_t behind = c->pipe->rx_peek(c->pipe, &data, &length);
  if (length >= 2) {
    auto size = static_cast<uint16_t>(data[0] | data[1] << 8);
    if (size == kGoodBye) {
      c->pipe->rx_consume(c->pipe, 2);
      return KW_EOF;
    }
    if (size > kMaxPayload) {
      if (!std::exchange(c->alerted, true)) Put(c, 5, "alert", err);
      return Fail(err, KW_E_PROTO, "a frame is too long");
    }
    if (length >= size + 2u) {
      payload->assign(reinterpret_cast<const char*>(data) + 2, size);
      c->pipe->rx_consume(c->pipe, size + 2u);
      return KW_OK;
    }
  }
  return behind == KW_OK ? KW_WANT_READ : KW_TRUNCATED;
}

int32_t ConnOpen(kw_context* ctx, uint32_t, const kw_verify*, kw_pipe* pipe, kw_host_conn*, kw_conn** out,
                 kw_error* err) {
  if (ctx->mode == "no-open") return Fail(err, KW_E_NOMEM, "out of memory");
  *out = new kw_conn{ctx, pipe};
  return KW_OK;
}

int32_t Handshake(kw_conn* c, kw_error* err) {
  if (!Rightly(c)) return Fail(err, KW_E_INTERNAL, "host: a handshake call without new bytes");
  if (!c->greeted) {
    c->greeted = true;
    if (int32_t r = Put(c, 2, "HI", err); r != KW_OK) return r;
  }
  std::string payload;
  int32_t r = Take(c, &payload, err);
  if (r == KW_WANT_READ) return Wait(c);
  if (r != KW_OK) return r == KW_EOF ? KW_TRUNCATED : r;
  if (payload != "HI") return Fail(err, KW_E_PROTO, "the greeting is wrong");
  return KW_OK;
}

int32_t Read(kw_conn* c, void* buf, uint64_t cap, uint64_t* n, kw_error* err) {
  *n = 0;
  if (!Rightly(c)) return Fail(err, KW_E_INTERNAL, "host: a read call without new bytes");
  if (c->context->mode == "read-nothing") return KW_OK;
  if (c->context->mode == "want-write") return KW_WANT_WRITE;
  if (c->context->mode == "leave-all") return Wait(c);
  if (c->context->mode == "wait-after-end") {
    const uint8_t* data = nullptr;
    uint64_t length = 0;
    c->pipe->rx_peek(c->pipe, &data, &length);
    c->pipe->rx_consume(c->pipe, length);
    return KW_WANT_READ;
  }
  if (c->context->mode == "consume-too-much") {
    c->pipe->rx_consume(c->pipe, 1u << 20);
    return KW_WANT_READ;
  }
  while (*n < cap) {
    if (c->plaintext.empty()) {
      if (c->peer_closed) break;
      int32_t r = Take(c, &c->plaintext, err);
      if (r == KW_EOF) {
        c->peer_closed = true;
        break;
      }
      if (r == KW_WANT_READ && *n == 0) return Wait(c);
      if (r != KW_OK) {
        if (*n > 0) break;
        return r;
      }
      if (c->context->mode == "echo-in-read") Put(c, 3, "ack", err);
      continue;
    }
    uint64_t part = std::min<uint64_t>(cap - *n, c->plaintext.size());
    std::memcpy(static_cast<char*>(buf) + *n, c->plaintext.data(), part);
    c->plaintext.erase(0, part);
    *n += part;
  }
  return *n > 0 ? KW_OK : KW_EOF;
}

int32_t Writev(kw_conn* c, const kw_bytes* pieces, uint32_t count, uint64_t* n, kw_error* err) {
  *n = 0;
  if (c->closed) return Fail(err, KW_E_INTERNAL, "host: writev after shutdown");
  if (c->context->mode == "short-write") return KW_OK;
  if (c->context->mode == "want-write") return KW_WANT_WRITE;
  if (c->context->mode == "fail-write") return Fail(err, KW_E_INTERNAL, "writing is broken");
  std::string all;
  for (uint32_t i = 0; i < count; ++i) all.append(static_cast<const char*>(pieces[i].data), pieces[i].len);
  if (all.size() > KW_WRITEV_MAX) return Fail(err, KW_E_INTERNAL, "host: writev with more than KW_WRITEV_MAX");
  for (size_t at = 0; at < all.size(); at += kMaxPayload) {
    auto size = static_cast<uint16_t>(std::min<size_t>(kMaxPayload, all.size() - at));
    if (int32_t r = Put(c, size, all.data() + at, err); r != KW_OK) return r;
  }
  *n = all.size();
  return KW_OK;
}

void Idle(kw_conn*) {}
int32_t Shutdown(kw_conn* c, kw_error* err) {
  if (std::exchange(c->closed, true)) return KW_OK;
  return Put(c, kGoodBye, nullptr, err);
}
void Close(kw_conn* c) { delete c; }

int32_t Init(const kw_host*, kw_error*) { return KW_OK; }
void Deinit() {}
const void* GetExtension(const char*) { return nullptr; }

const kw_option mode_option = {
    .size = sizeof(kw_option),
    .flags = 0,
    .type = KW_TYPE_TEXT,
    .reserved = 0,
    .name = "strict.mode",
    .default_value = nullptr,
    .choices = nullptr,
    .help = "Which rule the filter breaks.",
    .min = 0,
    .max = 0,
};
const kw_option* const all_options[] = {&mode_option};
const kw_option* const* Options(uint32_t* count) {
  *count = 1;
  return all_options;
}
int32_t Check(const kw_settings*, kw_error*) { return KW_OK; }
int32_t ContextCreate(const kw_settings* settings, kw_context** out, kw_error*) {
  *out = new kw_context;
  for (uint32_t i = 0; i < settings->count; ++i) {
    const kw_setting& setting = *settings->items[i];
    if (std::strcmp(setting.name, "strict.mode") == 0) {
      (*out)->mode.assign(static_cast<const char*>(setting.value), setting.value_len);
    }
  }
  return KW_OK;
}
void ContextFree(kw_context* ctx) { delete ctx; }

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
    .id = "strict",
    .version = "1.0",
    .build_info = "test",
    .roles = KW_ROLE_FILTER,
    .flags = 0,
    .max_rx_unconsumed = kMaxPayload + 1,  // a frame that lacks its last byte
    .reserved = 0,
    .init = Init,
    .deinit = Deinit,
    .thread_leave = nullptr,
    .get_extension = GetExtension,
    .options = Options,
    .check = Check,
    .context_create = ContextCreate,
    .context_free = ContextFree,
    .carrier = nullptr,
    .conn_open = ConnOpen,
    .ops = &ops,
};

}  // namespace

extern "C" KW_EXPORT int32_t kw_transport_query(uint32_t host_major, uint32_t, const kw_transport** out) {
  *out = &transport;
  return host_major == KW_ABI_MAJOR ? KW_OK : KW_E_UNSUPPORTED;
}
