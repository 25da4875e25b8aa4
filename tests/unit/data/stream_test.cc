#include "server/data/stream.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace keyway::data {
namespace {

using Pairs = std::vector<std::string>;
using Model = std::map<StreamId, Pairs>;

void Add(Stream& stream, StreamId id, const Pairs& pairs, const StreamLimits& limits = {}) {
  const std::vector<std::string_view> words(pairs.begin(), pairs.end());
  ASSERT_TRUE(Stream::Fits(words));
  stream.Append(id, words, limits);
}

Model Read(const Stream& stream, StreamId start = kMinStreamId, StreamId end = kMaxStreamId, bool backwards = false) {
  Model model;
  StreamReader reader(stream, start, end, backwards);
  StreamId previous;
  while (reader.Next()) {
    if (!model.empty()) {
      EXPECT_TRUE(backwards ? reader.id() < previous : reader.id() > previous);
    }
    previous = reader.id();
    Pairs pairs;
    for (size_t i = 0; i < reader.field_count(); ++i) {
      std::string_view field, value;
      reader.ReadField(&field, &value);
      pairs.emplace_back(field), pairs.emplace_back(value);
    }
    model[reader.id()] = pairs;
  }
  return model;
}

StreamTrim ByLength(uint64_t length, bool approximate = false, uint64_t limit = 0) {
  return {
      .by = StreamTrim::By::kLength, .approximate = approximate, .limit = limit, .max_length = length, .min_id = {}};
}
StreamTrim ById(StreamId id, bool approximate = false, uint64_t limit = 0) {
  return {.by = StreamTrim::By::kId, .approximate = approximate, .limit = limit, .max_length = 0, .min_id = id};
}

TEST(Stream, ReadsBackWhatWasAppended) {
  Stream stream;
  Add(stream, {1, 0}, {"name", "x", "age", "12"});
  Add(stream, {1, 1}, {"name", "y", "age", "-13"});  // the master's fields
  Add(stream, {2, 0}, {"age", "14", "name", "z"});   // another order
  Add(stream, {3, 5}, {"7", "8"});                   // integers
  Add(stream, {3, 6}, {"", ""});                     // empty texts
  Add(stream, {4, 2}, {"name", std::string(5000, 'a'), "age", "007"});
  const Model expected = {{{1, 0}, {"name", "x", "age", "12"}},
                          {{1, 1}, {"name", "y", "age", "-13"}},
                          {{2, 0}, {"age", "14", "name", "z"}},
                          {{3, 5}, {"7", "8"}},
                          {{3, 6}, {"", ""}},
                          {{4, 2}, {"name", std::string(5000, 'a'), "age", "007"}}};
  EXPECT_EQ(Read(stream), expected);
  EXPECT_EQ(Read(stream, kMinStreamId, kMaxStreamId, true), expected);
  EXPECT_EQ(stream.length(), 6u);
  EXPECT_EQ(stream.first_id(), (StreamId{1, 0}));
  EXPECT_EQ(stream.last_id(), (StreamId{4, 2}));
  EXPECT_EQ(stream.entries_added(), 6u);
  EXPECT_TRUE(stream.Contains({3, 5}));
  EXPECT_FALSE(stream.Contains({3, 4}));
}

TEST(Stream, SequencesThatGoDownWhenTimeGoesUp) {
  Stream stream;
  Add(stream, {5, UINT64_MAX}, {"a", "1"});
  Add(stream, {6, 0}, {"a", "2"});
  Add(stream, {UINT64_MAX, 3}, {"a", "3"});
  Add(stream, kMaxStreamId, {"a", "4"});
  EXPECT_EQ(stream.node_count(), 1u);
  EXPECT_EQ(Read(stream).size(), 4u);
  EXPECT_EQ(Read(stream, {UINT64_MAX, 0}).size(), 2u);
}

TEST(Stream, NodesEndAtTheLimits) {
  Stream by_count;
  for (uint64_t i = 1; i <= 25; ++i) Add(by_count, {i, 0}, {"a", "b"}, {.node_max_bytes = 0, .node_max_entries = 10});
  EXPECT_EQ(by_count.node_count(), 3u);
  Stream by_bytes;
  for (uint64_t i = 1; i <= 25; ++i) {
    Add(by_bytes, {i, 0}, {"a", std::string(100, 'b')}, {.node_max_bytes = 500, .node_max_entries = 0});
  }
  EXPECT_EQ(by_bytes.node_count(), 7u);
  Stream unlimited;
  for (uint64_t i = 1; i <= 5000; ++i) Add(unlimited, {i, 0}, {"a", "b"}, {.node_max_bytes = 0, .node_max_entries = 0});
  EXPECT_EQ(unlimited.node_count(), 1u);
  EXPECT_EQ(Read(unlimited).size(), 5000u);
}

TEST(Stream, DeletesInTheMiddleAndWholeNodes) {
  Stream stream;
  const StreamLimits limits{.node_max_bytes = 0, .node_max_entries = 3};
  for (uint64_t i = 1; i <= 9; ++i) Add(stream, {i, 0}, {"a", std::to_string(i)}, limits);
  EXPECT_TRUE(stream.Delete({5, 0}));
  EXPECT_FALSE(stream.Delete({5, 0}));
  EXPECT_FALSE(stream.Delete({5, 1}));
  EXPECT_EQ(stream.node_count(), 3u);
  EXPECT_TRUE(stream.Delete({4, 0}));
  EXPECT_TRUE(stream.Delete({6, 0}));
  EXPECT_EQ(stream.node_count(), 2u);
  EXPECT_EQ(stream.length(), 6u);
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{6, 0}));
  EXPECT_EQ(stream.first_id(), (StreamId{1, 0}));
  EXPECT_TRUE(stream.Delete({1, 0}));
  EXPECT_EQ(stream.first_id(), (StreamId{2, 0}));
  EXPECT_EQ(stream.FirstStoredId(), (StreamId{1, 0}));
  EXPECT_TRUE(stream.Delete({9, 0}));
  EXPECT_EQ(stream.LastMessageId(), (StreamId{8, 0}));
  for (const uint64_t i : {2, 3, 7, 8}) EXPECT_TRUE(stream.Delete({i, 0}));
  EXPECT_EQ(stream.length(), 0u);
  EXPECT_EQ(stream.node_count(), 0u);
  EXPECT_EQ(stream.first_id(), StreamId{});
  EXPECT_EQ(stream.last_id(), (StreamId{9, 0}));
}

TEST(Stream, TrimsByLength) {
  Stream stream;
  const StreamLimits limits{.node_max_bytes = 0, .node_max_entries = 10};
  for (uint64_t i = 1; i <= 55; ++i) Add(stream, {i, 0}, {"a", "b"}, limits);
  EXPECT_EQ(stream.Trim(ByLength(60)), 0u);
  EXPECT_EQ(stream.Trim(ByLength(38, true)), 10u);
  EXPECT_EQ(stream.Trim(ByLength(38)), 7u);
  EXPECT_EQ(stream.first_id(), (StreamId{18, 0}));
  EXPECT_EQ(stream.Trim(ByLength(0, true, 12)), 3u);
  EXPECT_EQ(stream.Trim(ByLength(0, true)), 35u);
  EXPECT_EQ(stream.length(), 0u);
  EXPECT_EQ(stream.node_count(), 0u);
}

TEST(Stream, TrimsById) {
  Stream stream;
  const StreamLimits limits{.node_max_bytes = 0, .node_max_entries = 10};
  for (uint64_t i = 1; i <= 55; ++i) Add(stream, {i, 0}, {"a", "b"}, limits);
  EXPECT_EQ(stream.Trim(ById({15, 0}, true)), 10u);
  EXPECT_EQ(stream.Trim(ById({15, 0})), 4u);
  EXPECT_EQ(stream.first_id(), (StreamId{15, 0}));
  EXPECT_EQ(stream.Trim(ById({15, 0})), 0u);
  // The last message of a node was deleted before and bears an ID that would stay: the node goes all the same.
  EXPECT_TRUE(stream.Delete({20, 0}));
  EXPECT_EQ(stream.Trim(ById({20, 0})), 5u);
  EXPECT_EQ(stream.node_count(), 4u);
  EXPECT_EQ(stream.first_id(), (StreamId{21, 0}));
}

TEST(Stream, RangesAcrossNodes) {
  Stream stream;
  const StreamLimits limits{.node_max_bytes = 0, .node_max_entries = 4};
  for (uint64_t i = 1; i <= 50; ++i) Add(stream, {i * 10, 0}, {"a", "b"}, limits);
  for (uint64_t start = 0; start <= 510; start += 5) {
    for (uint64_t end = 0; end <= 510; end += 15) {
      const Model forward = Read(stream, {start, 0}, {end, 0});
      EXPECT_EQ(forward, Read(stream, {start, 0}, {end, 0}, true));
      size_t expected = 0;
      for (uint64_t i = 10; i <= 500; i += 10) expected += i >= start && i <= end;
      EXPECT_EQ(forward.size(), expected) << start << " " << end;
    }
  }
}

TEST(Stream, WhatCannotBeStored) {
  const std::string half(size_t{1} << 29, 'x');
  const std::string_view words[] = {"field", half};
  EXPECT_TRUE(Stream::Fits(words));
  const std::string_view twice[] = {half, half};
  EXPECT_FALSE(Stream::Fits(twice));
}

TEST(Stream, CopiesAreEqualAndApart) {
  Stream stream;
  for (uint64_t i = 1; i <= 300; ++i) Add(stream, {i, i}, {"a", std::to_string(i)});
  stream.Delete({7, 7});
  ConsumerGroup* group = stream.AddGroup("g", {5, 0}, 5);
  group->Give({3, 3}, group->AddConsumer("c", 100), 50, 2);
  const auto copy = stream.Clone();
  const auto& other = static_cast<const Stream&>(*copy);
  EXPECT_EQ(Read(other), Read(stream));
  EXPECT_EQ(other.max_deleted_id(), (StreamId{7, 7}));
  EXPECT_EQ(other.entries_added(), 300u);
  const ConsumerGroup* copied = other.FindGroup("g");
  ASSERT_NE(copied, nullptr);
  EXPECT_EQ(copied->FindPending({3, 3})->consumer->name(), "c");
  EXPECT_NE(copied->FindPending({3, 3})->consumer, group->FindPending({3, 3})->consumer);
  stream.Trim(ByLength(0));
  stream.RemoveGroup("g");
  EXPECT_EQ(other.length(), 299u);
  EXPECT_GT(other.MemoryBytes(0), 1000u);
  EXPECT_GT(other.FreeEffort(), 3u);
}

// Everything at random, against a map of messages.
TEST(Stream, LikeAModel) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 10; ++round) {
    const StreamLimits limits{.node_max_bytes = random.Below(2) == 0 ? 0 : 100 + random.Below(2000),
                              .node_max_entries = random.Below(2) == 0 ? 0 : 1 + random.Below(30)};
    Stream stream;
    Model model;
    StreamId last;
    for (int step = 0; step < 3000; ++step) {
      const uint64_t what = random.Below(100);
      if (what < 70) {
        last = random.Below(2) == 0 ? StreamId{last.ms, last.seq + 1 + random.Below(300)}
                                    : StreamId{last.ms + 1 + random.Below(1000), random.Below(100)};
        Pairs pairs;
        for (uint64_t i = 1 + random.Below(3); i > 0; --i) {
          pairs.push_back("f" + std::to_string(i));
          pairs.push_back(random.Below(2) == 0 ? std::to_string(random.Next()) : std::string(random.Below(90), 'v'));
        }
        Add(stream, last, pairs, limits);
        model[last] = pairs;
      } else if (what < 90 && !model.empty()) {
        auto at = model.lower_bound({random.Below(last.ms + 1), 0});
        if (at == model.end()) at = model.begin();
        ASSERT_TRUE(stream.Delete(at->first));
        model.erase(at);
      } else if (what < 93) {
        const uint64_t keep = model.size() - std::min<uint64_t>(model.size(), random.Below(40));
        const uint64_t deleted = stream.Trim(ByLength(keep));
        ASSERT_EQ(deleted, model.size() - keep);
        while (model.size() > keep) model.erase(model.begin());
      } else if (what < 95 && !model.empty()) {
        StreamId to = model.begin()->first;
        to.ms += random.Below(2000);
        stream.Trim(ById(to));
        model.erase(model.begin(), model.lower_bound(to));
      }
      ASSERT_EQ(stream.length(), model.size());
      ASSERT_EQ(stream.first_id(), model.empty() ? StreamId{} : model.begin()->first);
      ASSERT_EQ(stream.LastMessageId(), model.empty() ? StreamId{} : model.rbegin()->first);
    }
    ASSERT_EQ(Read(stream), model);
    ASSERT_EQ(Read(stream, kMinStreamId, kMaxStreamId, true), model);
    // Through bytes, as files move it.
    Stream copy;
    bool good = true;
    stream.ForEachNode([&](StreamId first, ds::ListpackView node) {
      good = good && ValidateStreamListpack(node.span(), first, true) &&
             copy.AppendNode(first, ds::Listpack::FromBytes(node.span()));
    });
    ASSERT_TRUE(good);
    ASSERT_TRUE(copy.SetCounters(stream.length(), stream.last_id(), stream.max_deleted_id(), stream.entries_added()));
    ASSERT_EQ(Read(copy), model);
    ASSERT_EQ(copy.first_id(), stream.first_id());
  }
}

}  // namespace
}  // namespace keyway::data
