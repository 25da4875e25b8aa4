#include "server/base/memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

// Present when the executable is linked with jemalloc, or runs with it preloaded.
extern "C" {
[[gnu::weak]] int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value, size_t new_size);
// Present in builds with a sanitizer.
[[gnu::weak]] size_t __sanitizer_get_current_allocated_bytes();
}

namespace keyway {
namespace {

constexpr size_t kCacheLine = 64;

// Leak detection looks for pointers in allocated blocks, and would miss those in pages of our own.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMapsPages = false;
#else
constexpr bool kMapsPages = true;
#endif

bool IsMapped(size_t bytes) { return kMapsPages && bytes >= kMappedBytes; }

// What AllocateZeroed took past the allocator. One for the process, like the allocator's own counters.
std::atomic<size_t> mapped_bytes{0};

template <class T>
bool ReadControl(const char* name, T* value) {
  size_t size = sizeof(T);
  return mallctl && mallctl(name, value, &size, nullptr, 0) == 0;
}

// The threads that are counted. One for the process, because the allocator is one for the process.
struct CountedThreads {
  struct Counters {
    const uint64_t* allocated;
    const uint64_t* freed;
  };
  std::mutex mutex;
  std::vector<Counters> running;
  uint64_t ended_allocated = 0;  // by threads that are gone
  uint64_t ended_freed = 0;
};

CountedThreads& Threads() {
  // Never destroyed: threads may end after main.
  static CountedThreads* const threads = new CountedThreads;
  return *threads;
}

uint64_t LoadCounter(const uint64_t* counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

}  // namespace

CountedThread::CountedThread() : allocated_(nullptr), freed_(nullptr) {
  if (!ReadControl("thread.allocatedp", &allocated_) || !ReadControl("thread.deallocatedp", &freed_)) {
    allocated_ = freed_ = nullptr;
    return;
  }
  CountedThreads& threads = Threads();
  const std::lock_guard lock(threads.mutex);
  threads.running.push_back({allocated_, freed_});
}

CountedThread::~CountedThread() {
  if (!allocated_) return;
  CountedThreads& threads = Threads();
  const std::lock_guard lock(threads.mutex);
  threads.ended_allocated += *allocated_;
  threads.ended_freed += *freed_;
  const auto mine = std::find_if(threads.running.begin(), threads.running.end(),
                                 [this](const auto& counters) { return counters.allocated == allocated_; });
  if (mine != threads.running.end()) threads.running.erase(mine);
}

size_t UsedMemory() {
  const size_t mapped = mapped_bytes.load(std::memory_order_relaxed);
  if (!mallctl) {
    if (__sanitizer_get_current_allocated_bytes) return __sanitizer_get_current_allocated_bytes() + mapped;
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd + mapped;
  }
  CountedThreads& threads = Threads();
  const std::lock_guard lock(threads.mutex);
  uint64_t allocated = threads.ended_allocated;
  uint64_t freed = threads.ended_freed;
  for (const CountedThreads::Counters& counters : threads.running) {
    allocated += LoadCounter(counters.allocated);
    freed += LoadCounter(counters.freed);
  }
  // A thread may free what an uncounted one allocated.
  return (allocated > freed ? allocated - freed : 0) + mapped;
}

AllocatorFigures ReadAllocatorFigures() {
  AllocatorFigures figures;
  if (!mallctl) return figures;
  uint64_t epoch = 1;
  size_t size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
  ReadControl("stats.allocated", &figures.allocated);
  ReadControl("stats.active", &figures.active);
  ReadControl("stats.resident", &figures.resident);
  size_t muzzy_pages = 0, page_bytes = 0;
  // 4096 stands for all arenas together (MALLCTL_ARENAS_ALL).
  if (ReadControl("stats.arenas.4096.pmuzzy", &muzzy_pages) && ReadControl("arenas.page", &page_bytes)) {
    figures.muzzy = muzzy_pages * page_bytes;
  }
  return figures;
}

bool PurgeAllocator() { return mallctl && mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0) == 0; }

std::string_view AllocatorName() {
  static const std::string name = [] {
    const char* version = nullptr;
    if (!ReadControl("version", &version) || !version) return std::string("libc");
    // "5.3.0-0-g54eaed1d…": the release is enough.
    return "jemalloc-" + std::string(version, std::strcspn(version, "-"));
  }();
  return name;
}

size_t ResidentMemory() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (!file) return 0;
  unsigned long total = 0, resident = 0;
  const int fields = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return fields == 2 ? resident * static_cast<size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

size_t SystemMemory() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

void* AllocateZeroed(size_t bytes) {
  if (IsMapped(bytes)) {
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return nullptr;
    mapped_bytes.fetch_add(bytes, std::memory_order_relaxed);
    return pages;
  }
  void* memory = std::aligned_alloc(kCacheLine, bytes);
  if (memory) std::memset(memory, 0, bytes);
  return memory;
}

void FreeZeroed(void* memory, size_t bytes) {
  if (!memory) return;
  if (!IsMapped(bytes)) return std::free(memory);
  munmap(memory, bytes);
  mapped_bytes.fetch_sub(bytes, std::memory_order_relaxed);
}

void DiscardZeroed(void* memory, size_t bytes, size_t offset, size_t length) {
  if (IsMapped(bytes)) madvise(static_cast<char*>(memory) + offset, length, MADV_DONTNEED);
}

}  // namespace keyway
