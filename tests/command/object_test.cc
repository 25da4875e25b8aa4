// OBJECT and MEMORY.
#include <string>

#include "server/base/memory.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using ObjectTest = CommandTest;

TEST_F(ObjectTest, Encoding) {
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "k"}), Null());
  Run({"SET", "k", "12"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "k"}), Bulk("int"));
  Run({"SET", "k", "x"});
  EXPECT_EQ(Run({"object", "encoding", "k"}), Bulk("embstr"));
  EXPECT_EQ(Run({"OBJECT", "ENCODING"}), Error("ERR wrong number of arguments for 'object|encoding' command"));
  EXPECT_EQ(Run({"OBJECT", "WHAT", "k"}), Error("ERR unknown subcommand 'WHAT'. Try OBJECT HELP."));
}

TEST_F(ObjectTest, RefCountOfSmallIntegersLooksShared) {
  Run({"MSET", "a", "9999", "b", "10000", "c", "x"});
  EXPECT_EQ(Run({"OBJECT", "REFCOUNT", "a"}), Integer(2147483647));
  EXPECT_EQ(Run({"OBJECT", "REFCOUNT", "b"}), Integer(1));
  EXPECT_EQ(Run({"OBJECT", "REFCOUNT", "c"}), Integer(1));
  EXPECT_EQ(Run({"OBJECT", "REFCOUNT", "none"}), Null());
  keyspace_.settings().shared_integers = false;
  EXPECT_EQ(Run({"OBJECT", "REFCOUNT", "a"}), Integer(1));
}

TEST_F(ObjectTest, IdleTimeOrFrequency) {
  Run({"SET", "k", "v"});
  clock_.AdvanceMs(5'000);
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Integer(5));
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "none"}), Null());
  EXPECT_EQ(Run({"OBJECT", "FREQ", "none"}), Null());
  EXPECT_EQ(Run({"OBJECT", "FREQ", "k"}),
            Error("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
                  "switching between policies at runtime LRU and LFU data will take some time to adjust."));
  keyspace_.settings().access_tracking = keyspace::AccessTracking::kLfu;
  Run({"SET", "f", "v"});
  EXPECT_EQ(Run({"OBJECT", "FREQ", "f"}), Integer(5));
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "f"}),
            Error("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching "
                  "between policies at runtime LRU and LFU data will take some time to adjust."));
}

TEST_F(ObjectTest, MemoryUsage) {
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k"}), Null());
  Run({"SET", "k", std::string(100'000, 'x')});
  const int64_t usage = std::stoll(Run({"MEMORY", "USAGE", "k"}).substr(1));
  EXPECT_GE(usage, 100'000);
  EXPECT_LE(usage, 120'000);
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES", "0"}), Integer(usage));
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES", "-1"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "WHAT", "1"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k", "SAMPLES", "x"}), Error("ERR value is not an integer or out of range"));
}

TEST_F(ObjectTest, MemoryUsageCountsExpiredKeysToo) {
  Run({"SET", "k", "v", "PX", "5"});
  clock_.AdvanceMs(6);
  EXPECT_EQ(Run({"MEMORY", "USAGE", "k"})[0], ':');
  EXPECT_EQ(Run({"DBSIZE"}), Integer(1));
}

TEST_F(ObjectTest, MemoryStats) {
  const std::string empty = Run({"MEMORY", "STATS"});
  EXPECT_EQ(empty.substr(0, 5), "*54\r\n");
  Run({"SET", "k", "v"});
  Run({"SELECT", "3"});
  Run({"MSET", "a", "1", "b", "2"});
  UseResp3();
  const std::string stats = Run({"MEMORY", "STATS"});
  EXPECT_EQ(stats.substr(0, 5), "%29\r\n");
  EXPECT_NE(stats.find(Bulk("db.0") + "%3\r\n" + Bulk("overhead.hashtable.main") + ":"), std::string::npos) << stats;
  EXPECT_NE(stats.find(Bulk("db.3")), std::string::npos);
  EXPECT_NE(stats.find(Bulk("keys.count") + Integer(3)), std::string::npos);
  EXPECT_NE(stats.find(Bulk("dataset.percentage") + ","), std::string::npos);
}

TEST_F(ObjectTest, MemoryReports) {
  UseResp3();
  EXPECT_EQ(Run({"MEMORY", "DOCTOR"})[0], '=');
  EXPECT_EQ(Run({"MEMORY", "PURGE"}), Ok());
  const std::string report = Run({"MEMORY", "MALLOC-STATS"});
  if (AllocatorName().substr(0, 8) == "jemalloc") {
    EXPECT_NE(report.find("jemalloc"), std::string::npos);
  } else {
    EXPECT_EQ(report, Bulk("Stats not supported for the current allocator"));
  }
}

}  // namespace
}  // namespace keyway::testing
