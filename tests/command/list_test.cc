// LPUSH, RPUSH, LPUSHX, RPUSHX, LPOP, RPOP, LLEN, LINDEX, LRANGE.
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";

class ListTest : public CommandTest {};

class ListTest70 : public CommandTest {
 protected:
  ListTest70() : CommandTest("7.0") {}
};

TEST_F(ListTest, PushesAtBothEnds) {
  EXPECT_EQ(Run({"RPUSH", "l", "a", "b"}), Integer(2));
  EXPECT_EQ(Events(), "rpush l");
  EXPECT_EQ(Run({"LPUSH", "l", "1", "2"}), Integer(4));
  EXPECT_EQ(Events(), "lpush l");
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Bulks({"2", "1", "a", "b"}));
  EXPECT_EQ(Propagated(), "RPUSH l a b; LPUSH l 1 2");
  EXPECT_EQ(Modified(), "l; l");
  EXPECT_EQ(keyspace_.dirty(), 4);
  EXPECT_EQ(Run({"TYPE", "l"}), Simple("list"));
}

TEST_F(ListTest, PushesToWhatIsThere) {
  EXPECT_EQ(Run({"LPUSHX", "l", "a"}), Integer(0));
  EXPECT_EQ(Run({"RPUSHX", "l", "a"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Find("l"), nullptr);
  Run({"RPUSH", "l", "m"});
  EXPECT_EQ(Run({"LPUSHX", "l", "a", "b"}), Integer(3));
  EXPECT_EQ(Run({"RPUSHX", "l", "z"}), Integer(4));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Bulks({"b", "a", "m", "z"}));
}

TEST_F(ListTest, PopsOneOrMany) {
  Run({"RPUSH", "l", "a", "b", "c", "d", "e"});
  Events(), Propagated(), Modified();
  EXPECT_EQ(Run({"LPOP", "l"}), Bulk("a"));
  EXPECT_EQ(Run({"RPOP", "l"}), Bulk("e"));
  EXPECT_EQ(Events(), "lpop l; rpop l");
  EXPECT_EQ(Run({"RPOP", "l", "2"}), Bulks({"d", "c"}));
  EXPECT_EQ(Run({"LPOP", "l", "0"}), "*0\r\n");
  EXPECT_EQ(Propagated(), "LPOP l; RPOP l; RPOP l 2");
  EXPECT_EQ(Run({"LPOP", "l", "10"}), Bulks({"b"}));
  EXPECT_EQ(Events(), "rpop l; lpop l; del l");
  EXPECT_EQ(Propagated(), "LPOP l 10");
  EXPECT_EQ(Find("l"), nullptr);
}

TEST_F(ListTest, PopsNothing) {
  for (int version = 2; version <= 3; ++version) {
    if (version == 3) UseResp3();
    EXPECT_EQ(Run({"LPOP", "l"}), Null());
    EXPECT_EQ(Run({"RPOP", "l", "1"}), resp3() ? "_\r\n" : "*-1\r\n");
    EXPECT_EQ(Run({"RPOP", "l", "0"}), resp3() ? "_\r\n" : "*-1\r\n");
  }
  EXPECT_EQ(Run({"LPOP", "l", "-1"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"LPOP", "l", "x"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"RPOP", "l", "1", "2"}), Error("ERR wrong number of arguments for 'rpop' command"));
}

TEST_F(ListTest, OtherTypesAreRefused) {
  Run({"SET", "s", "text"});
  Propagated();
  for (const auto& words : std::vector<std::vector<std::string>>{{"LPUSH", "s", "a"},
                                                                 {"RPUSHX", "s", "a"},
                                                                 {"LPOP", "s"},
                                                                 {"RPOP", "s", "1"},
                                                                 {"LLEN", "s"},
                                                                 {"LINDEX", "s", "x"},
                                                                 {"LRANGE", "s", "0", "1"},
                                                                 {"LSET", "s", "0", "a"},
                                                                 {"LINSERT", "s", "BEFORE", "a", "b"},
                                                                 {"LREM", "s", "0", "a"},
                                                                 {"LTRIM", "s", "0", "1"},
                                                                 {"LPOS", "s", "a"},
                                                                 {"LMOVE", "s", "d", "LEFT", "LEFT"},
                                                                 {"RPOPLPUSH", "s", "d"},
                                                                 {"LMPOP", "1", "s", "LEFT"},
                                                                 {"BLPOP", "none", "s", "0"},
                                                                 {"BLMOVE", "s", "d", "LEFT", "LEFT", "0"},
                                                                 {"BLMPOP", "0", "1", "s", "LEFT"}}) {
    EXPECT_EQ(Run(words), Error(kWrongType)) << words[0];
  }
  EXPECT_EQ(Propagated(), "");
}

TEST_F(ListTest, LooksAtElements) {
  EXPECT_EQ(Run({"LLEN", "l"}), Integer(0));
  EXPECT_EQ(Run({"LINDEX", "l", "0"}), Null());
  EXPECT_EQ(Run({"LINDEX", "l", "x"}), Null());
  Run({"RPUSH", "l", "a", "-7", ""});
  EXPECT_EQ(Run({"LLEN", "l"}), Integer(3));
  EXPECT_EQ(Run({"LINDEX", "l", "1"}), Bulk("-7"));
  EXPECT_EQ(Run({"LINDEX", "l", "-1"}), Bulk(""));
  EXPECT_EQ(Run({"LINDEX", "l", "3"}), Null());
  EXPECT_EQ(Run({"LINDEX", "l", "-4"}), Null());
  EXPECT_EQ(Run({"LINDEX", "l", "1.5"}), Error("ERR value is not an integer or out of range"));
}

TEST_F(ListTest, RangesOfElements) {
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), "*0\r\n");
  Run({"RPUSH", "l", "a", "b", "c", "d"});
  EXPECT_EQ(Run({"LRANGE", "l", "1", "2"}), Bulks({"b", "c"}));
  EXPECT_EQ(Run({"LRANGE", "l", "-2", "-1"}), Bulks({"c", "d"}));
  EXPECT_EQ(Run({"LRANGE", "l", "-100", "100"}), Bulks({"a", "b", "c", "d"}));
  EXPECT_EQ(Run({"LRANGE", "l", "-9223372036854775808", "9223372036854775807"}), Bulks({"a", "b", "c", "d"}));
  EXPECT_EQ(Run({"LRANGE", "l", "3", "2"}), "*0\r\n");
  EXPECT_EQ(Run({"LRANGE", "l", "4", "9"}), "*0\r\n");
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-5"}), "*0\r\n");
  EXPECT_EQ(Run({"LRANGE", "none", "x", "1"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"LRANGE", "none", "1", "x"}), Error("ERR value is not an integer or out of range"));
}

TEST_F(ListTest, EncodingsFollowTheLimit) {
  Configure("list-max-listpack-size", "4");
  Run({"RPUSH", "l", "a", "b", "c", "d"});
  EXPECT_EQ(EncodingOf("l"), "listpack");
  Run({"RPUSH", "l", "e"});
  EXPECT_EQ(EncodingOf("l"), "quicklist");
  Run({"LTRIM", "l", "0", "1"});
  EXPECT_EQ(EncodingOf("l"), "listpack");
  Run({"LPUSH", "big", std::string(9000, 'x')});
  EXPECT_EQ(EncodingOf("big"), "quicklist");
}

TEST_F(ListTest70, EveryListIsAQuicklist) {
  Run({"RPUSH", "l", "a"});
  EXPECT_EQ(EncodingOf("l"), "quicklist");
  Run({"RPUSH", "l", "b"});
  Run({"LPOP", "l"});
  EXPECT_EQ(EncodingOf("l"), "quicklist");
}

TEST_F(ListTest, DebugTellsHowAListIsStored) {
  Configure("list-max-listpack-size", "2");
  Configure("list-compress-depth", "1");
  Run({"RPUSH", "l", std::string(100, 'a'), std::string(100, 'b'), std::string(100, 'c'), std::string(100, 'd'),
       std::string(100, 'e'), "f"});
  const std::string object = Run({"DEBUG", "OBJECT", "l"});
  EXPECT_NE(object.find(" encoding:quicklist "), std::string::npos) << object;
  EXPECT_NE(object.find(" ql_nodes:3 ql_avg_node:2.00 ql_listpack_max:2 ql_compressed:1 ql_uncompressed_size:539\r\n"),
            std::string::npos)
      << object;
  Run({"RPUSH", "small", "a"});
  EXPECT_EQ(Run({"DEBUG", "OBJECT", "small"}).find("ql_"), std::string::npos);
  EXPECT_EQ(Run({"DEBUG", "LISTPACK", "small"}), Simple("Listpack structure printed on stdout"));
  EXPECT_EQ(Run({"DEBUG", "QUICKLIST", "l", "1"}), Simple("Quicklist structure printed on stdout"));
  EXPECT_EQ(Run({"DEBUG", "LISTPACK", "l"}), Error("ERR Not a listpack encoded object."));
  EXPECT_EQ(Run({"DEBUG", "QUICKLIST", "small"}), Error("ERR Not a quicklist encoded object."));
  EXPECT_EQ(Run({"DEBUG", "LISTPACK", "none"}), Error("ERR no such key"));
}

TEST_F(ListTest70, DebugLowersTheThresholdOfPlainNodes) {
  EXPECT_EQ(Run({"DEBUG", "QUICKLIST-PACKED-THRESHOLD", "5b"}), Ok());
  Run({"RPUSH", "l", "a", "big element", "b"});
  EXPECT_NE(Run({"DEBUG", "OBJECT", "l"}).find(" ql_nodes:3 "), std::string::npos);
  EXPECT_EQ(Run({"DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0"}), Ok());
  Run({"RPUSH", "m", "a", "big element", "b"});
  EXPECT_NE(Run({"DEBUG", "OBJECT", "m"}).find(" ql_nodes:1 "), std::string::npos);
  for (const char* bad : {"4gb", "x", "-1"}) {
    EXPECT_EQ(Run({"DEBUG", "QUICKLIST-PACKED-THRESHOLD", bad}),
              Error("ERR argument must be a memory value bigger than 1 and smaller than 4gb"));
  }
}

TEST_F(ListTest, GoesThroughTheGenericCommands) {
  Run({"RPUSH", "l", "a", "1"});
  EXPECT_EQ(Run({"COPY", "l", "copy"}), Integer(1));
  Run({"RPUSH", "copy", "b"});
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Bulks({"a", "1"}));
  EXPECT_EQ(Run({"LRANGE", "copy", "0", "-1"}), Bulks({"a", "1", "b"}));
  EXPECT_EQ(Run({"RENAME", "copy", "renamed"}), Ok());
  EXPECT_EQ(Run({"LLEN", "renamed"}), Integer(3));
  EXPECT_EQ(Run({"UNLINK", "l", "renamed"}), Integer(2));
}

}  // namespace
}  // namespace keyway::testing
