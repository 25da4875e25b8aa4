// An allocator for containers of the standard library, whose memory the host counts for this copy of the plug-in
// (`allocated_bytes` of TRANSPORT INFO). For what a plug-in keeps for longer than a connection.
#pragma once

#include <cstddef>
#include <limits>
#include <new>

#include "keyway/transport.h"

namespace keyway::sdk {

template <class T>
class HostAllocator {
 public:
  using value_type = T;

  // `host` outlives everything that was allocated.
  explicit HostAllocator(const kw_host* host) noexcept : host_(host) {}
  template <class U>
  HostAllocator(const HostAllocator<U>& other) noexcept : host_(other.host()) {}

  T* allocate(size_t n) {
    if (n > std::numeric_limits<size_t>::max() / sizeof(T)) throw std::bad_alloc();
    void* block = host_->alloc(host_, n * sizeof(T));
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<T*>(block);
  }
  void deallocate(T* block, size_t) noexcept { host_->free(host_, block); }

  const kw_host* host() const noexcept { return host_; }

 private:
  const kw_host* host_;
};

template <class T, class U>
bool operator==(const HostAllocator<T>& a, const HostAllocator<U>& b) noexcept {
  return a.host() == b.host();
}
template <class T, class U>
bool operator!=(const HostAllocator<T>& a, const HostAllocator<U>& b) noexcept {
  return a.host() != b.host();
}

}  // namespace keyway::sdk
