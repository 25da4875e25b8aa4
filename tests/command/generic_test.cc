// Commands about keys of any type, and about whole databases.
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using GenericTest = CommandTest;

constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
constexpr std::string_view kBadIndex = "ERR DB index is out of range";
constexpr std::string_view kSameObject = "ERR source and destination objects are the same";
constexpr std::string_view kNotInt = "ERR value is out of range, value must between -2147483648 and 2147483647";

TEST_F(GenericTest, DelAndUnlink) {
  Run({"MSET", "a", "1", "b", "2", "c", "3"});
  Events();
  EXPECT_EQ(Run({"DEL", "a", "x", "b", "a"}), Integer(2));
  EXPECT_EQ(Events(), "del a; del b");
  EXPECT_EQ(Run({"UNLINK", "c", "c"}), Integer(1));
  EXPECT_EQ(Events(), "del c");
  EXPECT_EQ(Run({"DBSIZE"}), Integer(0));
  EXPECT_EQ(Run({"DEL", "a"}), Integer(0));
}

TEST_F(GenericTest, AnExpiredKeyIsNotDeletedTwice) {
  Run({"SET", "k", "v", "PX", "5"});
  clock_.AdvanceMs(6);
  Propagated(), Events();
  EXPECT_EQ(Run({"DEL", "k"}), Integer(0));
  EXPECT_EQ(Events(), "expired k");
  EXPECT_EQ(Propagated(), "DEL k");
}

TEST_F(GenericTest, ExistsTouchAndType) {
  Run({"MSET", "a", "1", "b", "2"});
  EXPECT_EQ(Run({"EXISTS", "a", "b", "c", "a"}), Integer(3));
  EXPECT_EQ(Run({"TOUCH", "a", "b", "c", "a"}), Integer(3));
  EXPECT_EQ(Run({"TYPE", "a"}), Simple("string"));
  EXPECT_EQ(Run({"TYPE", "c"}), Simple("none"));
}

TEST_F(GenericTest, OnlySomeCommandsTouch) {
  Run({"SET", "k", "v"});
  clock_.AdvanceMs(10'000);
  for (const char* name : {"EXISTS", "TYPE", "TTL", "PEXPIRETIME"}) Run({name, "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Integer(10));
  Run({"TOUCH", "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Integer(0));
  clock_.AdvanceMs(10'000);
  Run({"CLIENT", "NO-TOUCH", "ON"});
  Run({"GET", "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Integer(10));
  Run({"TOUCH", "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Integer(0));
}

TEST_F(GenericTest, HitsAndMisses) {
  Run({"SET", "k", "v"});
  keyspace_.stats() = {};
  Run({"GET", "k"});
  Run({"EXISTS", "k"});
  Run({"GET", "none"});
  Run({"INCR", "none"});
  EXPECT_EQ(keyspace_.stats().hits, 2);
  EXPECT_EQ(keyspace_.stats().misses, 1);
}

TEST_F(GenericTest, Rename) {
  EXPECT_EQ(Run({"RENAME", "a", "b"}), Error("ERR no such key"));
  EXPECT_EQ(Run({"RENAMENX", "a", "a"}), Error("ERR no such key"));
  Run({"SET", "a", "1", "PX", "500"});
  Run({"SET", "b", "2"});
  Events(), Modified(), Propagated();
  EXPECT_EQ(Run({"RENAMENX", "a", "b"}), Integer(0));
  EXPECT_EQ(Run({"RENAME", "a", "a"}), Ok());
  EXPECT_EQ(Run({"RENAMENX", "a", "a"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"RENAME", "a", "b"}), Ok());
  EXPECT_EQ(Events(), "rename_from a; rename_to b");
  EXPECT_EQ(Modified(), "a; b");
  EXPECT_EQ(Run({"GET", "b"}), Bulk("1"));
  EXPECT_EQ(Run({"PTTL", "b"}), Integer(500));
  EXPECT_EQ(Run({"EXISTS", "a"}), Integer(0));
  EXPECT_EQ(Run({"RENAMENX", "b", "c"}), Integer(1));
  EXPECT_EQ(Run({"GET", "c"}), Bulk("1"));
}

TEST_F(GenericTest, RenameOverAnExpiredKey) {
  Run({"SET", "a", "1"});
  Run({"SET", "b", "2", "PX", "5"});
  clock_.AdvanceMs(6);
  Propagated();
  EXPECT_EQ(Run({"RENAMENX", "a", "b"}), Integer(1));
  EXPECT_EQ(Propagated(), "MULTI; DEL b; RENAMENX a b; EXEC");
  EXPECT_EQ(Run({"TTL", "b"}), Integer(-1));
}

TEST_F(GenericTest, SelectAndMove) {
  EXPECT_EQ(Run({"SELECT", "16"}), Error(kBadIndex));
  EXPECT_EQ(Run({"SELECT", "-1"}), Error(kBadIndex));
  EXPECT_EQ(Run({"SELECT", "x"}), Error(kNotInteger));
  EXPECT_EQ(Run({"SELECT", "2147483648"}), Error(kNotInt));
  Run({"SET", "k", "v", "PX", "700"});
  EXPECT_EQ(Run({"MOVE", "k", "16"}), Error(kBadIndex));
  EXPECT_EQ(Run({"MOVE", "k", "x"}), Error(kNotInteger));
  EXPECT_EQ(Run({"MOVE", "k", "0"}), Error(kSameObject));
  EXPECT_EQ(Run({"MOVE", "none", "1"}), Integer(0));
  Events(), Modified(), Propagated();
  EXPECT_EQ(Run({"MOVE", "k", "1"}), Integer(1));
  EXPECT_EQ(Events(), "move_from k; @1 move_to k");
  EXPECT_EQ(Modified(), "k; @1 k");
  EXPECT_EQ(Propagated(), "MOVE k 1");
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  Run({"SET", "k", "other"});
  EXPECT_EQ(Run({"MOVE", "k", "1"}), Integer(0));
  EXPECT_EQ(Run({"SELECT", "1"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(700));
  EXPECT_EQ(Run({"SELECT", "0"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("other"));
}

TEST_F(GenericTest, Copy) {
  Run({"SET", "a", "1", "PX", "900"});
  Run({"SET", "b", "2"});
  Events(), Modified(), Propagated();
  EXPECT_EQ(Run({"COPY", "a", "a"}), Error(kSameObject));
  EXPECT_EQ(Run({"COPY", "none", "c"}), Integer(0));
  EXPECT_EQ(Run({"COPY", "a", "b"}), Integer(0));
  EXPECT_EQ(Run({"COPY", "a", "b", "DB"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"COPY", "a", "b", "WHAT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"COPY", "a", "b", "DB", "99"}), Error(kBadIndex));
  EXPECT_EQ(Run({"COPY", "a", "b", "DB", "x"}), Error(kNotInteger));
  EXPECT_EQ(Propagated() + Events() + Modified(), "");
  EXPECT_EQ(Run({"COPY", "a", "b", "REPLACE"}), Integer(1));
  EXPECT_EQ(Events(), "copy_to b");
  EXPECT_EQ(Modified(), "b");
  EXPECT_EQ(Run({"GET", "b"}), Bulk("1"));
  EXPECT_EQ(Run({"PTTL", "b"}), Integer(900));
  EXPECT_EQ(Run({"COPY", "a", "a", "DB", "2"}), Integer(1));
  EXPECT_EQ(Events(), "@2 copy_to a");
  EXPECT_EQ(Run({"SELECT", "2"}), Ok());
  EXPECT_EQ(Run({"APPEND", "a", "x"}), Integer(2));
  EXPECT_EQ(Run({"SELECT", "0"}), Ok());
  EXPECT_EQ(Run({"GET", "a"}), Bulk("1"));
}

TEST_F(GenericTest, ACopyOfABigValueIsItsOwn) {
  const std::string big(100'000, 'x');
  Run({"SET", "a", big});
  EXPECT_EQ(Run({"COPY", "a", "b"}), Integer(1));
  Run({"SETRANGE", "b", "0", "y"});
  EXPECT_EQ(Run({"GET", "a"}), Bulk(big));
}

TEST_F(GenericTest, RandomKey) {
  EXPECT_EQ(Run({"RANDOMKEY"}), Null());
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"RANDOMKEY"}), Bulk("k"));
  Run({"PEXPIRE", "k", "5"});
  clock_.AdvanceMs(6);
  EXPECT_EQ(Run({"RANDOMKEY"}), Null());
}

TEST_F(GenericTest, Flush) {
  Run({"SET", "a", "1"});
  Run({"SELECT", "3"});
  Run({"SET", "b", "1"});
  EXPECT_EQ(Run({"FLUSHDB", "WHAT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"FLUSHDB", "SYNC", "ASYNC"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"FLUSHALL", "NOW"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"DBSIZE"}), Integer(1));
  Propagated();
  EXPECT_EQ(Run({"FLUSHDB", "async"}), Ok());
  EXPECT_EQ(Run({"FLUSHDB"}), Ok());
  EXPECT_EQ(Propagated(), "@3 FLUSHDB async; @3 FLUSHDB");
  EXPECT_EQ(Run({"DBSIZE"}), Integer(0));
  EXPECT_EQ(keyspace_.db(0).size(), 1u);
  EXPECT_EQ(Run({"FLUSHALL", "SYNC"}), Ok());
  EXPECT_EQ(Propagated(), "@3 FLUSHALL SYNC");
  EXPECT_EQ(keyspace_.total_keys(), 0u);
  EXPECT_EQ(Run({"FLUSHALL"}), Ok());
  EXPECT_EQ(Propagated(), "@3 FLUSHALL");
}

TEST_F(GenericTest, FlushCountsTheKeysAsChanges) {
  Run({"MSET", "a", "1", "b", "2"});
  const int64_t before = keyspace_.dirty();
  Run({"FLUSHALL"});
  EXPECT_EQ(keyspace_.dirty() - before, 2);
}

TEST_F(GenericTest, SwapDb) {
  Run({"SET", "k", "zero"});
  Run({"SELECT", "5"});
  Run({"SET", "k", "five", "PX", "50"});
  EXPECT_EQ(Run({"SWAPDB", "x", "1"}), Error("ERR invalid first DB index"));
  EXPECT_EQ(Run({"SWAPDB", "1", "x"}), Error("ERR invalid second DB index"));
  EXPECT_EQ(Run({"SWAPDB", "2147483648", "1"}), Error("ERR invalid first DB index"));
  EXPECT_EQ(Run({"SWAPDB", "0", "16"}), Error(kBadIndex));
  Propagated();
  EXPECT_EQ(Run({"SWAPDB", "0", "5"}), Ok());
  EXPECT_EQ(Propagated(), "@5 SWAPDB 0 5");
  EXPECT_EQ(Run({"GET", "k"}), Bulk("zero"));
  Run({"SELECT", "0"});
  EXPECT_EQ(Run({"GET", "k"}), Bulk("five"));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(50));
  EXPECT_EQ(Run({"SWAPDB", "3", "3"}), Ok());
}

TEST_F(GenericTest, ClusterModeKnowsOneDatabase) {
  config_.MutableSettings().cluster_enabled = true;
  EXPECT_EQ(Run({"SELECT", "1"}), Error("ERR SELECT is not allowed in cluster mode"));
  EXPECT_EQ(Run({"SELECT", "0"}), Ok());
  EXPECT_EQ(Run({"MOVE", "k", "1"}), Error("ERR MOVE is not allowed in cluster mode"));
  EXPECT_EQ(Run({"SWAPDB", "0", "1"}), Error("ERR SWAPDB is not allowed in cluster mode"));
  EXPECT_EQ(Run({"COPY", "a", "b", "DB", "1"}),
            Error("ERR Copying to another database is not allowed in cluster mode"));
}

}  // namespace
}  // namespace keyway::testing
