// Values of every type, out and in again; old forms; and what must be refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "server/base/random.h"
#include "server/persist/byte_sink.h"
#include "server/persist/byte_source.h"
#include "server/persist/payload.h"
#include "server/persist/rdb_format.h"
#include "server/persist/rdb_reader.h"
#include "server/persist/rdb_writer.h"
#include "server/persist/value_reader.h"
#include "tests/unit/persist/old_forms.h"
#include "tests/unit/persist/values.h"

namespace keyway::persist {
namespace {

// The limits as redis-compat 7.0 and 7.2 have them.
data::EncodingLimits LimitsOf(int version) {
  data::EncodingLimits limits;
  if (version == kRdbVersion70) limits.list.small_is_listpack = false, limits.set.listpack_entries = 0;
  return limits;
}

class ValueTest : public ::testing::Test {
 protected:
  keyspace::Database& db() { return keyspace_.db(0); }

  // What a value of that RDB type is read as; what is wrong with it, if it is refused, or "empty".
  std::string Read(uint8_t type, const std::string& bytes) {
    MemorySource source(bytes);
    RdbReader reader(source);
    std::string storage;
    auto value = ReadValue(reader, type, limits_, storage);
    if (!reader.ok()) return reader.error();
    if (!value) return "empty";
    return Describe(*db().Set(keyspace::HashedKey("k"), std::move(*value)));
  }

  template <class Write>
  static std::string Written(Write&& write) {
    std::string out;
    StringSink sink(out);
    RdbWriter writer(sink, {});
    write(writer);
    writer.Flush();
    return out;
  }
  static std::string AsString(const std::string& packed) {
    return Written([&](RdbWriter& writer) { writer.String(packed); });
  }
  static std::string Strings(std::initializer_list<std::string_view> texts, uint64_t count) {
    return Written([&](RdbWriter& writer) {
      writer.Length(count);
      for (std::string_view text : texts) writer.String(text);
    });
  }

  ManualClock clock_;
  keyspace::ImmediateReclaimer reclaimer_;
  keyspace::Keyspace keyspace_{{}, clock_, reclaimer_};
  data::EncodingLimits limits_;
};

TEST_F(ValueTest, EveryTypeComesBack) {
  for (const int version : {kRdbVersion70, kRdbVersion72}) {
    for (const bool compress : {false, true}) {
      keyspace_.FlushAll(keyspace::FreeMode::kNow);
      const data::EncodingLimits limits = LimitsOf(version);
      FillWithAllTypes(db(), limits);
      std::map<std::string, std::string> payloads, expected;
      db().ForEach([&](const keyspace::Entry* entry) {
        payloads[std::string(entry->key())] = WritePayload(*entry, version, compress);
        expected[std::string(entry->key())] = Describe(*entry);
      });
      EXPECT_GT(payloads.size(), 15u);
      for (const auto& [name, payload] : payloads) {
        ASSERT_TRUE(PayloadIsIntact(payload, false)) << name;
        std::string storage;
        auto value = ReadPayload(payload, limits, storage);
        ASSERT_TRUE(value) << name << ": " << value.error().text();
        std::string found = Describe(*db().Set(keyspace::HashedKey(name), std::move(*value)));
        if (version == kRdbVersion70 && name == "stream:big") {
          // Version 10 does not know when a consumer was active.
          const size_t at = found.find("consumer first 1700000000123 1700000000123");
          ASSERT_NE(at, std::string::npos) << found;
          found.replace(at, 42, "consumer first 1700000000123 -1");
          const size_t other = found.find("1700000000456 1700000000456");
          ASSERT_NE(other, std::string::npos);
          found.replace(other, 27, "1700000000456 1700000000400");
        }
        EXPECT_EQ(found, expected[name]);
      }
    }
  }
}

TEST_F(ValueTest, PlainFormsOfOldFiles) {
  EXPECT_EQ(Read(kRdbList, Strings({"a", "1", "b"}, 3)), "list listpack: a 1 b");
  EXPECT_EQ(Read(kRdbSet, Strings({"3", "1"}, 2)), "set intset: 1 3");
  EXPECT_EQ(Read(kRdbSet, Strings({"3", "x"}, 2)), "set listpack: 3 x");
  EXPECT_EQ(Read(kRdbHash, Strings({"f", "1", "g", "2"}, 2)), "hash listpack: f=1 g=2");
  EXPECT_EQ(Read(kRdbZsetText, std::string("\x02\x01"
                                           "b\x03"
                                           "2.5\x01"
                                           "a\xff",
                                           10)),
            "zset listpack: a@-inf b@2.5");
  limits_ = LimitsOf(kRdbVersion70);
  EXPECT_EQ(Read(kRdbList, Strings({"a"}, 1)), "list quicklist: a");
  EXPECT_EQ(Read(kRdbSet, Strings({"3", "x"}, 2)), "set hashtable: 3 x");
}

TEST_F(ValueTest, PackedFormsOfOldFiles) {
  const std::string ziplist = ZiplistBuilder().Text("a").Integer(1).Text("b").Integer(700).Finish();
  EXPECT_EQ(Read(kRdbListZiplist, AsString(ziplist)), "list listpack: a 1 b 700");
  EXPECT_EQ(Read(kRdbHashZiplist, AsString(ziplist)), "hash listpack: a=1 b=700");
  EXPECT_EQ(Read(kRdbZsetZiplist, AsString(ziplist)), "zset listpack: a@1 b@700");
  EXPECT_EQ(Read(kRdbZsetZiplist, AsString(ZiplistBuilder().Text("x").Text("0.5").Finish())), "zset listpack: x@0.5");
  EXPECT_EQ(Read(kRdbHashZipmap, AsString(ZipmapBuilder().Pair("f", "v").Pair("g", "5", 2).Finish())),
            "hash listpack: f=v g=5");
  EXPECT_EQ(Read(kRdbListQuicklist, "\x02" + AsString(ziplist) + AsString(ziplist)),
            "list listpack: a 1 b 700 a 1 b 700");
  limits_.hash.listpack_entries = limits_.zset.listpack_entries = 1;
  EXPECT_EQ(Read(kRdbHashZiplist, AsString(ziplist)), "hash hashtable: a=1 b=700");
  EXPECT_EQ(Read(kRdbZsetZiplist, AsString(ziplist)), "zset skiplist: a@1 b@700");
  EXPECT_EQ(Read(kRdbHashZipmap, AsString(ZipmapBuilder().Pair("f", "v").Pair("g", "5").Finish())),
            "hash hashtable: f=v g=5");
}

TEST_F(ValueTest, PackedBytesAreStoredAsTheLimitsAsk) {
  data::Hash hash;
  hash.Set("a", "1", limits_.hash), hash.Set("b", "2", limits_.hash);
  const std::string bytes = Written([&](RdbWriter& writer) { writer.String(hash.packed()); });
  EXPECT_EQ(Read(kRdbHashListpack, bytes), "hash listpack: a=1 b=2");
  limits_.hash.listpack_entries = 1;
  EXPECT_EQ(Read(kRdbHashListpack, bytes), "hash hashtable: a=1 b=2");
}

TEST_F(ValueTest, EmptyCollectionsAreTold) {
  const std::string none("\0", 1), empty_ziplist = AsString(ZiplistBuilder().Finish());
  const ds::Listpack empty;
  const std::string empty_listpack = Written([&](RdbWriter& writer) { writer.String(empty.view().span()); });
  for (const uint8_t type :
       {kRdbList, kRdbSet, kRdbZset, kRdbZsetText, kRdbHash, kRdbListQuicklist, kRdbListQuicklist2}) {
    EXPECT_EQ(Read(type, none), "empty") << int{type};
  }
  for (const uint8_t type : {kRdbListZiplist, kRdbZsetZiplist, kRdbHashZiplist}) {
    EXPECT_EQ(Read(type, empty_ziplist), "empty") << int{type};
  }
  for (const uint8_t type : {kRdbSetListpack, kRdbZsetListpack, kRdbHashListpack}) {
    EXPECT_EQ(Read(type, empty_listpack), "empty") << int{type};
  }
  EXPECT_EQ(Read(kRdbListQuicklist, "\x01" + empty_ziplist), "empty");
  EXPECT_EQ(Read(kRdbListQuicklist2, "\x01\x02" + empty_listpack), "empty");
}

TEST_F(ValueTest, WhatIsThereTwiceIsRefused) {
  EXPECT_EQ(Read(kRdbSet, Strings({"a", "a"}, 2)), "Duplicate set members detected");
  EXPECT_EQ(Read(kRdbSet, Strings({"1", "1"}, 2)), "Duplicate set members detected");
  EXPECT_EQ(Read(kRdbHash, Strings({"a", "1", "a", "2"}, 2)), "Duplicate hash fields detected");
  EXPECT_EQ(Read(kRdbZsetText,
                 "\x02\x01"
                 "a\x01"
                 "1\x01"
                 "a\x01"
                 "2"),
            "Duplicate zset fields detected");
  const std::string twice = AsString(ZiplistBuilder().Text("a").Integer(1).Text("a").Integer(2).Finish());
  EXPECT_EQ(Read(kRdbHashZiplist, twice), "Hash ziplist integrity check failed.");
  EXPECT_EQ(Read(kRdbZsetZiplist, twice), "Zset ziplist integrity check failed.");
  EXPECT_EQ(Read(kRdbHashZipmap, AsString(ZipmapBuilder().Pair("f", "1").Pair("f", "2").Finish())),
            "Hash zipmap with dup elements, or big length");
  ds::Listpack pack;
  pack.Append("a"), pack.Append("1"), pack.Append("a"), pack.Append("1");
  const std::string packed = Written([&](RdbWriter& writer) { writer.String(pack.view().span()); });
  EXPECT_EQ(Read(kRdbHashListpack, packed), "Hash listpack with dup elements");
  EXPECT_EQ(Read(kRdbSetListpack, packed), "Set listpack with dup elements");
  EXPECT_EQ(Read(kRdbZsetListpack, packed), "Zset listpack integrity check failed.");
}

TEST_F(ValueTest, ScoresMustBeNumbers) {
  EXPECT_EQ(Read(kRdbZsetText,
                 "\x01\x01"
                 "a\xfd"),
            "Zset with NAN score detected");
  EXPECT_EQ(Read(kRdbZset,
                 "\x01\x01"
                 "a" +
                     std::string("\0\0\0\0\0\0\xf8\x7f", 8)),
            "Zset with NAN score detected");
  EXPECT_EQ(Read(kRdbZsetText,
                 "\x01\x01"
                 "a\x03"
                 "1.x"),
            "A score is no number");
  for (const char* score : {"nan", "x", "1.5 ", ""}) {
    EXPECT_EQ(Read(kRdbZsetZiplist, AsString(ZiplistBuilder().Text("a").Text(score).Finish())),
              "Zset ziplist integrity check failed.")
        << score;
  }
  EXPECT_EQ(Read(kRdbZsetZiplist, AsString(ZiplistBuilder().Text("a").Finish())),
            "Zset ziplist integrity check failed.");
}

TEST_F(ValueTest, OtherTrouble) {
  EXPECT_EQ(Read(kRdbSetIntset, AsString(std::string("\x02\0\0\0\x02\0\0\0\x05\0\x01\0", 12))),
            "Intset integrity check failed.");
  EXPECT_EQ(Read(kRdbListQuicklist2, std::string("\x01\x03\x01"
                                                 "a",
                                                 4)),
            "Quicklist integrity check failed.");
  EXPECT_EQ(Read(kRdbListQuicklist2, std::string("\x01\x01\x00", 3)), "Quicklist node is empty");
  EXPECT_EQ(Read(kRdbModule, std::string("\x81\x00\x00\x00\x00\x00\x00\x00\x00", 9)),
            "The RDB file contains module data I can't load: no matching module type 'AAAAAAAAA'");
  EXPECT_EQ(Read(8, ""), "Unknown RDB encoding type 8");
  EXPECT_EQ(Read(22, ""), "Unknown RDB encoding type 22");
}

TEST_F(ValueTest, AbsurdCountsCostNothing) {
  const std::string absurd("\x81\x00\x02\x5f\x31\xc0\x00\xc0\x02", 9);
  for (uint8_t type = 0; type <= kRdbStream3; ++type) {
    if (!IsRdbValueType(type)) continue;
    EXPECT_NE(Read(type, absurd), "empty") << int{type};
  }
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(ValueTest, PayloadsEndWhereTheirValueEnds) {
  const keyspace::Entry* entry = db().Set(keyspace::HashedKey("k"), data::Value::Text("value"));
  std::string payload = WritePayload(*entry, kRdbVersion72, true);
  EXPECT_FALSE(PayloadIsIntact(payload.substr(0, payload.size() - 1), false));
  EXPECT_FALSE(PayloadIsIntact("short", true));
  payload.insert(payload.size() - 10, "more");
  EXPECT_FALSE(PayloadIsIntact(payload, false));
  ASSERT_TRUE(PayloadIsIntact(payload, true));
  std::string storage;
  EXPECT_FALSE(ReadPayload(payload, limits_, storage));
  std::string newer = payload;
  newer[newer.size() - 10] = kNewestRdbVersion + 1;
  EXPECT_FALSE(PayloadIsIntact(newer, true));
  EXPECT_FALSE(ReadPayload(std::string(10, '\0'), limits_, storage));
}

// Payloads with a few wrong bytes are refused or make a sound value; a sanitizer watches.
TEST_F(ValueTest, ChangedPayloadsDoNoHarm) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  limits_.list.node_size = 5, limits_.hash.listpack_entries = 5, limits_.zset.listpack_entries = 5;
  FillWithAllTypes(db(), limits_);
  std::vector<std::string> payloads;
  db().ForEach([&](const keyspace::Entry* entry) {
    const std::string payload = WritePayload(*entry, kRdbVersion72, random.Below(2) == 0);
    if (payload.size() < 8000) payloads.push_back(payload);
  });
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string payload = payloads[random.Below(payloads.size())];
    for (uint64_t changes = 1 + random.Below(3); changes > 0; --changes) {
      payload[random.Below(payload.size() - 10)] = static_cast<char>(random.Next());
    }
    std::string storage;
    auto value = ReadPayload(payload, limits_, storage);
    if (!value) continue;
    ++accepted;
    const keyspace::Entry* entry = db().Set(keyspace::HashedKey("changed"), std::move(*value));
    Describe(*entry);
    const std::string again = WritePayload(*entry, kRdbVersion72, true);
    EXPECT_TRUE(ReadPayload(again, limits_, storage)) << "what was read can be written and read";
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace keyway::persist
