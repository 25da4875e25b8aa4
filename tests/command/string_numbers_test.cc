// INCR and its relatives.
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using NumberTest = CommandTest;

constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
constexpr std::string_view kNotFloat = "ERR value is not a valid float";
constexpr std::string_view kOverflow = "ERR increment or decrement would overflow";

TEST_F(NumberTest, CountsUpAndDown) {
  EXPECT_EQ(Run({"INCR", "k"}), Integer(1));
  EXPECT_EQ(Run({"INCRBY", "k", "41"}), Integer(42));
  EXPECT_EQ(Run({"DECR", "k"}), Integer(41));
  EXPECT_EQ(Run({"DECRBY", "k", "51"}), Integer(-10));
  EXPECT_EQ(Run({"DECRBY", "k", "-10"}), Integer(0));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("0"));
  EXPECT_EQ(Run({"DECR", "fresh"}), Integer(-1));
  EXPECT_EQ(Events(), "incrby k; incrby k; incrby k; incrby k; incrby k; incrby fresh");
  EXPECT_EQ(Propagated(), "INCR k; INCRBY k 41; DECR k; DECRBY k 51; DECRBY k -10; DECR fresh");
}

TEST_F(NumberTest, KeepsTheExpiry) {
  Run({"SET", "k", "1", "PX", "500"});
  Run({"INCR", "k"});
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(500));
  Run({"INCRBYFLOAT", "k", "0.5"});
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(500));
  clock_.AdvanceMs(501);
  EXPECT_EQ(Run({"INCR", "k"}), Integer(1));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
}

TEST_F(NumberTest, RefusesWhatIsNoInteger) {
  for (const char* value : {"x", "", " 1", "1 ", "1.0", "+1", "01", "-0", "9223372036854775808"}) {
    Run({"SET", "k", value});
    EXPECT_EQ(Run({"INCR", "k"}), Error(kNotInteger)) << value;
    EXPECT_EQ(Run({"GET", "k"}), Bulk(value));
  }
  for (const char* value : {"x", "", " 1", "1.5", "9223372036854775808"}) {
    EXPECT_EQ(Run({"INCRBY", "n", value}), Error(kNotInteger)) << value;
    EXPECT_EQ(Run({"DECRBY", "n", value}), Error(kNotInteger)) << value;
  }
  EXPECT_EQ(Run({"EXISTS", "n"}), Integer(0));
}

TEST_F(NumberTest, StopsAtTheLimits) {
  Run({"SET", "k", "9223372036854775807"});
  EXPECT_EQ(Run({"INCR", "k"}), Error(kOverflow));
  EXPECT_EQ(Run({"INCRBY", "k", "9223372036854775807"}), Error(kOverflow));
  EXPECT_EQ(Run({"DECRBY", "k", "-1"}), Error(kOverflow));
  EXPECT_EQ(Run({"DECR", "k"}), Integer(9223372036854775806));
  Run({"SET", "k", "-9223372036854775808"});
  EXPECT_EQ(Run({"DECR", "k"}), Error(kOverflow));
  EXPECT_EQ(Run({"INCRBY", "k", "-9223372036854775808"}), Error(kOverflow));
  EXPECT_EQ(Run({"DECRBY", "k", "-9223372036854775808"}), Error("ERR decrement would overflow"));
  EXPECT_EQ(Run({"INCRBY", "new", "-9223372036854775808"}), Integer(INT64_MIN));
}

TEST_F(NumberTest, Floats) {
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "1"}), Bulk("1"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "0.25"}), Bulk("1.25"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "-1.25"}), Bulk("0"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "5.0e3"}), Bulk("5000"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "2.0e2"}), Bulk("5200"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "pi", "3.14"}), Bulk("3.14"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "big", "17179869184"}), Bulk("17179869184"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "big", "1.5"}), Bulk("17179869185.5"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "hex", "0x10"}), Bulk("16"));
  EXPECT_EQ(Events(),
            "incrbyfloat k; incrbyfloat k; incrbyfloat k; incrbyfloat k; incrbyfloat k; incrbyfloat pi; "
            "incrbyfloat big; incrbyfloat big; incrbyfloat hex");
}

TEST_F(NumberTest, RefusesWhatIsNoFloat) {
  for (const char* value : {"x", "", " 1", "1 ", "1.5.5", "nan", "1e99999"}) {
    EXPECT_EQ(Run({"INCRBYFLOAT", "n", value}), Error(kNotFloat)) << value;
    Run({"SET", "k", value});
    EXPECT_EQ(Run({"INCRBYFLOAT", "k", "1"}), Error(kNotFloat)) << value;
  }
  EXPECT_EQ(Run({"EXISTS", "n"}), Integer(0));
  EXPECT_EQ(Run({"INCRBYFLOAT", "n", "inf"}), Error("ERR increment would produce NaN or Infinity"));
  EXPECT_EQ(Run({"INCRBYFLOAT", "n", "-inf"}), Error("ERR increment would produce NaN or Infinity"));
  Run({"SET", "k", "1e4932"});
  EXPECT_EQ(Run({"INCRBYFLOAT", "k", "1e4932"}), Error("ERR increment would produce NaN or Infinity"));
}

TEST_F(NumberTest, TheLongestFloatsArriveWhole) {
  const std::string reply = Run({"INCRBYFLOAT", "k", "1.1e4932"});
  EXPECT_EQ(reply.substr(0, 10), "$4933\r\n109") << reply.substr(0, 20);
  EXPECT_EQ(Run({"STRLEN", "k"}), Integer(4933));
}

}  // namespace
}  // namespace keyway::testing
