// Memory chunks of 16 KB that connections borrow for the length of a turn: a small free list per thread, so that the
// chunk used next is the one still in the cache. A chunk may be given back on another thread than it was taken on.
#pragma once

#include <cstddef>

namespace keyway {

inline constexpr size_t kPoolChunkBytes = 16 * 1024;

char* TakeChunk();            // [any]; never null
void GiveChunk(char* chunk);  // [any]; from TakeChunk
// Fills this thread's free list, so that the pool does not show as growth of used memory later. [any]
void WarmChunkPool(size_t chunks);
// Frees this thread's list; before the thread ends. [any]
void DrainChunkPool();

}  // namespace keyway
