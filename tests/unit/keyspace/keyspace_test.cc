#include "server/keyspace/keyspace.h"

#include "tests/unit/keyspace/fixture.h"

namespace keyway::keyspace {
namespace {

class KeyspaceTest : public KeyspaceFixture {};

TEST_F(KeyspaceTest, HasAsManyDatabasesAsConfigured) {
  EXPECT_EQ(keyspace_.databases(), 16);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(db(i).index(), i);
}

TEST_F(KeyspaceTest, SwapExchangesContentsAndTellsBefore) {
  Set("zero", "0", now() + 100);
  db(1).Set(HashedKey("one"), data::Value::String("1"));
  db(1).Set(HashedKey("uno"), data::Value::String("1"));
  observer_.Take();
  keyspace_.SwapDatabases(0, 1);
  EXPECT_EQ(observer_.Take(), (Notes{"swap 0:1"}));
  EXPECT_EQ(Get("one"), "1");
  EXPECT_EQ(Get("zero", 1), "0");
  EXPECT_EQ(db(0).size(), 2u);
  EXPECT_EQ(db(0).expiring_keys(), 0u);
  EXPECT_EQ(db(1).expiring_keys(), 1u);
  keyspace_.SwapDatabases(3, 3);
  EXPECT_TRUE(observer_.Take().empty());
}

TEST_F(KeyspaceTest, FlushAllEmptiesEveryDatabase) {
  for (int i = 0; i < 16; ++i) db(i).Set(HashedKey("k"), data::Value::String("v"));
  EXPECT_EQ(keyspace_.total_keys(), 16u);
  EXPECT_EQ(keyspace_.FlushAll(FreeMode::kLazy), 16u);
  EXPECT_EQ(keyspace_.total_keys(), 0u);
}

TEST_F(KeyspaceTest, TimeStandsStillBetweenRefreshes) {
  const int64_t before = now();
  clock_.AdvanceMs(500);
  EXPECT_EQ(now(), before);
  keyspace_.RefreshTime();
  EXPECT_EQ(now(), before + 500);
}

TEST_F(KeyspaceTest, GrowthAsksTheGate) {
  bool allowed = false;
  size_t asked = 0;
  keyspace_.set_growth_gate([&](size_t more_bytes) {
    asked = more_bytes;
    return allowed;
  });
  for (int i = 0; i < 9; ++i) Set("k" + std::to_string(i), "v");
  EXPECT_EQ(asked, 128u);
  EXPECT_EQ(db().table().buckets(), 1u);
  allowed = true;
  Set("more", "v");
  EXPECT_EQ(db().table().buckets(), 3u);  // one bucket being emptied into two
}

TEST_F(KeyspaceTest, MaintenanceShrinksAndFinishesResizes) {
  for (int index : {0, 5, 15}) {
    for (int i = 0; i < 20000; ++i) db(index).Set(HashedKey("k" + std::to_string(i)), data::Value::String("v"));
    for (int i = 10; i < 20000; ++i) db(index).Delete(HashedKey("k" + std::to_string(i)));
  }
  for (int i = 0; i < 10000; ++i) keyspace_.Maintain();
  for (int index : {0, 5, 15}) {
    EXPECT_FALSE(db(index).table().resizing());
    EXPECT_LT(db(index).overhead_bytes(), 1000u);
    EXPECT_EQ(db(index).size(), 10u);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(Get("k" + std::to_string(i), index), "v");
  }
}

}  // namespace
}  // namespace keyway::keyspace
