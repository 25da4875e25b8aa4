// BITFIELD and BITFIELD_RO.
#include <string>
#include <vector>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr std::string_view kSyntax = "ERR syntax error";
constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
constexpr std::string_view kBadOffset = "ERR bit offset is not an integer or out of range";
constexpr std::string_view kBadType =
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";

class BitfieldTest : public CommandTest {
 protected:
  std::string Field(std::vector<std::string> words) {
    words.insert(words.begin(), {"BITFIELD", "k"});
    return Run(words);
  }
};

TEST_F(BitfieldTest, SetAndGet) {
  EXPECT_EQ(Field({"SET", "u8", "0", "255", "GET", "u8", "0", "get", "i8", "0"}),
            Array({Integer(0), Integer(255), Integer(-1)}));
  EXPECT_EQ(Field({"SET", "i4", "#3", "-3", "GET", "u4", "12"}), Array({Integer(0), Integer(13)}));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("\xff\x0d"));
  EXPECT_EQ(Field({"SET", "i64", "0", "-9223372036854775808", "GET", "i64", "0", "GET", "u63", "1"}),
            Array({Integer(static_cast<int64_t>(0xff0d000000000000)), Integer(INT64_MIN), Integer(0)}));
  EXPECT_EQ(Field({"GET", "u8", "4294967200"}), Array({Integer(0)}));
  EXPECT_EQ(Run({"STRLEN", "k"}), Integer(8)) << "reading behind the end makes nothing longer";
  EXPECT_EQ(Field({}), "*0\r\n");
}

TEST_F(BitfieldTest, IncrByAndItsOverflows) {
  EXPECT_EQ(Field({"INCRBY", "u2", "100", "1", "OVERFLOW", "SAT", "INCRBY", "u2", "102", "1"}),
            Array({Integer(1), Integer(1)}));
  for (int i = 0; i < 3; ++i) Field({"INCRBY", "u2", "100", "1", "OVERFLOW", "SAT", "INCRBY", "u2", "102", "1"});
  EXPECT_EQ(Field({"GET", "u2", "100", "GET", "u2", "102"}), Array({Integer(0), Integer(3)}));
  EXPECT_EQ(Field({"OVERFLOW", "FAIL", "INCRBY", "u2", "102", "1"}), Array({Null()}));
  EXPECT_EQ(Field({"OVERFLOW", "fail", "SET", "u2", "102", "4", "overflow", "wrap", "SET", "u2", "102", "5"}),
            Array({Null(), Integer(3)}));
  EXPECT_EQ(Field({"GET", "u2", "102"}), Array({Integer(1)}));
  UseResp3();
  EXPECT_EQ(Field({"OVERFLOW", "FAIL", "INCRBY", "u2", "102", "9"}), Array({"_\r\n"}));
}

TEST_F(BitfieldTest, TellsAndCountsChanges) {
  Field({"SET", "u8", "0", "1", "SET", "u8", "8", "2"});
  EXPECT_EQ(Events(), "setbit k");
  EXPECT_EQ(Propagated(), "BITFIELD k SET u8 0 1 SET u8 8 2");
  Modified();
  int64_t dirty = keyspace_.dirty();
  Field({"SET", "u8", "0", "1", "INCRBY", "u8", "8", "0", "GET", "u8", "0"});
  EXPECT_EQ(Events() + Propagated() + Modified(), "");
  EXPECT_EQ(keyspace_.dirty(), dirty);
  Field({"SET", "u8", "0", "5", "INCRBY", "u8", "8", "1"});
  EXPECT_EQ(keyspace_.dirty(), dirty + 2);
  Events(), Propagated();
  Field({"SET", "u8", "16", "0"});
  EXPECT_EQ(Events(), "setbit k") << "the string grew, if only by zeros";
  EXPECT_EQ(Propagated(), "BITFIELD k SET u8 16 0");
}

TEST_F(BitfieldTest, AStringThatOnlyGrewReachesReplicas) {
  EXPECT_EQ(Field({"OVERFLOW", "FAIL", "INCRBY", "u8", "0", "256"}), Array({Null()}));
  EXPECT_EQ(Run({"GET", "k"}), Bulk(std::string(1, '\0')));
  EXPECT_EQ(Propagated(), "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256");
  EXPECT_EQ(Events(), "");
}

TEST_F(BitfieldTest, MistakesChangeNothing) {
  const auto fails = [&](std::vector<std::string> words, std::string_view error) {
    std::vector<std::string> request = {"SET", "u8", "0", "1"};
    request.insert(request.end(), words.begin(), words.end());
    EXPECT_EQ(Field(request), Error(error)) << words[0];
  };
  fails({"GET"}, kSyntax);
  fails({"GET", "u8"}, kSyntax);
  fails({"SET", "u8", "0"}, kSyntax);
  fails({"INCRBY", "u8", "0"}, kSyntax);
  fails({"OVERFLOW"}, kSyntax);
  fails({"NONSENSE", "u8", "0"}, kSyntax);
  fails({"OVERFLOW", "NONE"}, "ERR Invalid OVERFLOW type specified");
  for (const char* type :
       {"", "u", "i", "8", "u0", "u64", "i65", "i0", "u-1", "x8", "u8x", "U8", "i99999999999999999999"}) {
    fails({"GET", type, "0"}, kBadType);
  }
  for (const char* offset : {"-1", "x", "", "#", "#-1", "##1", "4294967296", "#536870912", "#9223372036854775807"}) {
    fails({"GET", "u8", offset}, kBadOffset);
  }
  fails({"SET", "u8", "0", "x"}, kNotInteger);
  fails({"INCRBY", "u8", "0", "9223372036854775808"}, kNotInteger);
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
}

TEST_F(BitfieldTest, OtherTypes) {
  Run({"RPUSH", "k", "x"});
  EXPECT_EQ(Field({"GET", "u8", "0"}), Error(kWrongType));
  EXPECT_EQ(Field({"SET", "u8", "0", "1"}), Error(kWrongType));
  EXPECT_EQ(Run({"BITFIELD_RO", "k", "GET", "u8", "0"}), Error(kWrongType));
}

TEST_F(BitfieldTest, ReadOnly) {
  Run({"SET", "k", "12"});
  EXPECT_EQ(Run({"BITFIELD_RO", "k", "GET", "u8", "0", "GET", "u8", "#1"}), Array({Integer('1'), Integer('2')}));
  EXPECT_EQ(EncodingOf("k"), "int");
  EXPECT_EQ(Run({"BITFIELD_RO", "none", "GET", "u8", "0"}), Array({Integer(0)}));
  constexpr std::string_view kOnlyGet = "ERR BITFIELD_RO only supports the GET subcommand";
  EXPECT_EQ(Run({"BITFIELD_RO", "k", "SET", "u8", "0", "1"}), Error(kOnlyGet));
  EXPECT_EQ(Run({"BITFIELD_RO", "k", "GET", "u8", "0", "INCRBY", "u8", "0", "1"}), Error(kOnlyGet));
  EXPECT_EQ(Run({"BITFIELD_RO", "k", "SET", "u8", "0"}), Error(kSyntax));
}

}  // namespace
}  // namespace keyway::testing
