#include "server/base/chunk_pool.h"

#include <cstdlib>
#include <new>
#include <vector>

namespace keyway {
namespace {

constexpr size_t kMaxPooled = 64;  // 1 MB a thread; a surplus goes back to the allocator at once

struct FreeList {
  std::vector<char*> chunks;
  ~FreeList() {
    for (char* chunk : chunks) std::free(chunk);
  }
};

FreeList& LocalList() {
  thread_local FreeList list;
  return list;
}

char* Allocate() {
  void* memory = std::malloc(kPoolChunkBytes);
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<char*>(memory);
}

}  // namespace

char* TakeChunk() {
  auto& chunks = LocalList().chunks;
  if (chunks.empty()) return Allocate();
  char* chunk = chunks.back();
  chunks.pop_back();
  return chunk;
}

void GiveChunk(char* chunk) {
  auto& chunks = LocalList().chunks;
  if (chunks.size() < kMaxPooled) {
    chunks.push_back(chunk);
  } else {
    std::free(chunk);
  }
}

void WarmChunkPool(size_t count) {
  auto& chunks = LocalList().chunks;
  chunks.reserve(kMaxPooled);
  while (chunks.size() < count && chunks.size() < kMaxPooled) chunks.push_back(Allocate());
}

void DrainChunkPool() {
  auto& chunks = LocalList().chunks;
  for (char* chunk : chunks) std::free(chunk);
  chunks.clear();
}

}  // namespace keyway
