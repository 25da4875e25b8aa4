// The table: every option and alias that Redis 7.0 and 7.2 know, and how values are read and shown.
#include "server/config/option.h"

#include <gtest/gtest.h>

#include "server/config/kinds.h"

namespace keyway::config {
namespace {

std::string Value(const Settings& settings, std::string_view name) { return FindOption(name)->kind->Get(settings); }

// Sets as CONFIG SET does; "" or the error.
std::string SetValue(Settings& settings, std::string_view name, std::string_view value) {
  const auto words = SplitValue(*FindOption(name), value);
  if (!words) return words.error().text();
  const Result<> set = FindOption(name)->kind->Set(settings, *words, false);
  return set ? "" : set.error().text();
}

class OptionTest : public testing::Test {
 protected:
  std::string Set(std::string_view name, std::string_view value) { return SetValue(settings_, name, value); }
  std::string Get(std::string_view name) { return Value(settings_, name); }

  Settings settings_ = DefaultSettings();
};

constexpr const char* kRedisNames[] = {"acl-pubsub-default",
                                       "aclfile",
                                       "acllog-max-len",
                                       "active-defrag-cycle-max",
                                       "active-defrag-cycle-min",
                                       "active-defrag-ignore-bytes",
                                       "active-defrag-max-scan-fields",
                                       "active-defrag-threshold-lower",
                                       "active-defrag-threshold-upper",
                                       "active-expire-effort",
                                       "activedefrag",
                                       "activerehashing",
                                       "always-show-logo",
                                       "aof-disable-auto-gc",
                                       "aof-load-truncated",
                                       "aof-rewrite-incremental-fsync",
                                       "aof-timestamp-enabled",
                                       "aof-use-rdb-preamble",
                                       "aof_rewrite_cpulist",
                                       "appenddirname",
                                       "appendfilename",
                                       "appendfsync",
                                       "appendonly",
                                       "auto-aof-rewrite-min-size",
                                       "auto-aof-rewrite-percentage",
                                       "bgsave_cpulist",
                                       "bind",
                                       "bind-source-addr",
                                       "bio_cpulist",
                                       "busy-reply-threshold",
                                       "client-default-resp",
                                       "client-output-buffer-limit",
                                       "client-query-buffer-limit",
                                       "cluster-allow-pubsubshard-when-down",
                                       "cluster-allow-reads-when-down",
                                       "cluster-allow-replica-migration",
                                       "cluster-announce-bus-port",
                                       "cluster-announce-hostname",
                                       "cluster-announce-human-nodename",
                                       "cluster-announce-ip",
                                       "cluster-announce-port",
                                       "cluster-announce-tls-port",
                                       "cluster-config-file",
                                       "cluster-enabled",
                                       "cluster-link-sendbuf-limit",
                                       "cluster-migration-barrier",
                                       "cluster-node-timeout",
                                       "cluster-ping-interval",
                                       "cluster-port",
                                       "cluster-preferred-endpoint-type",
                                       "cluster-replica-no-failover",
                                       "cluster-replica-validity-factor",
                                       "cluster-require-full-coverage",
                                       "cluster-slave-no-failover",
                                       "cluster-slave-validity-factor",
                                       "crash-log-enabled",
                                       "crash-memcheck-enabled",
                                       "daemonize",
                                       "databases",
                                       "dbfilename",
                                       "dir",
                                       "disable-thp",
                                       "dynamic-hz",
                                       "enable-debug-command",
                                       "enable-module-command",
                                       "enable-protected-configs",
                                       "hash-max-listpack-entries",
                                       "hash-max-listpack-value",
                                       "hash-max-ziplist-entries",
                                       "hash-max-ziplist-value",
                                       "hll-sparse-max-bytes",
                                       "hz",
                                       "ignore-warnings",
                                       "io-threads",
                                       "io-threads-do-reads",
                                       "jemalloc-bg-thread",
                                       "key-load-delay",
                                       "latency-monitor-threshold",
                                       "latency-tracking",
                                       "latency-tracking-info-percentiles",
                                       "lazyfree-lazy-eviction",
                                       "lazyfree-lazy-expire",
                                       "lazyfree-lazy-server-del",
                                       "lazyfree-lazy-user-del",
                                       "lazyfree-lazy-user-flush",
                                       "lfu-decay-time",
                                       "lfu-log-factor",
                                       "list-compress-depth",
                                       "list-max-listpack-size",
                                       "list-max-ziplist-size",
                                       "loading-process-events-interval-bytes",
                                       "locale-collate",
                                       "logfile",
                                       "loglevel",
                                       "lua-time-limit",
                                       "masterauth",
                                       "masteruser",
                                       "maxclients",
                                       "maxmemory",
                                       "maxmemory-clients",
                                       "maxmemory-eviction-tenacity",
                                       "maxmemory-policy",
                                       "maxmemory-samples",
                                       "min-replicas-max-lag",
                                       "min-replicas-to-write",
                                       "min-slaves-max-lag",
                                       "min-slaves-to-write",
                                       "no-appendfsync-on-rewrite",
                                       "notify-keyspace-events",
                                       "oom-score-adj",
                                       "oom-score-adj-values",
                                       "pidfile",
                                       "port",
                                       "proc-title-template",
                                       "propagation-error-behavior",
                                       "protected-mode",
                                       "proto-max-bulk-len",
                                       "rdb-del-sync-files",
                                       "rdb-key-save-delay",
                                       "rdb-save-incremental-fsync",
                                       "rdbchecksum",
                                       "rdbcompression",
                                       "repl-backlog-size",
                                       "repl-backlog-ttl",
                                       "repl-disable-tcp-nodelay",
                                       "repl-diskless-load",
                                       "repl-diskless-sync",
                                       "repl-diskless-sync-delay",
                                       "repl-diskless-sync-max-replicas",
                                       "repl-ping-replica-period",
                                       "repl-ping-slave-period",
                                       "repl-timeout",
                                       "replica-announce-ip",
                                       "replica-announce-port",
                                       "replica-announced",
                                       "replica-ignore-disk-write-errors",
                                       "replica-ignore-maxmemory",
                                       "replica-lazy-flush",
                                       "replica-priority",
                                       "replica-read-only",
                                       "replica-serve-stale-data",
                                       "replicaof",
                                       "req-res-logfile",
                                       "requirepass",
                                       "sanitize-dump-payload",
                                       "save",
                                       "server_cpulist",
                                       "set-max-intset-entries",
                                       "set-max-listpack-entries",
                                       "set-max-listpack-value",
                                       "set-proc-title",
                                       "shutdown-on-sigint",
                                       "shutdown-on-sigterm",
                                       "shutdown-timeout",
                                       "slave-announce-ip",
                                       "slave-announce-port",
                                       "slave-ignore-maxmemory",
                                       "slave-lazy-flush",
                                       "slave-priority",
                                       "slave-read-only",
                                       "slave-serve-stale-data",
                                       "slaveof",
                                       "slowlog-log-slower-than",
                                       "slowlog-max-len",
                                       "socket-mark-id",
                                       "stop-writes-on-bgsave-error",
                                       "stream-node-max-bytes",
                                       "stream-node-max-entries",
                                       "supervised",
                                       "syslog-enabled",
                                       "syslog-facility",
                                       "syslog-ident",
                                       "tcp-backlog",
                                       "tcp-keepalive",
                                       "timeout",
                                       "tls-auth-clients",
                                       "tls-ca-cert-dir",
                                       "tls-ca-cert-file",
                                       "tls-cert-file",
                                       "tls-ciphers",
                                       "tls-ciphersuites",
                                       "tls-client-cert-file",
                                       "tls-client-key-file",
                                       "tls-client-key-file-pass",
                                       "tls-cluster",
                                       "tls-dh-params-file",
                                       "tls-key-file",
                                       "tls-key-file-pass",
                                       "tls-port",
                                       "tls-prefer-server-ciphers",
                                       "tls-protocols",
                                       "tls-replication",
                                       "tls-session-cache-size",
                                       "tls-session-cache-timeout",
                                       "tls-session-caching",
                                       "tracking-table-max-keys",
                                       "unixsocket",
                                       "unixsocketperm",
                                       "use-exit-on-panic",
                                       "watchdog-period",
                                       "zset-max-listpack-entries",
                                       "zset-max-listpack-value",
                                       "zset-max-ziplist-entries",
                                       "zset-max-ziplist-value"};

constexpr const char* kOwnNames[] = {"redis-compat",
                                     "io-threads",
                                     "io-engine",
                                     "listen",
                                     "loadtransport",
                                     "transport-dir",
                                     "transport-cache-dir",
                                     "enable-transport-command",
                                     "tls-backend",
                                     "replication-transport",
                                     "cluster-transport",
                                     "sentinel-transport",
                                     "tls-groups",
                                     "tls-auth-clients-user",
                                     "tls-crl-file",
                                     "tls-verify-peer-name",
                                     "tls-auto-reload-interval",
                                     "tls-session-ticket-key-file",
                                     "tls-handshake-timeout",
                                     "tls-handshake-concurrency",
                                     "tls-mode",
                                     "tls-mode-plaintext-auth",
                                     "tls-profile",
                                     "tls-port-profile",
                                     "max-new-connections-per-cycle",
                                     "max-new-tls-connections-per-cycle"};

TEST_F(OptionTest, KnowsEveryNameOfRedisAndItsOwn) {
  for (const char* name : kRedisNames) EXPECT_NE(FindOption(name), nullptr) << name;
  for (const char* name : kOwnNames) EXPECT_NE(FindOption(name), nullptr) << name;
  EXPECT_EQ(FindOption("no-such-option"), nullptr);
  EXPECT_EQ(FindOption(""), nullptr);
  EXPECT_EQ(FindOption("MaxMemory"), FindOption("maxmemory"));
  EXPECT_EQ(FindOption("slave-priority"), FindOption("replica-priority"));
}

TEST_F(OptionTest, EveryRowExplainsItselfAndTakesItsDefault) {
  for (const Option& option : Options()) {
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_EQ(option.help.back(), '.') << option.name;
    EXPECT_FALSE(option.kind->Describe().empty()) << option.name;
    if (option.name == "loadtransport" || option.name == "replicaof") continue;  // not set by default, and immutable
    const std::string value = Value(DefaultSettings(), option.name);
    EXPECT_EQ(SetValue(settings_, option.name, value), "") << option.name << " = " << value;
    EXPECT_EQ(Get(option.name), value);
  }
}

TEST_F(OptionTest, DefaultsAreThoseOfRedis) {
  const std::pair<const char*, const char*> expected[] = {
      {"port", "6379"},
      {"databases", "16"},
      {"hz", "10"},
      {"timeout", "0"},
      {"tcp-keepalive", "300"},
      {"tcp-backlog", "511"},
      {"maxclients", "10000"},
      {"bind", "* -::*"},
      {"save", "3600 1 300 100 60 10000"},
      {"dbfilename", "dump.rdb"},
      {"client-output-buffer-limit", "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
      {"oom-score-adj-values", "0 200 800"},
      {"latency-tracking-info-percentiles", "50 99 99.9"},
      {"hash-max-listpack-entries", "512"},
      {"list-max-listpack-size", "-2"},
      {"set-max-listpack-entries", "128"},
      {"proto-max-bulk-len", "536870912"},
      {"client-query-buffer-limit", "1073741824"},
      {"auto-aof-rewrite-min-size", "67108864"},
      {"repl-backlog-size", "1048576"},
      {"tls-auth-clients", "yes"},
      {"tls-session-cache-size", "20480"},
      {"maxmemory-policy", "noeviction"},
      {"acl-pubsub-default", "resetchannels"},
      {"proc-title-template", "{title} {listen-addr} {server-mode}"},
      {"unixsocketperm", "0"},
      {"notify-keyspace-events", ""},
      {"shutdown-on-sigterm", "default"},
      {"syslog-ident", "redis"},
      {"redis-compat", "7.2"},
      {"tls-backend", "openssl"},
      {"enable-transport-command", "no"},
      {"tls-mode", "require"}};
  for (const auto& [name, value] : expected) EXPECT_EQ(Value(DefaultSettings(), name), value) << name;
}

TEST_F(OptionTest, YesAndNo) {
  EXPECT_EQ(Set("appendonly", "YES"), "");
  EXPECT_TRUE(settings_.appendonly);
  EXPECT_EQ(Get("appendonly"), "yes");
  for (const char* bad : {"", "1", "true", "yes "}) EXPECT_EQ(Set("appendonly", bad), "argument must be 'yes' or 'no'");
  EXPECT_TRUE(settings_.appendonly);
}

TEST_F(OptionTest, Integers) {
  EXPECT_EQ(Set("key-load-delay", "-500"), "");
  EXPECT_EQ(settings_.key_load_delay, -500);
  EXPECT_EQ(Set("port", "65536"), "argument must be between 0 and 65535 inclusive");
  EXPECT_EQ(Set("port", "-1"), "argument must be between 0 and 65535 inclusive");
  EXPECT_EQ(Set("timeout", "2147483648"), "argument must be between 0 and 2147483647 inclusive");
  for (const char* bad : {"", "x", "1x", " 1", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(Set("port", bad), "argument couldn't be parsed into an integer") << bad;
  }
  EXPECT_EQ(settings_.port, 6379);
}

TEST_F(OptionTest, HzIsMovedIntoItsRange) {
  EXPECT_EQ(Set("hz", "0"), "");
  EXPECT_EQ(settings_.hz, 1);
  EXPECT_EQ(Set("hz", "100000"), "");
  EXPECT_EQ(settings_.hz, 500);
  EXPECT_NE(Set("hz", "-1"), "");
}

TEST_F(OptionTest, Sizes) {
  EXPECT_EQ(Set("maxmemory", "2gb"), "");
  EXPECT_EQ(Get("maxmemory"), "2147483648");
  EXPECT_EQ(Set("maxmemory", "18446744073709551615"), "");
  EXPECT_EQ(settings_.maxmemory, UINT64_MAX);
  EXPECT_EQ(Set("maxmemory", "-1"), "argument must be a memory value");
  EXPECT_EQ(Set("maxmemory", "5tb"), "argument must be a memory value");
  EXPECT_EQ(Set("proto-max-bulk-len", "1k"), "argument must be between 1048576 and 9223372036854775807 inclusive");
  EXPECT_EQ(Set("proto-max-bulk-len", "18446744073709551615"),
            "argument must be between 1048576 and 9223372036854775807 inclusive");
}

TEST_F(OptionTest, SizesOrPercentages) {
  EXPECT_EQ(Set("maxmemory-clients", "5%"), "");
  EXPECT_EQ(settings_.maxmemory_clients, -5);
  EXPECT_EQ(Get("maxmemory-clients"), "5%");
  EXPECT_EQ(Set("maxmemory-clients", "100mb"), "");
  EXPECT_EQ(Get("maxmemory-clients"), "104857600");
  EXPECT_EQ(Set("maxmemory-clients", "101%"), "percentage argument must be less or equal to 100");
  for (const char* bad : {"%", "x%", "-5%", "5x", ""}) {
    EXPECT_EQ(Set("maxmemory-clients", bad), "argument must be a memory or percent value") << bad;
  }
}

TEST_F(OptionTest, Octal) {
  EXPECT_EQ(Set("unixsocketperm", "0755"), "");
  EXPECT_EQ(settings_.unixsocketperm, 0755);
  EXPECT_EQ(Get("unixsocketperm"), "755");
  EXPECT_EQ(Set("unixsocketperm", "9"), "argument couldn't be parsed as an octal number");
  EXPECT_EQ(Set("unixsocketperm", "1000"), "argument must be between 0 and 777 inclusive");
}

TEST_F(OptionTest, Enums) {
  EXPECT_EQ(Set("loglevel", "WARNING"), "");
  EXPECT_EQ(settings_.loglevel, LogLevelName::kWarning);
  EXPECT_EQ(Set("maxmemory-policy", "lru"),
            "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, "
            "allkeys-lru, "
            "allkeys-lfu, allkeys-random, noeviction");
  EXPECT_EQ(Set("oom-score-adj", "relative"), "");
  EXPECT_EQ(Get("oom-score-adj"), "yes") << "two names, the first is shown";
  EXPECT_EQ(Set("redis-compat", "7.0"), "");
  EXPECT_EQ(settings_.redis_compat, Compat::k70);
  EXPECT_NE(Set("redis-compat", "6.2"), "");
}

TEST_F(OptionTest, StringsMayBeAnythingButNul) {
  EXPECT_EQ(Set("logfile", "/a b\xff"), "");
  EXPECT_EQ(settings_.logfile, "/a b\xff");
  EXPECT_EQ(Set("logfile", std::string_view("a\0b", 3)), "argument must not contain NUL bytes");
  EXPECT_EQ(Set("requirepass", std::string_view("a\0b", 3)), "") << "passwords may be any bytes";
  EXPECT_EQ(settings_.requirepass.size(), 3u);
}

TEST_F(OptionTest, CheckedStrings) {
  EXPECT_EQ(Set("dbfilename", "a/b"), "dbfilename can't be a path, just a filename");
  EXPECT_EQ(Set("appendfilename", ""), "appendfilename can't be empty");
  EXPECT_EQ(Set("appenddirname", "../x"), "appenddirname can't be a path, just a dirname");
  EXPECT_EQ(Set("cluster-announce-hostname", "a_b"),
            "Hostnames may only contain alphanumeric characters, hyphens or dots");
  EXPECT_EQ(Set("cluster-announce-hostname", std::string(256, 'a')), "Hostnames must be less than 256 characters");
  EXPECT_EQ(Set("cluster-announce-human-nodename", "a,b"), "");
  EXPECT_EQ(Set("cluster-announce-human-nodename", "a:b"), "Announced human node name contained invalid character");
  EXPECT_EQ(Set("proc-title-template", "{title} {{x}} {port}"), "");
  for (const char* bad : {"", "{", "{nope}", "x{title"}) {
    EXPECT_EQ(Set("proc-title-template", bad), "template format is invalid or contains unknown variables") << bad;
  }
  EXPECT_EQ(Set("locale-collate", "C"), "");
  EXPECT_EQ(Set("locale-collate", "xx_YY.nothing"), "Invalid locale name");
  EXPECT_NE(Set("activedefrag", "yes").find("Active defragmentation cannot be enabled"), std::string::npos);
  EXPECT_EQ(Set("activedefrag", "no"), "");
}

TEST_F(OptionTest, Save) {
  EXPECT_EQ(Set("save", "900 1 300 10"), "");
  EXPECT_EQ(Get("save"), "900 1 300 10");
  EXPECT_EQ(Set("save", ""), "");
  EXPECT_EQ(Get("save"), "");
  for (const char* bad : {"900", "900 1 300", "0 1", "900 -1", "900  1", "x 1", "900 1x"}) {
    EXPECT_EQ(Set("save", bad), "Invalid save parameters") << bad;
  }
}

TEST_F(OptionTest, ClientOutputBufferLimit) {
  EXPECT_EQ(Set("client-output-buffer-limit", "replica 1mb 2kb 3 normal 4 5 6"), "");
  EXPECT_EQ(Get("client-output-buffer-limit"), "normal 4 5 6 slave 1048576 2048 3 pubsub 33554432 8388608 60");
  EXPECT_EQ(settings_.client_output_buffer_limit[kBufferLimitReplica].hard_bytes, 1u << 20);
  EXPECT_EQ(Set("client-output-buffer-limit", "slave 0 0 0"), "");
  EXPECT_EQ(Set("client-output-buffer-limit", "normal 1 2"),
            "Wrong number of arguments in buffer limit configuration.");
  EXPECT_EQ(Set("client-output-buffer-limit", "master 1 2 3"),
            "Invalid client class specified in buffer limit configuration.");
  EXPECT_EQ(Set("client-output-buffer-limit", "pubsub 9 9 9 normal x 2 3"),
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
  EXPECT_EQ(Get("client-output-buffer-limit"), "normal 4 5 6 slave 0 0 0 pubsub 33554432 8388608 60")
      << "all or nothing";
}

TEST_F(OptionTest, KeyspaceEvents) {
  EXPECT_EQ(Set("notify-keyspace-events", "KEA"), "");
  EXPECT_EQ(Get("notify-keyspace-events"), "AKE");
  EXPECT_EQ(Set("notify-keyspace-events", "gxnmK"), "");
  EXPECT_EQ(Get("notify-keyspace-events"), "gxnKm");
  EXPECT_EQ(Set("notify-keyspace-events", "AnmKE"), "");
  EXPECT_EQ(Get("notify-keyspace-events"), "AnKEm");
  EXPECT_EQ(Set("notify-keyspace-events", "Q"), "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  EXPECT_EQ(Set("notify-keyspace-events", ""), "");
  EXPECT_EQ(settings_.notify_keyspace_events, 0u);
}

TEST_F(OptionTest, OtherListsOfWords) {
  EXPECT_EQ(Set("bind", "127.0.0.1 -::1"), "");
  EXPECT_EQ(settings_.bind, (std::vector<std::string>{"127.0.0.1", "-::1"}));
  EXPECT_EQ(Set("bind", ""), "");
  EXPECT_TRUE(settings_.bind.empty());
  EXPECT_EQ(Set("bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"), "Too many bind addresses specified.");

  EXPECT_EQ(Set("oom-score-adj-values", "-5 0 2000"), "");
  EXPECT_EQ(Get("oom-score-adj-values"), "-5 0 2000");
  EXPECT_EQ(Set("oom-score-adj-values", "1 2"), "wrong number of arguments");
  EXPECT_EQ(Set("oom-score-adj-values", "1 2 2001"),
            "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");

  EXPECT_EQ(Set("latency-tracking-info-percentiles", "50.000 99.90 100"), "");
  EXPECT_EQ(Get("latency-tracking-info-percentiles"), "50 99.9 100");
  EXPECT_EQ(Set("latency-tracking-info-percentiles", "50 x"), "Invalid latency-tracking-info-percentiles parameters");
  EXPECT_EQ(Set("latency-tracking-info-percentiles", "101"),
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
  EXPECT_EQ(Set("latency-tracking-info-percentiles", ""), "");

  EXPECT_EQ(Set("shutdown-on-sigint", "force now"), "");
  EXPECT_EQ(Get("shutdown-on-sigint"), "now force");
  EXPECT_EQ(Set("shutdown-on-sigint", "save nosave"), "shutdown options SAVE and NOSAVE can't be used simultaneously");
  EXPECT_EQ(Set("shutdown-on-sigint", "later"),
            "argument(s) must be one of the following: default, save, nosave, now, force");
  EXPECT_EQ(Set("shutdown-on-sigint", "default"), "");
  EXPECT_EQ(settings_.shutdown_on_sigint, 0u);

  EXPECT_EQ(Set("replicaof", "::1 6380"), "");
  EXPECT_EQ(Get("replicaof"), "::1 6380");
  EXPECT_EQ(Set("replicaof", "host 65536"), "Invalid master port");
  EXPECT_EQ(Set("replicaof", "host"), "wrong number of arguments");
  EXPECT_EQ(Set("replicaof", "NO ONE"), "");
  EXPECT_EQ(Get("replicaof"), "");
}

TEST_F(OptionTest, Listen) {
  EXPECT_EQ(Set("listen", "tcp://127.0.0.1:7000 tls-wolfssl+unix:///run/kw.sock tls-profile web x y://z"), "");
  ASSERT_EQ(settings_.listen.size(), 2u);
  EXPECT_EQ(settings_.listen[0].stack, "tcp");
  EXPECT_EQ(settings_.listen[0].address, "127.0.0.1:7000");
  EXPECT_EQ(settings_.listen[1].stack, "tls-wolfssl+unix");
  EXPECT_EQ(settings_.listen[1].address, "/run/kw.sock");
  EXPECT_EQ(settings_.listen[1].settings, (SettingList{{"tls-profile", "web"}, {"x", "y://z"}}));
  EXPECT_EQ(Get("listen"), "tcp://127.0.0.1:7000 tls-wolfssl+unix:///run/kw.sock tls-profile web x y://z");
  for (const char* bad : {"tcp", "tcp://", "://x", "+tcp://x", "tcp+://x", "a b://x", "tcp://x lonely", "\"tcp://x"}) {
    EXPECT_NE(Set("listen", bad), "") << bad;
  }
  EXPECT_EQ(settings_.listen.size(), 2u);
  EXPECT_EQ(Set("listen", ""), "");
  EXPECT_TRUE(settings_.listen.empty());
}

TEST_F(OptionTest, TlsProfiles) {
  EXPECT_EQ(Set("tls-profile", "web tls-cert-file \"/a b.crt\" web tls-auth-clients no api server-name api.example"),
            "");
  EXPECT_EQ(settings_.tls_profile["web"], (SettingList{{"tls-cert-file", "/a b.crt"}, {"tls-auth-clients", "no"}}));
  EXPECT_EQ(settings_.tls_profile["api"], (SettingList{{"server-name", "api.example"}}));
  EXPECT_EQ(Get("tls-profile"), "api server-name api.example web tls-cert-file \"/a b.crt\" web tls-auth-clients no");
  EXPECT_EQ(Set("tls-profile", "web tls-cert-file"), "tls-profile takes a profile, a setting and a value");
  EXPECT_EQ(Set("tls-profile", "web port 1"), "'port' cannot be set in a TLS profile");
  EXPECT_EQ(Set("tls-profile", "web tls-auth-clients maybe"),
            "profile 'web', tls-auth-clients: argument(s) must be one of the following: no, yes, optional");
  EXPECT_NE(Set("tls-profile", "we/b tls-auth-clients no"), "");
  EXPECT_EQ(Set("tls-profile", "web server-name \"A.example  *.B.example\""), "");
  EXPECT_EQ(Get("tls-profile"), "web server-name \"a.example *.b.example\"");
  for (const char* name : {"\"\"", "*", "*.", "a..b", "a.*", "*a.b", "a.", "a/b"}) {
    EXPECT_EQ(Set("tls-profile", std::string("web server-name ") + name),
              "profile 'web', server-name: it takes names like a.example and *.a.example");
  }
  EXPECT_EQ(Set("tls-profile", "web tls-openssl.provider fips"), "");
  EXPECT_EQ(settings_.tls_profile.size(), 1u);
}

TEST_F(OptionTest, TransportSettingsHaveADot) {
  EXPECT_TRUE(IsTransportSetting("tls-openssl.provider"));
  EXPECT_TRUE(IsTransportSetting("my_transport.a.b"));
  for (const char* bad : {"port", ".x", "x.", "a b.c", ""}) EXPECT_FALSE(IsTransportSetting(bad)) << bad;
}

}  // namespace
}  // namespace keyway::config
