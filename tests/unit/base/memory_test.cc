#include "server/base/memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace keyway {
namespace {

TEST(AllocationSizes, FollowTheClassesOfTheAllocator) {
  EXPECT_EQ(AllocationSize(1), 16u);
  EXPECT_EQ(AllocationSize(16), 16u);
  EXPECT_EQ(AllocationSize(17), 32u);
  EXPECT_EQ(AllocationSize(47), 48u);
  EXPECT_EQ(AllocationSize(128), 128u);
  EXPECT_EQ(AllocationSize(129), 160u);
  EXPECT_EQ(AllocationSize(256), 256u);
  EXPECT_EQ(AllocationSize(257), 320u);
  EXPECT_EQ(AllocationSize(5000), 5120u);
}

TEST(AllocationSizes, RoundUpAndStayStable) {
  for (size_t bytes = 1; bytes < 100000; ++bytes) {
    const size_t size = AllocationSize(bytes);
    ASSERT_GE(size, bytes);
    ASSERT_LE(size, bytes + bytes / 4 + 16);
    ASSERT_EQ(AllocationSize(size), size);
  }
}

TEST(UsedMemoryTest, SeesWhatIsAllocatedAndFreed) {
  const CountedThread counted;
  constexpr size_t kBytes = 8 << 20;
  const size_t before = UsedMemory();
  void* block = std::malloc(kBytes);
  std::memset(block, 1, kBytes);
  const size_t with = UsedMemory();
  EXPECT_GE(with, before + kBytes);
  std::free(block);
  EXPECT_LE(UsedMemory(), with - kBytes / 2);
}

TEST(UsedMemoryTest, ThreadsThatEndedStayInTheSum) {
  const CountedThread counted;
  constexpr size_t kBytes = 8 << 20;
  const size_t before = UsedMemory();
  void* block = nullptr;
  std::thread([&] {
    const CountedThread other;
    block = std::malloc(kBytes);
    std::memset(block, 1, kBytes);
  }).join();
  EXPECT_GE(UsedMemory(), before + kBytes);
  std::free(block);
}

TEST(MemoryFigures, ArePlausible) {
  EXPECT_GT(ResidentMemory(), 100'000u);
  EXPECT_GT(SystemMemory(), ResidentMemory());
  EXPECT_FALSE(AllocatorName().empty());
  const AllocatorFigures figures = ReadAllocatorFigures();
  EXPECT_LE(figures.allocated, figures.resident);
}

TEST(AllocateZeroedTest, IsZeroAndAligned) {
  for (const size_t bytes : {64u, 192u, 4096u, 1u << 20, 8u << 20}) {
    auto* block = static_cast<unsigned char*>(AllocateZeroed(bytes));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], 0);
    std::memset(block, 0xff, bytes);
    FreeZeroed(block, bytes);
  }
}

TEST(AllocateZeroedTest, BigBlocksCountAsUsedAndGoBackAtOnce) {
  const CountedThread counted;
  constexpr size_t kBytes = 32 << 20;
  const size_t used = UsedMemory();
  void* block = AllocateZeroed(kBytes);
  EXPECT_GE(UsedMemory(), used + kBytes);
  std::memset(block, 0xff, kBytes);
  DiscardZeroed(block, kBytes, kBytes / 2, kBytes / 4);
  EXPECT_EQ(static_cast<unsigned char*>(block)[kBytes / 2 - 1], 0xff);
  const size_t resident = ResidentMemory();
  FreeZeroed(block, kBytes);
  EXPECT_LT(UsedMemory(), used + kBytes / 2);
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(ResidentMemory(), resident - kBytes / 2);
#else
  EXPECT_GT(resident, 0u);
#endif
}

}  // namespace
}  // namespace keyway
