// A filter that is no TLS (rot13), over a carrier that is not ours, from listening to closing; and copies of plug-ins
// that are replaced under live connections.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <list>

#include "server/base/clock.h"
#include "server/event/event_loop.h"
#include "tests/unit/net/net_fixture.h"
#include "tests/unit/net/plugin_sandbox.h"

namespace keyway::net {
namespace {

using test::EchoServer;
using test::RawPeer;
using test::RecordingHandler;
using test::SendText;
using test::TurnUntil;

class FilterStackTest : public PluginSandbox {
 protected:
  void SetUp() override {
    Install("carrier_1", "fix-carrier");
    Install("rot13", "rot13");
    loop_ = event::test::MakeLoop(SystemClock());
  }
  std::unique_ptr<EchoServer> Serve(const std::string& stack) {
    auto server = std::make_unique<EchoServer>(MustMakeStack(stack), "127.0.0.1:0", *loop_);
    EXPECT_EQ(server->error(), "");
    return server;
  }
  std::unique_ptr<Connection> DialTo(EchoServer& server, const std::string& stack, RecordingHandler& handler) {
    return Dial(MustMakeStack(stack), server.address(), {}, *loop_, handler);
  }
  std::unique_ptr<RawPeer> RawDial(EchoServer& server) {
    UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.listener().port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return std::make_unique<RawPeer>(std::move(fd));
  }
  bool Until(const std::function<bool()>& done) { return TurnUntil(*loop_, done); }

  std::unique_ptr<event::EventLoop> loop_;
};

TEST_F(FilterStackTest, CarriesPlaintextBothWaysAndClosesCleanly) {
  auto server = Serve("rot13+fix-carrier");
  RecordingHandler client;
  std::unique_ptr<Connection> connection = DialTo(*server, "rot13+fix-carrier", client);
  ASSERT_TRUE(Until([&] { return client.opens == 1; })) << client.reason.detail;
  EXPECT_EQ(client.info.transport, "rot13+fix-carrier");
  EXPECT_TRUE(client.info.peer_is_local);

  SendText(*connection, "Hello, plug-in!");
  ASSERT_TRUE(Until([&] { return client.received == "Hello, plug-in!"; }));

  std::string much(300'000, 'k');  // beyond the gate of the pipe
  client.received.clear();
  SendText(*connection, much);
  ASSERT_TRUE(Until([&] { return client.received.size() == much.size(); }));
  EXPECT_EQ(client.received, much);

  connection->Close();
  ASSERT_TRUE(Until([&] { return client.closes == 1 && server->last().handler.closes == 1; }));
  EXPECT_EQ(server->last().handler.end, ReceiveStatus::kEnd);
}

TEST_F(FilterStackTest, TheWireCarriesWhatTheFilterMakes) {
  auto server = Serve("rot13+fix-carrier");
  std::unique_ptr<RawPeer> peer = RawDial(*server);
  peer->Write("ROT13\nuryyb");  // "hello"
  ASSERT_TRUE(Until([&] { return peer->Read(), peer->received == "ROT13\nuryyb"; })) << peer->received;
  EXPECT_EQ(server->last().handler.received_bytes, 5u);
  peer->Close();  // without saying good-bye
  ASSERT_TRUE(Until([&] { return server->last().handler.closes == 1; }));
  EXPECT_EQ(server->last().handler.end, ReceiveStatus::kTruncated);
}

TEST_F(FilterStackTest, AnotherProtocolIsToldSoAndClosed) {
  auto server = Serve("rot13+fix-carrier");
  std::unique_ptr<RawPeer> peer = RawDial(*server);
  peer->Write("PING\r\n");
  ASSERT_TRUE(Until([&] { return peer->Read() && server->last().handler.closes == 1; }));
  EXPECT_TRUE(peer->received.ends_with("-ERR I/O error: this port speaks rot13 only\r\n")) << peer->received;
  EXPECT_EQ(server->last().handler.reason.cause, CloseCause::kPlaintextOnTls);
  EXPECT_EQ(server->last().handler.opens, 0);
}

// What a filter says to those whom it turns away is its own (hello/1), whatever its id.
TEST_F(FilterStackTest, AHelloThatIsBrokenGetsTheFiltersAnswer) {
  Install("rot13_hello", "rot13");
  auto server = Serve("rot13+fix-carrier");
  std::unique_ptr<RawPeer> peer = RawDial(*server);
  peer->Write("ROT1");
  peer->Write("4\n");
  ASSERT_TRUE(Until([&] { return peer->Read() && server->last().handler.closes == 1; }));
  EXPECT_EQ(peer->received, "What?\n");
  EXPECT_EQ(server->last().handler.reason.cause, CloseCause::kHandshakeFailed);
  EXPECT_EQ(server->last().handler.reason.detail, "no greeting");

  std::unique_ptr<RawPeer> good = RawDial(*server);
  good->Write("ROT13\nuryyb");
  ASSERT_TRUE(Until([&] { return good->Read(), good->received == "ROT13\nuryyb"; })) << good->received;
}

TEST_F(FilterStackTest, AnotherProtocolIsToldTheNameOfTheFilters) {
  Install("rot13_hello", "rot13");
  auto server = Serve("rot13+fix-carrier");
  std::unique_ptr<RawPeer> peer = RawDial(*server);
  peer->Write("PING\r\n");
  ASSERT_TRUE(Until([&] { return peer->Read() && server->last().handler.closes == 1; }));
  EXPECT_EQ(peer->received, "-ERR I/O error: this port speaks Rotated?Text only\r\n");
  EXPECT_EQ(server->last().handler.reason.cause, CloseCause::kPlaintextOnTls);
}

TEST_F(FilterStackTest, AHelloTableMayEndBeforeTheAnswers) {
  Install("rot13_hello_short", "rot13");
  auto server = Serve("rot13+fix-carrier");
  for (auto [bytes, answer] :
       {std::pair("ROT14\n", ""), {"PING\r\n", "-ERR I/O error: this port speaks rot13 only\r\n"}}) {
    std::unique_ptr<RawPeer> peer = RawDial(*server);
    peer->Write(bytes);
    ASSERT_TRUE(Until([&] { return peer->Read() && server->last().handler.closes == 1; }));
    EXPECT_EQ(peer->received, answer);
  }
}

TEST_F(FilterStackTest, AHelloTableWithTooLongAnAnswerIsRefused) {
  Install("rot13_hello_long", "rot13");
  EXPECT_NE(TextOf(registry_->Load("rot13")).find("hello/1 has a broken_answer of 1025 bytes; at most 1024 are taken"),
            std::string::npos)
      << TextOf(registry_->Load("rot13"));
}

TEST_F(FilterStackTest, ALiveListenerTakesANewCopyAndOldConnectionsKeepTheirs) {
  auto server = Serve("fix-carrier");
  const fixture& old_probe = ProbeOf(server->listener().stack().carrier_context());
  RecordingHandler old_client;
  std::unique_ptr<Connection> old_connection = DialTo(*server, "fix-carrier", old_client);
  ASSERT_TRUE(Until([&] { return old_client.opens == 1 && server->accepted == 1; }));

  Install("carrier_2", "fix-carrier");
  ASSERT_TRUE(registry_->Load("fix-carrier"));
  server->listener().SetStack(MustMakeStack("fix-carrier"));
  RecordingHandler new_client;
  std::unique_ptr<Connection> new_connection = DialTo(*server, "fix-carrier", new_client);
  ASSERT_TRUE(Until([&] { return new_client.opens == 1 && server->accepted == 2; }));

  SendText(*old_connection, "old");
  SendText(*new_connection, "new");
  ASSERT_TRUE(Until([&] { return old_client.received == "old" && new_client.received == "new"; }));
  std::vector<PluginInfo> list = registry_->List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_TRUE(list[0].draining);
  EXPECT_EQ(list[0].live_connections, 2u);  // both ends
  EXPECT_EQ(list[1].live_connections, 2u);
  EXPECT_EQ(__atomic_load_n(&old_probe.deinits, __ATOMIC_ACQUIRE), 0);

  old_connection->Close();
  ASSERT_TRUE(Until([&] { return old_client.closes == 1 && server->sessions().front().handler.closes == 1; }));
  old_connection = nullptr;
  server->sessions().pop_front();
  EXPECT_TRUE(Until([&] { return __atomic_load_n(&old_probe.deinits, __ATOMIC_ACQUIRE) == 1; }));
  EXPECT_EQ(registry_->List().size(), 1u);

  SendText(*new_connection, "er");
  ASSERT_TRUE(Until([&] { return new_client.received == "newer"; }));
}

TEST_F(FilterStackTest, CountsGoToZeroWhenAllIsClosed) {
  auto server = Serve("rot13+fix-carrier");
  const fixture& probe = ProbeOf(server->listener().stack().filter_context());
  {
    std::list<RecordingHandler> clients;
    std::list<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < 10; ++i) connections.push_back(DialTo(*server, "rot13+fix-carrier", clients.emplace_back()));
    ASSERT_TRUE(Until([&] {
      return std::all_of(clients.begin(), clients.end(), [](const RecordingHandler& c) { return c.opens == 1; });
    }));
    EXPECT_EQ(registry_->Info("rot13")->live_connections, 20u);
    EXPECT_EQ(probe.connections, 20);
  }
  server = nullptr;
  EXPECT_EQ(probe.connections, 0);
  EXPECT_TRUE(Until([&] {
    PluginInfo filter = *registry_->Info("rot13"), carrier = *registry_->Info("fix-carrier");
    return filter.live_connections + filter.live_contexts + carrier.live_connections + carrier.live_contexts == 0;
  }));
  EXPECT_EQ(probe.contexts, 0);
}

}  // namespace
}  // namespace keyway::net
