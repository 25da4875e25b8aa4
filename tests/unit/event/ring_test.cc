#include "server/event/ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace keyway::event {
namespace {

TEST(Ring, RefusesWhenFullAndLeavesTheItemAlone) {
  Ring<std::unique_ptr<int>> ring(2);
  EXPECT_TRUE(ring.Empty());
  EXPECT_TRUE(ring.Push(std::make_unique<int>(1)));
  EXPECT_TRUE(ring.Push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(ring.Push(std::move(third)));
  ASSERT_NE(third, nullptr);
  std::unique_ptr<int> out;
  EXPECT_TRUE(ring.Pop(out));
  EXPECT_EQ(*out, 1);
  EXPECT_TRUE(ring.Push(std::move(third)));
  EXPECT_TRUE(ring.Pop(out));
  EXPECT_TRUE(ring.Pop(out));
  EXPECT_EQ(*out, 3);
  EXPECT_FALSE(ring.Pop(out));
}

TEST(Ring, KeepsTheOrderBetweenTwoThreads) {
  constexpr int kItems = 200000;
  Ring<int> ring(64);
  std::thread producer([&] {
    for (int i = 0; i < kItems;) {
      int item = i;
      if (ring.Push(std::move(item))) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (int expected = 0; expected < kItems;) {
    int got = -1;
    if (!ring.Pop(got)) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(got, expected);
    ++expected;
  }
  producer.join();
}

}  // namespace
}  // namespace keyway::event
