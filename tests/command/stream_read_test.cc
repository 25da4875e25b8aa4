// XREAD and XREADGROUP, at once and after waiting.
#include "tests/command/stream_test.h"

namespace keyway::testing {
namespace {

class StreamReadTest : public CommandTest {
 protected:
  explicit StreamReadTest(std::string_view compat = "7.2") : CommandTest(compat) {}

  void Add(std::string key, std::string id) { Run({"XADD", std::move(key), std::move(id), "f", "v"}); }
  // One stream's part of a reply of XREAD.
  std::string From(std::string_view key, std::initializer_list<std::string_view> ids) {
    std::vector<std::string> messages;
    for (const std::string_view id : ids) messages.push_back(Message(id, {"f", "v"}));
    return (resp3() ? "" : "*2\r\n") + Bulk(key) + ArrayOf(messages);
  }
  std::string Reply(std::vector<std::string> streams) {
    std::string reply = (resp3() ? "%" : "*") + std::to_string(streams.size()) + "\r\n";
    for (const std::string& stream : streams) reply += stream;
    return reply;
  }

  command::Client& first_ = clients_.Add(2, "127.0.0.1:50002");
  command::Client& second_ = clients_.Add(3, "127.0.0.1:50003");
};

class StreamRead70Test : public StreamReadTest {
 protected:
  StreamRead70Test() : StreamReadTest("7.0") {}
};

TEST_F(StreamReadTest, XRead) {
  for (const char* id : {"1-0", "2-0", "3-0"}) Add("a", id);
  Add("b", "7-1");
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "0"}), Reply({From("a", {"1-0", "2-0", "3-0"})}));
  EXPECT_EQ(Run({"XREAD", "COUNT", "1", "STREAMS", "a", "b", "1-0", "0-0"}),
            Reply({From("a", {"2-0"}), From("b", {"7-1"})}));
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "none", "b", "3", "0", "7-0"}), Reply({From("b", {"7-1"})}));
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "$"}), NullArray());
  EXPECT_EQ(Run({"XREAD", "COUNT", "-5", "STREAMS", "a", "2"}), Reply({From("a", {"3-0"})}));
  UseResp3();
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "b", "2", "0"}), Reply({From("a", {"3-0"}), From("b", {"7-1"})}));
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "9"}), "_\r\n");
}

TEST_F(StreamReadTest, Arguments) {
  Add("a", "1");
  const std::string syntax = Error("ERR syntax error");
  EXPECT_EQ(Run({"XREAD", "COUNT", "1", "BLOCK", "1"}), syntax);
  EXPECT_EQ(Run({"XREAD", "x", "STREAMS", "a", "0"}), syntax);
  EXPECT_EQ(Run({"XREAD", "COUNT", "x", "STREAMS", "a", "0"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"XREAD", "BLOCK", "x", "STREAMS", "a", "0"}), Error("ERR timeout is not an integer or out of range"));
  EXPECT_EQ(Run({"XREAD", "BLOCK", "-1", "STREAMS", "a", "0"}), Error("ERR timeout is negative"));
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "b", "0"}),
            Error("ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified."));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "b", ">"}),
            Error("ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified."));
  EXPECT_EQ(Run({"XREAD", "GROUP", "g", "c", "STREAMS", "a", "0"}),
            Error("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."));
  EXPECT_EQ(Run({"XREAD", "NOACK", "STREAMS", "a", "0"}),
            Error("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."));
  EXPECT_EQ(Run({"XREADGROUP", "COUNT", "1", "COUNT", "1", "STREAMS", "a", ">"}),
            Error("ERR Missing GROUP option for XREADGROUP"));
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", ">"}),
            Error("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "
                  "option."));
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "+"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", ">"}),
            Error("NOGROUP No such key 'a' or consumer group 'g' in XREADGROUP with GROUP option"));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "none", ">"}),
            Error("NOGROUP No such key 'none' or consumer group 'g' in XREADGROUP with GROUP option"));
  Run({"XGROUP", "CREATE", "a", "g", "0"});
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "$"}).substr(0, 20), "-ERR The $ ID is mea");
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"XREAD", "STREAMS", "a", "k", "0", "0"}), Error(kWrongTypeText));
}

TEST_F(StreamRead70Test, Texts) {
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "b", ">"}),
            Error("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."));
}

TEST_F(StreamReadTest, XReadGroupGivesEachMessageOnce) {
  for (const char* id : {"1-0", "2-0", "3-0"}) Add("a", id);
  Run({"XGROUP", "CREATE", "a", "g", "0"});
  Propagated(), Events();
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", "a", ">"}),
            Reply({From("a", {"1-0", "2-0"})}));
  EXPECT_EQ(Events(), "xgroup-createconsumer a");
  EXPECT_EQ(Propagated(),
            "MULTI; XCLAIM a g c 0 1-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-0; "
            "XCLAIM a g c 0 2-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 2-0; EXEC");
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "d", "STREAMS", "a", ">"}), Reply({From("a", {"3-0"})}));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "d", "STREAMS", "a", ">"}), NullArray());
  // The history of each.
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "d", "STREAMS", "a", "0"}), Reply({From("a", {"3-0"})}));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "a", "1"}), Reply({From("a", {"2-0"})}));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "9"}), Reply({From("a", {})}));
  Run({"XDEL", "a", "1-0"});
  clock_.AdvanceMs(30);
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "0"}),
            ArrayOf({Array({Bulk("a"), ArrayOf({Array({Bulk("1-0"), NullArray()}), Message("2-0", {"f", "v"})})})}));
  clock_.AdvanceMs(1);
  EXPECT_EQ(Run({"XPENDING", "a", "g", "-", "+", "9", "c"}),
            ArrayOf({Array({Bulk("1-0"), Bulk("c"), Integer(31), Integer(1)}),
                     Array({Bulk("2-0"), Bulk("c"), Integer(1), Integer(3)})}));
}

TEST_F(StreamReadTest, NoAckLeavesNothingPending) {
  for (const char* id : {"1-0", "2-0"}) Add("a", id);
  Run({"XGROUP", "CREATE", "a", "g", "0"});
  Propagated();
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "NOACK", "STREAMS", "a", ">"}), Reply({From("a", {"1-0", "2-0"})}));
  EXPECT_EQ(Propagated(), "MULTI; XGROUP CREATECONSUMER a g c; XGROUP SETID a g 2-0 ENTRIESREAD 2; EXEC");
  EXPECT_EQ(Run({"XPENDING", "a", "g"}), Array({Integer(0), Null(), Null(), NullArray()}));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "NOACK", "STREAMS", "a", ">"}), NullArray());
  EXPECT_EQ(Propagated(), "");
}

TEST_F(StreamReadTest, AMessageThatIsGivenOutAgainChangesHands) {
  Add("a", "1-0");
  Run({"XGROUP", "CREATE", "a", "g", "0"});
  Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", ">"});
  Run({"XGROUP", "SETID", "a", "g", "0"});
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "d", "STREAMS", "a", ">"}), Reply({From("a", {"1-0"})}));
  EXPECT_EQ(Run({"XPENDING", "a", "g", "-", "+", "9"}),
            ArrayOf({Array({Bulk("1-0"), Bulk("d"), Integer(0), Integer(1)})}));
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "0"}), Reply({From("a", {})}));
}

TEST_F(StreamReadTest, WhenAConsumerIsKnown) {
  Add("a", "1-0");
  Run({"XGROUP", "CREATE", "a", "g", "$"});
  Events();
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", ">"}), NullArray());
  EXPECT_EQ(Events(), "xgroup-createconsumer a");
}

TEST_F(StreamRead70Test, WhenAConsumerIsKnown) {
  Add("a", "1-0");
  Run({"XGROUP", "CREATE", "a", "g", "$"});
  Events();
  EXPECT_EQ(Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", ">"}), NullArray());
  EXPECT_EQ(Events(), "");
}

// ---- waiting

TEST_F(StreamReadTest, XReadWaitsForWhatComesAfterDollar) {
  Add("a", "1-0");
  EXPECT_EQ(RunAs(first_, {"XREAD", "BLOCK", "0", "STREAMS", "a", "b", "$", "$"}), "");
  EXPECT_TRUE(first_.Has(command::kClientBlocked));
  Run({"XDEL", "a", "1-0"});
  EXPECT_EQ(Received(first_), "");
  Run({"XADD", "b", "1-0", "f", "v"});
  EXPECT_EQ(Received(first_), Reply({From("b", {"1-0"})}));
  EXPECT_FALSE(first_.Has(command::kClientBlocked));
  // Both of them at the same moment.
  RunAs(first_, {"XREAD", "BLOCK", "0", "STREAMS", "a", "b", "$", "0"});
  EXPECT_FALSE(first_.Has(command::kClientBlocked));
  RunAs(first_, {"XREAD", "BLOCK", "0", "STREAMS", "a", "$"});
  RunAs(second_, {"XREAD", "BLOCK", "0", "COUNT", "1", "STREAMS", "a", "$"});
  Run({"MULTI"});
  Add("a", "2-0"), Add("a", "3-0");
  Run({"EXEC"});
  EXPECT_EQ(Received(first_), Reply({From("a", {"2-0", "3-0"})}));
  EXPECT_EQ(Received(second_), Reply({From("a", {"2-0"})}));
}

TEST_F(StreamReadTest, WaitingEnds) {
  RunAs(first_, {"XREAD", "BLOCK", "20", "STREAMS", "a", "$"});
  clock_.AdvanceMs(21);
  dispatcher_.RefreshTime();
  dispatcher_.ServeWaiting();
  EXPECT_EQ(Received(first_), NullArray());
  // Inside a transaction nobody waits.
  Run({"MULTI"});
  Run({"XREAD", "BLOCK", "0", "STREAMS", "a", "$"});
  EXPECT_EQ(Run({"EXEC"}), ArrayOf({NullArray()}));
}

TEST_F(StreamReadTest, GroupReadersAreServedInOrder) {
  Run({"XGROUP", "CREATE", "a", "g", "$", "MKSTREAM"});
  RunAs(first_, {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "a", ">"});
  RunAs(second_, {"XREADGROUP", "GROUP", "g", "d", "BLOCK", "0", "STREAMS", "a", ">"});
  Propagated();
  Add("a", "1-0");
  EXPECT_EQ(Received(first_), Reply({From("a", {"1-0"})}));
  EXPECT_EQ(Received(second_), "");
  EXPECT_EQ(Propagated(), "XADD a 1-0 f v; XCLAIM a g c 0 1-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-0");
  Add("a", "2-0");
  EXPECT_EQ(Received(second_), Reply({From("a", {"2-0"})}));
}

TEST_F(StreamReadTest, AKeyThatGoesEndsTheWaitOfAGroup) {
  const auto wait = [&] {
    Run({"DEL", "a"});
    Run({"XGROUP", "CREATE", "a", "g", "$", "MKSTREAM"});
    EXPECT_EQ(RunAs(first_, {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "a", ">"}), "");
  };
  const std::string no_group = Error("NOGROUP No such key 'a' or consumer group 'g' in XREADGROUP with GROUP option");
  wait();
  Run({"DEL", "a"});
  EXPECT_EQ(Received(first_), no_group);
  wait();
  Run({"SET", "a", "v"});
  EXPECT_EQ(Received(first_), Error(kWrongTypeText));
  wait();
  Run({"XGROUP", "DESTROY", "a", "g"});
  EXPECT_EQ(Received(first_), no_group);
  wait();
  Run({"FLUSHALL"});
  EXPECT_EQ(Received(first_), no_group);
}

TEST_F(StreamRead70Test, AKeyThatGoesEndsTheWaitOfAGroup) {
  const auto wait = [&] {
    Run({"DEL", "a"});
    Run({"XGROUP", "CREATE", "a", "g", "$", "MKSTREAM"});
    EXPECT_EQ(RunAs(first_, {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "a", ">"}), "");
  };
  const std::string gone = Error("UNBLOCKED the stream key no longer exists");
  wait();
  Run({"DEL", "a"});
  EXPECT_EQ(Received(first_), gone);
  wait();
  Run({"SET", "a", "v"});
  EXPECT_EQ(Received(first_), gone);
  wait();
  Run({"XGROUP", "DESTROY", "a", "g"});
  EXPECT_EQ(Received(first_), Error("NOGROUP the consumer group this client was blocked on no longer exists"));
}

}  // namespace
}  // namespace keyway::testing
