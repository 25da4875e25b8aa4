// The connection's own commands: PING to HELLO.
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class ConnectionTest : public CommandTest {
 protected:
  std::string HelloReply(int version, std::string_view announced = "7.2.4") {
    return Map({{Bulk("server"), Bulk("redis")},
                {Bulk("version"), Bulk(announced)},
                {Bulk("proto"), Integer(version)},
                {Bulk("id"), Integer(1)},
                {Bulk("mode"), Bulk("standalone")},
                {Bulk("role"), Bulk("master")},
                {Bulk("modules"), Array({})}});
  }
};

constexpr std::string_view kWrongPass = "WRONGPASS invalid username-password pair or user is disabled.";
constexpr std::string_view kNoAuth = "NOAUTH Authentication required.";

TEST_F(ConnectionTest, PingAndEcho) {
  EXPECT_EQ(Run({"PING"}), Simple("PONG"));
  EXPECT_EQ(Run({"PING", "x"}), Bulk("x"));
  EXPECT_EQ(Run({"PING", "x", "y"}), Error("ERR wrong number of arguments for 'ping' command"));
  EXPECT_EQ(Run({"ECHO", "hi"}), Bulk("hi"));
  EXPECT_EQ(Run({"ECHO"}), Error("ERR wrong number of arguments for 'echo' command"));
}

TEST_F(ConnectionTest, ASubscriberIsAnsweredInItsForm) {
  client_.flags |= command::kClientPubSub;
  EXPECT_EQ(Run({"PING"}), Bulks({"pong", ""}));
  EXPECT_EQ(Run({"PING", "x"}), Bulks({"pong", "x"}));
  UseResp3();
  EXPECT_EQ(Run({"PING", "x"}), Bulk("x"));
}

TEST_F(ConnectionTest, QuitClosesAfterItsReply) {
  EXPECT_EQ(Run({"QUIT"}), Ok());
  EXPECT_EQ(clients_.orders, "kill 1 after reply");
}

TEST_F(ConnectionTest, Hello) {
  EXPECT_EQ(Run({"HELLO"}), HelloReply(2));
  EXPECT_EQ(Run({"HELLO", "2"}), HelloReply(2));
  const std::string reply = Run({"HELLO", "3", "SETNAME", "me"});
  EXPECT_TRUE(resp3());
  EXPECT_EQ(reply, HelloReply(3));
  EXPECT_EQ(client_.labels().name, "me");
  EXPECT_EQ(Run({"HELLO"}), HelloReply(3));
  EXPECT_EQ(Run({"HELLO", "2"}).substr(0, 5), "*14\r\n");
}

TEST_F(ConnectionTest, HelloErrorsChangeNothing) {
  EXPECT_EQ(Run({"HELLO", "x"}), Error("ERR Protocol version is not an integer or out of range"));
  EXPECT_EQ(Run({"HELLO", "1"}), Error("NOPROTO unsupported protocol version"));
  EXPECT_EQ(Run({"HELLO", "4"}), Error("NOPROTO unsupported protocol version"));
  EXPECT_EQ(Run({"HELLO", "3", "WHAT"}), Error("ERR Syntax error in HELLO option 'WHAT'"));
  EXPECT_EQ(Run({"HELLO", "3", "AUTH", "default"}), Error("ERR Syntax error in HELLO option 'AUTH'"));
  EXPECT_EQ(Run({"HELLO", "3", "SETNAME"}), Error("ERR Syntax error in HELLO option 'SETNAME'"));
  EXPECT_EQ(Run({"HELLO", "3", "SETNAME", "a b"}),
            Error("ERR Client names cannot contain spaces, newlines or special characters."));
  EXPECT_EQ(Run({"HELLO", "3", "AUTH", "nobody", "x"}), Error(kWrongPass));
  EXPECT_FALSE(resp3());
}

TEST_F(ConnectionTest, PasswordIsRequired) {
  server_.password = "secret";
  client_.authenticated = false;
  EXPECT_EQ(Run({"GET", "k"}), Error(kNoAuth));
  EXPECT_EQ(Run({"HELLO", "3"}),
            Error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH "
                  "<user> <pass> option can be used to authenticate the client and select the RESP protocol version at "
                  "the same time"));
  EXPECT_FALSE(resp3());
  EXPECT_EQ(Run({"AUTH", "wrong"}), Error(kWrongPass));
  EXPECT_EQ(Run({"AUTH", "nobody", "secret"}), Error(kWrongPass));
  EXPECT_EQ(Run({"AUTH", "default", "secret", "x"}), Error("ERR syntax error"));
  EXPECT_EQ(Run({"GET", "k"}), Error(kNoAuth));
  EXPECT_EQ(Run({"AUTH", "secret"}), Ok());
  EXPECT_EQ(Run({"GET", "k"}), Null());
  client_.authenticated = false;
  EXPECT_EQ(Run({"AUTH", "default", "secret"}), Ok());
  client_.authenticated = false;
  EXPECT_EQ(Run({"HELLO", "2", "AUTH", "default", "secret"}), HelloReply(2));
  EXPECT_EQ(Run({"GET", "k"}), Null());
}

TEST_F(ConnectionTest, AuthWithoutAPasswordIsProbablyAMistake) {
  EXPECT_EQ(Run({"AUTH", "x"}),
            Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your "
                  "configuration is correct?"));
  EXPECT_EQ(Run({"AUTH", "default", "x"}), Ok());
}

TEST_F(ConnectionTest, ResetForgetsWhatTheClientSet) {
  server_.password = "secret";
  Run({"SELECT", "4"});
  Run({"CLIENT", "SETNAME", "me"});
  Run({"CLIENT", "SETINFO", "LIB-NAME", "lib"});
  Run({"CLIENT", "NO-EVICT", "ON"});
  Run({"CLIENT", "NO-TOUCH", "ON"});
  UseResp3();
  EXPECT_EQ(Run({"RESET"}), Simple("RESET"));
  EXPECT_FALSE(resp3());
  EXPECT_EQ(client_.db, 0);
  EXPECT_EQ(client_.labels().name, "");
  EXPECT_EQ(client_.labels().library_name, "lib");
  EXPECT_FALSE(client_.Has(command::kClientNoEvict | command::kClientNoTouch));
  EXPECT_EQ(Run({"GET", "k"}), Error(kNoAuth));
  client_.flags |= command::kClientReplica;
  EXPECT_EQ(Run({"RESET"}), Error("ERR can only reset normal client connections"));
}

class Connection70Test : public ConnectionTest {
 protected:
  Connection70Test() { services_.compat_70 = true; }
};

TEST_F(Connection70Test, AnnouncesTheOlderVersion) { EXPECT_EQ(Run({"HELLO"}), HelloReply(2, "7.0.15")); }

}  // namespace
}  // namespace keyway::testing
