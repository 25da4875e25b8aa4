// Replies as redis-cli shows them.
#include "server/cli/format.h"

#include <gtest/gtest.h>

#include <string>

namespace keyway::cli {
namespace {

std::string Show(std::string_view resp, Output output) {
  resp::ReplyReader reader;
  EXPECT_EQ(reader.Read(resp), resp::ReplyReader::Status::kReply);
  Format format;
  format.output = output;
  return FormatReply(reader.Take(), format);
}

TEST(FormatTest, AtATerminal) {
  EXPECT_EQ(Show("+OK\r\n", Output::kTerminal), "OK\n");
  EXPECT_EQ(Show("-ERR no\r\n", Output::kTerminal), "(error) ERR no\n");
  EXPECT_EQ(Show(":5\r\n", Output::kTerminal), "(integer) 5\n");
  EXPECT_EQ(Show("$-1\r\n", Output::kTerminal), "(nil)\n");
  EXPECT_EQ(Show("$4\r\na\"\n\x01\r\n", Output::kTerminal), "\"a\\\"\\n\\x01\"\n");
  EXPECT_EQ(Show("*0\r\n", Output::kTerminal), "(empty array)\n");
  EXPECT_EQ(Show("*2\r\n+a\r\n*2\r\n:1\r\n$-1\r\n", Output::kTerminal), "1) a\n2) 1) (integer) 1\n   2) (nil)\n");
  EXPECT_EQ(Show("%1\r\n+k\r\n,1.5\r\n", Output::kTerminal), "1# k => (double) 1.5\n");
  EXPECT_EQ(Show("~1\r\n#t\r\n", Output::kTerminal), "1~ (true)\n");
}

TEST(FormatTest, NumbersAreAlignedInLongArrays) {
  std::string bytes = "*10\r\n";
  for (int i = 0; i < 10; ++i) bytes += "+x\r\n";
  std::string text = Show(bytes, Output::kTerminal);
  EXPECT_EQ(text.substr(0, 6), " 1) x\n");
  EXPECT_NE(text.find("\n10) x\n"), std::string::npos);
}

TEST(FormatTest, NestedValuesAreIndented) {
  EXPECT_EQ(Show("%2\r\n+k\r\n*2\r\n:1\r\n:2\r\n+l\r\n*1\r\n:3\r\n", Output::kTerminal),
            "1# k => \n   1) (integer) 1\n   2) (integer) 2\n2# l => 1) (integer) 3\n");
  EXPECT_EQ(Show("*1\r\n*1\r\n*2\r\n+a\r\n+b\r\n", Output::kTerminal), "1) 1) 1) a\n      2) b\n");
  EXPECT_EQ(Show("*3\r\n%0\r\n~0\r\n>0\r\n", Output::kTerminal), "1) (empty hash)\n2) (empty set)\n3) (empty push)\n");
}

TEST(FormatTest, ScalarsOfRespThree) {
  EXPECT_EQ(Show("#f\r\n", Output::kTerminal), "(false)\n");
  EXPECT_EQ(Show("(12345678901234567890\r\n", Output::kTerminal), "(big number) 12345678901234567890\n");
  EXPECT_EQ(Show("=8\r\ntxt:a\nb\"\r\n", Output::kTerminal), "a\nb\"\n");  // for people: not quoted
  EXPECT_EQ(Show("_\r\n", Output::kTerminal), "(nil)\n");
  EXPECT_EQ(Show("*4\r\n#t\r\n,inf\r\n(1\r\n=5\r\ntxt:x\r\n", Output::kRaw), "(true)\ninf\n1\nx\n");
  EXPECT_EQ(Show("*4\r\n#t\r\n,inf\r\n(1\r\n=5\r\ntxt:x\r\n", Output::kCsv), "true,inf,1,\"x\"\n");
}

TEST(FormatTest, DelimitersOfRawReplies) {
  resp::ReplyReader reader;
  std::string_view bytes = "*2\r\n%1\r\n+k\r\n+v\r\n+b\r\n";
  ASSERT_EQ(reader.Read(bytes), resp::ReplyReader::Status::kReply);
  resp::Reply reply = reader.Take();
  Format format;
  format.element_delimiter = "|";
  format.reply_delimiter = "#";
  EXPECT_EQ(FormatReply(reply, format), "k v|b#");
  EXPECT_EQ(FormatPlain(reply, format), "k v|b");
}

TEST(FormatTest, PushesAtATerminal) {
  resp::ReplyReader reader;
  std::string_view bytes = ">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n";
  Format format;
  format.output = Output::kTerminal;
  ASSERT_EQ(reader.Read(bytes), resp::ReplyReader::Status::kReply);
  resp::Reply keys = reader.Take();
  EXPECT_EQ(FormatPush(keys, format), "-> invalidate: 'a', 'b'\n");
  ASSERT_EQ(reader.Read(bytes), resp::ReplyReader::Status::kReply);
  EXPECT_EQ(FormatPush(reader.Take(), format), "1) \"invalidate\"\n2) (nil)\n");
  format.output = Output::kRaw;
  EXPECT_EQ(FormatPush(keys, format), "invalidate\na\nb\n");
}

TEST(FormatTest, Raw) {
  EXPECT_EQ(Show("*3\r\n+a\r\n:1\r\n$-1\r\n", Output::kRaw), "a\n1\n\n");
  EXPECT_EQ(Show("-ERR no\r\n", Output::kRaw), "ERR no\n\n");
}

TEST(FormatTest, CsvAndJson) {
  EXPECT_EQ(Show("*3\r\n$3\r\na\"b\r\n:1\r\n$-1\r\n", Output::kCsv), "\"a\\\"b\",1,NULL\n");
  EXPECT_EQ(Show("*2\r\n-ERR x\r\n*0\r\n", Output::kCsv), "ERROR,\"ERR x\",\n");
  EXPECT_EQ(Show("%1\r\n+k\r\n*2\r\n:1\r\n_\r\n", Output::kJson), "{\"k\":[1,null]}\n");
  EXPECT_EQ(Show("%2\r\n:1\r\n#t\r\n*1\r\n:2\r\n,0.5\r\n", Output::kJson), "{\"1\":true,\"[2]\":0.5}\n");
  EXPECT_EQ(Show("-ERR x\r\n", Output::kJson), "error:\"ERR x\"\n");
  EXPECT_EQ(Show("*0\r\n", Output::kJson), "[]\n");
}

TEST(FormatTest, JsonStrings) {
  const std::string bytes = "$12\r\n\"\\\n\r\t\b\f\x01\x1f\xc3\xa9/\r\n";
  EXPECT_EQ(Show(bytes, Output::kJson), "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\xc3\xa9/\"\n");
  EXPECT_EQ(Show("$4\r\na\"\xff\n\r\n", Output::kQuotedJson), "\"a\\\\\"\\\\xff\\\\n\"\n");
}

}  // namespace
}  // namespace keyway::cli
