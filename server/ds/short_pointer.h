// A pointer in six bytes without alignment, for objects of which there may be millions: with it, a collection object (vptr,
// type, encoding, pointer) takes 16 bytes instead of 32. Addresses of user space fit: 47 bits on x86-64, 48 on ARM64.
// Tools that search memory for pointers, such as leak checkers, do not find it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "server/base/check.h"

namespace keyway::ds {

class ShortPointer {
 public:
  ShortPointer() = default;
  ShortPointer(const ShortPointer&) = delete;
  ShortPointer& operator=(const ShortPointer&) = delete;

  template <class T>
  T* As() const {
    static_assert(std::endian::native == std::endian::little);
    uint64_t address = 0;
    std::memcpy(&address, bytes_, sizeof bytes_);
    return reinterpret_cast<T*>(address);
  }
  void Set(const void* pointer) {
    const auto address = reinterpret_cast<uint64_t>(pointer);
    KW_CHECK(address >> (8 * sizeof bytes_) == 0);
    std::memcpy(bytes_, &address, sizeof bytes_);
  }

 private:
  uint8_t bytes_[6] = {};
};

}  // namespace keyway::ds
