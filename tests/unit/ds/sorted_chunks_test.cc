#include "server/ds/sorted_chunks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "server/base/random.h"

namespace keyway::ds {
namespace {

// A value of one pointer that owns something, so that leaks and double frees show.
using Owned = std::unique_ptr<uint64_t>;
using Map = SortedChunks<uint64_t, Owned>;
using Set = SortedChunks<uint64_t, NoValue>;

void ExpectEqual(const Map& map, const std::map<uint64_t, uint64_t>& model) {
  ASSERT_EQ(map.size(), model.size());
  auto at = map.Begin();
  for (const auto& [key, value] : model) {
    ASSERT_NE(at, map.End());
    ASSERT_EQ(map.key(at), key);
    ASSERT_EQ(*map.value(at), value);
    at = map.Next(at);
  }
  ASSERT_EQ(at, map.End());
  at = map.Last();
  for (auto it = model.rbegin(); it != model.rend(); ++it) {
    ASSERT_EQ(map.key(at), it->first);
    at = map.Previous(at);
  }
  ASSERT_EQ(at, map.End());
}

TEST(SortedChunks, Empty) {
  Set set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.Begin(), set.End());
  EXPECT_EQ(set.Last(), set.End());
  EXPECT_EQ(set.LowerBound(1), set.End());
  EXPECT_EQ(set.AtMost(1), set.End());
  EXPECT_FALSE(set.Erase(1));
  EXPECT_EQ(set.memory_bytes(), 0u);
}

TEST(SortedChunks, SeeksBetweenKeys) {
  Set set;
  for (uint64_t i = 1; i <= 10'000; ++i) EXPECT_TRUE(set.Insert(i * 10));
  EXPECT_FALSE(set.Insert(50));
  EXPECT_EQ(set.key(set.LowerBound(41)), 50u);
  EXPECT_EQ(set.key(set.LowerBound(50)), 50u);
  EXPECT_EQ(set.key(set.AtMost(59)), 50u);
  EXPECT_EQ(set.key(set.AtMost(50)), 50u);
  EXPECT_EQ(set.AtMost(9), set.End());
  EXPECT_EQ(set.key(set.AtMost(UINT64_MAX)), 100'000u);
  EXPECT_EQ(set.LowerBound(100'001), set.End());
  EXPECT_TRUE(set.Contains(70));
  EXPECT_FALSE(set.Contains(71));
}

TEST(SortedChunks, AppendsFillTheChunks) {
  Set set;
  for (uint64_t i = 0; i < 100'000; ++i) set.Insert(i);
  EXPECT_LT(set.memory_bytes(), 100'000 * sizeof(uint64_t) * 105 / 100);
}

TEST(SortedChunks, AQueueKeepsLittleMemory) {
  Set set;
  uint64_t next = 0;
  while (next < 100) set.Insert(next++);
  for (; next < 200'000; ++next) {
    set.Insert(next);
    set.Erase(set.Begin());
  }
  EXPECT_EQ(set.size(), 100u);
  EXPECT_EQ(set.key(set.Begin()), 199'900u);
  EXPECT_LT(set.memory_bytes(), 10'000u);
}

TEST(SortedChunks, ShrinksWithItsContent) {
  Set set;
  for (uint64_t i = 0; i < 100'000; ++i) set.Insert(i);
  for (uint64_t i = 0; i < 100'000; ++i) {
    if (i % 1000 != 0) {
      EXPECT_TRUE(set.Erase(i));
    }
  }
  EXPECT_EQ(set.size(), 100u);
  EXPECT_LT(set.memory_bytes(), 8'000u);
}

TEST(SortedChunks, Moves) {
  Map map;
  for (uint64_t i = 0; i < 1000; ++i) map.Insert(i, std::make_unique<uint64_t>(i));
  Map other = std::move(map);
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(**other.FindValue(999), 999u);
  map = std::move(other);
  EXPECT_EQ(map.size(), 1000u);
  map.Clear();
  EXPECT_TRUE(map.empty());
}

// Against std::map, with keys that come in order, at random and backwards, and leave in the same ways.
TEST(SortedChunks, LikeAMap) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 20; ++round) {
    Map map;
    std::map<uint64_t, uint64_t> model;
    uint64_t end = 1'000'000;
    const uint64_t steps = 200 + random.Below(8000);
    const uint64_t growth = 30 + random.Below(50);  // of a hundred steps
    for (uint64_t step = 0; step < steps; ++step) {
      if (random.Below(100) < growth) {
        const uint64_t key = random.Below(3) == 0 ? random.Below(end) : ++end;
        const bool inserted = map.Insert(key, std::make_unique<uint64_t>(step));
        ASSERT_EQ(inserted, model.emplace(key, step).second);
      } else if (!model.empty()) {
        auto victim = model.begin();
        switch (random.Below(3)) {
          case 0:
            break;
          case 1:
            victim = std::prev(model.end());
            break;
          default: {
            victim = model.lower_bound(random.Below(end));
            if (victim == model.end()) victim = model.begin();
          }
        }
        ASSERT_TRUE(map.Erase(victim->first));
        ASSERT_FALSE(map.Erase(victim->first));
        model.erase(victim);
      }
      const uint64_t probe = random.Below(end + 2);
      const auto lower = model.lower_bound(probe);
      const auto at = map.LowerBound(probe);
      ASSERT_EQ(at == map.End(), lower == model.end());
      if (lower != model.end()) {
        ASSERT_EQ(map.key(at), lower->first);
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectEqual(map, model));
    // Half of them go from the front.
    for (size_t left = model.size() / 2; left > 0; --left) {
      map.Erase(map.Begin());
      model.erase(model.begin());
    }
    ASSERT_NO_FATAL_FAILURE(ExpectEqual(map, model));
  }
}

}  // namespace
}  // namespace keyway::ds
