// Which tests are chosen, and the requests that they are.
#include "server/benchmark/suite.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keyway::benchmark {
namespace {

std::vector<std::string> TitlesOf(const Options& options) {
  std::vector<std::string> titles;
  for (const benchmark::Test& test : SelectTests(options)) titles.push_back(test.title);
  return titles;
}

TEST(SuiteTest, AllOfThemInOrder) {
  EXPECT_EQ(TitlesOf(Options()), (std::vector<std::string>{"PING_INLINE",
                                                           "PING_MBULK",
                                                           "SET",
                                                           "GET",
                                                           "INCR",
                                                           "LPUSH",
                                                           "RPUSH",
                                                           "LPOP",
                                                           "RPOP",
                                                           "SADD",
                                                           "HSET",
                                                           "SPOP",
                                                           "ZADD",
                                                           "ZPOPMIN",
                                                           "LPUSH (needed to benchmark LRANGE)",
                                                           "LRANGE_100 (first 100 elements)",
                                                           "LRANGE_300 (first 300 elements)",
                                                           "LRANGE_500 (first 500 elements)",
                                                           "LRANGE_600 (first 600 elements)",
                                                           "MSET (10 keys)"}));
}

TEST(SuiteTest, OnlyThoseThatAreNamed) {
  Options options;
  options.tests = "ping,get,lrange_300,nosuch";
  EXPECT_EQ(TitlesOf(options),
            (std::vector<std::string>{"PING_INLINE", "PING_MBULK", "GET", "LPUSH (needed to benchmark LRANGE)",
                                      "LRANGE_300 (first 300 elements)"}));
  options.tests = "ge";
  EXPECT_TRUE(TitlesOf(options).empty());
}

TEST(SuiteTest, Requests) {
  Options options;
  options.tests = "get,zadd";
  options.cluster = true;
  auto tests = SelectTests(options);
  EXPECT_EQ(tests[0].request, "*2\r\n$3\r\nGET\r\n$22\r\nkey:{tag}:__rand_int__\r\n");
  EXPECT_NE(tests[1].request.find("$1\r\n0\r\n"), std::string::npos);
  options.keyspace = 10;
  EXPECT_NE(SelectTests(options)[1].request.find("$12\r\n__rand_int__\r\n$20\r\nelement:"), std::string::npos);
}

TEST(SuiteTest, ValuesHaveTheSizeAskedFor) {
  Options options;
  options.tests = "set";
  options.data_bytes = 1000;
  auto tests = SelectTests(options);
  EXPECT_NE(tests[0].request.find("$1000\r\n"), std::string::npos);
  EXPECT_EQ(tests[0].payload_bytes, 1000);
}

TEST(SuiteTest, ACommandOfOnesOwn) {
  Options options;
  options.command = {"set", "a b", "__rand_int__"};
  benchmark::Test test = CommandTest(options, std::nullopt);
  EXPECT_EQ(test.title, "set a b __rand_int__");
  EXPECT_EQ(test.request, "*3\r\n$3\r\nset\r\n$3\r\na b\r\n$12\r\n__rand_int__\r\n");
  EXPECT_EQ(CommandTest(options, "in\n").request,
            "*4\r\n$3\r\nset\r\n$3\r\na b\r\n$12\r\n__rand_int__\r\n$3\r\nin\n\r\n");
}

}  // namespace
}  // namespace keyway::benchmark
