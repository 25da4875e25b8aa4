#include "server/keyspace/eviction.h"

#include <set>

#include "server/base/memory.h"
#include "tests/unit/keyspace/fixture.h"

namespace keyway::keyspace {
namespace {

using Outcome = Eviction::Outcome;

class EvictionTest : public KeyspaceFixture {
 protected:
  Eviction& eviction() { return keyspace_.eviction(); }
  void Use(EvictionPolicy policy, int samples = 5) {
    const bool lfu = policy == EvictionPolicy::kAllkeysLfu || policy == EvictionPolicy::kVolatileLfu;
    keyspace_.settings().access_tracking = lfu ? AccessTracking::kLfu : AccessTracking::kLru;
    eviction().set_settings({.max_memory = 1, .policy = policy, .samples = samples});
  }
  // Deletes the keys that go first, and returns their names in that order.
  std::vector<std::string> Evict(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
      const Eviction::Victim victim = eviction().Choose();
      if (victim.entry == nullptr) break;
      names.emplace_back(victim.entry->key());
      victim.db->DeleteEvicted(victim.entry, false);
    }
    return names;
  }
  static int NumberOf(const std::string& name) { return std::stoi(name.substr(name.find(':') + 1)); }
  // Of the keys that went, how many are numbered below `limit`, in percent.
  static int PercentBelow(const std::vector<std::string>& names, int limit) {
    int below = 0;
    for (const std::string& name : names) below += NumberOf(name) < limit;
    return names.empty() ? 0 : below * 100 / static_cast<int>(names.size());
  }
};

TEST_F(EvictionTest, LruTakesThoseThatWereUsedLongestAgo) {
  Use(EvictionPolicy::kAllkeysLru);
  constexpr int kKeys = 5000;
  for (int i = 0; i < kKeys; ++i) {
    Set("k:" + std::to_string(i), "v");
    Advance(2000);
  }
  // The oldest fifth: chance alone would take a fifth from it. Five samples a key bring about four fifths (70 to 87 % in 400 runs).
  EXPECT_GT(PercentBelow(Evict(kKeys / 10), kKeys / 5), 65);
}

TEST_F(EvictionTest, MoreSamplesAreMoreExact) {
  constexpr int kKeys = 5000;
  int percent[2];
  for (int round = 0; round < 2; ++round) {
    Use(EvictionPolicy::kAllkeysLru, round == 0 ? 1 : 30);
    db().Flush(FreeMode::kNow);
    for (int i = 0; i < kKeys; ++i) {
      Set("k:" + std::to_string(i), "v");
      Advance(2000);
    }
    percent[round] = PercentBelow(Evict(kKeys / 10), kKeys / 8);
  }
  EXPECT_LT(percent[0], percent[1]);
  EXPECT_GT(percent[1], 95);
}

TEST_F(EvictionTest, LruSparesWhatWasUsedAfterItCameIntoThePool) {
  Use(EvictionPolicy::kAllkeysLru, 30);  // all keys are looked at each time
  for (int i = 0; i < 10; ++i) {
    Set("k:" + std::to_string(i), "v");
    Advance(5000);
  }
  EXPECT_EQ(Evict(1), std::vector<std::string>{"k:0"});
  // These stand in the pool by now, and first.
  Get("k:1"), Get("k:2");
  Advance(1000);
  EXPECT_EQ(Evict(2), (std::vector<std::string>{"k:3", "k:4"}));
}

TEST_F(EvictionTest, LfuTakesThoseThatWereUsedLeast) {
  Use(EvictionPolicy::kAllkeysLfu);
  constexpr int kKeys = 2000;
  for (int i = 0; i < kKeys; ++i) {
    Set("k:" + std::to_string(i), "v");
    // The upper half is used.
    for (int uses = 0; i >= kKeys / 2 && uses < 20; ++uses) Get("k:" + std::to_string(i));
  }
  // One of the first may have to go although it is used: when all that was sampled yet is.
  EXPECT_GE(PercentBelow(Evict(kKeys / 4), kKeys / 2), 99);
}

TEST_F(EvictionTest, LfuForgetsOldUse) {
  Use(EvictionPolicy::kAllkeysLfu);
  for (int uses = 0; uses < 200; ++uses) Set("old", "v");
  Advance(60 * 60'000);
  Set("new", "v");
  for (int uses = 0; uses < 5; ++uses) Get("new");
  EXPECT_EQ(Evict(1), std::vector<std::string>{"old"});
}

TEST_F(EvictionTest, TtlTakesTheSoonestToExpire) {
  Use(EvictionPolicy::kVolatileTtl);
  constexpr int kKeys = 2000;
  for (int i = 0; i < kKeys; ++i) Set("k:" + std::to_string(i), "v", now() + 1'000'000 + i * 1000);
  for (int i = 0; i < kKeys; ++i) Set("lasting:" + std::to_string(i), "v");
  const std::vector<std::string> names = Evict(kKeys / 10);
  EXPECT_EQ(names.size(), static_cast<size_t>(kKeys / 10));
  EXPECT_GT(PercentBelow(names, kKeys / 5), 85);
}

TEST_F(EvictionTest, VolatilePoliciesTakeNothingElse) {
  for (const EvictionPolicy policy : {EvictionPolicy::kVolatileLru, EvictionPolicy::kVolatileLfu,
                                      EvictionPolicy::kVolatileRandom, EvictionPolicy::kVolatileTtl}) {
    Use(policy);
    keyspace_.FlushAll(FreeMode::kNow);
    for (int i = 0; i < 300; ++i) Set("lasting:" + std::to_string(i), "v");
    for (int i = 0; i < 100; ++i) Set("k:" + std::to_string(i), "v", now() + 1000 + i);
    EXPECT_EQ(Evict(1000).size(), 100u);
    EXPECT_EQ(db().size(), 300u);
  }
}

TEST_F(EvictionTest, AFewVolatileKeysAmongManyAreFound) {
  Use(EvictionPolicy::kVolatileLru);
  // All buckets have had marks, so that what the table remembers of them has to be found out to be old.
  for (int i = 0; i < 200'000; ++i) Set("k:" + std::to_string(i), "v", now() + 1000);
  for (int i = 3; i < 200'000; ++i)
    db().ClearExpiry(HashedKey("k:" + std::to_string(i)), db().FindRaw(HashedKey("k:" + std::to_string(i))));
  const std::vector<std::string> names = Evict(10);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), (std::set<std::string>{"k:0", "k:1", "k:2"}));
  EXPECT_EQ(db().size(), 199'997u);
}

TEST_F(EvictionTest, RandomIsFairAndGoesRoundTheDatabases) {
  for (const EvictionPolicy policy : {EvictionPolicy::kAllkeysRandom, EvictionPolicy::kVolatileRandom}) {
    Use(policy);
    keyspace_.FlushAll(FreeMode::kNow);
    for (int i = 0; i < 2000; ++i) {
      db(i % 2 == 0 ? 0 : 5)
          .Set(HashedKey("k:" + std::to_string(i)), data::Value::String("v"), {.expire_at_ms = now() + 1'000'000});
    }
    EXPECT_NEAR(PercentBelow(Evict(1000), 1000), 50, 8);
    EXPECT_EQ(db(0).size(), 500u);
    EXPECT_EQ(db(5).size(), 500u);
  }
}

TEST_F(EvictionTest, CandidatesOfAllDatabasesCompete) {
  Use(EvictionPolicy::kAllkeysLru);
  for (int i = 0; i < 16; ++i) {
    db(15 - i).Set(HashedKey("k:" + std::to_string(i)), data::Value::String("v"));
    Advance(5000);
  }
  EXPECT_EQ(Evict(3), (std::vector<std::string>{"k:0", "k:1", "k:2"}));
}

TEST_F(EvictionTest, NamesOfThePoolMayBeGoneOrSomethingElseByThen) {
  Use(EvictionPolicy::kVolatileLru, 16);
  for (int i = 0; i < 8; ++i) {
    Set("k:" + std::to_string(i), "v", now() + 1'000'000);
    Advance(5000);
  }
  EXPECT_EQ(Evict(1), std::vector<std::string>{"k:0"});
  db().Delete(HashedKey("k:1"));
  db().ClearExpiry(HashedKey("k:2"), db().FindRaw(HashedKey("k:2")));
  keyspace_.SwapDatabases(0, 3);
  EXPECT_EQ(Evict(1), std::vector<std::string>{"k:3"});
}

TEST_F(EvictionTest, TellsObserversOfEveryKey) {
  Use(EvictionPolicy::kAllkeysLru);
  Set("k", "v");
  observer_.Take();
  EXPECT_EQ(eviction().Free(), Outcome::kFailed) << "one byte is never enough";
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:k", "modified 0:k", "evicted 0:k", "evict 0:k"}));
  EXPECT_EQ(keyspace_.stats().evicted_keys, 1);
}

TEST_F(EvictionTest, BigValuesAreFreedLazilyIfAskedFor) {
  eviction().set_settings({.max_memory = 1, .policy = EvictionPolicy::kAllkeysRandom, .lazily = true});
  SetObject("big", 1000, &alive_);
  observer_.Take();
  eviction().Free();
  EXPECT_EQ(reclaimer_.calls, 1);
  EXPECT_EQ(observer_.Take().back(), "evict lazily 0:big");
  EXPECT_EQ(alive_, 0);
}

TEST_F(EvictionTest, NothingIsDeletedWithoutLimitOrPolicy) {
  Set("k", "v");
  EXPECT_TRUE(eviction().WithinLimit());
  EXPECT_FALSE(eviction().WouldExceed(size_t{1} << 40));
  EXPECT_EQ(eviction().Free(), Outcome::kDone);
  eviction().set_settings({.max_memory = 1});
  EXPECT_FALSE(eviction().WithinLimit());
  EXPECT_TRUE(eviction().WouldExceed(0));
  EXPECT_EQ(eviction().Free(), Outcome::kFailed);
  EXPECT_EQ(db().size(), 1u);
  // What waits for replicas is not covered by the limit.
  eviction().set_uncounted([] { return size_t{1} << 40; });
  EXPECT_EQ(eviction().Free(), Outcome::kDone);
  EXPECT_FALSE(eviction().WouldExceed(100));
}

TEST_F(EvictionTest, TimeOverTheLimitIsCounted) {
  eviction().set_settings({.max_memory = 1});
  eviction().Free();
  clock_.AdvanceMs(30);
  eviction().Free();
  EXPECT_EQ(keyspace_.stats().eviction_exceeded_us, 0);
  EXPECT_NE(keyspace_.stats().eviction_exceeded_since_us, 0);
  eviction().set_settings({.max_memory = size_t{1} << 40});
  EXPECT_FALSE(eviction().WithinLimit()) << "somebody has to take note that it is over";
  eviction().Free();
  EXPECT_TRUE(eviction().WithinLimit());
  EXPECT_EQ(keyspace_.stats().eviction_exceeded_us, 30'000);
  EXPECT_EQ(keyspace_.stats().eviction_exceeded_since_us, 0);
}

// A clock that moves by itself with each look.
class TickingClock : public Clock {
 public:
  int64_t WallUs() const override { return 1'700'000'000'000'000; }
  int64_t MonotonicUs() const override { return monotonic_us += step_us; }
  int64_t step_us = 0;
  mutable int64_t monotonic_us = 1;
};

TEST(EvictionTime, OneCallStopsWhenItsTimeIsUp) {
  struct Case {
    int tenacity;
    int64_t step_us;
    size_t deleted;  // 16 between two looks
  };
  // 50 us a step of tenacity up to 10, then 15 % more each: 500 * 1.15^10 = 2022 us.
  for (const Case& c :
       {Case{0, 1, 16}, Case{10, 200, 48}, Case{10, 501, 16}, Case{20, 1000, 48}, Case{100, 1'000'000, 1000}}) {
    TickingClock clock;
    ImmediateReclaimer reclaimer;
    Keyspace keyspace({}, clock, reclaimer);
    for (int i = 0; i < 1000; ++i) keyspace.db(0).Add(HashedKey(std::to_string(i)), data::Value::String("v"));
    keyspace.eviction().set_settings(
        {.max_memory = 1, .policy = EvictionPolicy::kAllkeysRandom, .tenacity = c.tenacity});
    clock.step_us = c.step_us;
    const Outcome outcome = keyspace.eviction().Free();
    EXPECT_EQ(1000 - keyspace.db(0).size(), c.deleted) << "tenacity " << c.tenacity;
    EXPECT_EQ(outcome, c.deleted == 1000 ? Outcome::kFailed : Outcome::kRunning);
    EXPECT_EQ(keyspace.eviction().unfinished(), outcome == Outcome::kRunning);
  }
}

}  // namespace
}  // namespace keyway::keyspace
