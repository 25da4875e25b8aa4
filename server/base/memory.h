// Memory figures of the process. With jemalloc, used memory is the sum of the per-thread counters that it keeps anyway;
// otherwise the C library or the sanitizer is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyway {

// Puts the calling thread's allocation counters into the sum; the destructor, on the same thread, leaves their final
// state in it. Every thread holds one for as long as it runs: threads without are not counted.
class CountedThread {
 public:
  CountedThread();
  ~CountedThread();
  CountedThread(const CountedThread&) = delete;
  CountedThread& operator=(const CountedThread&) = delete;

 private:
  const uint64_t* allocated_;
  const uint64_t* freed_;
};

// Bytes in use by allocations of all counted threads. A few loads a thread; fit to be asked for each command. [any], but
// not in a forked child.
size_t UsedMemory();

struct AllocatorFigures {
  size_t allocated = 0;  // handed out
  size_t active = 0;     // pages that hold any of it
  size_t resident = 0;   // pages that the allocator keeps in RAM
  size_t muzzy = 0;      // returned lazily
};
// From jemalloc's statistics, refreshed; all zero without it. Takes microseconds. [any]
AllocatorFigures ReadAllocatorFigures();
// Returns unused pages to the system (MEMORY PURGE); false if the allocator cannot. [any]
bool PurgeAllocator();
// "jemalloc-5.3.0" or "libc". [any]
std::string_view AllocatorName();

// Resident set size of the process, from /proc; 0 if unreadable. [any]
size_t ResidentMemory();
// Physical memory of the machine. [any]
size_t SystemMemory();

// The bytes that malloc really sets aside for a request: 16, 32, 48, … 128, then four steps a doubling, as jemalloc does
// (Debian's build; one with finer steps wastes a little). Who asks for a rounded size may use all of it, whatever the
// allocator. [any]
constexpr size_t AllocationSize(size_t bytes) {
  if (bytes <= 128) return bytes <= 16 ? 16 : (bytes + 15) & ~size_t{15};
  // A quarter of the power of two below: the step of this size.
  const size_t step = size_t{1} << (61 - __builtin_clzll(bytes - 1));
  return (bytes + step - 1) & ~(step - 1);
}

// Zeroed memory aligned to a cache line, for tables. From kMappedBytes on it comes straight from the kernel, page by page as
// it is touched, and goes straight back: an allocator would keep a table that was grown out of as resident pages. Null if
// out of memory. `bytes` is a multiple of 64. [any]
inline constexpr size_t kMappedBytes = 256 * 1024;
void* AllocateZeroed(size_t bytes);
// `bytes` as they were asked for. [any]
void FreeZeroed(void* memory, size_t bytes);
// Gives the pages of a part of such memory back, if it is mapped; they read as zero afterwards. Offsets and lengths are
// multiples of the page size. [any]
void DiscardZeroed(void* memory, size_t bytes, size_t offset, size_t length);

}  // namespace keyway
