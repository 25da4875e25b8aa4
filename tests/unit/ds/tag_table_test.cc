#include "server/ds/tag_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "server/base/clock.h"
#include "server/base/random.h"

namespace keyway::ds {
namespace {

struct Item {
  uint64_t id;
  uint64_t hash;
};

uint64_t HashOf(const void* entry) { return static_cast<const Item*>(entry)->hash; }

// Stands for the memory gate.
bool growth_allowed = true;
size_t growth_asked_bytes = 0;
bool MayGrow(const TagTable&, size_t more_bytes) {
  growth_asked_bytes = more_bytes;
  return growth_allowed;
}

const TablePolicy kPolicy = {.hash = &HashOf};
const TablePolicy kGatedPolicy = {.hash = &HashOf, .may_grow = &MayGrow};

// Mixes well, so that ids are as good as hashed names.
uint64_t Mix(uint64_t id) {
  Random random(id);
  return random.Next();
}

class TagTableTest : public testing::Test {
 protected:
  void TearDown() override {
    SetResizeMode(ResizeMode::kAllowed);
    growth_allowed = true;
  }

  Item* NewItem(uint64_t id, uint64_t hash) {
    items_.push_back(Item{id, hash});
    return &items_.back();
  }
  Item* Insert(TagTable& table, uint64_t id, bool marked = false) { return InsertHashed(table, id, Mix(id), marked); }
  Item* InsertHashed(TagTable& table, uint64_t id, uint64_t hash, bool marked = false) {
    Item* item = NewItem(id, hash);
    table.Insert(hash, item, marked);
    return item;
  }
  static Item* Find(const TagTable& table, uint64_t id) { return FindHashed(table, id, Mix(id)); }
  static Item* FindHashed(const TagTable& table, uint64_t id, uint64_t hash) {
    return static_cast<Item*>(
        table.Find(hash, [id](const void* entry) { return static_cast<const Item*>(entry)->id == id; }));
  }
  static bool Remove(TagTable& table, uint64_t id) {
    return table.Remove(Mix(id), [id](const void* entry) { return static_cast<const Item*>(entry)->id == id; }) !=
           nullptr;
  }
  static void FinishResize(TagTable& table) {
    while (table.resizing()) table.ResizeFor(1000, SystemClock());
  }

  std::deque<Item> items_;
};

TEST_F(TagTableTest, EmptyTableFindsNothingAndOwnsNothing) {
  TagTable table(kPolicy);
  EXPECT_EQ(Find(table, 1), nullptr);
  EXPECT_FALSE(Remove(table, 1));
  EXPECT_EQ(table.memory_bytes(), 0u);
  Random random(1);
  EXPECT_EQ(table.RandomEntry(random), nullptr);
  EXPECT_EQ(table.Scan(0, [](void*) { FAIL(); }), 0u);
  EXPECT_FALSE(table.ShrinkIfSparse());
}

TEST_F(TagTableTest, SevenEntriesFitIntoOneCacheLine) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 7; ++id) Insert(table, id);
  EXPECT_EQ(table.memory_bytes(), 64u);
  EXPECT_FALSE(table.resizing());
}

TEST_F(TagTableTest, BehavesLikeAMapUnderRandomOperations) {
  for (int round = 0; round < 6; ++round) {
    const uint64_t seed = Random().Next();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    TagTable table(kPolicy);
    std::unordered_map<uint64_t, std::pair<Item*, bool>> model;
    const uint64_t universe = 1 + random.Below(20000);
    // Few distinct hashes in some rounds: long chains of equal tags.
    const uint64_t hash_kinds = round % 2 == 0 ? 0 : 1 + random.Below(50);
    auto hash_of = [&](uint64_t id) { return hash_kinds == 0 ? Mix(id) : Mix(id % hash_kinds); };
    for (int step = 0; step < 60000; ++step) {
      // The mood changes, so that the table grows and shrinks.
      const bool growing = (step / 15000) % 2 == 0;
      const uint64_t id = random.Below(universe);
      const uint64_t hash = hash_of(id);
      const auto known = model.find(id);
      const uint64_t what = random.Below(100);
      if (what < (growing ? 60u : 20u)) {
        if (known == model.end()) {
          const bool marked = random.Below(2) == 0;
          model[id] = {InsertHashed(table, id, hash, marked), marked};
        } else {
          const bool marked = random.Below(2) == 0;
          table.SetMark(hash, known->second.first, marked);
          known->second.second = marked;
        }
      } else if (what < 85) {
        if (known != model.end()) {
          ASSERT_TRUE(table.RemoveEntry(hash, known->second.first));
          model.erase(known);
        } else {
          ASSERT_FALSE(table.RemoveEntry(hash, &seed));
        }
      } else if (what < 90 && known != model.end()) {
        Item* replacement = NewItem(id, hash);
        table.ReplaceEntry(hash, known->second.first, replacement);
        known->second.first = replacement;
      } else {
        ASSERT_EQ(FindHashed(table, id, hash), known == model.end() ? nullptr : known->second.first);
      }
      if (step % 5000 == 0) table.ShrinkIfSparse();
      ASSERT_EQ(table.size(), model.size());
    }
    std::unordered_set<uint64_t> seen;
    table.ForEach([&](void* entry) { EXPECT_TRUE(seen.insert(static_cast<Item*>(entry)->id).second); });
    EXPECT_EQ(seen.size(), model.size());
    std::unordered_set<uint64_t> marked;
    uint64_t position = 0;
    do {
      table.ScanMarked(&position, 100, [&](void* entry) { marked.insert(static_cast<Item*>(entry)->id); });
    } while (position != 0);
    for (const auto& [id, state] : model) {
      EXPECT_EQ(FindHashed(table, id, hash_of(id)), state.first);
      EXPECT_EQ(marked.contains(id), state.second) << id;
    }
    // All that grew for them goes with them.
    for (const auto& [id, state] : model) table.RemoveEntry(hash_of(id), state.first);
    FinishResize(table);
    while (table.ShrinkIfSparse()) FinishResize(table);
    EXPECT_LE(table.memory_bytes(), 64u + 8u);
  }
}

TEST_F(TagTableTest, GrowsInSmallSlices) {
  TagTable table(kPolicy);
  uint64_t id = 0;
  while (table.buckets() < 1024 || table.resizing()) Insert(table, id++);
  while (!table.resizing()) Insert(table, id++);
  // One operation moves one bucket of 1024, so the resize spans many of them.
  uint64_t operations = 0;
  for (; table.resizing(); ++operations) table.Step();
  EXPECT_GE(operations, 512u);
  for (uint64_t known = 0; known < id; ++known) ASSERT_NE(Find(table, known), nullptr);
}

TEST_F(TagTableTest, ResizeForKeepsItsBudget) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; table.buckets() < 4096 || !table.resizing(); ++id) Insert(table, id);
  const ManualClock stopped;  // time stands still: one round of the budget's check is all
  EXPECT_TRUE(table.ResizeFor(0, stopped));
  EXPECT_TRUE(table.resizing());
  FinishResize(table);
  EXPECT_FALSE(table.ResizeFor(1000, stopped));
}

TEST_F(TagTableTest, DoesNotGrowWhileAChildRuns) {
  TagTable table(kPolicy);
  uint64_t id = 0;
  while (table.buckets() < 256 || table.resizing()) Insert(table, id++);
  SetResizeMode(ResizeMode::kAvoid);
  const size_t buckets = table.buckets();
  const uint64_t limit = buckets * TagTable::kHardEntriesPerBucket;
  while (table.size() < limit) Insert(table, id++);
  EXPECT_EQ(table.buckets(), buckets);
  // Beyond the hard limit it has to, and carries it through.
  Insert(table, id++);
  EXPECT_TRUE(table.resizing());
  for (int i = 0; i < 300; ++i) table.Step();
  EXPECT_FALSE(table.resizing());
  for (uint64_t known = 0; known < id; ++known) ASSERT_NE(Find(table, known), nullptr);
}

TEST_F(TagTableTest, AResizeUnderWayStopsWhileAChildRuns) {
  TagTable table(kPolicy);
  uint64_t id = 0;
  while (table.buckets() < 256 || !table.resizing()) Insert(table, id++);
  SetResizeMode(ResizeMode::kAvoid);
  EXPECT_TRUE(table.ResizeFor(1'000'000, SystemClock()));
  EXPECT_TRUE(table.resizing());
  SetResizeMode(ResizeMode::kAllowed);
  EXPECT_TRUE(table.ResizeFor(1'000'000, SystemClock()));
  EXPECT_FALSE(table.resizing());
}

TEST_F(TagTableTest, TheShrinkOfAnAllButEmptyTableGoesOnWhileAChildRuns) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 10'000; ++id) Insert(table, id);
  FinishResize(table);
  for (uint64_t id = 10; id < 10'000; ++id) ASSERT_TRUE(Remove(table, id));
  ASSERT_TRUE(table.ShrinkIfSparse());
  SetResizeMode(ResizeMode::kAvoid);
  EXPECT_TRUE(table.ResizeFor(1'000'000, SystemClock()));
  EXPECT_FALSE(table.resizing());
  for (uint64_t id = 0; id < 10; ++id) EXPECT_NE(Find(table, id), nullptr);
}

TEST_F(TagTableTest, AsksTheGateBeforeItGrows) {
  TagTable table(kGatedPolicy);
  uint64_t id = 0;
  while (table.buckets() < 64 || table.resizing()) Insert(table, id++);
  const size_t buckets = table.buckets();
  growth_allowed = false;
  while (table.size() < buckets * 7 * 3 / 2) Insert(table, id++);
  EXPECT_EQ(table.buckets(), buckets);
  EXPECT_EQ(growth_asked_bytes, buckets * 2 * 64);
  growth_allowed = true;
  Insert(table, id++);
  EXPECT_TRUE(table.resizing());
}

TEST_F(TagTableTest, ADeniedGrowthDoesNotWaitForever) {
  TagTable table(kGatedPolicy);
  uint64_t id = 0;
  while (table.buckets() < 64 || table.resizing()) Insert(table, id++);
  const size_t buckets = table.buckets();
  growth_allowed = false;
  while (table.size() < buckets * 12) Insert(table, id++);
  EXPECT_GT(table.buckets(), buckets);
}

TEST_F(TagTableTest, ShrinksWhenSparse) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 100000; ++id) Insert(table, id);
  FinishResize(table);
  const size_t full = table.memory_bytes();
  for (uint64_t id = 1000; id < 100000; ++id) ASSERT_TRUE(Remove(table, id));
  EXPECT_TRUE(table.ShrinkIfSparse());
  FinishResize(table);
  EXPECT_LT(table.memory_bytes(), full / 20);
  for (uint64_t id = 0; id < 1000; ++id) ASSERT_NE(Find(table, id), nullptr);
}

TEST_F(TagTableTest, ReserveMakesRoomAtOnce) {
  TagTable table(kPolicy);
  table.Reserve(100000);
  const size_t bytes = table.memory_bytes();
  for (uint64_t id = 0; id < 100000; ++id) Insert(table, id);
  EXPECT_FALSE(table.resizing());
  EXPECT_LT(table.memory_bytes(), bytes * 3 / 2);  // children only
}

// ---- scanning ----

// What SCAN promises: entries that are there all the time are returned, whatever happens to the others.
TEST_F(TagTableTest, ScanReturnsEveryLastingEntryWhileTheTableGrowsAndShrinks) {
  for (int round = 0; round < 30; ++round) {
    const uint64_t seed = Random().Next();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    TagTable table(kPolicy);
    const uint64_t lasting = 1 + random.Below(3000);
    for (uint64_t id = 0; id < lasting; ++id) Insert(table, id);
    std::vector<uint64_t> passing;
    uint64_t next_id = 1'000'000;
    std::unordered_set<uint64_t> seen;
    uint64_t cursor = 0;
    int calls = 0;
    do {
      cursor = table.Scan(cursor, [&](void* entry) { seen.insert(static_cast<Item*>(entry)->id); });
      const bool growing = (calls / 40) % 2 == 0;
      for (uint64_t n = random.Below(200); n > 0; --n) {
        if (growing) {
          Insert(table, next_id);
          passing.push_back(next_id++);
        } else if (!passing.empty()) {
          ASSERT_TRUE(Remove(table, passing.back()));
          passing.pop_back();
        }
      }
      table.ShrinkIfSparse();
      if (random.Below(3) == 0) table.ResizeFor(static_cast<int64_t>(random.Below(50)), SystemClock());
      ASSERT_LT(++calls, 1'000'000);
    } while (cursor != 0);
    for (uint64_t id = 0; id < lasting; ++id) ASSERT_TRUE(seen.contains(id)) << id;
  }
}

TEST_F(TagTableTest, ScanReturnsEachEntryOnceWhileNothingIsResized) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 5000; ++id) Insert(table, id);
  FinishResize(table);
  std::multiset<uint64_t> seen;
  uint64_t cursor = 0;
  size_t most_at_once = 0;
  do {
    size_t at_once = 0;
    cursor = table.Scan(cursor, [&](void* entry) { seen.insert(static_cast<Item*>(entry)->id), ++at_once; });
    most_at_once = std::max(most_at_once, at_once);
  } while (cursor != 0);
  EXPECT_EQ(seen.size(), 5000u);
  EXPECT_EQ(std::set<uint64_t>(seen.begin(), seen.end()).size(), 5000u);
  EXPECT_LT(most_at_once, 40u);
}

TEST_F(TagTableTest, ScanGivesAWholeChainOut) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 50; ++id) InsertHashed(table, id, uint64_t{0x5a} << 56);
  FinishResize(table);
  size_t seen = 0;
  for (uint64_t cursor = table.Scan(0, [&](void*) { ++seen; }); cursor != 0;)
    cursor = table.Scan(cursor, [&](void*) { ++seen; });
  EXPECT_EQ(seen, 50u);
}

TEST_F(TagTableTest, AnyCursorIsTaken) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 1000; ++id) Insert(table, id);
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    uint64_t cursor = random.Next();
    for (int calls = 0; cursor != 0; ++calls) {
      ASSERT_LT(calls, 10000);
      cursor = table.Scan(cursor, [](void*) {});
    }
  }
}

TEST_F(TagTableTest, VisitorsMayRemoveWhatTheyGet) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 5000; ++id) Insert(table, id, id % 3 == 0);
  table.ForEach([&](void* entry) {
    if (static_cast<Item*>(entry)->id % 2 != 0) return;
    ASSERT_TRUE(table.RemoveEntry(HashOf(entry), entry));
  });
  EXPECT_EQ(table.size(), 2500u);
  uint64_t position = 0;
  do {
    table.ScanMarked(&position, 10, [&](void* entry) { ASSERT_TRUE(table.RemoveEntry(HashOf(entry), entry)); });
  } while (position != 0);
  EXPECT_EQ(table.size(), 1667u);
  uint64_t cursor = 0;
  do {
    cursor = table.Scan(cursor, [&](void* entry) { ASSERT_TRUE(table.RemoveEntry(HashOf(entry), entry)); });
  } while (cursor != 0);
  EXPECT_TRUE(table.empty());
  // The holes of the first round are gone too.
  for (uint64_t id = 0; id < 5000; ++id) Insert(table, id);
  for (uint64_t id = 0; id < 5000; ++id) ASSERT_NE(Find(table, id), nullptr);
}

TEST_F(TagTableTest, ForEachStopsWhenTold) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 100; ++id) Insert(table, id);
  int visited = 0;
  table.ForEach([&](void*) { return ++visited < 10; });
  EXPECT_EQ(visited, 10);
}

TEST_F(TagTableTest, NothingMovesDuringAPause) {
  TagTable table(kPolicy);
  uint64_t id = 0;
  while (table.buckets() < 256 || !table.resizing()) Insert(table, id++);
  {
    const TagTable::Pause pause(table);
    for (int i = 0; i < 1000; ++i) table.Step();
    EXPECT_FALSE(table.ResizeFor(1000, SystemClock()));
    EXPECT_TRUE(table.resizing());
  }
  FinishResize(table);
}

TEST_F(TagTableTest, MarksAreFoundWithoutLookingAtEveryBucket) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 300000; ++id) Insert(table, id);
  FinishResize(table);
  Item* rare = Insert(table, 1'000'000, true);
  std::vector<void*> found;
  uint64_t position = 0;
  size_t looked_at = 0;
  do {
    looked_at += table.ScanMarked(&position, 1000, [&](void* entry) { found.push_back(entry); });
  } while (position != 0);
  EXPECT_EQ(found, std::vector<void*>{rare});
  EXPECT_LT(looked_at, table.buckets() / 100);
  table.SetMark(rare->hash, rare, false);
  do {
    table.ScanMarked(&position, 1000, [&](void*) { ADD_FAILURE(); });
  } while (position != 0);
}

TEST_F(TagTableTest, GroupsWithoutMarksAreForgottenHoweverSmallTheSteps) {
  TagTable table(kPolicy);
  std::vector<Item*> items;
  for (uint64_t id = 0; id < 100000; ++id) items.push_back(Insert(table, id, true));
  FinishResize(table);
  for (size_t i = 1; i < items.size(); ++i) table.SetMark(items[i]->hash, items[i], false);
  const auto round = [&] {
    size_t calls = 0, found = 0;
    uint64_t position = 0;
    do {
      table.ScanMarked(&position, 1, [&](void*) { ++found; });
      ++calls;
    } while (position != 0);
    EXPECT_EQ(found, 1u);
    return calls;
  };
  round();
  // A group that has a mark is 64 buckets, and 64 groups without are one step.
  EXPECT_LT(round(), 64 + table.buckets() / 64 / 64 + 10);
}

TEST_F(TagTableTest, SamplesAreOfTheSizeAskedForAndLeaveNobodyOut) {
  Random random(20261124);
  TagTable table(kPolicy);
  table.SampleEntries(random, 5, [](void*) { ADD_FAILURE() << "from an empty table"; });
  constexpr uint64_t kEntries = 3000, kSamples = 60000;
  std::vector<uint64_t> counts(kEntries);
  for (uint64_t id = 0; id < kEntries; ++id) {
    Insert(table, id);
    // Small tables, and tables that are being resized, too.
    size_t visited = 0;
    table.SampleEntries(random, 5, [&](void*) { ++visited; });
    ASSERT_LE(visited, 5u);
    ASSERT_GE(visited, 1u);
  }
  for (uint64_t i = 0; i < kSamples; ++i) {
    size_t visited = 0;
    table.SampleEntries(random, 5, [&](void* entry) { ++visited, ++counts[static_cast<Item*>(entry)->id]; });
    ASSERT_EQ(visited, 5u);
  }
  // On average 100 each.
  for (uint64_t count : counts) {
    EXPECT_GT(count, 30u);
    EXPECT_LT(count, 300u);
  }
}

// ---- random picks ----

double ChiSquare(TagTable& table, uint64_t entries, uint64_t picks_each, Random& random) {
  std::vector<uint64_t> counts(entries);
  for (uint64_t i = 0; i < entries * picks_each; ++i) ++counts[static_cast<Item*>(table.RandomEntry(random))->id];
  double sum = 0;
  for (const uint64_t count : counts) {
    const double off = static_cast<double>(count) - static_cast<double>(picks_each);
    sum += off * off / static_cast<double>(picks_each);
  }
  return sum;
}

// Five standard deviations up the distribution (Wilson and Hilferty's approximation).
double ChiSquareLimit(uint64_t entries) {
  const double freedom = static_cast<double>(entries - 1);
  const double spread = 2 / (9 * freedom);
  return freedom * std::pow(1 - spread + 5 * std::sqrt(spread), 3);
}

TEST_F(TagTableTest, RandomEntriesAreUniform) {
  for (const uint64_t entries : {2, 7, 8, 100, 777, 3000}) {
    const uint64_t seed = Random().Next();
    SCOPED_TRACE(testing::Message() << entries << " entries, seed " << seed);
    Random random(seed);
    TagTable table(kPolicy);
    for (uint64_t id = 0; id < entries; ++id) Insert(table, id);
    EXPECT_LT(ChiSquare(table, entries, 200, random), ChiSquareLimit(entries));
  }
}

TEST_F(TagTableTest, RandomEntriesAreUniformInLongChainsAndDuringResizes) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  TagTable chains(kPolicy);
  // Half of them in one chain.
  for (uint64_t id = 0; id < 400; ++id) InsertHashed(chains, id, id % 2 == 0 ? uint64_t{3} << 60 : Mix(id));
  EXPECT_LT(ChiSquare(chains, 400, 200, random), ChiSquareLimit(400));

  TagTable table(kPolicy);
  uint64_t id = 0;
  while (table.buckets() < 128 || !table.resizing()) Insert(table, id++);
  for (int i = 0; i < 30; ++i) table.Step();
  ASSERT_TRUE(table.resizing());
  EXPECT_LT(ChiSquare(table, id, 200, random), ChiSquareLimit(id));
}

TEST_F(TagTableTest, RandomEntryOfAnAlmostEmptyTableIsFound) {
  TagTable table(kPolicy);
  for (uint64_t id = 0; id < 200000; ++id) Insert(table, id);
  FinishResize(table);
  for (uint64_t id = 1; id < 200000; ++id) ASSERT_TRUE(Remove(table, id));
  Random random(3);
  EXPECT_EQ(static_cast<Item*>(table.RandomEntry(random))->id, 0u);
}

// ---- the rest ----

TEST_F(TagTableTest, MoveAndSwapTakeEverythingAlong) {
  TagTable first(kPolicy);
  for (uint64_t id = 0; id < 1000; ++id) Insert(first, id);
  TagTable second(std::move(first));
  EXPECT_EQ(second.size(), 1000u);
  EXPECT_TRUE(first.empty());
  Insert(first, 5000);
  first.Swap(second);
  EXPECT_EQ(second.size(), 1u);
  EXPECT_NE(Find(first, 999), nullptr);
  first = TagTable(kPolicy);
  EXPECT_TRUE(first.empty());
}

TEST_F(TagTableTest, PrefetchIsSafeInEveryState) {
  TagTable table(kPolicy);
  table.PrefetchBucket(1);
  table.PrefetchEntry(1);
  for (uint64_t id = 0; id < 5000; ++id) {
    table.PrefetchBucket(Mix(id));
    table.PrefetchEntry(Mix(id));
    Insert(table, id);
    table.PrefetchEntry(Mix(id));
  }
}

TEST_F(TagTableTest, DescribesItself) {
  TagTable table(kPolicy);
  EXPECT_EQ(table.DescribeStats(true), "No stats available for empty dictionaries\n");
  for (uint64_t id = 0; id < 6; ++id) Insert(table, id);
  EXPECT_NE(table.DescribeStats(false).find("number of elements: 6\n"), std::string::npos);
  EXPECT_NE(table.DescribeStats(true).find("max chain length: 6\n"), std::string::npos);
}

}  // namespace
}  // namespace keyway::ds
