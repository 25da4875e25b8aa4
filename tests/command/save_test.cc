// SAVE, BGSAVE, LASTSAVE, DEBUG RELOAD and what refuses commands meanwhile, over real files in a folder of the test's own.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "server/persist/snapshots.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

constexpr const char* kMisconf =
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that "
    "may "
    "modify the data set are disabled, because this instance is configured to report errors during writes if RDB "
    "snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB "
    "error.";

class SaveTest : public CommandTest {
 protected:
  SaveTest() : snapshots_(services_), before_(std::filesystem::current_path()) {
    std::string name = std::filesystem::temp_directory_path() / "keyway-save-XXXXXX";
    folder_ = mkdtemp(name.data());
    std::filesystem::current_path(folder_);
    services_.persistence = &snapshots_;
  }
  ~SaveTest() override {
    snapshots_.child().KillAndWait();
    services_.persistence = nullptr;
    std::filesystem::current_path(before_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  bool WaitForChild() {
    for (int i = 0; i < 20'000 && snapshots_.child_in_progress(); ++i) snapshots_.child().Poll(), usleep(500);
    return !snapshots_.child_in_progress();
  }
  size_t FilesInFolder() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  persist::Snapshots snapshots_;
  std::filesystem::path folder_, before_;
};

TEST_F(SaveTest, SaveAndReload) {
  Run({"SET", "k", "v"}), Run({"RPUSH", "l", "a", "b"}), Run({"PEXPIRE", "k", "5000"});
  const std::string digest = Run({"DEBUG", "DIGEST"});
  clock_.AdvanceMs(3000);
  EXPECT_EQ(Run({"SAVE"}), Ok());
  EXPECT_EQ(Run({"LASTSAVE"}), Integer(clock_.WallMs() / 1000));
  EXPECT_EQ(keyspace_.dirty(), 0);
  EXPECT_EQ(FilesInFolder(), 1u);
  EXPECT_EQ(Run({"FLUSHDB"}), Ok());
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Ok());
  EXPECT_EQ(Run({"DEBUG", "DIGEST"}), digest);
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(2000));
  EXPECT_EQ(Propagated(), "SET k v; RPUSH l a b; PEXPIREAT k 1700000005000; FLUSHDB");
}

TEST_F(SaveTest, ReloadOptions) {
  Run({"SET", "a", "1"});
  EXPECT_EQ(Run({"DEBUG", "RELOAD"}), Ok());
  Run({"SET", "b", "2"});
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE", "NOFLUSH"}),
            Error("ERR Error trying to load the RDB dump, check server logs"))
      << "a is there twice";
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE"}), Ok());
  EXPECT_EQ(Run({"MGET", "a", "b"}), Bulks({"1", "2"}));
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Ok());
  EXPECT_EQ(Run({"EXISTS", "b"}), Integer(0));
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "WHAT"}),
            Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."));
  std::filesystem::remove("dump.rdb");
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Error("ERR Error trying to load the RDB dump, check server logs"));
}

TEST_F(SaveTest, ReloadDropsWhatHasExpired) {
  Run({"SET", "k", "v", "PX", "10"});
  Run({"SAVE"});
  clock_.AdvanceMs(50);
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Ok());
  EXPECT_EQ(keyspace_.total_keys(), 0u);
  EXPECT_EQ(snapshots_.figures().keys_expired, 1u);
}

TEST_F(SaveTest, ADamagedFileIsRefusedAndTheServerStays) {
  Run({"SET", "k", "value"}), Run({"SAVE"});
  std::fstream file("dump.rdb", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-3, std::ios::end);
  file << "bad";
  file.close();
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Error("ERR Error trying to load the RDB dump, check server logs"));
  EXPECT_EQ(Run({"DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1"}), Ok());
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("value"));
}

TEST_F(SaveTest, InTheBackground) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"BGSAVE"}), Simple("Background saving started"));
  EXPECT_EQ(Run({"BGSAVE"}), Error("ERR Background save already in progress"));
  EXPECT_EQ(Run({"BGSAVE", "SCHEDULE"}), Error("ERR Background save already in progress"));
  EXPECT_EQ(Run({"SAVE"}), Error("ERR Background save already in progress"));
  EXPECT_EQ(Run({"BGSAVE", "WHAT"}), Error("ERR syntax error"));
  Run({"SET", "later", "v"});
  ASSERT_TRUE(WaitForChild());
  EXPECT_EQ(keyspace_.dirty(), 1) << "what came after the fork is not saved";
  EXPECT_TRUE(snapshots_.figures().last_save_ok);
  EXPECT_EQ(FilesInFolder(), 1u);
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Ok());
  EXPECT_EQ(Run({"EXISTS", "k", "later"}), Integer(1));
}

TEST_F(SaveTest, ATransactionIsNotSplit) {
  Run({"MULTI"}), Run({"BGSAVE"}), Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"EXEC"}), Array({Simple("Background saving scheduled"), Ok()}));
  EXPECT_FALSE(snapshots_.child_in_progress());
  snapshots_.Cron();
  EXPECT_TRUE(snapshots_.child_in_progress());
  ASSERT_TRUE(WaitForChild());
}

TEST_F(SaveTest, AFailureRefusesWritesUntilASaveGoesWell) {
  Run({"SET", "k", "v"});
  Configure("rdb-key-save-delay", "10000000");
  Run({"BGSAVE"});
  kill(snapshots_.child().pid(), SIGKILL);
  ASSERT_TRUE(WaitForChild());
  EXPECT_EQ(FilesInFolder(), 0u);
  EXPECT_EQ(Run({"SET", "k", "v"}), Error(kMisconf));
  EXPECT_EQ(Run({"PING"}), Error(kMisconf));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  Configure("stop-writes-on-bgsave-error", "no");
  EXPECT_EQ(Run({"SET", "k", "v"}), Ok());
  Configure("stop-writes-on-bgsave-error", "yes");
  Configure("save", "");
  EXPECT_EQ(Run({"SET", "k", "v"}), Ok());
  Configure("save", "100 1");
  EXPECT_EQ(Run({"SET", "k", "v"}), Error(kMisconf));
  Configure("rdb-key-save-delay", "0");
  EXPECT_EQ(Run({"SAVE"}), Ok());
  EXPECT_EQ(Run({"SET", "k", "v"}), Ok());
}

TEST_F(SaveTest, FlushAllEndsASave) {
  Configure("save", "");
  Run({"MSET", "a", "1", "b", "2"});
  Configure("rdb-key-save-delay", "10000000");
  Run({"BGSAVE"});
  EXPECT_EQ(Run({"FLUSHALL"}), Ok());
  ASSERT_TRUE(WaitForChild());
  EXPECT_TRUE(snapshots_.figures().last_save_ok) << "nobody's fault";
  EXPECT_EQ(keyspace_.dirty(), 4);
  EXPECT_EQ(FilesInFolder(), 0u);
}

TEST_F(SaveTest, FlushAllSavesWhatIsLeft) {
  Run({"SET", "k", "v"}), Run({"SAVE"});
  Propagated();
  EXPECT_EQ(Run({"FLUSHALL"}), Ok());
  EXPECT_EQ(keyspace_.dirty(), 0);
  EXPECT_EQ(Propagated(), "FLUSHALL");
  EXPECT_EQ(Run({"DEBUG", "RELOAD", "NOSAVE"}), Ok());
  EXPECT_EQ(keyspace_.total_keys(), 0u);
}

TEST_F(SaveTest, SavePoints) {
  Configure("save", "10 2");
  Run({"SET", "a", "1"});
  clock_.AdvanceMs(11'000);
  snapshots_.Cron();
  EXPECT_FALSE(snapshots_.child_in_progress()) << "one change is too few";
  Run({"SET", "b", "1"});
  snapshots_.Cron();
  EXPECT_TRUE(snapshots_.child_in_progress());
  ASSERT_TRUE(WaitForChild());
  EXPECT_EQ(Run({"LASTSAVE"}), Integer(clock_.WallMs() / 1000));
  Run({"MSET", "c", "1", "d", "2"});
  snapshots_.Cron();
  EXPECT_FALSE(snapshots_.child_in_progress()) << "too soon";
}

TEST_F(SaveTest, AFolderThatIsNone) {
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(Run({"SAVE"}), Error("ERR"));
  EXPECT_EQ(Run({"DEBUG", "RELOAD"}), Error("ERR"));
  EXPECT_EQ(Run({"BGSAVE"}), Simple("Background saving started"));
  ASSERT_TRUE(WaitForChild());
  EXPECT_FALSE(snapshots_.figures().last_save_ok);
}

TEST_F(SaveTest, SnapshotsForOthers) {
  Run({"SET", "k", "v"});
  bool done = false, ok = false;
  ASSERT_TRUE(snapshots_.SaveInBackground(
      {.path = "other.rdb", .replication_id = std::string(40, 'r'), .replication_offset = 5, .done = [&](bool how) {
         done = true, ok = how;
       }}));
  ASSERT_TRUE(WaitForChild());
  EXPECT_TRUE(done && ok);
  EXPECT_TRUE(std::filesystem::exists("other.rdb"));
  EXPECT_EQ(keyspace_.dirty(), 1) << "it is no save of the server's own";
}

TEST_F(SaveTest, LoadingAtStart) {
  Run({"SET", "k", "v"}), Run({"SAVE"}), Run({"FLUSHALL"});
  Configure("save", "");
  std::string during;
  // So small a file is read at once; the hook is called when another stretch is asked for.
  Configure("loading-process-events-interval-bytes", "1024");
  Run({"SET", "big", std::string(20'000, 'x')}), Run({"SET", "other", std::string(20'000, 'y')});
  Configure("rdbcompression", "no");
  Run({"SAVE"});
  keyspace_.FlushAll(keyspace::FreeMode::kNow);
  ASSERT_TRUE(snapshots_.LoadAtStart([&] {
    if (during.empty()) during = Run({"GET", "k"}) + Run({"PING"}) + Run({"COMMAND", "COUNT"}).substr(0, 1);
    return true;
  }));
  EXPECT_EQ(during, Error("LOADING Redis is loading the dataset in memory") +
                        Error("LOADING Redis is loading the dataset in memory") + ":");
  EXPECT_EQ(Run({"PING"}), Simple("PONG"));
  EXPECT_EQ(Run({"DBSIZE"}), Integer(2));
  EXPECT_FALSE(snapshots_.LoadAtStart([] { return false; })) << "stopped";
}

}  // namespace
}  // namespace keyway::testing
