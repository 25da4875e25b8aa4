// Requests of every form, cut at every byte; every limit and error text.
#include "server/resp/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keyway::resp {
namespace {

using Status = RequestParser::Status;
using Words = std::vector<std::string>;

// Parses `bytes` as a whole; words of all requests, an empty entry between requests is not made.
struct Outcome {
  std::vector<Words> requests;
  std::string error;
  size_t left = 0;
};

// Gives the parser the bytes in pieces of `step`, as a connection does: an unfinished request is presented again with more.
Outcome Parse(std::string bytes, size_t step, const ParseLimits& limits = {}) {
  Outcome outcome;
  RequestParser parser;
  size_t begin = 0, end = 0;
  while (end < bytes.size() || begin < end) {
    if (end < bytes.size()) end = std::min(bytes.size(), end + step);
    while (true) {
      std::string copy = bytes.substr(begin, end - begin);  // somewhere else each time: offsets must do
      std::vector<std::string_view> words;
      Status status = parser.Next(copy.data(), copy.size(), limits, words);
      if (status == Status::kError) return outcome.error = parser.error(), outcome;
      if (status == Status::kNeedMore) {
        EXPECT_TRUE(words.empty());
        EXPECT_GT(parser.missing_bytes(), 0u);
        break;
      }
      begin += parser.consumed();
      if (parser.argc() > 0) outcome.requests.push_back({words.begin(), words.end()});
      if (begin == end) break;
    }
    if (end == bytes.size()) break;
  }
  outcome.left = end - begin;
  return outcome;
}

TEST(RequestParserTest, EveryCutGivesTheSameRequests) {
  const std::string bytes =
      "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$7\r\nv\r\n*1\r\n\r\n*1\r\n$4\r\nPING\r\nget "
      "key\r\n\r\n*2\r\n$0\r\n\r\n$2\r\n\r\n\r\n";
  const std::vector<Words> expected = {{"SET", "key", "v\r\n*1\r\n"}, {"PING"}, {"get", "key"}, {"", "\r\n"}};
  for (size_t step = 1; step <= bytes.size(); ++step) {
    Outcome outcome = Parse(bytes, step);
    EXPECT_EQ(outcome.requests, expected) << "in pieces of " << step;
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.left, 0u);
  }
}

TEST(RequestParserTest, EmptyAndNegativeArraysAreNoRequests) {
  EXPECT_TRUE(Parse("*0\r\n*-1\r\n\r\n\n", 100).requests.empty());
  EXPECT_EQ(Parse("*-10\r\nPING\r\n", 100).requests, std::vector<Words>({{"PING"}}));
}

TEST(RequestParserTest, InlineQuoting) {
  EXPECT_EQ(Parse("SET 'a b' \"c\\x41\\n\"\r\n", 3).requests, std::vector<Words>({{"SET", "a b", "cA\n"}}));
  EXPECT_EQ(Parse("SET \"unfinished\r\n", 100).error, "Protocol error: unbalanced quotes in request");
}

TEST(RequestParserTest, ErrorTexts) {
  const std::pair<const char*, const char*> cases[] = {
      {"*3000000000\r\n", "invalid multibulk length"}, {"*x\r\n", "invalid multibulk length"},
      {"*\r\n", "invalid multibulk length"},           {"*99999999999999999999\r\n", "invalid multibulk length"},
      {"*1\r\n:1\r\n", "expected '$', got ':'"},       {"*1\r\n$-1\r\n", "invalid bulk length"},
      {"*1\r\n$x\r\n", "invalid bulk length"},         {"*1\r\n$600000000\r\n", "invalid bulk length"},
  };
  for (auto [bytes, text] : cases) EXPECT_EQ(Parse(bytes, 100).error, std::string("Protocol error: ") + text) << bytes;
}

TEST(RequestParserTest, ATlsHelloIsAnsweredAtOnce) {
  EXPECT_EQ(Parse("\x16\x03\x01\x02", 1).error, "Protocol error: a TLS hello on a port that speaks no TLS");
}

TEST(RequestParserTest, LinesWithoutAnEnd) {
  const std::string much(kMaxInlineBytes + 2, '1');
  EXPECT_EQ(Parse(much, much.size()).error, "Protocol error: too big inline request");
  EXPECT_EQ(Parse("*" + much, much.size() + 1).error, "Protocol error: too big mbulk count string");
  EXPECT_EQ(Parse("*1\r\n$" + much, much.size() + 9).error, "Protocol error: too big bulk count string");
}

TEST(RequestParserTest, LimitsOfUnauthenticatedClients) {
  ParseLimits limits{.unauthenticated = true};
  EXPECT_EQ(Parse("*10\r\n", 100, limits).error, "");
  EXPECT_EQ(Parse("*11\r\n", 100, limits).error, "Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(Parse("*1\r\n$16384\r\n", 100, limits).error, "");
  EXPECT_EQ(Parse("*1\r\n$16385\r\n", 100, limits).error, "Protocol error: unauthenticated bulk length");
}

TEST(RequestParserTest, SaysHowMuchOfABigArgumentIsMissing) {
  std::string bytes = "*1\r\n$1000\r\nabc";
  RequestParser parser;
  std::vector<std::string_view> words;
  EXPECT_EQ(parser.Next(bytes.data(), bytes.size(), {}, words), Status::kNeedMore);
  EXPECT_EQ(parser.missing_bytes(), 999u);  // 997 of the argument and its line end
  EXPECT_TRUE(parser.mid_request());
}

TEST(RequestParserTest, ManyArgumentsInSmallPieces) {
  std::string bytes = "*20000\r\n";
  for (int i = 0; i < 20000; ++i) bytes += "$1\r\nx\r\n";
  Outcome outcome = Parse(bytes, 4096);
  ASSERT_EQ(outcome.requests.size(), 1u);
  EXPECT_EQ(outcome.requests[0].size(), 20000u);
}

}  // namespace
}  // namespace keyway::resp
