// KEYS and SCAN.
#include <set>
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ScanTest : public CommandTest {
 protected:
  // The bulk strings in a reply, in order.
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

  // Scans to the end; every key once for each time it was returned.
  std::multiset<std::string> ScanAll(const std::vector<std::string>& options, int* calls = nullptr) {
    std::multiset<std::string> keys;
    std::string cursor = "0";
    do {
      std::vector<std::string> words = {"SCAN", cursor};
      words.insert(words.end(), options.begin(), options.end());
      const std::vector<std::string> bulks = BulksIn(Run(words));
      if (bulks.empty()) {
        ADD_FAILURE() << "no cursor";
        return keys;
      }
      cursor = bulks[0];
      keys.insert(bulks.begin() + 1, bulks.end());
      if (calls != nullptr) ++*calls;
    } while (cursor != "0");
    return keys;
  }

  void Fill(int count, const std::string& prefix = "key:") {
    for (int i = 0; i < count; ++i) Run({"SET", prefix + std::to_string(i), "v"});
  }
};

TEST_F(ScanTest, Keys) {
  EXPECT_EQ(Run({"KEYS", "*"}), Array({}));
  Run({"MSET", "one", "1", "two", "2", "", "3"});
  EXPECT_EQ(Run({"KEYS", "o*"}), Bulks({"one"}));
  EXPECT_EQ(Run({"KEYS", "[t]w?"}), Bulks({"two"}));
  EXPECT_EQ(BulksIn(Run({"KEYS", "*"})).size(), 3u);
  EXPECT_EQ(Run({"KEYS", ""}), Bulks({""}));
  EXPECT_EQ(Run({"KEYS", "O*"}), Array({}));
  UseResp3();
  EXPECT_EQ(Run({"KEYS", "o*"}), Bulks({"one"}));
}

TEST_F(ScanTest, KeysHidesAndKeepsExpiredKeys) {
  Run({"SET", "a", "1", "PX", "5"});
  Run({"SET", "b", "1"});
  clock_.AdvanceMs(6);
  EXPECT_EQ(Run({"KEYS", "*"}), Bulks({"b"}));
  EXPECT_EQ(Run({"DBSIZE"}), Integer(2));
}

TEST_F(ScanTest, EveryKeyIsReturned) {
  Fill(1000);
  int calls = 0;
  const auto keys = ScanAll({}, &calls);
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 1000u);
  EXPECT_EQ(keys.size(), 1000u);
  EXPECT_GT(calls, 20);
}

TEST_F(ScanTest, CountSaysHowManyAtOnce) {
  Fill(1000);
  int calls = 0;
  ScanAll({"COUNT", "1000"}, &calls);
  EXPECT_LE(calls, 3);
  calls = 0;
  EXPECT_EQ(ScanAll({"COUNT", "9223372036854775807"}, &calls).size(), 1000u);
  EXPECT_EQ(calls, 1);
}

TEST_F(ScanTest, MatchAndType) {
  Fill(300, "a:");
  Fill(300, "b:");
  EXPECT_EQ(ScanAll({"MATCH", "b:*"}).size(), 300u);
  EXPECT_EQ(ScanAll({"MATCH", "a:1?", "COUNT", "50"}).size(), 10u);
  EXPECT_EQ(ScanAll({"MATCH", "*"}).size(), 600u);
  EXPECT_EQ(ScanAll({"TYPE", "string"}).size(), 600u);
  EXPECT_EQ(ScanAll({"type", "STRING", "match", "a:*"}).size(), 300u);
  EXPECT_EQ(ScanAll({"TYPE", "list"}).size(), 0u);
  EXPECT_EQ(ScanAll({"TYPE", "nosuchtype"}).size(), 0u);
}

TEST_F(ScanTest, ExpiredKeysAreDeletedOnTheWay) {
  Fill(20);
  for (int i = 0; i < 20; i += 2) Run({"PEXPIRE", "key:" + std::to_string(i), "5"});
  clock_.AdvanceMs(6);
  EXPECT_EQ(ScanAll({"TYPE", "string", "MATCH", "key:1*"}).size(), 6u);
  EXPECT_EQ(Run({"DBSIZE"}), Integer(15));
  EXPECT_EQ(ScanAll({}).size(), 10u);
  EXPECT_EQ(Run({"DBSIZE"}), Integer(10));
}

TEST_F(ScanTest, KeysThatStayAreReturnedWhateverElseHappens) {
  Fill(500, "stay:");
  std::set<std::string> seen;
  std::string cursor = "0";
  int round = 0;
  do {
    const auto bulks = BulksIn(Run({"SCAN", cursor, "MATCH", "stay:*"}));
    cursor = bulks.at(0);
    seen.insert(bulks.begin() + 1, bulks.end());
    for (int i = 0; i < 100; ++i) {
      const std::string name = "other:" + std::to_string(round * 100 + i);
      Run({"SET", name, "v"});
      if (round > 5) Run({"DEL", "other:" + std::to_string((round - 5) * 100 + i)});
    }
    ++round;
  } while (cursor != "0" && round < 10'000);
  EXPECT_EQ(cursor, "0");
  EXPECT_EQ(seen.size(), 500u);
}

TEST_F(ScanTest, Errors) {
  Run({"SET", "k", "v"});
  for (const char* cursor : {"x", "1x", " 0", "18446744073709551616", "0.5"}) {
    EXPECT_EQ(Run({"SCAN", cursor}), Error("ERR invalid cursor")) << cursor;
  }
  EXPECT_EQ(Run({"SCAN", "x", "COUNT"}), Error("ERR invalid cursor"));
  for (const char* cursor : {"0", "", "+0", "-0"}) {
    EXPECT_EQ(Run({"SCAN", cursor}), Array({Bulk("0"), Bulks({"k"})})) << cursor;
  }
  EXPECT_EQ(Run({"SCAN", "0", "COUNT", "0"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "0", "COUNT", "-1"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "0", "COUNT", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"SCAN", "0", "COUNT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "0", "MATCH"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "0", "WHAT", "x"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "0", "MATCH", "a", "MATCH", "*"}), Array({Bulk("0"), Bulks({"k"})}));
}

}  // namespace
}  // namespace keyway::testing
