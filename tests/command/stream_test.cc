// XADD, XTRIM, XDEL, XLEN, XRANGE, XREVRANGE, XSETID.
#include "tests/command/stream_test.h"

namespace keyway::testing {
namespace {

class StreamTest : public CommandTest {
 protected:
  // Adds messages 1-0, 2-0, … with one field "f" that counts.
  void Fill(int count) {
    for (int i = 1; i <= count; ++i) Run({"XADD", "s", std::to_string(i), "f", std::to_string(i)});
    Propagated(), Events();
  }
  std::string Ids() {
    std::string ids;
    const std::string reply = Run({"XRANGE", "s", "-", "+"});
    for (size_t at = reply.find("-0\r\n"); at != std::string::npos; at = reply.find("-0\r\n", at + 1)) {
      const size_t start = reply.rfind('\n', at) + 1;
      ids += (ids.empty() ? "" : " ") + reply.substr(start, at - start);
    }
    return ids;
  }
};

TEST_F(StreamTest, XAddChoosesIds) {
  EXPECT_EQ(Run({"XADD", "s", "*", "a", "1"}), Bulk("1700000000000-0"));
  EXPECT_EQ(Run({"XADD", "s", "*", "a", "1"}), Bulk("1700000000000-1"));
  clock_.AdvanceMs(5);
  EXPECT_EQ(Run({"XADD", "s", "*", "a", "1"}), Bulk("1700000000005-0"));
  // The clock of the one who wrote the last ID was ahead.
  EXPECT_EQ(Run({"XADD", "s", "1800000000000-7", "a", "1"}), Bulk("1800000000000-7"));
  EXPECT_EQ(Run({"XADD", "s", "*", "a", "1"}), Bulk("1800000000000-8"));
  EXPECT_EQ(Run({"XADD", "s", "1800000000000-*", "a", "1"}), Bulk("1800000000000-9"));
  EXPECT_EQ(Run({"XADD", "s", "1800000000001-*", "a", "1"}), Bulk("1800000000001-0"));
  EXPECT_EQ(Run({"XADD", "s", "1800000000002", "a", "1"}), Bulk("1800000000002-0"));
  EXPECT_EQ(Run({"XADD", "zero", "0-*", "a", "1"}), Bulk("0-1"));
  EXPECT_EQ(Run({"XLEN", "s"}), Integer(8));
  EXPECT_EQ(Run({"TYPE", "s"}), Simple("stream"));
  EXPECT_EQ(EncodingOf("s"), "stream");
}

TEST_F(StreamTest, XAddRefusesIds) {
  Fill(2);
  const std::string too_small =
      Error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  EXPECT_EQ(Run({"XADD", "s", "2-0", "a", "1"}), too_small);
  EXPECT_EQ(Run({"XADD", "s", "1-*", "a", "1"}), too_small);
  EXPECT_EQ(Run({"XADD", "s", "0-0", "a", "1"}), Error("ERR The ID specified in XADD must be greater than 0-0"));
  for (const char* id : {"-", "+", "x", "1-x", "1-2-3", "(3"}) {
    EXPECT_EQ(Run({"XADD", "s", id, "a", "1"}), Error(kInvalidIdText)) << id;
  }
  EXPECT_EQ(Run({"XADD", "s", "3-18446744073709551615", "a", "1"}), Bulk("3-18446744073709551615"));
  EXPECT_EQ(Run({"XADD", "s", "3-*", "a", "1"}), too_small);
  EXPECT_EQ(Run({"XADD", "s", "18446744073709551615-18446744073709551615", "a", "1"}),
            Bulk("18446744073709551615-18446744073709551615"));
  EXPECT_EQ(Run({"XADD", "s", "*", "a", "1"}),
            Error("ERR The stream has exhausted the last possible ID, unable to add more items"));
  EXPECT_EQ(Run({"XADD", "k", "0-0", "a", "1"}), Error("ERR The ID specified in XADD must be greater than 0-0"));
  EXPECT_EQ(Find("k"), nullptr);
}

TEST_F(StreamTest, XAddArguments) {
  const std::string arity = Error("ERR wrong number of arguments for 'xadd' command");
  EXPECT_EQ(Run({"XADD", "s", "*", "a"}), arity);
  EXPECT_EQ(Run({"XADD", "s", "*", "a", "b", "c"}), arity);
  EXPECT_EQ(Run({"XADD", "s", "MAXLEN", "5", "*"}), arity);
  EXPECT_EQ(Run({"XADD", "s", "NOMKSTREAM", "NOMKSTREAM", "NOMKSTREAM"}), arity);
  EXPECT_EQ(Run({"XADD", "s", "NOMKSTREAM", "*", "a", "b"}), Null());
  EXPECT_EQ(Find("s"), nullptr);
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"XADD", "k", "*", "a", "b"}), Error(kWrongTypeText));
  EXPECT_EQ(Run({"XADD", "s", "MAXLEN", "-1", "*", "a", "b"}), Error("ERR The MAXLEN argument must be >= 0."));
  EXPECT_EQ(Run({"XADD", "s", "MAXLEN", "x", "*", "a", "b"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"XADD", "s", "MINID", "x", "*", "a", "b"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XADD", "s", "MAXLEN", "1", "MINID", "1", "*", "a", "b"}),
            Error("ERR syntax error, MAXLEN and MINID options at the same time are not compatible"));
  EXPECT_EQ(Run({"XADD", "s", "LIMIT", "5", "*", "a", "b"}),
            Error("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"));
  EXPECT_EQ(Run({"XADD", "s", "MAXLEN", "1", "LIMIT", "5", "*", "a", "b"}),
            Error("ERR syntax error, LIMIT cannot be used without the special ~ option"));
  EXPECT_EQ(Run({"XADD", "s", "MAXLEN", "~", "1", "LIMIT", "-5", "*", "a", "b"}),
            Error("ERR The LIMIT argument must be >= 0."));
  EXPECT_EQ(Find("s"), nullptr);
}

TEST_F(StreamTest, XAddTells) {
  Run({"XADD", "s", "1", "a", "b"});
  EXPECT_EQ(Propagated(), "XADD s 1 a b");
  EXPECT_EQ(AllEvents(), "new s; xadd s");
  Events();
  EXPECT_EQ(Modified(), "s");
  Run({"XADD", "s", "MAXLEN", "1", "*", "a", "b"});
  EXPECT_EQ(Propagated(), "XADD s MAXLEN 1 1700000000000-0 a b");
  EXPECT_EQ(Events(), "xadd s; xtrim s");
  Run({"XADD", "s", "1700000000000-*", "a", "b"});
  EXPECT_EQ(Propagated(), "XADD s 1700000000000-1 a b");
  EXPECT_EQ(Events(), "xadd s");
}

TEST_F(StreamTest, ApproximateTrimsArePropagatedExactly) {
  Configure("stream-node-max-entries", "10");
  Fill(30);
  EXPECT_EQ(Run({"XADD", "s", "MAXLEN", "~", "15", "31", "f", "x"}), Bulk("31-0"));
  EXPECT_EQ(Propagated(), "XADD s MAXLEN = 21 31 f x");
  EXPECT_EQ(Run({"XADD", "s", "MINID", "~", "25", "LIMIT", "100", "*", "f", "x"}), Bulk("1700000000000-0"));
  EXPECT_EQ(Propagated(), "XADD s MINID = 21-0 LIMIT 100 1700000000000-0 f x");
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "~", "5"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "~", "1"}), Integer(10));
  EXPECT_EQ(Propagated(), "XTRIM s MAXLEN = 2");
}

TEST_F(StreamTest, XTrim) {
  Configure("stream-node-max-entries", "10");
  Fill(40);
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "35"}), Integer(5));
  EXPECT_EQ(Propagated(), "XTRIM s MAXLEN 35");
  EXPECT_EQ(Events(), "xtrim s");
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "=", "34"}), Integer(1));
  EXPECT_EQ(Run({"XTRIM", "s", "MINID", "8"}), Integer(1));
  EXPECT_EQ(Run({"XTRIM", "s", "MINID", "8"}), Integer(0));
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "~", "0", "LIMIT", "20"}), Integer(13));
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "~", "0", "LIMIT", "0"}), Integer(20));
  EXPECT_EQ(Run({"XLEN", "s"}), Integer(0));
  EXPECT_NE(Find("s"), nullptr);
  EXPECT_EQ(Run({"XTRIM", "k", "MAXLEN", "1"}), Integer(0));
  EXPECT_EQ(Run({"XTRIM", "s", "LIMIT", "1"}),
            Error("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"));
  EXPECT_EQ(Run({"XTRIM", "s", "LIMIT", "1", "LIMIT", "0"}),
            Error("ERR syntax error, XTRIM must be called with a trimming strategy"));
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "1", "x"}), Error("ERR syntax error"));
}

TEST_F(StreamTest, WithoutLimitSomeNodesAreTrimmed) {
  Configure("stream-node-max-entries", "2");
  Fill(500);
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "~", "0"}), Integer(200));
  Configure("stream-node-max-entries", "0");
  EXPECT_EQ(Run({"XTRIM", "s", "MAXLEN", "~", "0"}), Integer(300));
}

TEST_F(StreamTest, XDel) {
  Fill(5);
  EXPECT_EQ(Run({"XDEL", "s", "2", "9", "4-0", "4-0"}), Integer(2));
  EXPECT_EQ(Ids(), "1 3 5");
  EXPECT_EQ(Propagated(), "XDEL s 2 9 4-0 4-0");
  EXPECT_EQ(Events(), "xdel s");
  EXPECT_EQ(Run({"XDEL", "s", "1", "x"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XDEL", "s", "2"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"XDEL", "k", "x"}), Integer(0));
  EXPECT_EQ(Run({"XDEL", "s", "1", "3", "5"}), Integer(3));
  EXPECT_NE(Find("s"), nullptr);
  EXPECT_EQ(Run({"XADD", "s", "5-0", "a", "b"}),
            Error("ERR The ID specified in XADD is equal or smaller than the target stream top item"));
}

TEST_F(StreamTest, XRange) {
  Run({"XADD", "s", "1-1", "a", "1", "b", "x"});
  Run({"XADD", "s", "1-2", "a", "2", "b", "y"});
  Run({"XADD", "s", "2-5", "c", "007"});
  const std::string first = Message("1-1", {"a", "1", "b", "x"});
  const std::string second = Message("1-2", {"a", "2", "b", "y"});
  const std::string third = Message("2-5", {"c", "007"});
  EXPECT_EQ(Run({"XRANGE", "s", "-", "+"}), ArrayOf({first, second, third}));
  EXPECT_EQ(Run({"XREVRANGE", "s", "+", "-"}), ArrayOf({third, second, first}));
  EXPECT_EQ(Run({"XRANGE", "s", "1", "1"}), ArrayOf({first, second}));
  EXPECT_EQ(Run({"XRANGE", "s", "1-2", "2"}), ArrayOf({second, third}));
  EXPECT_EQ(Run({"XRANGE", "s", "(1-1", "(2-5"}), ArrayOf({second}));
  EXPECT_EQ(Run({"XRANGE", "s", "(1", "+", "COUNT", "1"}), ArrayOf({first}));
  EXPECT_EQ(Run({"XREVRANGE", "s", "(2-5", "-", "COUNT", "1"}), ArrayOf({second}));
  EXPECT_EQ(Run({"XRANGE", "s", "3", "+"}), ArrayOf({}));
  EXPECT_EQ(Run({"XRANGE", "s", "+", "-"}), ArrayOf({}));
  EXPECT_EQ(Run({"XRANGE", "s", "-", "+", "COUNT", "0"}), NullArray());
  EXPECT_EQ(Run({"XRANGE", "s", "-", "+", "COUNT", "-3"}), NullArray());
  EXPECT_EQ(Run({"XRANGE", "k", "-", "+", "COUNT", "0"}), ArrayOf({}));
}

TEST_F(StreamTest, XRangeRefuses) {
  Fill(1);
  EXPECT_EQ(Run({"XRANGE", "s", "x", "+"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XRANGE", "s", "(", "+"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XRANGE", "s", "(-", "+"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XRANGE", "s", "(18446744073709551615-18446744073709551615", "+"}),
            Error("ERR invalid start ID for the interval"));
  EXPECT_EQ(Run({"XRANGE", "s", "-", "(0-0"}), Error("ERR invalid end ID for the interval"));
  EXPECT_EQ(Run({"XRANGE", "s", "-", "+", "COUNT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"XRANGE", "s", "-", "+", "COUNT", "x"}), Error("ERR value is not an integer or out of range"));
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"XRANGE", "k", "-", "+"}), Error(kWrongTypeText));
  EXPECT_EQ(Run({"XLEN", "k"}), Error(kWrongTypeText));
  EXPECT_EQ(Run({"XLEN", "none"}), Integer(0));
}

TEST_F(StreamTest, XSetId) {
  Fill(3);
  EXPECT_EQ(Run({"XSETID", "s", "9-1"}), Ok());
  EXPECT_EQ(Propagated(), "XSETID s 9-1");
  EXPECT_EQ(Events(), "xsetid s");
  EXPECT_EQ(Run({"XADD", "s", "9-*", "a", "b"}), Bulk("9-2"));
  EXPECT_EQ(Run({"XSETID", "s", "9-1"}),
            Error("ERR The ID specified in XSETID is smaller than the target stream top item"));
  EXPECT_EQ(Run({"XSETID", "s", "10", "ENTRIESADDED", "3"}),
            Error("ERR The entries_added specified in XSETID is smaller than the target stream length"));
  EXPECT_EQ(Run({"XSETID", "s", "10", "ENTRIESADDED", "-1"}), Error("ERR entries_added must be positive"));
  EXPECT_EQ(Run({"XSETID", "s", "10", "MAXDELETEDID", "11"}),
            Error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"));
  EXPECT_EQ(Run({"XSETID", "s", "10", "ENTRIESADDED", "50", "MAXDELETEDID", "7-7"}), Ok());
  EXPECT_EQ(Run({"XSETID", "s", "10", "ENTRIESADDED"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"XSETID", "s", "x"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XSETID", "k", "1"}), Error("ERR no such key"));
  Run({"XTRIM", "s", "MAXLEN", "0"});
  EXPECT_EQ(Run({"XSETID", "s", "7-6"}),
            Error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"));
}

TEST_F(StreamTest, CopyAndEmptyStreamsStay) {
  Fill(2);
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  EXPECT_EQ(Run({"COPY", "s", "t"}), Integer(1));
  Run({"XADD", "s", "3", "f", "3"});
  EXPECT_EQ(Run({"XLEN", "t"}), Integer(2));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "t", ">"}),
            ArrayOf({Array({Bulk("t"), ArrayOf({Message("1-0", {"f", "1"})})})}));
}

class Stream70Test : public CommandTest {
 protected:
  Stream70Test() : CommandTest("7.0") {}
};

// 7.0 lets the last ID go back behind a deleted message. What is added then is found all the same.
TEST_F(Stream70Test, XSetIdBehindADeletedMessage) {
  for (const char* id : {"1", "2", "3"}) Run({"XADD", "s", id, "f", "v"});
  Run({"XDEL", "s", "3"});
  EXPECT_EQ(Run({"XSETID", "s", "2"}), Ok());
  EXPECT_EQ(Run({"XADD", "s", "2-1", "f", "w"}), Bulk("2-1"));
  EXPECT_EQ(Run({"XRANGE", "s", "2-1", "2-1"}), ArrayOf({Message("2-1", {"f", "w"})}));
  EXPECT_EQ(Run({"XREVRANGE", "s", "2-1", "2-1"}), ArrayOf({Message("2-1", {"f", "w"})}));
  EXPECT_EQ(Run({"XDEL", "s", "2-1"}), Integer(1));
}

}  // namespace
}  // namespace keyway::testing
