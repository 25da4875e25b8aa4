// SPOP and SRANDMEMBER.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class SetPickTest : public CommandTest {
 protected:
  using CommandTest::CommandTest;
  void Add(std::string_view key, int count, std::string_view prefix) {
    std::vector<std::string> words = {"SADD", std::string(key)};
    for (int i = 0; i < count; ++i) words.push_back(std::string(prefix) + std::to_string(i));
    Run(words);
    Propagated(), Events();
  }
  // The bulk strings of a reply.
  static std::multiset<std::string> BulksIn(const std::string& reply) {
    std::multiset<std::string> bulks;
    for (size_t at = 0; (at = reply.find('$', at)) != std::string::npos;) {
      const size_t size = std::stoul(reply.substr(at + 1));
      at = reply.find('\n', at) + 1;
      bulks.insert(reply.substr(at, size));
      at += size;
    }
    return bulks;
  }
  // Prefixes that give sets of 100 members the encodings intset, listpack and hashtable.
  static constexpr std::string_view kPrefixes[] = {"", "t",
                                                   "more than sixty-four bytes, which is what a listpack takes:     "};
};

class SetPickTest70 : public SetPickTest {
 protected:
  SetPickTest70() : SetPickTest("7.0") {}
};

TEST_F(SetPickTest, SPopOne) {
  EXPECT_EQ(Run({"SPOP", "k"}), Null());
  Run({"SADD", "k", "12"});
  Events(), Modified(), Propagated();
  const int64_t dirty = keyspace_.dirty();
  EXPECT_EQ(Run({"SPOP", "k"}), Bulk("12"));
  EXPECT_EQ(Events(), "spop k; del k");
  EXPECT_EQ(Modified(), "k");
  EXPECT_EQ(Propagated(), "SREM k 12");
  EXPECT_EQ(keyspace_.dirty(), dirty + 1);
  EXPECT_EQ(Find("k"), nullptr);
  UseResp3();
  EXPECT_EQ(Run({"SPOP", "k"}), Null());
}

TEST_F(SetPickTest, SPopOneAfterTheOther) {
  for (const std::string_view prefix : kPrefixes) {
    Add("k", 100, prefix);
    std::set<std::string> popped;
    for (int i = 0; i < 100; ++i) {
      const std::string member = *BulksIn(Run({"SPOP", "k"})).begin();
      EXPECT_TRUE(popped.insert(member).second);
      EXPECT_EQ(Propagated(), "SREM k " + member);
    }
    EXPECT_EQ(Run({"SPOP", "k"}), Null());
  }
}

TEST_F(SetPickTest, SPopCountArguments) {
  EXPECT_EQ(Run({"SPOP", "k", "5"}), Set({}));
  Run({"SADD", "k", "a"});
  Propagated(), Events();
  EXPECT_EQ(Run({"SPOP", "k", "0"}), Set({}));
  EXPECT_EQ(Run({"SPOP", "k", "-1"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"SPOP", "k", "x"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"SPOP", "k", "1", "2"}), Error("ERR syntax error"));
  EXPECT_EQ(Propagated() + Events(), "");
  UseResp3();
  EXPECT_EQ(Run({"SPOP", "k", "0"}), "~0\r\n");
  EXPECT_EQ(Run({"SPOP", "k", "9223372036854775807"}), "~1\r\n" + Bulk("a"));
}

TEST_F(SetPickTest, SPopOfAllDeletes) {
  Add("k", 3, "");
  const int64_t dirty = keyspace_.dirty();
  EXPECT_EQ(BulksIn(Run({"SPOP", "k", "5"})), (std::multiset<std::string>{"0", "1", "2"}));
  EXPECT_EQ(keyspace_.dirty(), dirty + 3);
  EXPECT_EQ(Events(), "spop k; del k");
  EXPECT_EQ(Propagated(), "DEL k");
  EXPECT_EQ(Find("k"), nullptr);
  Configure("lazyfree-lazy-server-del", "yes");
  Add("k", 3, "");
  Run({"SPOP", "k", "3"});
  EXPECT_EQ(Propagated(), "UNLINK k");
}

TEST_F(SetPickTest, SPopOfSomeRemovesJustThem) {
  for (const int count : {1, 10, 60, 99}) {
    for (const std::string_view prefix : kPrefixes) {
      Run({"DEL", "k"});
      Add("k", 100, prefix);
      std::multiset<std::string> before = BulksIn(Run({"SMEMBERS", "k"}));
      const std::string reply = Run({"SPOP", "k", std::to_string(count)});
      EXPECT_EQ(Events(), "spop k");
      const std::multiset<std::string> popped = BulksIn(reply);
      ASSERT_EQ(popped.size(), static_cast<size_t>(count));
      std::string propagated = Propagated();
      ASSERT_EQ(propagated.substr(0, 7), "SREM k ");
      for (const std::string& member : popped) {
        EXPECT_EQ(before.erase(member), 1u);
        EXPECT_NE((propagated + " ").find(" " + member + " "), std::string::npos);
      }
      EXPECT_EQ(BulksIn(Run({"SMEMBERS", "k"})), before);
    }
  }
}

TEST_F(SetPickTest, SPopPropagatesInBatches) {
  Add("k", 3000, "m");
  Run({"SPOP", "k", "2500"});
  const std::string propagated = Propagated();
  EXPECT_EQ(std::count(propagated.begin(), propagated.end(), 'm'), 2500);
  size_t commands = 0;
  for (size_t at = 0; (at = propagated.find("SREM k", at)) != std::string::npos; ++at) ++commands;
  EXPECT_EQ(commands, 3u);
  EXPECT_EQ(propagated.substr(0, 7), "MULTI; ");
  EXPECT_EQ(Run({"SCARD", "k"}), Integer(500));
}

TEST_F(SetPickTest, WhatIsLeftOfABigSetIsStoredCompactly) {
  Add("k", 1000, "m");
  Run({"SPOP", "k", "500"});
  EXPECT_EQ(EncodingOf("k"), "hashtable");
  Run({"SPOP", "k", "490"});
  EXPECT_EQ(EncodingOf("k"), "listpack");
  EXPECT_EQ(Run({"SCARD", "k"}), Integer(10));
}

TEST_F(SetPickTest70, WhatIsLeftOfABigSetIsStoredCompactly) {
  Add("k", 1000, "");
  EXPECT_EQ(EncodingOf("k"), "hashtable");
  Run({"SPOP", "k", "990"});
  EXPECT_EQ(EncodingOf("k"), "intset");
  Add("t", 1000, "t");
  Run({"SPOP", "t", "990"});
  EXPECT_EQ(EncodingOf("t"), "hashtable");
}

TEST_F(SetPickTest, SRandMemberOne) {
  EXPECT_EQ(Run({"SRANDMEMBER", "k"}), Null());
  Run({"SADD", "k", "7"});
  Propagated(), Events();
  EXPECT_EQ(Run({"SRANDMEMBER", "k"}), Bulk("7"));
  EXPECT_EQ(Propagated() + Events(), "");
  EXPECT_EQ(Run({"SRANDMEMBER", "k", "1", "2"}), Error("ERR syntax error"));
}

TEST_F(SetPickTest, SRandMemberCount) {
  EXPECT_EQ(Run({"SRANDMEMBER", "k", "5"}), Array({}));
  EXPECT_EQ(Run({"SRANDMEMBER", "k", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"SRANDMEMBER", "k", "-9223372036854775808"}),
            Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"));
  for (const std::string_view prefix : kPrefixes) {
    Run({"DEL", "k"});
    Add("k", 100, prefix);
    const std::multiset<std::string> all = BulksIn(Run({"SMEMBERS", "k"}));
    EXPECT_EQ(Run({"SRANDMEMBER", "k", "0"}), Array({}));
    EXPECT_EQ(BulksIn(Run({"SRANDMEMBER", "k", "100"})), all);
    EXPECT_EQ(BulksIn(Run({"SRANDMEMBER", "k", "9223372036854775807"})), all);
    for (const int count : {1, 10, 90}) {
      const auto some = BulksIn(Run({"SRANDMEMBER", "k", std::to_string(count)}));
      EXPECT_EQ(some.size(), static_cast<size_t>(count));
      EXPECT_EQ(std::set(some.begin(), some.end()).size(), static_cast<size_t>(count));
      EXPECT_TRUE(std::includes(all.begin(), all.end(), some.begin(), some.end()));
    }
    const auto repeated = BulksIn(Run({"SRANDMEMBER", "k", "-300"}));
    EXPECT_EQ(repeated.size(), 300u);
    for (const std::string& member : repeated) EXPECT_TRUE(all.contains(member));
  }
  UseResp3();
  EXPECT_EQ(Run({"SRANDMEMBER", "k", "0"}), "*0\r\n") << "a list, not a set";
}

}  // namespace
}  // namespace keyway::testing
