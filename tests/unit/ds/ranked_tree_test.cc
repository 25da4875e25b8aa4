#include "server/ds/ranked_tree.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/random.h"

namespace keyway::ds {
namespace {

struct Before {
  bool operator()(const ScoredMember* a, const ScoredMember* b) const {
    return RanksBefore(a->score(), a->member(), b->score(), b->member());
  }
};

class RankedTreeTest : public testing::Test {
 protected:
  ~RankedTreeTest() override {
    for (auto at = tree_.First(); at.valid(); at.Next()) ScoredMember::Free(at.entry());
  }
  ScoredMember* Add(double score, std::string_view member) {
    ScoredMember* entry = ScoredMember::Create(score, member);
    tree_.Insert(entry);
    return entry;
  }
  std::string Text() const {
    std::string text;
    for (auto at = tree_.First(); at.valid(); at.Next()) {
      text += std::string(at.entry()->member()) + "=" + std::to_string(static_cast<int>(at.score())) + " ";
    }
    return text;
  }

  RankedTree tree_;
};

TEST_F(RankedTreeTest, MembersOfAnyLength) {
  for (size_t length :
       {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{254}, size_t{255}, size_t{256}, size_t{100'000}}) {
    const std::string member(length, 'm');
    ScoredMember* entry = ScoredMember::Create(1.5, member);
    EXPECT_EQ(entry->member(), member);
    EXPECT_EQ(entry->score(), 1.5);
    EXPECT_GE(entry->memory_bytes(), 9 + length);
    ScoredMember::Free(entry);
  }
}

TEST_F(RankedTreeTest, OrderIsByScoreAndThenByBytes) {
  Add(2, "b"), Add(1, "z"), Add(2, "a"), Add(-1, "q"), Add(2, "ab"), Add(2, "\xff");
  EXPECT_EQ(Text(), "q=-1 z=1 a=2 ab=2 b=2 \xff=2 ");
  EXPECT_EQ(tree_.At(3).entry()->member(), "ab");
  EXPECT_FALSE(tree_.At(6).valid());
  EXPECT_EQ(tree_.RankOf(tree_.Last().entry()), 5u);
  EXPECT_EQ(tree_.RankWhere([](double score, const ScoredMember*) { return score < 2; }), 2u);
}

TEST_F(RankedTreeTest, ScoresChangeInPlaceOrElsewhere) {
  ScoredMember* a = Add(1, "a");
  Add(2, "b"), Add(3, "c");
  tree_.UpdateScore(a, 1.5);
  EXPECT_EQ(Text(), "a=1 b=2 c=3 ");
  tree_.UpdateScore(a, 2);
  EXPECT_EQ(Text(), "a=2 b=2 c=3 ");
  tree_.UpdateScore(a, std::numeric_limits<double>::infinity());
  EXPECT_EQ(tree_.Last().entry(), a);
  tree_.UpdateScore(a, 3);
  EXPECT_EQ(Text(), "b=2 a=3 c=3 ");
}

TEST_F(RankedTreeTest, OrderedArrivalFillsTheNodes) {
  constexpr size_t kEntries = 30'000;
  for (const int direction : {1, -1}) {
    for (size_t i = 0; i < kEntries; ++i) Add(direction * static_cast<double>(i), "m");
    tree_.CheckInvariants();
    // 16 bytes an entry, and little more for what holds them together.
    EXPECT_LT(tree_.memory_bytes(), kEntries * 19) << direction;
    while (!tree_.empty()) ScoredMember::Free(tree_.RemoveAt(tree_.size() / 2));
    EXPECT_EQ(tree_.memory_bytes(), 0u);
  }
}

// Every operation against a std::set, with few different scores and with many, in phases that grow and shrink the tree.
TEST_F(RankedTreeTest, AgreesWithAModel) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  std::set<ScoredMember*, Before> model;
  uint64_t next_member = 0;
  const auto pick = [&] { return tree_.At(random.Below(tree_.size())).entry(); };
  for (int phase = 0; phase < 12; ++phase) {
    const uint64_t scores = phase % 3 == 0 ? 3 : 100'000;
    const uint64_t grow_percent = phase % 2 == 0 ? 70 : 20;
    for (int step = 0; step < 4000; ++step) {
      if (tree_.empty() || random.Below(100) < grow_percent) {
        model.insert(Add(static_cast<double>(random.Below(scores)), std::to_string(next_member++ * 7919 % 100'003)));
      } else if (random.Below(3) == 0) {
        ScoredMember* entry = pick();
        model.erase(entry);
        tree_.UpdateScore(entry, entry->score() + (random.Below(2) ? 0.25 : static_cast<double>(random.Below(scores))));
        model.insert(entry);
      } else if (random.Below(2) == 0) {
        ScoredMember* entry = pick();
        model.erase(entry);
        tree_.Remove(entry);
        ScoredMember::Free(entry);
      } else {
        const size_t rank = random.Below(tree_.size());
        auto expected = std::next(model.begin(), static_cast<long>(rank));
        ScoredMember* entry = tree_.RemoveAt(rank);
        ASSERT_EQ(entry, *expected);
        model.erase(expected);
        ScoredMember::Free(entry);
      }
    }
    tree_.CheckInvariants();
    ASSERT_EQ(tree_.size(), model.size());
    size_t rank = 0;
    auto at = tree_.First();
    for (ScoredMember* entry : model) {
      ASSERT_EQ(at.entry(), entry);
      if (rank % 97 == 0) {
        ASSERT_EQ(tree_.RankOf(entry), rank);
        ASSERT_EQ(tree_.At(rank).entry(), entry);
      }
      ++rank, at.Next();
    }
    EXPECT_FALSE(at.valid());
    auto back = tree_.Last();
    for (auto it = model.rbegin(); it != model.rend(); ++it, back.Previous()) ASSERT_EQ(back.entry(), *it);
    EXPECT_FALSE(back.valid());
  }
}

TEST_F(RankedTreeTest, MovesAndSwaps) {
  Add(1, "a"), Add(2, "b");
  RankedTree other(std::move(tree_));
  EXPECT_TRUE(tree_.empty());
  EXPECT_EQ(other.size(), 2u);
  tree_ = std::move(other);
  EXPECT_EQ(Text(), "a=1 b=2 ");
}

}  // namespace
}  // namespace keyway::ds
