// PFADD, PFCOUNT, PFMERGE, PFDEBUG and PFSELFTEST, and values that are none of theirs.
#include <fmt/core.h>

#include <string>
#include <vector>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr std::string_view kNotHll = "WRONGTYPE Key is not a valid HyperLogLog string value.";
constexpr std::string_view kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

class HyperLogLogCommandTest : public CommandTest {
 protected:
  void AddMany(const std::string& key, int first, int count) {
    std::vector<std::string> words = {"PFADD", key};
    for (int i = 0; i < count; ++i) words.push_back(fmt::format("element:{}", first + i));
    Run(words);
  }
  std::string FormOf(const std::string& key) { return Run({"PFDEBUG", "ENCODING", key}); }
};

TEST_F(HyperLogLogCommandTest, AddAndCount) {
  EXPECT_EQ(Run({"PFADD", "h"}), Integer(1));
  EXPECT_EQ(Run({"PFADD", "h"}), Integer(0));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(0));
  EXPECT_EQ(Run({"PFADD", "h", "a", "b", "c"}), Integer(1));
  EXPECT_EQ(Run({"PFADD", "h", "a", "b", "c"}), Integer(0));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(3));
  EXPECT_EQ(Run({"PFCOUNT", "none"}), Integer(0));
  EXPECT_EQ(Run({"TYPE", "h"}), Simple("string"));
  EXPECT_EQ(EncodingOf("h"), "raw");
  EXPECT_EQ(Events(), "pfadd h; pfadd h");
}

TEST_F(HyperLogLogCommandTest, GrowsKeepingItsExpiry) {
  AddMany("h", 0, 10);
  Run({"EXPIRE", "h", "100"});
  AddMany("h", 10, 990);
  EXPECT_EQ(FormOf("h"), Simple("sparse"));
  AddMany("h", 1000, 4000);
  EXPECT_EQ(FormOf("h"), Simple("dense"));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(5005));
  EXPECT_EQ(Run({"STRLEN", "h"}), Integer(12304));
  AddMany("h", 0, 5000);
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(5005));
  EXPECT_EQ(Run({"TTL", "h"}), Integer(100));
}

TEST_F(HyperLogLogCommandTest, SparseMaxBytesIsObeyedAtOnce) {
  Configure("hll-sparse-max-bytes", "30");
  AddMany("h", 0, 2);
  EXPECT_EQ(FormOf("h"), Simple("sparse"));
  AddMany("h", 0, 10);
  EXPECT_EQ(FormOf("h"), Simple("dense"));
}

TEST_F(HyperLogLogCommandTest, TheCachedCount) {
  Run({"PFADD", "h", "a"});
  Propagated(), Modified(), Events();
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(1));
  EXPECT_EQ(Propagated(), "PFCOUNT h") << "the cache is part of the value";
  EXPECT_EQ(Modified(), "h");
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(1));
  EXPECT_EQ(Propagated(), "");
  // What the cache holds is the answer, until an element changes a register.
  Run({"SETRANGE", "h", "8", "\x05"});
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(5));
  Run({"PFADD", "h", "a"});
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(5));
  Run({"PFADD", "h", "b"});
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(2));
}

TEST_F(HyperLogLogCommandTest, UnionsOfSeveral) {
  AddMany("a", 0, 100);
  AddMany("b", 50, 100);
  AddMany("big", 0, 5000);
  Propagated();
  EXPECT_EQ(Run({"PFCOUNT", "a", "b", "none"}), Integer(150));
  EXPECT_EQ(Run({"PFCOUNT", "a", "big"}), Integer(5005));
  EXPECT_EQ(Propagated(), "");
  Events();
  EXPECT_EQ(Run({"PFMERGE", "m", "a", "b"}), Ok());
  EXPECT_EQ(Events(), "pfadd m");
  EXPECT_EQ(Run({"PFCOUNT", "m"}), Integer(150));
  EXPECT_EQ(FormOf("m"), Simple("sparse"));
  EXPECT_EQ(Run({"PFMERGE", "m", "big"}), Ok());
  EXPECT_EQ(FormOf("m"), Simple("dense"));
  EXPECT_EQ(Run({"PFCOUNT", "m"}), Integer(5005));
  EXPECT_EQ(Run({"PFMERGE", "new"}), Ok());
  EXPECT_EQ(Run({"PFCOUNT", "new"}), Integer(0));
  EXPECT_EQ(Run({"PFMERGE", "a", "none"}), Ok());
  EXPECT_EQ(Run({"PFCOUNT", "a"}), Integer(99)) << "an estimate: Redis has the same";
}

TEST_F(HyperLogLogCommandTest, ValuesThatAreNone) {
  Run({"RPUSH", "l", "x"});
  Run({"MSET", "s", "text", "i", "12"});
  for (const char* command : {"PFADD", "PFCOUNT", "PFMERGE"}) {
    EXPECT_EQ(Run({command, "l"}), Error(kWrongType)) << command;
    EXPECT_EQ(Run({command, "s"}), Error(kNotHll)) << command;
    EXPECT_EQ(Run({command, "i"}), Error(kNotHll)) << command;
  }
  EXPECT_EQ(Run({"PFCOUNT", "none", "l"}), Error(kWrongType));
  EXPECT_EQ(Run({"PFMERGE", "d", "s"}), Error(kNotHll));
  EXPECT_EQ(Run({"EXISTS", "d"}), Integer(0));
  EXPECT_EQ(Run({"PFDEBUG", "ENCODING", "s"}), Error(kNotHll));
  EXPECT_EQ(Run({"PFDEBUG", "ENCODING", "l"}), Error(kWrongType));
}

TEST_F(HyperLogLogCommandTest, CorruptValuesAreReported) {
  AddMany("h", 0, 10);
  Run({"APPEND", "h", "hello"});
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Error(kCorrupt));
  EXPECT_EQ(Run({"PFCOUNT", "h", "none"}), Error(kCorrupt));
  EXPECT_EQ(Run({"PFMERGE", "d", "h"}), Error(kCorrupt));
  EXPECT_EQ(Run({"PFDEBUG", "TODENSE", "h"}), Error(kCorrupt));
  EXPECT_EQ(Run({"PFDEBUG", "GETREG", "h"}), Error(kCorrupt));
  AddMany("dense", 0, 5000);
  Run({"APPEND", "dense", "x"});
  EXPECT_EQ(Run({"PFCOUNT", "dense"}), Error(kNotHll));
  Run({"PFADD", "magic", "a"});
  Run({"SETRANGE", "magic", "0", "0123"});
  EXPECT_EQ(Run({"PFADD", "magic", "b"}), Error(kNotHll));
  Run({"PFADD", "short", "a"});
  Run({"SET", "short", std::string("HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f", 17)});
  EXPECT_EQ(Run({"PFADD", "short", "b"}), Error(kCorrupt));
  EXPECT_EQ(Run({"PFDEBUG", "DECODE", "short"}), Error(kCorrupt));
}

TEST_F(HyperLogLogCommandTest, Debug) {
  Run({"PFADD", "h", "foo", "bar", ""});
  EXPECT_EQ(Run({"PFDEBUG", "decode", "h"}), Bulk("Z:5938 v:2,1 Z:1409 v:5,1 Z:2658 v:1,1 Z:6376"));
  Propagated();
  EXPECT_EQ(Run({"PFDEBUG", "TODENSE", "h"}), Integer(1));
  EXPECT_EQ(Propagated(), "PFDEBUG TODENSE h");
  EXPECT_EQ(Run({"PFDEBUG", "TODENSE", "h"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"PFDEBUG", "DECODE", "h"}), Error("ERR HLL encoding is not sparse"));
  EXPECT_EQ(Run({"PFCOUNT", "h"}), Integer(3));
  const std::string registers = Run({"PFDEBUG", "GETREG", "h"});
  EXPECT_EQ(registers.substr(0, 8), "*16384\r\n");
  EXPECT_EQ(registers.size(), 8u + 4 * 16384);
  EXPECT_EQ(registers.substr(8 + 4 * 5938, 4), ":2\r\n");
  EXPECT_EQ(Run({"PFDEBUG", "ENCODING", "none"}), Error("ERR The specified key does not exist"));
  EXPECT_EQ(Run({"PFDEBUG", "WHAT", "h"}), Error("ERR Unknown PFDEBUG subcommand 'WHAT'"));
}

TEST_F(HyperLogLogCommandTest, SelfTest) { EXPECT_EQ(Run({"PFSELFTEST"}), Ok()); }

}  // namespace
}  // namespace keyway::testing
