#include "server/ds/intset.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <set>
#include <vector>

#include "server/base/memory.h"
#include "server/base/random.h"

namespace keyway::ds {
namespace {

using Bytes = std::vector<uint8_t>;
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

Bytes BytesOf(const Intset& set) {
  const auto span = set.view().span();
  return Bytes(span.begin(), span.end());
}

std::vector<int64_t> Integers(const Intset& set) {
  std::vector<int64_t> all;
  for (size_t i = 0; i < set.size(); ++i) all.push_back(set.view().At(i));
  return all;
}

TEST(Intset, AnEmptyOneOwnsNothing) {
  Intset set;
  EXPECT_EQ(set.size(), 0u);
  EXPECT_EQ(set.memory_bytes(), 0u);
  EXPECT_FALSE(set.view().Contains(0));
  EXPECT_FALSE(set.Remove(0));
  EXPECT_EQ(BytesOf(set), (Bytes{2, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Intset, LayoutByWidth) {
  Intset set;
  EXPECT_TRUE(set.Add(5));
  EXPECT_TRUE(set.Add(-2));
  EXPECT_FALSE(set.Add(5));
  EXPECT_EQ(BytesOf(set), (Bytes{2, 0, 0, 0, 2, 0, 0, 0, 0xfe, 0xff, 5, 0}));
  EXPECT_TRUE(set.Add(0x12345));
  EXPECT_EQ(BytesOf(set), (Bytes{4, 0, 0, 0, 3, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 5, 0, 0, 0, 0x45, 0x23, 0x01, 0x00}));
  EXPECT_TRUE(set.Add(kMin));
  EXPECT_EQ(set.view().width(), 8u);
  EXPECT_EQ(Integers(set), (std::vector<int64_t>{kMin, -2, 5, 0x12345}));
}

TEST(Intset, WidthStaysWhenTheWideIntegerGoes) {
  Intset set;
  set.Add(1), set.Add(kMax);
  EXPECT_TRUE(set.Remove(kMax));
  EXPECT_EQ(set.view().width(), 8u);
  EXPECT_EQ(Integers(set), std::vector<int64_t>{1});
}

TEST(Intset, Boundaries) {
  Intset set;
  const std::vector<int64_t> all = {kMin,      INT32_MIN - int64_t{1}, INT32_MIN, INT16_MIN - 1,          INT16_MIN, 0,
                                    INT16_MAX, INT16_MAX + 1,          INT32_MAX, INT32_MAX + int64_t{1}, kMax};
  for (auto value = all.rbegin(); value != all.rend(); ++value) EXPECT_TRUE(set.Add(*value));
  EXPECT_EQ(Integers(set), all);
  for (const int64_t value : all) EXPECT_TRUE(set.view().Contains(value));
  EXPECT_FALSE(set.view().Contains(1));
  EXPECT_EQ(set.view().Min(), kMin);
  EXPECT_EQ(set.view().Max(), kMax);
}

TEST(Intset, MovedAndCloned) {
  Intset set;
  set.Add(1), set.Add(2);
  Intset copy = set.Clone();
  copy.Add(3);
  Intset moved = std::move(set);
  EXPECT_EQ(Integers(moved), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(Integers(copy), (std::vector<int64_t>{1, 2, 3}));
  moved = std::move(copy);
  EXPECT_EQ(moved.size(), 3u);
}

TEST(Intset, RetainAsksForEachInOrder) {
  Intset set;
  for (int i = 0; i < 100; ++i) set.Add(i * 1000);
  int64_t last = -1;
  set.Retain([&](int64_t value) {
    EXPECT_LT(last, value);
    last = value;
    return value % 3000 == 0;
  });
  EXPECT_EQ(set.size(), 34u);
  EXPECT_TRUE(set.view().Contains(99'000));
  EXPECT_FALSE(set.view().Contains(1000));
  EXPECT_EQ(set.memory_bytes(), AllocationSize(set.view().bytes()));
  set.Retain([](int64_t) { return false; });
  EXPECT_EQ(set.size(), 0u);
  EXPECT_TRUE(set.Add(7));
}

TEST(Intset, AgainstAStandardSet) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  Intset set;
  std::set<int64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    // Narrow ones first, so that all widths get their time.
    const int bits = step < 5000 ? 8 : step < 10'000 ? 24 : 64;
    const auto value = static_cast<int64_t>(random.Next()) >> (64 - bits);
    if (random.Below(3) != 0) {
      ASSERT_EQ(set.Add(value), model.insert(value).second);
    } else {
      const int64_t gone = random.Below(2) == 0 || model.empty() ? value : *model.begin();
      ASSERT_EQ(set.Remove(gone), model.erase(gone) == 1);
    }
    ASSERT_EQ(set.size(), model.size());
    ASSERT_EQ(set.view().Contains(value), model.contains(value));
    if (step % 1000 == 0) {
      ASSERT_EQ(Integers(set), std::vector<int64_t>(model.begin(), model.end()));
    }
  }
  if (!model.empty()) {
    EXPECT_TRUE(ValidateIntset(set.view().span(), true));
  }
  const Intset copy = Intset::FromBytes(set.view().span());
  EXPECT_EQ(Integers(copy), Integers(set));
}

TEST(IntsetValidation, AcceptsWhatIsOne) {
  for (const int64_t widest : {int64_t{1}, int64_t{1} << 20, int64_t{1} << 40}) {
    Intset set;
    set.Add(-1), set.Add(0), set.Add(widest);
    EXPECT_TRUE(ValidateIntset(set.view().span(), false));
    EXPECT_TRUE(ValidateIntset(set.view().span(), true));
  }
}

TEST(IntsetValidation, RefusesHostileBytes) {
  const Bytes good = {2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0};
  ASSERT_TRUE(ValidateIntset(good, true));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ValidateIntset(std::span(good).first(size), false)) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(ValidateIntset(longer, false));
  for (const uint8_t width : {0, 1, 3, 4, 8, 16, 255}) {
    Bytes bad = good;
    bad[0] = width;
    EXPECT_FALSE(ValidateIntset(bad, false)) << int{width};
  }
  EXPECT_FALSE(ValidateIntset(Bytes{2, 0, 0, 0, 0, 0, 0, 0}, false)) << "empty";
  EXPECT_FALSE(ValidateIntset(Bytes{8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 2, 0}, false)) << "count";
  const Bytes same = {2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0};
  EXPECT_TRUE(ValidateIntset(same, false));
  EXPECT_FALSE(ValidateIntset(same, true)) << "the same twice";
  EXPECT_FALSE(ValidateIntset(Bytes{2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0xff, 0xff}, true)) << "order";
}

}  // namespace
}  // namespace keyway::ds
