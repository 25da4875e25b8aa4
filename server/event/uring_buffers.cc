#include "server/event/uring_buffers.h"

#include <errno.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace keyway::event {
namespace {

constexpr size_t kRingBytes = 4096;  // a page; the entries start on its boundary
constexpr size_t kMapBytes = kRingBytes + UringBuffers::kCount * UringBuffers::kBytes;
static_assert(UringBuffers::kCount * sizeof(io_uring_buf) <= kRingBytes);

}  // namespace

UringBuffers::~UringBuffers() {
  if (ring_ != nullptr) munmap(ring_, kMapBytes);
}

bool UringBuffers::Register(io_uring& ring, std::string& why) {
  // Memory of its own, not the allocator's: it is no data of the user's, and a forked child gets no copy of it.
  void* map = mmap(nullptr, kMapBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) {
    why = strerror(errno);
    return false;
  }
  ring_ = static_cast<io_uring_buf_ring*>(map);
  data_ = static_cast<char*>(map) + kRingBytes;
  if (madvise(map, kMapBytes, MADV_DONTFORK) != 0) {
    why = strerror(errno);
    return false;
  }
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uint64_t>(ring_);
  registration.ring_entries = kCount;
  registration.bgid = kGroup;
  int result = io_uring_register_buf_ring(&ring, &registration, 0);
  if (result < 0) {
    why = std::string("the kernel has no rings of buffers (") + strerror(-result) + ")";
    return false;
  }
  io_uring_buf_ring_init(ring_);
  for (unsigned id = 0; id < in_use_; ++id) Recycle(static_cast<uint16_t>(id));
  return true;
}

void UringBuffers::Grow() {
  const unsigned more = std::min(in_use_ * 2, kCount);
  for (unsigned id = in_use_; id < more; ++id) Recycle(static_cast<uint16_t>(id));
  in_use_ = more;
}

}  // namespace keyway::event
