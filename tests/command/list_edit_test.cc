// LSET, LINSERT, LREM, LTRIM, LPOS.
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ListEditTest : public CommandTest {
 protected:
  std::string Elements(const std::string& key = "l") { return Run({"LRANGE", key, "0", "-1"}); }
  void Fill(std::vector<std::string> elements) {
    Run({"DEL", "l"});
    std::vector<std::string> words{"RPUSH", "l"};
    words.insert(words.end(), elements.begin(), elements.end());
    Run(words);
    Propagated(), Events(), Modified();
  }
};

TEST_F(ListEditTest, SetsAnElement) {
  EXPECT_EQ(Run({"LSET", "l", "x", "v"}), Error("ERR no such key"));
  Fill({"a", "b", "c"});
  EXPECT_EQ(Run({"LSET", "l", "1", "2"}), Ok());
  EXPECT_EQ(Run({"LSET", "l", "-1", "z"}), Ok());
  EXPECT_EQ(Events(), "lset l; lset l");
  EXPECT_EQ(Propagated(), "LSET l 1 2; LSET l -1 z");
  EXPECT_EQ(Elements(), Bulks({"a", "2", "z"}));
  EXPECT_EQ(Run({"LSET", "l", "3", "v"}), Error("ERR index out of range"));
  EXPECT_EQ(Run({"LSET", "l", "-4", "v"}), Error("ERR index out of range"));
  EXPECT_EQ(Run({"LSET", "l", "x", "v"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Propagated(), "");
}

TEST_F(ListEditTest, InsertsBesideAnElement) {
  EXPECT_EQ(Run({"LINSERT", "l", "BESIDE", "a", "b"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"LINSERT", "l", "BEFORE", "a", "b"}), Integer(0));
  Fill({"a", "10", "a"});
  EXPECT_EQ(Run({"LINSERT", "l", "before", "a", "x"}), Integer(4));
  EXPECT_EQ(Run({"LINSERT", "l", "After", "10", "11"}), Integer(5));
  EXPECT_EQ(Events(), "linsert l; linsert l");
  EXPECT_EQ(Elements(), Bulks({"x", "a", "10", "11", "a"}));
  EXPECT_EQ(Run({"LINSERT", "l", "AFTER", "none", "b"}), Integer(-1));
  EXPECT_EQ(Propagated(), "LINSERT l before a x; LINSERT l After 10 11");
  EXPECT_EQ(Events(), "");
}

TEST_F(ListEditTest, RemovesEqualElements) {
  EXPECT_EQ(Run({"LREM", "l", "0", "a"}), Integer(0));
  Fill({"a", "b", "a", "c", "a", "a"});
  EXPECT_EQ(Run({"LREM", "l", "1", "a"}), Integer(1));
  EXPECT_EQ(Elements(), Bulks({"b", "a", "c", "a", "a"}));
  EXPECT_EQ(Run({"LREM", "l", "-2", "a"}), Integer(2));
  EXPECT_EQ(Elements(), Bulks({"b", "a", "c"}));
  EXPECT_EQ(Run({"LREM", "l", "0", "none"}), Integer(0));
  EXPECT_EQ(Events(), "lrem l; lrem l");
  EXPECT_EQ(Propagated(), "LREM l 1 a; LREM l -2 a");
  Fill({"7", "7"});
  EXPECT_EQ(Run({"LREM", "l", "-9223372036854775808", "7"}), Integer(2));
  EXPECT_EQ(Events(), "lrem l; del l");
  EXPECT_EQ(Find("l"), nullptr);
  EXPECT_EQ(Run({"LREM", "l", "x", "7"}), Error("ERR value is not an integer or out of range"));
}

TEST_F(ListEditTest, Trims) {
  EXPECT_EQ(Run({"LTRIM", "l", "0", "1"}), Ok());
  const auto trimmed = [&](const std::string& start, const std::string& stop) {
    Fill({"0", "1", "2", "3", "4"});
    EXPECT_EQ(Run({"LTRIM", "l", start, stop}), Ok());
    return Elements();
  };
  EXPECT_EQ(trimmed("1", "3"), Bulks({"1", "2", "3"}));
  EXPECT_EQ(Events(), "ltrim l");
  EXPECT_EQ(Propagated(), "LTRIM l 1 3");
  EXPECT_EQ(trimmed("-2", "-1"), Bulks({"3", "4"}));
  EXPECT_EQ(trimmed("0", "0"), Bulks({"0"}));
  EXPECT_EQ(trimmed("-100", "-4"), Bulks({"0", "1"}));
  EXPECT_EQ(trimmed("3", "1"), "*0\r\n");
  EXPECT_EQ(Events(), "ltrim l; del l");
  EXPECT_EQ(trimmed("9223372036854775807", "-9223372036854775808"), "*0\r\n");
  // Nothing is cut off: told all the same, but nothing to propagate.
  EXPECT_EQ(trimmed("0", "-1"), Bulks({"0", "1", "2", "3", "4"}));
  EXPECT_EQ(Events(), "ltrim l");
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"LTRIM", "l", "a", "1"}), Error("ERR value is not an integer or out of range"));
}

TEST_F(ListEditTest, FindsPositions) {
  EXPECT_EQ(Run({"LPOS", "l", "a"}), Null());
  EXPECT_EQ(Run({"LPOS", "l", "a", "COUNT", "1"}), "*0\r\n");
  Fill({"a", "b", "c", "1", "2", "3", "c", "c"});
  EXPECT_EQ(Run({"LPOS", "l", "c"}), Integer(2));
  EXPECT_EQ(Run({"LPOS", "l", "2"}), Integer(4));
  EXPECT_EQ(Run({"LPOS", "l", "none"}), Null());
  EXPECT_EQ(Run({"LPOS", "l", "c", "RANK", "2"}), Integer(6));
  EXPECT_EQ(Run({"LPOS", "l", "c", "rank", "-1"}), Integer(7));
  EXPECT_EQ(Run({"LPOS", "l", "c", "RANK", "4"}), Null());
  const auto positions = [](std::initializer_list<int64_t> all) {
    std::string reply = "*" + std::to_string(all.size()) + "\r\n";
    for (int64_t position : all) reply += Integer(position);
    return reply;
  };
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT", "0"}), positions({2, 6, 7}));
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT", "2"}), positions({2, 6}));
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT", "9", "RANK", "2"}), positions({6, 7}));
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT", "2", "RANK", "-1"}), positions({7, 6}));
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT", "0", "MAXLEN", "3"}), positions({2}));
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT", "0", "MAXLEN", "2"}), positions({}));
  EXPECT_EQ(Run({"LPOS", "l", "c", "MAXLEN", "3", "RANK", "-3"}), Null());
  EXPECT_EQ(Run({"LPOS", "l", "c", "MAXLEN", "9223372036854775807", "COUNT", "9223372036854775807"}),
            positions({2, 6, 7}));
}

TEST_F(ListEditTest, RefusesBadPositionOptions) {
  EXPECT_EQ(
      Run({"LPOS", "l", "c", "RANK", "0"}),
      Error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to "
            "start from the end of the list"));
  EXPECT_EQ(Run({"LPOS", "l", "c", "RANK", "-9223372036854775808"}),
            Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"));
  EXPECT_EQ(Run({"LPOS", "l", "c", "RANK", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT", "-1"}), Error("ERR COUNT can't be negative"));
  EXPECT_EQ(Run({"LPOS", "l", "c", "MAXLEN", "-1"}), Error("ERR MAXLEN can't be negative"));
  EXPECT_EQ(Run({"LPOS", "l", "c", "MAXLEN", "x"}), Error("ERR MAXLEN can't be negative"));
  EXPECT_EQ(Run({"LPOS", "l", "c", "COUNT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"LPOS", "l", "c", "WHAT", "1"}), Error("ERR syntax error"));
}

}  // namespace
}  // namespace keyway::testing
