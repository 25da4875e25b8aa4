// Messages to many outputs: the same bytes however they got there, and one piece of memory for big ones.
#include "server/pubsub/message.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace keyway::pubsub {
namespace {

std::string Bytes(const OutputBuffer& output) {
  iovec parts[64];
  std::string bytes;
  const int count = output.Peek(parts, 64);
  for (int i = 0; i < count; ++i) bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return bytes;
}

const void* FirstByte(const OutputBuffer& output) {
  iovec part;
  return output.Peek(&part, 1) == 1 ? part.iov_base : nullptr;
}

TEST(MessageTest, EachVersionHasItsForm) {
  const std::string_view words[] = {"pmessage", "p*", "", "twelve bytes"};
  OutputBuffer two, three;
  {
    Message message(words, 2);
    message.AppendTo(two, 2);
    message.AppendTo(three, 3);
  }
  const std::string rest = "4\r\n$8\r\npmessage\r\n$2\r\np*\r\n$0\r\n\r\n$12\r\ntwelve bytes\r\n";
  EXPECT_EQ(Bytes(two), "*" + rest);
  EXPECT_EQ(Bytes(three), ">" + rest);
}

TEST(MessageTest, BigOnesAreShared) {
  const std::string payload(100'000, 'x');
  const std::string_view words[] = {"message", "c", payload};
  OutputBuffer first, second, third;
  {
    Message message(words, 3);
    message.AppendTo(first, 2);
    message.AppendTo(second, 2);
    message.AppendTo(third, 3);
  }
  EXPECT_EQ(FirstByte(first), FirstByte(second));
  EXPECT_NE(FirstByte(first), FirstByte(third));
  first.Clear();
  EXPECT_EQ(Bytes(second), "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$100000\r\n" + payload + "\r\n");
}

TEST(MessageTest, SmallOnesToManyAreSharedWhereNothingElseWaits) {
  const std::string_view words[] = {"message", "c", "hello"};
  OutputBuffer first, second, busy;
  busy.Append("+OK\r\n");
  {
    Message message(words, 1000);
    message.AppendTo(first, 2);
    message.AppendTo(second, 2);
    message.AppendTo(busy, 2);
  }
  EXPECT_EQ(FirstByte(first), FirstByte(second));
  EXPECT_EQ(busy.segment_count(), 1u);
  EXPECT_EQ(Bytes(busy), "+OK\r\n" + Bytes(first));
}

TEST(MessageTest, SmallOnesToFewAreCopied) {
  const std::string_view words[] = {"message", "c", "hello"};
  OutputBuffer first, second;
  {
    Message message(words, 2);
    message.AppendTo(first, 2);
    message.AppendTo(second, 2);
  }
  EXPECT_NE(FirstByte(first), FirstByte(second));
  EXPECT_EQ(Bytes(first), Bytes(second));
}

}  // namespace
}  // namespace keyway::pubsub
