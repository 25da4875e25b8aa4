#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ZsetCommandTest : public CommandTest {
 protected:
  explicit ZsetCommandTest(std::string_view compat = "7.2") : CommandTest(compat) {}
  // A member with a score as ranges reply it under the client's protocol version.
  std::string Pairs(std::vector<std::pair<std::string, std::string>> pairs) const {
    std::string reply = "*" + std::to_string(resp3() ? pairs.size() : pairs.size() * 2) + "\r\n";
    for (const auto& [member, score] : pairs) reply += (resp3() ? "*2\r\n" : "") + Bulk(member) + Double(score);
    return reply;
  }
  std::string All(std::string_view key) { return Run({"ZRANGE", std::string(key), "0", "-1", "WITHSCORES"}); }
};

class Zset70CommandTest : public ZsetCommandTest {
 protected:
  Zset70CommandTest() : ZsetCommandTest("7.0") {}
};

const std::string kSyntax = Error("ERR syntax error");
const std::string kWrongType = Error("WRONGTYPE Operation against a key holding the wrong kind of value");

TEST_F(ZsetCommandTest, AddTellsAndPropagates) {
  EXPECT_EQ(Run({"ZADD", "z", "2", "b", "1", "a"}), Integer(2));
  EXPECT_EQ(Propagated(), "ZADD z 2 b 1 a");
  EXPECT_EQ(Events(), "zadd z");
  EXPECT_EQ(Modified(), "z");
  EXPECT_EQ(Run({"ZADD", "z", "2", "b"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Run({"ZADD", "z", "CH", "3", "b", "4", "c"}), Integer(2));
  EXPECT_EQ(All("z"), Pairs({{"a", "1"}, {"b", "3"}, {"c", "4"}}));
  EXPECT_EQ(EncodingOf("z"), "listpack");
}

TEST_F(ZsetCommandTest, OptionsOfAdd) {
  EXPECT_EQ(Run({"ZADD", "z", "XX", "1", "a"}), Integer(0));
  EXPECT_EQ(Find("z"), nullptr);
  EXPECT_EQ(Run({"ZADD", "z", "XX", "INCR", "1", "a"}), Null());
  EXPECT_EQ(Run({"ZADD", "z", "NX", "1", "a"}), Integer(1));
  EXPECT_EQ(Run({"ZADD", "z", "nx", "2", "a", "2", "b"}), Integer(1));
  EXPECT_EQ(Run({"ZADD", "z", "GT", "CH", "0", "a", "5", "b"}), Integer(1));
  EXPECT_EQ(Run({"ZADD", "z", "LT", "CH", "0", "a", "9", "b"}), Integer(1));
  EXPECT_EQ(All("z"), Pairs({{"a", "0"}, {"b", "5"}}));
  Events(), Propagated();
  EXPECT_EQ(Run({"ZADD", "z", "INCR", "2.5", "a"}), Double("2.5"));
  EXPECT_EQ(Events(), "zincr z");
  EXPECT_EQ(Propagated(), "ZADD z INCR 2.5 a");
  EXPECT_EQ(Run({"ZADD", "z", "INCR", "NX", "2.5", "a"}), Null());
  EXPECT_EQ(Run({"ZADD", "z", "INCR", "0", "a"}), Double("2.5"));
  EXPECT_EQ(Run({"ZINCRBY", "z", "-1", "a"}), Double("1.5"));
  EXPECT_EQ(Run({"ZINCRBY", "new", "1e3", "a"}), Double("1000"));
}

TEST_F(ZsetCommandTest, BadAdds) {
  EXPECT_EQ(Run({"ZADD", "z", "1", "a", "2"}), kSyntax);
  EXPECT_EQ(Run({"ZADD", "z", "NX", "CH"}), kSyntax);
  EXPECT_EQ(Run({"ZADD", "z", "NX", "XX", "1", "a"}),
            Error("ERR XX and NX options at the same time are not compatible"));
  for (const char* other : {"GT", "LT"}) {
    EXPECT_EQ(Run({"ZADD", "z", "NX", other, "1", "a"}),
              Error("ERR GT, LT, and/or NX options at the same time are not compatible"));
  }
  EXPECT_EQ(Run({"ZADD", "z", "GT", "LT", "1", "a"}),
            Error("ERR GT, LT, and/or NX options at the same time are not compatible"));
  EXPECT_EQ(Run({"ZADD", "z", "INCR", "1", "a", "2", "b"}),
            Error("ERR INCR option supports a single increment-element pair"));
  for (const char* score : {"x", "", " 1", "nan", "1x", "1e400"}) {
    EXPECT_EQ(Run({"ZADD", "z", "1", "a", score, "b"}), Error("ERR value is not a valid float")) << score;
  }
  EXPECT_EQ(Find("z"), nullptr);
  Run({"ZADD", "z", "inf", "a"});
  Propagated();
  EXPECT_EQ(Run({"ZINCRBY", "z", "-inf", "a"}), Error("ERR resulting score is not a number (NaN)"));
  EXPECT_EQ(Run({"ZSCORE", "z", "a"}), Double("inf"));
  EXPECT_EQ(Propagated(), "");
  Run({"SET", "s", "x"});
  EXPECT_EQ(Run({"ZADD", "s", "1", "a"}), kWrongType);
}

TEST_F(ZsetCommandTest, EncodingsFollowTheLimits) {
  Configure("zset-max-listpack-entries", "3");
  Configure("zset-max-listpack-value", "10");
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c"});
  EXPECT_EQ(EncodingOf("z"), "listpack");
  Run({"ZADD", "z", "4", "d"});
  EXPECT_EQ(EncodingOf("z"), "skiplist");
  EXPECT_EQ(All("z"), Pairs({{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}));
  Run({"ZADD", "long", "1", "eleven byte"});
  EXPECT_EQ(EncodingOf("long"), "skiplist");
  // Results are as small as they can be.
  EXPECT_EQ(Run({"ZRANGESTORE", "few", "z", "0", "1"}), Integer(2));
  EXPECT_EQ(EncodingOf("few"), "listpack");
  EXPECT_EQ(Run({"ZUNIONSTORE", "both", "2", "few", "few"}), Integer(2));
  EXPECT_EQ(EncodingOf("both"), "listpack");
  EXPECT_EQ(Run({"ZUNIONSTORE", "both", "2", "z", "few"}), Integer(4));
  EXPECT_EQ(EncodingOf("both"), "skiplist");
}

TEST_F(ZsetCommandTest, RemovingTheLastMemberDeletesTheKey) {
  Run({"ZADD", "z", "1", "a", "2", "b"});
  Events(), Propagated();
  EXPECT_EQ(Run({"ZREM", "z", "x"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"ZREM", "z", "a", "x", "b", "b"}), Integer(2));
  EXPECT_EQ(Find("z"), nullptr);
  EXPECT_EQ(Events(), "zrem z; del z");
  EXPECT_EQ(Propagated(), "ZREM z a x b b");
  EXPECT_EQ(Run({"ZREM", "z", "a"}), Integer(0));
}

TEST_F(ZsetCommandTest, Questions) {
  Run({"ZADD", "z", "1", "a", "2.5", "b", "3", "c"});
  for (const int version : {2, 3}) {
    if (version == 3) UseResp3();
    EXPECT_EQ(Run({"ZCARD", "z"}), Integer(3));
    EXPECT_EQ(Run({"ZSCORE", "z", "b"}), Double("2.5"));
    EXPECT_EQ(Run({"ZSCORE", "z", "x"}), Null());
    EXPECT_EQ(Run({"ZSCORE", "nokey", "x"}), Null());
    EXPECT_EQ(Run({"ZMSCORE", "z", "a", "x"}), Array({Double("1"), Null()}));
    EXPECT_EQ(Run({"ZMSCORE", "nokey", "a"}), Array({Null()}));
    EXPECT_EQ(Run({"ZRANK", "z", "b"}), Integer(1));
    EXPECT_EQ(Run({"ZREVRANK", "z", "a"}), Integer(2));
    EXPECT_EQ(Run({"ZRANK", "z", "x"}), Null());
    EXPECT_EQ(Run({"ZRANK", "z", "b", "WITHSCORE"}), Array({Integer(1), Double("2.5")}));
    EXPECT_EQ(Run({"ZREVRANK", "z", "x", "withscore"}), resp3() ? "_\r\n" : "*-1\r\n");
    EXPECT_EQ(Run({"ZREVRANK", "nokey", "x", "withscore"}), resp3() ? "_\r\n" : "*-1\r\n");
  }
  EXPECT_EQ(Run({"ZRANK", "z", "b", "WITHSCORES"}), kSyntax);
  EXPECT_EQ(Run({"ZRANK", "z", "b", "WITHSCORE", "x"}), Error("ERR wrong number of arguments for 'zrank' command"));
  EXPECT_EQ(Run({"ZCOUNT", "z", "(1", "3"}), Integer(2));
  EXPECT_EQ(Run({"ZCOUNT", "nokey", "-inf", "+inf"}), Integer(0));
  EXPECT_EQ(Run({"ZCOUNT", "z", "1", "x"}), Error("ERR min or max is not a float"));
  EXPECT_EQ(Run({"ZCOUNT", "z", "nan", "1"}), Error("ERR min or max is not a float"));
  EXPECT_EQ(Run({"ZLEXCOUNT", "z", "-", "+"}), Integer(3));
  EXPECT_EQ(Run({"ZLEXCOUNT", "z", "a", "+"}), Error("ERR min or max not valid string range item"));
  EXPECT_EQ(Run({"ZLEXCOUNT", "z", "-x", "+"}), Error("ERR min or max not valid string range item"));
  Run({"SET", "s", "x"});
  for (const char* command : {"ZCARD", "ZSCORE", "ZMSCORE", "ZRANK", "ZREM"}) {
    std::vector<std::string> words = {command, "s"};
    if (std::string_view(command) != "ZCARD") words.push_back("m");
    EXPECT_EQ(Run(words), kWrongType) << command;
  }
}

TEST_F(Zset70CommandTest, ScoresAndRanksAsIn70) {
  Run({"ZADD", "z", "0.1", "a", "1e20", "b"});
  EXPECT_EQ(Run({"ZSCORE", "z", "a"}), Double("0.10000000000000001"));
  EXPECT_EQ(Run({"ZSCORE", "z", "b"}), Double("1e+20"));
  EXPECT_EQ(Run({"ZRANK", "z", "a", "WITHSCORE"}), Error("ERR wrong number of arguments for 'zrank' command"));
}

TEST_F(ZsetCommandTest, ScoresAreShort) {
  Run({"ZADD", "z", "0.1", "a", "1e20", "b", "1e-9", "c", "123456789012345678", "d"});
  EXPECT_EQ(All("z"), Pairs({{"c", "1e-9"}, {"a", "0.1"}, {"d", "123456789012345680"}, {"b", "1e+20"}}));
}

TEST_F(ZsetCommandTest, Ranges) {
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d"});
  for (const char* entries : {"128", "0"}) {
    Configure("zset-max-listpack-entries", entries);
    Run({"ZADD", "z", "5", "e"});
    EXPECT_EQ(Run({"ZRANGE", "z", "1", "-3"}), Bulks({"b", "c"}));
    EXPECT_EQ(Run({"ZRANGE", "z", "-2", "100"}), Bulks({"d", "e"}));
    EXPECT_EQ(Run({"ZRANGE", "z", "3", "1"}), Array({}));
    EXPECT_EQ(Run({"ZREVRANGE", "z", "0", "1", "WITHSCORES"}), Pairs({{"e", "5"}, {"d", "4"}}));
    EXPECT_EQ(Run({"ZRANGE", "z", "0", "1", "REV"}), Bulks({"e", "d"}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "(1", "3"}), Bulks({"b", "c"}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "-inf", "+inf", "LIMIT", "1", "2"}), Bulks({"b", "c"}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "-inf", "+inf", "LIMIT", "3", "-1"}), Bulks({"d", "e"}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "-inf", "+inf", "LIMIT", "-1", "2"}), Array({}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "-inf", "+inf", "LIMIT", "9", "2"}), Array({}));
    EXPECT_EQ(Run({"ZREVRANGEBYSCORE", "z", "4", "(1", "LIMIT", "1", "9"}), Bulks({"c", "b"}));
    EXPECT_EQ(Run({"ZRANGE", "z", "4", "(1", "BYSCORE", "REV", "LIMIT", "0", "1", "WITHSCORES"}), Pairs({{"d", "4"}}));
    EXPECT_EQ(Run({"ZRANGE", "z", "[b", "(d", "BYLEX"}), Bulks({"b", "c"}));
    EXPECT_EQ(Run({"ZRANGEBYLEX", "z", "-", "+", "LIMIT", "4", "1"}), Bulks({"e"}));
    EXPECT_EQ(Run({"ZREVRANGEBYLEX", "z", "[c", "-"}), Bulks({"c", "b", "a"}));
    EXPECT_EQ(Run({"ZRANGEBYLEX", "z", "+", "-"}), Array({}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "5", "1"}), Array({}));
  }
  EXPECT_EQ(Run({"ZRANGE", "nokey", "0", "-1"}), Array({}));
  UseResp3();
  EXPECT_EQ(Run({"ZRANGE", "z", "0", "0", "WITHSCORES"}), Pairs({{"a", "1"}}));
}

TEST_F(ZsetCommandTest, BadRanges) {
  Run({"ZADD", "z", "1", "a"});
  EXPECT_EQ(Run({"ZRANGE", "z", "x", "1"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"ZRANGE", "z", "0", "1", "LIMIT", "0", "1"}),
            Error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"));
  EXPECT_EQ(Run({"ZRANGE", "z", "-", "+", "BYLEX", "WITHSCORES"}),
            Error("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
  EXPECT_EQ(Run({"ZRANGE", "z", "-", "+", "BYLEX", "BYSCORE"}), kSyntax);
  EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "0", "1", "REV"}), kSyntax);
  EXPECT_EQ(Run({"ZREVRANGE", "z", "0", "1", "BYSCORE"}), kSyntax);
  EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "0", "1", "LIMIT", "0"}), kSyntax);
  EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "0", "1", "LIMIT", "0", "x"}),
            Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"ZRANGESTORE", "d", "z", "0", "-1", "WITHSCORES"}), kSyntax);
}

TEST_F(ZsetCommandTest, RangesAreStored) {
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c"});
  Run({"SET", "d", "string"});
  Events(), Propagated();
  EXPECT_EQ(Run({"ZRANGESTORE", "d", "z", "(1", "+inf", "BYSCORE"}), Integer(2));
  EXPECT_EQ(Events(), "zrangestore d");
  EXPECT_EQ(Propagated(), "ZRANGESTORE d z (1 +inf BYSCORE");
  EXPECT_EQ(All("d"), Pairs({{"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(Run({"ZRANGESTORE", "z", "z", "0", "1", "REV"}), Integer(2));
  EXPECT_EQ(All("z"), Pairs({{"b", "2"}, {"c", "3"}}));
  Events(), Propagated();
  EXPECT_EQ(Run({"ZRANGESTORE", "d", "nokey", "0", "-1"}), Integer(0));
  EXPECT_EQ(Events(), "del d");
  EXPECT_EQ(Propagated(), "ZRANGESTORE d nokey 0 -1");
  EXPECT_EQ(Run({"ZRANGESTORE", "d", "z", "5", "9"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
}

TEST_F(ZsetCommandTest, RangesAreRemoved) {
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d", "5", "e"});
  Events(), Propagated();
  EXPECT_EQ(Run({"ZREMRANGEBYRANK", "z", "-1", "-1"}), Integer(1));
  EXPECT_EQ(Run({"ZREMRANGEBYSCORE", "z", "(1", "2"}), Integer(1));
  EXPECT_EQ(Run({"ZREMRANGEBYLEX", "z", "[c", "[c"}), Integer(1));
  EXPECT_EQ(Run({"ZREMRANGEBYLEX", "z", "[x", "[y"}), Integer(0));
  EXPECT_EQ(All("z"), Pairs({{"a", "1"}, {"d", "4"}}));
  EXPECT_EQ(Events(), "zremrangebyrank z; zremrangebyscore z; zremrangebylex z");
  EXPECT_EQ(Run({"ZREMRANGEBYSCORE", "z", "-inf", "inf"}), Integer(2));
  EXPECT_EQ(Events(), "zremrangebyscore z; del z");
  EXPECT_EQ(Run({"ZREMRANGEBYRANK", "z", "0", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"ZREMRANGEBYSCORE", "z", "0", "x"}), Error("ERR min or max is not a float"));
  EXPECT_EQ(Run({"ZREMRANGEBYLEX", "z", "0", "x"}), Error("ERR min or max not valid string range item"));
}

TEST_F(ZsetCommandTest, Scan) {
  Run({"ZADD", "z", "0.1", "a", "2", "b"});
  EXPECT_EQ(Run({"ZSCAN", "z", "0"}), Array({Bulk("0"), Bulks({"a", "0.1", "b", "2"})}));
  EXPECT_EQ(Run({"ZSCAN", "z", "0", "MATCH", "b*"}), Array({Bulk("0"), Bulks({"b", "2"})}));
  EXPECT_EQ(Run({"ZSCAN", "nokey", "0"}), Array({Bulk("0"), Array({})}));
  EXPECT_EQ(Run({"ZSCAN", "z", "x"}), Error("ERR invalid cursor"));
  EXPECT_EQ(Run({"ZSCAN", "z", "0", "COUNT", "0"}), kSyntax);
  Configure("zset-max-listpack-entries", "0");
  Run({"ZADD", "z", "3", "c"});
  EXPECT_EQ(Run({"ZSCAN", "z", "0", "MATCH", "a"}), Array({Bulk("0"), Bulks({"a", "0.10000000000000001"})}));
}

TEST_F(ZsetCommandTest, RandomMembers) {
  EXPECT_EQ(Run({"ZRANDMEMBER", "z"}), Null());
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "3"}), Array({}));
  Run({"ZADD", "z", "1", "a"});
  EXPECT_EQ(Run({"ZRANDMEMBER", "z"}), Bulk("a"));
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "0"}), Array({}));
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "5", "WITHSCORES"}), Pairs({{"a", "1"}}));
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "-2", "WITHSCORES"}), Pairs({{"a", "1"}, {"a", "1"}}));
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "1", "WITHVALUES"}), kSyntax);
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "-9223372036854775807", "WITHSCORES"}), Error("ERR value is out of range"));
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "-9223372036854775808"}),
            Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"));
  UseResp3();
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "1", "WITHSCORES"}), Pairs({{"a", "1"}}));
}

// Each of 40 members is drawn about as often as the others, in both encodings and by both ways to sample.
TEST_F(ZsetCommandTest, RandomMembersAreFair) {
  for (const char* entries : {"128", "0"}) {
    Configure("zset-max-listpack-entries", entries);
    Run({"DEL", "z"});
    for (int i = 0; i < 40; ++i) Run({"ZADD", "z", std::to_string(i / 3), "m" + std::to_string(100 + i)});
    for (const char* count : {"-10", "10", "30"}) {
      std::map<std::string, int> seen;
      int draws = 0;
      for (int round = 0; round < 400; ++round) {
        const std::string reply = Run({"ZRANDMEMBER", "z", count});
        for (size_t at = reply.find("m1"); at != std::string::npos; at = reply.find("m1", at + 1)) {
          ++seen[reply.substr(at, 4)], ++draws;
        }
      }
      ASSERT_EQ(seen.size(), 40u);
      double chi_square = 0;
      const double expected = draws / 40.0;
      for (const auto& [member, times] : seen) chi_square += (times - expected) * (times - expected) / expected;
      // 39 degrees of freedom: beyond 90 once in a hundred thousand runs.
      EXPECT_LT(chi_square, 90) << entries << " " << count;
    }
  }
}

}  // namespace
}  // namespace keyway::testing
