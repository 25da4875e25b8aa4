#include "server/base/split_args.h"

#include <gtest/gtest.h>

#include <random>

namespace keyway {
namespace {

using Words = std::vector<std::string>;

TEST(SplitArgs, SeparatesAtBlanks) {
  EXPECT_EQ(SplitArgs(""), Words());
  EXPECT_EQ(SplitArgs(" \t\r\n"), Words());
  EXPECT_EQ(SplitArgs("  save 900\t1 \n"), (Words{"save", "900", "1"}));
}

TEST(SplitArgs, DoubleQuotesKnowEscapes) {
  EXPECT_EQ(SplitArgs(R"("a b" "")"), (Words{"a b", ""}));
  EXPECT_EQ(SplitArgs(R"("\x41\n\r\t\b\a\\\"\q\xZ1")"), (Words{"A\n\r\t\b\a\\\"qxZ1"}));
  EXPECT_EQ(SplitArgs(R"("\x00")"), (Words{std::string(1, '\0')}));
}

TEST(SplitArgs, SingleQuotesKnowTheQuoteOnly) { EXPECT_EQ(SplitArgs(R"('it\'s \n')"), (Words{R"(it's \n)"})); }

TEST(SplitArgs, AQuoteMayOpenInsideAWord) { EXPECT_EQ(SplitArgs(R"(foo"bar baz" x)"), (Words{"foobar baz", "x"})); }

TEST(SplitArgs, RefusesUnbalancedQuotes) {
  for (const char* line : {"\"", "'", "\"a", "'a", "\"a\"b", "'a'b", "\"a\\\"", "x \"y"}) {
    EXPECT_FALSE(SplitArgs(line).has_value()) << line;
  }
}

TEST(SplitArgs, StopsAtNul) { EXPECT_EQ(SplitArgs(std::string_view("a b\0c d", 7)), (Words{"a", "b"})); }

TEST(QuoteArg, WritesPrintableAsciiOnly) {
  EXPECT_EQ(QuoteArg("a b"), "\"a b\"");
  EXPECT_EQ(QuoteArg(std::string_view("\"\\\n\r\t\a\b\0\xff", 9)), R"("\"\\\n\r\t\a\b\x00\xff")");
}

TEST(QuoteArg, SurvivesSplitting) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    Words words(random() % 5);
    std::string line;
    for (std::string& word : words) {
      word.resize(random() % 20);
      for (char& c : word) c = static_cast<char>(random());
      line += QuoteArgIfNeeded(word) + " ";
    }
    ASSERT_EQ(SplitArgs(line), words) << line;
  }
}

TEST(QuoteArg, LeavesPlainWordsAlone) {
  EXPECT_EQ(QuoteArgIfNeeded("/var/lib"), "/var/lib");
  EXPECT_EQ(QuoteArgIfNeeded(""), "\"\"");
  EXPECT_EQ(QuoteArgIfNeeded("a b"), "\"a b\"");
}

}  // namespace
}  // namespace keyway
