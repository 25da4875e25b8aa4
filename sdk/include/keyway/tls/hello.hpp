// Reads a TLS ClientHello from the first bytes of a connection: whether it is one, whether it is whole, and the server name,
// versions and application protocols that it asks for. No library is involved, and nothing is consumed.
//
//   record    = type 22, version 3.x, length(2), fragment     one or more records make up the message
//   message   = type 1, length(3), version(2), random(32), session id(1+n), ciphers(2+n), compression(1+n), extensions(2+n)
//   extension = type(2), length(2), body                      0: server name, 16: ALPN, 43: versions
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "keyway/error.hpp"
#include "keyway/ext/hello.h"

namespace keyway::sdk::tls {

inline constexpr uint32_t kMaxHello = 16384;

namespace internal {

// A cursor over bytes that never reads past their end; once it would have, ok() stays false.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }

  uint32_t Number(unsigned width) {
    std::string_view raw = Take(width);
    uint32_t value = 0;
    for (char c : raw) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view Take(size_t n) {
    if (n > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  std::string_view Vector(unsigned width) { return Take(Number(width)); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

inline void ReadServerName(std::string_view body, kw_hello* out) {
  Cursor list(Cursor(body).Vector(2));
  while (list.ok() && !list.empty()) {
    uint32_t type = list.Number(1);
    std::string_view name = list.Vector(2);
    if (!list.ok() || type != 0 || name.empty() || name.size() >= sizeof out->server_name) continue;
    bool plain = true;
    for (char c : name) plain = plain && c > 0x20 && c < 0x7f;
    if (!plain) continue;
    for (size_t i = 0; i < name.size(); ++i) {
      char c = name[i];
      out->server_name[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    out->server_name[name.size()] = '\0';
    return;
  }
}

inline void ReadHelloAlpn(std::string_view body, kw_hello* out) {
  Cursor list(Cursor(body).Vector(2));
  while (list.ok() && !list.empty()) {
    std::string_view name = list.Vector(1);
    if (!list.ok() || name.empty() || out->alpn_len + 1 + name.size() > sizeof out->alpn) return;
    out->alpn[out->alpn_len] = static_cast<uint8_t>(name.size());
    std::memcpy(out->alpn + out->alpn_len + 1, name.data(), name.size());
    out->alpn_len += static_cast<uint32_t>(1 + name.size());
  }
}

inline void ReadVersions(std::string_view body, kw_hello* out) {
  Cursor list(Cursor(body).Vector(1));
  while (list.ok() && !list.empty()) {
    uint32_t version = list.Number(2);
    bool grease = (version & 0x0f0f) == 0x0a0a;
    if (list.ok() && !grease && version > out->max_version) out->max_version = version;
  }
}

inline void ReadHelloBody(std::string_view body, kw_hello* out) {
  Cursor c(body);
  uint32_t legacy = c.Number(2);
  c.Take(32);
  c.Vector(1);
  c.Vector(2);
  c.Vector(1);
  if (!c.ok()) return;
  out->max_version = legacy;
  Cursor extensions(c.Vector(2));
  while (extensions.ok() && !extensions.empty()) {
    uint32_t type = extensions.Number(2);
    std::string_view data = extensions.Vector(2);
    if (!extensions.ok()) return;
    if (type == 0) ReadServerName(data, out);
    if (type == 16) ReadHelloAlpn(data, out);
    if (type == 43) ReadVersions(data, out);
  }
}

inline int32_t NotTls(kw_error* err) {
  return Fail(err, KW_E_PROTO, KW_REASON_NOT_THIS_PROTOCOL, nullptr, "the first bytes are no TLS ClientHello");
}

// It begins as only a TLS handshake does, and can never become a hello.
inline int32_t BrokenHello(kw_hello* hello, kw_hello* caller, const char* what, kw_error* err) {
  hello->flags = KW_HELLO_RECOGNISED;
  FillIn(caller, *hello);
  return Fail(err, KW_E_PROTO, KW_REASON_DECODE, nullptr, "the first message %s", what);
}

}  // namespace internal

// The inspect function of hello/1.
inline int32_t InspectHello(const uint8_t* data, uint64_t len, kw_hello* caller, kw_error* err) noexcept {
  using namespace internal;
  if (!Sound(caller, KW_HELLO_SIZE_0_9) || (data == nullptr && len > 0)) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_hello is too short");
  }
  kw_hello hello{};
  std::string_view rest(reinterpret_cast<const char*>(data), len);
  // What can be told at once is told at once: a plaintext client should not wait for a sixth byte.
  static constexpr unsigned char kStart[] = {22, 3};
  for (size_t i = 0; i < sizeof kStart && i < rest.size(); ++i) {
    if (static_cast<unsigned char>(rest[i]) != kStart[i]) return NotTls(err);
  }
  if (rest.size() > 2 && static_cast<unsigned char>(rest[2]) > 4) return NotTls(err);
  if (rest.size() > 5 && rest[5] != 1) return BrokenHello(&hello, caller, "is no ClientHello", err);
  char message[kMaxHello];
  size_t have = 0;
  while (true) {
    if (have >= 4) {
      size_t want = 4 + (static_cast<size_t>(static_cast<unsigned char>(message[1])) << 16 |
                         static_cast<size_t>(static_cast<unsigned char>(message[2])) << 8 |
                         static_cast<unsigned char>(message[3]));
      if (want > sizeof message) return BrokenHello(&hello, caller, "claims to be longer than a hello may be", err);
      if (have >= want) {
        ReadHelloBody(std::string_view(message + 4, want - 4), &hello);
        hello.flags = KW_HELLO_RECOGNISED;
        FillIn(caller, hello);
        return KW_OK;
      }
    }
    Cursor record(rest);
    uint32_t type = record.Number(1);
    uint32_t major = record.Number(1);
    record.Number(1);
    uint32_t length = record.Number(2);
    if (!record.ok()) break;
    if (type != 22 || major != 3 || length == 0 || length > 16384) {
      return BrokenHello(&hello, caller, "is no sequence of handshake records", err);
    }
    size_t there = rest.size() - 5 < length ? rest.size() - 5 : length;
    if (have + there > sizeof message) return BrokenHello(&hello, caller, "is longer than a hello may be", err);
    std::memcpy(message + have, rest.data() + 5, there);
    have += there;
    rest.remove_prefix(5 + there);
  }
  if (len >= 6) hello.flags = KW_HELLO_RECOGNISED;
  FillIn(caller, hello);
  return KW_WANT_READ;
}

// A fatal decode_error in a record of its own, in the clear.
inline constexpr unsigned char kDecodeAlert[] = {21, 3, 3, 0, 2, 2, 50};
inline constexpr kw_bytes kBrokenHelloAnswer = {kDecodeAlert, sizeof kDecodeAlert};

// The table of hello/1: the same for every library.
inline constexpr kw_ext_hello kHelloExtension = {sizeof(kw_ext_hello), kMaxHello + 64, InspectHello, "TLS",
                                                 &kBrokenHelloAnswer};

}  // namespace keyway::sdk::tls
