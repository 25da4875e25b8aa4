#include <limits>

#include "tests/unit/keyspace/fixture.h"

namespace keyway::keyspace {
namespace {

class StringValueTest : public KeyspaceFixture {
 protected:
  Entry* Find(std::string_view key) { return db().FindForWrite(HashedKey(key)); }
  void Append(std::string_view key, std::string_view bytes) { db().Append(HashedKey(key), Find(key), bytes); }
  void WriteRange(std::string_view key, size_t offset, std::string_view bytes) {
    db().WriteRange(HashedKey(key), Find(key), offset, bytes);
  }
};

TEST_F(StringValueTest, EncodingsAreThoseThatClientsExpect) {
  Set("k", "42");
  EXPECT_EQ(EncodingOf("k"), "int");
  Set("k", std::string(44, 'x'));
  EXPECT_EQ(EncodingOf("k"), "embstr");
  Set("k", std::string(45, 'x'));
  EXPECT_EQ(EncodingOf("k"), "raw");
  Set("k", std::string(1000, 'x'));
  EXPECT_EQ(EncodingOf("k"), "raw");
  Set("k", "-0");
  EXPECT_EQ(EncodingOf("k"), "embstr");
  // Overwriting makes embstr again.
  Append("k", "x");
  EXPECT_EQ(EncodingOf("k"), "raw");
  Set("k", "abc");
  EXPECT_EQ(EncodingOf("k"), "embstr");
}

TEST_F(StringValueTest, ChangingAnIntegerInPlaceMakesItRaw) {
  Set("k", "123");
  Append("k", "4");
  EXPECT_EQ(Get("k"), "1234");
  EXPECT_EQ(EncodingOf("k"), "raw");
  Set("k", "1");
  WriteRange("k", 0, "2");
  EXPECT_EQ(Get("k"), "2");
  EXPECT_EQ(EncodingOf("k"), "raw");
}

TEST_F(StringValueTest, IntegersOfAnySizeInPlace) {
  const HashedKey key("k");
  Entry* entry = Set("k", "5");
  for (const int64_t value :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(db().SetInteger(key, entry, value), entry);
    EXPECT_EQ(entry->integer(), value);
    EXPECT_EQ(Get("k"), std::to_string(value));
    EXPECT_EQ(entry->StringLength(), std::to_string(value).size());
  }
  Set("text", std::string(100, 'x'), now() + 5);
  entry = db().SetInteger(HashedKey("text"), Find("text"), 7);
  EXPECT_EQ(entry->expire_at_ms(), now() + 5);
  EXPECT_EQ(Get("text"), "7");
}

TEST_F(StringValueTest, AppendsGrowThroughAllStorages) {
  std::string model;
  Set("k", "");
  for (int i = 0; i < 5000; ++i) {
    const std::string piece(static_cast<size_t>(i % 7), static_cast<char>('a' + i % 26));
    model += piece;
    Append("k", piece);
    ASSERT_EQ(Find("k")->StringLength(), model.size());
  }
  EXPECT_EQ(Get("k"), model);
  EXPECT_NE(Find("k")->blob(), nullptr);
}

TEST_F(StringValueTest, ManyAppendsDoNotCopyEachTime) {
  Set("k", std::string(1000, 'x'));
  const char* place = nullptr;
  int moves = 0;
  for (int i = 0; i < 100000; ++i) {
    Append("k", "y");
    if (Find("k")->blob()->data() != place) ++moves, place = Find("k")->blob()->data();
  }
  EXPECT_LT(moves, 12);
}

TEST_F(StringValueTest, WriteRangeFillsGapsWithZeros) {
  Set("k", "abc");
  WriteRange("k", 6, "xyz");
  EXPECT_EQ(Get("k"), std::string("abc\0\0\0xyz", 9));
  WriteRange("k", 1, "BC");
  EXPECT_EQ(Get("k"), std::string("aBC\0\0\0xyz", 9));
  WriteRange("k", 500, "end");
  const std::string text = Get("k");
  EXPECT_EQ(text.size(), 503u);
  EXPECT_EQ(text.substr(0, 3), "aBC");
  EXPECT_EQ(text.substr(9, 491), std::string(491, '\0'));
  EXPECT_EQ(text.substr(500), "end");
}

TEST_F(StringValueTest, MutableBytesAreTheValue) {
  Set("k", "7");
  Entry* entry = Find("k");
  std::span<char> bytes = db().MutableBytes(HashedKey("k"), &entry, 3);
  ASSERT_EQ(bytes.size(), 3u);
  EXPECT_EQ(bytes[0], '7');
  EXPECT_EQ(bytes[2], 0);
  bytes[2] = 'x';
  EXPECT_EQ(Get("k"), std::string("7\0x", 3));
  EXPECT_EQ(EncodingOf("k"), "raw");
  // A shorter minimum leaves the length alone.
  EXPECT_EQ(db().MutableBytes(HashedKey("k"), &entry, 1).size(), 3u);
}

TEST_F(StringValueTest, AReplyInFlightKeepsItsBytes) {
  const std::string text(1000, 'a');
  Set("k", text);
  const BlobRef reply(Find("k")->blob()->Share());
  WriteRange("k", 0, "changed");
  EXPECT_EQ(reply->view(), text);
  EXPECT_EQ(Get("k").substr(0, 8), "changeda");
  EXPECT_FALSE(reply->shared());
  const BlobRef second(Find("k")->blob()->Share());
  Append("k", "more");
  EXPECT_EQ(second->size(), 1000u);
  const BlobRef third(Find("k")->blob()->Share());
  db().Delete(HashedKey("k"));
  EXPECT_EQ(third->size(), 1004u);
}

TEST_F(StringValueTest, UnsharedBigValuesAreChangedInPlace) {
  Set("k", std::string(1000, 'a'));
  const char* place = Find("k")->blob()->data();
  WriteRange("k", 10, "x");
  EXPECT_EQ(Find("k")->blob()->data(), place);
}

TEST_F(StringValueTest, AValueMayBeMadeOfItself) {
  for (const size_t length : {10u, 100u, 128u, 1000u}) {
    const std::string text = std::string(length / 2, 'a') + std::string(length - length / 2, 'b');
    Set("k", text);
    const std::string_view half = Find("k")->text().substr(length / 4);
    const std::string expected(half);
    Set("k", half);
    EXPECT_EQ(Get("k"), expected);
  }
}

TEST_F(StringValueTest, SameSizeClassOverwritesInPlace) {
  Entry* entry = Set("key:000000000001", "0123456789abcdef");
  EXPECT_EQ(Set("key:000000000001", "fedcba9876543210"), entry);
  EXPECT_EQ(Get("key:000000000001"), "fedcba9876543210");
}

TEST_F(StringValueTest, SmallIntegersLookShared) {
  EXPECT_EQ(keyspace_.RefCount(Set("k", "9999")), 2147483647);
  EXPECT_EQ(keyspace_.RefCount(Set("k", "10000")), 1);
  EXPECT_EQ(keyspace_.RefCount(Set("k", "-1")), 1);
  EXPECT_EQ(keyspace_.RefCount(Set("k", "text")), 1);
  keyspace_.settings().shared_integers = false;
  EXPECT_EQ(keyspace_.RefCount(Set("k", "1")), 1);
}

TEST_F(StringValueTest, ABlobIsAdopted) {
  BlobRef blob = BlobRef::Copy(std::string(1000, 'z'));
  const Blob* address = blob.get();
  db().Set(HashedKey("k"), data::Value::FromBlob(std::move(blob)));
  EXPECT_EQ(Find("k")->blob(), address);
  // A small one is copied into the entry.
  db().Set(HashedKey("k"), data::Value::FromBlob(BlobRef::Copy("small"), data::Encoding::kEmbstr));
  EXPECT_EQ(Find("k")->blob(), nullptr);
  EXPECT_EQ(Get("k"), "small");
  EXPECT_EQ(EncodingOf("k"), "embstr");
}

}  // namespace
}  // namespace keyway::keyspace
