// SLOWLOG and LATENCY: what gets in, what is left out, and how it is shown.
#include <fmt/core.h>

#include "server/command/latency_monitor.h"
#include "server/command/slow_log.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class SlowLogTest : public CommandTest {
 protected:
  SlowLogTest() { SlowerThan("0"); }
  void SlowerThan(std::string_view us) {
    Configure("slowlog-log-slower-than", us);
    dispatcher_.ApplyInsight();
  }
  // The words of the newest entries, "; " between, the newest first.
  std::string Words() {
    std::string text;
    for (const auto& entry : slow_log_.entries()) {
      if (!text.empty()) text += "; ";
      for (size_t i = 0; i < entry.words.size(); ++i) text += (i > 0 ? " " : "") + entry.words[i];
    }
    return text;
  }
};

TEST_F(SlowLogTest, LogsWhatIsSlowEnough) {
  Run({"SET", "k", "v"}), Run({"GET", "k"});
  EXPECT_EQ(Words(), "GET k; SET k v");
  SlowerThan("10000000");
  Run({"PING"});
  EXPECT_EQ(Words(), "GET k; SET k v");
  SlowerThan("-1");
  Run({"PING"});
  EXPECT_EQ(Run({"SLOWLOG", "LEN"}), Integer(2));
  EXPECT_EQ(Run({"SLOWLOG", "RESET"}), Ok());
  EXPECT_EQ(Run({"SLOWLOG", "LEN"}), Integer(0));
}

TEST_F(SlowLogTest, ShowsEntries) {
  Run({"CLIENT", "SETNAME", "me"}), Run({"GET", "k"});
  SlowerThan("-1");
  const std::string reply = Run({"SLOWLOG", "GET", "1"});
  const std::string time = Integer(clock_.WallMs() / 1000);
  EXPECT_TRUE(reply.starts_with("*1\r\n*6\r\n" + Integer(1) + time)) << reply;
  EXPECT_TRUE(reply.ends_with(Bulks({"GET", "k"}) + Bulk("127.0.0.1:50001") + Bulk("me"))) << reply;
  EXPECT_TRUE(Run({"SLOWLOG", "GET"}).starts_with("*2\r\n"));
  EXPECT_TRUE(Run({"SLOWLOG", "GET", "-1"}).starts_with("*2\r\n"));
  EXPECT_EQ(Run({"SLOWLOG", "GET", "0"}), "*0\r\n");
  for (const char* bad : {"-2", "x", "", "9223372036854775808", "1.0"}) {
    EXPECT_EQ(Run({"SLOWLOG", "GET", bad}), Error("ERR count should be greater than or equal to -1")) << bad;
  }
  EXPECT_EQ(Run({"SLOWLOG", "GET", "1", "2"}),
            Error("ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."));
}

TEST_F(SlowLogTest, HasABoundedSize) {
  Configure("slowlog-max-len", "3");
  for (int i = 0; i < 10; ++i) Run({"GET", fmt::format("k{}", i)});
  EXPECT_EQ(Words(), "GET k9; GET k8; GET k7");
  Configure("slowlog-max-len", "0");
  Run({"PING"});
  EXPECT_EQ(Words(), "");
}

TEST_F(SlowLogTest, ShortensWords) {
  std::vector<std::string> words = {"DEL"};
  for (int i = 1; i < 32; ++i) words.push_back(fmt::format("{}", i));
  Run(words);
  EXPECT_TRUE(Words().ends_with(" 30 31"));
  words.push_back("32");
  Run(words);
  EXPECT_TRUE(Words().starts_with("DEL 1 2 3 ")) << Words();
  EXPECT_NE(Words().find(" 30 ... (2 more arguments); "), std::string::npos) << Words();
  Run({"SLOWLOG", "RESET"});
  Run({"GET", std::string(128, 'a')});
  EXPECT_EQ(Words(), "GET " + std::string(128, 'a') + "; SLOWLOG RESET");
  Run({"GET", std::string(1000, 'a')});
  EXPECT_TRUE(Words().starts_with("GET " + std::string(128, 'a') + "... (872 more bytes); ")) << Words();
}

TEST_F(SlowLogTest, KeepsSecretsOut) {
  Run({"AUTH", "default", "secret"});
  EXPECT_EQ(Words(), "AUTH (redacted) (redacted)");
  Run({"SLOWLOG", "RESET"});
  Run({"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "me"});
  EXPECT_TRUE(Words().starts_with("HELLO 3 AUTH (redacted) (redacted) SETNAME me; ")) << Words();
  Run({"CONFIG", "SET", "masterauth", "secret", "maxmemory", "0", "REQUIREPASS", ""});
  EXPECT_TRUE(Words().starts_with("CONFIG SET masterauth (redacted) maxmemory 0 REQUIREPASS (redacted); ")) << Words();
  Run({"MIGRATE", "127.0.0.1", "1", "nosuch", "0", "10", "COPY", "AUTH2", "user", "secret", "REPLACE"});
  EXPECT_TRUE(Words().starts_with("MIGRATE 127.0.0.1 1 nosuch 0 10 COPY AUTH2 (redacted) (redacted) REPLACE; "))
      << Words();
  Run({"MIGRATE", "127.0.0.1", "1", "nosuch", "0", "10", "AUTH"});
  EXPECT_TRUE(Words().starts_with("MIGRATE 127.0.0.1 1 nosuch 0 10 AUTH; ")) << Words();
  EXPECT_EQ(Words().find("secret"), std::string::npos);
}

TEST_F(SlowLogTest, ATransactionIsLoggedByItsCommands) {
  Run({"MULTI"}), Run({"INCR", "k"});
  Run({"SLOWLOG", "RESET"});  // queued
  Run({"GET", "k"});
  Run({"EXEC"});
  EXPECT_EQ(Words(), "GET k; SLOWLOG RESET");
}

TEST_F(SlowLogTest, AWaitingCommandIsLoggedOnce) {
  command::Client& waiter = clients_.Add(2, "127.0.0.1:50002");
  RunAs(waiter, {"BLPOP", "l", "0"});
  EXPECT_EQ(Words(), "");
  Run({"RPUSH", "l", "x"});
  EXPECT_EQ(Words(), "BLPOP l 0; RPUSH l x");
}

class LatencyTest : public CommandTest {
 protected:
  LatencyTest() {
    Configure("latency-monitor-threshold", "10");
    dispatcher_.ApplyInsight();
  }
  int64_t now_s() { return clock_.WallMs() / 1000; }
};

TEST_F(LatencyTest, KeepsTheWorstOfASecond) {
  latency_.Note("fork", 9);
  EXPECT_EQ(Run({"LATENCY", "LATEST"}), "*0\r\n");
  const int64_t first_s = now_s();
  latency_.Note("fork", 20), latency_.Note("fork", 50), latency_.Note("fork", 30);
  clock_.AdvanceMs(2000);
  latency_.Note("fork", 10);
  EXPECT_EQ(Run({"LATENCY", "HISTORY", "fork"}),
            "*2\r\n*2\r\n" + Integer(first_s) + Integer(50) + "*2\r\n" + Integer(first_s + 2) + Integer(10));
  EXPECT_EQ(Run({"LATENCY", "LATEST"}),
            "*1\r\n*4\r\n" + Bulk("fork") + Integer(first_s + 2) + Integer(10) + Integer(50));
  EXPECT_EQ(Run({"LATENCY", "HISTORY", "nosuch"}), "*0\r\n");
}

TEST_F(LatencyTest, KeepsTheLast160) {
  for (int i = 0; i < 200; ++i) {
    latency_.Note("command", 100 + i);
    clock_.AdvanceMs(1000);
  }
  const auto samples = latency_.Samples("command");
  ASSERT_EQ(samples.size(), 160u);
  EXPECT_EQ(samples.front().ms, 140);
  EXPECT_EQ(samples.back().ms, 299);
}

TEST_F(LatencyTest, Forgets) {
  latency_.Note("a", 20), latency_.Note("b", 20), latency_.Note("c", 20);
  EXPECT_EQ(Run({"LATENCY", "RESET", "B", "nosuch"}), Integer(1));
  EXPECT_EQ(Run({"LATENCY", "RESET"}), Integer(2));
  EXPECT_EQ(Run({"LATENCY", "LATEST"}), "*0\r\n");
}

TEST_F(LatencyTest, IsOffAtZero) {
  Configure("latency-monitor-threshold", "0");
  latency_.Note("fork", 1'000'000);
  EXPECT_EQ(Run({"LATENCY", "LATEST"}), "*0\r\n");
  EXPECT_NE(Run({"LATENCY", "DOCTOR"}).find("latency-monitor-threshold"), std::string::npos);
}

TEST_F(LatencyTest, TellsCommandsByTheirSpeed) {
  Configure("latency-monitor-threshold", "1");
  dispatcher_.ApplyInsight();
  Run({"DEBUG", "SLEEP", "0.02"});
  const auto samples = latency_.Samples("command");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_GE(samples[0].ms, 20);
  EXPECT_FALSE(latency_.Has("fast-command"));
}

TEST_F(LatencyTest, DrawsAndAdvises) {
  EXPECT_EQ(Run({"LATENCY", "GRAPH", "command"}), Error("ERR No samples available for event 'command'"));
  for (int ms : {20, 30, 40, 80}) {
    latency_.Note("command", ms);
    clock_.AdvanceMs(61'000);
  }
  EXPECT_EQ(Run({"LATENCY", "GRAPH", "command"}),
            Bulk("command - high 80 ms, low 20 ms (all time high 80 ms)\n" + std::string(80, '-') +
                 "\n   #\n   #\n  _#\n_o##\n\n4321\nmmmm\n"));
  const std::string report = Run({"LATENCY", "DOCTOR"});
  EXPECT_NE(report.find("1. command: 4 latency spikes (average 42ms, mean deviation 18ms, period 61.00 sec). Worst all "
                        "time event 80ms."),
            std::string::npos)
      << report;
  EXPECT_NE(report.find("SLOWLOG GET"), std::string::npos) << report;
}

TEST_F(LatencyTest, HistogramsOfCommands) {
  EXPECT_EQ(Run({"LATENCY", "HISTOGRAM", "set", "nosuch", "client"}), "*0\r\n");
  Run({"SET", "k", "v"}), Run({"SET", "k", "v"}), Run({"CLIENT", "ID"}), Run({"CLIENT", "GETNAME"});
  EXPECT_TRUE(
      Run({"LATENCY", "HISTOGRAM", "SET"})
          .starts_with("*2\r\n" + Bulk("set") + "*4\r\n" + Bulk("calls") + Integer(2) + Bulk("histogram_usec")));
  EXPECT_TRUE(Run({"LATENCY", "HISTOGRAM", "client"}).starts_with("*4\r\n"));
  EXPECT_TRUE(Run({"LATENCY", "HISTOGRAM", "client|id"}).starts_with("*2\r\n" + Bulk("client|id")));
  UseResp3();
  EXPECT_TRUE(Run({"LATENCY", "HISTOGRAM", "set"}).starts_with("%1\r\n" + Bulk("set") + "%2\r\n"));
  Configure("latency-tracking", "no");
  dispatcher_.ApplyInsight();
  Run({"GET", "k"});
  EXPECT_EQ(Run({"LATENCY", "HISTOGRAM", "get"}), "%0\r\n");
  Run({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(Run({"LATENCY", "HISTOGRAM", "set"}), "%0\r\n");
}

TEST_F(LatencyTest, HistogramStepsCountWhatIsBelow) {
  auto& histogram = counters_.commands[commands_.FindCommand("getdel")->id].histogram;
  histogram = std::make_unique<LatencyHistogram>(command::kLatencyDigits, command::kLongestLatencyNs);
  for (uint64_t ns : {500u, 900u, 5'000u, 40'000u, 2'000'000'000u}) histogram->Record(ns);
  EXPECT_EQ(Run({"LATENCY", "HISTOGRAM", "getdel"}), "*2\r\n" + Bulk("getdel") + "*4\r\n" + Bulk("calls") + Integer(5) +
                                                         Bulk("histogram_usec") + "*8\r\n" + Integer(1) + Integer(2) +
                                                         Integer(8) + Integer(3) + Integer(66) + Integer(4) +
                                                         Integer(1082130) + Integer(5));
}

}  // namespace
}  // namespace keyway::testing
