#include "server/base/receive_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "server/base/chunk_pool.h"

namespace keyway {

static_assert(ReceiveBuffer::kChunkBytes == kPoolChunkBytes);

void ReceiveBuffer::Reserve(size_t bytes) {
  if (capacity_ - end_ >= bytes) return;
  size_t held = end_ - begin_;
  if (capacity_ >= held + bytes) {
    std::memmove(data_, data_ + begin_, held);
  } else {
    size_t wanted = held + bytes;
    bool pooled = wanted <= kChunkBytes;
    // A request of unknown length grows its buffer geometrically; of one long argument the size is known, and asked for.
    if (!pooled) wanted = std::max(wanted, held * 2);
    char* memory = pooled ? TakeChunk() : static_cast<char*>(std::malloc(wanted));
    if (memory == nullptr) throw std::bad_alloc();
    if (held > 0) std::memcpy(memory, data_ + begin_, held);
    Release();
    data_ = memory;
    capacity_ = pooled ? kChunkBytes : wanted;
  }
  begin_ = 0;
  end_ = held;
}

void ReceiveBuffer::Append(std::string_view bytes) {
  Reserve(bytes.size());
  std::memcpy(data_ + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

void ReceiveBuffer::Release() {
  if (data_ != nullptr) {
    if (capacity_ == kChunkBytes) {
      GiveChunk(data_);
    } else {
      std::free(data_);
    }
  }
  data_ = nullptr;
  capacity_ = begin_ = end_ = 0;
}

}  // namespace keyway
