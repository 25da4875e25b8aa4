#include "server/data/list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace keyway::data {
namespace {

using Strings = std::vector<std::string>;
using Where = List::Where;

Strings All(const List& list) {
  Strings all;
  list.ForEach([&](const ds::ListpackValue& value) { all.push_back(value.ToString()); });
  return all;
}

List& Fill(List& list, const Strings& elements, const ListLimits& limits) {
  for (const std::string& element : elements) list.Push(ListEnd::kTail, element, limits);
  return list;
}

TEST(List, SmallOnesAreListpacksOnlyWhereTheServerSaysSo) {
  EXPECT_EQ(List(ListLimits{}).encoding(), Encoding::kListpack);
  EXPECT_EQ(List(ListLimits{.small_is_listpack = false}).encoding(), Encoding::kQuicklist);
  const ListLimits quicklists{.small_is_listpack = false};
  List list(quicklists);
  Fill(list, {"a", "b"}, quicklists);
  list.EraseRange(0, 1, quicklists);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  EXPECT_EQ(All(list), (Strings{"b"}));
}

TEST(List, GrowsIntoAQuicklistAndShrinksBackAtHalf) {
  const ListLimits limits{.node_size = 10};
  List list(limits);
  for (int i = 0; i < 10; ++i) list.Push(ListEnd::kHead, std::to_string(i), limits);
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  list.Push(ListEnd::kHead, "10", limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  EXPECT_EQ(list.nodes().node_count(), 2u);
  list.EraseRange(0, 1, limits);
  EXPECT_EQ(list.nodes().node_count(), 1u);
  list.EraseRange(0, 4, limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist) << "still above half of the limit";
  list.EraseRange(0, 1, limits);
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  EXPECT_EQ(All(list), (Strings{"4", "3", "2", "1", "0"}));
}

TEST(List, BytesCountBeforeElementsArePushedTogether) {
  const ListLimits limits{.node_size = -1};
  const std::string big(2000, 'x');
  const std::string_view three[] = {big, big, big};
  List list(limits);
  list.Push(ListEnd::kTail, three, limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  List other(limits);
  other.Push(ListEnd::kTail, std::string(4096, 'x'), limits);
  EXPECT_EQ(other.encoding(), Encoding::kQuicklist);
  List fits(limits);
  fits.Push(ListEnd::kTail, std::string(4089, 'x'), limits);
  EXPECT_EQ(fits.encoding(), Encoding::kListpack);
}

TEST(List, ReplacingAndInsertingConvertToo) {
  const ListLimits limits{.node_size = -1};
  List list(limits);
  Fill(list, {"a", "b", "c"}, limits);
  EXPECT_TRUE(list.Replace(1, std::string(5000, 'x'), limits));
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  EXPECT_TRUE(list.Replace(-2, "b", limits));
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  EXPECT_FALSE(list.Replace(3, "x", limits));
  EXPECT_FALSE(list.Replace(-4, "x", limits));
  EXPECT_TRUE(list.InsertBeside("c", Where::kAfter, std::string(5000, 'y'), limits));
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  EXPECT_FALSE(list.InsertBeside("absent", Where::kAfter, "z", limits));
  EXPECT_FALSE(list.Replace(4, "x", limits));
  EXPECT_EQ(list.Remove(std::string(5000, 'y'), SIZE_MAX, true, limits), 1u);
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  EXPECT_EQ(All(list), (Strings{"a", "b", "c"}));
}

TEST(List, ElementsByIndex) {
  const ListLimits limits{.node_size = 2};
  List list(limits);
  Fill(list, {"a", "1", "c", "d", "e"}, limits);
  std::string seen;
  const auto take = [&](const ds::ListpackValue& value) { seen = value.ToString(); };
  EXPECT_TRUE(list.At(1, take));
  EXPECT_EQ(seen, "1");
  EXPECT_TRUE(list.At(-1, take));
  EXPECT_EQ(seen, "e");
  EXPECT_FALSE(list.At(5, take));
  EXPECT_FALSE(list.At(-6, take));
  EXPECT_FALSE(list.At(INT64_MIN, take));
}

TEST(List, LoadsNodesAndGivesThemAway) {
  const ListLimits limits{.node_size = 4};
  ds::Listpack pack;
  pack.Append("a"), pack.Append("2");
  auto list = List::ForLoading(limits);
  list->AppendPackedNode(pack.view().span());
  list->FinishLoading(limits);
  EXPECT_EQ(list->encoding(), Encoding::kListpack);
  size_t nodes = 0;
  list->ForEachNode([&](const ds::QuicklistNodeView& node) {
    ++nodes;
    EXPECT_FALSE(node.plain || node.compressed);
    EXPECT_EQ(node.count, 2u);
    EXPECT_EQ(node.stored.size(), pack.bytes());
  });
  EXPECT_EQ(nodes, 1u);

  list = List::ForLoading(limits);
  list->AppendPackedNode(pack.view().span());
  list->AppendPlainNode("big");
  list->Push(ListEnd::kTail, "pushed", limits);
  list->FinishLoading(limits);
  EXPECT_EQ(list->encoding(), Encoding::kQuicklist);
  EXPECT_EQ(All(*list), (Strings{"a", "2", "big", "pushed"}));
  EXPECT_EQ(list->FreeEffort(), 3u);

  // A single big element is no listpack either.
  list = List::ForLoading(limits);
  list->AppendPlainNode("big");
  list->FinishLoading(limits);
  EXPECT_EQ(list->encoding(), Encoding::kQuicklist);
}

TEST(List, MemoryAndCopies) {
  const ListLimits limits{.node_size = -2};
  List list(limits);
  Fill(list, {"a", "b"}, limits);
  EXPECT_LE(list.MemoryBytes(0), 48u);
  EXPECT_EQ(list.FreeEffort(), 1u);
  const auto small = list.Clone();
  for (int i = 0; i < 1000; ++i) list.Push(ListEnd::kTail, std::string(100, 'x'), limits);
  EXPECT_GT(list.MemoryBytes(0), 100'000u);
  EXPECT_NEAR(static_cast<double>(list.MemoryBytes(5)), static_cast<double>(list.MemoryBytes(0)), 10'000);
  EXPECT_EQ(All(static_cast<const List&>(*small)), (Strings{"a", "b"}));
  EXPECT_EQ(All(static_cast<const List&>(*list.Clone())), All(list));
}

TEST(List, BehavesAsADeque) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 40; ++round) {
    const ListLimits limits{.node_size = round % 3 == 0 ? -1 : static_cast<int64_t>(random.Below(20)),
                            .compress_depth = static_cast<int64_t>(random.Below(3)),
                            .small_is_listpack = random.Below(4) > 0};
    List list(limits);
    std::deque<std::string> model;
    for (int step = 0; step < 300; ++step) {
      const std::string text =
          random.Below(3) == 0 ? std::string(random.Below(1500), 'x') : std::to_string(random.Below(9));
      const size_t i = model.empty() ? 0 : random.Below(model.size());
      const auto place = model.begin() + static_cast<ptrdiff_t>(i);
      switch (model.empty() ? random.Below(2) : random.Below(7)) {
        case 0:
          list.Push(ListEnd::kHead, text, limits), model.push_front(text);
          break;
        case 1:
          list.Push(ListEnd::kTail, text, limits), model.push_back(text);
          break;
        case 2:
          ASSERT_TRUE(list.Replace(static_cast<int64_t>(i), text, limits));
          *place = text;
          break;
        case 3: {
          const std::string pivot = *place;
          ASSERT_TRUE(list.InsertBeside(pivot, Where::kAfter, text, limits));
          model.insert(std::find(model.begin(), model.end(), pivot) + 1, text);
          break;
        }
        case 4: {
          const std::string gone = *place;
          ASSERT_EQ(list.Remove(gone, 1, false, limits), 1u);
          model.erase(std::find(model.begin(), model.end(), gone));
          break;
        }
        default: {
          const size_t count = std::min<size_t>(random.Below(5), model.size() - i);
          list.EraseRange(i, count, limits);
          model.erase(place, place + static_cast<ptrdiff_t>(count));
        }
      }
      ASSERT_EQ(list.size(), model.size());
      if (step % 5 > 0) continue;
      ASSERT_EQ(All(list), Strings(model.begin(), model.end()));
    }
  }
}

}  // namespace
}  // namespace keyway::data
