// SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP.
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr std::string_view kSyntax = "ERR syntax error";
constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
constexpr std::string_view kBadOffset = "ERR bit offset is not an integer or out of range";
constexpr std::string_view kBadBit = "ERR bit is not an integer or out of range";

class BitmapTest : public CommandTest {
 protected:
  std::string Get(std::string_view key) { return Run({"GET", std::string(key)}); }
};

TEST_F(BitmapTest, SetBitMakesAndGrowsTheString) {
  EXPECT_EQ(Run({"SETBIT", "k", "1", "1"}), Integer(0));
  EXPECT_EQ(Get("k"), Bulk("@"));
  EXPECT_EQ(EncodingOf("k"), "raw");
  EXPECT_EQ(Run({"SETBIT", "k", "1", "0"}), Integer(1));
  EXPECT_EQ(Run({"SETBIT", "k", "23", "1"}), Integer(0));
  EXPECT_EQ(Get("k"), Bulk(std::string("\0\0\1", 3)));
  EXPECT_EQ(Events(), "setbit k; setbit k; setbit k");
  EXPECT_EQ(Run({"SETBIT", "k", "2000", "1"}), Integer(0));
  EXPECT_EQ(Run({"STRLEN", "k"}), Integer(251));
}

TEST_F(BitmapTest, SetBitKeepsExpiryAndTheOtherHolderOfABigString) {
  Run({"SET", "k", std::string(1000, 'a'), "EX", "100"});
  Run({"COPY", "k", "copy"});
  EXPECT_EQ(Run({"SETBIT", "k", "6", "1"}), Integer(0));
  EXPECT_EQ(Get("copy"), Bulk(std::string(1000, 'a')));
  EXPECT_EQ(Get("k"), Bulk("c" + std::string(999, 'a')));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(100));
}

TEST_F(BitmapTest, SetBitOfAnInteger) {
  Run({"SET", "k", "1"});
  EXPECT_EQ(EncodingOf("k"), "int");
  EXPECT_EQ(Run({"SETBIT", "k", "6", "1"}), Integer(0));
  EXPECT_EQ(Get("k"), Bulk("3"));
  EXPECT_EQ(EncodingOf("k"), "raw");
}

TEST_F(BitmapTest, SetBitThatChangesNothingTellsNobody) {
  Run({"SETBIT", "k", "7", "0"});
  EXPECT_EQ(Propagated(), "SETBIT k 7 0");
  Events(), Modified();
  EXPECT_EQ(Run({"SETBIT", "k", "7", "0"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Modified(), "");
}

TEST_F(BitmapTest, BadOffsetsAndBits) {
  for (const char* offset : {"-1", "x", "", "1.0", "4294967296", "99999999999999999999", "#1"}) {
    EXPECT_EQ(Run({"SETBIT", "k", offset, "1"}), Error(kBadOffset)) << offset;
    EXPECT_EQ(Run({"GETBIT", "k", offset}), Error(kBadOffset)) << offset;
  }
  for (const char* bit : {"2", "-1", "x", "20", ""}) {
    EXPECT_EQ(Run({"SETBIT", "k", "0", bit}), Error(kBadBit)) << bit;
  }
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  Configure("proto-max-bulk-len", "1mb");
  EXPECT_EQ(Run({"SETBIT", "k", std::to_string(8 << 20), "1"}), Error(kBadOffset));
  EXPECT_EQ(Run({"SETBIT", "k", std::to_string((8 << 20) - 1), "1"}), Integer(0));
}

TEST_F(BitmapTest, GetBit) {
  Run({"SET", "k", "`"});
  EXPECT_EQ(Run({"GETBIT", "k", "0"}), Integer(0));
  EXPECT_EQ(Run({"GETBIT", "k", "1"}), Integer(1));
  EXPECT_EQ(Run({"GETBIT", "k", "2"}), Integer(1));
  EXPECT_EQ(Run({"GETBIT", "k", "8"}), Integer(0));
  EXPECT_EQ(Run({"GETBIT", "k", "4294967295"}), Integer(0));
  EXPECT_EQ(Run({"GETBIT", "none", "0"}), Integer(0));
  Run({"SET", "i", "1"});
  EXPECT_EQ(Run({"GETBIT", "i", "2"}), Integer(1));
  EXPECT_EQ(Run({"GETBIT", "i", "100"}), Integer(0));
}

TEST_F(BitmapTest, OtherTypesAreRefused) {
  Run({"RPUSH", "l", "x"});
  for (const std::vector<std::string>& words : {std::vector<std::string>{"SETBIT", "l", "0", "1"},
                                                {"GETBIT", "l", "0"},
                                                {"BITCOUNT", "l"},
                                                {"BITPOS", "l", "0"},
                                                {"BITOP", "AND", "d", "l"},
                                                {"BITOP", "OR", "d", "none", "l"}}) {
    EXPECT_EQ(Run(words), Error(kWrongType)) << words[0];
  }
  EXPECT_EQ(Run({"EXISTS", "d"}), Integer(0));
  Run({"SET", "s", "x"});
  EXPECT_EQ(Run({"BITOP", "NOT", "l", "s"}), Integer(1)) << "the destination may be of any type";
  EXPECT_EQ(Run({"TYPE", "l"}), Simple("string"));
}

TEST_F(BitmapTest, BitCount) {
  EXPECT_EQ(Run({"BITCOUNT", "none"}), Integer(0));
  EXPECT_EQ(Run({"BITCOUNT", "none", "x", "y"}), Integer(0)) << "a missing key is answered before the range is read";
  Run({"SET", "k", "foobar"});
  EXPECT_EQ(Run({"BITCOUNT", "k"}), Integer(26));
  EXPECT_EQ(Run({"BITCOUNT", "k", "0", "0"}), Integer(4));
  EXPECT_EQ(Run({"BITCOUNT", "k", "1", "1", "byte"}), Integer(6));
  EXPECT_EQ(Run({"BITCOUNT", "k", "0", "-5"}), Integer(10));
  EXPECT_EQ(Run({"BITCOUNT", "k", "5", "30", "BIT"}), Integer(17));
  EXPECT_EQ(Run({"BITCOUNT", "k", "-3", "-1", "BIT"}), Integer(1));
  EXPECT_EQ(Run({"BITCOUNT", "k", "0", "1000"}), Integer(26));
  EXPECT_EQ(Run({"BITCOUNT", "k", "-1000", "1000", "BIT"}), Integer(26));
  EXPECT_EQ(Run({"BITCOUNT", "k", "6", "1000"}), Integer(0));
  EXPECT_EQ(Run({"BITCOUNT", "k", "3", "1"}), Integer(0));
  EXPECT_EQ(Run({"BITCOUNT", "k", "-1", "-2", "nonsense"}), Integer(0));
  EXPECT_EQ(Run({"BITCOUNT", "k", "1"}), Error(kSyntax));
  EXPECT_EQ(Run({"BITCOUNT", "k", "1", "2", "WORD"}), Error(kSyntax));
  EXPECT_EQ(Run({"BITCOUNT", "k", "1", "2", "BIT", "3"}), Error(kSyntax));
  EXPECT_EQ(Run({"BITCOUNT", "k", "a", "2"}), Error(kNotInteger));
  EXPECT_EQ(Run({"BITCOUNT", "k", "1", "b"}), Error(kNotInteger));
  EXPECT_EQ(Run({"BITCOUNT", "k", "-9223372036854775808", "9223372036854775807", "BIT"}), Integer(26));
  Run({"SET", "e", ""});
  EXPECT_EQ(Run({"BITCOUNT", "e", "0", "-1"}), Integer(0));
}

TEST_F(BitmapTest, BitPos) {
  EXPECT_EQ(Run({"BITPOS", "none", "0"}), Integer(0));
  EXPECT_EQ(Run({"BITPOS", "none", "1"}), Integer(-1));
  EXPECT_EQ(Run({"BITPOS", "none", "0", "5", "7"}), Integer(0));
  Run({"SET", "k", std::string("\xff\xf0\x00", 3)});
  EXPECT_EQ(Run({"BITPOS", "k", "0"}), Integer(12));
  EXPECT_EQ(Run({"BITPOS", "k", "1", "2"}), Integer(-1));
  EXPECT_EQ(Run({"BITPOS", "k", "1", "1", "-1"}), Integer(8));
  EXPECT_EQ(Run({"BITPOS", "k", "0", "0", "0"}), Integer(-1));
  EXPECT_EQ(Run({"BITPOS", "k", "0", "7", "15", "BIT"}), Integer(12));
  EXPECT_EQ(Run({"BITPOS", "k", "1", "12", "-1", "BIT"}), Integer(-1));
  EXPECT_EQ(Run({"BITPOS", "k", "0", "-1", "-1", "bit"}), Integer(23));
  Run({"SET", "ones", "\xff\xff\xff"});
  EXPECT_EQ(Run({"BITPOS", "ones", "0"}), Integer(24));
  EXPECT_EQ(Run({"BITPOS", "ones", "0", "1"}), Integer(24));
  EXPECT_EQ(Run({"BITPOS", "ones", "0", "0", "-1"}), Integer(-1));
  EXPECT_EQ(Run({"BITPOS", "ones", "0", "5"}), Integer(-1));
  EXPECT_EQ(Run({"BITPOS", "ones", "0", "0", "-1", "BIT"}), Integer(-1));
  Run({"SET", "e", ""});
  EXPECT_EQ(Run({"BITPOS", "e", "0"}), Integer(-1));
  EXPECT_EQ(Run({"BITPOS", "k", "2"}), Error("ERR The bit argument must be 1 or 0."));
  EXPECT_EQ(Run({"BITPOS", "k", "x"}), Error(kNotInteger));
  EXPECT_EQ(Run({"BITPOS", "k", "1", "x"}), Error(kNotInteger));
  EXPECT_EQ(Run({"BITPOS", "k", "1", "0", "x"}), Error(kNotInteger));
  EXPECT_EQ(Run({"BITPOS", "k", "1", "0", "1", "WORD"}), Error(kSyntax));
  EXPECT_EQ(Run({"BITPOS", "k", "1", "0", "1", "BIT", "x"}), Error(kSyntax));
}

TEST_F(BitmapTest, BitOp) {
  Run({"MSET", "a", "abcdef", "b", "ab", "n", "12"});
  EXPECT_EQ(Run({"BITOP", "AND", "d", "a", "b"}), Integer(6));
  EXPECT_EQ(Get("d"), Bulk(std::string("ab\0\0\0\0", 6)));
  EXPECT_EQ(EncodingOf("d"), "raw");
  EXPECT_EQ(Run({"BITOP", "or", "d", "a", "b"}), Integer(6));
  EXPECT_EQ(Get("d"), Bulk("abcdef"));
  EXPECT_EQ(Run({"BITOP", "XOR", "d", "a", "b", "none"}), Integer(6));
  EXPECT_EQ(Get("d"), Bulk(std::string("\0\0cdef", 6)));
  EXPECT_EQ(Run({"BITOP", "NOT", "d", "b"}), Integer(2));
  EXPECT_EQ(Get("d"), Bulk("\x9e\x9d"));
  EXPECT_EQ(Run({"BITOP", "OR", "d", "n", "n"}), Integer(2));
  EXPECT_EQ(Get("d"), Bulk("12"));
  EXPECT_EQ(Run({"BITOP", "XOR", "a", "a", "a"}), Integer(6));
  EXPECT_EQ(Get("a"), Bulk(std::string(6, '\0')));
  EXPECT_EQ(Run({"BITOP", "NAND", "d", "a"}), Error(kSyntax));
  EXPECT_EQ(Run({"BITOP", "NOT", "d", "a", "b"}), Error("ERR BITOP NOT must be called with a single source key."));
}

TEST_F(BitmapTest, BitOpOfNothingDeletesTheDestination) {
  Run({"SET", "d", "x", "EX", "10"});
  Run({"SET", "e", ""});
  Events();
  EXPECT_EQ(Run({"BITOP", "AND", "d", "none", "e"}), Integer(0));
  EXPECT_EQ(Events(), "del d");
  EXPECT_EQ(Run({"EXISTS", "d"}), Integer(0));
  EXPECT_EQ(Run({"BITOP", "AND", "d", "none"}), Integer(0));
  EXPECT_EQ(Events(), "");
  Run({"SET", "d", "x", "EX", "10"});
  Run({"SET", "s", "y"});
  Run({"BITOP", "OR", "d", "s"});
  EXPECT_EQ(Run({"TTL", "d"}), Integer(-1)) << "a result is a new value";
  EXPECT_EQ(Events(), "set d; expire d; set s; set d");
}

}  // namespace
}  // namespace keyway::testing
