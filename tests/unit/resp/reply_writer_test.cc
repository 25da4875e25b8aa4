// Every kind of reply in both versions of the protocol.
#include "server/resp/reply_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

namespace keyway::resp {
namespace {

std::string Bytes(const OutputBuffer& out) {
  iovec pieces[64];
  std::string bytes;
  int count = out.Peek(pieces, 64);
  for (int i = 0; i < count; ++i) bytes.append(static_cast<char*>(pieces[i].iov_base), pieces[i].iov_len);
  return bytes;
}

std::string Write(int version, const std::function<void(ReplyWriter&)>& write) {
  OutputBuffer out;
  ReplyWriter reply(out);
  reply.set_version(version);
  write(reply);
  EXPECT_EQ(out.size(), Bytes(out).size());
  return Bytes(out);
}

struct Case {
  std::function<void(ReplyWriter&)> write;
  std::string resp2, resp3;
};

TEST(ReplyWriterTest, EveryKindInBothVersions) {
  const Case cases[] = {
      {[](auto& r) { r.Ok(); }, "+OK\r\n", "+OK\r\n"},
      {[](auto& r) { r.Simple("PONG"); }, "+PONG\r\n", "+PONG\r\n"},
      {[](auto& r) { r.Error("ERR a\r\nb"); }, "-ERR a  b\r\n", "-ERR a  b\r\n"},
      {[](auto& r) { r.Integer(-42); }, ":-42\r\n", ":-42\r\n"},
      {[](auto& r) { r.Integer(std::numeric_limits<int64_t>::min()); }, ":-9223372036854775808\r\n",
       ":-9223372036854775808\r\n"},
      {[](auto& r) { r.Bulk("a\r\nb"); }, "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
      {[](auto& r) { r.Bulk({}); }, "$0\r\n\r\n", "$0\r\n\r\n"},
      {[](auto& r) { r.BulkInteger(1234567890); }, "$10\r\n1234567890\r\n", "$10\r\n1234567890\r\n"},
      {[](auto& r) { r.Null(); }, "$-1\r\n", "_\r\n"},
      {[](auto& r) { r.NullArray(); }, "*-1\r\n", "_\r\n"},
      {[](auto& r) { r.Bool(true), r.Bool(false); }, ":1\r\n:0\r\n", "#t\r\n#f\r\n"},
      {[](auto& r) { r.Double(1.5); }, "$3\r\n1.5\r\n", ",1.5\r\n"},
      {[](auto& r) { r.Double(INFINITY); }, "$3\r\ninf\r\n", ",inf\r\n"},
      {[](auto& r) { r.Double(3); }, "$1\r\n3\r\n", ",3\r\n"},
      {[](auto& r) { r.HumanLongDouble(10.5L); }, "$4\r\n10.5\r\n", ",10.5\r\n"},
      {[](auto& r) { r.BigNumber("123"); }, "$3\r\n123\r\n", "(123\r\n"},
      {[](auto& r) { r.Verbatim("hi", "txt"); }, "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"},
      {[](auto& r) { r.Array(2); }, "*2\r\n", "*2\r\n"},
      {[](auto& r) { r.Map(2); }, "*4\r\n", "%2\r\n"},
      {[](auto& r) { r.Set(12); }, "*12\r\n", "~12\r\n"},
      {[](auto& r) { r.Push(1); }, "*1\r\n", ">1\r\n"},
      {[](auto& r) { r.EmptyArray(); }, "*0\r\n", "*0\r\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Write(2, c.write), c.resp2);
    EXPECT_EQ(Write(3, c.write), c.resp3);
  }
}

TEST(ReplyWriterTest, DoublesInTheFormThatWasAskedFor) {
  const auto write = [](ReplyWriter& reply) {
    reply.Double(0.1);
    reply.set_double_form(DoubleForm::kSeventeenDigits);
    reply.Double(0.1);
  };
  EXPECT_EQ(Write(2, write), "$3\r\n0.1\r\n$19\r\n0.10000000000000001\r\n");
  EXPECT_EQ(Write(3, write), ",0.1\r\n,0.10000000000000001\r\n");
}

TEST(ReplyWriterTest, DeferredAggregatesGetTheirLengthAtTheEnd) {
  auto nested = [](ReplyWriter& r) {
    r.Integer(1);
    Deferred outer(r);
    r.Bulk("a");
    outer.Count();
    {
      Deferred inner(r);
      r.Bulk("k"), r.Bulk("v");
      inner.Count();
      inner.EndMap();
    }
    outer.Count();
    outer.EndArray();
    r.Integer(2);
  };
  EXPECT_EQ(Write(2, nested), ":1\r\n*2\r\n$1\r\na\r\n*2\r\n$1\r\nk\r\n$1\r\nv\r\n:2\r\n");
  EXPECT_EQ(Write(3, nested), ":1\r\n*2\r\n$1\r\na\r\n%1\r\n$1\r\nk\r\n$1\r\nv\r\n:2\r\n");
}

TEST(ReplyWriterTest, BigAndManyRepliesCrossChunks) {
  const std::string big(100'000, 'x');
  std::string expected;
  std::string bytes = Write(2, [&](ReplyWriter& r) {
    for (int i = 0; i < 3000; ++i) r.Bulk("twelve bytes"), expected += "$12\r\ntwelve bytes\r\n";
    r.Bulk(big);
  });
  EXPECT_EQ(bytes, expected + "$100000\r\n" + big + "\r\n");
}

TEST(ReplyWriterTest, MutedWritesNothingButCountsErrors) {
  OutputBuffer out;
  ReplyWriter reply(out);
  reply.set_muted(true);
  reply.Ok(), reply.Bulk("x"), reply.Array(3), reply.BulkInteger(1), reply.Error("ERR no");
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(reply.errors(), 1u);
  EXPECT_EQ(reply.last_error(), "ERR no");
}

TEST(ReplyWriterTest, SharedBytesAreReleasedOnce) {
  static int released;
  released = 0;
  auto release = [](void*) { ++released; };
  const std::string big(1000, 'y');
  {
    OutputBuffer out;
    ReplyWriter reply(out);
    reply.BulkShared(big, nullptr, release);
    EXPECT_EQ(Bytes(out), "$1000\r\n" + big + "\r\n");
    out.Consume(1003);
    EXPECT_EQ(released, 0);
    out.Consume(out.size());
    EXPECT_EQ(released, 1);
    reply.set_muted(true);
    reply.BulkShared(big, nullptr, release);
  }
  EXPECT_EQ(released, 2);
}

}  // namespace
}  // namespace keyway::resp
