#include "server/data/stream_group.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "server/base/random.h"
#include "server/data/stream.h"

namespace keyway::data {
namespace {

TEST(ConsumerGroup, AMessageIsPendingForOneConsumer) {
  ConsumerGroup group({}, 0);
  Consumer* a = group.AddConsumer("a", 1);
  Consumer* b = group.AddConsumer("b", 2);
  EXPECT_EQ(group.AddConsumer("a", 3), nullptr);
  EXPECT_EQ(group.FindConsumer("a"), a);
  EXPECT_EQ(group.FindConsumer("c"), nullptr);
  group.Give({1, 1}, a, 100, 1);
  group.Give({1, 2}, a, 100, 1);
  group.Give({1, 1}, b, 200, 2);
  EXPECT_EQ(a->pending().size(), 1u);
  EXPECT_EQ(b->pending().size(), 1u);
  EXPECT_EQ(group.pending().size(), 2u);
  EXPECT_EQ(group.FindPending({1, 1})->consumer, b);
  EXPECT_EQ(group.FindPending({1, 1})->delivery_count, 2u);
  EXPECT_TRUE(group.Confirm({1, 1}));
  EXPECT_FALSE(group.Confirm({1, 1}));
  EXPECT_TRUE(b->pending().empty());
  EXPECT_EQ(group.RemoveConsumer(a), 1u);
  EXPECT_TRUE(group.pending().empty());
  EXPECT_EQ(group.consumers().size(), 1u);
}

TEST(ConsumerGroup, BuiltAsFilesHaveIt) {
  ConsumerGroup group({5, 0}, ConsumerGroup::kUnknownReads);
  EXPECT_TRUE(group.AddUnowned({1, 0}, 10, 1));
  EXPECT_FALSE(group.AddUnowned({1, 0}, 10, 1));
  EXPECT_TRUE(group.AddUnowned({2, 0}, 20, 3));
  Consumer* consumer = group.AddConsumer("c", 1);
  EXPECT_TRUE(group.Own({1, 0}, consumer));
  EXPECT_FALSE(group.Own({1, 0}, consumer));
  EXPECT_FALSE(group.Own({9, 0}, consumer));
  EXPECT_FALSE(group.AllOwned());
  EXPECT_TRUE(group.Own({2, 0}, consumer));
  EXPECT_TRUE(group.AllOwned());
  EXPECT_EQ(group.FindPending({2, 0})->delivery_count, 3u);
}

TEST(ConsumerGroup, LikeAModel) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  ConsumerGroup group({}, 0);
  std::map<StreamId, std::string> model;
  for (int step = 0; step < 30'000; ++step) {
    const StreamId id{random.Below(5000), 0};
    const std::string name = "a consumer with a long name " + std::to_string(random.Below(5));
    const uint64_t what = random.Below(1000);
    if (what < 600) {
      Consumer* consumer = group.FindConsumer(name);
      if (consumer == nullptr) consumer = group.AddConsumer(name, 0);
      group.Give(id, consumer, 0, 1);
      model[id] = name;
    } else if (what < 999) {
      ASSERT_EQ(group.Confirm(id), model.erase(id) == 1);
    } else if (Consumer* consumer = group.FindConsumer(name)) {
      ASSERT_EQ(group.RemoveConsumer(consumer),
                std::erase_if(model, [&](const auto& one) { return one.second == name; }));
    }
  }
  ASSERT_EQ(group.pending().size(), model.size());
  size_t owned = 0;
  for (const auto& [name, consumer] : group.consumers()) {
    EXPECT_EQ(consumer.name(), name);
    owned += consumer.pending().size();
    for (auto at = consumer.pending().Begin(); at != consumer.pending().End(); at = consumer.pending().Next(at)) {
      ASSERT_EQ(model[consumer.pending().key(at)], name);
      ASSERT_EQ(group.FindPending(consumer.pending().key(at))->consumer, &consumer);
    }
  }
  EXPECT_EQ(owned, model.size());
  EXPECT_GT(group.MemoryBytes(), 0u);
}

// What a group has read and has yet to read, as far as deletions leave it known.
TEST(StreamReads, CountsAndLag) {
  Stream stream;
  ConsumerGroup* group = stream.AddGroup("g", {}, ConsumerGroup::kUnknownReads);
  EXPECT_EQ(stream.LagOf(*group), 0);
  EXPECT_EQ(stream.AddGroup("g", {}, 0), nullptr);
  const std::string_view words[] = {"a", "b"};
  for (uint64_t i = 1; i <= 5; ++i) stream.Append({i, 0}, words, {});
  EXPECT_EQ(stream.LagOf(*group), 5);
  stream.Advance(*group, {1, 0});
  EXPECT_EQ(group->entries_read, 1);
  EXPECT_EQ(stream.LagOf(*group), 4);
  stream.Advance(*group, {1, 0});  // no step back, and none on the spot
  EXPECT_EQ(group->entries_read, 1);
  // A deletion ahead: nobody knows.
  stream.Delete({3, 0});
  EXPECT_EQ(stream.LagOf(*group), std::nullopt);
  stream.Advance(*group, {2, 0});
  EXPECT_EQ(group->entries_read, ConsumerGroup::kUnknownReads);
  // Behind it the count is known at the end.
  stream.Advance(*group, {5, 0});
  EXPECT_EQ(group->entries_read, 5);
  EXPECT_EQ(stream.LagOf(*group), 0);
  EXPECT_EQ(stream.ReadsUpTo({9, 0}), std::nullopt);
  stream.Trim({.by = StreamTrim::By::kLength, .max_length = 0});
  EXPECT_EQ(stream.ReadsUpTo({0, 1}), 5);
  EXPECT_TRUE(stream.RemoveGroup("g"));
  EXPECT_FALSE(stream.RemoveGroup("g"));
  EXPECT_EQ(stream.group_count(), 0u);
}

}  // namespace
}  // namespace keyway::data
