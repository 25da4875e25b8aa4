#include "server/ds/listpack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "server/base/memory.h"
#include "server/base/random.h"

namespace keyway::ds {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes BytesOf(const Listpack& pack) {
  const auto span = pack.view().span();
  return Bytes(span.begin(), span.end());
}

std::vector<std::string> Elements(ListpackView view) {
  std::vector<std::string> all;
  view.ForEach([&](const ListpackValue& value) { all.push_back(value.ToString()); });
  return all;
}

Listpack PackOf(const std::vector<std::string>& elements) {
  Listpack pack;
  for (const std::string& element : elements) pack.Append(element);
  return pack;
}

void ExpectSound(const Listpack& pack) { ASSERT_TRUE(ValidateListpack(pack.view().span(), true)); }

TEST(Listpack, EmptyIsHeaderAndEnd) {
  Listpack pack;
  EXPECT_EQ(BytesOf(pack), (Bytes{7, 0, 0, 0, 0, 0, 0xff}));
  EXPECT_EQ(pack.view().First(), 0u);
  EXPECT_EQ(pack.view().Last(), 0u);
  EXPECT_EQ(pack.view().Seek(0), 0u);
  EXPECT_EQ(pack.view().Seek(-1), 0u);
  EXPECT_EQ(pack.view().Find(pack.view().First(), "x"), 0u);
}

TEST(Listpack, BytesOfEveryIntegerEncoding) {
  const std::pair<const char*, Bytes> cases[] = {
      {"0", {0x00, 1}},
      {"127", {0x7f, 1}},
      {"128", {0xc0, 0x80, 2}},
      {"-1", {0xdf, 0xff, 2}},
      {"-4096", {0xd0, 0x00, 2}},
      {"4095", {0xcf, 0xff, 2}},
      {"4096", {0xf1, 0x00, 0x10, 3}},
      {"-32768", {0xf1, 0x00, 0x80, 3}},
      {"32768", {0xf2, 0x00, 0x80, 0x00, 4}},
      {"-8388608", {0xf2, 0x00, 0x00, 0x80, 4}},
      {"8388608", {0xf3, 0x00, 0x00, 0x80, 0x00, 5}},
      {"-2147483648", {0xf3, 0x00, 0x00, 0x00, 0x80, 5}},
      {"2147483648", {0xf4, 0x00, 0x00, 0x00, 0x80, 0, 0, 0, 0, 9}},
      {"-9223372036854775808", {0xf4, 0, 0, 0, 0, 0, 0, 0, 0x80, 9}},
      {"9223372036854775807", {0xf4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 9}},
  };
  for (const auto& [text, element] : cases) {
    SCOPED_TRACE(text);
    Listpack pack;
    pack.Append(text);
    Bytes expected{static_cast<uint8_t>(7 + element.size()), 0, 0, 0, 1, 0};
    expected.insert(expected.end(), element.begin(), element.end());
    expected.push_back(0xff);
    EXPECT_EQ(BytesOf(pack), expected);
    EXPECT_EQ(ListpackElementBytes(text), element.size());
    const ListpackValue value = pack.view().Get(pack.view().First());
    EXPECT_TRUE(value.is_integer);
    EXPECT_EQ(value.ToString(), text);
    EXPECT_EQ(value.length(), strlen(text));
    EXPECT_EQ(ListpackIntegerBytes(value.integer), element.size());
    Listpack by_number;
    by_number.AppendInteger(value.integer);
    EXPECT_EQ(BytesOf(by_number), expected);
    ExpectSound(pack);
  }
}

TEST(Listpack, TextThatIsNoCanonicalIntegerStaysText) {
  for (const char* text : {"", "-0", "+1", "01", " 1", "1 ", "9223372036854775808", "1.0", "-"}) {
    Listpack pack;
    pack.Append(text);
    EXPECT_FALSE(pack.view().Get(6).is_integer) << text;
    EXPECT_EQ(pack.view().Get(6).text, text);
  }
}

TEST(Listpack, StringLengthsAroundEveryBoundary) {
  for (const size_t size :
       {0, 1, 62, 63, 64, 125, 126, 127, 128, 4095, 4096, 16377, 16378, 16379, 2097145, 2097146, 2097147}) {
    SCOPED_TRACE(size);
    const std::string text(size, 'x');
    Listpack pack;
    pack.Append("first");
    pack.Append(text);
    pack.Append("last");
    const ListpackView view = pack.view();
    ExpectSound(pack);
    EXPECT_EQ(pack.bytes(), kEmptyListpackBytes + 7 + 6 + ListpackElementBytes(text));
    EXPECT_EQ(view.Get(view.Seek(1)).text, text);
    EXPECT_EQ(view.Previous(view.Previous(view.Last())), view.First());
    EXPECT_EQ(view.Next(view.Seek(1)), view.Last());
  }
  // The limits of the backward length are below what its bits could say.
  EXPECT_EQ(ListpackElementBytes(std::string(16382 - 5, 'x')), 16382u + 2);
  EXPECT_EQ(ListpackElementBytes(std::string(16383 - 5, 'x')), 16383u + 3);
}

TEST(Listpack, SeekFromBothEnds) {
  Listpack pack;
  for (int i = 0; i < 100; ++i) pack.AppendInteger(i * 1000);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(pack.view().Get(pack.view().Seek(i)).integer, i * 1000);
    EXPECT_EQ(pack.view().Get(pack.view().Seek(i - 100)).integer, i * 1000);
  }
  EXPECT_EQ(pack.view().Seek(100), 0u);
  EXPECT_EQ(pack.view().Seek(-101), 0u);
  EXPECT_EQ(pack.view().Seek(INT64_MIN), 0u);
  EXPECT_EQ(pack.view().Seek(INT64_MAX), 0u);
}

TEST(Listpack, FindComparesTextAndIntegersAndSkips) {
  const Listpack pack = PackOf({"a", "10", "10", "b", "c", "x", "10x", ""});
  const ListpackView view = pack.view();
  EXPECT_EQ(view.Find(view.First(), "10"), view.Seek(1));
  EXPECT_EQ(view.Find(view.Seek(2), "10"), view.Seek(2));
  EXPECT_EQ(view.Find(view.First(), "10", 1), view.Seek(2));
  EXPECT_EQ(view.Find(view.First(), "b", 1), 0u);
  EXPECT_EQ(view.Find(view.First(), "10x"), view.Seek(6));
  EXPECT_EQ(view.Find(view.First(), ""), view.Seek(7));
  EXPECT_EQ(view.Find(view.First(), "010"), 0u);
  EXPECT_EQ(view.Find(0, "a"), 0u);
  EXPECT_TRUE(view.Get(view.Seek(1)).Equals("10"));
  EXPECT_FALSE(view.Get(view.Seek(1)).Equals("010"));
  EXPECT_TRUE(view.Get(view.Seek(0)).Equals("a"));
}

TEST(Listpack, InsertReplaceErase) {
  Listpack pack = PackOf({"a", "b", "c"});
  uint32_t at = pack.Insert(pack.view().Seek(1), Listpack::Where::kBefore, "1");
  EXPECT_EQ(pack.view().Get(at).integer, 1);
  at = pack.Insert(pack.view().Seek(-1), Listpack::Where::kAfter, "end");
  EXPECT_EQ(pack.view().Get(at).text, "end");
  pack.Replace(pack.view().Seek(0), std::string(200, 'A'));
  pack.ReplaceInteger(pack.view().Seek(2), 70000);
  EXPECT_EQ(Elements(pack.view()), (std::vector<std::string>{std::string(200, 'A'), "1", "70000", "c", "end"}));
  ExpectSound(pack);
  at = pack.Erase(pack.view().Seek(0));
  EXPECT_EQ(pack.view().Get(at).integer, 1);
  EXPECT_EQ(pack.Erase(pack.view().Last()), 0u);
  pack.Prepend("front"), pack.PrependInteger(-5);
  at = pack.InsertPair(pack.view().Seek(1), "k", "v");
  EXPECT_EQ(at, pack.view().Seek(1));
  pack.AppendPair("x", "9");
  at = pack.InsertInteger(pack.view().Seek(0), Listpack::Where::kAfter, 4);
  EXPECT_EQ(pack.view().Get(at).integer, 4);
  EXPECT_EQ(Elements(pack.view()),
            (std::vector<std::string>{"-5", "4", "k", "v", "front", "1", "70000", "c", "x", "9"}));
  ExpectSound(pack);
}

TEST(Listpack, EraseRangesAndClear) {
  Listpack pack = PackOf({"0", "1", "2", "3", "4", "5", "6"});
  const uint32_t at = pack.EraseRange(pack.view().Seek(1), 2);
  EXPECT_EQ(pack.view().Get(at).integer, 3);
  pack.EraseIndexRange(-2, 100);
  EXPECT_EQ(Elements(pack.view()), (std::vector<std::string>{"0", "3", "4"}));
  pack.EraseIndexRange(3, 1), pack.EraseIndexRange(-4, 1), pack.EraseIndexRange(0, 0);
  EXPECT_EQ(pack.size(), 3u);
  EXPECT_EQ(pack.EraseRange(pack.view().Seek(0), SIZE_MAX), 0u);
  EXPECT_TRUE(pack.empty());
  pack.Append("x");
  pack.Clear();
  EXPECT_EQ(BytesOf(pack), BytesOf(Listpack()));
}

TEST(Listpack, JoinsOthersAtBothEnds) {
  Listpack pack = PackOf({"c", "4"});
  const Listpack before = PackOf({"a", "b"}), after = PackOf({"5"});
  pack.PrependAll(before.view());
  pack.AppendAll(after.view());
  pack.AppendAll(Listpack().view());
  EXPECT_EQ(BytesOf(pack), BytesOf(PackOf({"a", "b", "c", "4", "5"})));
}

TEST(Listpack, CountIsUnknownBeyondTheHeader) {
  Listpack pack;
  for (int i = 0; i < 65534; ++i) pack.Append("1");
  EXPECT_EQ(BytesOf(pack)[4], 0xfe);
  EXPECT_EQ(pack.size(), 65534u);
  pack.Append("2");
  EXPECT_EQ(BytesOf(pack)[4], 0xff);
  EXPECT_EQ(BytesOf(pack)[5], 0xff);
  EXPECT_EQ(pack.size(), 65535u);
  pack.Append("3");
  EXPECT_EQ(pack.size(), 65536u);
  EXPECT_EQ(pack.view().Get(pack.view().Seek(65535)).integer, 3);
  EXPECT_EQ(pack.view().Get(pack.view().Seek(-2)).integer, 2);
  EXPECT_EQ(pack.view().Seek(65536), 0u);
  EXPECT_EQ(pack.view().Seek(-65537), 0u);
  ExpectSound(pack);
  pack.Erase(pack.view().First());
  EXPECT_EQ(pack.size(), 65535u);
  ExpectSound(pack);
}

TEST(Listpack, MemoryFollowsSizeBothWays) {
  Listpack pack;
  EXPECT_EQ(pack.memory_bytes(), 16u);
  pack.Append(std::string(1000, 'x'));
  EXPECT_EQ(pack.memory_bytes(), AllocationSize(pack.bytes()));
  pack.Erase(pack.view().First());
  EXPECT_EQ(pack.memory_bytes(), 16u);
  EXPECT_TRUE(pack.HasRoom(kMaxListpackBytes - 7));
  EXPECT_FALSE(pack.HasRoom(kMaxListpackBytes - 6));
  EXPECT_FALSE(pack.HasRoom(SIZE_MAX));
}

TEST(Listpack, OwnershipMoves) {
  Listpack pack = PackOf({"a"});
  Listpack moved = std::move(pack);
  Listpack other;
  other = std::move(moved);
  Listpack again = Listpack::Adopt(other.Release());
  const Listpack copy = again.Clone();
  again.Append("b");
  EXPECT_EQ(Elements(copy.view()), (std::vector<std::string>{"a"}));
  EXPECT_EQ(Elements(again.view()), (std::vector<std::string>{"a", "b"}));
}

std::string RandomElement(Random& random) {
  switch (random.Below(5)) {
    case 0:
      return std::to_string(static_cast<int64_t>(random.Next()) >> random.Below(64));
    case 1:
      return std::string(random.Below(5000), static_cast<char>(random.Next()));
    default: {
      std::string text(random.Below(80), '\0');
      for (char& c : text) c = static_cast<char>(random.Next());
      return text;
    }
  }
}

TEST(Listpack, BehavesAsAVectorOfStrings) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 60; ++round) {
    Listpack pack;
    std::vector<std::string> model;
    for (int step = 0; step < 120; ++step) {
      const std::string text = RandomElement(random);
      const size_t i = model.empty() ? 0 : random.Below(model.size());
      const uint32_t at = pack.view().Seek(static_cast<int64_t>(i));
      const auto place = model.begin() + static_cast<ptrdiff_t>(i);
      switch (model.empty() ? 0 : random.Below(7)) {
        case 0:
          pack.Append(text), model.push_back(text);
          break;
        case 1:
          pack.Prepend(text), model.insert(model.begin(), text);
          break;
        case 2:
          pack.Insert(at, Listpack::Where::kBefore, text), model.insert(place, text);
          break;
        case 3:
          pack.Insert(at, Listpack::Where::kAfter, text), model.insert(place + 1, text);
          break;
        case 4:
          pack.Replace(at, text), *place = text;
          break;
        case 5:
          pack.Erase(at), model.erase(place);
          break;
        case 6: {
          const size_t count = std::min<size_t>(random.Below(4), model.size() - i);
          pack.EraseRange(at, count), model.erase(place, place + static_cast<ptrdiff_t>(count));
          break;
        }
      }
      ASSERT_EQ(pack.size(), model.size());
    }
    ExpectSound(pack);
    ASSERT_EQ(Elements(pack.view()), model);
    std::vector<std::string> backwards;
    for (uint32_t at = pack.view().Last(); at != 0; at = pack.view().Previous(at)) {
      backwards.insert(backwards.begin(), pack.view().Get(at).ToString());
    }
    ASSERT_EQ(backwards, model);
  }
}

// ---- hostile bytes ----

TEST(ListpackValidation, ShallowLooksAtTheFrameOnly) {
  Bytes bytes = BytesOf(PackOf({"a", "b"}));
  bytes[6] = 0xf9;
  EXPECT_TRUE(ValidateListpack(bytes, false));
  EXPECT_FALSE(ValidateListpack(bytes, true));
  bytes.back() = 0;
  EXPECT_FALSE(ValidateListpack(bytes, false));
  EXPECT_FALSE(ValidateListpack(Bytes{}, false));
  EXPECT_FALSE(ValidateListpack(Bytes{6, 0, 0, 0, 0, 0}, false));
  EXPECT_FALSE(ValidateListpack(Bytes{8, 0, 0, 0, 0, 0, 0xff}, false));
  EXPECT_TRUE(ValidateListpack(Bytes{7, 0, 0, 0, 0, 0, 0xff}, true));
}

TEST(ListpackValidation, RefusesWhatReachesOutOrLies) {
  const auto refused = [](Bytes elements, uint8_t count) {
    Bytes bytes{static_cast<uint8_t>(7 + elements.size()), 0, 0, 0, count, 0};
    bytes.insert(bytes.end(), elements.begin(), elements.end());
    bytes.push_back(0xff);
    return !ValidateListpack(bytes, true);
  };
  EXPECT_FALSE(refused({1, 1}, 1));
  EXPECT_TRUE(refused({1, 1}, 2)) << "count too high";
  EXPECT_TRUE(refused({1, 1, 2, 1}, 1)) << "count too low";
  EXPECT_TRUE(refused({1}, 1)) << "no backward length";
  EXPECT_TRUE(refused({1, 2}, 1)) << "wrong backward length";
  EXPECT_TRUE(refused({1, 0x81}, 1)) << "backward length that goes on";
  EXPECT_TRUE(refused({0xc0}, 1)) << "half an integer";
  EXPECT_TRUE(refused({0xf4, 1, 2, 3, 9}, 1)) << "integer too short";
  EXPECT_TRUE(refused({0x82, 'a', 1}, 1)) << "text too short";
  EXPECT_TRUE(refused({0xe0}, 1)) << "half a length";
  EXPECT_TRUE(refused({0xf0, 1, 0, 0}, 1)) << "part of a length";
  EXPECT_TRUE(refused({0xf0, 0xff, 0xff, 0xff, 0xff, 'a', 6}, 1)) << "length beyond the end";
  EXPECT_TRUE(refused({0xf5, 1}, 1)) << "no such encoding";
  EXPECT_TRUE(refused({0xff, 1, 1}, 2)) << "end mark inside";
}

TEST(ListpackValidation, TheCheckSeesEveryElementAndMayRefuse) {
  const Bytes bytes = BytesOf(PackOf({"a", "7", "c"}));
  std::string seen;
  const auto check = [&](const ListpackValue& value) {
    seen += value.ToString();
    return seen.size() < 3;
  };
  EXPECT_FALSE(ValidateListpackElements(bytes, check));
  EXPECT_EQ(seen, "a7c");
  EXPECT_TRUE(ValidateListpackElements(bytes, [](const ListpackValue&) { return true; }));
}

// Whatever is accepted can be read in full, from both ends, without leaving the block.
TEST(ListpackValidation, MutatedBytesAreRefusedOrHarmless) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Listpack pack;
    for (uint64_t i = random.Below(6); i > 0; --i) {
      pack.Append(random.Below(3) > 0 ? std::to_string(random.Next() >> random.Below(64))
                                      : std::string(random.Below(200), 'x'));
    }
    Bytes bytes = BytesOf(pack);
    for (uint64_t i = 1 + random.Below(3); i > 0; --i) {
      bytes[random.Below(bytes.size())] = static_cast<uint8_t>(random.Next());
    }
    // A block of exactly that size, so that a sanitizer sees a step out of it.
    const Bytes exact(bytes.begin(), bytes.end());
    if (!ValidateListpack(exact, true)) continue;
    ++accepted;
    const ListpackView view(exact.data());
    const std::vector<std::string> forwards = Elements(view);
    size_t backwards = 0;
    for (uint32_t at = view.Last(); at != 0; at = view.Previous(at)) {
      ASSERT_EQ(view.Get(at).ToString(), forwards[forwards.size() - ++backwards]);
    }
    ASSERT_EQ(backwards, forwards.size());
    ASSERT_EQ(view.size(), forwards.size());
  }
  EXPECT_GT(accepted, 0u);
}

}  // namespace
}  // namespace keyway::ds
