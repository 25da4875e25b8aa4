// The expiry of keys: setting, asking, removing, and what happens when it has come.
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ExpireTest : public CommandTest {
 protected:
  void SetUp() override {
    Run({"SET", "k", "v"});
    Propagated(), Events(), Modified();
  }
  std::string Now(int64_t plus_ms) const { return std::to_string(clock_.WallMs() + plus_ms); }
};

TEST_F(ExpireTest, FourWaysToSay) {
  EXPECT_EQ(Run({"EXPIRE", "k", "10"}), Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(10'000));
  EXPECT_EQ(Run({"PEXPIRE", "k", "1501"}), Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(1'501));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(2));
  EXPECT_EQ(Run({"EXPIREAT", "k", std::to_string(clock_.WallMs() / 1000 + 3)}), Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(3'000));
  EXPECT_EQ(Run({"PEXPIREAT", "k", Now(77)}), Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(77));
  EXPECT_EQ(Events(), "expire k; expire k; expire k; expire k");
  EXPECT_EQ(Modified(), "k; k; k; k");
  EXPECT_EQ(Run({"EXPIRE", "none", "10"}), Integer(0));
}

TEST_F(ExpireTest, TimesAreAnswered) {
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
  EXPECT_EQ(Run({"PTTL", "none"}), Integer(-2));
  EXPECT_EQ(Run({"EXPIRETIME", "none"}), Integer(-2));
  EXPECT_EQ(Run({"PEXPIRETIME", "k"}), Integer(-1));
  Run({"PEXPIREAT", "k", "1800000000499"});
  EXPECT_EQ(Run({"PEXPIRETIME", "k"}), Integer(1800000000499));
  EXPECT_EQ(Run({"EXPIRETIME", "k"}), Integer(1800000000));
  Run({"PEXPIREAT", "k", "1800000000500"});
  EXPECT_EQ(Run({"EXPIRETIME", "k"}), Integer(1800000001));
}

TEST_F(ExpireTest, ExpiresAfterItsLastMillisecond) {
  Run({"PEXPIRE", "k", "100"});
  clock_.AdvanceMs(100);
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(0));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  clock_.AdvanceMs(1);
  Propagated(), Events(), Modified();
  EXPECT_EQ(Run({"PTTL", "k"}), Integer(-2));
  EXPECT_EQ(Events(), "expired k");
  EXPECT_EQ(Modified(), "k");
  EXPECT_EQ(Propagated(), "DEL k");
}

TEST_F(ExpireTest, Conditions) {
  EXPECT_EQ(Run({"EXPIRE", "k", "10", "XX"}), Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "10", "GT"}), Integer(0));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
  EXPECT_EQ(Run({"EXPIRE", "k", "10", "LT"}), Integer(1));
  EXPECT_EQ(Run({"EXPIRE", "k", "20", "NX"}), Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "20", "LT"}), Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "10", "GT"}), Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "20", "gt"}), Integer(1));
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "XX", "LT"}), Integer(1));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(5));
  EXPECT_EQ(Run({"PERSIST", "k"}), Integer(1));
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "XX", "LT"}), Integer(0));
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "NX"}), Integer(1));
}

TEST_F(ExpireTest, RefusesOptionsThatDoNotFit) {
  const std::string both = "ERR NX and XX, GT or LT options at the same time are not compatible";
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "NX", "XX"}), Error(both));
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "GT", "NX"}), Error(both));
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "NX", "LT"}), Error(both));
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "GT", "LT"}), Error("ERR GT and LT options at the same time are not compatible"));
  EXPECT_EQ(Run({"EXPIRE", "k", "5", "AB"}), Error("ERR Unsupported option AB"));
  EXPECT_EQ(Run({"EXPIRE", "k", "x", "AB"}), Error("ERR Unsupported option AB"));
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
}

TEST_F(ExpireTest, RefusesTimesThatDoNotFit) {
  const std::string not_integer = "ERR value is not an integer or out of range";
  for (const char* name : {"EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"}) {
    EXPECT_EQ(Run({name, "k", "x"}), Error(not_integer));
    EXPECT_EQ(Run({name, "k", "9223372036854775808"}), Error(not_integer));
    EXPECT_EQ(Run({name, "none", "1.5"}), Error(not_integer));
  }
  EXPECT_EQ(Run({"EXPIRE", "k", "9223372036854775"}), Error("ERR invalid expire time in 'expire' command"));
  EXPECT_EQ(Run({"EXPIRE", "k", "9223372036854776"}), Error("ERR invalid expire time in 'expire' command"));
  EXPECT_EQ(Run({"EXPIRE", "k", "-9223372036854776"}), Error("ERR invalid expire time in 'expire' command"));
  EXPECT_EQ(Run({"EXPIREAT", "k", "9223372036854776"}), Error("ERR invalid expire time in 'expireat' command"));
  EXPECT_EQ(Run({"PEXPIRE", "k", "9223372036854775807"}), Error("ERR invalid expire time in 'pexpire' command"));
  EXPECT_EQ(Run({"PEXPIREAT", "k", "9223372036854775807"}), Integer(1));
  EXPECT_EQ(Run({"PEXPIRETIME", "k"}), Integer(9223372036854775807));
  EXPECT_EQ(Run({"EXPIRETIME", "k"}), Integer(9223372036854776));
}

TEST_F(ExpireTest, ATimeInThePastDeletes) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"EXPIRE", "k", "0"},
                                                                 {"EXPIRE", "k", "-1"},
                                                                 {"PEXPIRE", "k", "-9223372036854775807"},
                                                                 {"EXPIREAT", "k", "1"},
                                                                 {"PEXPIREAT", "k", Now(0)}}) {
    Run({"SET", "k", "v"});
    Propagated(), Events(), Modified();
    EXPECT_EQ(Run(words), Integer(1));
    EXPECT_EQ(Propagated(), "DEL k");
    EXPECT_EQ(Events(), "del k");
    EXPECT_EQ(Modified(), "k");
    EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  }
}

TEST_F(ExpireTest, AReplicaKeepsAKeyWhoseTimeIsOver) {
  keyspace_.set_expiry_mode(keyspace::ExpiryMode::kHide);
  EXPECT_EQ(Run({"PEXPIREAT", "k", "1"}), Integer(1));
  EXPECT_EQ(Run({"GET", "k"}), Null());
  EXPECT_EQ(keyspace_.db(0).size(), 1u);
  keyspace_.set_expiry_mode(keyspace::ExpiryMode::kDelete);
  EXPECT_EQ(Run({"GET", "k"}), Null());
  EXPECT_EQ(keyspace_.db(0).size(), 0u);
}

TEST_F(ExpireTest, Persist) {
  EXPECT_EQ(Run({"PERSIST", "k"}), Integer(0));
  EXPECT_EQ(Run({"PERSIST", "none"}), Integer(0));
  EXPECT_EQ(Propagated() + Events(), "");
  Run({"EXPIRE", "k", "10"});
  Propagated(), Events();
  EXPECT_EQ(Run({"PERSIST", "k"}), Integer(1));
  EXPECT_EQ(Events(), "persist k");
  EXPECT_EQ(Propagated(), "PERSIST k");
  EXPECT_EQ(Run({"TTL", "k"}), Integer(-1));
}

TEST_F(ExpireTest, LazyExpiryIsPropagatedAsUnlink) {
  Configure("lazyfree-lazy-expire", "yes");
  Run({"EXPIRE", "k", "-1"});
  EXPECT_EQ(Propagated(), "UNLINK k");
}

TEST_F(ExpireTest, TheActiveCycleDeletesWhatNobodyAsksFor) {
  for (int i = 0; i < 50; ++i) Run({"SET", "e" + std::to_string(i), "v", "PX", "10"});
  clock_.AdvanceMs(11);
  Propagated(), Events();
  keyspace_.RefreshTime();
  // One cycle may leave a few: it works with samples. Cron runs it again and again.
  for (int cycles = 0; cycles < 100 && keyspace_.db(0).expiring_keys() > 0; ++cycles) {
    keyspace_.ActiveExpire(keyspace::ExpiryCycle::kSlow);
  }
  EXPECT_EQ(Run({"DBSIZE"}), Integer(1));
  const std::string events = Events();
  EXPECT_NE(events.find("expired e7;"), std::string::npos) << events;
  EXPECT_NE(Propagated().find("DEL e7;"), std::string::npos);
}

}  // namespace
}  // namespace keyway::testing
