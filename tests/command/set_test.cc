// Sets: SADD, SREM, SMOVE, SISMEMBER, SMISMEMBER, SCARD, SMEMBERS, SSCAN.
#include <set>
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";

class SetTest : public CommandTest {
 protected:
  using CommandTest::CommandTest;
  void Add(std::string_view key, int from, int to, std::string_view prefix = "") {
    std::vector<std::string> words = {"SADD", std::string(key)};
    for (int i = from; i < to; ++i) words.push_back(std::string(prefix) + std::to_string(i));
    Run(words);
  }
};

class SetTest70 : public SetTest {
 protected:
  SetTest70() : SetTest("7.0") {}
};

TEST_F(SetTest, SAddAndSCard) {
  EXPECT_EQ(Run({"SCARD", "k"}), Integer(0));
  EXPECT_EQ(Run({"SADD", "k", "a", "b", "a"}), Integer(2));
  EXPECT_EQ(Events(), "sadd k");
  EXPECT_EQ(Modified(), "k");
  EXPECT_EQ(keyspace_.dirty(), 2);
  EXPECT_EQ(Run({"SADD", "k", "b", "c"}), Integer(1));
  EXPECT_EQ(keyspace_.dirty(), 3);
  EXPECT_EQ(Run({"SCARD", "k"}), Integer(3));
  Events(), Modified(), Propagated();
  EXPECT_EQ(Run({"SADD", "k", "a"}), Integer(0));
  EXPECT_EQ(Events() + Modified() + Propagated(), "") << "nothing has changed";
  EXPECT_EQ(Run({"SADD", "k"}), Error("ERR wrong number of arguments for 'sadd' command"));
}

TEST_F(SetTest, WrongType) {
  Run({"SET", "s", "x"});
  Run({"SADD", "k", "a"});
  for (const std::vector<std::string>& words : {std::vector<std::string>{"SADD", "s", "a"},
                                                {"SREM", "s", "a"},
                                                {"SCARD", "s"},
                                                {"SMEMBERS", "s"},
                                                {"SISMEMBER", "s", "a"},
                                                {"SMISMEMBER", "s", "a"},
                                                {"SMOVE", "s", "k", "a"},
                                                {"SMOVE", "k", "s", "a"},
                                                {"SSCAN", "s", "0"},
                                                {"SSCAN", "s", "0", "BAD"},
                                                {"SPOP", "s"},
                                                {"SPOP", "s", "1"},
                                                {"SPOP", "s", "0"},
                                                {"SRANDMEMBER", "s"},
                                                {"SRANDMEMBER", "s", "0"}}) {
    EXPECT_EQ(Run(words), Error(kWrongType)) << words[0];
  }
  EXPECT_EQ(Run({"SMEMBERS", "k"}), Set({Bulk("a")}));
}

TEST_F(SetTest, Encodings) {
  Run({"SADD", "i", "1", "2"});
  EXPECT_EQ(EncodingOf("i"), "intset");
  Run({"SADD", "l", "a"});
  EXPECT_EQ(EncodingOf("l"), "listpack");
  Run({"SADD", "i", "a"});
  EXPECT_EQ(EncodingOf("i"), "listpack");
  Run({"SADD", "l", std::string(64, 'x')});
  EXPECT_EQ(EncodingOf("l"), "listpack");
  Run({"SADD", "l", std::string(65, 'x')});
  EXPECT_EQ(EncodingOf("l"), "hashtable");
  Add("n", 0, 512);
  EXPECT_EQ(EncodingOf("n"), "intset");
  Run({"SADD", "n", "512"});
  EXPECT_EQ(EncodingOf("n"), "hashtable");
  Add("t", 0, 128, "t");
  EXPECT_EQ(EncodingOf("t"), "listpack");
  Run({"SADD", "t", "t128"});
  EXPECT_EQ(EncodingOf("t"), "hashtable");
}

TEST_F(SetTest, ManyArgumentsConvertAtOnce) {
  Configure("set-max-intset-entries", "3");
  Configure("set-max-listpack-entries", "3");
  Run({"SADD", "a", "1", "1", "1", "1"});
  EXPECT_EQ(EncodingOf("a"), "hashtable");
  Run({"SADD", "b", "1"});
  Run({"SADD", "b", "1", "1", "1", "1"});
  EXPECT_EQ(EncodingOf("b"), "hashtable");
}

TEST_F(SetTest, LimitsActAtOnce) {
  Run({"SADD", "k", "1", "2", "3"});
  Configure("set-max-intset-entries", "2");
  EXPECT_EQ(EncodingOf("k"), "intset");
  Run({"SADD", "k", "4"});
  EXPECT_EQ(EncodingOf("k"), "hashtable");
}

TEST_F(SetTest70, NoListpacks) {
  Run({"SADD", "l", "a"});
  EXPECT_EQ(EncodingOf("l"), "hashtable");
  Run({"SADD", "i", "1"});
  EXPECT_EQ(EncodingOf("i"), "intset");
  Run({"SADD", "i", "a"});
  EXPECT_EQ(EncodingOf("i"), "hashtable");
  Configure("set-max-intset-entries", "3");
  Run({"SADD", "a", "1", "1", "1", "1"});
  EXPECT_EQ(EncodingOf("a"), "intset") << "duplicates do not count";
}

TEST_F(SetTest, SRem) {
  EXPECT_EQ(Run({"SREM", "k", "a"}), Integer(0));
  Run({"SADD", "k", "a", "b", "c"});
  Events(), Modified();
  EXPECT_EQ(Run({"SREM", "k", "x", "y"}), Integer(0));
  EXPECT_EQ(Events() + Modified(), "");
  const int64_t dirty = keyspace_.dirty();
  EXPECT_EQ(Run({"SREM", "k", "a", "x", "b"}), Integer(2));
  EXPECT_EQ(keyspace_.dirty(), dirty + 2);
  EXPECT_EQ(Events(), "srem k");
  EXPECT_EQ(Modified(), "k");
  EXPECT_EQ(Run({"SREM", "k", "c", "d"}), Integer(1));
  EXPECT_EQ(Events(), "srem k; del k");
  EXPECT_EQ(Find("k"), nullptr);
}

TEST_F(SetTest, SIsMember) {
  EXPECT_EQ(Run({"SISMEMBER", "k", "a"}), Integer(0));
  EXPECT_EQ(Run({"SMISMEMBER", "k", "a", "b"}), Array({Integer(0), Integer(0)}));
  Run({"SADD", "k", "a", "12"});
  EXPECT_EQ(Run({"SISMEMBER", "k", "a"}), Integer(1));
  EXPECT_EQ(Run({"SISMEMBER", "k", "012"}), Integer(0));
  EXPECT_EQ(Run({"SMISMEMBER", "k", "12", "x", "a"}), Array({Integer(1), Integer(0), Integer(1)}));
}

TEST_F(SetTest, SMembers) {
  EXPECT_EQ(Run({"SMEMBERS", "k"}), Set({}));
  Run({"SADD", "k", "3", "-1", "2"});
  EXPECT_EQ(Run({"SMEMBERS", "k"}), Set({Bulk("-1"), Bulk("2"), Bulk("3")}));
  UseResp3();
  EXPECT_EQ(Run({"SMEMBERS", "k"}), "~3\r\n" + Bulk("-1") + Bulk("2") + Bulk("3"));
  EXPECT_EQ(Run({"SMEMBERS", "none"}), "~0\r\n");
}

TEST_F(SetTest, BigMembers) {
  const std::string big(300'000, 'm');
  EXPECT_EQ(Run({"SADD", "k", big, ""}), Integer(2));
  EXPECT_EQ(Run({"SISMEMBER", "k", big}), Integer(1));
  EXPECT_EQ(Run({"SISMEMBER", "k", ""}), Integer(1));
  EXPECT_EQ(Run({"SREM", "k", ""}), Integer(1));
  EXPECT_EQ(Run({"SMEMBERS", "k"}), Set({Bulk(big)}));
}

TEST_F(SetTest, SMove) {
  EXPECT_EQ(Run({"SMOVE", "a", "b", "x"}), Integer(0));
  Run({"SADD", "a", "x", "y"});
  Events(), Modified(), Propagated();
  EXPECT_EQ(Run({"SMOVE", "a", "b", "none"}), Integer(0));
  EXPECT_EQ(Run({"SMOVE", "a", "a", "x"}), Integer(1));
  EXPECT_EQ(Run({"SMOVE", "a", "a", "none"}), Integer(0));
  EXPECT_EQ(Events() + Modified() + Propagated(), "");
  const int64_t dirty = keyspace_.dirty();
  EXPECT_EQ(Run({"SMOVE", "a", "b", "x"}), Integer(1));
  EXPECT_EQ(keyspace_.dirty(), dirty + 2);
  EXPECT_EQ(Events(), "srem a; sadd b");
  Modified();
  EXPECT_EQ(Run({"SMOVE", "a", "b", "y"}), Integer(1));
  EXPECT_EQ(Events(), "srem a; del a; sadd b");
  EXPECT_EQ(Find("a"), nullptr);
  Run({"SADD", "c", "x"});
  Events(), Modified();
  EXPECT_EQ(Run({"SMOVE", "c", "b", "x"}), Integer(1));
  EXPECT_EQ(Events(), "srem c; del c") << "b had it already";
  EXPECT_EQ(Modified(), "c");
  EXPECT_EQ(Run({"SCARD", "b"}), Integer(2));
}

TEST_F(SetTest, SScan) {
  const std::string empty = Array({Bulk("0"), Array({})});
  EXPECT_EQ(Run({"SSCAN", "k", "0"}), empty);
  EXPECT_EQ(Run({"SSCAN", "k", "0", "BAD"}), empty) << "options of an absent key are not looked at";
  EXPECT_EQ(Run({"SSCAN", "k", "x"}), Error("ERR invalid cursor"));
  Run({"SADD", "k", "1", "2", "13"});
  EXPECT_EQ(Run({"SSCAN", "k", "0"}), Array({Bulk("0"), Bulks({"1", "2", "13"})}));
  EXPECT_EQ(Run({"SSCAN", "k", "77", "COUNT", "1"}), Array({Bulk("0"), Bulks({"1", "2", "13"})}))
      << "a packed set comes in one piece";
  EXPECT_EQ(Run({"SSCAN", "k", "0", "MATCH", "1*"}), Array({Bulk("0"), Bulks({"1", "13"})}));
  EXPECT_EQ(Run({"SSCAN", "k", "0", "COUNT", "0"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SSCAN", "k", "0", "COUNT", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"SSCAN", "k", "0", "TYPE", "set"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SSCAN", "k", "0", "MATCH"}), Error("ERR syntax error"));
}

TEST_F(SetTest, SScanOfATable) {
  Add("k", 0, 2000, "m");
  std::set<std::string> met;
  std::string cursor = "0";
  int calls = 0;
  do {
    const std::string reply = Run({"SSCAN", "k", cursor, "COUNT", "20"});
    size_t at = reply.find("\r\n", 4) + 2;
    cursor = reply.substr(at, reply.find("\r\n", at) - at);
    for (at = reply.find('m'); at != std::string::npos; at = reply.find('m', at + 1)) {
      met.insert(reply.substr(at, reply.find("\r\n", at) - at));
    }
    ++calls;
  } while (cursor != "0" && calls < 2000);
  EXPECT_EQ(met.size(), 2000u);
  EXPECT_GT(calls, 20);
}

TEST_F(SetTest, HtStatsOfItsTable) {
  const std::string none = "ERR The value stored at the specified key is not represented using an hash table";
  Run({"SADD", "k", "1"});
  EXPECT_EQ(Run({"DEBUG", "HTSTATS-KEY", "k"}), Error(none));
  Add("k", 0, 600);
  const std::string stats = Run({"DEBUG", "HTSTATS-KEY", "k"});
  EXPECT_NE(stats.find("table size:"), std::string::npos) << stats;
  EXPECT_EQ(stats.find("max chain length:"), std::string::npos);
  EXPECT_NE(Run({"DEBUG", "HTSTATS-KEY", "k", "full"}).find("max chain length:"), std::string::npos);
}

TEST_F(SetTest, CopiesAreDeep) {
  for (const std::string_view prefix : {"", "t", "a prefix too long for compact sets, by far and without any doubt:"}) {
    Run({"FLUSHALL"});
    Add("k", 0, 5, prefix);
    EXPECT_EQ(Run({"COPY", "k", "c"}), Integer(1));
    EXPECT_EQ(EncodingOf("c"), EncodingOf("k"));
    Run({"SREM", "k", std::string(prefix) + "1"});
    EXPECT_EQ(Run({"SCARD", "c"}), Integer(5));
  }
}

}  // namespace
}  // namespace keyway::testing
