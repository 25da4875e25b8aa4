// Hashes: setting, getting and deleting fields, counters, random fields, HSCAN.
#include <algorithm>
#include <set>
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";

class HashTest : public CommandTest {
 protected:
  using CommandTest::CommandTest;
  // Fields f0, f1, … with the values 0, 1, …
  void Add(std::string_view key, int count) {
    std::vector<std::string> words = {"HSET", std::string(key)};
    for (int i = 0; i < count; ++i) words.push_back("f" + std::to_string(i)), words.push_back(std::to_string(i));
    Run(words);
    Events(), Modified(), Propagated();
  }
  static std::vector<std::string> BulksIn(const std::string& reply) {
    std::vector<std::string> bulks;
    for (size_t at = 0; (at = reply.find('$', at)) != std::string::npos;) {
      const size_t size = std::stoul(reply.substr(at + 1));
      at = reply.find('\n', at) + 1;
      bulks.push_back(reply.substr(at, size));
      at += size;
    }
    return bulks;
  }
};

TEST_F(HashTest, HSetAndHGet) {
  EXPECT_EQ(Run({"HGET", "k", "f"}), Null());
  EXPECT_EQ(Run({"HSET", "k", "f", "1", "g", "two", "f", "3"}), Integer(2));
  EXPECT_EQ(Events(), "hset k");
  EXPECT_EQ(Modified(), "k");
  EXPECT_EQ(keyspace_.dirty(), 3);
  EXPECT_EQ(Run({"HGET", "k", "f"}), Bulk("3"));
  EXPECT_EQ(Run({"HSET", "k", "f", "3"}), Integer(0));
  EXPECT_EQ(Events(), "hset k") << "the same value is a change all the same";
  EXPECT_EQ(keyspace_.dirty(), 4);
  EXPECT_EQ(Run({"HGET", "k", "none"}), Null());
  const std::string arity = "ERR wrong number of arguments for 'hset' command";
  EXPECT_EQ(Run({"HSET", "k", "f"}), Error(arity));
  EXPECT_EQ(Run({"HSET", "k", "f", "1", "g"}), Error(arity));
  EXPECT_EQ(Run({"HMSET", "k", "f", "1", "g"}), Error("ERR wrong number of arguments for 'hmset' command"));
  EXPECT_EQ(Run({"HMSET", "k", "f", "1", "h", "2"}), Ok());
  EXPECT_EQ(Run({"HLEN", "k"}), Integer(3));
}

TEST_F(HashTest, HSetNx) {
  EXPECT_EQ(Run({"HSETNX", "k", "f", "1"}), Integer(1));
  EXPECT_EQ(Run({"HSETNX", "k", "g", "2"}), Integer(1));
  EXPECT_EQ(Events(), "hset k; hset k");
  Modified(), Propagated();
  EXPECT_EQ(Run({"HSETNX", "k", "f", "3"}), Integer(0));
  EXPECT_EQ(Events() + Modified() + Propagated(), "");
  EXPECT_EQ(Run({"HGET", "k", "f"}), Bulk("1"));
}

TEST_F(HashTest, WrongType) {
  Run({"SET", "s", "x"});
  for (const std::vector<std::string>& words : {std::vector<std::string>{"HSET", "s", "f", "v"},
                                                {"HMSET", "s", "f", "v"},
                                                {"HSETNX", "s", "f", "v"},
                                                {"HGET", "s", "f"},
                                                {"HMGET", "s", "f"},
                                                {"HGETALL", "s"},
                                                {"HKEYS", "s"},
                                                {"HVALS", "s"},
                                                {"HLEN", "s"},
                                                {"HSTRLEN", "s", "f"},
                                                {"HEXISTS", "s", "f"},
                                                {"HDEL", "s", "f"},
                                                {"HINCRBY", "s", "f", "1"},
                                                {"HINCRBYFLOAT", "s", "f", "1"},
                                                {"HRANDFIELD", "s"},
                                                {"HRANDFIELD", "s", "0"},
                                                {"HSCAN", "s", "0"}}) {
    EXPECT_EQ(Run(words), Error(kWrongType)) << words[0];
  }
  EXPECT_EQ(Run({"GET", "s"}), Bulk("x"));
}

TEST_F(HashTest, Encodings) {
  Add("k", 512);
  EXPECT_EQ(EncodingOf("k"), "listpack");
  Run({"HSET", "k", "more", "1"});
  EXPECT_EQ(EncodingOf("k"), "hashtable");
  Run({"HSET", "v", "f", std::string(64, 'v')});
  EXPECT_EQ(EncodingOf("v"), "listpack");
  Run({"HSET", "v", "f", std::string(65, 'v')});
  EXPECT_EQ(EncodingOf("v"), "hashtable");
  Run({"HSET", "f", std::string(65, 'f'), "v"});
  EXPECT_EQ(EncodingOf("f"), "hashtable");
  Configure("hash-max-listpack-value", "10");
  Run({"HSETNX", "n", "f", "0123456789x"});
  EXPECT_EQ(EncodingOf("n"), "hashtable");
  Run({"HINCRBY", "i", "f", "12345678901"});
  EXPECT_EQ(EncodingOf("i"), "hashtable");
  Run({"HINCRBYFLOAT", "d", "f", "1.234567890123"});
  EXPECT_EQ(EncodingOf("d"), "hashtable");
  Configure("hash-max-ziplist-entries", "2");
  Run({"HSET", "a", "f", "1", "f", "2", "f", "3"});
  EXPECT_EQ(EncodingOf("a"), "hashtable") << "more pairs than fit, whether or not they repeat";
}

class HashTest70 : public HashTest {
 protected:
  HashTest70() : HashTest("7.0") {}
};

TEST_F(HashTest70, RepeatedFieldsDoNotConvert) {
  Configure("hash-max-listpack-entries", "2");
  Run({"HSET", "a", "f", "1", "f", "2", "f", "3"});
  EXPECT_EQ(EncodingOf("a"), "listpack");
}

TEST_F(HashTest, GettingMany) {
  EXPECT_EQ(Run({"HMGET", "k", "a", "b"}), Array({Null(), Null()}));
  EXPECT_EQ(Run({"HGETALL", "k"}), Map({}));
  EXPECT_EQ(Run({"HKEYS", "k"}), Array({}));
  EXPECT_EQ(Run({"HVALS", "k"}), Array({}));
  Run({"HSET", "k", "a", "1", "b", "two", "3", ""});
  for (int version = 2; version <= 3; ++version) {
    client_.reply.set_version(version);
    EXPECT_EQ(Run({"HMGET", "k", "b", "x", "a", "3"}), Array({Bulk("two"), Null(), Bulk("1"), Bulk("")}));
    EXPECT_EQ(Run({"HGETALL", "k"}), Map({{Bulk("a"), Bulk("1")}, {Bulk("b"), Bulk("two")}, {Bulk("3"), Bulk("")}}));
    EXPECT_EQ(Run({"HKEYS", "k"}), Bulks({"a", "b", "3"}));
    EXPECT_EQ(Run({"HVALS", "k"}), Bulks({"1", "two", ""}));
  }
  EXPECT_EQ(Run({"HGETALL", "none"}), "%0\r\n");
}

TEST_F(HashTest, LengthsAndExistence) {
  EXPECT_EQ(Run({"HLEN", "k"}), Integer(0));
  EXPECT_EQ(Run({"HSTRLEN", "k", "f"}), Integer(0));
  EXPECT_EQ(Run({"HEXISTS", "k", "f"}), Integer(0));
  for (const int fields : {0, 600}) {
    if (fields > 0) Add("k", fields);
    Run({"HSET", "k", "number", "-9223372036854775808", "text", "abc"});
    EXPECT_EQ(Run({"HSTRLEN", "k", "number"}), Integer(20));
    EXPECT_EQ(Run({"HSTRLEN", "k", "text"}), Integer(3));
    EXPECT_EQ(Run({"HSTRLEN", "k", "none"}), Integer(0));
    EXPECT_EQ(Run({"HEXISTS", "k", "text"}), Integer(1));
    EXPECT_EQ(Run({"HEXISTS", "k", "abc"}), Integer(0));
    EXPECT_EQ(Run({"HLEN", "k"}), Integer(fields + 2));
  }
}

TEST_F(HashTest, HDel) {
  EXPECT_EQ(Run({"HDEL", "k", "f"}), Integer(0));
  Add("k", 3);
  EXPECT_EQ(Run({"HDEL", "k", "x", "0"}), Integer(0));
  EXPECT_EQ(Events() + Modified() + Propagated(), "");
  const int64_t dirty = keyspace_.dirty();
  EXPECT_EQ(Run({"HDEL", "k", "f0", "x", "f2"}), Integer(2));
  EXPECT_EQ(keyspace_.dirty(), dirty + 2);
  EXPECT_EQ(Events(), "hdel k");
  EXPECT_EQ(Run({"HDEL", "k", "f1", "f1"}), Integer(1));
  EXPECT_EQ(Events(), "hdel k; del k");
  EXPECT_EQ(Find("k"), nullptr);
}

TEST_F(HashTest, BigFieldsAndValues) {
  const std::string big(300'000, 'b'), bigger(400'000, 'c');
  Run({"HSET", "k", big, bigger, "", ""});
  EXPECT_EQ(Run({"HGET", "k", big}), Bulk(bigger));
  EXPECT_EQ(Run({"HSET", "k", big, "small"}), Integer(0));
  EXPECT_EQ(Run({"HGETALL", "k"}).size(), Map({{Bulk(big), Bulk("small")}, {Bulk(""), Bulk("")}}).size());
  EXPECT_EQ(Run({"HGET", "k", ""}), Bulk(""));
}

TEST_F(HashTest, HIncrBy) {
  EXPECT_EQ(Run({"HINCRBY", "k", "f", "5"}), Integer(5));
  EXPECT_EQ(AllEvents(), "new k; hincrby k");
  EXPECT_EQ(Run({"HINCRBY", "k", "f", "-7"}), Integer(-2));
  EXPECT_EQ(Propagated(), "HINCRBY k f 5; HINCRBY k f -7");
  EXPECT_EQ(Run({"HGET", "k", "f"}), Bulk("-2"));
  EXPECT_EQ(Run({"HINCRBY", "k", "f", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"HINCRBY", "k", "f", ""}), Error("ERR value is not an integer or out of range"));
  Run({"HSET", "k", "text", "abc", "space", " 1", "max", "9223372036854775807", "min", "-9223372036854775808"});
  Events(), Propagated();
  EXPECT_EQ(Run({"HINCRBY", "k", "text", "1"}), Error("ERR hash value is not an integer"));
  EXPECT_EQ(Run({"HINCRBY", "k", "space", "1"}), Error("ERR hash value is not an integer"));
  EXPECT_EQ(Run({"HINCRBY", "k", "max", "1"}), Error("ERR increment or decrement would overflow"));
  EXPECT_EQ(Run({"HINCRBY", "k", "min", "-1"}), Error("ERR increment or decrement would overflow"));
  EXPECT_EQ(Events() + Propagated(), "");
  EXPECT_EQ(Run({"HINCRBY", "k", "max", "-9223372036854775808"}), Integer(-1));
  Add("k", 600);
  EXPECT_EQ(Run({"HINCRBY", "k", "f599", "123456789012"}), Integer(123456789611));
  EXPECT_EQ(Run({"HGET", "k", "f599"}), Bulk("123456789611"));
}

TEST_F(HashTest, HIncrByFloat) {
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "f", "10.5"}), Bulk("10.5"));
  EXPECT_EQ(Events(), "hincrbyfloat k");
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "f", "5.0e3"}), Bulk("5010.5"));
  EXPECT_EQ(Propagated(), "HSET k f 10.5; HSET k f 5010.5");
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "f", "-0.5"}), Bulk("5010"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "f", "1"}), Bulk("5011"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "f", "x"}), Error("ERR value is not a valid float"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "f", "nan"}), Error("ERR value is not a valid float"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "f", "inf"}), Error("ERR value is NaN or Infinity"));
  Run({"HSET", "k", "text", "abc", "huge", "1.1e4932"});
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "text", "1"}), Error("ERR hash value is not a float"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "k", "huge", "1.1e4932"}), Error("ERR increment would produce NaN or Infinity"));
}

TEST_F(HashTest, HScan) {
  const std::string empty = Array({Bulk("0"), Array({})});
  EXPECT_EQ(Run({"HSCAN", "k", "0", "BAD"}), empty);
  EXPECT_EQ(Run({"HSCAN", "k", "1x"}), Error("ERR invalid cursor"));
  Run({"HSET", "k", "a", "1", "b", "2", "12", "a"});
  EXPECT_EQ(Run({"HSCAN", "k", "5", "COUNT", "1"}), Array({Bulk("0"), Bulks({"a", "1", "b", "2", "12", "a"})}));
  EXPECT_EQ(Run({"HSCAN", "k", "0", "MATCH", "[1a]*"}), Array({Bulk("0"), Bulks({"a", "1", "12", "a"})}));
  EXPECT_EQ(Run({"HSCAN", "k", "0", "NOVALUES"}), Error("ERR syntax error"));
  Add("t", 2000);
  std::set<std::string> fields;
  std::string cursor = "0";
  int calls = 0;
  do {
    const std::vector<std::string> bulks = BulksIn(Run({"HSCAN", "t", cursor, "COUNT", "30"}));
    ASSERT_EQ(bulks.size() % 2, 1u);
    cursor = bulks[0];
    for (size_t i = 1; i < bulks.size(); i += 2) {
      fields.insert(bulks[i]);
      EXPECT_EQ(bulks[i], "f" + bulks[i + 1]);
    }
  } while (cursor != "0" && ++calls < 2000);
  EXPECT_EQ(fields.size(), 2000u);
}

TEST_F(HashTest, HRandField) {
  EXPECT_EQ(Run({"HRANDFIELD", "k"}), Null());
  EXPECT_EQ(Run({"HRANDFIELD", "k", "5"}), Array({}));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "1", "x"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "1", "WITHVALUES", "x"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "-9223372036854775808"}),
            Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "-4611686018427387904", "WITHVALUES"}), Error("ERR value is out of range"));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "4611686018427387904", "withvalues"}), Error("ERR value is out of range"));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "4611686018427387903", "withvalues"}), Array({}));
  Run({"HSET", "k", "f", "7"});
  EXPECT_EQ(Run({"HRANDFIELD", "k"}), Bulk("f"));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "0"}), Array({}));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "2"}), Bulks({"f"}));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "-2"}), Bulks({"f", "f"}));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "2", "withvalues"}), Bulks({"f", "7"}));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "-2", "WITHVALUES"}), Bulks({"f", "7", "f", "7"}));
  UseResp3();
  EXPECT_EQ(Run({"HRANDFIELD", "k", "-2", "WITHVALUES"}), Array({Bulks({"f", "7"}), Bulks({"f", "7"})}));
  EXPECT_EQ(Run({"HRANDFIELD", "k", "2"}), Bulks({"f"}));
}

TEST_F(HashTest, HRandFieldGivesDifferentFields) {
  for (const int fields : {100, 1000}) {
    Run({"DEL", "k"});
    Add("k", fields);
    for (const int count : {1, 10, 90, 5000}) {
      const std::vector<std::string> bulks = BulksIn(Run({"HRANDFIELD", "k", std::to_string(count), "WITHVALUES"}));
      std::set<std::string> distinct;
      for (size_t i = 0; i < bulks.size(); i += 2) {
        distinct.insert(bulks[i]);
        EXPECT_EQ(bulks[i], "f" + bulks[i + 1]);
      }
      EXPECT_EQ(distinct.size(), static_cast<size_t>(std::min(count, fields)));
      EXPECT_EQ(bulks.size(), distinct.size() * 2);
    }
    EXPECT_EQ(BulksIn(Run({"HRANDFIELD", "k", "-3000"})).size(), 3000u);
  }
}

TEST_F(HashTest, CopiesAreDeep) {
  for (const int fields : {5, 600}) {
    Run({"FLUSHALL"});
    Add("k", fields);
    EXPECT_EQ(Run({"COPY", "k", "c"}), Integer(1));
    EXPECT_EQ(EncodingOf("c"), EncodingOf("k"));
    Run({"HSET", "k", "f1", "changed"});
    EXPECT_EQ(Run({"HGET", "c", "f1"}), Bulk("1"));
  }
}

TEST_F(HashTest, HtStatsOfItsTable) {
  Add("k", 600);
  EXPECT_NE(Run({"DEBUG", "HTSTATS-KEY", "k"}).find("number of elements: 600"), std::string::npos);
}

}  // namespace
}  // namespace keyway::testing
