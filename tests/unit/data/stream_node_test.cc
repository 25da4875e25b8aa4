#include "server/data/stream_node.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/random.h"
#include "server/data/stream.h"

namespace keyway::data {
namespace {

using ds::Listpack;

// A node from its elements.
Listpack Make(const std::vector<std::string>& elements) {
  Listpack pack;
  for (const std::string& element : elements) pack.Append(element);
  return pack;
}

bool Valid(const std::vector<std::string>& elements, StreamId first = {10, 5}) {
  const Listpack pack = Make(elements);
  return ValidateStreamListpack(pack.view().span(), first, true);
}

TEST(StreamNode, LayoutIsTheOneOfFiles) {
  const std::string_view one[] = {"f", "1", "g", "x"};
  const std::string_view two[] = {"h", "y"};
  Listpack node = NewStreamNode(one);
  AppendStreamEntry(node, {10, 5}, {10, 5}, one);
  AppendStreamEntry(node, {10, 5}, {12, 0}, two);
  std::vector<std::string> elements;
  node.view().ForEach([&](const ds::ListpackValue& value) { elements.push_back(value.ToString()); });
  EXPECT_EQ(elements, (std::vector<std::string>{"2", "0", "2", "f", "g", "0",          // master
                                                "2", "0", "0", "1", "x", "5",          // same fields
                                                "0", "2", "-5", "1", "h", "y", "6"}))  // others
      << "elements of a node";
}

TEST(StreamNode, AcceptsWhatIsRight) {
  EXPECT_TRUE(Valid({"1", "0", "1", "f", "0", "2", "0", "0", "v", "4"}));
  EXPECT_TRUE(Valid({"1", "1", "1", "f", "0", "3", "0", "0", "v", "4", "0", "0", "7", "1", "g", "v", "6"}));
  // Deleted messages behind which the last ID was set back.
  EXPECT_TRUE(
      Valid({"2", "1", "1", "f", "0", "2", "0", "0", "v", "4", "3", "9", "0", "v", "4", "2", "1", "0", "v", "4"}));
  EXPECT_TRUE(Valid({"0", "1", "1", "f", "0", "3", "0", "0", "v", "4"}));
}

TEST(StreamNode, RefusesWhatIsWrong) {
  EXPECT_FALSE(Valid({}));
  EXPECT_FALSE(Valid({"1"}));
  EXPECT_FALSE(Valid({"0", "0", "1", "f"}));                                 // no end of the master
  EXPECT_FALSE(Valid({"0", "0", "1", "f", "1"}));                            // another end of the master
  EXPECT_FALSE(Valid({"0", "0", "-1", "0"}));                                // fields below none
  EXPECT_FALSE(Valid({"0", "0", "9000000000000000000", "f", "0"}));          // more fields than bytes
  EXPECT_FALSE(Valid({"x", "0", "1", "f", "0"}));                            // text for a number
  EXPECT_FALSE(Valid({"2", "0", "1", "f", "0", "2", "0", "0", "v", "4"}));   // a message missing
  EXPECT_FALSE(Valid({"0", "0", "1", "f", "0", "2", "0", "0", "v", "4"}));   // one too many
  EXPECT_FALSE(Valid({"1", "0", "1", "f", "0", "3", "0", "0", "v", "4"}));   // deleted, not counted so
  EXPECT_FALSE(Valid({"1", "0", "1", "f", "0", "8", "0", "0", "v", "4"}));   // unknown flags
  EXPECT_FALSE(Valid({"1", "0", "1", "f", "0", "2", "0", "0", "v", "5"}));   // wrong count of elements
  EXPECT_FALSE(Valid({"1", "0", "1", "f", "0", "2", "0", "0", "v"}));        // none
  EXPECT_FALSE(Valid({"1", "0", "1", "f", "0", "2", "0", "-1", "v", "4"}));  // before the node's own ID
  EXPECT_FALSE(Valid({"1", "0", "1", "f", "0", "0", "0", "0", "-1", "4"}));  // fields below none
  EXPECT_FALSE(Valid({"1", "0", "1", "f", "0", "0", "0", "0", "4611686018427387904", "4"}));
  EXPECT_FALSE(
      Valid({"2", "0", "1", "f", "0", "2", "0", "0", "v", "4", "2", "0", "0", "v", "4"}));  // the same ID twice
}

// A node that somebody else wrote may have small numbers in more bytes than they take.
TEST(StreamNode, FlagsInWideNumbers) {
  Listpack node = Make({"2", "0", "1", "f", "0", "2", "0", "0", "v", "4", "2", "0", "1", "w", "4"});
  std::vector<uint8_t> bytes(node.view().span().begin(), node.view().span().end());
  const StreamNodeHeader header = ReadStreamNodeHeader(node.view());
  const uint8_t wide[] = {0xf1, 2, 0, 3};  // 16 bits
  bytes.erase(bytes.begin() + header.entries_at, bytes.begin() + header.entries_at + 2);
  bytes.insert(bytes.begin() + header.entries_at, wide, wide + 4);
  bytes[0] = static_cast<uint8_t>(bytes.size());
  ASSERT_TRUE(ValidateStreamListpack(bytes, {10, 5}, true));
  Listpack wider = Listpack::FromBytes(bytes);
  EXPECT_EQ(FlagFirstStreamEntriesDeleted(wider, {10, 5}, 2, kMaxStreamId), 2u);
  AdjustStreamNode(wider, -2, 2);
  EXPECT_TRUE(ValidateStreamListpack(wider.view().span(), {10, 5}, true));
}

// Bytes of a good node with some of them changed: refused, or safe to read in both directions and to change.
TEST(StreamNode, HostileBytes) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  Stream stream;
  for (uint64_t i = 1; i <= 20; ++i) {
    const std::string value = std::to_string(random.Next());
    const std::string_view same[] = {"field", value, "other", "text"};
    const std::string_view different[] = {"z", value};
    stream.Append({i, i}, i % 4 == 0 ? std::span<const std::string_view>(different) : same, {});
  }
  stream.Delete({3, 3});
  std::vector<uint8_t> good;
  stream.ForEachNode([&](StreamId, ds::ListpackView node) { good.assign(node.span().begin(), node.span().end()); });
  ASSERT_TRUE(ValidateStreamListpack(good, {1, 1}, true));
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<uint8_t> bytes = good;
    for (uint64_t changes = 1 + random.Below(3); changes > 0; --changes) {
      bytes[random.Below(bytes.size())] = static_cast<uint8_t>(random.Below(256));
    }
    ValidateStreamListpack(bytes, {1, 1}, false);
    if (!ValidateStreamListpack(bytes, {1, 1}, true)) continue;
    ++accepted;
    Stream read;
    ASSERT_TRUE(read.AppendNode({1, 1}, Listpack::FromBytes(bytes)));
    if (!read.SetCounters(19, {100, 0}, {3, 3}, 20)) continue;
    for (const bool backwards : {false, true}) {
      StreamReader reader(read, kMinStreamId, kMaxStreamId, backwards);
      size_t messages = 0;
      std::string_view field, value;
      for (; reader.Next(); ++messages) {
        for (size_t i = 0; i < reader.field_count(); ++i) reader.ReadField(&field, &value);
      }
      ASSERT_EQ(messages, 19u);
    }
    read.Delete({5, 5});
    const std::string_view more[] = {"field", "1"};
    read.Append({101, 0}, more, {});
    read.Trim({.by = StreamTrim::By::kLength, .max_length = 3});
    ASSERT_EQ(read.length(), 3u);
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace keyway::data
