#include "server/data/set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace keyway::data {
namespace {

const SetLimits kLimits = {.intset_entries = 8, .listpack_entries = 6, .listpack_value = 10};
const SetLimits kLimits70 = {.intset_entries = 8, .listpack_entries = 0, .listpack_value = 10};

std::set<std::string> Members(const Set& set) {
  std::set<std::string> all;
  set.ForEach([&](const Set::Member& member) { EXPECT_TRUE(all.insert(member.ToString()).second); });
  return all;
}

std::unique_ptr<Set> Make(const std::vector<std::string>& members, const SetLimits& limits = kLimits) {
  auto set = Set::ForMember(members.at(0), 1, limits);
  for (const std::string& member : members) set->Add(member, limits);
  return set;
}

std::vector<std::string> Numbered(std::string_view prefix, int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(std::string(prefix) + std::to_string(i));
  return all;
}

TEST(Set, StartsInTheEncodingOfItsFirstMember) {
  EXPECT_EQ(Make({"1"})->encoding(), Encoding::kIntset);
  EXPECT_EQ(Make({"a"})->encoding(), Encoding::kListpack);
  EXPECT_EQ(Make({"01"})->encoding(), Encoding::kListpack);
  EXPECT_EQ(Make({"a"}, kLimits70)->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Make({"1"}, kLimits70)->encoding(), Encoding::kIntset);
  EXPECT_EQ(Set::ForMember("1", 9, kLimits)->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Set::ForMember("1", 8, kLimits)->encoding(), Encoding::kIntset);
  EXPECT_EQ(Set::ForMember("a", 6, kLimits)->encoding(), Encoding::kListpack);
  EXPECT_EQ(Set::ForMember("a", 7, kLimits)->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Set::ForSize(8, kLimits)->encoding(), Encoding::kIntset);
  EXPECT_EQ(Set::ForSize(9, kLimits)->encoding(), Encoding::kHashtable);
}

TEST(Set, ConversionsAsItGrows) {
  auto integers = Make(Numbered("", 8));
  EXPECT_EQ(integers->encoding(), Encoding::kIntset);
  integers->Add("8", kLimits);
  EXPECT_EQ(integers->encoding(), Encoding::kHashtable) << "too many integers never become a listpack";
  EXPECT_EQ(integers->size(), 9u);

  auto mixed = Make(Numbered("", 5));
  mixed->Add("a", kLimits);
  EXPECT_EQ(mixed->encoding(), Encoding::kListpack);
  EXPECT_FALSE(mixed->Add("3", kLimits));
  mixed->Add("b", kLimits);
  EXPECT_EQ(mixed->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Members(*mixed), (std::set<std::string>{"0", "1", "2", "3", "4", "a", "b"}));

  auto many = Make(Numbered("", 7));
  many->Add("a", kLimits);
  EXPECT_EQ(many->encoding(), Encoding::kHashtable) << "seven integers are too many for a listpack";

  auto wordy = Make({"a"});
  wordy->Add("0123456789", kLimits);
  EXPECT_EQ(wordy->encoding(), Encoding::kListpack);
  wordy->Add("0123456789x", kLimits);
  EXPECT_EQ(wordy->encoding(), Encoding::kHashtable);

  auto digits = Make({"12345678901"});
  EXPECT_EQ(digits->encoding(), Encoding::kIntset);
  digits->Add("a", kLimits);
  EXPECT_EQ(digits->encoding(), Encoding::kHashtable) << "an integer of eleven digits is a long word";

  auto old = Make({"1", "a"}, kLimits70);
  EXPECT_EQ(old->encoding(), Encoding::kHashtable);
}

TEST(Set, ExpectingManyConvertsAtOnce) {
  auto integers = Make({"1"});
  integers->Expect(8, kLimits);
  EXPECT_EQ(integers->encoding(), Encoding::kIntset);
  integers->Expect(9, kLimits);
  EXPECT_EQ(integers->encoding(), Encoding::kHashtable);
  auto texts = Make({"a"});
  texts->Expect(7, kLimits);
  EXPECT_EQ(texts->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Members(*texts), std::set<std::string>{"a"});
}

TEST(Set, IntegersAndTextsNameTheSameMembers) {
  for (const auto& others : {std::vector<std::string>{"7"}, {"7", "a"}, Numbered("", 20)}) {
    auto set = Make(others);
    SCOPED_TRACE(testing::Message() << EncodingName(set->encoding()));
    EXPECT_TRUE(set->Contains("7"));
    EXPECT_TRUE(set->Contains(Set::IntegerMember(7)));
    EXPECT_FALSE(set->Contains("07"));
    EXPECT_FALSE(set->Contains(Set::IntegerMember(77)));
    EXPECT_FALSE(set->Add(Set::IntegerMember(7), kLimits));
    EXPECT_FALSE(set->Add(Set::TextMember("7"), kLimits));
    EXPECT_TRUE(set->Remove(Set::IntegerMember(7)));
    EXPECT_FALSE(set->Remove("7"));
    EXPECT_TRUE(set->Add(Set::IntegerMember(7), kLimits));
    EXPECT_TRUE(set->Remove(Set::TextMember("7")));
  }
}

TEST(Set, AgainstAStandardSet) {
  const uint64_t seed = keyway::Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  keyway::Random random(seed);
  for (const SetLimits& limits : {kLimits, kLimits70, SetLimits{}}) {
    for (int round = 0; round < 40; ++round) {
      auto set = std::make_unique<Set>();
      std::set<std::string> model;
      const uint64_t range = 1 + random.Below(400);
      const bool texts = random.Below(2) == 0;
      for (int step = 0; step < 400; ++step) {
        std::string member = std::to_string(static_cast<int64_t>(random.Below(range)) - 5);
        if (texts && random.Below(30) == 0) member.insert(0, random.Below(20), 'x');
        if (random.Below(3) != 0) {
          ASSERT_EQ(set->Add(member, limits), model.insert(member).second);
        } else {
          ASSERT_EQ(set->Remove(member), model.erase(member) == 1);
        }
        ASSERT_EQ(set->Contains(member), model.contains(member));
        ASSERT_EQ(set->size(), model.size());
      }
      ASSERT_EQ(Members(*set), model);
      const auto copy = set->Clone();
      ASSERT_EQ(copy->encoding(), set->encoding());
      ASSERT_EQ(Members(static_cast<const Set&>(*copy)), model);
    }
  }
}

TEST(Set, ScanMeetsEverything) {
  for (const int count : {5, 8, 1000}) {
    auto set = Make(Numbered("", count));
    std::set<std::string> met;
    uint64_t cursor = 0;
    do {
      cursor = set->Scan(cursor, [&](const Set::Member& member) { met.insert(member.ToString()); });
    } while (cursor != 0);
    EXPECT_EQ(met, Members(*set));
  }
}

TEST(Set, AVisitorMayEndTheWalk) {
  for (const auto& members : {Numbered("", 6), Numbered("a", 6), Numbered("a", 50)}) {
    int met = 0;
    Make(members)->ForEach([&](const Set::Member&) { return ++met < 3; });
    EXPECT_EQ(met, 3);
  }
}

TEST(Set, MemoryAndEffort) {
  auto packed = Make(Numbered("a", 6));
  EXPECT_EQ(packed->FreeEffort(), 1u);
  EXPECT_EQ(packed->hash_table(), nullptr);
  auto table = Make(Numbered("member", 1000));
  EXPECT_EQ(table->FreeEffort(), 1000u);
  ASSERT_NE(table->hash_table(), nullptr);
  const size_t exact = table->MemoryBytes(0);
  EXPECT_GE(exact, 1000u * 16 + table->hash_table()->memory_bytes());
  EXPECT_NEAR(static_cast<double>(table->MemoryBytes(5)), static_cast<double>(exact), 1.0);
}

TEST(Set, PackedBytesGoOutAndIn) {
  auto integers = Make({"1", "-70000"});
  ASSERT_TRUE(ds::ValidateIntset(integers->packed(), true));
  EXPECT_EQ(Members(*Set::FromIntset(integers->packed(), kLimits)), Members(*integers));
  EXPECT_EQ(Set::FromIntset(integers->packed(), {.intset_entries = 1})->encoding(), Encoding::kHashtable);

  auto texts = Make({"a", "1", "bb"});
  ASSERT_TRUE(Set::ValidateListpack(texts->packed()));
  EXPECT_EQ(Members(*Set::FromListpack(texts->packed(), kLimits)), Members(*texts));
  const auto table = Set::FromListpack(texts->packed(), kLimits70);
  EXPECT_EQ(table->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Members(*table), Members(*texts));
}

TEST(Set, RefusesHostileListpacks) {
  ds::Listpack pack;
  EXPECT_FALSE(Set::ValidateListpack(pack.view().span())) << "empty";
  pack.Append("a"), pack.Append("b");
  EXPECT_TRUE(Set::ValidateListpack(pack.view().span()));
  pack.Append("a");
  EXPECT_FALSE(Set::ValidateListpack(pack.view().span())) << "the same twice";
  EXPECT_FALSE(Set::ValidateListpack({}));
  const std::vector<uint8_t> bytes(20, 0xff);
  EXPECT_FALSE(Set::ValidateListpack(bytes));
}

TEST(Set, ChangesBackOnRequestOnly) {
  auto set = Make(Numbered("", 20));
  for (int i = 3; i < 20; ++i) set->Remove(std::to_string(i));
  EXPECT_EQ(set->encoding(), Encoding::kHashtable);
  const auto copy = set->Clone();
  set->TryListpack(kLimits);
  EXPECT_EQ(set->encoding(), Encoding::kListpack);
  set->TryIntset(kLimits);
  EXPECT_EQ(set->encoding(), Encoding::kIntset);
  EXPECT_EQ(Members(*set), (std::set<std::string>{"0", "1", "2"}));
  auto& other = static_cast<Set&>(*copy);
  other.Add("a", kLimits);
  other.TryIntset(kLimits);
  EXPECT_EQ(other.encoding(), Encoding::kHashtable);
  other.Add("a very long member", kLimits);
  other.TryListpack(kLimits);
  EXPECT_EQ(other.encoding(), Encoding::kHashtable);
}

// ---- at random ----

// One set of each encoding, of `count` members.
std::vector<std::unique_ptr<Set>> OfEachEncoding(int count) {
  std::vector<std::unique_ptr<Set>> sets;
  for (const Encoding encoding : {Encoding::kIntset, Encoding::kListpack, Encoding::kHashtable}) {
    sets.push_back(Set::OfEncoding(encoding));
    for (int i = 0; i < count; ++i) sets.back()->Add(std::to_string(i), SetLimits{});
    EXPECT_EQ(sets.back()->encoding(), encoding);
  }
  return sets;
}

// How far the counts are from an even spread: with n values, n - 1 on average. 4 n + 40 is beyond one in a million.
double ChiSquare(const std::map<std::string, int>& counts, int values, int draws) {
  const double expected = static_cast<double>(draws) / values;
  double sum = expected * (values - static_cast<double>(counts.size()));
  for (const auto& [member, count] : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(SetAtRandom, DrawsAreEven) {
  const uint64_t seed = keyway::Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  keyway::Random random(seed);
  for (const auto& set : OfEachEncoding(30)) {
    std::map<std::string, int> drawn, single;
    set->Draw(30'000, random, [&](const Set::Member& member) { ++drawn[member.ToString()]; });
    for (int i = 0; i < 30'000; ++i) ++single[set->Random(random).ToString()];
    EXPECT_LT(ChiSquare(drawn, 30, 30'000), 160) << EncodingName(set->encoding());
    EXPECT_LT(ChiSquare(single, 30, 30'000), 160) << EncodingName(set->encoding());
  }
}

TEST(SetAtRandom, SamplesAreEvenAndWithoutRepetition) {
  const uint64_t seed = keyway::Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  keyway::Random random(seed);
  for (const size_t size : {1, 4, 12, 25}) {
    for (const auto& set : OfEachEncoding(30)) {
      std::map<std::string, int> counts;
      for (int round = 0; round < 2000; ++round) {
        std::set<std::string> sample;
        set->Sample(size, random, [&](const Set::Member& member) { sample.insert(member.ToString()); });
        ASSERT_EQ(sample.size(), size);
        for (const std::string& member : sample) ++counts[member];
      }
      EXPECT_LT(ChiSquare(counts, 30, static_cast<int>(2000 * size)), 160) << EncodingName(set->encoding()) << size;
    }
  }
  for (const auto& set : OfEachEncoding(30)) {
    std::set<std::string> all;
    set->Sample(30, random, [&](const Set::Member& member) { all.insert(member.ToString()); });
    EXPECT_EQ(all, Members(*set));
    set->Sample(0, random, [&](const Set::Member&) { ADD_FAILURE(); });
    int met = 0;
    set->Sample(20, random, [&](const Set::Member&) { return ++met < 5; });
    EXPECT_EQ(met, 5);
  }
}

TEST(SetAtRandom, PopsAreEvenAndRemove) {
  const uint64_t seed = keyway::Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  keyway::Random random(seed);
  for (const size_t size : {1, 4, 12, 29, 30}) {
    std::map<Encoding, std::map<std::string, int>> counts;
    for (int round = 0; round < 1000; ++round) {
      for (const auto& set : OfEachEncoding(30)) {
        std::set<std::string> expected = Members(*set);
        size_t popped = 0;
        set->Pop(size, random, [&](const Set::Member& member) {
          ++counts[set->encoding()][member.ToString()];
          popped += expected.erase(member.ToString());
        });
        ASSERT_EQ(popped, size);
        ASSERT_EQ(Members(*set), expected);
      }
    }
    for (const auto& [encoding, one] : counts) {
      EXPECT_LT(ChiSquare(one, 30, static_cast<int>(1000 * size)), 160) << EncodingName(encoding) << size;
    }
  }
}

TEST(SetAtRandom, PoppingNearlyAllOfABigSetShrinksIt) {
  keyway::Random random(1);
  auto set = Make(Numbered("member", 20'000));
  const size_t before = set->MemoryBytes(0);
  set->Pop(19'990, random, [](const Set::Member&) {});
  EXPECT_EQ(set->size(), 10u);
  for (int i = 0; i < 20'000; ++i) set->Contains("nobody");
  EXPECT_LT(set->MemoryBytes(0), before / 100);
}

}  // namespace
}  // namespace keyway::data
