#include "server/base/ticks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace keyway {
namespace {

uint64_t MonotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

#if defined(__x86_64__)
bool TscIsSteady() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1u << 8)) != 0;
}
#endif

}  // namespace

TickClock::TickClock() {
#if defined(__x86_64__)
  use_tsc_ = TscIsSteady();
  if (!use_tsc_) return;
  constexpr uint64_t kMeasureNs = 2'000'000;
  uint64_t start_ns = MonotonicNs(), start = __rdtsc(), now_ns;
  do now_ns = MonotonicNs();
  while (now_ns - start_ns < kMeasureNs);
  ns_per_tick_ = static_cast<double>(now_ns - start_ns) / static_cast<double>(__rdtsc() - start);
#endif
}

}  // namespace keyway
