// Replies of both protocol versions, cut at every byte, and what a hostile server may send.
#include "server/resp/reply_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace keyway::resp {
namespace {

using Kind = Reply::Kind;
using Status = ReplyReader::Status;

// A compact picture of a reply tree.
std::string Show(const Reply& reply) {
  switch (reply.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kStatus:
      return "+" + reply.text;
    case Kind::kError:
      return "-" + reply.text;
    case Kind::kInteger:
      return ":" + std::to_string(reply.integer);
    case Kind::kString:
      return "'" + reply.text + "'";
    case Kind::kVerbatim:
      return "=" + reply.text;
    case Kind::kDouble:
      return "," + reply.text;
    case Kind::kBigNumber:
      return "(" + reply.text;
    case Kind::kBool:
      return reply.integer != 0 ? "true" : "false";
    default:
      break;
  }
  std::string text = reply.kind == Kind::kArray ? "["
                     : reply.kind == Kind::kMap ? "{"
                     : reply.kind == Kind::kSet ? "~["
                                                : ">[";
  for (const Reply& element : reply.elements) text += Show(element) + " ";
  return text + (reply.kind == Kind::kMap ? "}" : "]");
}

std::vector<std::string> ReadAll(std::string_view bytes, size_t step, std::string* error = nullptr,
                                 ReplyLimits limits = {}) {
  ReplyReader reader(limits);
  std::vector<std::string> shown;
  for (size_t at = 0; at < bytes.size(); at += step) {
    std::string piece(bytes.substr(at, step));
    std::string_view rest = piece;
    while (!rest.empty()) {
      Status status = reader.Read(rest);
      if (status == Status::kError) {
        if (error != nullptr) *error = reader.error();
        return shown;
      }
      if (status == Status::kReply) shown.push_back(Show(reader.Take()));
    }
  }
  EXPECT_FALSE(reader.mid_reply());
  return shown;
}

TEST(ReplyReaderTest, EveryCutGivesTheSameReplies) {
  const std::string bytes =
      "+OK\r\n-ERR x\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n*2\r\n$0\r\n\r\n*1\r\n:1\r\n_\r\n#t\r\n,1.5\r\n(123\r\n"
      "=6\r\ntxt:hi\r\n%1\r\n+k\r\n~1\r\n:2\r\n>2\r\n+a\r\n+b\r\n|1\r\n+ttl\r\n:3\r\n+after\r\n*0\r\n";
  const std::vector<std::string> expected = {"+OK",          "-ERR x",    ":-7",    "'a\r\n'", "null", "null",
                                             "['' [:1 ] ]",  "null",      "true",   ",1.5",    "(123", "=hi",
                                             "{+k ~[:2 ] }", ">[+a +b ]", "+after", "[]"};
  for (size_t step = 1; step <= bytes.size(); ++step)
    EXPECT_EQ(ReadAll(bytes, step), expected) << "in pieces of " << step;
}

std::string ErrorOf(std::string_view bytes, ReplyLimits limits = {}) {
  std::string whole, in_bytes;
  ReadAll(bytes, bytes.size(), &whole, limits);
  ReadAll(bytes, 1, &in_bytes, limits);
  EXPECT_EQ(whole, in_bytes) << bytes;
  return whole;
}

TEST(ReplyReaderTest, NonsenseIsAnErrorWithAReason) {
  const std::pair<std::string, std::string> cases[] = {
      {"?what\r\n", "got \"?\" as reply type byte"},
      {"\x16\x03\r\n", "got \"\\x16\" as reply type byte"},
      {"\r\n", "an empty line where a reply should begin"},
      {"+OK\n", "a line of the reply does not end with CRLF"},
      {":x\r\n", "bad integer"},
      {":9223372036854775808\r\n", "bad integer"},
      {":\r\n", "bad integer"},
      {"$x\r\n", "bad bulk string length"},
      {"$-2\r\n", "bad bulk string length"},
      {"$?\r\n", "bad bulk string length"},
      {"=-1\r\n", "bad bulk string length"},
      {"*x\r\n", "bad aggregate length"},
      {"*-2\r\n", "bad aggregate length"},
      {"%-1\r\n", "bad aggregate length"},
      {"#x\r\n", "bad bool"},
      {"_x\r\n", "bad null"},
      {",1.5x\r\n", "bad double"},
      {",\r\n", "bad double"},
      {"(12a\r\n", "bad big number"},
      {"(-\r\n", "bad big number"},
      {"=3\r\nabc\r\n", "bad verbatim string"},
      {"=4\r\nabcd\r\n", "bad verbatim string"},
      {"$3\r\nabcde", "a bulk string does not end with CRLF"},
      {"$3\r\nabc\rx", "a bulk string does not end with CRLF"},
      {"*2\r\n:1\r\n?\r\n", "got \"?\" as reply type byte"},
  };
  for (const auto& [bytes, reason] : cases) EXPECT_EQ(ErrorOf(bytes), "Protocol error: " + reason) << bytes;
}

TEST(ReplyReaderTest, AnErrorIsTheEnd) {
  ReplyReader reader;
  std::string_view bytes = "?\r\n+OK\r\n";
  EXPECT_EQ(reader.Read(bytes), Status::kError);
  EXPECT_EQ(reader.Read(bytes), Status::kError);
  reader.Reset();
  bytes = "+OK\r\n";
  EXPECT_EQ(reader.Read(bytes), Status::kReply);
}

TEST(ReplyReaderTest, LimitsHoldBeforeMemoryIsTaken) {
  const ReplyLimits limits = {.max_bulk_bytes = 10, .max_line_bytes = 20, .max_depth = 3, .max_values = 5};
  EXPECT_EQ(ErrorOf("$11\r\n", limits), "Protocol error: a bulk string of the reply is too long");
  EXPECT_EQ(ErrorOf("+" + std::string(20, 'x'), limits), "Protocol error: a line of the reply is too long");
  EXPECT_EQ(ErrorOf("*1\r\n*1\r\n*1\r\n*1\r\n", limits), "Protocol error: the reply is nested too deep");
  EXPECT_EQ(ErrorOf("*6\r\n", limits), "Protocol error: the reply has too many values");
  EXPECT_EQ(ErrorOf("*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n:3\r\n", limits), "Protocol error: the reply has too many values");

  // What just fits, and each reply counts for itself.
  EXPECT_EQ(
      ReadAll("*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n$10\r\n0123456789\r\n*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", 3, nullptr, limits)
          .size(),
      3u);
  EXPECT_EQ(ReadAll("*1\r\n*1\r\n*1\r\n:1\r\n", 1, nullptr, limits), std::vector<std::string>{"[[[:1 ] ] ]"});

  // The defaults stand between a length and memory, too.
  EXPECT_NE(ErrorOf("$999999999999\r\n"), "");
  EXPECT_NE(ErrorOf("*99999999999\r\n"), "");
}

TEST(ReplyReaderTest, BulkErrorsAndSignedNumbers) {
  EXPECT_EQ(ReadAll("!5\r\nERR x\r\n:+5\r\n,-inf\r\n,nan\r\n(-12\r\n", 1),
            (std::vector<std::string>{"-ERR x", ":5", ",-inf", ",nan", "(-12"}));
}

TEST(ReplyReaderTest, KnowsWhetherAReplyIsUnderWay) {
  ReplyReader reader;
  for (std::string_view part : {"+O", "$3\r\n", "*1\r\n", "|1\r\n+a\r\n+b\r\n", "$0\r\n\r"}) {
    reader.Reset();
    EXPECT_FALSE(reader.mid_reply());
    std::string_view bytes = part;
    EXPECT_EQ(reader.Read(bytes), Status::kNeedMore);
    EXPECT_TRUE(bytes.empty());
    EXPECT_TRUE(reader.mid_reply()) << part;
  }
}

}  // namespace
}  // namespace keyway::resp
