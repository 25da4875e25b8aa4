// net::Dial over tcp and unix, and everything over a stream carrier.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <filesystem>

#include "server/net/address.h"
#include "server/net/io_thread.h"
#include "server/net/stack.h"
#include "tests/unit/net/net_fixture.h"

namespace keyway::net::test {
namespace {

class DialTest : public testing::Test {
 protected:
  bool Until(const std::function<bool()>& done) { return TurnUntil(*loop, done); }
  std::unique_ptr<event::EventLoop> loop = event::test::MakeLoop(SystemClock());
  RecordingHandler client;
};

TEST_F(DialTest, ConnectsOverTcpAndEchoes) {
  auto tcp = MakeTestStack("tcp");
  ASSERT_NE(tcp, nullptr);
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  auto connection = Dial(tcp, server.address(), {}, *loop, client);
  SendText(*connection, "sent before it is open");
  EXPECT_EQ(client.opens, 0);
  std::string expected = "sent before it is open";
  ASSERT_TRUE(Until([&] { return client.received == expected; }));
  EXPECT_EQ(client.opens, 1);
  EXPECT_EQ(client.info.peer, server.address());
  EXPECT_NE(client.info.local, "");
  EXPECT_TRUE(client.info.peer_is_local);
  connection->Close();
  ASSERT_TRUE(Until([&] { return client.closes == 1; }));
}

TEST_F(DialTest, TriesAllAddressesOfAName) {
  auto tcp = MakeTestStack("tcp");
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  // "localhost" may be ::1 first, where nobody listens.
  auto connection = Dial(tcp, "localhost:" + std::to_string(server.listener().port()), {}, *loop, client);
  ASSERT_TRUE(Until([&] { return client.opens == 1 || client.closes == 1; }));
  EXPECT_EQ(client.closes, 0) << client.reason.detail;
}

TEST_F(DialTest, ComesFromTheAddressThatItIsTold) {
  auto tcp = MakeTestStack("tcp");
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  DialOptions options;
  options.source_address = "127.0.0.5";
  auto connection = Dial(tcp, server.address(), options, *loop, client);
  ASSERT_TRUE(Until([&] { return client.opens == 1 && server.accepted == 1; }));
  EXPECT_TRUE(client.info.local.starts_with("127.0.0.5:")) << client.info.local;
}

TEST_F(DialTest, SaysWhyItFailed) {
  auto tcp = MakeTestStack("tcp");
  std::string address;
  {
    EchoServer server(tcp, "127.0.0.1:0", *loop);
    address = server.address();
  }
  auto connection = Dial(tcp, address, {}, *loop, client);
  EXPECT_EQ(client.closes, 0);
  ASSERT_TRUE(Until([&] { return client.closes == 1; }));
  EXPECT_EQ(client.reason.cause, CloseCause::kDialFailed);
  EXPECT_NE(client.reason.detail.find("refused"), std::string::npos) << client.reason.detail;
  EXPECT_EQ(client.opens, 0);
}

TEST_F(DialTest, ANameThatDoesNotExistFails) {
  auto tcp = MakeTestStack("tcp");
  auto connection = Dial(tcp, "no.such.host.invalid:1", {}, *loop, client);
  ASSERT_TRUE(Until([&] { return client.closes == 1; }));
  EXPECT_EQ(client.reason.cause, CloseCause::kDialFailed);
  EXPECT_NE(client.reason.detail, "");
}

TEST_F(DialTest, MayBeGivenUpAtAnyTime) {
  auto tcp = MakeTestStack("tcp");
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  for (int turns = 0; turns < 6; ++turns) {
    auto connection = Dial(tcp, server.address(), {}, *loop, client);
    for (int i = 0; i < turns; ++i) loop->RunOnce(1'000);
  }
  auto connection = Dial(tcp, server.address(), {}, *loop, client);
  connection->Abort();
  int closes = client.closes;
  ASSERT_TRUE(Until([&] { return client.closes == closes + 1; }));
}

TEST_F(DialTest, TheDeadlineSpansEverything) {
  auto tcp = MakeTestStack("tcp");
  // A backlog of one that is full: the third connect gets no answer.
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener.get(), 0), 0);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  std::string text = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  std::vector<std::unique_ptr<RecordingHandler>> handlers;
  std::vector<std::unique_ptr<Connection>> connections;
  DialOptions options;
  options.timeout_ms = 300;
  for (int i = 0; i < 4; ++i) {
    handlers.push_back(std::make_unique<RecordingHandler>());
    connections.push_back(Dial(tcp, text, options, *loop, *handlers.back()));
  }
  ASSERT_TRUE(Until([&] { return handlers.back()->closes == 1 || handlers[2]->closes == 1; }));
  auto& failed = handlers.back()->closes == 1 ? handlers.back() : handlers[2];
  EXPECT_EQ(failed->reason.cause, CloseCause::kDialFailed);
  EXPECT_EQ(failed->reason.detail, "timed out");
}

TEST_F(DialTest, ConnectsOverALocalSocket) {
  auto stack = MakeTestStack("unix");
  ASSERT_NE(stack, nullptr);
  std::string path = "/tmp/keyway-dial-" + std::to_string(getpid()) + ".sock";
  EchoServer server(stack, path, *loop);
  ASSERT_EQ(server.error(), "");
  auto connection = Dial(stack, path, {}, *loop, client);
  SendText(*connection, "x");
  EXPECT_TRUE(Until([&] { return client.received == "x"; }));
  server.listener().Unlink();
  auto again = Dial(stack, path, {}, *loop, client);
  ASSERT_TRUE(Until([&] { return client.closes == 1; }));
  EXPECT_EQ(client.reason.cause, CloseCause::kDialFailed);
}

TEST(Address, FamiliesTakeTurnsAndIpv6IsFirst) {
  std::vector<kw_address> addresses(5);
  const char* texts[] = {"1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1", "[::1]:1", "[::2]:1"};
  for (size_t i = 0; i < 5; ++i) strcpy(addresses[i].text, texts[i]);
  InterleaveFamilies(addresses);
  std::string order;
  for (auto& address : addresses) order += AddressText(address) + " ";
  EXPECT_EQ(order, "[::1]:1 1.1.1.1:1 [::2]:1 2.2.2.2:1 3.3.3.3:1 ");
}

TEST(Address, WithPortChangesThePortAlone) {
  EXPECT_EQ(WithPort("[::1]:0", 6379), "[::1]:6379");
  EXPECT_EQ(WithPort("127.0.0.1:0", 6379), "127.0.0.1:6379");
  EXPECT_EQ(WithPort("/run/k.sock", 6379), "/run/k.sock");
}

// ---- stream carriers ----

class StreamCarrierTest : public DialTest {};

TEST_F(StreamCarrierTest, EchoesBothWaysWithWaitingWriters) {
  auto stack = MakeTestStack("loopback");
  ASSERT_NE(stack, nullptr);
  EchoServer server(stack, "here", *loop);
  ASSERT_EQ(server.error(), "");
  EXPECT_EQ(server.address(), "here");
  auto connection = Dial(stack, "here", {}, *loop, client);
  std::string sent = RandomBytes(5'000'000);
  SendText(*connection, sent);
  ASSERT_TRUE(Until([&] { return client.received.size() == sent.size(); }));
  EXPECT_TRUE(client.received == sent);
  EXPECT_EQ(client.drains, 1);
  EXPECT_EQ(connection->fd(), -1);
  EXPECT_EQ(server.last().connection->info().peer, "inside");
  EXPECT_EQ(server.last().connection->info().local, "here");
  EXPECT_TRUE(server.last().connection->info().peer_is_local);
  connection->Close();
  ASSERT_TRUE(Until([&] { return client.closes == 1 && server.last().handler.closes == 1; }));
  EXPECT_EQ(*server.last().handler.end, ReceiveStatus::kEnd);
}

TEST_F(StreamCarrierTest, AnAbortIsATruncationForThePeer) {
  auto stack = MakeTestStack("loopback");
  EchoServer server(stack, "abort", *loop);
  auto connection = Dial(stack, "abort", {}, *loop, client);
  ASSERT_TRUE(Until([&] { return client.opens == 1 && server.accepted == 1 && server.last().handler.opens == 1; }));
  connection->Abort();
  ASSERT_TRUE(Until([&] { return server.last().handler.closes == 1; }));
  EXPECT_EQ(*server.last().handler.end, ReceiveStatus::kTruncated);
}

TEST_F(StreamCarrierTest, RefusedAndBusyAddressesAreErrors) {
  auto stack = MakeTestStack("loopback");
  auto connection = Dial(stack, "nobody", {}, *loop, client);
  ASSERT_TRUE(Until([&] { return client.closes == 1; }));
  EXPECT_EQ(client.reason.cause, CloseCause::kDialFailed);
  EXPECT_NE(client.reason.detail.find("Connection refused"), std::string::npos);
  EchoServer first(stack, "taken", *loop);
  EchoServer second(stack, "taken", *loop);
  EXPECT_NE(second.error().find("Address already in use"), std::string::npos);
}

TEST_F(StreamCarrierTest, APausedListenerKeepsConnectionsWaiting) {
  auto stack = MakeTestStack("loopback");
  EchoServer server(stack, "pause", *loop);
  server.listener().Pause(true);
  auto connection = Dial(stack, "pause", {}, *loop, client);
  SendText(*connection, "x");
  for (int i = 0; i < 10; ++i) loop->RunOnce(1'000);
  EXPECT_EQ(server.accepted, 0);
  server.listener().Pause(false);
  EXPECT_TRUE(Until([&] { return client.received == "x"; }));
}

TEST_F(StreamCarrierTest, ConnectionsMoveToAnotherThreadOrSayThatTheyCannot) {
  IoThread thread("io-1", SystemClock(), event::test::EngineUnderTest());
  thread.Start();
  auto stack = MakeTestStack("loopback");
  RecordingHandler remote;
  remote.echo = true;
  std::unique_ptr<Connection> remote_connection;  // of the thread
  auto listeners = Listen(stack, "move", {}, 10, *loop, [&](std::unique_ptr<AcceptedSocket> socket) {
    EXPECT_EQ(socket->bound_loop(), nullptr);
    thread.loop().Post([&, raw = socket.release()] {
      remote_connection = Adopt(std::unique_ptr<AcceptedSocket>(raw), thread.loop(), remote, 1000);
    });
  });
  ASSERT_TRUE(listeners.has_value());
  auto connection = Dial(stack, "move", {}, *loop, client);
  std::string sent = RandomBytes(1'000'000);
  SendText(*connection, sent);
  ASSERT_TRUE(Until([&] { return client.received.size() == sent.size(); }));
  EXPECT_TRUE(client.received == sent);
  thread.loop().Post([&] { remote_connection.reset(); });
  thread.Stop();
  thread.Join();

  auto fixed = MakeTestStack("loopback-fixed");
  ASSERT_NE(fixed, nullptr);
  event::EventLoop* bound = nullptr;
  auto fixed_listeners = Listen(fixed, "fixed", {}, 10, *loop,
                                [&](std::unique_ptr<AcceptedSocket> socket) { bound = socket->bound_loop(); });
  RecordingHandler other;
  auto fixed_connection = Dial(fixed, "fixed", {}, *loop, other);
  ASSERT_TRUE(Until([&] { return bound != nullptr; }));
  EXPECT_EQ(bound, loop.get());
}

}  // namespace
}  // namespace keyway::net::test
