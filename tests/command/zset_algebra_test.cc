#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

const std::string kSyntax = Error("ERR syntax error");

class ZsetAlgebraTest : public CommandTest {
 protected:
  ZsetAlgebraTest() {
    Run({"ZADD", "x", "1", "a", "2", "b", "3", "c"});
    Run({"ZADD", "y", "1", "b", "2", "c", "3", "d"});
    Run({"SADD", "s", "b", "3", "e"});
    Events(), Propagated();
  }
  std::string Pairs(std::vector<std::pair<std::string, std::string>> pairs) const {
    std::string reply = "*" + std::to_string(resp3() ? pairs.size() : pairs.size() * 2) + "\r\n";
    for (const auto& [member, score] : pairs) reply += (resp3() ? "*2\r\n" : "") + Bulk(member) + Double(score);
    return reply;
  }
  std::string All(std::string_view key) { return Run({"ZRANGE", std::string(key), "0", "-1", "WITHSCORES"}); }
};

TEST_F(ZsetAlgebraTest, Union) {
  EXPECT_EQ(Run({"ZUNION", "2", "x", "y"}), Bulks({"a", "b", "d", "c"}));
  EXPECT_EQ(Run({"ZUNION", "3", "x", "y", "nokey", "WITHSCORES"}),
            Pairs({{"a", "1"}, {"b", "3"}, {"d", "3"}, {"c", "5"}}));
  EXPECT_EQ(Run({"ZUNION", "2", "x", "y", "WEIGHTS", "2", "0.5", "AGGREGATE", "MAX", "WITHSCORES"}),
            Pairs({{"d", "1.5"}, {"a", "2"}, {"b", "4"}, {"c", "6"}}));
  EXPECT_EQ(Run({"ZUNION", "2", "x", "y", "AGGREGATE", "min", "WITHSCORES"}),
            Pairs({{"a", "1"}, {"b", "1"}, {"c", "2"}, {"d", "3"}}));
  EXPECT_EQ(Run({"ZUNION", "2", "x", "s", "WITHSCORES"}),
            Pairs({{"3", "1"}, {"a", "1"}, {"e", "1"}, {"b", "3"}, {"c", "3"}}));
  EXPECT_EQ(Run({"ZUNION", "1", "nokey"}), Array({}));
  UseResp3();
  EXPECT_EQ(Run({"ZUNION", "1", "x", "WITHSCORES"}), Pairs({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
}

TEST_F(ZsetAlgebraTest, Intersection) {
  EXPECT_EQ(Run({"ZINTER", "2", "x", "y", "WITHSCORES"}), Pairs({{"b", "3"}, {"c", "5"}}));
  EXPECT_EQ(Run({"ZINTER", "2", "x", "x", "WITHSCORES"}), Pairs({{"a", "2"}, {"b", "4"}, {"c", "6"}}));
  EXPECT_EQ(Run({"ZINTER", "3", "x", "y", "s", "WITHSCORES"}), Pairs({{"b", "4"}}));
  EXPECT_EQ(Run({"ZINTER", "2", "x", "nokey"}), Array({}));
  EXPECT_EQ(Run({"ZINTERCARD", "2", "x", "y"}), Integer(2));
  EXPECT_EQ(Run({"ZINTERCARD", "2", "x", "y", "LIMIT", "1"}), Integer(1));
  EXPECT_EQ(Run({"ZINTERCARD", "2", "x", "y", "LIMIT", "0"}), Integer(2));
  EXPECT_EQ(Run({"ZINTERCARD", "1", "nokey"}), Integer(0));
}

TEST_F(ZsetAlgebraTest, Difference) {
  EXPECT_EQ(Run({"ZDIFF", "2", "x", "y", "WITHSCORES"}), Pairs({{"a", "1"}}));
  EXPECT_EQ(Run({"ZDIFF", "3", "x", "nokey", "s"}), Bulks({"a", "c"}));
  EXPECT_EQ(Run({"ZDIFF", "2", "x", "x"}), Array({}));
  EXPECT_EQ(Run({"ZDIFF", "1", "nokey"}), Array({}));
  // A large first set and small others are worked on the other way round.
  std::vector<std::string> words = {"ZADD", "large"};
  for (int i = 0; i < 500; ++i) words.push_back(std::to_string(i)), words.push_back("m" + std::to_string(i));
  Run(words);
  Run({"ZADD", "most", "0", "m0"});
  words = {"ZDIFF", "12", "large"};
  for (int i = 0; i < 10; ++i) words.push_back("nokey" + std::to_string(i));
  words.push_back("most");
  const std::string reply = Run(words);
  EXPECT_EQ(reply.substr(0, 6), "*499\r\n");
  EXPECT_EQ(reply.find("m0\r\n"), std::string::npos);
}

TEST_F(ZsetAlgebraTest, ResultsAreStored) {
  EXPECT_EQ(Run({"ZUNIONSTORE", "d", "2", "x", "y"}), Integer(4));
  EXPECT_EQ(Events(), "zunionstore d");
  EXPECT_EQ(Propagated(), "ZUNIONSTORE d 2 x y");
  EXPECT_EQ(Run({"ZINTERSTORE", "x", "2", "x", "y"}), Integer(2));
  EXPECT_EQ(All("x"), Pairs({{"b", "3"}, {"c", "5"}}));
  EXPECT_EQ(Run({"ZDIFFSTORE", "d", "2", "y", "x"}), Integer(1));
  EXPECT_EQ(All("d"), Pairs({{"d", "3"}}));
  EXPECT_EQ(Events(), "zinterstore x; zdiffstore d");
  Propagated();
  EXPECT_EQ(Run({"ZDIFFSTORE", "d", "2", "y", "y"}), Integer(0));
  EXPECT_EQ(Events(), "del d");
  EXPECT_EQ(Propagated(), "ZDIFFSTORE d 2 y y");
  EXPECT_EQ(Run({"ZINTERSTORE", "d", "1", "nokey"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  Run({"SET", "d", "string"});
  EXPECT_EQ(Run({"ZUNIONSTORE", "d", "1", "s"}), Integer(3));
  EXPECT_EQ(All("d"), Pairs({{"3", "1"}, {"b", "1"}, {"e", "1"}}));
}

TEST_F(ZsetAlgebraTest, InfinitiesMakeNoNan) {
  Run({"ZADD", "plus", "+inf", "m"});
  Run({"ZADD", "minus", "-inf", "m"});
  EXPECT_EQ(Run({"ZUNION", "2", "plus", "minus", "WITHSCORES"}), Pairs({{"m", "0"}}));
  EXPECT_EQ(Run({"ZINTER", "2", "plus", "minus", "WITHSCORES"}), Pairs({{"m", "0"}}));
  EXPECT_EQ(Run({"ZUNION", "1", "plus", "WEIGHTS", "0", "WITHSCORES"}), Pairs({{"m", "0"}}));
}

TEST_F(ZsetAlgebraTest, BadRequests) {
  EXPECT_EQ(Run({"ZUNION", "x", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"ZUNION", "0", "x"}), Error("ERR at least 1 input key is needed for 'zunion' command"));
  EXPECT_EQ(Run({"ZINTERSTORE", "d", "-1", "x"}),
            Error("ERR at least 1 input key is needed for 'zinterstore' command"));
  EXPECT_EQ(Run({"ZDIFF", "2", "x"}), kSyntax);
  EXPECT_EQ(Run({"ZDIFF", "9223372036854775807", "x"}), kSyntax);
  EXPECT_EQ(Run({"ZUNION", "1", "x", "WEIGHTS", "y"}), Error("ERR weight value is not a float"));
  EXPECT_EQ(Run({"ZUNION", "2", "x", "y", "WEIGHTS", "1"}), kSyntax);
  EXPECT_EQ(Run({"ZUNION", "1", "x", "AGGREGATE", "AVG"}), kSyntax);
  EXPECT_EQ(Run({"ZUNION", "1", "x", "AGGREGATE"}), kSyntax);
  EXPECT_EQ(Run({"ZUNIONSTORE", "d", "1", "x", "WITHSCORES"}), kSyntax);
  EXPECT_EQ(Run({"ZDIFF", "1", "x", "WEIGHTS", "1"}), kSyntax);
  EXPECT_EQ(Run({"ZINTERCARD", "1", "x", "WEIGHTS", "1"}), kSyntax);
  EXPECT_EQ(Run({"ZINTERCARD", "1", "x", "LIMIT", "-1"}), Error("ERR LIMIT can't be negative"));
  EXPECT_EQ(Run({"ZINTERCARD", "1", "x", "LIMIT", "x"}), Error("ERR LIMIT can't be negative"));
  Run({"SET", "string", "x"});
  EXPECT_EQ(Run({"ZUNION", "2", "x", "string"}),
            Error("WRONGTYPE Operation against a key holding the wrong kind of value"));
}

}  // namespace
}  // namespace keyway::testing
