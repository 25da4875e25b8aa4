// SINTER, SINTERCARD, SUNION, SDIFF, and what they store.
#include <algorithm>
#include <set>
#include <string>

#include "server/base/random.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
using Members = std::set<std::string>;

class SetAlgebraTest : public CommandTest {
 protected:
  using CommandTest::CommandTest;
  Members MembersIn(const std::string& reply) {
    Members members;
    size_t count = 0;
    for (size_t at = 0; (at = reply.find('$', at)) != std::string::npos; ++count) {
      const size_t size = std::stoul(reply.substr(at + 1));
      at = reply.find('\n', at) + 1;
      members.insert(reply.substr(at, size));
      at += size;
    }
    EXPECT_EQ(members.size(), count) << "no member twice";
    EXPECT_EQ(reply.substr(0, reply.find('\r')), (resp3() ? "~" : "*") + std::to_string(count));
    return members;
  }
  void Prepare() {
    Run({"SADD", "a", "1", "2", "3", "x"});
    Run({"SADD", "b", "2", "3", "4"});
    Run({"SADD", "c", "3", "x", "y"});
    Run({"SET", "s", "text"});
    Events(), Modified(), Propagated();
  }
};

TEST_F(SetAlgebraTest, Replies) {
  Prepare();
  for (int version = 2; version <= 3; ++version) {
    client_.reply.set_version(version);
    EXPECT_EQ(MembersIn(Run({"SINTER", "a", "b"})), (Members{"2", "3"}));
    EXPECT_EQ(MembersIn(Run({"SINTER", "a", "b", "c"})), Members{"3"});
    EXPECT_EQ(MembersIn(Run({"SINTER", "a", "a"})), (Members{"1", "2", "3", "x"}));
    EXPECT_EQ(MembersIn(Run({"SINTER", "a", "none"})), Members{});
    EXPECT_EQ(MembersIn(Run({"SUNION", "a", "b", "none", "c"})), (Members{"1", "2", "3", "4", "x", "y"}));
    EXPECT_EQ(MembersIn(Run({"SUNION", "none", "b"})), (Members{"2", "3", "4"}));
    EXPECT_EQ(MembersIn(Run({"SUNION", "none"})), Members{});
    EXPECT_EQ(MembersIn(Run({"SUNION", "b", "b"})), (Members{"2", "3", "4"}));
    EXPECT_EQ(MembersIn(Run({"SDIFF", "a", "b"})), (Members{"1", "x"}));
    EXPECT_EQ(MembersIn(Run({"SDIFF", "a", "none", "b", "c"})), Members{"1"});
    EXPECT_EQ(MembersIn(Run({"SDIFF", "a", "b", "a"})), Members{});
    EXPECT_EQ(MembersIn(Run({"SDIFF", "none", "a"})), Members{});
    EXPECT_EQ(MembersIn(Run({"SDIFF", "a"})), (Members{"1", "2", "3", "x"}));
  }
  EXPECT_EQ(Events() + Modified() + Propagated(), "");
}

TEST_F(SetAlgebraTest, WrongTypesAreMetWhereverTheyStand) {
  Prepare();
  for (const std::string name : {"SINTER", "SUNION", "SDIFF"}) {
    for (const std::string other : {"a", "none"}) {
      EXPECT_EQ(Run({name, "s", other}), Error(kWrongType)) << name;
      EXPECT_EQ(Run({name, other, "s"}), Error(kWrongType)) << name;
      EXPECT_EQ(Run({name + "STORE", "a", other, "s"}), Error(kWrongType)) << name;
    }
  }
  EXPECT_EQ(Run({"SINTERCARD", "2", "none", "s"}), Error(kWrongType));
  EXPECT_EQ(Run({"SCARD", "a"}), Integer(4)) << "the target is as it was";
}

TEST_F(SetAlgebraTest, SInterCard) {
  Prepare();
  EXPECT_EQ(Run({"SINTERCARD", "2", "a", "b"}), Integer(2));
  EXPECT_EQ(Run({"SINTERCARD", "2", "a", "b", "LIMIT", "1"}), Integer(1));
  EXPECT_EQ(Run({"SINTERCARD", "2", "a", "b", "limit", "0"}), Integer(2));
  EXPECT_EQ(Run({"SINTERCARD", "2", "a", "b", "LIMIT", "9"}), Integer(2));
  EXPECT_EQ(Run({"SINTERCARD", "1", "none"}), Integer(0));
  const std::string keys = "ERR numkeys should be greater than 0";
  EXPECT_EQ(Run({"SINTERCARD", "0", "a"}), Error(keys));
  EXPECT_EQ(Run({"SINTERCARD", "x", "a"}), Error(keys));
  EXPECT_EQ(Run({"SINTERCARD", "2", "a"}), Error("ERR Number of keys can't be greater than number of args"));
  EXPECT_EQ(Run({"SINTERCARD", "9223372036854775807", "a"}),
            Error("ERR Number of keys can't be greater than number of args"));
  EXPECT_EQ(Run({"SINTERCARD", "1", "a", "b"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SINTERCARD", "1", "a", "LIMIT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SINTERCARD", "1", "a", "LIMIT", "-1"}), Error("ERR LIMIT can't be negative"));
  EXPECT_EQ(Run({"SINTERCARD", "1", "a", "LIMIT", "x"}), Error("ERR LIMIT can't be negative"));
}

TEST_F(SetAlgebraTest, StoringOverwritesAndTells) {
  Prepare();
  Run({"SET", "d", "text", "EX", "100"});
  Events(), Modified(), Propagated();
  const int64_t dirty = keyspace_.dirty();
  EXPECT_EQ(Run({"SINTERSTORE", "d", "a", "b"}), Integer(2));
  EXPECT_EQ(keyspace_.dirty(), dirty + 1);
  EXPECT_EQ(Events(), "sinterstore d");
  EXPECT_EQ(Modified(), "d");
  EXPECT_EQ(Propagated(), "SINTERSTORE d a b");
  EXPECT_EQ(Run({"TTL", "d"}), Integer(-1));
  EXPECT_EQ(Run({"SUNIONSTORE", "d", "a", "c"}), Integer(5));
  EXPECT_EQ(Run({"SDIFFSTORE", "e", "a", "b"}), Integer(2));
  EXPECT_EQ(Events(), "sunionstore d; sdiffstore e");
}

TEST_F(SetAlgebraTest, StoringIntoASource) {
  Prepare();
  EXPECT_EQ(Run({"SINTERSTORE", "a", "a", "b"}), Integer(2));
  EXPECT_EQ(MembersIn(Run({"SMEMBERS", "a"})), (Members{"2", "3"}));
  EXPECT_EQ(Run({"SUNIONSTORE", "a", "c", "a"}), Integer(4));
  EXPECT_EQ(Run({"SDIFFSTORE", "b", "a", "b"}), Integer(2));
  EXPECT_EQ(MembersIn(Run({"SMEMBERS", "b"})), (Members{"x", "y"}));
}

TEST_F(SetAlgebraTest, AnEmptyResultDeletes) {
  Prepare();
  for (const std::vector<std::string>& words : {std::vector<std::string>{"SINTERSTORE", "d", "a", "none"},
                                                {"SUNIONSTORE", "d", "none"},
                                                {"SDIFFSTORE", "d", "a", "a"},
                                                {"SDIFFSTORE", "d", "none", "a"}}) {
    EXPECT_EQ(Run(words), Integer(0));
    EXPECT_EQ(Events() + Modified() + Propagated(), "") << "nothing was there";
    Run({"SET", "d", "text"});
    Events(), Modified(), Propagated();
    EXPECT_EQ(Run(words), Integer(0));
    EXPECT_EQ(Find("d"), nullptr);
    EXPECT_EQ(Events(), "del d");
    EXPECT_EQ(Modified(), "d");
    EXPECT_EQ(Propagated(), words[0] + " d " + words[2] + (words.size() > 3 ? " " + words[3] : ""));
  }
}

TEST_F(SetAlgebraTest, EncodingsOfResults) {
  Run({"SADD", "i", "1", "2", "3"});
  Run({"SADD", "j", "2", "3"});
  Run({"SADD", "m", "2", "3", "x"});
  Run({"SADD", "t", "2", "3", std::string(100, 't')});
  Run({"SINTERSTORE", "d", "i", "j"});
  EXPECT_EQ(EncodingOf("d"), "intset");
  Run({"SINTERSTORE", "d", "m", "t"});
  EXPECT_EQ(EncodingOf("d"), "intset") << "all that is left are integers";
  Run({"SINTERSTORE", "d", "m", "m"});
  EXPECT_EQ(EncodingOf("d"), "listpack");
  Run({"SUNIONSTORE", "d", "i", "j"});
  EXPECT_EQ(EncodingOf("d"), "intset");
  Run({"SUNIONSTORE", "d", "i", "m"});
  EXPECT_EQ(EncodingOf("d"), "listpack");
  Run({"SUNIONSTORE", "d", "i", "t"});
  EXPECT_EQ(EncodingOf("d"), "hashtable");
  Run({"SDIFFSTORE", "d", "t", "none"});
  EXPECT_EQ(EncodingOf("d"), "hashtable");
  Run({"SDIFFSTORE", "d", "m", "i"});
  EXPECT_EQ(EncodingOf("d"), "listpack");
}

class SetAlgebraTest70 : public SetAlgebraTest {
 protected:
  SetAlgebraTest70() : SetAlgebraTest("7.0") {}
};

TEST_F(SetAlgebraTest70, EncodingsOfResults) {
  Run({"SADD", "m", "2", "3", "x"});
  Run({"SADD", "n", "2", "3", "y"});
  EXPECT_EQ(Run({"SINTERSTORE", "d", "m", "n"}), Integer(2));
  EXPECT_EQ(EncodingOf("d"), "intset");
  Run({"SUNIONSTORE", "d", "m"});
  EXPECT_EQ(EncodingOf("d"), "hashtable");
}

// Sets of all encodings and sizes, so that both ways to subtract are gone.
TEST_F(SetAlgebraTest, AgainstTheStandardAlgorithms) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 150; ++round) {
    Run({"FLUSHALL"});
    const size_t count = 1 + random.Below(6);
    std::vector<Members> sets(count);
    std::vector<std::string> keys;
    for (size_t i = 0; i < count; ++i) {
      keys.push_back("k" + std::to_string(i));
      const uint64_t size = random.Below(random.Below(4) == 0 ? 1000 : 50);
      const uint64_t range = 1 + random.Below(200 * (1 + random.Below(10)));
      const uint64_t texts = random.Below(3);
      for (uint64_t j = 0; j < size; ++j) {
        const std::string member = (random.Below(2) < texts ? std::string(texts == 2 ? 70 : 1, 'm') : "") +
                                   std::to_string(random.Below(range));
        Run({"SADD", keys[i], member});
        sets[i].insert(member);
      }
    }
    Members all, common = sets[0], rest = sets[0];
    for (const Members& set : sets) {
      all.insert(set.begin(), set.end());
      std::erase_if(common, [&](const std::string& member) { return !set.contains(member); });
      if (&set != &sets[0]) std::erase_if(rest, [&](const std::string& member) { return set.contains(member); });
    }
    const auto run = [&](std::vector<std::string> words) {
      words.insert(words.end(), keys.begin(), keys.end());
      return Run(words);
    };
    ASSERT_EQ(MembersIn(run({"SINTER"})), common);
    ASSERT_EQ(MembersIn(run({"SUNION"})), all);
    ASSERT_EQ(MembersIn(run({"SDIFF"})), rest);
    ASSERT_EQ(run({"SINTERCARD", std::to_string(count)}), Integer(static_cast<int64_t>(common.size())));
    for (const auto& [name, expected] :
         {std::pair{"SINTERSTORE", &common}, {"SUNIONSTORE", &all}, {"SDIFFSTORE", &rest}}) {
      ASSERT_EQ(run({name, "d"}), Integer(static_cast<int64_t>(expected->size()))) << name;
      ASSERT_EQ(MembersIn(Run({"SMEMBERS", "d"})), *expected) << name;
    }
  }
}

}  // namespace
}  // namespace keyway::testing
