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

TEST(FormatTest, Raw) {
  EXPECT_EQ(Show("*3\r\n+a\r\n:1\r\n$-1\r\n", Output::kRaw), "a\n1\n\n");
  EXPECT_EQ(Show("-ERR no\r\n", Output::kRaw), "ERR no\n\n");
}

TEST(FormatTest, CsvAndJson) {
  EXPECT_EQ(Show("*3\r\n$3\r\na\"b\r\n:1\r\n$-1\r\n", Output::kCsv), "\"a\\\"b\",1,NULL\n");
  EXPECT_EQ(Show("%1\r\n+k\r\n*2\r\n:1\r\n_\r\n", Output::kJson), "{\"k\":[1,null]}\n");
}

}  // namespace
}  // namespace keyway::cli
