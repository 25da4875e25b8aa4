#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ZsetPopTest : public CommandTest {
 protected:
  std::string Nested(std::vector<std::pair<std::string, std::string>> pairs) const {
    std::string reply = "*" + std::to_string(pairs.size()) + "\r\n";
    for (const auto& [member, score] : pairs) reply += Array({Bulk(member), Double(score)});
    return reply;
  }
};

TEST_F(ZsetPopTest, FromEitherEnd) {
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d"});
  Events(), Propagated();
  EXPECT_EQ(Run({"ZPOPMIN", "z"}), Array({Bulk("a"), Double("1")}));
  EXPECT_EQ(Propagated(), "ZPOPMIN z");
  EXPECT_EQ(Run({"ZPOPMAX", "z", "2"}), Array({Bulk("d"), Double("4"), Bulk("c"), Double("3")}));
  EXPECT_EQ(Run({"ZPOPMAX", "z", "0"}), Array({}));
  EXPECT_EQ(Events(), "zpopmin z; zpopmax z");
  EXPECT_EQ(Run({"ZPOPMIN", "z", "99"}), Array({Bulk("b"), Double("2")}));
  EXPECT_EQ(Events(), "zpopmin z; del z");
  EXPECT_EQ(Find("z"), nullptr);
  EXPECT_EQ(Run({"ZPOPMIN", "z"}), Array({}));
  EXPECT_EQ(Run({"ZPOPMIN", "z", "-1"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"ZPOPMIN", "z", "x"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"ZPOPMIN", "z", "1", "2"}), Error("ERR syntax error"));
}

TEST_F(ZsetPopTest, InResp3PairsAreNestedWithACount) {
  UseResp3();
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c"});
  EXPECT_EQ(Run({"ZPOPMIN", "z"}), Array({Bulk("a"), Double("1")}));
  EXPECT_EQ(Run({"ZPOPMIN", "z", "1"}), Nested({{"b", "2"}}));
  EXPECT_EQ(Run({"BZPOPMIN", "z", "1"}), Array({Bulk("z"), Bulk("c"), Double("3")}));
}

TEST_F(ZsetPopTest, SeveralKeys) {
  Run({"ZADD", "b", "1", "x", "2", "y", "3", "z"});
  Events(), Propagated();
  EXPECT_EQ(Run({"ZMPOP", "2", "a", "b", "MIN"}), Array({Bulk("b"), Nested({{"x", "1"}})}));
  EXPECT_EQ(Propagated(), "ZPOPMIN b 1");
  EXPECT_EQ(Run({"ZMPOP", "2", "a", "b", "max", "COUNT", "10"}), Array({Bulk("b"), Nested({{"z", "3"}, {"y", "2"}})}));
  EXPECT_EQ(Propagated(), "ZPOPMAX b 2");
  EXPECT_EQ(Events(), "zpopmin b; zpopmax b; del b");
  EXPECT_EQ(Run({"ZMPOP", "2", "a", "b", "MIN"}), "*-1\r\n");
  Run({"SET", "a", "x"});
  Run({"ZADD", "b", "1", "x"});
  EXPECT_EQ(Run({"ZMPOP", "2", "a", "b", "MIN"}),
            Error("WRONGTYPE Operation against a key holding the wrong kind of value"));
  EXPECT_EQ(Run({"ZMPOP", "2", "b", "a", "MIN"}), Array({Bulk("b"), Nested({{"x", "1"}})}));
}

TEST_F(ZsetPopTest, BadMultiPops) {
  const std::string syntax = Error("ERR syntax error");
  for (const char* keys : {"0", "-1", "x", "9223372036854775808"}) {
    EXPECT_EQ(Run({"ZMPOP", keys, "a", "MIN"}), Error("ERR numkeys should be greater than 0")) << keys;
  }
  EXPECT_EQ(Run({"ZMPOP", "2", "a", "MIN"}), syntax);
  EXPECT_EQ(Run({"ZMPOP", "9223372036854775807", "a", "MIN"}), syntax);
  EXPECT_EQ(Run({"ZMPOP", "1", "a", "MID"}), syntax);
  EXPECT_EQ(Run({"ZMPOP", "1", "a", "MIN", "COUNT"}), syntax);
  EXPECT_EQ(Run({"ZMPOP", "1", "a", "MIN", "COUNT", "1", "COUNT", "2"}), syntax);
  EXPECT_EQ(Run({"ZMPOP", "1", "a", "MIN", "COUNT", "0"}), Error("ERR count should be greater than 0"));
  EXPECT_EQ(Run({"BZMPOP", "x", "1", "a", "MIN"}), Error("ERR timeout is not a float or out of range"));
  EXPECT_EQ(Run({"BZMPOP", "-1", "1", "a", "MIN"}), Error("ERR timeout is negative"));
  EXPECT_EQ(Run({"BZPOPMIN", "a", "x"}), Error("ERR timeout is not a float or out of range"));
}

TEST_F(ZsetPopTest, BlockingFormsAnswerAtOnceWhenTheyCan) {
  Run({"ZADD", "b", "1", "x", "2", "y", "3", "z"});
  Propagated();
  EXPECT_EQ(Run({"BZPOPMIN", "a", "b", "0"}), Array({Bulk("b"), Bulk("x"), Double("1")}));
  EXPECT_EQ(Propagated(), "ZPOPMIN b");
  EXPECT_EQ(Run({"BZPOPMAX", "a", "b", "0"}), Array({Bulk("b"), Bulk("z"), Double("3")}));
  EXPECT_EQ(Propagated(), "ZPOPMAX b");
  EXPECT_EQ(Run({"BZMPOP", "0", "2", "a", "b", "MAX", "COUNT", "3"}), Array({Bulk("b"), Nested({{"y", "2"}})}));
  EXPECT_EQ(Propagated(), "ZPOPMAX b 1");
}

TEST_F(ZsetPopTest, InATransactionNobodyWaits) {
  Run({"MULTI"});
  Run({"BZPOPMIN", "a", "0"});
  Run({"BZMPOP", "0", "1", "a", "MIN"});
  EXPECT_EQ(Run({"EXEC"}), Array({"*-1\r\n", "*-1\r\n"}));
}

}  // namespace
}  // namespace keyway::testing
