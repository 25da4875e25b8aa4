#include "server/data/zset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/random.h"

namespace keyway::data {
namespace {

constexpr ZsetLimits kLimits = {.listpack_entries = 8, .listpack_value = 16};
constexpr ZsetLimits kAlwaysBig = {.listpack_entries = 0, .listpack_value = 0};

std::string Text(const Zset& zset) {
  std::string text;
  for (auto at = zset.First(); at.valid(); at.Next()) {
    char score[32];
    snprintf(score, sizeof score, "%g", at.score());
    text += std::string(at.member()) + "=" + score + " ";
  }
  return text;
}

std::string Members(const Zset& zset, Zset::Ranks ranks) {
  std::string text;
  auto at = zset.At(ranks.first);
  for (size_t i = ranks.first; i < ranks.end; ++i, at.Next()) text += at.member();
  return text;
}

// Everything that both encodings have to do alike.
class ZsetTest : public testing::TestWithParam<bool> {
 protected:
  ZsetTest() : limits_(GetParam() ? kAlwaysBig : ZsetLimits{}) {}
  Zset::AddOutcome Add(double score, std::string_view member, ZaddFlags flags = 0) {
    return zset_.Add(score, member, limits_, flags).outcome;
  }

  const ZsetLimits limits_;
  Zset zset_;
};
INSTANTIATE_TEST_SUITE_P(Encodings, ZsetTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Skiplist" : "Listpack"; });

TEST_P(ZsetTest, AddFindRemove) {
  using Outcome = Zset::AddOutcome;
  EXPECT_EQ(Add(2, "b"), Outcome::kAdded);
  EXPECT_EQ(Add(1, "12"), Outcome::kAdded);
  EXPECT_EQ(Add(2, "a"), Outcome::kAdded);
  EXPECT_EQ(Add(0.5, ""), Outcome::kAdded);
  EXPECT_EQ(zset_.encoding(), GetParam() ? Encoding::kSkiplist : Encoding::kListpack);
  EXPECT_EQ(Text(zset_), "=0.5 12=1 a=2 b=2 ");
  EXPECT_EQ(zset_.size(), 4u);
  EXPECT_EQ(zset_.Score("12"), 1);
  EXPECT_EQ(zset_.Score("c"), std::nullopt);
  EXPECT_EQ(zset_.RankOf("b")->rank, 3u);
  EXPECT_EQ(zset_.RankOf("")->score, 0.5);
  EXPECT_FALSE(zset_.RankOf("1"));
  EXPECT_TRUE(zset_.Remove("a"));
  EXPECT_FALSE(zset_.Remove("a"));
  // A score is no member.
  EXPECT_FALSE(zset_.Remove("2"));
  EXPECT_FALSE(zset_.Contains("2"));
  EXPECT_EQ(Text(zset_), "=0.5 12=1 b=2 ");
  std::string backwards;
  for (auto at = zset_.Last(); at.valid(); at.Previous()) backwards += std::string(at.member()) + ",";
  EXPECT_EQ(backwards, "b,12,,");
}

TEST_P(ZsetTest, FlagsOfAdd) {
  using Outcome = Zset::AddOutcome;
  EXPECT_EQ(Add(1, "a", kZaddExisting), Outcome::kSkipped);
  EXPECT_EQ(zset_.size(), 0u);
  EXPECT_EQ(Add(1, "a", kZaddNew), Outcome::kAdded);
  EXPECT_EQ(Add(2, "a", kZaddNew), Outcome::kSkipped);
  EXPECT_EQ(Add(1, "a"), Outcome::kUnchanged);
  EXPECT_EQ(Add(0, "a", kZaddGreater), Outcome::kSkipped);
  EXPECT_EQ(Add(5, "a", kZaddGreater), Outcome::kUpdated);
  EXPECT_EQ(Add(6, "a", kZaddLess), Outcome::kSkipped);
  EXPECT_EQ(Add(4, "a", kZaddLess), Outcome::kUpdated);
  EXPECT_EQ(zset_.Add(0.5, "a", limits_, kZaddIncrement).score, 4.5);
  EXPECT_EQ(Add(-1, "a", kZaddIncrement | kZaddGreater), Outcome::kSkipped);
  EXPECT_EQ(Add(3, "b", kZaddIncrement), Outcome::kAdded);
  EXPECT_EQ(Add(INFINITY, "a", kZaddIncrement), Outcome::kUpdated);
  EXPECT_EQ(Add(-INFINITY, "a", kZaddIncrement), Outcome::kNan);
  EXPECT_EQ(Add(NAN, "c"), Outcome::kNan);
  EXPECT_EQ(Text(zset_), "b=3 a=inf ");
}

TEST_P(ZsetTest, ScoresAreKeptExactly) {
  const double scores[] = {0.1,
                           1.0 / 3,
                           5e-324,
                           1e300,
                           -1e300,
                           0x1p62,
                           0x1p63,
                           -0x1p63,
                           123456789012345678.0,
                           INFINITY,
                           -INFINITY,
                           9007199254740993.0,
                           std::numeric_limits<double>::max()};
  for (size_t i = 0; i < std::size(scores); ++i) Add(scores[i], "m" + std::to_string(i));
  for (size_t i = 0; i < std::size(scores); ++i) EXPECT_EQ(zset_.Score("m" + std::to_string(i)), scores[i]);
  EXPECT_EQ(zset_.Last().score(), INFINITY);
  EXPECT_EQ(zset_.First().score(), -INFINITY);
}

TEST_P(ZsetTest, RangesOfScores) {
  for (int i = 1; i <= 6; ++i) Add(i, std::string(1, static_cast<char>('a' + i - 1)));
  const auto in = [&](ScoreRange range) { return Members(zset_, zset_.RanksIn(range)); };
  EXPECT_EQ(in({2, 4}), "bcd");
  EXPECT_EQ(in({2, 4, true, false}), "cd");
  EXPECT_EQ(in({2, 4, false, true}), "bc");
  EXPECT_EQ(in({-INFINITY, INFINITY}), "abcdef");
  EXPECT_EQ(in({4, 2}), "");
  EXPECT_EQ(in({3, 3, true, false}), "");
  EXPECT_EQ(in({3.1, 3.9}), "");
  EXPECT_EQ(in({7, 9}), "");
  EXPECT_EQ(zset_.RanksIn(ScoreRange{-5, 0}).first, 0u);
}

TEST_P(ZsetTest, RangesOfMembers) {
  for (const char* member : {"alpha", "bar", "cool", "down", "elephant", "foo", "12"}) Add(0, member);
  using Kind = LexRange::Kind;
  const LexRange::Bound lowest{Kind::kLowest, false, {}}, highest{Kind::kHighest, false, {}};
  const auto bound = [](std::string_view member, bool exclusive = false) {
    return LexRange::Bound{Kind::kMember, exclusive, member};
  };
  const auto in = [&](LexRange range) { return Members(zset_, zset_.RanksIn(range)); };
  EXPECT_EQ(in({lowest, bound("cool")}), "12alphabarcool");
  EXPECT_EQ(in({bound("bar", true), bound("down")}), "cooldown");
  EXPECT_EQ(in({bound("e"), highest}), "elephantfoo");
  EXPECT_EQ(in({highest, lowest}), "");
  EXPECT_EQ(in({highest, highest}), "");
  EXPECT_EQ(in({lowest, lowest}), "");
  EXPECT_EQ(in({bound("down"), bound("bar")}), "");
  EXPECT_EQ(in({bound("foo", true), bound("foo")}), "");
}

TEST_P(ZsetTest, RanksAreRemoved) {
  for (int i = 0; i < 10; ++i) Add(i, std::string(1, static_cast<char>('0' + i)));
  zset_.RemoveRanks({2, 5});
  EXPECT_EQ(Members(zset_, {0, zset_.size()}), "0156789");
  zset_.RemoveRanks({5, 5});
  zset_.RemoveRanks({6, 100});
  EXPECT_EQ(Members(zset_, {0, zset_.size()}), "015678");
  EXPECT_FALSE(zset_.At(6).valid());
  zset_.RemoveRanks({0, 6});
  EXPECT_EQ(zset_.size(), 0u);
  EXPECT_FALSE(zset_.First().valid());
  EXPECT_FALSE(zset_.Last().valid());
}

TEST_P(ZsetTest, ClonesAreIndependent) {
  Add(1, "a"), Add(2, "b");
  std::unique_ptr<Object> copy = zset_.Clone();
  zset_.Remove("a");
  EXPECT_EQ(Text(static_cast<Zset&>(*copy)), "a=1 b=2 ");
  EXPECT_EQ(copy->encoding(), zset_.encoding());
}

// A model of maps, with members and scores that collide often.
TEST_P(ZsetTest, AgreesWithAModel) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  const ZsetLimits limits = GetParam() ? kAlwaysBig : ZsetLimits{.listpack_entries = 100'000, .listpack_value = 100};
  std::map<std::string, double> scores;
  std::set<std::pair<double, std::string>> order;
  for (int step = 0; step < 6000; ++step) {
    const std::string member =
        random.Below(2) ? std::to_string(random.Below(300)) : "m" + std::to_string(random.Below(99));
    const double score = static_cast<double>(random.Below(20)) / (random.Below(2) ? 1 : 3);
    const auto found = scores.find(member);
    if (random.Below(3) == 0) {
      ASSERT_EQ(zset_.Remove(member), found != scores.end());
      if (found != scores.end()) order.erase({found->second, member}), scores.erase(found);
    } else {
      const auto result = zset_.Add(score, member, limits);
      ASSERT_EQ(result.outcome == Zset::AddOutcome::kAdded, found == scores.end());
      if (found != scores.end()) order.erase({found->second, member});
      scores[member] = score;
      order.insert({score, member});
    }
    if (step % 50 != 0) continue;
    ASSERT_EQ(zset_.size(), order.size());
    auto at = zset_.First();
    size_t rank = 0;
    for (const auto& [expected, name] : order) {
      ASSERT_EQ(at.member(), name);
      ASSERT_EQ(at.score(), expected);
      if (rank % 13 == 0) {
        ASSERT_EQ(zset_.RankOf(name)->rank, rank);
      }
      at.Next(), ++rank;
    }
    const double low = static_cast<double>(random.Below(20));
    const auto ranks = zset_.RanksIn(ScoreRange{low, low + 3, true, false});
    size_t expected_count = 0;
    for (const auto& [expected, name] : order) expected_count += expected > low && expected <= low + 3;
    ASSERT_EQ(ranks.count(), expected_count);
  }
}

TEST(ZsetEncodingTest, GrowsIntoASkiplistAndBackOnDemand) {
  Zset zset;
  for (int i = 0; i < 8; ++i) zset.Add(i, std::to_string(i), kLimits);
  EXPECT_EQ(zset.encoding(), Encoding::kListpack);
  EXPECT_EQ(zset.hash_table(), nullptr);
  zset.Add(-1, "x", kLimits);
  EXPECT_EQ(zset.encoding(), Encoding::kSkiplist);
  EXPECT_NE(zset.hash_table(), nullptr);
  EXPECT_EQ(Text(zset), "x=-1 0=0 1=1 2=2 3=3 4=4 5=5 6=6 7=7 ");
  zset.Compact(kLimits);
  EXPECT_EQ(zset.encoding(), Encoding::kSkiplist);
  zset.Remove("3");
  zset.Compact(kLimits);
  EXPECT_EQ(zset.encoding(), Encoding::kListpack);
  EXPECT_EQ(Text(zset), "x=-1 0=0 1=1 2=2 4=4 5=5 6=6 7=7 ");

  Zset wide;
  wide.Add(1, std::string(16, 'a'), kLimits);
  EXPECT_EQ(wide.encoding(), Encoding::kListpack);
  wide.Add(1, std::string(17, 'a'), kLimits);
  EXPECT_EQ(wide.encoding(), Encoding::kSkiplist);
  wide.Compact(kLimits);
  EXPECT_EQ(wide.encoding(), Encoding::kSkiplist);

  EXPECT_EQ(Zset::Create(9, 1, kLimits)->encoding(), Encoding::kSkiplist);
  EXPECT_EQ(Zset::Create(8, 16, kLimits)->encoding(), Encoding::kListpack);
  EXPECT_EQ(Zset::Create(1, 17, kLimits)->encoding(), Encoding::kSkiplist);
  wide.Expect(100, kLimits);
  Zset expecting;
  expecting.Expect(8, kLimits);
  EXPECT_EQ(expecting.encoding(), Encoding::kListpack);
  expecting.Expect(9, kLimits);
  EXPECT_EQ(expecting.encoding(), Encoding::kSkiplist);
}

TEST(ZsetEncodingTest, PackedBytesComeBackAsTheyWere) {
  Zset zset;
  zset.Add(1.5, "a", {}), zset.Add(3, "77", {});
  const auto copy = Zset::FromPacked(zset.packed().span());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(Text(*copy), "a=1.5 77=3 ");
  EXPECT_TRUE(std::ranges::equal(copy->packed().span(), zset.packed().span()));
  EXPECT_EQ(Zset::FromPacked(Zset().packed().span())->size(), 0u);
  auto larger = Zset::FromPacked(zset.packed().span());
  larger->Fit({.listpack_entries = 1, .listpack_value = 64});
  EXPECT_EQ(larger->encoding(), Encoding::kSkiplist);
}

TEST(ZsetEncodingTest, HostilePackedBytes) {
  const auto from = [](std::initializer_list<const char*> elements) {
    ds::Listpack pack;
    for (const char* element : elements) pack.Append(element);
    const auto zset = Zset::FromPacked(pack.view().span());
    return zset ? Text(*zset) : "refused";
  };
  EXPECT_EQ(from({"a", "1", "b"}), "refused");
  EXPECT_EQ(from({"a", "1", "a", "2"}), "refused");
  EXPECT_EQ(from({"5", "1", "b", "1", "5", "2"}), "refused");
  EXPECT_EQ(from({"a", "nan"}), "refused");
  EXPECT_EQ(from({"a", "inf", "b", "-inf"}), "b=-inf a=inf ");
  EXPECT_EQ(from({"c", "3", "a", "1", "b", "1e400"}), "a=1 c=3 b=inf ");
  EXPECT_EQ(from({"a", "what"}), "a=0 ");

  ds::Listpack pack;
  pack.Append("a"), pack.Append("1");
  const auto whole = pack.view().span();
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_EQ(Zset::FromPacked(whole.first(size)), nullptr);
}

TEST(ZsetEncodingTest, RandomBytesDoNoHarm) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  Zset zset;
  for (int i = 0; i < 20; ++i) zset.Add(i / 3.0, std::string(random.Below(20), 'x') + std::to_string(i), {});
  const auto span = zset.packed().span();
  for (int round = 0; round < 20'000; ++round) {
    std::vector<uint8_t> bytes(span.begin(), span.end());
    for (uint64_t i = random.Below(3) + 1; i > 0; --i)
      bytes[random.Below(bytes.size())] = static_cast<uint8_t>(random.Next());
    const auto loaded = Zset::FromPacked(bytes);
    if (loaded == nullptr) continue;
    size_t count = 0;
    for (auto at = loaded->First(); at.valid(); at.Next()) ++count;
    ASSERT_EQ(count, loaded->size());
    loaded->Add(1, "new", kLimits);
  }
}

TEST(ZsetEncodingTest, MemoryIsWhatItTakes) {
  Zset small;
  small.Add(1, "a", {});
  EXPECT_LT(small.MemoryBytes(0), 64u);
  Zset big;
  for (int i = 0; i < 10'000; ++i) big.Add(i, "member:" + std::to_string(i), {});
  EXPECT_EQ(big.FreeEffort(), 10'000u);
  EXPECT_EQ(small.FreeEffort(), 1u);
  // Redis takes more than 100 bytes a member.
  EXPECT_LT(big.MemoryBytes(0), 10'000u * 80);
  EXPECT_NEAR(static_cast<double>(big.MemoryBytes(5)), static_cast<double>(big.MemoryBytes(0)), 10'000 * 20);
}

TEST(ZsetBuilderTest, ScoresMayChangeUntilTheEnd) {
  ZsetBuilder builder(4);
  builder.FindOrAdd("b", 1), builder.FindOrAdd("a", 1), builder.FindOrAdd("c", 0);
  auto [entry, added] = builder.FindOrAdd("c", 7);
  EXPECT_FALSE(added);
  entry->set_score(entry->score() + 5);
  EXPECT_TRUE(builder.Remove("b"));
  EXPECT_FALSE(builder.Remove("b"));
  EXPECT_EQ(builder.size(), 2u);
  auto zset = builder.Finish();
  EXPECT_EQ(Text(*zset), "a=1 c=5 ");
  EXPECT_EQ(zset->RankOf("c")->rank, 1u);
  EXPECT_EQ(builder.size(), 0u);
  builder.FindOrAdd("left over", 1);
}

}  // namespace
}  // namespace keyway::data
