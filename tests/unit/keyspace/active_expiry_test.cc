#include "server/keyspace/keyspace.h"
#include "tests/unit/keyspace/fixture.h"

namespace keyway::keyspace {
namespace {

// A clock whose monotonic side moves by itself with each look, so that budgets run out.
class TickingClock : public Clock {
 public:
  int64_t WallUs() const override { return wall_ms * 1000; }
  int64_t MonotonicUs() const override { return monotonic_us += step_us; }
  int64_t wall_ms = 1'700'000'000'000;
  int64_t step_us = 0;
  mutable int64_t monotonic_us = 1;
};

class ActiveExpiryTest : public KeyspaceFixture {
 protected:
  void Fill(int count, int64_t expire_at_ms, const std::string& prefix = "k", int index = 0) {
    for (int i = 0; i < count; ++i) {
      db(index).Set(HashedKey(prefix + std::to_string(i)), data::Value::String("v"), {.expire_at_ms = expire_at_ms});
    }
  }
};

TEST_F(ActiveExpiryTest, ManyExpiredKeysGoInOneCycle) {
  Fill(10000, now() + 10);
  Advance(11);
  keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  // At most a tenth may be left over.
  EXPECT_LT(db().size(), 1000u);
  for (int i = 0; i < 200; ++i) keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(db().size(), 0u);
  EXPECT_EQ(keyspace_.stats().expired_keys, 10000);
  EXPECT_EQ(db().expiring_keys(), 0u);
}

TEST_F(ActiveExpiryTest, KeysWithoutExpiryAndThoseNotDueStay) {
  Fill(500, kNoExpiry, "lasting:");
  Fill(500, now() + 1'000'000, "later:");
  Fill(500, now() + 10, "due:");
  Advance(11);
  for (int i = 0; i < 100; ++i) keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(db().size(), 1000u);
  EXPECT_EQ(keyspace_.stats().expired_keys, 500);
}

TEST_F(ActiveExpiryTest, AFewAmongMillionsAreFoundSoon) {
  Fill(200000, kNoExpiry, "lasting:");
  Fill(3, now() + 10, "due:");
  Advance(11);
  for (int i = 0; i < 3; ++i) keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(keyspace_.stats().expired_keys, 3);
}

TEST_F(ActiveExpiryTest, EveryDatabaseHasItsTurn) {
  for (int index = 0; index < 16; ++index) Fill(5, now() + 10, "k", index);
  Advance(11);
  for (int i = 0; i < 10; ++i) keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(keyspace_.total_keys(), 0u);
}

TEST_F(ActiveExpiryTest, CanBeSwitchedOff) {
  Fill(5, now() + 10);
  Advance(11);
  keyspace_.settings().active_expire = false;
  keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(db().size(), 5u);
}

TEST_F(ActiveExpiryTest, EstimatesTheAverageTtl) {
  Fill(1000, now() + 60'000);
  for (int i = 0; i < 100; ++i) keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_NEAR(static_cast<double>(db().average_ttl_ms()), 60'000, 3000);
  db().Flush(FreeMode::kNow);
  keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(db().average_ttl_ms(), 0);
}

TEST_F(ActiveExpiryTest, TellsObserversOfEveryKey) {
  Fill(1, now() + 10);
  observer_.Take();
  Advance(11);
  keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:k0", "expired 0:k0", "modified 0:k0", "propagate 0:k0"}));
}

TEST(ActiveExpiryBudget, ACycleStopsWhenItsTimeIsUpAndAFastOneFollows) {
  TickingClock clock;
  ImmediateReclaimer reclaimer;
  Keyspace keyspace({}, clock, reclaimer);
  Database& db = keyspace.db(0);
  for (int i = 0; i < 20000; ++i) {
    db.Set(HashedKey("k" + std::to_string(i)), data::Value::String("v"), {.expire_at_ms = clock.wall_ms + 10});
  }
  clock.wall_ms += 11;
  // Each look costs 10 ms of 25: three looks, sixteen samples each.
  clock.step_us = 10'000;
  keyspace.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(keyspace.stats().expired_time_cap_reached, 1);
  EXPECT_GT(keyspace.stats().expired_keys, 0);
  EXPECT_LT(keyspace.stats().expired_keys, 5000);
  EXPECT_GT(keyspace.stats().expired_stale_percent, 0);
  EXPECT_GT(keyspace.stats().expire_cycle_us, 0);
  const int64_t before = keyspace.stats().expired_keys;
  keyspace.ActiveExpire(ExpiryCycle::kFast);
  EXPECT_GT(keyspace.stats().expired_keys, before);
}

TEST(ActiveExpiryBudget, FastCyclesRestWhenThereIsNothingToDo) {
  TickingClock clock;
  ImmediateReclaimer reclaimer;
  Keyspace keyspace({}, clock, reclaimer);
  keyspace.db(0).Set(HashedKey("k"), data::Value::String("v"), {.expire_at_ms = clock.wall_ms + 10});
  clock.wall_ms += 11;
  clock.monotonic_us = 1'000'000;
  keyspace.ActiveExpire(ExpiryCycle::kFast);
  EXPECT_EQ(keyspace.stats().expired_keys, 0);
  keyspace.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(keyspace.stats().expired_keys, 1);
}

}  // namespace
}  // namespace keyway::keyspace
