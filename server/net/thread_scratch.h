// Memory that all connections of a thread share, one after another, for the length of one call: ciphertext as it comes from the
// carrier, and as it goes there. So an idle connection owns no buffer, and what is received next lands in memory that is
// still in the cache.
#pragma once

#include <cstddef>

namespace keyway::net {

// Grows and keeps its size; not shrunk before the thread ends.
class ScratchBuffer {
 public:
  ~ScratchBuffer();
  // At least `bytes`, with the first `keep` bytes of what it holds now; null when there is no memory.
  char* Ensure(size_t bytes, size_t keep);
  char* data() { return data_; }
  size_t capacity() const { return capacity_; }

  bool borrowed = false;  // somebody uses it

 private:
  char* data_ = nullptr;
  size_t capacity_ = 0;
};

struct ThreadScratch {
  ScratchBuffer rx;
  ScratchBuffer tx;
};

// The calling thread's.
ThreadScratch& LocalScratch();

}  // namespace keyway::net
