// Listening over fd carriers with real sockets.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>

#include "server/net/io_thread.h"
#include "tests/unit/net/net_fixture.h"

namespace keyway::net::test {
namespace {

UniqueFd ConnectTcp(uint16_t port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << strerror(errno);
  return fd;
}

UniqueFd ConnectUnix(const std::string& path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << strerror(errno);
  return fd;
}

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/keyway-net-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string path;
};

class ListenerTest : public testing::Test {
 protected:
  void SetUp() override {
    tcp = MakeTestStack("tcp");
    ASSERT_NE(tcp, nullptr);
  }
  std::unique_ptr<event::EventLoop> loop = event::test::MakeLoop(SystemClock());
  std::shared_ptr<const Stack> tcp;
};

TEST_F(ListenerTest, EchoesOverTcpAndKnowsBothEnds) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  ASSERT_EQ(server.error(), "");
  EXPECT_NE(server.listener().port(), 0);
  EXPECT_EQ(server.address(), "127.0.0.1:" + std::to_string(server.listener().port()));
  RawPeer peer(ConnectTcp(server.listener().port()));
  peer.Write("hello");
  ASSERT_TRUE(TurnUntil(*loop, [&] { return peer.Read(), peer.received == "hello"; }));
  const ConnectionInfo& info = server.last().connection->info();
  sockaddr_in own{};
  socklen_t size = sizeof own;
  getsockname(peer.fd(), reinterpret_cast<sockaddr*>(&own), &size);
  EXPECT_EQ(info.peer, "127.0.0.1:" + std::to_string(ntohs(own.sin_port)));
  EXPECT_EQ(info.local, server.address());
  EXPECT_EQ(info.transport, "tcp");
  EXPECT_TRUE(info.peer_is_local);
  EXPECT_FALSE(info.encrypted);
  int no_delay = 0;
  size = sizeof no_delay;
  getsockopt(server.last().connection->fd(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
  EXPECT_NE(no_delay, 0);
}

TEST_F(ListenerTest, KeepAliveChangesOnALiveConnection) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  RawPeer peer(ConnectTcp(server.listener().port()));
  ASSERT_TRUE(TurnUntil(*loop, [&] { return server.accepted == 1 && server.last().handler.opens == 1; }));
  auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    getsockopt(server.last().connection->fd(), level, name, &value, &size);
    return value;
  };
  server.last().connection->SetKeepAlive(60);
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 60);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 20);
  server.last().connection->SetKeepAlive(0);
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST_F(ListenerTest, ABusyPortIsAnErrorWithTheUsualWords) {
  EchoServer first(tcp, "127.0.0.1:0", *loop);
  ASSERT_EQ(first.error(), "");
  EchoServer second(tcp, first.address(), *loop);
  EXPECT_NE(second.error().find("Address already in use"), std::string::npos) << second.error();
}

TEST_F(ListenerTest, AnAddressThatMakesNoSenseIsAnError) {
  EchoServer server(tcp, "no.such.host.invalid:1", *loop);
  EXPECT_NE(server.error(), "");
  EchoServer other(tcp, "127.0.0.1:99999", *loop);
  EXPECT_NE(other.error(), "");
}

TEST_F(ListenerTest, SeveralAddressesOfOneTextShareThePort) {
  EchoServer server(tcp, "*:0", *loop);
  ASSERT_EQ(server.error(), "");
  for (auto& listener : server.listeners()) EXPECT_EQ(listener->port(), server.listener().port());
  RawPeer peer(ConnectTcp(server.listener().port()));
  peer.Write("x");
  EXPECT_TRUE(TurnUntil(*loop, [&] { return peer.Read(), peer.received == "x"; }));
}

TEST_F(ListenerTest, AcceptsNoMoreATurnThanItMay) {
  EchoServer server(tcp, "127.0.0.1:0", *loop, {}, /*max_accepts=*/2);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(ConnectTcp(server.listener().port()));
  loop->RunOnce(100'000);
  EXPECT_EQ(server.accepted, 2);
  ASSERT_TRUE(TurnUntil(*loop, [&] { return server.accepted == 5; }));
}

TEST_F(ListenerTest, APausedListenerLeavesConnectionsWaiting) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  server.listener().Pause(true);
  RawPeer peer(ConnectTcp(server.listener().port()));
  peer.Write("x");
  for (int i = 0; i < 5; ++i) loop->RunOnce(0);
  EXPECT_EQ(server.accepted, 0);
  server.listener().Pause(false);
  EXPECT_TRUE(TurnUntil(*loop, [&] { return peer.Read(), peer.received == "x"; }));
}

TEST_F(ListenerTest, RunsOutOfDescriptorsRestsAndGoesOn) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  RawPeer peer(ConnectTcp(server.listener().port()));
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  int lowest = dup(0);
  close(lowest);
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(lowest);
  setrlimit(RLIMIT_NOFILE, &low);
  uint64_t turns = loop->turns();
  loop->RunOnce(0);
  loop->RunOnce(50'000);  // no spinning: nothing to wake up for
  EXPECT_EQ(server.accepted, 0);
  EXPECT_EQ(loop->turns() - turns, 2u);
  setrlimit(RLIMIT_NOFILE, &before);
  peer.Write("x");
  EXPECT_TRUE(TurnUntil(*loop, [&] { return peer.Read(), peer.received == "x"; }));
}

TEST_F(ListenerTest, AThousandConnectionsAtOnce) {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  constexpr size_t kClients = 1000;
  if (limit.rlim_max < kClients * 2 + 100) GTEST_SKIP() << "not enough descriptors";
  if (limit.rlim_cur < kClients * 2 + 100) {
    limit.rlim_cur = kClients * 2 + 100;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (size_t i = 0; i < kClients; ++i) {
    peers.push_back(std::make_unique<RawPeer>(ConnectTcp(server.listener().port())));
    peers.back()->Write("client " + std::to_string(i));
    if (i % 100 == 0) loop->RunOnce(0);
  }
  ASSERT_TRUE(TurnUntil(*loop, [&] {
    size_t answered = 0;
    for (size_t i = 0; i < kClients; ++i) {
      peers[i]->Read();
      answered += peers[i]->received == "client " + std::to_string(i);
    }
    return answered == kClients;
  }));
  for (auto& peer : peers) peer->Close();
  ASSERT_TRUE(TurnUntil(*loop, [&] {
    size_t closed = 0;
    for (auto& session : server.sessions()) closed += static_cast<size_t>(session.handler.closes);
    return closed == kClients;
  }));
}

TEST_F(ListenerTest, TenMegabytesBothWays) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  RawPeer peer(ConnectTcp(server.listener().port()));
  std::string sent = RandomBytes(10'000'000, 3);
  size_t written = 0;
  ASSERT_TRUE(TurnUntil(*loop, [&] {
    written += peer.Write(std::string_view(sent).substr(written));
    peer.Read(70'000);
    return peer.received.size() == sent.size();
  }));
  EXPECT_TRUE(peer.received == sent);
}

TEST_F(ListenerTest, AResetIsAnErrorWithAReason) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  RawPeer peer(ConnectTcp(server.listener().port()));
  ASSERT_TRUE(TurnUntil(*loop, [&] { return server.accepted == 1 && server.last().handler.opens == 1; }));
  peer.CloseWithReset();
  ASSERT_TRUE(TurnUntil(*loop, [&] { return server.last().handler.closes == 1; }));
  EXPECT_EQ(server.last().handler.reason.cause, CloseCause::kReset);
  EXPECT_EQ(*server.last().handler.end, ReceiveStatus::kError);
}

TEST_F(ListenerTest, TheLastReplyArrivesAlthoughInputIsUnread) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  server.reading = false;
  RawPeer peer(ConnectTcp(server.listener().port()));
  peer.Write(std::string(100'000, 'x'));
  ASSERT_TRUE(TurnUntil(*loop, [&] { return server.accepted == 1 && server.last().handler.readables > 0; }));
  SendText(*server.last().connection, "-ERR too much\r\n");
  server.last().connection->Close();
  ASSERT_TRUE(TurnUntil(*loop, [&] { return peer.Read(); }));
  EXPECT_EQ(peer.received, "-ERR too much\r\n");
  EXPECT_FALSE(peer.reset);
}

TEST_F(ListenerTest, NewConnectionsGetTheStackThatIsCurrent) {
  EchoServer server(tcp, "127.0.0.1:0", *loop);
  RawPeer before(ConnectTcp(server.listener().port()));
  before.Write("x");
  ASSERT_TRUE(TurnUntil(*loop, [&] { return before.Read(), before.received == "x"; }));
  auto next = MakeTestStack("tcp", {{"tcp-keepalive", "77"}});
  ASSERT_NE(next, nullptr);
  server.listener().SetStack(next);
  EXPECT_EQ(&server.listener().stack(), next.get());
  RawPeer after(ConnectTcp(server.listener().port()));
  after.Write("y");
  ASSERT_TRUE(TurnUntil(*loop, [&] { return after.Read(), after.received == "y"; }));
  int idle = 0;
  socklen_t size = sizeof idle;
  getsockopt(server.last().connection->fd(), IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size);
  EXPECT_EQ(idle, 77);
  before.Write("z");
  EXPECT_TRUE(TurnUntil(*loop, [&] { return before.Read(), before.received == "xz"; }));
}

TEST_F(ListenerTest, ALocalSocketHasItsModeAndIsUnlinkedWhenTold) {
  TemporaryFolder folder;
  auto stack = MakeTestStack("unix");
  ASSERT_NE(stack, nullptr);
  std::string path = folder.path + "/k.sock";
  {
    EchoServer server(stack, path, *loop, {{"unixsocketperm", "700"}});
    ASSERT_EQ(server.error(), "");
    EXPECT_EQ(server.listener().port(), 0);
    EXPECT_EQ(server.address(), path);
    struct stat info;
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    RawPeer peer(ConnectUnix(path));
    std::string sent = RandomBytes(3'000'000);
    size_t written = 0;
    ASSERT_TRUE(TurnUntil(*loop, [&] {
      written += peer.Write(std::string_view(sent).substr(written));
      peer.Read(50'000);
      return peer.received.size() == sent.size();
    }));
    EXPECT_TRUE(peer.received == sent);
    EXPECT_TRUE(server.last().connection->info().peer_is_local);
    server.listener().Unlink();
    server.listener().Unlink();
    EXPECT_NE(stat(path.c_str(), &info), 0);
  }
  EchoServer again(stack, path, *loop);
  EXPECT_EQ(again.error(), "");
  again.listeners().clear();  // without Unlink the path stays
  struct stat info;
  EXPECT_EQ(stat(path.c_str(), &info), 0);
}

TEST_F(ListenerTest, ConnectionsMoveToTheirThread) {
  IoThread thread("io-1", SystemClock(), event::test::EngineUnderTest());
  thread.Start();
  struct Remote {
    RecordingHandler handler;
    std::unique_ptr<Connection> connection;
  };
  std::vector<std::unique_ptr<Remote>> remotes;  // filled here, used there
  auto listeners = Listen(tcp, "127.0.0.1:0", {}, 100, *loop, [&](std::unique_ptr<AcceptedSocket> socket) {
    remotes.push_back(std::make_unique<Remote>());
    remotes.back()->handler.echo = true;
    thread.loop().Post([&thread, remote = remotes.back().get(), raw = socket.release()] {
      EXPECT_TRUE(thread.IsCurrent());
      remote->connection = Adopt(std::unique_ptr<AcceptedSocket>(raw), thread.loop(), remote->handler, 1000);
    });
  });
  ASSERT_TRUE(listeners.has_value());
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 20; ++i) {
    peers.push_back(std::make_unique<RawPeer>(ConnectTcp(listeners->front()->port())));
    peers.back()->Write("hop");
  }
  ASSERT_TRUE(TurnUntil(*loop, [&] {
    size_t done = 0;
    for (auto& peer : peers) done += (peer->Read(), peer->received == "hop");
    return done == peers.size();
  }));
  thread.loop().Post([&] { remotes.clear(); });
  thread.Stop();
  thread.Join();
  for (auto& peer : peers) EXPECT_TRUE(peer->Read());
}

}  // namespace
}  // namespace keyway::net::test
