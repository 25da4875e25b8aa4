#include "server/ds/string_entry.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>

#include "server/base/memory.h"
#include "server/base/random.h"

namespace keyway::ds {
namespace {

TEST(StringEntry, KeepsNamesOfAnyLength) {
  for (const size_t size : {0, 1, 14, 15, 127, 128, 16'383, 16'384, 3'000'000}) {
    std::string name(size, 'n');
    if (size > 2) name[1] = '\0';
    StringEntry* entry = StringEntry::New(name);
    EXPECT_EQ(entry->name(), name);
    EXPECT_EQ(entry->memory_bytes(), AllocationSize(size + VarintBytes(size)));
    StringEntry::Free(entry);
  }
}

TEST(StringEntry, AShortNameCostsOneByteMore) {
  StringEntry* entry = StringEntry::New("fifteen letters");
  EXPECT_EQ(entry->memory_bytes(), 16u);
  StringEntry::Free(entry);
}

TEST(PairEntry, ChangesItsValueInPlaceIfTheAllocationStaysTheSame) {
  PairEntry* entry = PairEntry::New("field", "12345");
  EXPECT_EQ(entry->name(), "field");
  EXPECT_EQ(entry->value(), "12345");
  EXPECT_TRUE(entry->SetValue("123456789"));
  EXPECT_EQ(entry->value(), "123456789");
  EXPECT_TRUE(entry->SetValue(""));
  EXPECT_EQ(entry->name(), "field");
  EXPECT_EQ(entry->value(), "");
  EXPECT_FALSE(entry->SetValue("0123456789")) << "one byte too many for 16";
  EXPECT_EQ(entry->value(), "");
  PairEntry::Free(entry);
}

TEST(PairEntry, AValueWhoseLengthTakesAnotherByteDoesNotStay) {
  const std::string field(40, 'f');
  PairEntry* entry = PairEntry::New(field, std::string(127, 'v'));
  EXPECT_FALSE(entry->SetValue(std::string(128, 'w')));
  EXPECT_EQ(entry->value(), std::string(127, 'v'));
  PairEntry::Free(entry);
}

TEST(PairTable, AgainstAStandardMap) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  PairTable table;
  std::unordered_map<std::string, std::string> model;
  for (int step = 0; step < 30'000; ++step) {
    const std::string name = "name" + std::to_string(random.Below(step < 15'000 ? 3000 : 30));
    if (random.Below(step < 15'000 ? 4 : 2) != 0) {
      const std::string value(random.Below(300), static_cast<char>('a' + random.Below(26)));
      ASSERT_EQ(table.Set(name, value), !model.contains(name));
      model[name] = value;
    } else {
      ASSERT_EQ(table.Remove(name), model.erase(name) == 1);
    }
    ASSERT_EQ(table.size(), model.size());
    const PairEntry* found = table.Find(name);
    ASSERT_EQ(found != nullptr, model.contains(name));
    if (found != nullptr) {
      ASSERT_EQ(found->value(), model[name]);
    }
  }
  size_t met = 0;
  table.table().ForEach([&](void* entry) {
    const PairEntry::Parts parts = static_cast<const PairEntry*>(entry)->Read();
    EXPECT_EQ(model[std::string(parts.name)], parts.value);
    ++met;
  });
  EXPECT_EQ(met, model.size());
}

TEST(StringTable, ShrinksAsNamesGo) {
  StringTable table;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(table.Add(std::to_string(i)));
  EXPECT_FALSE(table.Add("77"));
  const size_t full = table.table().memory_bytes();
  for (int i = 0; i < 9'990; ++i) EXPECT_TRUE(table.Remove(std::to_string(i)));
  EXPECT_FALSE(table.Remove("5"));
  EXPECT_TRUE(table.table().ShrinkIfSparse());
  // A slice with each look-up.
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(table.Contains(std::to_string(i)), i >= 9'990);
  EXPECT_LT(table.table().memory_bytes(), full / 100);
}

}  // namespace
}  // namespace keyway::ds
