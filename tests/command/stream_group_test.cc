// XGROUP and XINFO.
#include "tests/command/stream_test.h"

namespace keyway::testing {
namespace {

class StreamGroupTest : public CommandTest {
 protected:
  explicit StreamGroupTest(std::string_view compat = "7.2") : CommandTest(compat) {}

  void Add(std::string id) { Run({"XADD", "s", std::move(id), "f", "v"}); }
  std::string Group(std::string_view name, int consumers, int pending, std::string_view last, std::string reads,
                    std::string lag) {
    return Map({{Bulk("name"), Bulk(name)},
                {Bulk("consumers"), Integer(consumers)},
                {Bulk("pending"), Integer(pending)},
                {Bulk("last-delivered-id"), Bulk(last)},
                {Bulk("entries-read"), std::move(reads)},
                {Bulk("lag"), std::move(lag)}});
  }
};

class StreamGroup70Test : public StreamGroupTest {
 protected:
  StreamGroup70Test() : StreamGroupTest("7.0") {}
};

constexpr std::string_view kNeedsKey =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option "
    "to "
    "create an empty stream automatically.";

TEST_F(StreamGroupTest, Create) {
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "g", "$"}), Error(kNeedsKey));
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "g", "x", "MKSTREAM"}), Error(kInvalidIdText));
  EXPECT_EQ(Find("s"), nullptr);
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"}), Ok());
  EXPECT_EQ(Propagated(), "XGROUP CREATE s g $ MKSTREAM");
  EXPECT_EQ(AllEvents(), "new s; xgroup-create s");
  EXPECT_EQ(Modified(), "s");
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "g", "$"}), Error("BUSYGROUP Consumer Group name already exists"));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "h", "5-5", "ENTRIESREAD", "3"}), Ok());
  EXPECT_EQ(Modified(), "");
  EXPECT_EQ(Run({"XINFO", "GROUPS", "s"}),
            ArrayOf({Group("g", 0, 0, "0-0", Null(), Integer(0)), Group("h", 0, 0, "5-5", Integer(3), Integer(0))}));
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "i", "0", "ENTRIESREAD", "-2"}),
            Error("ERR value for ENTRIESREAD must be positive or -1"));
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "i", "0", "ENTRIESREAD", "x"}),
            Error("ERR value is not an integer or out of range"));
  const std::string syntax =
      Error("ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.");
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "i", "0", "x"}), syntax);
  EXPECT_EQ(Run({"XGROUP", "CREATE", "s", "i", "0", "MKSTREAM", "MKSTREAM", "MKSTREAM", "MKSTREAM"}), syntax);
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"XGROUP", "CREATE", "k", "g", "$"}), Error(kWrongTypeText));
}

TEST_F(StreamGroupTest, SetId) {
  Add("1"), Add("2");
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  Propagated(), Events();
  EXPECT_EQ(Run({"XGROUP", "SETID", "s", "g", "$"}), Ok());
  EXPECT_EQ(Propagated(), "XGROUP SETID s g $");
  EXPECT_EQ(Events(), "xgroup-setid s");
  EXPECT_EQ(Run({"XINFO", "GROUPS", "s"}), ArrayOf({Group("g", 0, 0, "2-0", Null(), Integer(0))}));
  EXPECT_EQ(Run({"XGROUP", "SETID", "s", "g", "1", "ENTRIESREAD", "1"}), Ok());
  EXPECT_EQ(Run({"XINFO", "GROUPS", "s"}), ArrayOf({Group("g", 0, 0, "1-0", Integer(1), Integer(1))}));
  EXPECT_EQ(Run({"XGROUP", "SETID", "s", "g", "-"}), Ok());
  EXPECT_EQ(Run({"XGROUP", "SETID", "s", "g", "(1"}), Error(kInvalidIdText));
  EXPECT_EQ(Run({"XGROUP", "SETID", "s", "h", "1"}), Error("NOGROUP No such consumer group 'h' for key name 's'"));
  EXPECT_EQ(Run({"XGROUP", "SETID", "k", "h", "1"}), Error(kNeedsKey));
}

TEST_F(StreamGroupTest, DestroyAndConsumers) {
  Add("1"), Add("2");
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  Propagated(), Events();
  EXPECT_EQ(Run({"XGROUP", "CREATECONSUMER", "s", "g", "c"}), Integer(1));
  EXPECT_EQ(Propagated(), "XGROUP CREATECONSUMER s g c");
  EXPECT_EQ(Events(), "xgroup-createconsumer s");
  EXPECT_EQ(Run({"XGROUP", "CREATECONSUMER", "s", "g", "c"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  Propagated(), Events();
  EXPECT_EQ(Run({"XGROUP", "DELCONSUMER", "s", "g", "d"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"XGROUP", "DELCONSUMER", "s", "g", "c"}), Integer(2));
  EXPECT_EQ(Propagated(), "XGROUP DELCONSUMER s g c");
  EXPECT_EQ(Events(), "xgroup-delconsumer s");
  EXPECT_EQ(Run({"XPENDING", "s", "g"}), Array({Integer(0), Null(), Null(), NullArray()}));
  EXPECT_EQ(Run({"XGROUP", "CREATECONSUMER", "s", "h", "c"}),
            Error("NOGROUP No such consumer group 'h' for key name 's'"));
  EXPECT_EQ(Run({"XGROUP", "DESTROY", "s", "h"}), Integer(0));
  EXPECT_EQ(Run({"XGROUP", "DESTROY", "s", "g"}), Integer(1));
  EXPECT_EQ(Propagated(), "XGROUP DESTROY s g");
  EXPECT_EQ(Events(), "xgroup-destroy s");
  EXPECT_EQ(Run({"XGROUP", "DESTROY", "k", "g"}), Error(kNeedsKey));
}

TEST_F(StreamGroupTest, InfoStream) {
  Add("1"), Add("2");
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  for (const bool resp3 : {false, true}) {
    if (resp3) UseResp3();
    EXPECT_EQ(Run({"XINFO", "STREAM", "s"}), Map({{Bulk("length"), Integer(2)},
                                                  {Bulk("radix-tree-keys"), Integer(1)},
                                                  {Bulk("radix-tree-nodes"), Integer(2)},
                                                  {Bulk("last-generated-id"), Bulk("2-0")},
                                                  {Bulk("max-deleted-entry-id"), Bulk("0-0")},
                                                  {Bulk("entries-added"), Integer(2)},
                                                  {Bulk("recorded-first-entry-id"), Bulk("1-0")},
                                                  {Bulk("groups"), Integer(1)},
                                                  {Bulk("first-entry"), Message("1-0", {"f", "v"})},
                                                  {Bulk("last-entry"), Message("2-0", {"f", "v"})}}));
  }
  Run({"XDEL", "s", "1", "2"});
  EXPECT_EQ(Run({"XINFO", "STREAM", "s"}), Map({{Bulk("length"), Integer(0)},
                                                {Bulk("radix-tree-keys"), Integer(0)},
                                                {Bulk("radix-tree-nodes"), Integer(1)},
                                                {Bulk("last-generated-id"), Bulk("2-0")},
                                                {Bulk("max-deleted-entry-id"), Bulk("2-0")},
                                                {Bulk("entries-added"), Integer(2)},
                                                {Bulk("recorded-first-entry-id"), Bulk("0-0")},
                                                {Bulk("groups"), Integer(1)},
                                                {Bulk("first-entry"), Null()},
                                                {Bulk("last-entry"), Null()}}));
  const std::string syntax = Error("ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.");
  EXPECT_EQ(Run({"XINFO", "STREAM", "s", "x"}), syntax);
  EXPECT_EQ(Run({"XINFO", "STREAM", "s", "FULL", "COUNT"}), syntax);
  EXPECT_EQ(Run({"XINFO", "STREAM", "s", "FULL", "x", "1"}), syntax);
  EXPECT_EQ(Run({"XINFO", "STREAM", "k"}), Error("ERR no such key"));
}

TEST_F(StreamGroupTest, InfoStreamFull) {
  for (const char* id : {"1", "2", "3"}) Add(id);
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  Run({"XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", "s", ">"});
  const std::string consumer =
      Map({{Bulk("name"), Bulk("c")},
           {Bulk("seen-time"), Integer(1700000000000)},
           {Bulk("active-time"), Integer(1700000000000)},
           {Bulk("pel-count"), Integer(2)},
           {Bulk("pending"), ArrayOf({Array({Bulk("1-0"), Integer(1700000000000), Integer(1)})})}});
  const std::string group =
      Map({{Bulk("name"), Bulk("g")},
           {Bulk("last-delivered-id"), Bulk("2-0")},
           {Bulk("entries-read"), Integer(2)},
           {Bulk("lag"), Integer(1)},
           {Bulk("pel-count"), Integer(2)},
           {Bulk("pending"), ArrayOf({Array({Bulk("1-0"), Bulk("c"), Integer(1700000000000), Integer(1)})})},
           {Bulk("consumers"), ArrayOf({consumer})}});
  EXPECT_EQ(Run({"XINFO", "STREAM", "s", "FULL", "COUNT", "1"}),
            Map({{Bulk("length"), Integer(3)},
                 {Bulk("radix-tree-keys"), Integer(1)},
                 {Bulk("radix-tree-nodes"), Integer(2)},
                 {Bulk("last-generated-id"), Bulk("3-0")},
                 {Bulk("max-deleted-entry-id"), Bulk("0-0")},
                 {Bulk("entries-added"), Integer(3)},
                 {Bulk("recorded-first-entry-id"), Bulk("1-0")},
                 {Bulk("entries"), ArrayOf({Message("1-0", {"f", "v"})})},
                 {Bulk("groups"), ArrayOf({group})}}));
  // Ten of each without COUNT, all with COUNT 0.
  for (int i = 4; i <= 15; ++i) Add(std::to_string(i));
  EXPECT_NE(Run({"XINFO", "STREAM", "s", "FULL"}).find(Bulk("10-0") + Bulks({"f", "v"})), std::string::npos);
  EXPECT_EQ(Run({"XINFO", "STREAM", "s", "FULL"}).find(Bulk("11-0") + Bulks({"f", "v"})), std::string::npos);
  EXPECT_NE(Run({"XINFO", "STREAM", "s", "FULL", "COUNT", "0"}).find(Bulk("15-0") + Bulks({"f", "v"})),
            std::string::npos);
}

TEST_F(StreamGroupTest, InfoConsumers) {
  Add("1");
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  clock_.AdvanceMs(10);
  Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  Run({"XGROUP", "CREATECONSUMER", "s", "g", "b"});
  clock_.AdvanceMs(5);
  const auto consumer = [&](std::string_view name, int pending, int idle, int inactive) {
    return Map({{Bulk("name"), Bulk(name)},
                {Bulk("pending"), Integer(pending)},
                {Bulk("idle"), Integer(idle)},
                {Bulk("inactive"), Integer(inactive)}});
  };
  EXPECT_EQ(Run({"XINFO", "CONSUMERS", "s", "g"}), ArrayOf({consumer("b", 0, 5, -1), consumer("c", 1, 5, 15)}));
  EXPECT_EQ(Run({"XINFO", "CONSUMERS", "s", "h"}), Error("NOGROUP No such consumer group 'h' for key name 's'"));
  EXPECT_EQ(Run({"XINFO", "CONSUMERS", "k", "h"}), Error("ERR no such key"));
}

TEST_F(StreamGroup70Test, InfoHasFewerFields) {
  Add("1");
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  EXPECT_EQ(Run({"XINFO", "CONSUMERS", "s", "g"}),
            ArrayOf({Map({{Bulk("name"), Bulk("c")}, {Bulk("pending"), Integer(1)}, {Bulk("idle"), Integer(0)}})}));
  EXPECT_EQ(Run({"XINFO", "STREAM", "s", "FULL"}).find("active-time"), std::string::npos);
}

// A deletion ahead of a group makes its lag unknown, until it has passed it.
TEST_F(StreamGroupTest, LagBehindDeletions) {
  for (const char* id : {"1", "2", "3", "4", "5"}) Add(id);
  Run({"XGROUP", "CREATE", "s", "g", "0"});
  Run({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">"});
  EXPECT_EQ(Run({"XINFO", "GROUPS", "s"}), ArrayOf({Group("g", 1, 1, "1-0", Integer(1), Integer(4))}));
  Run({"XDEL", "s", "3"});
  EXPECT_EQ(Run({"XINFO", "GROUPS", "s"}), ArrayOf({Group("g", 1, 1, "1-0", Integer(1), Null())}));
  Run({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">"});
  EXPECT_EQ(Run({"XINFO", "GROUPS", "s"}), ArrayOf({Group("g", 1, 2, "2-0", Null(), Null())}));
  Run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  EXPECT_EQ(Run({"XINFO", "GROUPS", "s"}), ArrayOf({Group("g", 1, 4, "5-0", Integer(5), Integer(0))}));
}

}  // namespace
}  // namespace keyway::testing
