#include "server/data/stream_id.h"

#include <gtest/gtest.h>

#include <cstring>

namespace keyway::data {
namespace {

TEST(StreamId, Parses) {
  EXPECT_EQ(ParseStreamId("5-7"), (StreamId{5, 7}));
  EXPECT_EQ(ParseStreamId("5"), (StreamId{5, 0}));
  EXPECT_EQ(ParseStreamId("5", UINT64_MAX), (StreamId{5, UINT64_MAX}));
  EXPECT_EQ(ParseStreamId("18446744073709551615-18446744073709551615"), kMaxStreamId);
  EXPECT_EQ(ParseStreamId("005-07"), (StreamId{5, 7}));
  EXPECT_EQ(ParseStreamId("000-0"), kMinStreamId);
  for (const char* text : {"", "-", "+", "*", "5-", "-5", "5-*", "a", "5-b", "5-6-7", " 5", "18446744073709551616",
                           "1-18446744073709551616", "-1-1"}) {
    EXPECT_EQ(ParseStreamId(text), std::nullopt) << text;
  }
}

TEST(StreamId, SequenceLeftToTheServer) {
  bool given = false;
  EXPECT_EQ(ParseStreamId("5-7", 0, &given), (StreamId{5, 7}));
  EXPECT_TRUE(given);
  EXPECT_EQ(ParseStreamId("5", 0, &given), (StreamId{5, 0}));
  EXPECT_TRUE(given);
  EXPECT_EQ(ParseStreamId("5-*", 0, &given), (StreamId{5, 0}));
  EXPECT_FALSE(given);
  EXPECT_EQ(ParseStreamId("5-**", 0, &given), std::nullopt);
}

TEST(StreamId, Neighbours) {
  EXPECT_EQ(NextStreamId({1, 2}), (StreamId{1, 3}));
  EXPECT_EQ(NextStreamId({1, UINT64_MAX}), (StreamId{2, 0}));
  EXPECT_EQ(NextStreamId(kMaxStreamId), std::nullopt);
  EXPECT_EQ(PreviousStreamId({1, 2}), (StreamId{1, 1}));
  EXPECT_EQ(PreviousStreamId({1, 0}), (StreamId{0, UINT64_MAX}));
  EXPECT_EQ(PreviousStreamId(kMinStreamId), std::nullopt);
}

TEST(StreamId, BytesSortLikeIds) {
  const StreamId ids[] = {{0, 0}, {0, 1}, {0, 256}, {1, 0}, {255, 3}, {256, 2}, kMaxStreamId};
  uint8_t previous[kStreamIdBytes];
  for (size_t i = 0; i < std::size(ids); ++i) {
    uint8_t bytes[kStreamIdBytes];
    EncodeStreamId(ids[i], bytes);
    EXPECT_EQ(DecodeStreamId(bytes), ids[i]);
    if (i > 0) {
      EXPECT_LT(std::memcmp(previous, bytes, kStreamIdBytes), 0);
    }
    std::memcpy(previous, bytes, kStreamIdBytes);
  }
  uint8_t bytes[kStreamIdBytes];
  EncodeStreamId({0x0102030405060708, 9}, bytes);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_EQ(bytes[15], 9);
}

TEST(StreamId, Text) {
  EXPECT_EQ(StreamIdText({1526919030474, 55}).view(), "1526919030474-55");
  EXPECT_EQ(StreamIdText(kMaxStreamId).view(), "18446744073709551615-18446744073709551615");
}

}  // namespace
}  // namespace keyway::data
