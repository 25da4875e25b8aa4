#include "server/keyspace/database.h"

#include <limits>
#include <set>

#include "tests/unit/keyspace/fixture.h"

namespace keyway::keyspace {
namespace {

class DatabaseTest : public KeyspaceFixture {};

// ---- finding ----

TEST_F(DatabaseTest, FindsWhatWasSet) {
  Set("k", "hello");
  EXPECT_EQ(Get("k"), "hello");
  EXPECT_EQ(Get("other"), "(nil)");
  EXPECT_EQ(Get("k", 1), "(nil)");
  EXPECT_EQ(db().size(), 1u);
  EXPECT_EQ(db().FindRaw(HashedKey("k"))->key(), "k");
}

TEST_F(DatabaseTest, KeysAreBytesOfAnyLength) {
  const std::string binary("a\0b\r\n\xff", 6);
  for (const size_t length : {0u, 1u, 127u, 128u, 16383u, 16384u, 300000u}) {
    const std::string key = std::string(length, 'k');
    Set(key, "v" + std::to_string(length));
    EXPECT_EQ(Get(key), "v" + std::to_string(length));
    EXPECT_EQ(db().FindRaw(HashedKey(key))->key(), key);
  }
  Set(binary, "b");
  EXPECT_EQ(Get(binary), "b");
  EXPECT_EQ(db().size(), 8u);
}

TEST_F(DatabaseTest, ReadsCountHitsAndMissesAndTellOfMisses) {
  Set("k", "v");
  observer_.Take();
  db().FindForRead(HashedKey("k"));
  db().FindForRead(HashedKey("gone"));
  EXPECT_EQ(keyspace_.stats().hits, 1);
  EXPECT_EQ(keyspace_.stats().misses, 1);
  EXPECT_EQ(observer_.Take(), Notes{"keymiss 0:gone"});
  db().FindForRead(HashedKey("gone"), kNoStats | kNoNotify);
  db().FindForWrite(HashedKey("gone"));
  db().FindForWrite(HashedKey("k"));
  EXPECT_EQ(keyspace_.stats().hits, 1);
  EXPECT_EQ(keyspace_.stats().misses, 1);
  EXPECT_EQ(observer_.Take(), Notes{});
}

TEST_F(DatabaseTest, LookupsTouchTheClockUnlessToldNotTo) {
  Entry* entry = Set("k", "v");
  Advance(60'000);
  EXPECT_EQ(keyspace_.IdleMs(entry), 60'000);
  db().FindForRead(HashedKey("k"), kNoTouch);
  EXPECT_EQ(keyspace_.IdleMs(entry), 60'000);
  keyspace_.set_touching(false);
  db().FindForRead(HashedKey("k"));
  EXPECT_EQ(keyspace_.IdleMs(entry), 60'000);
  keyspace_.set_touching(true);
  db().FindForRead(HashedKey("k"));
  EXPECT_EQ(keyspace_.IdleMs(entry), 0);
  keyspace_.SetIdleMs(entry, 1'000'000);
  EXPECT_EQ(keyspace_.IdleMs(entry), 1'000'000);
  // Overwriting is a use.
  EXPECT_EQ(keyspace_.IdleMs(Set("k", "w")), 0);
}

TEST_F(DatabaseTest, LfuCountsUses) {
  keyspace_.settings().access_tracking = AccessTracking::kLfu;
  Entry* entry = Set("k", "v");
  EXPECT_EQ(keyspace_.Frequency(entry), kLfuInitialCount);
  db().FindForRead(HashedKey("k"));
  EXPECT_EQ(keyspace_.Frequency(entry), kLfuInitialCount + 1);
  keyspace_.SetFrequency(entry, 200);
  keyspace_.SetIdleMs(entry, 5000);  // of the other tracking: ignored
  EXPECT_EQ(keyspace_.Frequency(entry), 200);
  Advance(30 * 60'000);
  EXPECT_EQ(keyspace_.Frequency(entry), 170);
}

// ---- adding, replacing, deleting ----

TEST_F(DatabaseTest, TellsWhatCameAndWent) {
  Set("k", "v");
  EXPECT_EQ(observer_.Take(), (Notes{"added 0:k", "new 0:k", "modified 0:k"}));
  Set("k", "w");
  EXPECT_EQ(observer_.Take(), (Notes{"modified 0:k"}));
  SetObject("k", 1);
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:k", "added 0:k", "modified 0:k"}));
  db().Set(HashedKey("k"), data::Value::Integer(1), {.signal = false});
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:k", "added 0:k"}));
  EXPECT_TRUE(db().Delete(HashedKey("k")));
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:k"}));
  EXPECT_FALSE(db().Delete(HashedKey("k")));
  EXPECT_EQ(observer_.Take(), Notes{});
  db().Changed(HashedKey("k"), EventClass::kGeneric, "del", 3);
  EXPECT_EQ(observer_.Take(), (Notes{"modified 0:k", "del 0:k"}));
  EXPECT_EQ(keyspace_.dirty(), 3);
  keyspace_.RemoveObserver(observer_);
  Set("silent", "v");
  EXPECT_EQ(observer_.Take(), Notes{});
}

TEST_F(DatabaseTest, ObjectsBelongToTheirEntry) {
  int& alive = alive_;
  SetObject("a", 1, &alive);
  SetObject("b", 1, &alive);
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(data::TypeName(db().FindRaw(HashedKey("a"))->type()), "set");
  EXPECT_EQ(EncodingOf("a"), "listpack");
  Set("a", "text now");
  EXPECT_EQ(alive, 1);
  SetObject("b", 1, &alive);
  EXPECT_EQ(alive, 1);
  db().Delete(HashedKey("b"));
  EXPECT_EQ(alive, 0);
  SetObject("c", 1, &alive);
  db().Flush(FreeMode::kNow);
  EXPECT_EQ(alive, 0);
}

TEST_F(DatabaseTest, HugeValuesAreFreedElsewhereByEveryWay) {
  int& alive = alive_;
  SetObject("k", 65'536, &alive);
  db().Delete(HashedKey("k"), FreeMode::kNow);
  EXPECT_EQ(reclaimer_.calls, 0);
  SetObject("k", 65'537, &alive);
  db().Delete(HashedKey("k"), FreeMode::kNow);
  EXPECT_EQ(reclaimer_.calls, 1);
  SetObject("k", 65'537, &alive);
  Set("k", "text now");
  EXPECT_EQ(reclaimer_.calls, 2);
  EXPECT_EQ(alive, 0);
}

TEST_F(DatabaseTest, BigValuesAreFreedElsewhereWhenAskedTo) {
  int& alive = alive_;
  SetObject("small", 64, &alive);
  SetObject("big", 65, &alive);
  db().Delete(HashedKey("small"), FreeMode::kLazy);
  EXPECT_EQ(reclaimer_.calls, 0);
  db().Delete(HashedKey("big"), FreeMode::kLazy);
  EXPECT_EQ(reclaimer_.calls, 1);
  EXPECT_EQ(reclaimer_.freed_objects(), 1u);
  SetObject("big", 65, &alive);
  db().Delete(HashedKey("big"));
  EXPECT_EQ(reclaimer_.calls, 1);
  keyspace_.settings().lazy_server_del = true;
  SetObject("big", 65, &alive);
  db().Delete(HashedKey("big"));
  EXPECT_EQ(reclaimer_.calls, 2);
  SetObject("big", 65, &alive);
  Set("big", "overwritten");
  EXPECT_EQ(reclaimer_.calls, 3);
  EXPECT_EQ(Get("big"), "overwritten");
  EXPECT_EQ(alive, 0);
}

// ---- expiry ----

TEST_F(DatabaseTest, AnExpiryComesAndGoes) {
  const HashedKey key("k");
  Entry* entry = Set("k", "value");
  EXPECT_EQ(entry->expire_at_ms(), kNoExpiry);
  entry = db().SetExpiry(key, entry, now() + 100);
  EXPECT_EQ(entry->expire_at_ms(), now() + 100);
  EXPECT_EQ(db().expiring_keys(), 1u);
  entry = db().SetExpiry(key, entry, now() + 200);
  EXPECT_EQ(db().expiring_keys(), 1u);
  EXPECT_EQ(Get("k"), "value");
  entry = db().ClearExpiry(key, entry);
  EXPECT_FALSE(entry->has_expiry());
  EXPECT_EQ(db().expiring_keys(), 0u);
  EXPECT_EQ(Get("k"), "value");
  EXPECT_EQ(db().ClearExpiry(key, entry), entry);
}

TEST_F(DatabaseTest, SetDropsTheExpiryUnlessToldToKeepIt) {
  const HashedKey key("k");
  Set("k", "v", now() + 1000);
  db().Set(key, data::Value::String("w"), {.keep_ttl = true});
  EXPECT_EQ(db().FindRaw(key)->expire_at_ms(), now() + 1000);
  Set("k", "x");
  EXPECT_FALSE(db().FindRaw(key)->has_expiry());
  EXPECT_EQ(db().expiring_keys(), 0u);
  Set("k", "y", now() + 5);
  db().Set(key, data::Value::String("w"), {.keep_ttl = true, .expire_at_ms = now() + 7});
  EXPECT_EQ(db().FindRaw(key)->expire_at_ms(), now() + 7);
  db().Delete(key);
  EXPECT_EQ(db().expiring_keys(), 0u);
}

TEST_F(DatabaseTest, AnyTimeInThePastIsAnExpiry) {
  keyspace_.set_expiry_mode(ExpiryMode::kIgnore);
  for (const int64_t when : {int64_t{-1}, int64_t{0}, std::numeric_limits<int64_t>::min()}) {
    const Entry* entry = db().SetExpiry(HashedKey("k"), Set("k", "v"), when);
    EXPECT_TRUE(entry->has_expiry());
    EXPECT_EQ(entry->expire_at_ms(), 0);
  }
  keyspace_.set_expiry_mode(ExpiryMode::kDelete);
  EXPECT_EQ(Get("k"), "(nil)");
}

TEST_F(DatabaseTest, ExpiryKeepsValuesOfEverySizeWhole) {
  for (size_t length = 0; length < 300; ++length) {
    const HashedKey key("key");
    const std::string text(length, 'x');
    Entry* entry = Set("key", text);
    entry = db().SetExpiry(key, entry, now() + 9);
    ASSERT_EQ(Get("key"), text);
    ASSERT_EQ(entry->expire_at_ms(), now() + 9);
    entry = db().ClearExpiry(key, entry);
    ASSERT_EQ(Get("key"), text);
    ASSERT_EQ(entry->key(), "key");
  }
}

TEST_F(DatabaseTest, ReadersDeleteWhatHasExpired) {
  Set("k", "v", now() + 100);
  observer_.Take();
  Advance(100);
  EXPECT_EQ(Get("k"), "v");  // to the millisecond
  Advance(1);
  EXPECT_EQ(Get("k"), "(nil)");
  EXPECT_EQ(db().size(), 0u);
  EXPECT_EQ(keyspace_.stats().expired_keys, 1);
  EXPECT_EQ(keyspace_.stats().misses, 1);
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:k", "expired 0:k", "modified 0:k", "propagate 0:k", "keymiss 0:k"}));
}

TEST_F(DatabaseTest, WritersDeleteWhatHasExpired) {
  Set("k", "v", now() + 100);
  Advance(101);
  observer_.Take();
  keyspace_.settings().lazy_expire = true;
  Set("k", "fresh");
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:k", "expired 0:k", "modified 0:k", "unlink 0:k", "added 0:k", "new 0:k",
                                     "modified 0:k"}));
  EXPECT_EQ(Get("k"), "fresh");
}

TEST_F(DatabaseTest, APeekHidesAndDeletesNothing) {
  Set("k", "v", now() + 100);
  Advance(101);
  EXPECT_FALSE(db().Exists(HashedKey("k")));
  EXPECT_EQ(db().FindForWrite(HashedKey("k"), kPeek), nullptr);
  EXPECT_TRUE(db().ExpireIfNeeded(HashedKey("k"), kNoExpire));
  EXPECT_EQ(db().size(), 1u);
  EXPECT_TRUE(db().ExpireIfNeeded(HashedKey("k")));
  EXPECT_EQ(db().size(), 0u);
  EXPECT_FALSE(db().ExpireIfNeeded(HashedKey("k")));
}

TEST_F(DatabaseTest, AReplicaHidesWhatHasExpired) {
  Set("k", "v", now() + 100);
  Advance(101);
  keyspace_.set_expiry_mode(ExpiryMode::kHide);
  EXPECT_EQ(Get("k"), "(nil)");
  EXPECT_EQ(db().FindForWrite(HashedKey("k")), nullptr);
  EXPECT_TRUE(db().ExpireIfNeeded(HashedKey("k")));
  keyspace_.ActiveExpire(ExpiryCycle::kSlow);
  EXPECT_EQ(db().size(), 1u);
  // Somebody who writes all the same overwrites the hidden entry.
  Set("k", "new");
  EXPECT_EQ(Get("k"), "new");
  EXPECT_EQ(db().size(), 1u);
  EXPECT_EQ(db().expiring_keys(), 0u);
}

TEST_F(DatabaseTest, AWritableReplicaDeletesOnWritesOnly) {
  Set("k", "v", now() + 100);
  Advance(101);
  keyspace_.set_expiry_mode(ExpiryMode::kDeleteOnWrite);
  EXPECT_EQ(Get("k"), "(nil)");
  EXPECT_EQ(db().size(), 1u);
  EXPECT_EQ(db().FindForWrite(HashedKey("k")), nullptr);
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(DatabaseTest, ThePrimarysCommandsSeeExpiredKeysAlive) {
  Set("k", "v", now() + 100);
  Advance(101);
  keyspace_.set_expiry_mode(ExpiryMode::kIgnore);
  EXPECT_EQ(Get("k"), "v");
  EXPECT_FALSE(db().ExpireIfNeeded(HashedKey("k")));
  EXPECT_FALSE(db().IsExpired(db().FindRaw(HashedKey("k"))));
}

// ---- across keys and databases ----

TEST_F(DatabaseTest, RenameTakesEverythingAlong) {
  Set("from", "value", now() + 500);
  keyspace_.SetIdleMs(db().FindRaw(HashedKey("from")), 77'000);
  Set("to", "old");
  observer_.Take();
  Entry* entry = db().Rename(HashedKey("from"), HashedKey("to"));
  EXPECT_EQ(observer_.Take(), (Notes{"removed 0:to", "removed 0:from", "added 0:to", "new 0:to"}));
  EXPECT_EQ(entry->key(), "to");
  EXPECT_EQ(entry->expire_at_ms(), now() + 500);
  EXPECT_EQ(keyspace_.IdleMs(entry), 77'000);
  EXPECT_EQ(Get("to"), "value");
  EXPECT_EQ(Get("from"), "(nil)");
  EXPECT_EQ(db().size(), 1u);
  EXPECT_EQ(db().expiring_keys(), 1u);
}

TEST_F(DatabaseTest, RenameMovesBigValuesAndObjects) {
  int& alive = alive_;
  const std::string big(10000, 'b');
  Set("big", big);
  const char* bytes = db().FindRaw(HashedKey("big"))->blob()->data();
  db().Rename(HashedKey("big"), HashedKey("a much longer name than before"));
  EXPECT_EQ(db().FindRaw(HashedKey("a much longer name than before"))->blob()->data(), bytes);
  SetObject("object", 5, &alive);
  db().Rename(HashedKey("object"), HashedKey("o"));
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(db().FindRaw(HashedKey("o"))->object()->size(), 5u);
}

TEST_F(DatabaseTest, MoveGoesToAnotherDatabase) {
  Set("k", "v", now() + 500);
  EXPECT_TRUE(db(0).MoveTo(db(3), HashedKey("k")));
  EXPECT_EQ(Get("k"), "(nil)");
  EXPECT_EQ(Get("k", 3), "v");
  EXPECT_EQ(db(0).expiring_keys(), 0u);
  EXPECT_EQ(db(3).expiring_keys(), 1u);
  Set("k", "other");
  EXPECT_FALSE(db(0).MoveTo(db(3), HashedKey("k")));
  EXPECT_EQ(Get("k"), "other");
  EXPECT_FALSE(db(0).MoveTo(db(3), HashedKey("absent")));
  // An expired key is not in the way.
  Advance(501);
  EXPECT_TRUE(db(0).MoveTo(db(3), HashedKey("k")));
  EXPECT_EQ(Get("k", 3), "other");
}

TEST_F(DatabaseTest, CopyIsACopy) {
  const std::string big(10000, 'b');
  for (const std::string& text : {std::string("42"), std::string("short"), big}) {
    Set("from", text, now() + 500);
    ASSERT_TRUE(db().CopyTo(db(), HashedKey("from"), HashedKey("to"), true));
    EXPECT_EQ(EncodingOf("to"), EncodingOf("from"));
    EXPECT_EQ(db().FindRaw(HashedKey("to"))->expire_at_ms(), now() + 500);
    db().Append(HashedKey("to"), db().FindRaw(HashedKey("to")), "!");
    EXPECT_EQ(Get("from"), text);
    EXPECT_EQ(Get("to"), text + "!");
  }
  EXPECT_FALSE(db().CopyTo(db(), HashedKey("from"), HashedKey("to"), false));
  EXPECT_FALSE(db().CopyTo(db(), HashedKey("absent"), HashedKey("new"), true));
  EXPECT_TRUE(db().CopyTo(db(2), HashedKey("from"), HashedKey("from"), false));
  EXPECT_EQ(Get("from", 2), big);
  int& alive = alive_;
  SetObject("object", 5, &alive);
  EXPECT_TRUE(db().CopyTo(db(), HashedKey("object"), HashedKey("object2"), false));
  EXPECT_EQ(alive, 2);
}

// ---- all keys ----

TEST_F(DatabaseTest, ScanAndForEachSeeEveryKey) {
  std::set<std::string> keys, scanned, visited;
  for (int i = 0; i < 1000; ++i) {
    keys.insert("key:" + std::to_string(i));
    Set("key:" + std::to_string(i), "v");
  }
  uint64_t cursor = 0;
  do {
    cursor = db().Scan(cursor, [&](Entry* entry) { scanned.emplace(entry->key()); });
  } while (cursor != 0);
  EXPECT_EQ(scanned, keys);
  db().ForEach([&](Entry* entry) { visited.emplace(entry->key()); });
  EXPECT_EQ(visited, keys);
  db().ForEach([&](Entry* entry) { EXPECT_TRUE(db().Delete(HashedKey(entry->key()))); });
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(DatabaseTest, RandomKeysHaveNotExpired) {
  EXPECT_EQ(db().RandomEntry(), nullptr);
  for (int i = 0; i < 200; ++i) Set("expiring:" + std::to_string(i), "v", now() + 10);
  Set("lasting", "v");
  Advance(11);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(db().RandomEntry()->key(), "lasting");
  db().Delete(HashedKey("lasting"));
  EXPECT_EQ(db().RandomEntry(), nullptr);
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(DatabaseTest, ARandomKeyOfAReplicaEndsEvenIfAllHaveExpired) {
  for (int i = 0; i < 20; ++i) Set("expiring:" + std::to_string(i), "v", now() + 10);
  Advance(11);
  keyspace_.set_expiry_mode(ExpiryMode::kHide);
  EXPECT_NE(db().RandomEntry(), nullptr);
  EXPECT_EQ(db().size(), 20u);
}

TEST_F(DatabaseTest, FlushEmptiesAndTells) {
  for (int i = 0; i < 100; ++i) Set("k" + std::to_string(i), "v", now() + 10);
  observer_.Take();
  EXPECT_EQ(db().Flush(FreeMode::kLazy), 100u);
  EXPECT_EQ(observer_.Take(), Notes{"flush 0:100"});
  EXPECT_EQ(reclaimer_.freed_objects(), 100u);
  EXPECT_EQ(db().size(), 0u);
  EXPECT_EQ(db().expiring_keys(), 0u);
  EXPECT_EQ(db().overhead_bytes(), 0u);
  Set("after", "v");
  EXPECT_EQ(Get("after"), "v");
  EXPECT_EQ(db().Flush(FreeMode::kNow), 1u);
  EXPECT_EQ(reclaimer_.calls, 1);
  EXPECT_EQ(db().Flush(FreeMode::kNow), 0u);
}

TEST_F(DatabaseTest, MemoryUsageCountsWhatTheKeyOwns) {
  Set("i", "1");
  Set("s", "short");
  Set("b", std::string(5000, 'b'));
  SetObject("o", 1);
  auto usage = [&](const char* key) { return db().MemoryUsage(db().FindRaw(HashedKey(key)), 0); };
  EXPECT_LT(usage("i"), 60u);
  EXPECT_LT(usage("s"), 60u);
  EXPECT_GT(usage("b"), 5000u);
  EXPECT_LT(usage("b"), 6000u);
  EXPECT_GE(usage("o"), 1000u);
}

}  // namespace
}  // namespace keyway::keyspace
