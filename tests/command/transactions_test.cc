// MULTI, EXEC, DISCARD and WATCH, and what a transaction propagates.
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class TransactionsTest : public CommandTest {
 protected:
  TransactionsTest() : other_(clients_.Add(2, "127.0.0.1:50002")) {}
  std::string NullArray() const { return resp3() ? "_\r\n" : "*-1\r\n"; }
  command::Client& other_;
};

const char* const kQueued = "+QUEUED\r\n";

TEST_F(TransactionsTest, RunsWhatWasQueued) {
  EXPECT_EQ(Run({"MULTI"}), Ok());
  EXPECT_EQ(Run({"SET", "k", "1"}), kQueued);
  EXPECT_EQ(Run({"INCR", "k"}), kQueued);
  EXPECT_EQ(Run({"GET", "k"}), kQueued);
  EXPECT_EQ(RunAs(other_, {"EXISTS", "k"}), Integer(0));
  EXPECT_EQ(Run({"EXEC"}), "*3\r\n" + Ok() + Integer(2) + Bulk("2"));
  EXPECT_EQ(Propagated(), "MULTI; SET k 1; INCR k; EXEC");
  EXPECT_EQ(Run({"GET", "k"}), Bulk("2"));
}

TEST_F(TransactionsTest, OneChangeNeedsNoGroup) {
  Run({"MULTI"}), Run({"GET", "k"}), Run({"SET", "k", "1"}), Run({"GET", "k"});
  EXPECT_EQ(Run({"EXEC"}), "*3\r\n" + Null() + Ok() + Bulk("1"));
  EXPECT_EQ(Propagated(), "SET k 1");
  Run({"MULTI"}), Run({"GET", "k"});
  Run({"EXEC"});
  EXPECT_EQ(Propagated(), "");
}

TEST_F(TransactionsTest, SelectInsideIsKept) {
  Run({"MULTI"}), Run({"SET", "a", "1"}), Run({"SELECT", "3"}), Run({"SET", "b", "2"});
  Run({"EXEC"});
  EXPECT_EQ(Propagated(), "MULTI; SET a 1; @3 SET b 2; @3 EXEC");
  EXPECT_EQ(client_.db, 3);
}

TEST_F(TransactionsTest, AnErrorInsideDoesNotStopTheRest) {
  Run({"SET", "text", "x"});
  Run({"MULTI"}), Run({"INCR", "text"}), Run({"SET", "k", "1"});
  EXPECT_EQ(Run({"EXEC"}), "*2\r\n" + Error("ERR value is not an integer or out of range") + Ok());
  ASSERT_EQ(counters_.errors.size(), 1u);
  EXPECT_EQ(counters_.errors[0].second, 1u);
  EXPECT_EQ(counters_.commands[commands_.FindCommand("exec")->id].failed, 0u);
  EXPECT_EQ(counters_.commands[commands_.FindCommand("incr")->id].failed, 1u);
}

TEST_F(TransactionsTest, ARefusedCommandSpoilsIt) {
  Run({"MULTI"});
  EXPECT_EQ(Run({"NOSUCH"}), Error("ERR unknown command 'NOSUCH', with args beginning with: "));
  EXPECT_EQ(Run({"SET", "k", "1"}), kQueued);
  EXPECT_EQ(Run({"EXEC"}), Error("EXECABORT Transaction discarded because of previous errors."));
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  Run({"MULTI"});
  EXPECT_EQ(Run({"SET", "k"}), Error("ERR wrong number of arguments for 'set' command"));
  EXPECT_EQ(Run({"EXEC"}), Error("EXECABORT Transaction discarded because of previous errors."));
  Run({"MULTI"}), Run({"SET", "k", "1"});
  EXPECT_EQ(Run({"EXEC"}), "*1\r\n" + Ok());
}

TEST_F(TransactionsTest, WordsInTheWrongOrder) {
  EXPECT_EQ(Run({"EXEC"}), Error("ERR EXEC without MULTI"));
  EXPECT_EQ(Run({"DISCARD"}), Error("ERR DISCARD without MULTI"));
  Run({"MULTI"});
  EXPECT_EQ(Run({"MULTI"}), Error("ERR MULTI calls can not be nested"));
  EXPECT_EQ(Run({"WATCH", "k"}), Error("ERR WATCH inside MULTI is not allowed"));
  EXPECT_EQ(Run({"EXEC"}), "*0\r\n");
}

TEST_F(TransactionsTest, DiscardForgetsEverything) {
  Run({"WATCH", "k"}), Run({"MULTI"}), Run({"SET", "k", "1"});
  EXPECT_EQ(Run({"DISCARD"}), Ok());
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  RunAs(other_, {"SET", "k", "2"});
  Run({"MULTI"}), Run({"GET", "k"});
  EXPECT_EQ(Run({"EXEC"}), "*1\r\n" + Bulk("2"));
}

TEST_F(TransactionsTest, AChangeOfAWatchedKeyAborts) {
  const std::vector<std::vector<std::string>> kChanges = {
      {"SET", "k", "2"},    {"DEL", "k"},         {"EXPIRE", "k", "100"}, {"FLUSHDB"},        {"FLUSHALL"},
      {"SWAPDB", "0", "1"}, {"RENAME", "k", "j"}, {"APPEND", "k", "x"},   {"MOVE", "k", "1"},
  };
  for (const auto& change : kChanges) {
    Run({"FLUSHALL"}), Run({"SET", "k", "1"});
    EXPECT_EQ(Run({"WATCH", "k", "k", "other"}), Ok());
    RunAs(other_, change);
    Run({"MULTI"}), Run({"PING"});
    EXPECT_EQ(Run({"EXEC"}), NullArray()) << change[0];
    Run({"MULTI"}), Run({"PING"});
    EXPECT_EQ(Run({"EXEC"}), "*1\r\n+PONG\r\n");
  }
}

TEST_F(TransactionsTest, WhatDoesNotAbort) {
  Run({"SET", "k", "1"}), Run({"SET", "j", "1"});
  Run({"WATCH", "k"});
  RunAs(other_, {"SET", "j", "2"}), RunAs(other_, {"GET", "k"}), RunAs(other_, {"DEL", "nosuch"});
  RunAs(other_, {"SELECT", "1"}), RunAs(other_, {"SET", "k", "2"}), RunAs(other_, {"FLUSHDB"});
  Run({"MULTI"}), Run({"PING"});
  EXPECT_EQ(Run({"EXEC"}), "*1\r\n+PONG\r\n");
  Run({"WATCH", "k"}), RunAs(other_, {"SELECT", "0"}), RunAs(other_, {"SET", "k", "3"});
  EXPECT_EQ(Run({"UNWATCH"}), Ok());
  Run({"MULTI"}), Run({"PING"});
  EXPECT_EQ(Run({"EXEC"}), "*1\r\n+PONG\r\n");
}

TEST_F(TransactionsTest, ExpiryOfAWatchedKeyAbortsUnlessItHadExpiredBefore) {
  Run({"SET", "k", "1", "PX", "10"}), Run({"WATCH", "k"});
  clock_.AdvanceMs(11);
  Run({"MULTI"}), Run({"PING"});
  EXPECT_EQ(Run({"EXEC"}), NullArray());
  Run({"FLUSHALL"}), Run({"SET", "k", "1", "PX", "10"});
  clock_.AdvanceMs(11);
  Run({"WATCH", "k"}), RunAs(other_, {"GET", "k"});
  Run({"MULTI"}), Run({"PING"});
  EXPECT_EQ(Run({"EXEC"}), "*1\r\n+PONG\r\n");
}

TEST_F(TransactionsTest, ResetLeavesIt) {
  Run({"WATCH", "k"}), Run({"MULTI"}), Run({"SET", "k", "1"});
  Run({"RESET"});
  EXPECT_EQ(Run({"EXEC"}), Error("ERR EXEC without MULTI"));
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
}

TEST_F(TransactionsTest, AQueueHasALimit) {
  Configure("client-query-buffer-limit", "1mb");
  Run({"MULTI"});
  const std::string big(400'000, 'x');
  EXPECT_EQ(Run({"SET", "a", big}), kQueued);
  EXPECT_EQ(Run({"SET", "b", big}), kQueued);
  Run({"SET", "c", big});
  EXPECT_EQ(clients_.orders, "kill 1");
}

TEST_F(TransactionsTest, NoMemoryIsLeft) {
  const std::string oom = Error("OOM command not allowed when used memory > 'maxmemory'.");
  Run({"SET", "k", "1"}), Run({"MULTI"}), Run({"SET", "k", "2"});
  RunAs(other_, {"MULTI"}), RunAs(other_, {"GET", "k"});
  Configure("maxmemory", "1");
  EXPECT_EQ(Run({"EXEC"}), Error("EXECABORT Transaction discarded because of: OOM command not allowed when used memory "
                                 "> 'maxmemory'."));
  EXPECT_EQ(RunAs(other_, {"EXEC"}), "*1\r\n" + Bulk("1"));
  EXPECT_EQ(Run({"SET", "k", "2"}), oom);
  EXPECT_EQ(Run({"DEL", "k"}), Integer(1));
  EXPECT_EQ(Run({"MULTI"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), oom);
  EXPECT_EQ(Run({"DISCARD"}), Ok());
  Configure("maxmemory", "0");
  EXPECT_EQ(Run({"SET", "k", "2"}), Ok());
}

TEST_F(TransactionsTest, ADatabaseComesInWithWhatLooksLikeNothing) {
  RunAs(other_, {"SELECT", "1"}), RunAs(other_, {"SET", "k", "1", "PX", "10"});
  clock_.AdvanceMs(11);
  Run({"WATCH", "k"}), RunAs(other_, {"SWAPDB", "0", "1"});
  Run({"MULTI"}), Run({"PING"});
  EXPECT_EQ(Run({"EXEC"}), "*1\r\n+PONG\r\n");
}

}  // namespace
}  // namespace keyway::testing
