// Helpers at the line between C++ plug-in code and the C ABI: errors, exceptions, sizes of structures, pipes.
//
// No standard-library type crosses the line. Everything here is header-only and needs C++17.
#pragma once

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>

#include "keyway/transport.h"

namespace keyway::sdk {

// Fills in `err` (null is allowed) as printf would and gives `code` back, so that failing is one statement. Newlines become
// spaces and text that is too long is cut. Fields that err->size does not cover are left alone.
__attribute__((format(printf, 5, 6))) inline int32_t Fail(kw_error* err, int32_t code, uint32_t reason,
                                                          const char* setting, const char* format, ...) noexcept {
  if (err == nullptr) return code;
  if (KW_HAS_FIELD(err, kw_error, code)) err->code = code;
  if (KW_HAS_FIELD(err, kw_error, lib_code)) err->lib_code = 0;
  if (KW_HAS_FIELD(err, kw_error, reason)) err->reason = reason;
  if (KW_HAS_FIELD(err, kw_error, setting)) {
    std::snprintf(err->setting, sizeof err->setting, "%s", setting != nullptr ? setting : "");
  }
  if (KW_HAS_FIELD(err, kw_error, text)) {
    va_list args;
    va_start(args, format);
    std::vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    for (char* c = err->text; *c != '\0'; ++c) {
      if (static_cast<unsigned char>(*c) < 0x20) *c = ' ';
    }
  }
  return code;
}

inline void SetLibCode(kw_error* err, int32_t lib_code) noexcept {
  if (err != nullptr && KW_HAS_FIELD(err, kw_error, lib_code)) err->lib_code = lib_code;
}

// Runs a function that returns a result and lets no exception out: bad_alloc is KW_E_NOMEM, any other KW_E_INTERNAL.
template <class F>
int32_t Guarded(kw_error* err, F&& f) noexcept {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
  } catch (...) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "unexpected exception in the plug-in");
  }
}

// Whether a structure of the other side is there and covers what 0.9 needs. Pass T and its KW_..._SIZE_0_9. A structure larger
// than ours comes from a newer host and is fine; one that ends between two ends of fields that we know is not.
template <class T>
bool Sound(const T* s, uint64_t size_0_9) noexcept {
  return s != nullptr && s->size >= size_0_9;
}

// Whether all mandatory flag bits that are set are among `known`.
inline bool FlagsKnown(uint32_t flags, uint32_t known) noexcept { return (flags & KW_FLAGS_MANDATORY & ~known) == 0; }

// The caller sets `size` of a structure that we fill in; what lies beyond it is not ours. Copies as much of `from` as fits.
template <class T>
void FillIn(T* to, const T& from) noexcept {
  uint32_t size = to->size;
  std::memcpy(to, &from, size < sizeof(T) ? size : sizeof(T));
  to->size = size;
}

// The body of kw_transport_query.
inline int32_t AnswerQuery(const kw_transport& transport, uint32_t host_major, uint32_t host_minor,
                           const kw_transport** out) noexcept {
  *out = &transport;
  return host_major == transport.abi_major && host_minor >= transport.min_host_minor ? KW_OK : KW_E_UNSUPPORTED;
}

// ---- The pipe -------------------------------------------------------------------------------------------------------

// Moves up to `cap` bytes out of rx. Returns how many; when 0, *state says why: KW_OK (none yet), KW_EOF or KW_RESET.
inline uint64_t PipeRead(kw_pipe* pipe, void* to, uint64_t cap, int32_t* state) noexcept {
  const uint8_t* data = nullptr;
  uint64_t len = 0;
  *state = pipe->rx_peek(pipe, &data, &len);
  if (len > cap) len = cap;
  if (len == 0) return 0;
  std::memcpy(to, data, len);
  pipe->rx_consume(pipe, len);
  return len;
}

// Appends all of it to tx. KW_OK or KW_E_NOMEM.
inline int32_t PipeWrite(kw_pipe* pipe, const void* from, uint64_t n) noexcept {
  const uint8_t* bytes = static_cast<const uint8_t*>(from);
  while (n > 0) {
    uint64_t part = n < KW_TX_RESERVE_MAX ? n : KW_TX_RESERVE_MAX;
    uint8_t* room = nullptr;
    uint64_t cap = 0;
    int32_t result = pipe->tx_reserve(pipe, part, &room, &cap);
    if (result != KW_OK) return result;
    std::memcpy(room, bytes, part);
    pipe->tx_commit(pipe, part);
    bytes += part;
    n -= part;
  }
  return KW_OK;
}

// Overwrites memory in a way that the compiler keeps.
inline void Wipe(void* p, size_t n) noexcept {
  volatile unsigned char* bytes = static_cast<volatile unsigned char*>(p);
  while (n-- > 0) *bytes++ = 0;
}

// A string of secret bytes that is wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.Clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Clear();
      bytes_ = std::move(other.bytes_);
      other.Clear();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Clear(); }

  const std::string& str() const noexcept { return bytes_; }
  const unsigned char* bytes() const noexcept { return reinterpret_cast<const unsigned char*>(bytes_.data()); }
  size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }

 private:
  void Clear() noexcept {
    if (!bytes_.empty()) Wipe(bytes_.data(), bytes_.size());
    // A moved-from short string may keep its characters in the object itself; the capacity covers them.
    bytes_.resize(bytes_.capacity());
    Wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
  }
  std::string bytes_;
};

}  // namespace keyway::sdk
