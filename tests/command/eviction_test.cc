// maxmemory as commands meet it: what is evicted in front of them, what is refused, and what others hear of it.
#include "server/keyspace/eviction.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

const std::string kOom = Error("OOM command not allowed when used memory > 'maxmemory'.");

class EvictionCommandTest : public CommandTest {
 protected:
  // A limit that nothing keeps to: whatever may go goes.
  void Limit(std::string_view policy) {
    Configure("maxmemory-policy", policy);
    Configure("maxmemory", "1");
  }
};

TEST_F(EvictionCommandTest, NoevictionRefusesWhatTakesMemoryAndNothingElse) {
  Run({"SET", "k", "v"});
  Limit("noeviction");
  EXPECT_EQ(Run({"SET", "k", "other"}), kOom);
  EXPECT_EQ(Run({"LPUSH", "list", "a"}), kOom);
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  EXPECT_EQ(Run({"DEL", "k"}), Integer(1));
  EXPECT_EQ(Run({"EXPIRE", "none", "10"}), Integer(0));
  Configure("maxmemory", "0");
  EXPECT_EQ(Run({"SET", "k", "other"}), Ok());
}

TEST_F(EvictionCommandTest, EvictionComesBeforeTheCommandWhateverThatIs) {
  Run({"SET", "k", "v"});
  Propagated(), Events(), Modified();
  Limit("allkeys-lru");
  EXPECT_EQ(Run({"GET", "k"}), Null());
  EXPECT_EQ(Propagated(), "DEL k");
  EXPECT_EQ(Events(), "evicted k");
  EXPECT_EQ(Modified(), "k");
  EXPECT_EQ(keyspace_.stats().evicted_keys, 1);
  EXPECT_EQ(Run({"SET", "k", "v"}), kOom) << "an empty server needs more than a byte";
}

TEST_F(EvictionCommandTest, LazyEvictionPropagatesUnlink) {
  Run({"SET", "k", "v"});
  Propagated();
  Configure("lazyfree-lazy-eviction", "yes");
  Limit("allkeys-random");
  Run({"PING"});
  EXPECT_EQ(Propagated(), "UNLINK k");
}

TEST_F(EvictionCommandTest, EveryDatabaseAndTypeCanBeEvicted) {
  Run({"RPUSH", "list", "a"});
  Run({"SELECT", "3"});
  Run({"ZADD", "zset", "1", "m"});
  Propagated();
  Limit("allkeys-lfu");
  Run({"PING"});
  const std::string propagated = Propagated();
  EXPECT_TRUE(propagated == "DEL list; @3 DEL zset" || propagated == "@3 DEL zset; DEL list") << propagated;
}

TEST_F(EvictionCommandTest, VolatilePoliciesRefuseOnceOnlyLastingKeysAreLeft) {
  for (const char* policy : {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}) {
    Run({"SET", "lasting", "v"});
    Run({"SET", "passing", "v", "EX", "1000"});
    Limit(policy);
    EXPECT_EQ(Run({"SET", "k", "v"}), kOom) << policy;
    EXPECT_EQ(Run({"EXISTS", "lasting", "passing"}), Integer(1)) << policy;
    Configure("maxmemory", "0");
  }
}

TEST_F(EvictionCommandTest, NothingIsEvictedOrRefusedWhileClientsArePaused) {
  Run({"SET", "k", "v"});
  Limit("allkeys-lru");
  clients_.Pause(command::PauseMode::kWrite, 1);
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  clients_.Unpause();
  EXPECT_EQ(Run({"GET", "k"}), Null());
}

TEST_F(EvictionCommandTest, AReplicaLeavesItToItsPrimaryUnlessTold) {
  Run({"SET", "k", "v"});
  Limit("allkeys-lru");
  config_.MutableSettings().replicaof = {"127.0.0.1", 6379};
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  Configure("replica-ignore-maxmemory", "no");
  EXPECT_EQ(Run({"GET", "k"}), Null());
}

TEST_F(EvictionCommandTest, TransactionsAreJudgedByWhatTheyRun) {
  Run({"SET", "k", "v"});
  Run({"MULTI"});
  EXPECT_EQ(Run({"GET", "k"}), Simple("QUEUED"));
  Limit("noeviction");
  EXPECT_EQ(Run({"EXEC"}), Array({Bulk("v")}));

  Configure("maxmemory", "0");
  Run({"MULTI"});
  EXPECT_EQ(Run({"SET", "k", "other"}), Simple("QUEUED"));
  Configure("maxmemory", "1");
  EXPECT_EQ(Run({"EXEC"}),
            Error("EXECABORT Transaction discarded because of: OOM command not allowed when used memory > "
                  "'maxmemory'."));
  // To queue takes memory too.
  Run({"MULTI"});
  EXPECT_EQ(Run({"GET", "k"}), kOom);
  EXPECT_EQ(Run({"EXEC"}), Error("EXECABORT Transaction discarded because of previous errors."));
  Run({"MULTI"});
  EXPECT_EQ(Run({"DISCARD"}), Ok());
}

TEST_F(EvictionCommandTest, NothingIsEvictedInsideATransaction) {
  Configure("maxmemory-policy", "allkeys-lru");
  Run({"MULTI"});
  Run({"INCR", "x"});
  Run({"CONFIG", "SET", "maxmemory", "1"});
  Run({"INCR", "x"});
  EXPECT_EQ(Run({"EXEC"}), Array({Integer(1), Ok(), Integer(2)}));
  EXPECT_EQ(Propagated(), "MULTI; INCR x; INCR x; EXEC");
  Run({"PING"});
  EXPECT_EQ(Propagated(), "DEL x");
}

TEST_F(EvictionCommandTest, EvictionOfAWatchedKeyIsAChange) {
  Run({"SET", "k", "v"});
  Run({"WATCH", "k"});
  Limit("allkeys-lru");
  Run({"PING"});
  Configure("maxmemory", "0");
  Run({"MULTI"});
  Run({"SET", "other", "v"});
  EXPECT_EQ(Run({"EXEC"}), "*-1\r\n");
}

TEST_F(EvictionCommandTest, SettingsOfEvictionApplyAtOnce) {
  Configure("maxmemory-samples", "7");
  Configure("maxmemory-eviction-tenacity", "33");
  Configure("lazyfree-lazy-eviction", "yes");
  Configure("lfu-decay-time", "9");
  Configure("active-expire-effort", "4");
  const keyspace::EvictionSettings& settings = keyspace_.eviction().settings();
  EXPECT_EQ(settings.samples, 7);
  EXPECT_EQ(settings.tenacity, 33);
  EXPECT_TRUE(settings.lazily);
  EXPECT_EQ(keyspace_.settings().lfu.decay_time_minutes, 9);
  EXPECT_EQ(keyspace_.settings().active_expire_effort, 4);
}

TEST_F(EvictionCommandTest, KeysThatSomebodyWaitsForAreCounted) {
  auto& first = clients_.Add(2, "127.0.0.1:2");
  auto& second = clients_.Add(3, "127.0.0.1:3");
  Run({"XGROUP", "CREATE", "stream", "group", "$", "MKSTREAM"});
  EXPECT_EQ(RunAs(first, {"BLPOP", "a", "b", "0"}), "");
  EXPECT_EQ(RunAs(second, {"XREADGROUP", "GROUP", "group", "me", "BLOCK", "0", "STREAMS", "stream", ">"}), "");
  EXPECT_EQ(dispatcher_.blocking_keys().all, 3u);
  EXPECT_EQ(dispatcher_.blocking_keys().on_removal, 1u);
  Run({"LPUSH", "b", "v"});
  EXPECT_EQ(dispatcher_.blocking_keys().all, 1u);
  Run({"DEL", "stream"});
  EXPECT_EQ(dispatcher_.blocking_keys().all, 0u);
}

}  // namespace
}  // namespace keyway::testing
