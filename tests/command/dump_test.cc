// DUMP and RESTORE.
#include <string>

#include "server/base/crc64.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class DumpTest : public CommandTest {
 protected:
  using CommandTest::CommandTest;

  // The payload of a key.
  std::string Dump(const std::string& key) {
    const std::string reply = Run({"DUMP", key});
    const size_t line = reply.find("\r\n");
    return reply.substr(line + 2, reply.size() - line - 4);
  }
  // A payload of that body with a right footer.
  static std::string Payload(std::string body, int version = 11) {
    body += static_cast<char>(version), body += '\0';
    uint64_t crc = Crc64(0, body);
    for (int i = 0; i < 8; ++i, crc >>= 8) body += static_cast<char>(crc);
    return body;
  }
  std::string FullPropagation(const std::string& key, int64_t when_ms, const std::string& payload) {
    return "RESTORE " + key + " " + std::to_string(when_ms) + " " + payload + " ABSTTL";
  }
};

class Dump70Test : public DumpTest {
 protected:
  Dump70Test() : DumpTest("7.0") {}
};

TEST_F(DumpTest, AKeyComesBack) {
  EXPECT_EQ(Run({"DUMP", "none"}), Null());
  Run({"SET", "k", "value"});
  const std::string payload = Dump("k");
  Propagated(), Events();
  EXPECT_EQ(Run({"RESTORE", "k", "0", payload}), Error("BUSYKEY Target key name already exists."));
  EXPECT_EQ(Run({"RESTORE", "k2", "0", payload}), Ok());
  EXPECT_EQ(Run({"GET", "k2"}), Bulk("value"));
  EXPECT_EQ(Run({"PTTL", "k2"}), Integer(-1));
  EXPECT_EQ(Events(), "restore k2");
  EXPECT_EQ(Propagated(), "RESTORE k2 0 " + payload);
}

TEST_F(DumpTest, EveryTypeComesBack) {
  Run({"RPUSH", "list", "a", "1"}), Run({"SADD", "set", "1", "2"}), Run({"HSET", "hash", "f", "v"});
  Run({"ZADD", "zset", "1.5", "m"}), Run({"XADD", "stream", "1-1", "f", "v"}), Run({"SET", "int", "12"});
  for (const char* key : {"list", "set", "hash", "zset", "stream", "int"}) {
    const std::string copy = std::string(key) + ":copy";
    EXPECT_EQ(Run({"RESTORE", copy, "0", Dump(key)}), Ok());
    EXPECT_EQ(Run({"TYPE", copy}), Run({"TYPE", key}));
    EXPECT_EQ(Run({"OBJECT", "ENCODING", copy}), Run({"OBJECT", "ENCODING", key}));
    EXPECT_EQ(Dump(copy), Dump(key));
  }
}

TEST_F(DumpTest, VersionOfNewPayloads) {
  Run({"SET", "k", "value"});
  const std::string payload = Dump("k");
  EXPECT_EQ(payload.substr(payload.size() - 10, 2), std::string("\x0b\0", 2));
}

TEST_F(Dump70Test, VersionOfOldPayloads) {
  Run({"SET", "k", "value"}), Run({"SADD", "set", "a"});
  const std::string payload = Dump("k");
  EXPECT_EQ(payload.substr(payload.size() - 10, 2), std::string("\x0a\0", 2));
  EXPECT_EQ(Dump("set").substr(0, 3), std::string("\x02\x01\x01", 3)) << "sets have no listpacks there";
  EXPECT_EQ(Run({"RESTORE", "packed", "0", Payload("\x14\x0a\x0a" + std::string("\0\0\0\x01\0\x81", 6) + "a\x02\xff")}),
            Ok());
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "packed"}), Bulk("hashtable"));
}

TEST_F(DumpTest, TimesToLive) {
  Run({"SET", "k", "v"});
  const std::string payload = Dump("k");
  Propagated();
  const int64_t now_ms = clock_.WallMs();
  EXPECT_EQ(Run({"RESTORE", "a", "5000", payload}), Ok());
  EXPECT_EQ(Run({"PTTL", "a"}), Integer(5000));
  EXPECT_EQ(Propagated(), FullPropagation("a", now_ms + 5000, payload));
  const std::string when = std::to_string(now_ms + 300);
  EXPECT_EQ(Run({"RESTORE", "b", when, payload, "ABSTTL"}), Ok());
  EXPECT_EQ(Run({"PTTL", "b"}), Integer(300));
  EXPECT_EQ(Propagated(), "RESTORE b " + when + " " + payload + " ABSTTL");
  EXPECT_EQ(Run({"RESTORE", "c", "-1", payload}), Error("ERR Invalid TTL value, must be >= 0"));
  EXPECT_EQ(Run({"RESTORE", "c", "x", payload}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"RESTORE", "c", "9223372036854775807", payload}), Ok());
}

TEST_F(DumpTest, ATimeThatIsOver) {
  Run({"SET", "k", "v"});
  const std::string payload = Dump("k"), past = std::to_string(clock_.WallMs() - 1);
  Propagated(), Events();
  EXPECT_EQ(Run({"RESTORE", "absent", past, payload, "ABSTTL"}), Ok());
  EXPECT_EQ(Run({"EXISTS", "absent"}), Integer(0));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Run({"RESTORE", "k", past, payload, "ABSTTL", "REPLACE"}), Ok());
  EXPECT_EQ(Run({"EXISTS", "k"}), Integer(0));
  EXPECT_EQ(Events(), "del k");
  EXPECT_EQ(Propagated(), "DEL k");
}

TEST_F(DumpTest, Replace) {
  Run({"SET", "k", "v"});
  const std::string payload = Dump("k");
  Run({"DEL", "k"}), Run({"RPUSH", "k", "a"});
  EXPECT_EQ(Run({"RESTORE", "k", "0", payload, "REPLACE"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
}

TEST_F(DumpTest, UsageOptions) {
  Run({"SET", "k", "v"});
  const std::string payload = Dump("k");
  EXPECT_EQ(Run({"RESTORE", "idle", "0", payload, "IDLETIME", "1000"}), Ok());
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "idle"}), Integer(1000));
  EXPECT_EQ(Run({"RESTORE", "x", "0", payload, "IDLETIME", "-1"}), Error("ERR Invalid IDLETIME value, must be >= 0"));
  EXPECT_EQ(Run({"RESTORE", "x", "0", payload, "FREQ", "256"}),
            Error("ERR Invalid FREQ value, must be >= 0 and <= 255"));
  EXPECT_EQ(Run({"RESTORE", "x", "0", payload, "FREQ", "5", "IDLETIME", "5"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"RESTORE", "x", "0", payload, "FREQ"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"RESTORE", "x", "0", payload, "WHAT"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"RESTORE", "huge", "0", payload, "IDLETIME", "9223372036854775807"}), Ok());
  keyspace_.settings().access_tracking = keyspace::AccessTracking::kLfu;
  EXPECT_EQ(Run({"RESTORE", "freq", "0", payload, "FREQ", "100"}), Ok());
  EXPECT_EQ(Run({"OBJECT", "FREQ", "freq"}), Integer(100));
}

TEST_F(DumpTest, BadPayloads) {
  Run({"SET", "k", "v"});
  const std::string payload = Dump("k");
  const std::string wrong = Error("ERR DUMP payload version or checksum are wrong");
  EXPECT_EQ(Run({"RESTORE", "x", "0", "..."}), wrong);
  EXPECT_EQ(Run({"RESTORE", "x", "0", payload + "1"}), wrong);
  EXPECT_EQ(Run({"RESTORE", "x", "0", Payload(std::string("\0\x01v", 3), 12)}), wrong);
  const std::string bad = Error("ERR Bad data format");
  EXPECT_EQ(Run({"RESTORE", "x", "0", Payload("")}), bad);
  EXPECT_EQ(Run({"RESTORE", "x", "0", Payload(std::string("\0\x05v", 3))}), bad);
  EXPECT_EQ(Run({"RESTORE", "x", "0", Payload(std::string("\x02\0", 2))}), bad) << "an empty set";
  EXPECT_EQ(Run({"RESTORE", "x", "0", Payload(std::string("\0\x81\xff\xff\xff\xff\xff\xff\xff\xf7", 10))}), bad);
  EXPECT_EQ(Run({"EXISTS", "x"}), Integer(0));
  EXPECT_EQ(Run({"RESTORE", "x", "0", Payload(std::string("\0\x01v", 3), 1)}), Ok());
}

TEST_F(DumpTest, ABadPayloadLeavesWhatIsThere) {
  Run({"SET", "k", "v"});
  Propagated(), Modified();
  EXPECT_EQ(Run({"RESTORE", "k", "0", Payload(std::string("\x02\0", 2)), "REPLACE"}), Error("ERR Bad data format"));
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  EXPECT_EQ(Propagated(), "");
  EXPECT_EQ(Modified(), "");
}

}  // namespace
}  // namespace keyway::testing
