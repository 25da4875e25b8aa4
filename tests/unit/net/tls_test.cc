// TLS connections between every pair of the backends that this build has, over several carriers.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <filesystem>
#include <memory>
#include <tuple>

#include "server/net/filter_session.h"
#include "server/net/io_thread.h"
#include "server/net/loop_state.h"
#include "server/net/stack.h"
#include "tests/unit/net/net_fixture.h"

namespace keyway::net::test {
namespace {

const std::string kCerts = KW_TEST_CERTS_DIR;

bool HaveTransport(const std::string& id) {
  return std::filesystem::exists(kCerts + "/redis.crt") && TestRegistry().Load(id).has_value();
}

Settings ServerSettings(const std::string& auth_clients = "no") {
  return {{"tls-cert-file", kCerts + "/redis.crt"},
          {"tls-key-file", kCerts + "/redis.key"},
          {"tls-ca-cert-file", kCerts + "/ca.crt"},
          {"tls-auth-clients", auth_clients}};
}
Settings ClientSettings(bool with_certificate = false) {
  Settings settings = {{"tls-ca-cert-file", kCerts + "/ca.crt"}};
  if (with_certificate) {
    settings.emplace_back("tls-cert-file", kCerts + "/client.crt");
    settings.emplace_back("tls-key-file", kCerts + "/client.key");
  }
  return settings;
}

DialOptions Expecting(const std::string& name) {
  DialOptions options;
  options.verify.check_name = true;
  options.verify.expected_names = {name};
  return options;
}

UniqueFd ConnectTcp(uint16_t port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

// ---- every pair of backends ----

using Pair = std::tuple<const char*, const char*, const char*>;  // server backend, client backend, carrier

class TlsPairTest : public testing::TestWithParam<Pair> {
 protected:
  void SetUp() override {
    auto [server_backend, client_backend, carrier] = GetParam();
    if (!HaveTransport(server_backend) || !HaveTransport(client_backend)) GTEST_SKIP() << "this build lacks a backend";
    std::string suffix = std::string(carrier) == "tcp" ? "" : std::string("+") + carrier;
    server_name = server_backend + suffix;
    client_name = client_backend + suffix;
    address = std::string(carrier) == "tcp"    ? "127.0.0.1:0"
              : std::string(carrier) == "unix" ? "/tmp/keyway-tls-" + std::to_string(getpid()) + ".sock"
                                               : "somewhere";
  }
  void TearDown() override {
    client_connection.reset();
    if (server) server->listener().Unlink();
  }
  void StartServer(const Settings& settings) {
    auto stack = MakeTestStack(server_name, settings, Sides::kAccepts);
    ASSERT_NE(stack, nullptr);
    server = std::make_unique<EchoServer>(stack, address, *loop);
    ASSERT_EQ(server->error(), "");
  }
  void StartClient(const Settings& settings, const DialOptions& options) {
    auto stack = MakeTestStack(client_name, settings, Sides::kDials);
    ASSERT_NE(stack, nullptr);
    client_connection = Dial(stack, server->address(), options, *loop, client);
  }
  bool Until(const std::function<bool()>& done) { return TurnUntil(*loop, done); }
  RecordingHandler& server_side() { return server->last().handler; }

  std::unique_ptr<event::EventLoop> loop = event::test::MakeLoop(SystemClock());
  std::string server_name, client_name, address;
  RecordingHandler client;
  std::unique_ptr<EchoServer> server;
  std::unique_ptr<Connection> client_connection;
};

TEST_P(TlsPairTest, EchoesAndKnowsWhatWasAgreed) {
  StartServer(ServerSettings());
  StartClient(ClientSettings(), Expecting("localhost"));
  SendText(*client_connection, "sent before it is open");
  ASSERT_TRUE(Until([&] { return client.received == "sent before it is open" || client.closes > 0; }));
  ASSERT_EQ(client.closes, 0) << client.reason.detail;
  EXPECT_TRUE(client.info.encrypted);
  EXPECT_EQ(client.info.transport, client_name);
  EXPECT_EQ(client.info.version, "TLSv1.3");
  EXPECT_NE(client.info.cipher, "");
  EXPECT_EQ(client.info.cipher, server->last().connection->info().cipher);
  EXPECT_NE(client.info.peer_name, "");
  client_connection->Close();
  ASSERT_TRUE(Until([&] { return server_side().closes == 1 && client.closes == 1; }));
  EXPECT_EQ(*server_side().end, ReceiveStatus::kEnd);
}

TEST_P(TlsPairTest, MovesBetweenLoopsUnlessItsCarrierIsBound) {
  StartServer(ServerSettings());
  StartClient(ClientSettings(), Expecting("localhost"));
  ASSERT_TRUE(Until([&] { return client.opens == 1 && server_side().opens == 1; }));
  auto other = event::test::MakeLoop(SystemClock());
  if (std::string_view(std::get<2>(GetParam())) == "loopback") {
    EXPECT_FALSE(client_connection->Leave());
    return;
  }
  auto both = [&](size_t bytes) {
    return Until([&] {
      other->RunOnce(0);
      return client.received.size() >= bytes || client.closes > 0;
    });
  };
  size_t total = 0;
  for (int i = 0; i < 20; ++i) {
    event::EventLoop &here = i % 2 == 0 ? *loop : *other, &there = i % 2 == 0 ? *other : *loop;
    ASSERT_TRUE(MoveTo(*client_connection, client, here, there));
    SendText(*client_connection, RandomBytes(5000 + static_cast<size_t>(i), static_cast<uint32_t>(i)));
    total += 5000 + static_cast<size_t>(i);
    ASSERT_TRUE(both(total));
    ASSERT_EQ(client.closes, 0) << client.reason.detail;
  }
  std::string expected;
  for (int i = 0; i < 20; ++i) expected += RandomBytes(5000 + static_cast<size_t>(i), static_cast<uint32_t>(i));
  EXPECT_TRUE(client.received == expected);
  client_connection.reset();
}

TEST_P(TlsPairTest, TenMegabytesBothWays) {
  StartServer(ServerSettings());
  StartClient(ClientSettings(), Expecting("127.0.0.1"));
  std::string sent = RandomBytes(10'000'000);
  SendText(*client_connection, sent);
  ASSERT_TRUE(Until([&] { return client.received.size() == sent.size() || client.closes > 0; }));
  EXPECT_TRUE(client.received == sent);
  EXPECT_EQ(client_connection->unsent_bytes(), 0u);
}

TEST_P(TlsPairTest, AReaderThatPausesGetsEverythingLater) {
  StartServer(ServerSettings());
  server->reading = false;
  StartClient(ClientSettings(), Expecting("localhost"));
  ASSERT_TRUE(Until([&] { return client.opens == 1 && server->accepted == 1 && server_side().opens == 1; }));
  std::string sent = RandomBytes(6'000'000);
  SendText(*client_connection, sent);
  for (int i = 0; i < 200; ++i) loop->RunOnce(0);
  EXPECT_GT(client_connection->unsent_bytes(), 0u);  // held back, not lost
  server_side().reading = true;
  server_side().Drain(*server->last().connection);
  ASSERT_TRUE(Until([&] { return client.received.size() == sent.size(); }));
  EXPECT_TRUE(client.received == sent);
}

TEST_P(TlsPairTest, AnAbortIsTruncatedForThePeer) {
  StartServer(ServerSettings());
  StartClient(ClientSettings(), Expecting("localhost"));
  SendText(*client_connection, "x");
  ASSERT_TRUE(Until([&] { return client.received == "x"; }));
  client_connection->Abort();
  ASSERT_TRUE(Until([&] { return server_side().closes == 1; }));
  EXPECT_EQ(*server_side().end, ReceiveStatus::kTruncated);
}

TEST_P(TlsPairTest, AWrongNameEndsTheDialWithAReason) {
  StartServer(ServerSettings());
  StartClient(ClientSettings(), Expecting("other.example"));
  ASSERT_TRUE(Until([&] { return client.closes == 1; }));
  EXPECT_EQ(client.opens, 0);
  EXPECT_EQ(client.reason.cause, CloseCause::kHandshakeFailed);
  EXPECT_NE(client.reason.detail, "");
  ASSERT_TRUE(Until([&] { return server->accepted == 1 && server_side().closes == 1; }));
}

TEST_P(TlsPairTest, CheckingTheNameWithoutANameFailsClosed) {
  StartServer(ServerSettings());
  DialOptions options;
  options.verify.check_name = true;
  options.verify.expected_names = {""};
  StartClient(ClientSettings(), options);
  ASSERT_TRUE(Until([&] { return client.closes == 1; }));
  EXPECT_EQ(client.opens, 0);
  EXPECT_NE(client.reason.detail.find("no name"), std::string::npos) << client.reason.detail;
}

TEST_P(TlsPairTest, AClientWithoutCertificateIsTurnedAwayAndOthersAreNot) {
  StartServer(ServerSettings("yes"));
  StartClient(ClientSettings(false), Expecting("localhost"));
  ASSERT_TRUE(Until([&] { return server->accepted == 1 && server_side().closes == 1; }));
  EXPECT_EQ(server_side().opens, 0);
  EXPECT_EQ(server_side().reason.cause, CloseCause::kHandshakeFailed);
  EXPECT_NE(server_side().reason.detail, "");
  ASSERT_TRUE(Until([&] { return client.closes == 1 || client.end.has_value(); }));
  EXPECT_EQ(client.received, "");

  client = RecordingHandler();
  StartClient(ClientSettings(true), Expecting("localhost"));
  SendText(*client_connection, "x");
  ASSERT_TRUE(Until([&] { return client.received == "x" || client.closes > 0; })) << client.reason.detail;
  EXPECT_EQ(client.received, "x") << client.reason.detail;
  EXPECT_NE(server->last().connection->info().peer_name, "");
}

TEST_P(TlsPairTest, GoesOnAfterGivingIdleMemoryBack) {
  StartServer(ServerSettings());
  StartClient(ClientSettings(), Expecting("localhost"));
  for (int i = 1; i <= 3; ++i) {
    SendText(*client_connection, "x");
    ASSERT_TRUE(Until([&] { return client.received.size() == static_cast<size_t>(i); }));
    size_t before = server->last().connection->memory_bytes();
    server->last().connection->ReleaseIdleMemory();
    client_connection->ReleaseIdleMemory();
    EXPECT_LE(server->last().connection->memory_bytes(), before);
    EXPECT_GT(server->last().connection->memory_bytes(), 1000u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Backends, TlsPairTest,
    testing::Values(Pair{"tls-openssl", "tls-openssl", "tcp"}, Pair{"tls-openssl", "tls-wolfssl", "tcp"},
                    Pair{"tls-wolfssl", "tls-openssl", "tcp"}, Pair{"tls-wolfssl", "tls-wolfssl", "tcp"},
                    Pair{"tls-openssl", "tls-openssl", "unix"}, Pair{"tls-wolfssl", "tls-wolfssl", "loopback"},
                    Pair{"tls-openssl", "tls-openssl", "loopback"}),
    [](const auto& info) {
      std::string name =
          std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param) + "_" + std::get<2>(info.param);
      std::erase(name, '-');
      return name;
    });

// ---- what the first bytes decide ----

TEST_P(TlsPairTest, TheServerNameChoosesTheStackBeforeTheHandshake) {
  auto [server_backend, client_backend, carrier] = GetParam();
  const std::string other = std::string(server_backend) == "tls-openssl" ? "tls-wolfssl" : "tls-openssl";
  if (!HaveTransport(other)) GTEST_SKIP() << "this build lacks a backend";
  Settings other_settings = ServerSettings();
  other_settings[0].second = kCerts + "/rsa.crt";
  other_settings[1].second = kCerts + "/rsa.key";
  AcceptRules rules;
  rules.by_name.push_back(
      {"other", {"other.example", "*.other.example"}, MakeTestStack(other, other_settings, Sides::kAccepts)});
  auto stack = WithAcceptRules(MakeTestStack(server_name, ServerSettings(), Sides::kAccepts), std::move(rules));
  ASSERT_TRUE(stack.has_value()) << stack.error().text();
  server = std::make_unique<EchoServer>(*stack, address, *loop);
  ASSERT_EQ(server->error(), "");
  const std::string suffix = server_name.substr(std::string(server_backend).size());
  for (auto [sni, chosen] :
       {std::pair("other.example", other + suffix), std::pair("", server_name),
        std::pair("A.Other.Example", other + suffix), std::pair("b.a.other.example", server_name)}) {
    RecordingHandler handler;
    DialOptions options;
    options.verify.sni = sni;
    auto connection =
        Dial(MakeTestStack(client_name, ClientSettings(), Sides::kDials), server->address(), options, *loop, handler);
    const std::string sent = RandomBytes(100'000);
    SendText(*connection, sent);
    ASSERT_TRUE(Until([&] { return handler.received.size() == sent.size() || handler.closes > 0; })) << sni;
    EXPECT_EQ(handler.closes, 0) << handler.reason.detail;
    EXPECT_TRUE(handler.received == sent);
    EXPECT_EQ(server_side().info.transport, chosen) << sni;
    connection->Close();
    ASSERT_TRUE(Until([&] { return server_side().closes == 1; }));
  }
}

// ---- a TLS port and peers that are no proper clients ----

class TlsPortTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!HaveTransport(GetParam())) GTEST_SKIP() << "this build lacks the backend";
    stack = MakeTestStack(GetParam(), ServerSettings(), Sides::kAccepts);
    ASSERT_NE(stack, nullptr);
    server = std::make_unique<EchoServer>(stack, "127.0.0.1:0", *loop);
    ASSERT_EQ(server->error(), "");
  }
  std::unique_ptr<RawPeer> Connect() { return std::make_unique<RawPeer>(ConnectTcp(server->listener().port())); }
  bool Until(const std::function<bool()>& done) { return TurnUntil(*loop, done); }
  RecordingHandler& server_side() { return server->last().handler; }

  std::unique_ptr<event::EventLoop> loop = event::test::MakeLoop(SystemClock());
  std::shared_ptr<const Stack> stack;
  std::unique_ptr<EchoServer> server;
};

// A client that is driven by hand: its ciphertext is a string.
class ManualClient : private HostConnection {
 public:
  explicit ManualClient(std::shared_ptr<const Stack> stack) : use_(std::move(stack)), session_(*use_) {
    policy_.expected_names = {"localhost"};
    policy_.check_name = true;
    EXPECT_EQ(session_.Open(KW_SIDE_CLIENT, &policy_, *this), KW_OK);
  }
  // What the client answers to `input`.
  std::string Handshake(std::string_view input) {
    PipeUse use(session_.pipe());
    Feed(input);
    result = session_.Handshake();
    return TakeTx();
  }
  std::string Seal(std::string_view text) {
    PipeUse use(session_.pipe());
    OutputBuffer out;
    out.Append(text);
    while (!out.empty()) EXPECT_EQ(session_.Write(out, KW_WRITEV_MAX), KW_OK);
    return TakeTx();
  }
  int32_t Open(std::string_view input, std::string& plaintext) {
    PipeUse use(session_.pipe());
    Feed(input);
    while (true) {
      char chunk[20000];
      size_t bytes = 0;
      int32_t r = session_.Read(chunk, bytes);
      if (r != KW_OK) return r;
      plaintext.append(chunk, bytes);
    }
  }
  // Shakes hands with a server that is behind `peer`.
  bool Connect(event::EventLoop& loop, RawPeer& peer) {
    peer.Write(Handshake(""));
    return TurnUntil(loop, [&] {
      peer.Read();
      std::string answer = Handshake(std::exchange(peer.received, ""));
      if (!answer.empty()) peer.Write(answer);
      return result == KW_OK;
    });
  }

  int32_t result = KW_OK;

 private:
  void OnPluginReady(uint32_t) override {}
  void Feed(std::string_view input) {
    if (input.empty()) return;
    memcpy(session_.pipe().RxRoom(input.size()), input.data(), input.size());
    session_.pipe().RxCommit(input.size());
  }
  std::string TakeTx() {
    TxQueue& tx = session_.pipe().tx();
    std::string bytes(tx.data(), tx.size());
    tx.Consume(bytes.size());
    return bytes;
  }

  StackUse use_;
  VerifyPolicy policy_;
  FilterSession session_;
};

TEST_P(TlsPortTest, PlaintextIsServedWhereTheRulesSaySo) {
  AcceptRules rules;
  rules.plaintext = true;
  auto both = WithAcceptRules(stack, std::move(rules));
  ASSERT_TRUE(both.has_value()) << both.error().text();
  server->listener().SetStack(*both);
  auto peer = Connect();
  ASSERT_TRUE(Until([&] { return server->accepted == 1; }));
  peer->Write("P");
  ASSERT_TRUE(Until([&] { return peer->Read(), peer->received == "P"; }));
  EXPECT_EQ(server_side().info.transport, "tcp");
  EXPECT_FALSE(server_side().info.encrypted);
  EXPECT_TRUE(server_side().info.plain_instead);
  // Into a new stack the open connection does not go, and it outlives the one that it came by.
  server->listener().SetStack(stack);
  both->reset();
  std::string sent = RandomBytes(3'000'000);
  peer->received.clear();
  size_t at = 0;
  ASSERT_TRUE(Until([&] {
    at += peer->Write(std::string_view(sent).substr(at));
    peer->Read();
    return peer->received.size() == sent.size();
  }));
  EXPECT_TRUE(peer->received == sent);
  EXPECT_GT(server->last().connection->memory_bytes(), 0u);
  server->last().connection->ReleaseIdleMemory();
  peer->ShutdownWrite();
  ASSERT_TRUE(Until([&] { return peer->Read(); }));
  EXPECT_EQ(*server_side().end, ReceiveStatus::kEnd);
}

TEST_P(TlsPortTest, WhoLeavesBeforeTheHandshakeBeginsCostsNone) {
  LoopState::Of(*loop).handshakes.set_limits({.max_open = 0});
  auto peer = Connect();
  ManualClient client(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials));
  peer->Write(client.Handshake(""));
  ASSERT_TRUE(Until([&] { return LoopState::Of(*loop).handshakes.waiting_count() == 1; }));
  peer->Close();
  ASSERT_TRUE(Until([&] { return server_side().closes == 1; }));
  EXPECT_EQ(server_side().reason.cause, CloseCause::kHandshakeDropped);
  EXPECT_EQ(LoopState::Of(*loop).handshakes.waiting_count(), 0u);
}

TEST(AcceptRulesTest, WhatCannotBeIsRefused) {
  AcceptRules rules;
  rules.plaintext = true;
  auto plain = WithAcceptRules(MakeTestStack("tcp"), rules);
  ASSERT_FALSE(plain.has_value());
  EXPECT_EQ(plain.error().text(), "tcp cannot tell who comes by the first bytes");
}

TEST_P(TlsPortTest, PlaintextGetsARefusalOnceAndTheEnd) {
  for (std::string text : {"PING\r\n", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\n\r\n", "\x80\x2e\x01"}) {
    SCOPED_TRACE(text);
    int before = server->accepted;
    auto peer = Connect();
    peer->Write(text);
    ASSERT_TRUE(Until([&] { return peer->Read(); }));
    EXPECT_EQ(peer->received, "-ERR I/O error: this port speaks TLS only\r\n");
    EXPECT_FALSE(peer->reset);
    ASSERT_TRUE(Until([&] { return server->accepted == before + 1 && server_side().closes == 1; }));
    EXPECT_EQ(server_side().reason.cause, CloseCause::kPlaintextOnTls);
    EXPECT_EQ(server_side().opens, 0);
  }
}

TEST_P(TlsPortTest, ASilentPeerMeetsTheDeadlineAtAnyPointOfTheHello) {
  ManualClient client(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials));
  std::string hello = client.Handshake("");
  server->handshake_timeout_ms = 150;
  for (size_t cut : {size_t{0}, size_t{1}, size_t{5}, hello.size() / 2, hello.size() - 1}) {
    SCOPED_TRACE(cut);
    int before = server->accepted;
    auto peer = Connect();
    peer->Write(hello.substr(0, cut));
    ASSERT_TRUE(Until([&] { return server->accepted == before + 1 && server_side().closes == 1; }));
    EXPECT_EQ(server_side().reason.cause, CloseCause::kHandshakeTimeout);
  }
  // After the whole hello the library waits for the client's answer, under the same deadline.
  auto peer = Connect();
  peer->Write(hello);
  ASSERT_TRUE(Until([&] { return peer->Read() && server_side().closes == 1; }));
  EXPECT_EQ(server_side().reason.cause, CloseCause::kHandshakeTimeout);
}

TEST_P(TlsPortTest, AHelloOfAnAbsurdLengthIsTurnedAwayAtOnce) {
  auto peer = Connect();
  peer->Write(std::string("\x16\x03\x01\x04\x00\x01\xff\xff\xff", 9));
  ASSERT_TRUE(Until([&] { return peer->Read() && server_side().closes == 1; }));
  EXPECT_EQ(server_side().opens, 0);
  EXPECT_EQ(server_side().reason.cause, CloseCause::kHandshakeFailed);
  EXPECT_EQ(peer->received, std::string("\x15\x03\x03\x00\x02\x02\x32", 7)) << "a decode_error";
}

TEST_P(TlsPortTest, ATruncatedHelloIsAFailedHandshake) {
  ManualClient client(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials));
  std::string hello = client.Handshake("");
  for (size_t cut = 0; cut < hello.size(); cut += hello.size() / 7) {
    SCOPED_TRACE(cut);
    int before = server->accepted;
    auto peer = Connect();
    peer->Write(hello.substr(0, cut));
    peer->Close();
    ASSERT_TRUE(Until([&] { return server->accepted == before + 1 && server_side().closes == 1; }));
    EXPECT_EQ(server_side().reason.cause, cut == 0 ? CloseCause::kPeerClosed : CloseCause::kHandshakeFailed);
  }
}

TEST_P(TlsPortTest, AHelloWithoutEndIsCutOff) {
  // Records of one message that together are longer than a hello may be.
  auto peer = Connect();
  std::string record("\x16\x03\x01\x04\x00", 5);
  record += std::string("\x01\x00\x3f\xf0", 4) + std::string(1020, '\0');
  std::string more("\x16\x03\x01\x04\x00", 5);
  more += std::string(1024, '\0');
  peer->Write(record);
  size_t sent = 0;
  ASSERT_TRUE(Until([&] { return sent += peer->Write(more), server->accepted == 1 && server_side().closes == 1; }));
  EXPECT_EQ(server_side().reason.cause, CloseCause::kHandshakeFailed);
  EXPECT_LT(sent, 10'000'000u);
}

TEST_P(TlsPortTest, AHelloByteByByteIsFine) {
  ManualClient client(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials));
  auto peer = Connect();
  for (char byte : client.Handshake("")) {
    peer->Write({&byte, 1});
    loop->RunOnce(0);
  }
  ASSERT_TRUE(Until([&] {
    peer->Read();
    peer->Write(client.Handshake(std::exchange(peer->received, "")));
    return client.result == KW_OK;
  }));
  peer->Write(client.Seal("hello"));
  std::string plaintext;
  ASSERT_TRUE(Until([&] {
    peer->Read();
    client.Open(std::exchange(peer->received, ""), plaintext);
    return plaintext == "hello";
  }));
}

TEST_P(TlsPortTest, GarbageAfterTheHandshakeEndsThatConnectionAlone) {
  ManualClient bad(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials));
  ManualClient good(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials));
  auto bad_peer = Connect();
  ASSERT_TRUE(bad.Connect(*loop, *bad_peer));
  ASSERT_TRUE(Until([&] { return server_side().opens == 1; }));
  auto& bad_side = server_side();
  auto good_peer = Connect();
  ASSERT_TRUE(good.Connect(*loop, *good_peer));
  bad_peer->Write(bad.Seal("fine") + "this is not a record at all, and long enough to be looked at");
  ASSERT_TRUE(Until([&] { return bad_side.closes == 1; }));
  EXPECT_EQ(*bad_side.end, ReceiveStatus::kError);
  EXPECT_EQ(bad_side.reason.cause, CloseCause::kProtocol);
  EXPECT_NE(bad_side.reason.detail, "");
  EXPECT_EQ(bad_side.received_bytes, 4u);
  good_peer->Write(good.Seal("still here"));
  std::string plaintext;
  ASSERT_TRUE(Until([&] {
    good_peer->Read();
    good.Open(std::exchange(good_peer->received, ""), plaintext);
    return plaintext == "still here";
  }));
}

TEST_P(TlsPortTest, OneSendIsOneRecord) {
  ManualClient client(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials));
  auto peer = Connect();
  ASSERT_TRUE(client.Connect(*loop, *peer));
  ASSERT_TRUE(Until([&] { return server_side().opens == 1; }));
  std::string plaintext;
  for (int i = 0; i < 20; ++i) loop->RunOnce(0);
  peer->Read();
  client.Open(std::exchange(peer->received, ""), plaintext);  // tickets
  OutputBuffer out;
  for (int i = 0; i < 100; ++i) {
    out.Append("+OK\r\n");
    out.AppendShared("shared", nullptr, [](void*) {});
  }
  server->last().connection->Send(out);
  ASSERT_TRUE(Until([&] { return peer->Read(), peer->received.size() > 1100; }));
  size_t records = 0;
  for (size_t at = 0; at + 5 <= peer->received.size(); ++records) {
    at += 5 + (static_cast<uint8_t>(peer->received[at + 3]) << 8 | static_cast<uint8_t>(peer->received[at + 4]));
  }
  EXPECT_EQ(records, 1u);
  client.Open(peer->received, plaintext);
  EXPECT_EQ(plaintext.size(), 1100u);
}

TEST_P(TlsPortTest, HandshakesTakeTurnsWhenPlacesAreFew) {
  LoopState::Of(*loop).handshakes.set_limits({.max_open = 2, .budget_us = 1});
  auto client_stack = MakeTestStack(GetParam(), ClientSettings(), Sides::kDials);
  constexpr int kClients = 20;
  std::vector<std::unique_ptr<RecordingHandler>> handlers;
  std::vector<std::unique_ptr<Connection>> connections;
  auto client_loop = event::test::MakeLoop(SystemClock());
  for (int i = 0; i < kClients; ++i) {
    handlers.push_back(std::make_unique<RecordingHandler>());
    connections.push_back(
        Dial(client_stack, server->address(), Expecting("localhost"), *client_loop, *handlers.back()));
    SendText(*connections.back(), "x");
  }
  size_t most = 0;
  ASSERT_TRUE(TurnUntil(*loop, [&] {
    client_loop->RunOnce(0);
    most = std::max(most, LoopState::Of(*loop).handshakes.open_count());
    int done = 0;
    for (auto& handler : handlers) done += handler->received == "x";
    return done == kClients;
  }));
  EXPECT_LE(most, 2u);
  EXPECT_EQ(LoopState::Of(*loop).handshakes.open_count(), 0u);
  connections.clear();
}

TEST_P(TlsPortTest, ConnectionsMoveToTheirThreadBeforeTheHandshake) {
  IoThread thread("io-1", SystemClock(), event::test::EngineUnderTest());
  thread.Start();
  RecordingHandler remote;
  remote.echo = true;
  std::unique_ptr<Connection> remote_connection;  // of the thread
  auto listeners = Listen(stack, "127.0.0.1:0", {}, 10, *loop, [&](std::unique_ptr<AcceptedSocket> socket) {
    thread.loop().Post([&, raw = socket.release()] {
      remote_connection = Adopt(std::unique_ptr<AcceptedSocket>(raw), thread.loop(), remote, 5000);
    });
  });
  ASSERT_TRUE(listeners.has_value());
  RecordingHandler client;
  auto connection = Dial(MakeTestStack(GetParam(), ClientSettings(), Sides::kDials), listeners->front()->address(),
                         Expecting("localhost"), *loop, client);
  std::string sent = RandomBytes(1'000'000);
  SendText(*connection, sent);
  ASSERT_TRUE(Until([&] { return client.received.size() == sent.size(); }));
  EXPECT_TRUE(client.received == sent);
  thread.loop().Post([&] { remote_connection.reset(); });
  thread.Stop();
  thread.Join();
}

TEST_P(TlsPortTest, TheBackendChangesUnderALiveListener) {
  std::string other = GetParam() == std::string("tls-openssl") ? "tls-wolfssl" : "tls-openssl";
  if (!HaveTransport(other)) GTEST_SKIP() << "this build has one backend";
  auto client_stack = MakeTestStack(GetParam(), ClientSettings(), Sides::kDials);
  RecordingHandler before, after;
  auto first = Dial(client_stack, server->address(), Expecting("localhost"), *loop, before);
  SendText(*first, "x");
  ASSERT_TRUE(Until([&] { return before.received == "x"; }));
  EXPECT_EQ(server->last().connection->info().transport, GetParam());
  server->listener().SetStack(MakeTestStack(other, ServerSettings(), Sides::kAccepts));
  auto second = Dial(client_stack, server->address(), Expecting("localhost"), *loop, after);
  SendText(*second, "y");
  ASSERT_TRUE(Until([&] { return after.received == "y"; }));
  EXPECT_EQ(server->last().connection->info().transport, other);
  SendText(*first, "z");
  ASSERT_TRUE(Until([&] { return before.received == "xz"; }));
}

INSTANTIATE_TEST_SUITE_P(Backends, TlsPortTest, testing::Values("tls-openssl", "tls-wolfssl"), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace keyway::net::test
