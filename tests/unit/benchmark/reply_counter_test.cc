// Counting of replies, in one piece and cut at every place.
#include "server/benchmark/reply_counter.h"

#include <gtest/gtest.h>

#include <string>

namespace keyway::benchmark {
namespace {

struct Sample {
  std::string bytes;
  uint64_t replies;
};

const Sample kSamples[] = {
    {"+OK\r\n", 1},
    {"+OK\r\n+OK\r\n:12\r\n", 3},
    {"$5\r\nhello\r\n$-1\r\n$0\r\n\r\n", 3},
    {"$7\r\n+OK\r\n-E\r\n:1\r\n", 2},
    {"*0\r\n*-1\r\n*2\r\n$1\r\na\r\n:1\r\n", 3},
    {"*2\r\n*2\r\n:1\r\n*0\r\n*1\r\n$1\r\nx\r\n+OK\r\n", 2},
    {"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n_\r\n", 2},
    {"~1\r\n#t\r\n,1.5\r\n(123\r\n=7\r\ntxt:abc\r\n", 4},
    {">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n+OK\r\n", 1},
    {"|1\r\n+ttl\r\n:3\r\n$1\r\na\r\n+OK\r\n", 2},
    {"*2\r\n|1\r\n+a\r\n:1\r\n:2\r\n:3\r\n+OK\r\n", 2},
};

TEST(ReplyCounterTest, InOnePiece) {
  for (const Sample& sample : kSamples) {
    ReplyCounter counter;
    EXPECT_EQ(counter.Feed(sample.bytes), sample.replies) << sample.bytes;
    EXPECT_FALSE(counter.broken()) << sample.bytes;
    EXPECT_FALSE(counter.has_error()) << sample.bytes;
  }
}

TEST(ReplyCounterTest, CutAnywhere) {
  for (const Sample& sample : kSamples) {
    for (size_t cut = 0; cut <= sample.bytes.size(); ++cut) {
      ReplyCounter counter;
      uint64_t replies = counter.Feed(std::string_view(sample.bytes).substr(0, cut));
      replies += counter.Feed(std::string_view(sample.bytes).substr(cut));
      EXPECT_EQ(replies, sample.replies) << sample.bytes << " cut at " << cut;
      EXPECT_FALSE(counter.broken());
    }
    ReplyCounter counter;
    uint64_t replies = 0;
    for (char byte : sample.bytes) replies += counter.Feed({&byte, 1});
    EXPECT_EQ(replies, sample.replies) << sample.bytes << " byte by byte";
  }
}

TEST(ReplyCounterTest, OnlyErrorsThatAreReplies) {
  ReplyCounter counter;
  EXPECT_EQ(counter.Feed("*1\r\n-ERR inside\r\n"), 1u);
  EXPECT_FALSE(counter.has_error());
  EXPECT_EQ(counter.Feed("+OK\r\n-ERR fi"), 1u);
  EXPECT_FALSE(counter.has_error());
  EXPECT_EQ(counter.Feed("rst\r\n-ERR second\r\n"), 2u);
  ASSERT_TRUE(counter.has_error());
  EXPECT_EQ(counter.error(), "ERR first");
  counter.ClearError();
  EXPECT_FALSE(counter.has_error());
}

TEST(ReplyCounterTest, GarbageIsNoticed) {
  for (std::string bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "$x\r\n", "*-2\r\n", "\r\n", "+OK\n", "$99999999999999999\r\n", "*?\r\n"}) {
    ReplyCounter counter;
    counter.Feed(bytes);
    EXPECT_TRUE(counter.broken()) << bytes;
    EXPECT_EQ(counter.Feed("+OK\r\n"), 0u) << bytes;
  }
  ReplyCounter counter;
  counter.Feed("+" + std::string(200'000, 'x'));
  EXPECT_TRUE(counter.broken());
}

}  // namespace
}  // namespace keyway::benchmark
