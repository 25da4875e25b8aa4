// LCS.
#include <algorithm>
#include <random>
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class LcsTest : public CommandTest {
 protected:
  std::string Range(int64_t first, int64_t last) { return Array({Integer(first), Integer(last)}); }
};

TEST_F(LcsTest, TextAndLength) {
  Run({"MSET", "a", "ohmytext", "b", "mynewtext"});
  EXPECT_EQ(Run({"LCS", "a", "b"}), Bulk("mytext"));
  EXPECT_EQ(Run({"LCS", "a", "b", "LEN"}), Integer(6));
  EXPECT_EQ(Run({"LCS", "a", "missing"}), Bulk(""));
  EXPECT_EQ(Run({"LCS", "missing", "b", "LEN"}), Integer(0));
  EXPECT_EQ(Run({"LCS", "missing", "missing"}), Bulk(""));
  EXPECT_EQ(Run({"LCS", "a", "a"}), Bulk("ohmytext"));
  Run({"MSET", "m", "12345", "n", "1045"});
  EXPECT_EQ(Run({"LCS", "m", "n"}), Bulk("145"));
}

TEST_F(LcsTest, Ranges) {
  Run({"MSET", "a", "ohmytext", "b", "mynewtext"});
  EXPECT_EQ(Run({"LCS", "a", "b", "IDX"}),
            Map({{Bulk("matches"), Array({Array({Range(4, 7), Range(5, 8)}), Array({Range(2, 3), Range(0, 1)})})},
                 {Bulk("len"), Integer(6)}}));
  EXPECT_EQ(Run({"LCS", "a", "b", "IDX", "MINMATCHLEN", "4"}),
            Map({{Bulk("matches"), Array({Array({Range(4, 7), Range(5, 8)})})}, {Bulk("len"), Integer(6)}}));
  UseResp3();
  EXPECT_EQ(
      Run({"LCS", "a", "b", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN"}),
      Map({{Bulk("matches"), Array({Array({Range(4, 7), Range(5, 8), Integer(4)})})}, {Bulk("len"), Integer(6)}}));
  EXPECT_EQ(Run({"LCS", "a", "b", "IDX", "MINMATCHLEN", "-5"}), Run({"LCS", "a", "b", "IDX"}));
  EXPECT_EQ(Run({"LCS", "a", "none", "IDX"}), Map({{Bulk("matches"), Array({})}, {Bulk("len"), Integer(0)}}));
}

TEST_F(LcsTest, RefusesBadOptions) {
  Run({"MSET", "a", "x", "b", "x"});
  EXPECT_EQ(Run({"LCS", "a", "b", "IDX", "LEN"}),
            Error("ERR If you want both the length and indexes, please just use IDX."));
  EXPECT_EQ(Run({"LCS", "a", "b", "MINMATCHLEN"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"LCS", "a", "b", "MINMATCHLEN", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"LCS", "a", "b", "WHAT"}), Error("ERR syntax error"));
}

TEST_F(LcsTest, MemoryIsBounded) {
  Configure("proto-max-bulk-len", "1mb");
  Run({"SET", "a", std::string(1000, 'a')});
  Run({"SET", "b", std::string(1000, 'b')});
  EXPECT_EQ(Run({"LCS", "a", "b"}),
            Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
  Run({"SET", "b", "b"});
  EXPECT_EQ(Run({"LCS", "a", "b", "LEN"}), Integer(0));
}

bool IsSubsequence(const std::string& part, const std::string& whole) {
  size_t found = 0;
  for (char c : whole) {
    if (found < part.size() && part[found] == c) ++found;
  }
  return found == part.size();
}

// Length by brute recursion over one shorter string each: independent of the table in the server.
size_t LengthByDefinition(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> length(a.size() + 1, std::vector<size_t>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      length[i][j] = a[i] == b[j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return length[0][0];
}

TEST_F(LcsTest, RandomStringsGiveACommonSubsequenceOfThatLength) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string texts[2];
    for (std::string& text : texts) {
      text.resize(random() % 40);
      for (char& c : text) c = static_cast<char>('a' + random() % 3);
    }
    Run({"MSET", "a", texts[0], "b", texts[1]});
    const size_t length = LengthByDefinition(texts[0], texts[1]);
    EXPECT_EQ(Run({"LCS", "a", "b", "LEN"}), Integer(static_cast<int64_t>(length)));
    std::string reply = Run({"LCS", "a", "b"});
    const std::string text = reply.substr(reply.find('\n') + 1, length);
    EXPECT_EQ(reply, Bulk(text));
    EXPECT_TRUE(IsSubsequence(text, texts[0]) && IsSubsequence(text, texts[1])) << texts[0] << " " << texts[1];
  }
}

}  // namespace
}  // namespace keyway::testing
