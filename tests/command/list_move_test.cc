// LMOVE, RPOPLPUSH, LMPOP, and what waits: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP.
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ListMoveTest : public CommandTest {
 protected:
  std::string Elements(const std::string& key) { return Run({"LRANGE", key, "0", "-1"}); }
  void Forget() { Propagated(), Events(), Modified(); }

  command::Client& first_ = clients_.Add(2, "127.0.0.1:50002");
  command::Client& second_ = clients_.Add(3, "127.0.0.1:50003");
};

TEST_F(ListMoveTest, MovesBetweenTheEnds) {
  Run({"RPUSH", "a", "1", "2", "3", "4"});
  Forget();
  EXPECT_EQ(Run({"LMOVE", "a", "b", "left", "RIGHT"}), Bulk("1"));
  EXPECT_EQ(AllEvents(), "new a; rpush a; new b; rpush b; lpop a");
  EXPECT_EQ(Modified(), "b; a");
  EXPECT_EQ(Run({"LMOVE", "a", "b", "RIGHT", "LEFT"}), Bulk("4"));
  EXPECT_EQ(Run({"RPOPLPUSH", "a", "b"}), Bulk("3"));
  EXPECT_EQ(Run({"LMOVE", "a", "b", "LEFT", "LEFT"}), Bulk("2"));
  EXPECT_EQ(Elements("b"), Bulks({"2", "3", "4", "1"}));
  EXPECT_EQ(Find("a"), nullptr);
  EXPECT_EQ(Propagated(), "LMOVE a b left RIGHT; LMOVE a b RIGHT LEFT; RPOPLPUSH a b; LMOVE a b LEFT LEFT");
  Events();
  EXPECT_EQ(Run({"LMOVE", "a", "b", "LEFT", "LEFT"}), Null());
  EXPECT_EQ(Run({"RPOPLPUSH", "a", "b"}), Null());
  EXPECT_EQ(Run({"LMOVE", "a", "b", "UP", "LEFT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"LMOVE", "a", "b", "LEFT", "DOWN"}), Error("ERR syntax error"));
  EXPECT_EQ(Events(), "");
}

TEST_F(ListMoveTest, RotatesOneList) {
  Run({"RPUSH", "a", "1", "2", "3"});
  EXPECT_EQ(Run({"RPOPLPUSH", "a", "a"}), Bulk("3"));
  EXPECT_EQ(Elements("a"), Bulks({"3", "1", "2"}));
  Run({"RPUSH", "one", "x"});
  Forget();
  EXPECT_EQ(Run({"LMOVE", "one", "one", "LEFT", "RIGHT"}), Bulk("x"));
  EXPECT_EQ(Events(), "rpush one; lpop one");
  EXPECT_EQ(Elements("one"), Bulks({"x"}));
}

TEST_F(ListMoveTest, NothingMovesToAnotherType) {
  Run({"RPUSH", "a", "1"});
  Run({"SET", "s", "text"});
  Forget();
  const std::string wrong = Error("WRONGTYPE Operation against a key holding the wrong kind of value");
  EXPECT_EQ(Run({"RPOPLPUSH", "a", "s"}), wrong);
  EXPECT_EQ(Run({"BRPOPLPUSH", "a", "s", "1"}), wrong);
  EXPECT_EQ(Elements("a"), Bulks({"1"}));
  EXPECT_EQ(Propagated(), "");
}

TEST_F(ListMoveTest, PopsFromTheFirstOfSeveral) {
  EXPECT_EQ(Run({"LMPOP", "2", "a", "b", "LEFT"}), "*-1\r\n");
  Run({"RPUSH", "b", "1", "2", "3"});
  Forget();
  const std::string popped = "*2\r\n" + Bulk("b");
  EXPECT_EQ(Run({"LMPOP", "2", "a", "b", "LEFT"}), popped + Bulks({"1"}));
  EXPECT_EQ(Run({"LMPOP", "2", "a", "b", "right", "count", "10"}), popped + Bulks({"3", "2"}));
  EXPECT_EQ(Propagated(), "LPOP b 1; RPOP b 2");
  EXPECT_EQ(Events(), "lpop b; rpop b; del b");
}

TEST_F(ListMoveTest, RefusesBadMultiPops) {
  const std::string syntax = Error("ERR syntax error"), numkeys = Error("ERR numkeys should be greater than 0"),
                    count = Error("ERR count should be greater than 0");
  EXPECT_EQ(Run({"LMPOP", "0", "a", "LEFT"}), numkeys);
  EXPECT_EQ(Run({"LMPOP", "x", "a", "LEFT"}), numkeys);
  EXPECT_EQ(Run({"LMPOP", "2", "a", "LEFT"}), syntax);
  EXPECT_EQ(Run({"LMPOP", "9223372036854775807", "a", "LEFT"}), syntax);
  EXPECT_EQ(Run({"LMPOP", "1", "a", "UP"}), syntax);
  EXPECT_EQ(Run({"LMPOP", "1", "a", "LEFT", "COUNT"}), syntax);
  EXPECT_EQ(Run({"LMPOP", "1", "a", "LEFT", "COUNT", "0"}), count);
  EXPECT_EQ(Run({"LMPOP", "1", "a", "LEFT", "COUNT", "x"}), count);
  EXPECT_EQ(Run({"LMPOP", "1", "a", "LEFT", "COUNT", "-1", "COUNT", "1"}), count);
  EXPECT_EQ(Run({"LMPOP", "1", "a", "LEFT", "COUNT", "1", "COUNT", "1"}), syntax);
  EXPECT_EQ(Run({"LMPOP", "1", "a", "LEFT", "MANY", "1"}), syntax);
  EXPECT_EQ(Run({"BLMPOP", "1", "0", "a", "LEFT"}), numkeys);
  EXPECT_EQ(Run({"BLMPOP", "-1", "1", "a", "LEFT"}), Error("ERR timeout is negative"));
}

TEST_F(ListMoveTest, WaitingCommandsServeThemselvesAtOnceIfTheyCan) {
  Run({"RPUSH", "a", "1", "2", "3", "4", "5", "6"});
  Forget();
  EXPECT_EQ(Run({"BLPOP", "none", "a", "0"}), Bulks({"a", "1"}));
  EXPECT_EQ(Run({"BRPOP", "a", "none", "0.1"}), Bulks({"a", "6"}));
  EXPECT_EQ(Run({"BLMPOP", "0", "1", "a", "LEFT", "COUNT", "2"}), "*2\r\n" + Bulk("a") + Bulks({"2", "3"}));
  EXPECT_EQ(Run({"BLMOVE", "a", "b", "LEFT", "right", "0"}), Bulk("4"));
  EXPECT_EQ(Run({"BRPOPLPUSH", "a", "b", "0"}), Bulk("5"));
  EXPECT_EQ(Propagated(), "LPOP a; RPOP a; LPOP a 2; LMOVE a b LEFT right; RPOPLPUSH a b");
  EXPECT_EQ(Find("a"), nullptr);
}

TEST_F(ListMoveTest, RefusesBadTimeouts) {
  EXPECT_EQ(Run({"BLPOP", "a", "x"}), Error("ERR timeout is not a float or out of range"));
  EXPECT_EQ(Run({"BLPOP", "a", "-1"}), Error("ERR timeout is negative"));
  EXPECT_EQ(Run({"BRPOPLPUSH", "a", "b", "1e300"}), Error("ERR timeout is out of range"));
  EXPECT_EQ(Run({"BLMOVE", "a", "b", "LEFT", "LEFT", "-0.1"}), Error("ERR timeout is negative"));
}

TEST_F(ListMoveTest, WaitersAreServedInTurn) {
  EXPECT_EQ(RunAs(first_, {"BLPOP", "a", "b", "0"}), "");
  EXPECT_EQ(RunAs(second_, {"BRPOP", "a", "0"}), "");
  EXPECT_TRUE(first_.Has(command::kClientBlocked));
  EXPECT_EQ(Run({"RPUSH", "a", "1", "2", "3"}), Integer(3));
  EXPECT_EQ(Received(first_), Bulks({"a", "1"}));
  EXPECT_EQ(Received(second_), Bulks({"a", "3"}));
  EXPECT_FALSE(first_.Has(command::kClientBlocked));
  EXPECT_EQ(Elements("a"), Bulks({"2"}));
  EXPECT_EQ(Propagated(), "RPUSH a 1 2 3; LPOP a; RPOP a");
  EXPECT_EQ(Events(), "rpush a; lpop a; rpop a");
}

TEST_F(ListMoveTest, OneElementServesOneWaiter) {
  RunAs(first_, {"BLMPOP", "0", "2", "a", "b", "RIGHT", "COUNT", "5"});
  RunAs(second_, {"BLPOP", "b", "0"});
  Run({"LPUSH", "b", "x", "y"});
  EXPECT_EQ(Received(first_), "*2\r\n" + Bulk("b") + Bulks({"x", "y"}));
  EXPECT_EQ(Received(second_), "");
  EXPECT_TRUE(second_.Has(command::kClientBlocked));
  EXPECT_EQ(Find("b"), nullptr);
  Run({"LPUSH", "b", "z"});
  EXPECT_EQ(Received(second_), Bulks({"b", "z"}));
}

TEST_F(ListMoveTest, ServingOneMayServeTheNext) {
  RunAs(first_, {"BLPOP", "c", "0"});
  RunAs(second_, {"BRPOPLPUSH", "b", "c", "0"});
  Run({"RPUSH", "a", "x"});
  EXPECT_EQ(Run({"BLMOVE", "a", "b", "LEFT", "LEFT", "0"}), Bulk("x"));
  EXPECT_EQ(Received(second_), Bulk("x"));
  EXPECT_EQ(Received(first_), Bulks({"c", "x"}));
  EXPECT_EQ(Propagated(), "RPUSH a x; LMOVE a b LEFT LEFT; RPOPLPUSH b c; LPOP c");
}

TEST_F(ListMoveTest, OtherTypesServeNobody) {
  RunAs(first_, {"BLPOP", "a", "0"});
  Run({"SET", "a", "text"});
  EXPECT_EQ(Received(first_), "");
  Run({"DEL", "a"});
  Run({"RPUSH", "list", "x"});
  Run({"RENAME", "list", "a"});
  EXPECT_EQ(Received(first_), Bulks({"a", "x"}));
}

TEST_F(ListMoveTest, AWaitEndsWithAnErrorIfTheTargetIsOfAnotherType) {
  RunAs(first_, {"BRPOPLPUSH", "a", "s", "0"});
  Run({"SET", "s", "text"});
  Run({"RPUSH", "a", "x"});
  EXPECT_EQ(Received(first_), Error("WRONGTYPE Operation against a key holding the wrong kind of value"));
  EXPECT_EQ(Elements("a"), Bulks({"x"}));
}

TEST_F(ListMoveTest, TimeRunsOut) {
  RunAs(first_, {"BLPOP", "a", "0.5"});
  RunAs(second_, {"BLMOVE", "a", "b", "LEFT", "LEFT", "1"});
  clock_.AdvanceMs(499);
  dispatcher_.RefreshTime(), dispatcher_.ServeWaiting();
  EXPECT_EQ(Received(first_), "");
  clock_.AdvanceMs(2);
  dispatcher_.RefreshTime(), dispatcher_.ServeWaiting();
  EXPECT_EQ(Received(first_), "*-1\r\n");
  EXPECT_EQ(Received(second_), "");
  clock_.AdvanceMs(500);
  dispatcher_.RefreshTime(), dispatcher_.ServeWaiting();
  EXPECT_EQ(Received(second_), "*-1\r\n");
  EXPECT_EQ(Propagated(), "");
}

TEST_F(ListMoveTest, NobodyWaitsInATransaction) {
  Run({"MULTI"});
  Run({"BLPOP", "a", "0"});
  Run({"BLMOVE", "a", "b", "LEFT", "LEFT", "0"});
  Run({"BLMPOP", "0", "1", "a", "LEFT"});
  EXPECT_EQ(Run({"EXEC"}), "*3\r\n*-1\r\n$-1\r\n*-1\r\n");
}

TEST_F(ListMoveTest, ATransactionThatLeavesNothingServesNobody) {
  RunAs(first_, {"BLPOP", "a", "0"});
  Run({"MULTI"});
  Run({"LPUSH", "a", "x"});
  Run({"DEL", "a"});
  Run({"EXEC"});
  EXPECT_EQ(Received(first_), "");
  Run({"LPUSH", "a", "y"});
  EXPECT_EQ(Received(first_), Bulks({"a", "y"}));
}

}  // namespace
}  // namespace keyway::testing
