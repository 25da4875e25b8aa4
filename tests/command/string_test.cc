// SET and GET in all their forms, ranges, and several keys at once.
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr std::string_view kSyntax = "ERR syntax error";
constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
constexpr std::string_view kTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

// A value that is no string; collections come with later commands.
class NoString final : public data::Object {
 public:
  NoString() : Object(data::ValueType::kList) {}
  data::Encoding encoding() const override { return data::Encoding::kListpack; }
  size_t size() const override { return 1; }
  size_t MemoryBytes(size_t) const override { return 100; }
  std::unique_ptr<Object> Clone() const override { return std::make_unique<NoString>(); }
  size_t FreeEffort() const override { return 1; }
};

class StringTest : public CommandTest {
 protected:
  void AddList(std::string_view key) {
    keyspace_.db(0).Set(keyspace::HashedKey(key), data::Value::FromObject(std::make_unique<NoString>()));
    Events(), Modified();
  }
  int64_t now_ms() const { return clock_.WallMs(); }
  std::string Now(int64_t plus_ms) const { return std::to_string(now_ms() + plus_ms); }
};

TEST_F(StringTest, SetAndGet) {
  EXPECT_EQ(Run({"GET", "k"}), Null());
  EXPECT_EQ(Run({"SET", "k", "v"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  EXPECT_EQ(Run({"set", "k", ""}), Ok());
  EXPECT_EQ(Run({"get", "k"}), Bulk(""));
  const std::string binary("a\0b\r\n", 5);
  EXPECT_EQ(Run({"SET", binary, binary}), Ok());
  EXPECT_EQ(Run({"GET", binary}), Bulk(binary));
  UseResp3();
  EXPECT_EQ(Run({"GET", "missing"}), "_\r\n");
}

TEST_F(StringTest, BigValuesArriveWhole) {
  for (size_t size : {1024, 1025, 64 * 1024 - 1, 64 * 1024, 200'000}) {
    const std::string value(size, 'x');
    EXPECT_EQ(Run({"SET", "k", value}), Ok());
    EXPECT_EQ(Run({"GET", "k"}), Bulk(value)) << size;
  }
}

TEST_F(StringTest, ABigReplyKeepsItsBytesWhileTheKeyChanges) {
  const std::string value(100'000, 'x');
  Run({"SET", "k", value});
  command::Client& slow = clients_.Add(2, "127.0.0.1:2");
  std::vector<std::string_view> words = {"GET", "k"};
  dispatcher_.RunWords(slow, words);
  EXPECT_EQ(Run({"SETRANGE", "k", "0", "y"}), Integer(100'000));
  EXPECT_EQ(Run({"DEL", "k"}), Integer(1));
  EXPECT_EQ(RunAs(slow, {"PING"}), Bulk(value) + Simple("PONG"));
}

TEST_F(StringTest, GetOfAnotherTypeFails) {
  AddList("l");
  for (const char* name : {"GET", "GETDEL", "GETEX", "STRLEN"}) EXPECT_EQ(Run({name, "l"}), Error(kWrongType)) << name;
  EXPECT_EQ(Run({"GETSET", "l", "v"}), Error(kWrongType));
  EXPECT_EQ(Run({"APPEND", "l", "v"}), Error(kWrongType));
  EXPECT_EQ(Run({"SETRANGE", "l", "1", "v"}), Error(kWrongType));
  EXPECT_EQ(Run({"SETRANGE", "l", "1", ""}), Error(kWrongType));
  EXPECT_EQ(Run({"GETRANGE", "l", "0", "1"}), Error(kWrongType));
  EXPECT_EQ(Run({"SET", "l", "v", "GET"}), Error(kWrongType));
  EXPECT_EQ(Run({"INCR", "l"}), Error(kWrongType));
  EXPECT_EQ(Run({"INCRBYFLOAT", "l", "1"}), Error(kWrongType));
  EXPECT_EQ(Run({"MGET", "l"}), Array({Null()}));
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"TYPE", "l"}), Simple("list"));
  EXPECT_EQ(Run({"SET", "l", "v"}), Ok());
  EXPECT_EQ(Run({"TYPE", "l"}), Simple("string"));
}

TEST_F(StringTest, SetConditions) {
  EXPECT_EQ(Run({"SET", "k", "1", "XX"}), Null());
  EXPECT_EQ(Run({"GET", "k"}), Null());
  EXPECT_EQ(Run({"SET", "k", "1", "nx"}), Ok());
  EXPECT_EQ(Run({"SET", "k", "2", "NX", "NX"}), Null());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("1"));
  EXPECT_EQ(Run({"SET", "k", "2", "XX"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("2"));
}

TEST_F(StringTest, SetWithGet) {
  EXPECT_EQ(Run({"SET", "k", "1", "GET"}), Null());
  EXPECT_EQ(Run({"SET", "k", "2", "GET"}), Bulk("1"));
  EXPECT_EQ(Run({"SET", "k", "3", "GET", "NX"}), Bulk("2"));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("2"));
  EXPECT_EQ(Run({"SET", "n", "3", "NX", "GET"}), Null());
  EXPECT_EQ(Run({"GET", "n"}), Bulk("3"));
  EXPECT_EQ(Run({"SET", "m", "3", "XX", "GET"}), Null());
  EXPECT_EQ(Run({"EXISTS", "m"}), Integer(0));
}

TEST_F(StringTest, SetRefusesOptionsThatDoNotFit) {
  const std::vector<std::vector<std::string>> kBad = {{"NX", "XX"},
                                                      {"XX", "NX"},
                                                      {"EX"},
                                                      {"EX", "1", "PX", "1"},
                                                      {"EX", "1", "KEEPTTL"},
                                                      {"KEEPTTL", "EX", "1"},
                                                      {"EXAT", "1", "PXAT", "1"},
                                                      {"PERSIST"},
                                                      {"PXAT"},
                                                      {"SOMETHING"},
                                                      {""},
                                                      {"EX", "10", "5"}};
  for (const auto& options : kBad) {
    std::vector<std::string> words = {"SET", "k", "v"};
    words.insert(words.end(), options.begin(), options.end());
    EXPECT_EQ(Run(words), Error(kSyntax)) << options[0];
  }
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  EXPECT_EQ(Run({"SET", "k", "v", "EX", "10", "EX", "20"}), Ok());
  EXPECT_EQ(Run({"TTL", "k"}), Integer(20));
}

TEST_F(StringTest, SetRefusesBadTimes) {
  for (const char* option : {"EX", "PX", "EXAT", "PXAT"}) {
    EXPECT_EQ(Run({"SET", "k", "v", option, "x"}), Error(kNotInteger));
    EXPECT_EQ(Run({"SET", "k", "v", option, "9223372036854775808"}), Error(kNotInteger));
    EXPECT_EQ(Run({"SET", "k", "v", option, "0"}), Error("ERR invalid expire time in 'set' command"));
    EXPECT_EQ(Run({"SET", "k", "v", option, "-1"}), Error("ERR invalid expire time in 'set' command"));
  }
  EXPECT_EQ(Run({"SET", "k", "v", "EX", "9223372036854775"}), Error("ERR invalid expire time in 'set' command"));
  EXPECT_EQ(Run({"SET", "k", "v", "EXAT", "9223372036854776"}), Error("ERR invalid expire time in 'set' command"));
  EXPECT_EQ(Run({"SET", "k", "v", "PX", "9223372036854775807"}), Error("ERR invalid expire time in 'set' command"));
  EXPECT_EQ(Run({"SETEX", "k", "0", "v"}), Error("ERR invalid expire time in 'setex' command"));
  EXPECT_EQ(Run({"PSETEX", "k", "-5", "v"}), Error("ERR invalid expire time in 'psetex' command"));
  EXPECT_EQ(Run({"SETEX", "k", "v", "v"}), Error(kNotInteger));
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  EXPECT_EQ(Run({"SET", "k", "v", "PXAT", "9223372036854775807"}), Ok());
  EXPECT_EQ(Run({"PEXPIRETIME", "k"}), Integer(9223372036854775807));
}

TEST_F(StringTest, SetSetsTheExpiry) {
  EXPECT_EQ(Run({"SET", "k", "v", "EX", "10"}), Ok());
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(10'000));
  EXPECT_EQ(Run({"SET", "k", "v", "PX", "1500"}), Ok());
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(1'500));
  EXPECT_EQ(Run({"SET", "k", "v", "EXAT", std::to_string(now_ms() / 1000 + 7)}), Ok());
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(7'000));
  EXPECT_EQ(Run({"SET", "k", "v", "PXAT", Now(2'345)}), Ok());
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(2'345));
  EXPECT_EQ(Run({"SET", "k", "w", "KEEPTTL"}), Ok());
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(2'345));
  EXPECT_EQ(Run({"SET", "k", "v"}), Ok());
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
  EXPECT_EQ(Run({"SETEX", "k", "3", "v"}), Ok());
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(3'000));
  EXPECT_EQ(Run({"PSETEX", "k", "33", "v"}), Ok());
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(33));
  clock_.AdvanceMs(33);
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  clock_.AdvanceMs(1);
  EXPECT_EQ(Run({"GET", "k"}), Null());
}

TEST_F(StringTest, SetInThePastLeavesNothingToRead) {
  EXPECT_EQ(Run({"SET", "k", "v", "PXAT", "1"}), Ok());
  EXPECT_EQ(Propagated(), "SET k v PXAT 1");
  EXPECT_EQ(Run({"GET", "k"}), Null());
  EXPECT_EQ(Propagated(), "DEL k");
}

TEST_F(StringTest, SetEvents) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(AllEvents(), "new k; set k");
  Run({"SET", "k", "v", "EX", "10"});
  EXPECT_EQ(AllEvents(), "set k; expire k");
  Modified();
  Run({"SET", "k", "v", "NX"});
  EXPECT_EQ(AllEvents(), "");
  EXPECT_EQ(Modified(), "");
  EXPECT_EQ(Propagated(), "SET k v; SET k v PXAT " + Now(10'000));
}

TEST_F(StringTest, SetNx) {
  EXPECT_EQ(Run({"SETNX", "k", "1"}), Integer(1));
  EXPECT_EQ(Run({"SETNX", "k", "2"}), Integer(0));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("1"));
  Run({"PEXPIRE", "k", "5"});
  clock_.AdvanceMs(6);
  Propagated();
  EXPECT_EQ(Run({"SETNX", "k", "3"}), Integer(1));
  EXPECT_EQ(Propagated(), "MULTI; DEL k; SETNX k 3; EXEC");
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
}

TEST_F(StringTest, GetSetAndGetDel) {
  EXPECT_EQ(Run({"GETSET", "k", "1"}), Null());
  EXPECT_EQ(Run({"GETSET", "k", "2"}), Bulk("1"));
  Run({"EXPIRE", "k", "10"});
  EXPECT_EQ(Run({"GETSET", "k", "3"}), Bulk("2"));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
  Events();
  EXPECT_EQ(Run({"GETDEL", "k"}), Bulk("3"));
  EXPECT_EQ(Events(), "del k");
  EXPECT_EQ(Run({"GETDEL", "k"}), Null());
  EXPECT_EQ(Events(), "");
}

TEST_F(StringTest, GetEx) {
  EXPECT_EQ(Run({"GETEX", "k"}), Null());
  EXPECT_EQ(Run({"GETEX", "k", "EX", "bad"}), Null());
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"GETEX", "k"}), Bulk("v"));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
  EXPECT_EQ(Run({"GETEX", "k", "EX", "10"}), Bulk("v"));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(10'000));
  EXPECT_EQ(Run({"GETEX", "k", "PX", "20"}), Bulk("v"));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(20));
  EXPECT_EQ(Run({"GETEX", "k", "PXAT", Now(99)}), Bulk("v"));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(99));
  EXPECT_EQ(Run({"GETEX", "k", "PERSIST"}), Bulk("v"));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
  Propagated(), Events();
  EXPECT_EQ(Run({"GETEX", "k", "PERSIST"}), Bulk("v"));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Run({"GETEX", "k", "EXAT", "1"}), Bulk("v"));
  EXPECT_EQ(Propagated(), "DEL k");
  EXPECT_EQ(Events(), "del k");
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
}

TEST_F(StringTest, GetExRefusesBadOptions) {
  Run({"SET", "k", "v"});
  for (const char* word : {"NX", "GET", "KEEPTTL", "EX", "x"})
    EXPECT_EQ(Run({"GETEX", "k", word}), Error(kSyntax)) << word;
  EXPECT_EQ(Run({"GETEX", "k", "PERSIST", "EX", "1"}), Error(kSyntax));
  EXPECT_EQ(Run({"GETEX", "k", "EX", "1", "PERSIST"}), Error(kSyntax));
  EXPECT_EQ(Run({"GETEX", "k", "EX", "0"}), Error("ERR invalid expire time in 'getex' command"));
  EXPECT_EQ(Run({"GETEX", "k", "EX", "x"}), Error(kNotInteger));
}

TEST_F(StringTest, LazyExpiryIsPropagatedAsUnlink) {
  Configure("lazyfree-lazy-expire", "yes");
  Run({"SET", "k", "v"});
  Propagated();
  Run({"GETEX", "k", "PXAT", "1"});
  EXPECT_EQ(Propagated(), "UNLINK k");
}

TEST_F(StringTest, Encodings) {
  struct Row {
    std::string value, encoding;
  };
  const Row kRows[] = {{"1", "int"},
                       {"-1", "int"},
                       {"9223372036854775807", "int"},
                       {"-9223372036854775808", "int"},
                       {"9223372036854775808", "embstr"},
                       {"01", "embstr"},
                       {"+1", "embstr"},
                       {" 1", "embstr"},
                       {"1.5", "embstr"},
                       {"", "embstr"},
                       {std::string(44, 'x'), "embstr"},
                       {std::string(45, 'x'), "raw"}};
  for (const Row& row : kRows) {
    Run({"SET", "k", row.value});
    EXPECT_EQ(EncodingOf("k"), row.encoding) << row.value;
    EXPECT_EQ(Run({"GET", "k"}), Bulk(row.value));
  }
  Run({"SET", "k", "12"});
  Run({"APPEND", "k", "3"});
  EXPECT_EQ(EncodingOf("k"), "raw");
  Run({"SET", "k", "1"});
  Run({"SETRANGE", "k", "0", "2"});
  EXPECT_EQ(EncodingOf("k"), "raw");
  Run({"INCR", "k"});
  EXPECT_EQ(EncodingOf("k"), "int");
  Run({"APPEND", "new", "5"});
  EXPECT_EQ(EncodingOf("new"), "int");
  Run({"SETRANGE", "sr", "0", "5"});
  EXPECT_EQ(EncodingOf("sr"), "raw");
  Run({"INCRBYFLOAT", "f", "3"});
  EXPECT_EQ(EncodingOf("f"), "embstr");
}

TEST_F(StringTest, AppendAndStrLen) {
  EXPECT_EQ(Run({"STRLEN", "k"}), Integer(0));
  EXPECT_EQ(Run({"APPEND", "k", "foo"}), Integer(3));
  EXPECT_EQ(Run({"APPEND", "k", ""}), Integer(3));
  EXPECT_EQ(Run({"APPEND", "k", "bar"}), Integer(6));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("foobar"));
  EXPECT_EQ(Run({"STRLEN", "k"}), Integer(6));
  Run({"SET", "n", "-1234"});
  EXPECT_EQ(Run({"STRLEN", "n"}), Integer(5));
  EXPECT_EQ(Run({"APPEND", "n", "5"}), Integer(6));
  EXPECT_EQ(Run({"GET", "n"}), Bulk("-12345"));
  Run({"EXPIRE", "n", "10"});
  Run({"APPEND", "n", "x"});
  EXPECT_EQ(Run({"TTL", "n"}), Integer(10));
}

TEST_F(StringTest, StringsStopAtProtoMaxBulkLen) {
  Configure("proto-max-bulk-len", "1mb");
  Run({"SET", "k", "x"});
  EXPECT_EQ(Run({"APPEND", "k", std::string((1 << 20) - 1, 'y')}), Integer(1 << 20));
  EXPECT_EQ(Run({"APPEND", "k", "z"}), Error(kTooLong));
  EXPECT_EQ(Run({"SETRANGE", "k", "1048576", "z"}), Error(kTooLong));
  EXPECT_EQ(Run({"SETRANGE", "k", "1048575", "z"}), Integer(1 << 20));
  EXPECT_EQ(Run({"SETRANGE", "n", "9223372036854775807", "z"}), Error(kTooLong));
  EXPECT_EQ(Run({"SETRANGE", "n", "1048576", "z"}), Error(kTooLong));
  EXPECT_EQ(Run({"EXISTS", "n"}), Integer(0));
  EXPECT_EQ(Run({"SETRANGE", "n", "9223372036854775807", ""}), Integer(0));
  client_.flags |= command::kClientPrimaryLink;
  EXPECT_EQ(Run({"APPEND", "k", "z"}), Integer((1 << 20) + 1));
}

TEST_F(StringTest, SetRange) {
  EXPECT_EQ(Run({"SETRANGE", "k", "3", "x"}), Integer(4));
  EXPECT_EQ(Run({"GET", "k"}), Bulk(std::string_view("\0\0\0x", 4)));
  Run({"SET", "k", "Hello World"});
  EXPECT_EQ(Run({"SETRANGE", "k", "6", "Redis"}), Integer(11));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("Hello Redis"));
  EXPECT_EQ(Run({"SETRANGE", "k", "0", ""}), Integer(11));
  EXPECT_EQ(Run({"SETRANGE", "k", "-1", "x"}), Error("ERR offset is out of range"));
  EXPECT_EQ(Run({"SETRANGE", "k", "-1", ""}), Error("ERR offset is out of range"));
  EXPECT_EQ(Run({"SETRANGE", "k", "x", "x"}), Error(kNotInteger));
  EXPECT_EQ(Run({"SETRANGE", "none", "5", ""}), Integer(0));
  EXPECT_EQ(Run({"EXISTS", "none"}), Integer(0));
  Run({"SET", "n", "1234"});
  EXPECT_EQ(Run({"SETRANGE", "n", "1", "9"}), Integer(4));
  EXPECT_EQ(Run({"GET", "n"}), Bulk("1934"));
}

TEST_F(StringTest, GetRange) {
  Run({"SET", "k", "Hello World"});
  struct Row {
    std::string first, last, expected;
  };
  const Row kRows[] = {{"0", "4", "Hello"},
                       {"0", "-1", "Hello World"},
                       {"-5", "-1", "World"},
                       {"-100", "3", "Hell"},
                       {"4", "100", "o World"},
                       {"5", "4", ""},
                       {"11", "20", ""},
                       {"-1", "-5", ""},
                       {"-20", "-15", "H"},
                       {"0", "-20", "H"},
                       {"-9223372036854775808", "9223372036854775807", "Hello World"}};
  for (const Row& row : kRows) {
    EXPECT_EQ(Run({"GETRANGE", "k", row.first, row.last}), Bulk(row.expected)) << row.first << " " << row.last;
    EXPECT_EQ(Run({"SUBSTR", "k", row.first, row.last}), Bulk(row.expected));
  }
  EXPECT_EQ(Run({"GETRANGE", "missing", "0", "-1"}), Bulk(""));
  EXPECT_EQ(Run({"GETRANGE", "k", "x", "1"}), Error(kNotInteger));
  EXPECT_EQ(Run({"GETRANGE", "k", "0", "1.5"}), Error(kNotInteger));
  Run({"SET", "n", "12345"});
  EXPECT_EQ(Run({"GETRANGE", "n", "1", "2"}), Bulk("23"));
  Run({"SET", "e", ""});
  EXPECT_EQ(Run({"GETRANGE", "e", "0", "-1"}), Bulk(""));
  const std::string big = std::string(70'000, 'a') + std::string(70'000, 'b');
  Run({"SET", "big", big});
  EXPECT_EQ(Run({"GETRANGE", "big", "1", "-2"}), Bulk(big.substr(1, big.size() - 2)));
}

TEST_F(StringTest, SeveralAtOnce) {
  EXPECT_EQ(Run({"MSET", "a", "1", "b", "2", "a", "3"}), Ok());
  EXPECT_EQ(Run({"MGET", "a", "b", "c"}), Array({Bulk("3"), Bulk("2"), Null()}));
  EXPECT_EQ(Run({"MSET", "a", "1", "b"}), Error("ERR wrong number of arguments for 'mset' command"));
  EXPECT_EQ(Run({"MSETNX", "a", "1", "b"}), Error("ERR wrong number of arguments for 'msetnx' command"));
  EXPECT_EQ(Run({"MSETNX", "c", "1", "b", "9"}), Integer(0));
  EXPECT_EQ(Run({"EXISTS", "c"}), Integer(0));
  EXPECT_EQ(Run({"MSETNX", "c", "1", "d", "9", "c", "2"}), Integer(1));
  EXPECT_EQ(Run({"MGET", "c", "d"}), Bulks({"2", "9"}));
  Run({"EXPIRE", "a", "10"});
  Run({"MSET", "a", "x"});
  EXPECT_EQ(Run({"TTL", "a"}), Integer(-1));
  UseResp3();
  EXPECT_EQ(Run({"MGET", "none"}), Array({"_\r\n"}));
}

}  // namespace
}  // namespace keyway::testing
