// CONFIG SET and CONFIG GET.
#include "server/config/config.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/config/option.h"
#include "tests/unit/config/temp_dir.h"

namespace keyway::config {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class ConfigTest : public testing::Test {
 protected:
  // "" or the error reply.
  std::string Set(std::vector<Config::NameValue> changes, SetContext context = {}) {
    const Result<> set = config_.Set(changes, context);
    return set ? "" : set.error().text();
  }
  Pairs Get(std::vector<std::string_view> patterns) { return config_.Get(patterns); }
  std::string Value(std::string_view name) { return config_.GetValue(name).value_or("(none)"); }

  Config config_;
};

TEST_F(ConfigTest, SetsSeveralAtOnce) {
  const Settings* address = &config_.settings();
  EXPECT_EQ(Set({{"maxmemory", "100mb"}, {"hz", "50"}, {"Slave-Priority", "7"}}), "");
  EXPECT_EQ(config_.settings().maxmemory, 100u << 20);
  EXPECT_EQ(config_.settings().hz, 50);
  EXPECT_EQ(config_.settings().replica_priority, 7);
  EXPECT_EQ(&config_.settings(), address) << "readers may keep the reference";
}

TEST_F(ConfigTest, RefusesAndChangesNothing) {
  EXPECT_EQ(Set({{"hz", "50"}, {"nope", "1"}}), "ERR Unknown option or number of arguments for CONFIG SET - 'nope'");
  EXPECT_EQ(
      Set({{"hz", "50"}, {"port", "x"}}),
      "ERR CONFIG SET failed (possibly related to argument 'port') - argument couldn't be parsed into an integer");
  EXPECT_EQ(Set({{"hz", "50"}, {"databases", "3"}}),
            "ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config");
  EXPECT_EQ(Set({{"hz", "50"}, {"HZ", "60"}}),
            "ERR CONFIG SET failed (possibly related to argument 'HZ') - duplicate parameter");
  EXPECT_EQ(Set({{"replica-priority", "1"}, {"slave-priority", "2"}}),
            "ERR CONFIG SET failed (possibly related to argument 'slave-priority') - duplicate parameter");
  EXPECT_EQ(Set({{"a.b", "1"}, {"a.B", "2"}}),
            "ERR CONFIG SET failed (possibly related to argument 'a.B') - duplicate parameter");
  EXPECT_EQ(config_.settings().hz, 10);
  EXPECT_TRUE(config_.settings().transport_settings.empty());
}

TEST_F(ConfigTest, ProtectedOptions) {
  TempDir dir;
  const std::string denied = "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config";
  EXPECT_EQ(Set({{"dir", dir.path()}}, {.local_client = true}), denied);
  config_.MutableSettings().enable_protected_configs = ProtectedAction::kLocal;
  EXPECT_EQ(Set({{"dir", dir.path()}}), denied);
  EXPECT_EQ(Set({{"dir", dir.path()}}, {.local_client = true}), "");
  EXPECT_EQ(Value("dir"), dir.path());
  config_.MutableSettings().enable_protected_configs = ProtectedAction::kYes;
  EXPECT_EQ(Set({{"dbfilename", "other.rdb"}}), "");
  EXPECT_EQ(Set({{"dir", dir / "none"}}),
            "ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory");
  EXPECT_EQ(Value("dir"), dir.path());
}

TEST_F(ConfigTest, SomeOptionsWaitForTheDataset) {
  EXPECT_EQ(Set({{"repl-diskless-load", "swapdb"}}, {.loading = true}),
            "LOADING Redis is loading the dataset in memory");
  EXPECT_EQ(Set({{"hz", "20"}}, {.loading = true}), "");
}

TEST_F(ConfigTest, EveryVisibleOptionTakesItsPresentValue) {
  config_.MutableSettings().enable_protected_configs = ProtectedAction::kYes;
  int tried = 0;
  for (const Option& option : Options()) {
    if (option.Is(kImmutable)) continue;
    EXPECT_EQ(Set({{option.name, Value(option.name)}}), "") << option.name;
    ++tried;
  }
  EXPECT_GT(tried, 100);
}

TEST_F(ConfigTest, HooksRunOncePerChangedGroupInOrder) {
  std::vector<std::string> calls;
  const auto record = [&](std::string name) {
    return [&calls, name](const Settings&) -> Result<> {
      calls.push_back(name);
      return {};
    };
  };
  config_.OnApply(ApplyGroup::kTls, record("tls"));
  config_.OnApply(ApplyGroup::kTlsPort, record("tls-port"));
  config_.OnApply(ApplyGroup::kHz, record("hz"));
  EXPECT_EQ(Set({{"tls-port", "6380"}, {"tls-ciphers", "A"}, {"tls-protocols", "TLSv1.3"}, {"hz", "10"}}), "");
  EXPECT_EQ(calls, (std::vector<std::string>{"tls", "tls-port"})) << "hz did not change";

  calls.clear();
  EXPECT_EQ(Set({{"tls-cert-file", ""}}), "");
  EXPECT_EQ(calls, (std::vector<std::string>{"tls"})) << "a file's content may be new under the old name";
}

TEST_F(ConfigTest, AFailingHookPutsEverythingBack) {
  int64_t applied_port = 6379;
  int64_t old_seen = -1;
  config_.OnApply(ApplyGroup::kPort, [&](const Settings& old) -> Result<> {
    if (config_.settings().port == 1) return Fail("Unable to listen on this port. Check server logs.");
    old_seen = old.port;
    applied_port = config_.settings().port;
    return {};
  });
  int64_t applied_hz = 10;
  config_.OnApply(ApplyGroup::kHz, [&](const Settings&) -> Result<> {
    applied_hz = config_.settings().hz;
    return {};
  });
  EXPECT_EQ(Set({{"port", "7000"}}), "");
  EXPECT_EQ(old_seen, 6379);
  EXPECT_EQ(applied_port, 7000);

  EXPECT_EQ(Set({{"maxmemory", "5"}, {"port", "1"}, {"hz", "77"}}),
            "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server "
            "logs.");
  EXPECT_EQ(config_.settings().port, 7000);
  EXPECT_EQ(config_.settings().hz, 10);
  EXPECT_EQ(config_.settings().maxmemory, 0u);
  EXPECT_EQ(applied_port, 7000);
  EXPECT_EQ(applied_hz, 10) << "applied before the failure, and put back";
  EXPECT_EQ(old_seen, 1) << "the refused value";
}

TEST_F(ConfigTest, ForeseesAndChangesNothing) {
  int hooks = 0;
  config_.OnApply(ApplyGroup::kTls, [&](const Settings&) -> Result<> { return ++hooks, Result<>(); });
  const std::vector<Config::NameValue> changes = {{"tls-ciphers", "HIGH"}, {"hz", "10"}, {"tls-openssl.x", "y"}};
  const auto outcome = config_.Foresee(changes);
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(outcome->settings.tls_ciphers, "HIGH");
  EXPECT_TRUE(outcome->Touches(ApplyGroup::kTls));
  EXPECT_TRUE(outcome->Touches(ApplyGroup::kTransports));
  EXPECT_FALSE(outcome->Touches(ApplyGroup::kHz)) << "it has that value";
  EXPECT_EQ(Value("tls-ciphers"), "");
  EXPECT_EQ(hooks, 0);
  EXPECT_FALSE(SameValues(outcome->settings, config_.settings()));
  EXPECT_EQ(Set(changes), "");
  EXPECT_TRUE(SameValues(outcome->settings, config_.settings()));
  const std::vector<Config::NameValue> wrong = {{"port", "x"}};
  const auto refused = config_.Foresee(wrong);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text(), Set(wrong));
}

TEST_F(ConfigTest, SettingsThatDifferInOneValueDiffer) {
  Settings other = config_.settings();
  EXPECT_TRUE(SameValues(other, config_.settings()));
  other.loadtransport.push_back({"a", {{"secret", "1"}}});
  EXPECT_FALSE(SameValues(other, config_.settings()));
  Settings one = other;
  one.loadtransport[0].settings[0].second = "2";
  EXPECT_FALSE(SameValues(one, other)) << "CONFIG GET does not show it";
  other = config_.settings();
  other.tls_profile["web"] = {{"tls-cert-file", "a"}};
  EXPECT_FALSE(SameValues(other, config_.settings()));
}

TEST_F(ConfigTest, GetByNameAndPattern) {
  EXPECT_EQ(Get({"maxmemory"}), (Pairs{{"maxmemory", "0"}}));
  EXPECT_EQ(Get({"MAXMEMORY", "maxmemory"}), (Pairs{{"MAXMEMORY", "0"}})) << "once, as it was first written";
  EXPECT_EQ(Get({"no-such", "x.y"}), Pairs());
  EXPECT_EQ(Get({"slave-priority"}), (Pairs{{"slave-priority", "100"}}));
  EXPECT_EQ(Get({"*-priority"}), (Pairs{{"replica-priority", "100"}, {"slave-priority", "100"}}));
  EXPECT_EQ(Get({"PORT", "por*"}).size(), 1u);

  const Pairs all = Get({"*"});
  std::vector<std::string> names;
  for (const auto& [name, value] : all) names.push_back(name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  size_t expected = 0;
  for (const Option& option : Options()) {
    if (!option.Is(kHidden)) expected += option.alias.empty() ? 1 : 2;
  }
  EXPECT_EQ(names.size(), expected);
}

TEST_F(ConfigTest, HiddenOptionsAnswerToTheirNameOnly) {
  for (const char* name : {"key-load-delay", "rdb-key-save-delay", "loading-process-events-interval-bytes",
                           "use-exit-on-panic", "watchdog-period"}) {
    EXPECT_EQ(Get({name}).size(), 1u) << name;
    EXPECT_TRUE(Get({std::string(name) + "*"}).empty()) << name;
  }
  EXPECT_EQ(Set({{"key-load-delay", "-100"}}), "");
  EXPECT_EQ(config_.settings().key_load_delay, -100);
}

TEST_F(ConfigTest, SensitiveOptionsAreKnown) {
  for (const char* name : {"requirepass", "masterauth", "MASTERUSER", "tls-key-file-pass", "tls-openssl.pin"}) {
    EXPECT_TRUE(Config::IsSensitive(name)) << name;
  }
  EXPECT_FALSE(Config::IsSensitive("port"));
  EXPECT_FALSE(Config::IsSensitive("nope"));
}

TEST_F(ConfigTest, TransportSettingsBelongToThePlugIn) {
  EXPECT_EQ(Set({{"TLS-openssl.Provider", "fips"}}), "");
  EXPECT_EQ(Get({"tls-openssl.*"}), (Pairs{{"tls-openssl.provider", "fips"}}));
  config_.OnApply(ApplyGroup::kTransports, [&](const Settings&) -> Result<> {
    if (config_.settings().transport_settings.contains("nope.x")) return Fail("no transport 'nope'");
    return {};
  });
  EXPECT_EQ(Set({{"nope.x", "1"}}),
            "ERR CONFIG SET failed (possibly related to argument 'nope.x') - no transport 'nope'");
  EXPECT_EQ(Get({"*.*"}), (Pairs{{"tls-openssl.provider", "fips"}}));
  EXPECT_EQ(Set({{"tls-openssl.provider", ""}}), "");
  EXPECT_EQ(Value("tls-openssl.provider"), "(none)");
}

TEST_F(ConfigTest, CrashReportShowsNoSecrets) {
  EXPECT_EQ(Set({{"requirepass", "hush"}, {"masterauth", "hush"}}), "");
  const std::string report = config_.CrashReport();
  EXPECT_NE(report.find("io-threads 1\n"), std::string::npos);
  EXPECT_EQ(report.find("hush"), std::string::npos);
}

}  // namespace
}  // namespace keyway::config
