#include "server/data/hash.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace keyway::data {
namespace {

using Model = std::map<std::string, std::string>;

const HashLimits kLimits = {.listpack_entries = 6, .listpack_value = 10};

Model Fields(const Hash& hash) {
  Model all;
  hash.ForEach([&](const Hash::Text& field, const Hash::Text& value) {
    EXPECT_TRUE(all.emplace(field.ToString(), value.ToString()).second);
  });
  return all;
}

std::unique_ptr<Hash> Make(int fields, const HashLimits& limits = kLimits) {
  auto hash = std::make_unique<Hash>();
  for (int i = 0; i < fields; ++i) hash->Set("f" + std::to_string(i), std::to_string(i * 10), limits);
  return hash;
}

std::string ValueOf(const Hash& hash, std::string_view field) {
  const auto value = hash.Get(field);
  return value ? value->ToString() : "(none)";
}

TEST(Hash, SetGetRemove) {
  for (const int others : {0, 50}) {
    auto hash = Make(others);
    EXPECT_TRUE(hash->Set("name", "one", kLimits));
    EXPECT_FALSE(hash->Set("name", "two", kLimits));
    EXPECT_EQ(ValueOf(*hash, "name"), "two");
    EXPECT_FALSE(hash->Set("name", "12", kLimits));
    EXPECT_EQ(ValueOf(*hash, "name"), "12");
    EXPECT_TRUE(hash->Set("12", "", kLimits));
    EXPECT_TRUE(hash->Contains("12"));
    EXPECT_EQ(ValueOf(*hash, "12"), "");
    EXPECT_TRUE(hash->Remove("name"));
    EXPECT_FALSE(hash->Remove("name"));
    EXPECT_FALSE(hash->Contains("name"));
    EXPECT_EQ(hash->size(), static_cast<size_t>(others + 1));
  }
}

TEST(Hash, AValueIsNoField) {
  Hash hash;
  hash.Set("a", "b", kLimits);
  hash.Set("c", "a", kLimits);
  EXPECT_FALSE(hash.Contains("b"));
  EXPECT_TRUE(hash.Remove("a"));
  EXPECT_EQ(Fields(hash), (Model{{"c", "a"}}));
}

TEST(Hash, Conversions) {
  auto many = Make(6);
  EXPECT_EQ(many->encoding(), Encoding::kListpack);
  many->Set("f0", "changed", kLimits);
  EXPECT_EQ(many->encoding(), Encoding::kListpack);
  many->Set("g", "", kLimits);
  EXPECT_EQ(many->encoding(), Encoding::kHashtable);
  EXPECT_EQ(many->size(), 7u);
  EXPECT_EQ(ValueOf(*many, "f0"), "changed");
  many->Remove("g");
  EXPECT_EQ(many->encoding(), Encoding::kHashtable) << "there is no way back";

  auto long_field = Make(1);
  long_field->Set("0123456789x", "", kLimits);
  EXPECT_EQ(long_field->encoding(), Encoding::kHashtable);
  auto long_value = Make(1);
  long_value->Set("f0", "0123456789", kLimits);
  EXPECT_EQ(long_value->encoding(), Encoding::kListpack);
  long_value->Set("f0", "0123456789x", kLimits);
  EXPECT_EQ(long_value->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Fields(*long_value), (Model{{"f0", "0123456789x"}}));

  EXPECT_EQ(Hash::ForSize(6, kLimits)->encoding(), Encoding::kListpack);
  EXPECT_EQ(Hash::ForSize(7, kLimits)->encoding(), Encoding::kHashtable);
}

TEST(Hash, ExpectingWordsConvertsAtOnce) {
  const std::vector<std::string_view> fits = {"a", "0123456789"};
  const std::vector<std::string_view> long_word = {"a", "0123456789x"};
  auto hash = Make(2);
  hash->Expect(fits, 6, kLimits);
  EXPECT_EQ(hash->encoding(), Encoding::kListpack);
  hash->Expect(fits, 7, kLimits);
  EXPECT_EQ(hash->encoding(), Encoding::kHashtable);
  hash = Make(2);
  hash->Expect(long_word, 0, kLimits);
  EXPECT_EQ(hash->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Fields(*hash), (Model{{"f0", "0"}, {"f1", "10"}}));
}

TEST(Hash, AgainstAStandardMap) {
  const uint64_t seed = keyway::Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  keyway::Random random(seed);
  for (const HashLimits& limits : {kLimits, HashLimits{}}) {
    for (int round = 0; round < 40; ++round) {
      auto hash = std::make_unique<Hash>();
      Model model;
      const uint64_t range = 1 + random.Below(300);
      for (int step = 0; step < 400; ++step) {
        const std::string field = (random.Below(2) == 0 ? "f" : "") + std::to_string(random.Below(range));
        if (random.Below(3) != 0) {
          std::string value = std::to_string(random.Next() >> random.Below(64));
          if (random.Below(20) == 0) value.insert(0, random.Below(200), 'v');
          ASSERT_EQ(hash->Set(field, value, limits), !model.contains(field));
          model[field] = value;
          ASSERT_EQ(ValueOf(*hash, field), value);
        } else {
          ASSERT_EQ(hash->Remove(field), model.erase(field) == 1);
        }
        ASSERT_EQ(hash->size(), model.size());
      }
      ASSERT_EQ(Fields(*hash), model);
      const auto copy = hash->Clone();
      ASSERT_EQ(copy->encoding(), hash->encoding());
      ASSERT_EQ(Fields(static_cast<const Hash&>(*copy)), model);
    }
  }
}

TEST(Hash, ScanMeetsEverything) {
  for (const int count : {5, 1000}) {
    auto hash = Make(count);
    Model met;
    uint64_t cursor = 0;
    do {
      cursor = hash->Scan(
          cursor, [&](const Hash::Text& field, const Hash::Text& value) { met[field.ToString()] = value.ToString(); });
    } while (cursor != 0);
    EXPECT_EQ(met, Fields(*hash));
  }
}

TEST(Hash, MemoryAndEffort) {
  auto packed = Make(6);
  EXPECT_EQ(packed->FreeEffort(), 1u);
  EXPECT_EQ(packed->hash_table(), nullptr);
  auto table = Make(1000);
  EXPECT_EQ(table->FreeEffort(), 1000u);
  ASSERT_NE(table->hash_table(), nullptr);
  const size_t exact = table->MemoryBytes(0);
  EXPECT_GE(exact, 1000u * 16 + table->hash_table()->memory_bytes());
  EXPECT_NEAR(static_cast<double>(table->MemoryBytes(5)), static_cast<double>(exact), 1.0);
}

TEST(Hash, PackedBytesGoOutAndIn) {
  auto hash = Make(4);
  ASSERT_TRUE(Hash::ValidateListpack(hash->packed()));
  EXPECT_EQ(Fields(*Hash::FromListpack(hash->packed(), kLimits)), Fields(*hash));
  const auto table = Hash::FromListpack(hash->packed(), {.listpack_entries = 3});
  EXPECT_EQ(table->encoding(), Encoding::kHashtable);
  EXPECT_EQ(Fields(*table), Fields(*hash));
}

TEST(Hash, RefusesHostileListpacks) {
  ds::Listpack pack;
  EXPECT_FALSE(Hash::ValidateListpack(pack.view().span())) << "empty";
  pack.Append("field");
  EXPECT_FALSE(Hash::ValidateListpack(pack.view().span())) << "no value";
  pack.Append("value");
  EXPECT_TRUE(Hash::ValidateListpack(pack.view().span()));
  pack.Append("value"), pack.Append("value");
  EXPECT_TRUE(Hash::ValidateListpack(pack.view().span())) << "values may repeat";
  pack.Append("field"), pack.Append("other");
  EXPECT_FALSE(Hash::ValidateListpack(pack.view().span())) << "the same field twice";
  EXPECT_FALSE(Hash::ValidateListpack({}));
  const std::vector<uint8_t> bytes(20, 0xff);
  EXPECT_FALSE(Hash::ValidateListpack(bytes));
}

// ---- at random ----

// With n values, n - 1 on average; 160 is beyond one in a million for 30.
double ChiSquare(const std::map<std::string, int>& counts, int values, int draws) {
  const double expected = static_cast<double>(draws) / values;
  double sum = expected * (values - static_cast<double>(counts.size()));
  for (const auto& [member, count] : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(HashAtRandom, DrawsAndSamplesAreEven) {
  const uint64_t seed = keyway::Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  keyway::Random random(seed);
  for (const HashLimits& limits : {kLimits, HashLimits{}}) {
    const auto hash = Make(30, limits);
    SCOPED_TRACE(testing::Message() << EncodingName(hash->encoding()));
    const Model model = Fields(*hash);
    std::map<std::string, int> drawn;
    const auto note = [&](const Hash::Text& field, const Hash::Text& value) {
      EXPECT_EQ(model.at(field.ToString()), value.ToString());
      ++drawn[field.ToString()];
    };
    hash->Draw(30'000, random, note);
    EXPECT_LT(ChiSquare(drawn, 30, 30'000), 160);
    drawn.clear();
    for (int i = 0; i < 30'000; ++i) hash->Draw(1, random, note);
    EXPECT_LT(ChiSquare(drawn, 30, 30'000), 160);
    for (const size_t size : {1, 4, 12, 25}) {
      drawn.clear();
      for (int round = 0; round < 2000; ++round) {
        std::set<std::string> sample;
        hash->Sample(size, random, [&](const Hash::Text& field, const Hash::Text& value) {
          note(field, value);
          sample.insert(field.ToString());
        });
        ASSERT_EQ(sample.size(), size);
      }
      EXPECT_LT(ChiSquare(drawn, 30, static_cast<int>(2000 * size)), 160) << size;
    }
    int met = 0;
    hash->Sample(30, random, [&](const Hash::Text&, const Hash::Text&) { return ++met < 7; });
    EXPECT_EQ(met, 7);
  }
}

}  // namespace
}  // namespace keyway::data
