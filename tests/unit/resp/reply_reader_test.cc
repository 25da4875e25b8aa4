// Replies of both protocol versions, cut at every byte, and what a hostile server may send.
#include "server/resp/reply_reader.h"

#include <gtest/gtest.h>

#include <string>
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
  std::string broken = bytes;
  broken.replace(broken.find("$3\r\na\r\n\r\n"), 9, "$3\r\na\r\n\r\n");
  for (size_t step = 1; step <= bytes.size(); ++step)
    EXPECT_EQ(ReadAll(bytes, step), expected) << "in pieces of " << step;
}

TEST(ReplyReaderTest, NonsenseIsAnError) {
  for (std::string bytes : {"?what\r\n", ":x\r\n", "$x\r\n", "$-2\r\n", "*x\r\n", "#x\r\n", "$3\r\nabcde"}) {
    std::string error;
    EXPECT_TRUE(ReadAll(bytes, bytes.size(), &error).empty()) << bytes;
    EXPECT_NE(error, "") << bytes;
  }
}

TEST(ReplyReaderTest, LimitsHoldBeforeMemoryIsTaken) {
  std::string error;
  ReadAll("$999999999999\r\n", 100, &error);
  EXPECT_NE(error, "");
  error.clear();
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "*1\r\n";
  ReadAll(deep, deep.size(), &error);
  EXPECT_NE(error, "");
  error.clear();
  ReadAll("*99999999999\r\n", 100, &error);
  EXPECT_NE(error, "");
}

}  // namespace
}  // namespace keyway::resp
