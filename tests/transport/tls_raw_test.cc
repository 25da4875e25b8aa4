// Each backend as a server against a peer that misbehaves or does what is rare: see support/raw_peer.h.
#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/transport/support/raw_peer.h"
#include "tests/transport/support/tls_pair.h"

namespace keyway::test {
namespace {

const raw_peer* Table() {
  static const raw_peer* table = [] {
    const char* path = std::getenv("KW_RAW_PEER");
    void* handle = path != nullptr ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
    return handle != nullptr ? reinterpret_cast<raw_peer_table_fn>(dlsym(handle, "raw_peer_table"))() : nullptr;
  }();
  return table;
}

class RawPeer : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (Table() == nullptr) GTEST_SKIP() << "this build has no OpenSSL";
    peer_ = Table()->open(CertPath("").c_str(), 1);
  }
  void TearDown() override {
    if (peer_ != nullptr) Table()->close(peer_);
  }
  std::string Take() {
    char buf[65536];
    return std::string(buf, Table()->take(peer_, buf, sizeof buf));
  }
  void ToServer() { server_.pipe().Feed(Take()); }
  void ToPeer() {
    std::string bytes = server_.pipe().TakeTx();
    Table()->feed(peer_, bytes.data(), bytes.size());
  }
  void Establish() {
    int32_t server = KW_WANT_READ;
    int peer = 0;
    for (int turn = 0; turn < 10 && (server != KW_OK || peer != 1); ++turn) {
      peer = Table()->handshake(peer_);
      ToServer();
      if (server == KW_WANT_READ) server = server_.Handshake();
      ToPeer();
    }
    ASSERT_EQ(server, KW_OK) << server_.error().text;
    ASSERT_EQ(peer, 1);
  }
  std::string PeerReads() {
    char buf[65536];
    int n = Table()->read(peer_, buf, sizeof buf);
    return n > 0 ? std::string(buf, static_cast<size_t>(n)) : "";
  }

  void* peer_ = nullptr;
  Context ctx_{Transport(GetParam()), GoodTls()};
  End server_{ctx_, KW_SIDE_SERVER, nullptr};
};
INSTANTIATE_TEST_SUITE_P(Backends, RawPeer, ::testing::ValuesIn(TlsBackends()),
                         [](const auto& info) { return info.param == "tls-wolfssl" ? "wolfssl" : "openssl"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RawPeer);

TEST_P(RawPeer, ALongSeriesOfKeyUpdatesWithoutAWrite) {
  Establish();
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(Table()->key_update(peer_, 1), 1) << i;
    ToServer();
    EXPECT_EQ(server_.Read(), "");
    ASSERT_EQ(server_.last(), KW_WANT_READ) << i << ": " << server_.error().text;
  }
  EXPECT_FALSE(server_.pipe().tx().empty()) << "the answers are written by reads";
  ASSERT_EQ(Table()->write(peer_, "after", 5), 5);
  ToServer();
  EXPECT_EQ(server_.Read(), "after");
  ASSERT_EQ(server_.Write("reply"), KW_OK) << server_.error().text;
  ToPeer();
  EXPECT_EQ(PeerReads(), "reply");
}

TEST_P(RawPeer, KeyUpdatesInOneLumpAndInSingleBytes) {
  Establish();
  std::string lump;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(Table()->key_update(peer_, i % 2), 1);
    lump += Take();
  }
  ASSERT_EQ(Table()->write(peer_, "x", 1), 1);
  lump += Take();
  std::string got;
  size_t half = lump.size() / 2;
  for (size_t i = 0; i < half; ++i) {
    server_.pipe().Feed(lump.substr(i, 1));
    got += server_.Read();
    ASSERT_EQ(server_.last(), KW_WANT_READ) << server_.error().text;
  }
  server_.pipe().Feed(lump.substr(half));
  got += server_.Read();
  EXPECT_EQ(got, "x");
  ASSERT_EQ(server_.Write("y"), KW_OK);
  ToPeer();
  EXPECT_EQ(PeerReads(), "y");
}

TEST_P(RawPeer, RenegotiationIsRefused) {
  Table()->close(peer_);
  peer_ = Table()->open(CertPath("").c_str(), 0);
  Establish();
  server_.Read();
  ToPeer();
  ASSERT_EQ(Table()->renegotiate(peer_), 1);
  ToServer();
  server_.Read();
  // The one library says no and goes on, the other ends the connection; neither answers with a handshake.
  EXPECT_TRUE(server_.last() == KW_WANT_READ || server_.last() == KW_E_PROTO) << server_.error().text;
  const std::string answer = server_.pipe().tx();
  ASSERT_FALSE(answer.empty());
  EXPECT_EQ(answer[0], 21) << "an alert";
  ToPeer();
  EXPECT_EQ(Table()->handshake(peer_), -1);
}

TEST_P(RawPeer, NoMemoryForTheAnswerToAKeyUpdate) {
  Establish();
  server_.Read();
  server_.pipe().FailReserveAfter(0);
  ASSERT_EQ(Table()->key_update(peer_, 1), 1);
  ToServer();
  server_.Read();
  // The answer is made by the read or with the next write; at either it is told, and nothing is lost in silence.
  if (server_.last() != KW_E_NOMEM) {
    EXPECT_EQ(server_.last(), KW_WANT_READ);
    EXPECT_EQ(server_.Write("x"), KW_E_NOMEM) << server_.error().text;
  }
}

}  // namespace
}  // namespace keyway::test
