// DEBUG.
#include <chrono>
#include <regex>
#include <string>

#include "server/base/memory.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using DebugTest = CommandTest;
using DebugDeathTest = CommandTest;

std::string Unknown(std::string_view name) {
  return Error("ERR unknown subcommand or wrong number of arguments for '" + std::string(name) + "'. Try DEBUG HELP.");
}

TEST_F(DebugTest, UnknownSubcommandsAndWrongNumbersOfArguments) {
  for (const char* name : {"LOADAOF", "WHAT", "SLEEP", "OBJECT", "SET-ACTIVE-EXPIRE", "POPULATE", "PROTOCOL"}) {
    EXPECT_EQ(Run({"DEBUG", name}), Unknown(name));
  }
  EXPECT_EQ(Run({"DEBUG", "SLEEP", "0", "x"}), Unknown("SLEEP"));
  EXPECT_EQ(Run({"DEBUG"}), Error("ERR wrong number of arguments for 'debug' command"));
  EXPECT_EQ(Run({"DEBUG", "HELP", "x"}), Unknown("HELP"));
}

TEST_F(DebugTest, Help) {
  const std::string help = Run({"DEBUG", "HELP"});
  EXPECT_NE(help.find("SLEEP <seconds>"), std::string::npos) << help;
  EXPECT_NE(help.find("Prints this help") != std::string::npos || help.find("HELP") != std::string::npos, false);
}

TEST_F(DebugTest, SleepTakesFractions) {
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Run({"DEBUG", "SLEEP", "0.02"}), Ok());
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(20));
  for (const char* seconds : {"0", "-5", "x", "nan"}) EXPECT_EQ(Run({"DEBUG", "SLEEP", seconds}), Ok()) << seconds;
}

TEST_F(DebugTest, Object) {
  EXPECT_EQ(Run({"DEBUG", "OBJECT", "k"}), Error("ERR no such key"));
  Run({"SET", "k", "v"});
  clock_.AdvanceMs(3'000);
  const std::string reply = Run({"DEBUG", "OBJECT", "k"});
  EXPECT_TRUE(std::regex_search(
      reply, std::regex("^\\+Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:2 lru:[0-9]+ "
                        "lru_seconds_idle:3\r\n$")))
      << reply;
  struct Row {
    std::string value;
    int bytes;
  };
  Run({"SET", "k", std::string(20000, 'x')});
  EXPECT_NE(Run({"DEBUG", "OBJECT", "k"}).find("serializedlength:242 "), std::string::npos) << "as snapshots have it";
  Configure("rdbcompression", "no");
  for (const Row& row :
       {Row{"1", 2}, Row{"-128", 2}, Row{"128", 3}, Row{"40000", 5}, Row{"4000000000", 11},
        Row{std::string(63, 'x'), 64}, Row{std::string(64, 'x'), 66}, Row{std::string(20000, 'x'), 20005}}) {
    Run({"SET", "k", row.value});
    EXPECT_NE(Run({"DEBUG", "OBJECT", "k"}).find("serializedlength:" + std::to_string(row.bytes) + " "),
              std::string::npos)
        << row.value.size() << " " << Run({"DEBUG", "OBJECT", "k"});
  }
}

TEST_F(DebugTest, CountersStayInPlace) {
  Run({"SET", "k", "20000"});
  const std::string before = Run({"DEBUG", "OBJECT", "k"});
  Run({"INCR", "k"});
  EXPECT_EQ(Run({"DEBUG", "OBJECT", "k"}), before);
}

TEST_F(DebugTest, Switches) {
  Run({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
  Run({"DEBUG", "SET-ACTIVE-EXPIRE", "1"});
  Run({"DEBUG", "PAUSE-CRON", "1"});
  Run({"DEBUG", "PAUSE-CRON", "0"});
  EXPECT_EQ(server_.orders, "active-expire off; active-expire on; pause-cron; resume-cron");
}

TEST_F(DebugTest, Restart) {
  EXPECT_EQ(Run({"DEBUG", "RESTART"}), Error("ERR failed to restart the server. Check server logs."));
  Run({"DEBUG", "RESTART", "-5"});
  Run({"DEBUG", "CRASH-AND-RECOVER", "250"});
  EXPECT_EQ(server_.orders, "restart 0; restart 0; crash 250");
  EXPECT_EQ(Run({"DEBUG", "RESTART", "x"}), Error("ERR value is not an integer or out of range"));
}

TEST_F(DebugTest, ErrorAndLog) {
  EXPECT_EQ(Run({"DEBUG", "ERROR", "CODE what\r\nhappened"}), "-CODE what  happened\r\n");
  EXPECT_EQ(Run({"DEBUG", "LOG", "a line of the tests"}), Ok());
}

// The digests are what Redis 7 answers for the same data.
TEST_F(DebugTest, Digest) {
  EXPECT_EQ(Run({"DEBUG", "DIGEST"}), Simple(std::string(40, '0')));
  EXPECT_EQ(Run({"DEBUG", "DIGEST-VALUE"}), Array({}));
  Run({"SET", "a", "1"});
  Run({"SET", "b", "hello", "PX", "100000"});
  EXPECT_EQ(Run({"DEBUG", "DIGEST-VALUE", "a", "b", "none"}),
            Array({Simple("b4fc66738120fba0b5aa500ab5c2bf89cea1c5da"),
                   Simple("d037c4eb8a8b36b602fbced4000daeab0714c1e3"), Simple(std::string(40, '0'))}));
  Run({"SELECT", "3"});
  Run({"SET", "c", std::string(100, 'x')});
  EXPECT_EQ(Run({"DEBUG", "DIGEST"}), Simple("58c934b5da2ff107c580cef8931c91f363c509ef"));
  clock_.AdvanceMs(200'000);
  EXPECT_EQ(Run({"DEBUG", "DIGEST"}), Simple("58c934b5da2ff107c580cef8931c91f363c509ef"));
}

TEST_F(DebugTest, HtStats) {
  Run({"DEBUG", "POPULATE", "100"});
  Run({"PEXPIRE", "key:1", "1000"});
  const std::string stats = Run({"DEBUG", "HTSTATS", "0"});
  EXPECT_NE(stats.find("[Dictionary HT]\n"), std::string::npos) << stats;
  EXPECT_NE(stats.find("100"), std::string::npos);
  EXPECT_NE(stats.find("[Expires HT]\nNo table of its own: 1 of"), std::string::npos) << stats;
  EXPECT_GE(Run({"DEBUG", "HTSTATS", "0", "full"}).size(), stats.size());
  EXPECT_EQ(Run({"DEBUG", "HTSTATS", "16"}), Error("ERR Out of range database"));
  EXPECT_EQ(Run({"DEBUG", "HTSTATS", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"DEBUG", "HTSTATS-KEY", "none"}), Error("ERR no such key"));
  EXPECT_EQ(Run({"DEBUG", "HTSTATS-KEY", "key:1"}),
            Error("ERR The value stored at the specified key is not represented using an hash table"));
}

TEST_F(DebugTest, Populate) {
  Run({"SET", "key:3", "mine"});
  Propagated();
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "5"}), Ok());
  EXPECT_EQ(Run({"DBSIZE"}), Integer(5));
  EXPECT_EQ(Run({"GET", "key:3"}), Bulk("mine"));
  EXPECT_EQ(Run({"GET", "key:4"}), Bulk("value:4"));
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "2", "p", "10"}), Ok());
  EXPECT_EQ(Run({"GET", "p:1"}), Bulk(std::string_view("value:1\0\0\0", 10)));
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "1", "q", "3"}), Ok());
  EXPECT_EQ(Run({"GET", "q:0"}), Bulk("val"));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "x"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "-1"}), Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "9223372036854775807"}), Error("ERR OOM in dictTryExpand"));
  EXPECT_EQ(Run({"DEBUG", "POPULATE", "1", "p", "9223372036854775807"}),
            Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)"));
}

TEST_F(DebugTest, ProtocolInBothVersions) {
  struct Row {
    std::string type, resp2, resp3;
  };
  const std::string numbers = ":0\r\n:1\r\n:2\r\n";
  const std::string attribute = "|1\r\n" + Bulk("key-popularity") + "*2\r\n" + Bulk("key:123") + ":90\r\n";
  const Row kRows[] = {
      {"string", Bulk("Hello World"), Bulk("Hello World")},
      {"integer", ":12345\r\n", ":12345\r\n"},
      {"double", Bulk("3.141"), ",3.141\r\n"},
      {"bignum", Bulk("1234567999999999999999999999999999999"), "(1234567999999999999999999999999999999\r\n"},
      {"null", "$-1\r\n", "_\r\n"},
      {"array", "*3\r\n" + numbers, "*3\r\n" + numbers},
      {"set", "*3\r\n" + numbers, "~3\r\n" + numbers},
      {"map", "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n", "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n"},
      {"attrib", Bulk("Some real reply following the attribute"),
       attribute + Bulk("Some real reply following the attribute")},
      {"push", Error("ERR RESP2 is not supported by this command"),
       ">2\r\n" + Bulk("server-cpu-usage") + ":42\r\n" + Bulk("Some real reply following the push reply")},
      {"true", ":1\r\n", "#t\r\n"},
      {"false", ":0\r\n", "#f\r\n"},
      {"verbatim", Bulk("This is a verbatim\nstring"), "=29\r\ntxt:This is a verbatim\nstring\r\n"},
      {"what",
       Error("ERR Wrong protocol type name. Please use one of the following: "
             "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"),
       ""}};
  for (const Row& row : kRows) {
    client_.reply.set_version(2);
    EXPECT_EQ(Run({"DEBUG", "PROTOCOL", row.type}), row.resp2) << row.type;
    client_.reply.set_version(3);
    if (!row.resp3.empty()) {
      EXPECT_EQ(Run({"DEBUG", "PROTOCOL", row.type}), row.resp3) << row.type;
    }
  }
}

TEST_F(DebugTest, Mallctl) {
  if (AllocatorName().substr(0, 8) != "jemalloc") {
    EXPECT_EQ(Run({"DEBUG", "MALLCTL", "epoch"}), Unknown("MALLCTL"));
    return;
  }
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "epoch", "1"})[0], ':');
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "no.such.name"}), Error("ERR No such file or directory"));
  EXPECT_EQ(Run({"DEBUG", "MALLCTL", "epoch", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"DEBUG", "MALLCTL-STR", "version"})[0], '$');
}

TEST_F(DebugTest, ConfigRewriteForceAllNeedsAFile) {
  EXPECT_EQ(Run({"DEBUG", "CONFIG-REWRITE-FORCE-ALL"}),
            Error("ERR CONFIG-REWRITE-FORCE-ALL failed: The server is running without a config file"));
}

TEST_F(DebugDeathTest, Endings) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Run({"DEBUG", "PANIC"}), "");
  EXPECT_DEATH(Run({"DEBUG", "ASSERT"}), "");
  EXPECT_DEATH(Run({"DEBUG", "SEGFAULT"}), "");
}

}  // namespace
}  // namespace keyway::testing
