#include "server/ds/quicklist.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace keyway::ds {
namespace {

using Strings = std::vector<std::string>;
using Where = Quicklist::Where;

// Lowers the threshold for one test.
struct PackedThreshold {
  explicit PackedThreshold(size_t bytes) { EXPECT_TRUE(SetQuicklistPackedThreshold(bytes)); }
  ~PackedThreshold() { SetQuicklistPackedThreshold(0); }
};

Strings All(const Quicklist& list, bool backwards = false) {
  Strings all;
  list.ForRange(backwards && list.size() > 0 ? list.size() - 1 : 0, SIZE_MAX, backwards,
                [&](const ListpackValue& value) { all.push_back(value.ToString()); });
  return all;
}

std::vector<size_t> Counts(const Quicklist& list) {
  std::vector<size_t> counts;
  list.ForEachNode([&](const QuicklistNodeView& node) { counts.push_back(node.count); });
  return counts;
}

// "P" plain, "l" listpack; "c" behind it: compressed.
std::string Shape(const Quicklist& list) {
  std::string shape;
  list.ForEachNode([&](const QuicklistNodeView& node) {
    shape += node.plain ? "P" : "l";
    if (node.compressed) shape += "c";
  });
  return shape;
}

Quicklist& Fill(Quicklist& list, const Strings& elements) {
  for (const std::string& element : elements) list.PushBack(element);
  return list;
}

TEST(Quicklist, NodesHoldWhatFillSays) {
  Quicklist by_count(4, 0);
  for (int i = 0; i < 10; ++i) by_count.PushBack(std::to_string(i));
  EXPECT_EQ(Counts(by_count), (std::vector<size_t>{4, 4, 2}));
  by_count.PushFront("front");
  EXPECT_EQ(Counts(by_count), (std::vector<size_t>{1, 4, 4, 2}));
  // However many elements are allowed, a node of several stays below 8 KB.
  Quicklist big_elements(100, 0);
  for (int i = 0; i < 6; ++i) big_elements.PushBack(std::string(3000, 'x'));
  EXPECT_EQ(Counts(big_elements), (std::vector<size_t>{2, 2, 2}));

  const size_t sizes[] = {4096, 8192, 16384, 32768, 65536};
  for (int fill = -1; fill >= -5; --fill) {
    Quicklist by_bytes(fill, 0);
    for (int i = 0; i < 3000; ++i) by_bytes.PushBack(std::string(100, 'x'));
    size_t biggest = 0;
    by_bytes.ForEachNode([&](const QuicklistNodeView& node) { biggest = std::max(biggest, node.bytes); });
    EXPECT_LE(biggest, sizes[-fill - 1]);
    EXPECT_GT(biggest, sizes[-fill - 1] - 120);
  }
  EXPECT_EQ(Quicklist(-9, 0).fill(), -5);
  EXPECT_EQ(Quicklist(1 << 20, 0).fill(), INT16_MAX);
  EXPECT_EQ(Quicklist(0, 1 << 20).depth(), UINT16_MAX);
  Quicklist one_each(0, 0);
  EXPECT_EQ(Counts(Fill(one_each, {"a", "b"})), (std::vector<size_t>{1, 1}));
}

TEST(Quicklist, ElementsFromTheThresholdOnArePlainNodes) {
  PackedThreshold threshold(5);
  Quicklist list(-2, 0);
  Fill(list, {"a", "b", "12345", "c"});
  EXPECT_EQ(Shape(list), "lPl");
  EXPECT_EQ(All(list), (Strings{"a", "b", "12345", "c"}));
  // In the middle of a listpack it splits it.
  EXPECT_TRUE(list.InsertBeside("b", Where::kBefore, "bigger"));
  EXPECT_EQ(Shape(list), "lPlPl");
  EXPECT_EQ(All(list), (Strings{"a", "bigger", "b", "12345", "c"}));
  list.Replace(1, "s");
  EXPECT_EQ(Shape(list), "lPl");
  list.Replace(0, "large 0");
  EXPECT_EQ(Shape(list), "PlPl");
  list.Replace(0, "another one");
  EXPECT_EQ(All(list), (Strings{"another one", "s", "b", "12345", "c"}));
  EXPECT_TRUE(list.InsertBeside("12345", Where::kAfter, "d"));
  EXPECT_EQ(Counts(list), (std::vector<size_t>{1, 2, 1, 2}));
  EXPECT_EQ(list.Remove("12345", SIZE_MAX, false), 1u);
  EXPECT_FALSE(SetQuicklistPackedThreshold(size_t{1} << 32));
}

TEST(Quicklist, SplitsAndJoinsAroundAnInsertion) {
  Quicklist list(4, 0);
  Fill(list, {"a", "b", "c", "d", "e", "f", "g", "h"});
  EXPECT_TRUE(list.InsertBeside("b", Where::kAfter, "x"));
  EXPECT_EQ(All(list), (Strings{"a", "b", "x", "c", "d", "e", "f", "g", "h"}));
  EXPECT_EQ(Counts(list), (std::vector<size_t>{2, 3, 4}));
  EXPECT_TRUE(list.InsertBeside("e", Where::kBefore, "y"));
  EXPECT_EQ(Counts(list), (std::vector<size_t>{2, 4, 4}));
  EXPECT_TRUE(list.InsertBeside("e", Where::kBefore, "z"));
  EXPECT_EQ(Counts(list), (std::vector<size_t>{2, 4, 1, 4}));
  EXPECT_TRUE(list.InsertBeside("g", Where::kBefore, "0"));
  EXPECT_EQ(Counts(list), (std::vector<size_t>{2, 4, 4, 2}));
  EXPECT_EQ(All(list), (Strings{"a", "b", "x", "c", "d", "y", "z", "e", "f", "0", "g", "h"}));
  EXPECT_FALSE(list.InsertBeside("absent", Where::kBefore, "1"));
}

TEST(Quicklist, InnerNodesAreCompressed) {
  Quicklist list(1, 2);
  for (char c = 'a'; c < 'h'; ++c) list.PushBack(std::string(500, c));
  EXPECT_EQ(Shape(list), "lllclclcll");
  list.PushFront(std::string(500, 'z'));
  EXPECT_EQ(Shape(list), "lllclclclcll");
  EXPECT_EQ(list.uncompressed_bytes(), 8 * (7 + 502 + 2u));
  EXPECT_LT(list.memory_bytes(0), 8u * 511);
  // Reading leaves it so.
  EXPECT_EQ(All(list).size(), 8u);
  EXPECT_EQ(All(list, true)[4], std::string(500, 'c'));
  EXPECT_EQ(Shape(list), "lllclclclcll");
  // What comes to the ends is unpacked, what goes inside again is not.
  list.EraseRange(0, 3);
  EXPECT_EQ(Shape(list), "lllcll");
  list.Replace(2, std::string(600, 'y'));
  EXPECT_EQ(Shape(list), "lllcll");
  list.EraseRange(0, 1);
  EXPECT_EQ(Shape(list), "llll");
  EXPECT_EQ(list.Clone()->size(), 4u);
}

TEST(Quicklist, WhatDoesNotShrinkStaysAsItIs) {
  Random random(1);
  Quicklist list(1, 1);
  for (int i = 0; i < 5; ++i) {
    std::string noise(400, '\0');
    for (char& c : noise) c = static_cast<char>(random.Next());
    list.PushBack(noise);
    list.PushBack("short");
  }
  EXPECT_EQ(Shape(list), "llllllllll");
}

TEST(Quicklist, PlainNodesAreCompressedToo) {
  PackedThreshold threshold(10);
  Quicklist list(-2, 1);
  for (char c = 'a'; c < 'f'; ++c) list.PushBack(std::string(500, c));
  EXPECT_EQ(Shape(list), "PPcPcPcP");
  EXPECT_TRUE(list.InsertBeside(std::string(500, 'c'), Where::kBefore, std::string(300, 'x')));
  EXPECT_EQ(Shape(list), "PPcPcPcPcP");
  list.Replace(1, std::string(400, 'y'));
  EXPECT_EQ(Shape(list), "PPcPcPcPcP");
  list.Replace(1, "s");
  EXPECT_EQ(Shape(list), "PlPcPcPcP");
  EXPECT_EQ(All(list), (Strings{std::string(500, 'a'), "s", std::string(300, 'x'), std::string(500, 'c'),
                                std::string(500, 'd'), std::string(500, 'e')}));
  EXPECT_EQ(All(*list.Clone()), All(list));
}

TEST(Quicklist, RangesFromAnywhereBothWays) {
  Quicklist list(3, 1);
  Strings expected;
  for (int i = 0; i < 50; ++i) {
    expected.push_back(std::string(60, 'v') + std::to_string(i));
    list.PushBack(expected.back());
  }
  for (size_t first = 0; first < 50; ++first) {
    Strings forwards, backwards;
    list.ForRange(first, 7, false, [&](const ListpackValue& value) { forwards.push_back(value.ToString()); });
    list.ForRange(first, 7, true, [&](const ListpackValue& value) { backwards.push_back(value.ToString()); });
    const size_t up = std::min<size_t>(7, 50 - first), down = std::min<size_t>(7, first + 1);
    EXPECT_EQ(forwards, Strings(expected.begin() + first, expected.begin() + first + up));
    EXPECT_EQ(backwards, Strings(expected.rbegin() + (49 - first), expected.rbegin() + (49 - first) + down));
  }
  size_t seen = 0;
  list.ForRange(0, SIZE_MAX, false, [&](const ListpackValue&) { return ++seen < 5; });
  EXPECT_EQ(seen, 5u);
  list.ForRange(50, 1, false, [&](const ListpackValue&) { ++seen; });
  EXPECT_EQ(seen, 5u);
}

TEST(Quicklist, RemovesFromBothEnds) {
  Quicklist list(3, 0);
  Fill(list, {"x", "a", "x", "x", "b", "7", "7", "x", "x"});
  EXPECT_EQ(list.Remove("x", 2, true), 2u);
  EXPECT_EQ(All(list), (Strings{"x", "a", "x", "x", "b", "7", "7"}));
  EXPECT_EQ(list.Remove("x", 2, false), 2u);
  EXPECT_EQ(All(list), (Strings{"a", "x", "b", "7", "7"}));
  EXPECT_EQ(list.Remove("07", SIZE_MAX, false), 0u);
  EXPECT_EQ(list.Remove("7", SIZE_MAX, true), 2u);
  EXPECT_EQ(list.Remove("x", SIZE_MAX, true), 1u);
  EXPECT_EQ(list.Remove("a", SIZE_MAX, false), 1u);
  EXPECT_EQ(list.Remove("b", SIZE_MAX, false), 1u);
  EXPECT_EQ(list.size(), 0u);
  EXPECT_EQ(list.node_count(), 0u);
  list.PushFront("again");
  EXPECT_EQ(All(list), (Strings{"again"}));
}

TEST(Quicklist, TakesAndGivesWholeNodes) {
  Listpack pack;
  pack.Append("a"), pack.Append("1");
  Quicklist list(-2, 0);
  list.AppendPacked(pack.Clone());
  EXPECT_FALSE(list.TakeOnlyPack({4096, 1}));
  EXPECT_FALSE(list.TakeOnlyPack({5, SIZE_MAX}));
  list.AppendPlain("big");
  EXPECT_FALSE(list.TakeOnlyPack({4096, SIZE_MAX}));
  EXPECT_EQ(Shape(list), "lP");
  list.EraseRange(2, 1);
  const auto taken = list.TakeOnlyPack({4096, 2});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->size(), 2u);
  EXPECT_EQ(list.size(), 0u);
}

// The end of the first node, which stays where it is unless the node moves.
const char* EndOfHead(const Quicklist& list) {
  const char* end = nullptr;
  list.ForEachNode([&](const QuicklistNodeView& node) {
    if (end == nullptr) end = node.stored.data() + node.stored.size();
  });
  return end;
}

TEST(Quicklist, HeadsComeAndGoWithoutMovingTheRest) {
  Quicklist list(-5, 0);
  int moves = 0;
  const auto note = [&](auto&& change) {
    const char* const before = list.size() > 0 ? EndOfHead(list) : nullptr;
    change();
    moves += before != nullptr && EndOfHead(list) != before;
  };
  constexpr int kElements = 2000;
  const std::string text(20, 'x');
  for (int i = 0; i < kElements; ++i) note([&] { list.PushFront(text); });
  ASSERT_EQ(list.node_count(), 1u);
  EXPECT_LT(moves, 200);
  // No byte more than a list that was filled from behind.
  Quicklist appended(-5, 0);
  for (int i = 0; i < kElements; ++i) appended.PushBack(text);
  EXPECT_EQ(list.memory_bytes(0), appended.memory_bytes(0));
  moves = 0;
  for (int i = 0; i < kElements - 1; ++i) note([&] { list.EraseRange(0, 1); });
  EXPECT_LT(moves, 100);
  EXPECT_EQ(All(list), (Strings{text}));
}

TEST(Quicklist, ManySmallElementsAreCountedAtBothEnds) {
  // More than the header of a listpack can count, so it says "unknown".
  Listpack pack;
  for (int i = 0; i < 70000; ++i) pack.AppendInteger(1);
  Quicklist list(-5, 0);
  list.AppendPacked(std::move(pack));
  list.PushFront("first");
  list.EraseRange(0, 60001);
  list.EraseRange(list.size() - 9990, 9990);
  EXPECT_EQ(All(list), Strings(10, "1"));
}

// ---- against a model ----

class QuicklistModel {
 public:
  QuicklistModel(Random& random, int fill, int depth) : random_(random), list_(fill, depth), depth_(depth) {}

  void Step() {
    const std::string text = RandomText();
    const size_t i = model_.empty() ? 0 : random_.Below(model_.size());
    switch (model_.empty() ? random_.Below(2) : random_.Below(11)) {
      case 0:
        list_.PushFront(text), model_.push_front(text);
        break;
      case 1:
        list_.PushBack(text), model_.push_back(text);
        break;
      case 2:
      case 3: {
        const std::string pivot = model_[i];
        const bool after = random_.Below(2) == 0;
        ASSERT_TRUE(list_.InsertBeside(pivot, after ? Where::kAfter : Where::kBefore, text));
        model_.insert(std::find(model_.begin(), model_.end(), pivot) + (after ? 1 : 0), text);
        break;
      }
      case 4:
        list_.Replace(i, text), model_[i] = text;
        break;
      case 5: {
        const size_t count = std::min<size_t>(random_.Below(6), model_.size() - i);
        list_.EraseRange(i, count);
        model_.erase(model_.begin() + static_cast<ptrdiff_t>(i), model_.begin() + static_cast<ptrdiff_t>(i + count));
        break;
      }
      case 6:
        Remove(std::string(model_[i]), 1 + random_.Below(3), random_.Below(2) == 0);
        break;
      case 7: {
        Listpack pack;
        for (size_t n = 1 + random_.Below(4); n > 0; --n) {
          model_.push_back(RandomText());
          pack.Append(model_.back());
        }
        list_.AppendPacked(std::move(pack));
        break;
      }
      default:
        WorkAtTheEnds();
    }
  }

  void Check() {
    ASSERT_EQ(list_.size(), model_.size());
    ASSERT_EQ(All(list_), Strings(model_.begin(), model_.end()));
    ASSERT_EQ(All(list_, true), Strings(model_.rbegin(), model_.rend()));
    size_t nodes = 0, elements = 0;
    list_.ForEachNode([&](const QuicklistNodeView& node) {
      ++nodes, elements += node.count;
      ASSERT_GT(node.count, 0u);
      const size_t from_end = std::min(nodes - 1, list_.node_count() - nodes);
      if (depth_ == 0 || from_end < static_cast<size_t>(depth_)) {
        ASSERT_FALSE(node.compressed) << "node " << nodes;
      } else if (node.bytes > 500) {
        // Long texts of the model are all of one character.
        ASSERT_TRUE(node.compressed) << "node " << nodes << " of " << list_.node_count();
      }
      if (!node.plain && !node.compressed) {
        const auto* data = reinterpret_cast<const uint8_t*>(node.stored.data());
        ASSERT_TRUE(ValidateListpack({data, node.stored.size()}, true));
      }
    });
    ASSERT_EQ(nodes, list_.node_count());
    ASSERT_EQ(elements, model_.size());
    ASSERT_EQ(All(*list_.Clone()), All(list_));
  }

 private:
  // Pushes and pops, many of them at the same end.
  void WorkAtTheEnds() {
    for (size_t n = random_.Below(40); n > 0; --n) {
      const bool front = random_.Below(3) == 0, push = model_.empty() || random_.Below(2) == 0;
      if (push) {
        const std::string text = RandomText();
        front ? list_.PushFront(text) : list_.PushBack(text);
        front ? model_.push_front(text) : model_.push_back(text);
        continue;
      }
      const size_t count = std::min<size_t>(1 + random_.Below(3), model_.size());
      const size_t first = front ? 0 : model_.size() - count;
      list_.EraseRange(first, count);
      model_.erase(model_.begin() + static_cast<ptrdiff_t>(first),
                   model_.begin() + static_cast<ptrdiff_t>(first + count));
    }
  }

  void Remove(const std::string& text, size_t limit, bool backwards) {
    size_t removed = 0;
    for (size_t i = 0; i < model_.size() && removed < limit;) {
      const size_t at = backwards ? model_.size() - 1 - i : i;
      if (model_[at] == text) {
        model_.erase(model_.begin() + static_cast<ptrdiff_t>(at)), ++removed;
      } else {
        ++i;
      }
    }
    ASSERT_EQ(list_.Remove(text, limit, backwards), removed);
  }

  std::string RandomText() {
    switch (random_.Below(4)) {
      case 0:
        return std::to_string(random_.Below(20));
      case 1:
        return std::string(random_.Below(6), static_cast<char>('a' + random_.Below(3)));
      case 2:
        return std::string(600 + random_.Below(600), static_cast<char>('a' + random_.Below(3)));
      default:
        return std::string(random_.Below(100), static_cast<char>('a' + random_.Below(26)));
    }
  }

  Random& random_;
  Quicklist list_;
  std::deque<std::string> model_;
  const int depth_;
};

void RunModel(size_t threshold) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed << " threshold " << threshold);
  PackedThreshold lowered(threshold);
  Random random(seed);
  const int fills[] = {-1, 1, 2, 5, 16};
  for (int round = 0; round < 30; ++round) {
    const int fill = fills[random.Below(5)], depth = static_cast<int>(random.Below(4));
    SCOPED_TRACE(testing::Message() << "fill " << fill << " depth " << depth);
    QuicklistModel model(random, fill, depth);
    for (int step = 0; step < 200; ++step) {
      model.Step();
      if (step % 4 == 0) model.Check();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Quicklist, BehavesAsADeque) { RunModel(0); }
TEST(Quicklist, BehavesAsADequeWithPlainNodes) { RunModel(40); }

}  // namespace
}  // namespace keyway::ds
