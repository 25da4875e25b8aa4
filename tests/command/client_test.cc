// CLIENT.
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ClientTest : public CommandTest {
 protected:
  ClientTest() {
    clients_.Add(2, "127.0.0.1:50002");
    clients_.Add(3, "10.0.0.1:50003", "10.0.0.9:6380");
  }
  std::string Row(uint64_t id) { return clients_.Describe(*clients_.Find(id)) + "\n"; }
};

constexpr std::string_view kSyntax = "ERR syntax error";
constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";

TEST_F(ClientTest, IdInfoAndList) {
  EXPECT_EQ(Run({"CLIENT", "ID"}), Integer(1));
  EXPECT_EQ(Run({"CLIENT", "INFO"}), Verbatim(Row(1)));
  EXPECT_EQ(Run({"CLIENT", "LIST"}), Verbatim(Row(1) + Row(2) + Row(3)));
  EXPECT_EQ(Run({"CLIENT", "LIST", "ID", "3", "9", "2", "-1"}), Verbatim(Row(3) + Row(2)));
  clients_.Find(2)->flags |= command::kClientReplica;
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", "normal"}), Verbatim(Row(1) + Row(3)));
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", "REPLICA"}), Verbatim(Row(2)));
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", "slave"}), Verbatim(Row(2)));
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", "pubsub"}), Verbatim(""));
  UseResp3();
  EXPECT_EQ(Run({"CLIENT", "INFO"}), Verbatim(Row(1)));
}

TEST_F(ClientTest, ListErrors) {
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", "x"}), Error("ERR Unknown client type 'x'"));
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE"}), Error(kSyntax));
  EXPECT_EQ(Run({"CLIENT", "LIST", "ID"}), Error(kSyntax));
  EXPECT_EQ(Run({"CLIENT", "LIST", "ID", "x"}), Error("ERR Invalid client ID"));
  EXPECT_EQ(Run({"CLIENT", "LIST", "WHAT"}), Error(kSyntax));
}

TEST_F(ClientTest, Names) {
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Null());
  EXPECT_EQ(Run({"CLIENT", "SETNAME", "worker-1"}), Ok());
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Bulk("worker-1"));
  for (const char* name : {"a b", "a\n", "\x7f", "\xc3\xa9"}) {
    EXPECT_EQ(Run({"CLIENT", "SETNAME", name}),
              Error("ERR Client names cannot contain spaces, newlines or special characters."));
  }
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Bulk("worker-1"));
  EXPECT_EQ(Run({"CLIENT", "SETNAME", ""}), Ok());
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Null());
}

TEST_F(ClientTest, SetInfo) {
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "lib-name", "redis-py"}), Ok());
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "LIB-VER", "5.0.1"}), Ok());
  EXPECT_EQ(client_.labels().library_name, "redis-py");
  EXPECT_EQ(client_.labels().library_version, "5.0.1");
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "lib-name", "a b"}),
            Error("ERR lib-name cannot contain spaces, newlines or special characters."));
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "what", "x"}), Error("ERR Unrecognized option 'what'"));
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "lib-name", ""}), Ok());
  EXPECT_EQ(client_.labels().library_name, "");
}

TEST_F(ClientTest, KillByAddress) {
  EXPECT_EQ(Run({"CLIENT", "KILL", "127.0.0.1:1"}), Error("ERR No such client"));
  EXPECT_EQ(Run({"CLIENT", "KILL", "127.0.0.1:50002"}), Ok());
  EXPECT_EQ(clients_.orders, "kill 2");
  EXPECT_EQ(Run({"CLIENT", "KILL", "127.0.0.1:50001"}), Ok());
  EXPECT_EQ(clients_.orders, "kill 2; kill 1 after reply");
}

TEST_F(ClientTest, KillByFilters) {
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "7"}), Integer(0));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "1"}), Integer(0));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "2", "ADDR", "10.0.0.1:50003"}), Integer(0));
  EXPECT_EQ(Run({"CLIENT", "KILL", "LADDR", "10.0.0.9:6380", "TYPE", "normal", "USER", "default"}), Integer(1));
  EXPECT_EQ(clients_.orders, "kill 3");
  EXPECT_EQ(Run({"CLIENT", "KILL", "TYPE", "normal"}), Integer(1));
  EXPECT_EQ(clients_.orders, "kill 3; kill 2");
  EXPECT_EQ(Run({"CLIENT", "KILL", "SKIPME", "no", "TYPE", "normal"}), Integer(1));
  EXPECT_EQ(clients_.orders, "kill 3; kill 2; kill 1 after reply");
}

TEST_F(ClientTest, KillErrorsKillNobody) {
  const std::string id_error = "ERR client-id should be greater than 0";
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "0"}), Error(id_error));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "-5"}), Error(id_error));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "x"}), Error(id_error));
  EXPECT_EQ(Run({"CLIENT", "KILL", "TYPE", "x"}), Error("ERR Unknown client type 'x'"));
  EXPECT_EQ(Run({"CLIENT", "KILL", "USER", "nobody"}), Error("ERR No such user 'nobody'"));
  EXPECT_EQ(Run({"CLIENT", "KILL", "SKIPME", "maybe"}), Error(kSyntax));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "2", "TYPE"}), Error(kSyntax));
  EXPECT_EQ(Run({"CLIENT", "KILL", "WHAT", "2"}), Error(kSyntax));
  EXPECT_EQ(clients_.orders, "");
}

TEST_F(ClientTest, PauseAndUnpause) {
  const std::string until = std::to_string(clock_.WallMs() + 500);
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "500", "WRITE"}), Ok());
  EXPECT_EQ(clients_.orders, "pause write " + until);
  EXPECT_EQ(Run({"CLIENT", "UNPAUSE"}), Ok());
  EXPECT_EQ(clients_.pause_mode(), command::PauseMode::kNone);
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "x"}), Error("ERR timeout is not an integer or out of range"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "-1"}), Error("ERR timeout is negative"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "9223372036854775807"}), Error("ERR timeout is out of range"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "x", "WHAT"}), Error("ERR CLIENT PAUSE mode must be WRITE or ALL"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "1", "ALL", "x"}),
            Error("ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP."));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "500"}), Ok());
  EXPECT_EQ(clients_.orders, "pause write " + until + "; pause all " + until);
}

TEST_F(ClientTest, ReplyOff) {
  EXPECT_EQ(Run({"CLIENT", "REPLY", "OFF"}), "");
  EXPECT_EQ(Run({"PING"}), "");
  EXPECT_EQ(Run({"GET"}), "");
  EXPECT_EQ(Run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(Run({"CLIENT", "REPLY", "ON"}), Ok());
  EXPECT_EQ(Run({"PING"}), Simple("PONG"));
  EXPECT_EQ(Run({"CLIENT", "REPLY", "x"}), Error(kSyntax));
}

TEST_F(ClientTest, ReplySkip) {
  EXPECT_EQ(Run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(Run({"SET", "k", "v"}), "");
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
  EXPECT_EQ(Run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(Run({"CLIENT", "REPLY", "ON"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Bulk("v"));
}

TEST_F(ClientTest, Unblock) {
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "2"}), Integer(0));
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "99"}), Integer(0));
  clients_.Find(2)->flags |= command::kClientBlocked;
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "2", "ERROR"}), Integer(1));
  clients_.Find(2)->flags |= command::kClientBlocked;
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "2", "timeout"}), Integer(1));
  EXPECT_EQ(clients_.orders, "unblock 2 error; unblock 2");
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "x", "what"}), Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "x"}), Error(kNotInteger));
}

TEST_F(ClientTest, Switches) {
  EXPECT_EQ(Run({"CLIENT", "NO-EVICT", "on"}), Ok());
  EXPECT_TRUE(client_.Has(command::kClientNoEvict));
  EXPECT_EQ(Run({"CLIENT", "NO-EVICT", "off"}), Ok());
  EXPECT_FALSE(client_.Has(command::kClientNoEvict));
  EXPECT_EQ(Run({"CLIENT", "NO-EVICT", "x"}), Error(kSyntax));
  EXPECT_EQ(Run({"CLIENT", "NO-TOUCH", "on"}), Ok());
  EXPECT_TRUE(client_.Has(command::kClientNoTouch));
  EXPECT_EQ(Run({"CLIENT", "NO-TOUCH", "x"}), Error(kSyntax));
}

TEST_F(ClientTest, NobodyTracks) {
  EXPECT_EQ(Run({"CLIENT", "GETREDIR"}), Integer(-1));
  UseResp3();
  EXPECT_EQ(Run({"CLIENT", "TRACKINGINFO"}),
            Map({{Bulk("flags"), Set({Bulk("off")})}, {Bulk("redirect"), Integer(-1)}, {Bulk("prefixes"), Array({})}}));
}

TEST_F(ClientTest, UnknownSubcommand) {
  EXPECT_EQ(Run({"CLIENT", "WHAT"}), Error("ERR unknown subcommand 'WHAT'. Try CLIENT HELP."));
  EXPECT_EQ(Run({"CLIENT"}), Error("ERR wrong number of arguments for 'client' command"));
  EXPECT_EQ(Run({"CLIENT", "ID", "x"}), Error("ERR wrong number of arguments for 'client|id' command"));
}

}  // namespace
}  // namespace keyway::testing
