// XACK, XPENDING, XCLAIM, XAUTOCLAIM.
#include "tests/command/stream_test.h"

namespace keyway::testing {
namespace {

class StreamPendingTest : public CommandTest {
 protected:
  explicit StreamPendingTest(std::string_view compat = "7.2") : CommandTest(compat) {
    for (int i = 1; i <= 5; ++i) Run({"XADD", "s", std::to_string(i), "f", "v"});
    Run({"XGROUP", "CREATE", "s", "g", "0"});
    Run({"XREADGROUP", "GROUP", "g", "a", "COUNT", "2", "STREAMS", "s", ">"});
    clock_.AdvanceMs(100);
    Run({"XREADGROUP", "GROUP", "g", "b", "COUNT", "1", "STREAMS", "s", ">"});
    clock_.AdvanceMs(10);
    Propagated(), Events();
  }
  // One message of XPENDING.
  static std::string Entry(std::string_view id, std::string_view consumer, int idle, int count) {
    return Array({Bulk(id), Bulk(consumer), Integer(idle), Integer(count)});
  }
  static std::string M(std::string_view id) { return Message(id, {"f", "v"}); }
};

class StreamPending70Test : public StreamPendingTest {
 protected:
  StreamPending70Test() : StreamPendingTest("7.0") {}
};

constexpr std::string_view kNoGroup = "NOGROUP No such key 's' or consumer group 'h'";

TEST_F(StreamPendingTest, XAck) {
  EXPECT_EQ(Run({"XACK", "s", "g", "1", "3-0", "9", "1"}), Integer(2));
  EXPECT_EQ(Propagated(), "XACK s g 1 3-0 9 1");
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Run({"XACK", "s", "g", "1"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"XACK", "s", "g", "2", "x"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XACK", "s", "h", "x"}), Integer(0));
  EXPECT_EQ(Run({"XACK", "k", "g", "1"}), Integer(0));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "9"}), ArrayOf({Entry("2-0", "a", 110, 1)}));
}

TEST_F(StreamPendingTest, XPendingSummary) {
  EXPECT_EQ(Run({"XPENDING", "s", "g"}),
            Array({Integer(3), Bulk("1-0"), Bulk("3-0"), Array({Bulks({"a", "2"}), Bulks({"b", "1"})})}));
  EXPECT_EQ(Run({"XPENDING", "s", "h"}), Error(kNoGroup));
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"XPENDING", "k", "h"}), Error(kWrongTypeText));
}

TEST_F(StreamPendingTest, XPendingEntries) {
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "9"}),
            ArrayOf({Entry("1-0", "a", 110, 1), Entry("2-0", "a", 110, 1), Entry("3-0", "b", 10, 1)}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "(1-0", "(3-0", "9"}), ArrayOf({Entry("2-0", "a", 110, 1)}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "1"}), ArrayOf({Entry("1-0", "a", 110, 1)}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "0"}), ArrayOf({}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "-4"}), ArrayOf({}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "9", "b"}), ArrayOf({Entry("3-0", "b", 10, 1)}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "9", "nobody"}), ArrayOf({}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "IDLE", "50", "-", "+", "9"}),
            ArrayOf({Entry("1-0", "a", 110, 1), Entry("2-0", "a", 110, 1)}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "IDLE", "50", "-", "+", "9", "b"}), ArrayOf({}));
  const std::string syntax = Error("ERR syntax error");
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+"}), syntax);
  EXPECT_EQ(Run({"XPENDING", "s", "g", "IDLE", "50", "-", "+"}), syntax);
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "x", "+", "9"}), Error(kInvalidIdText));
}

TEST_F(StreamPendingTest, XClaim) {
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "50", "1", "3", "4"}), ArrayOf({M("1-0")}));
  EXPECT_EQ(Propagated(), "XCLAIM s g c 0 1-0 TIME 1700000000110 RETRYCOUNT 2 FORCE JUSTID LASTID 3-0");
  EXPECT_EQ(Events(), "xgroup-createconsumer s");
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "2", "JUSTID"}), Bulks({"2-0"}));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "b", "0", "3", "RETRYCOUNT", "7", "IDLE", "30"}), ArrayOf({M("3-0")}));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "4", "FORCE", "JUSTID", "TIME", "1700000000100"}), Bulks({"4-0"}));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "5", "FORCE", "TIME", "9900000000100"}), ArrayOf({M("5-0")}));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "9", "FORCE"}), ArrayOf({}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "9"}),
            ArrayOf({Entry("1-0", "c", 0, 2), Entry("2-0", "c", 0, 1), Entry("3-0", "b", 30, 7),
                     Entry("4-0", "c", 10, 1), Entry("5-0", "c", 0, 2)}));
}

TEST_F(StreamPendingTest, XClaimDropsWhatWasDeleted) {
  Run({"XDEL", "s", "1"});
  Propagated();
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1", "2", "JUSTID"}), Bulks({"2-0"}));
  EXPECT_EQ(Propagated(),
            "MULTI; XCLAIM s g a 0 1-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 3-0; "
            "XCLAIM s g c 0 2-0 TIME 1700000000110 RETRYCOUNT 1 FORCE JUSTID LASTID 3-0; EXEC");
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "9", "a"}), ArrayOf({}));
}

TEST_F(StreamPendingTest, XClaimMovesTheLastId) {
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "a", "0", "9", "LASTID", "4"}), ArrayOf({}));
  EXPECT_EQ(Propagated(), "XGROUP SETID s g 4-0 ENTRIESREAD 3");
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "a", "0", "9", "LASTID", "2"}), ArrayOf({}));
  EXPECT_EQ(Propagated(), "");
}

TEST_F(StreamPendingTest, XClaimArguments) {
  EXPECT_EQ(Run({"XCLAIM", "s", "h", "c", "x", "1"}), Error(kNoGroup));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "x", "1"}), Error("ERR Invalid min-idle-time argument for XCLAIM"));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1", "IDLE", "x"}),
            Error("ERR Invalid IDLE option argument for XCLAIM"));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1", "TIME", "x"}),
            Error("ERR Invalid TIME option argument for XCLAIM"));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1", "RETRYCOUNT", "x"}),
            Error("ERR Invalid RETRYCOUNT option argument for XCLAIM"));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1", "LASTID", "x"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1", "what"}), Error("ERR Unrecognized XCLAIM option 'what'"));
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1", "IDLE"}), Error("ERR Unrecognized XCLAIM option 'IDLE'"));
  // Times that make no sense are now.
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "a", "-5", "1", "JUSTID", "IDLE", "-9223372036854775808"}), Bulks({"1-0"}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "1", "1", "9"}), ArrayOf({Entry("1-0", "a", 0, 1)}));
}

TEST_F(StreamPending70Test, XClaimMakesAConsumerWhenItGetsSomething) {
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "5000", "1"}), ArrayOf({}));
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "5000", "0"}), Array({Bulk("0-0"), ArrayOf({}), ArrayOf({})}));
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Run({"XCLAIM", "s", "g", "c", "0", "1"}), ArrayOf({M("1-0")}));
  EXPECT_EQ(Events(), "xgroup-createconsumer s");
}

TEST_F(StreamPendingTest, XAutoClaim) {
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "50", "-", "COUNT", "1"}),
            Array({Bulk("2-0"), ArrayOf({M("1-0")}), ArrayOf({})}));
  EXPECT_EQ(Propagated(), "XCLAIM s g c 0 1-0 TIME 1700000000110 RETRYCOUNT 2 FORCE JUSTID LASTID 3-0");
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "50", "(1-0", "JUSTID"}),
            Array({Bulk("0-0"), Bulks({"2-0"}), ArrayOf({})}));
  Run({"XDEL", "s", "2", "3"});
  Propagated();
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "d", "0", "0", "COUNT", "2"}),
            Array({Bulk("3-0"), ArrayOf({M("1-0")}), Bulks({"2-0"})}));
  EXPECT_EQ(Propagated(),
            "MULTI; XCLAIM s g d 0 1-0 TIME 1700000000110 RETRYCOUNT 3 FORCE JUSTID LASTID 3-0; "
            "XCLAIM s g c 0 2-0 TIME 1700000000110 RETRYCOUNT 1 FORCE JUSTID LASTID 3-0; EXEC");
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "d", "0", "2"}), Array({Bulk("0-0"), ArrayOf({}), Bulks({"3-0"})}));
  EXPECT_EQ(Run({"XPENDING", "s", "g", "-", "+", "9"}), ArrayOf({Entry("1-0", "d", 0, 3)}));
}

TEST_F(StreamPendingTest, XAutoClaimArguments) {
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "h", "c", "0", "0"}), Error(kNoGroup));
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "h", "c", "x", "0"}), Error("ERR Invalid min-idle-time argument for XAUTOCLAIM"));
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "0", "x"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "0", "(18446744073709551615-18446744073709551615"}),
            Error("ERR invalid start ID for the interval"));
  for (const char* count : {"0", "-1", "x", "9223372036854775807"}) {
    EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "0", "0", "COUNT", count}), Error("ERR COUNT must be > 0")) << count;
  }
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "0", "0", "COUNT"}), Error("ERR syntax error"));
  // A count beyond what is there costs nothing.
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "0", "0", "COUNT", "576460752303423487", "JUSTID"}),
            Array({Bulk("0-0"), Bulks({"1-0", "2-0", "3-0"}), ArrayOf({})}));
}

// Ten messages are looked at for each that may be answered.
TEST_F(StreamPendingTest, XAutoClaimLooksAtSoMany) {
  for (int i = 6; i <= 40; ++i) Run({"XADD", "s", std::to_string(i), "f", "v"});
  Run({"XREADGROUP", "GROUP", "g", "b", "STREAMS", "s", ">"});
  EXPECT_EQ(Run({"XAUTOCLAIM", "s", "g", "c", "105", "3", "COUNT", "2"}),
            Array({Bulk("23-0"), ArrayOf({}), ArrayOf({})}));
}

}  // namespace
}  // namespace keyway::testing
