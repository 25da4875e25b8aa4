// The memory into which the kernel receives: one group of equal buffers of a ring, which the kernel takes as data arrives and which
// come back as they are read. A buffer in use belongs to one socket, in a chain of those that it holds.
//
// All [loop thread].
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace keyway::event {

class UringBuffers {
 public:
  static constexpr uint16_t kGroup = 0;
  static constexpr unsigned kCount = 128;  // a power of two
  // A pipeline of 64 small requests fits.
  static constexpr size_t kBytes = 8 * 1024;
  static constexpr uint16_t kNone = 0xffff;

  struct Held {
    uint32_t begin, end;  // unread bytes
    uint16_t next;        // kNone: the last of its chain
  };

  UringBuffers() = default;
  ~UringBuffers();
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;

  bool Register(io_uring& ring, std::string& why);
  // The kernel found none: twice as many are in use from now on, up to kCount.
  void Grow();

  const char* data(uint16_t id) const { return data_ + size_t{id} * kBytes; }
  Held& held(uint16_t id) { return held_[id]; }
  // The kernel may fill it again.
  void Recycle(uint16_t id) {
    io_uring_buf_ring_add(ring_, data_ + size_t{id} * kBytes, kBytes, id, io_uring_buf_ring_mask(kCount), 0);
    io_uring_buf_ring_advance(ring_, 1);
  }

 private:
  io_uring_buf_ring* ring_ = nullptr;
  char* data_ = nullptr;
  // The kernel takes buffers in turn, so what is in use is also what stays in the caches and in memory.
  unsigned in_use_ = 16;
  Held held_[kCount];
};

}  // namespace keyway::event
