#include "server/net/thread_scratch.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace keyway::net {

ScratchBuffer::~ScratchBuffer() { std::free(data_); }

char* ScratchBuffer::Ensure(size_t bytes, size_t keep) {
  if (bytes <= capacity_) return data_;
  size_t capacity = std::max(bytes, capacity_ * 2);
  auto* grown = static_cast<char*>(std::malloc(capacity));
  if (grown == nullptr) return nullptr;
  if (keep > 0) std::memcpy(grown, data_, keep);
  std::free(data_);
  data_ = grown;
  capacity_ = capacity;
  return data_;
}

ThreadScratch& LocalScratch() {
  thread_local ThreadScratch scratch;
  return scratch;
}

}  // namespace keyway::net
