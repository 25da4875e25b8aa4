// Every pair of a server backend and a client backend: what works between them has to work whichever libraries they are.
#include <algorithm>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "keyway/ext/alpn.h"
#include "keyway/ext/stats.h"
#include "tests/transport/support/pairs.h"

namespace keyway::test {
namespace {

class TlsPair : public PairTest {};
INSTANTIATE_TEST_SUITE_P(Backends, TlsPair, AllPairs(), PairName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsPair);

std::string Pattern(size_t n) {
  std::string out(n, '\0');
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<char>(i * 131 + i / 251);
  return out;
}

kw_conn_stats StatsOf(End& end) {
  kw_conn_stats stats{};
  stats.size = sizeof stats;
  Err err;
  auto* table = end.Extension<kw_ext_stats>(KW_EXT_STATS);
  EXPECT_NE(table, nullptr);
  end.Run([&] { EXPECT_EQ(table->get(end.conn(), &stats, &err), KW_OK); });
  return stats;
}

TEST_P(TlsPair, HandshakesAndCarriesDataBothWays) {
  Pair pair = Make();
  pair.Establish();
  ExpectDataFlows(pair.client, pair.server);
  EXPECT_STREQ(StatsOf(pair.client).version, Version());
  EXPECT_STREQ(StatsOf(pair.server).version, Version());
  EXPECT_STREQ(StatsOf(pair.server).cipher, StatsOf(pair.client).cipher);
  EXPECT_EQ(std::string(StatsOf(pair.server).cipher).substr(0, 4), "TLS_");
  EXPECT_STREQ(StatsOf(pair.server).group, StatsOf(pair.client).group);
  EXPECT_NE(StatsOf(pair.client).flags & KW_STATS_PEER_CERT, 0u);
  EXPECT_NE(StatsOf(pair.server).flags & KW_STATS_PEER_CERT, 0u);
  EXPECT_GT(StatsOf(pair.server).memory_bytes, 0u);
}

TEST_P(TlsPair, HandshakesOneByteAtATime) {
  Pair pair = Make();
  Handshaken done = RunHandshake(pair.client, pair.server, 1);
  ASSERT_EQ(done.client, KW_OK) << pair.client.error().text;
  ASSERT_EQ(done.server, KW_OK) << pair.server.error().text;
  ExpectDataFlows(pair.client, pair.server);
}

TEST_P(TlsPair, DeliversARecordThatComesByteByByte) {
  Pair pair = Make();
  pair.Establish();
  pair.server.Read();
  std::string got, sent = Pattern(300);
  ASSERT_EQ(pair.client.Write(sent), KW_OK);
  while (Move(pair.client, pair.server, 1) > 0) {
    got += pair.server.Read();
    ASSERT_EQ(pair.server.last(), KW_WANT_READ);
    EXPECT_EQ(pair.server.pipe().rx_left(), 0u) << "neither plug-in declares that it leaves anything";
  }
  EXPECT_EQ(got, sent);
}

TEST_P(TlsPair, CarriesTheMostThatAWriteMayHold) {
  Pair pair = Make();
  pair.Establish();
  std::string sent = Pattern(KW_WRITEV_MAX);
  pair.server.pipe().TakeTx();
  ASSERT_EQ(pair.server.Write(sent), KW_OK) << pair.server.error().text;
  EXPECT_LT(pair.server.pipe().tx().size(), sent.size() + 4 * 64) << "four records of 16 KB";
  Move(pair.server, pair.client);
  EXPECT_EQ(pair.client.Read(1000), sent);
  std::string too_much(KW_WRITEV_MAX + 1, 'x');
  EXPECT_EQ(pair.client.Write(too_much), KW_E_INTERNAL);
}

TEST_P(TlsPair, GathersPiecesIntoFullRecords) {
  Pair pair = Make();
  pair.Establish();
  pair.server.pipe().TakeTx();
  std::vector<std::string> pieces;
  std::string sent;
  for (size_t i = 0; i < 1000; ++i) {
    pieces.push_back(Pattern(i % 60));
    sent += pieces.back();
  }
  ASSERT_EQ(pair.server.WritePieces(pieces), KW_OK);
  size_t records = (sent.size() + 16383) / 16384;
  EXPECT_LT(pair.server.pipe().tx().size(), sent.size() + records * 64);
  Move(pair.server, pair.client);
  EXPECT_EQ(pair.client.Read(), sent);
  EXPECT_EQ(pair.server.WritePieces({}), KW_OK);
  EXPECT_EQ(pair.server.WritePieces({"", ""}), KW_OK);
  EXPECT_TRUE(pair.server.pipe().tx().empty());
}

TEST_P(TlsPair, PiecesOfEverySizeArriveInOrder) {
  Pair pair = Make();
  pair.Establish();
  unsigned seed = SeedOfRun();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string> pieces;
    std::string sent;
    while (sent.size() < 40000 && pieces.size() < 200) {
      size_t size = static_cast<size_t>(rand_r(&seed)) % (rand_r(&seed) % 4 == 0 ? 20000 : 300);
      if (sent.size() + size > KW_WRITEV_MAX) break;
      pieces.push_back(Pattern(size));
      sent += pieces.back();
    }
    ASSERT_EQ(pair.client.WritePieces(pieces), KW_OK);
    Move(pair.client, pair.server);
    ASSERT_EQ(pair.server.Read(1 + static_cast<size_t>(rand_r(&seed)) % 20000), sent);
  }
}

TEST_P(TlsPair, GoodbyeIsTheEndAndSilenceIsTruncation) {
  Pair pair = Make();
  pair.Establish();
  ASSERT_EQ(pair.client.Write("last words"), KW_OK);
  ASSERT_EQ(pair.client.Shutdown(), KW_OK);
  EXPECT_EQ(pair.client.Shutdown(), KW_OK) << "saying it twice is no error";
  Move(pair.client, pair.server);
  pair.server.pipe().End();
  EXPECT_EQ(pair.server.Read(), "last words");
  EXPECT_EQ(pair.server.last(), KW_EOF);
  pair.server.Read();
  EXPECT_EQ(pair.server.last(), KW_EOF) << "told again";
  // The other direction is still open.
  ASSERT_EQ(pair.server.Write("answer"), KW_OK) << pair.server.error().text;
  Move(pair.server, pair.client);
  EXPECT_EQ(pair.client.Read(), "answer");

  Pair cut = Make();
  cut.Establish();
  ASSERT_EQ(cut.client.Write("last words"), KW_OK);
  Move(cut.client, cut.server);
  cut.server.pipe().End();
  EXPECT_EQ(cut.server.Read(), "last words");
  EXPECT_EQ(cut.server.last(), KW_TRUNCATED);
  cut.server.Read();
  EXPECT_EQ(cut.server.last(), KW_TRUNCATED) << "told again";

  Pair reset = Make();
  reset.Establish();
  reset.server.pipe().End(KW_RESET);
  EXPECT_EQ(reset.server.Read(), "");
  EXPECT_EQ(reset.server.last(), KW_TRUNCATED);
}

// By so much the length of a handshake varies, at least.
constexpr size_t kSignatureSlack = 8;

TEST_P(TlsPair, EndOfStreamAtEveryByteOfTheHandshake) {
  // How much each side says, from a run that is not cut.
  size_t from_client = 0, from_server = 0;
  {
    Pair whole = Make();
    Handshaken done;
    done.client = whole.client.Handshake();
    while (true) {
      size_t a = Move(whole.client, whole.server);
      from_client += a;
      if (a > 0 && done.server == KW_WANT_READ) done.server = whole.server.Handshake();
      size_t b = Move(whole.server, whole.client);
      from_server += b;
      if (b > 0 && done.client == KW_WANT_READ) done.client = whole.client.Handshake();
      if (a == 0 && b == 0) break;
    }
    ASSERT_EQ(done.client, KW_OK);
    ASSERT_EQ(done.server, KW_OK);
  }
  for (bool cut_client : {true, false}) {
    // And past the end: a peer that says all it has to, and stops.
    size_t said = (cut_client ? from_client : from_server) + kSignatureSlack;
    for (size_t at = 0; at < said; at = at == said - 1 ? said : std::min(at + (at < 12 ? 1 : Stride()), said - 1)) {
      Pair pair = Make();
      End& talker = cut_client ? pair.client : pair.server;
      End& listener = cut_client ? pair.server : pair.client;
      size_t left = at;
      bool ended = false;
      int32_t talker_result = KW_WANT_READ, listener_result = KW_WANT_READ;
      (cut_client ? talker_result : listener_result) = pair.client.Handshake();
      for (int turn = 0; turn < 20; ++turn) {
        left -= Move(talker, listener, left);
        if (left == 0 && !ended) {
          ended = true;
          listener.pipe().End();
        }
        if (listener_result == KW_WANT_READ) listener_result = listener.Handshake();
        if (Move(listener, talker) > 0 && talker_result == KW_WANT_READ) talker_result = talker.Handshake();
      }
      // Signatures vary in length by some bytes: this time less may have been said than the cut is after.
      if (!ended) {
        listener.pipe().End();
        if (listener_result == KW_WANT_READ) listener_result = listener.Handshake();
      }
      // A handshake that was done before the cut is followed by a read, which tells.
      if (listener_result == KW_OK) {
        EXPECT_EQ(listener.Read(), "");
        listener_result = listener.last();
      }
      ASSERT_EQ(listener_result, KW_TRUNCATED)
          << (cut_client ? "client" : "server") << " cut after " << at << " bytes: " << listener.error().text;
    }
  }
}

TEST_P(TlsPair, EndOfStreamAtEveryByteOfARecord) {
  size_t step = Stride() == 1 ? 1 : 3;
  for (size_t at = 0;; at += step) {
    Pair pair = Make();
    pair.Establish();
    ASSERT_EQ(pair.client.Write("x"), KW_OK);
    size_t size = pair.client.pipe().tx().size();
    Move(pair.client, pair.server, at);
    EXPECT_EQ(pair.server.Read(), at >= size ? "x" : "");
    EXPECT_EQ(pair.server.last(), KW_WANT_READ);
    pair.server.pipe().End();
    EXPECT_EQ(pair.server.Read(), "");
    EXPECT_EQ(pair.server.last(), KW_TRUNCATED);
    if (at >= size) break;
  }
}

TEST_P(TlsPair, GarbageAfterTheHandshakeIsRefusedWithAnAlert) {
  Pair pair = Make();
  pair.Establish();
  pair.server.Read();
  pair.server.pipe().TakeTx();
  ASSERT_EQ(pair.client.Write("good"), KW_OK);
  Move(pair.client, pair.server);
  pair.server.pipe().Feed("GET / HTTP/1.0\r\n\r\n and a lot more that is no TLS record");
  EXPECT_EQ(pair.server.Read(), "good") << "what came before is delivered";
  EXPECT_EQ(pair.server.last(), KW_E_PROTO) << pair.server.error().text;
  // wolfSSL finds no words for a record of an unknown type; see docs/tls.md.
  if (server_backend() != "tls-wolfssl") {
    EXPECT_FALSE(pair.server.pipe().tx().empty()) << "an alert for the peer";
  }
  pair.server.Read();
  EXPECT_EQ(pair.server.last(), KW_E_PROTO) << "told again";
}

TEST_P(TlsPair, ARecordThatWasTamperedWithIsRefused) {
  Pair pair = Make();
  pair.Establish();
  pair.server.Read();
  ASSERT_EQ(pair.client.Write("secret"), KW_OK);
  std::string record = pair.client.pipe().TakeTx();
  record.back() = static_cast<char>(record.back() ^ 1);
  pair.server.pipe().Feed(record);
  EXPECT_EQ(pair.server.Read(), "");
  EXPECT_EQ(pair.server.last(), KW_E_PROTO);
  EXPECT_EQ(pair.server.Write("x"), KW_E_INTERNAL) << "nothing can be written any more";
  // The alert arrives and is understood.
  Move(pair.server, pair.client);
  EXPECT_EQ(pair.client.Read(), "");
  EXPECT_EQ(pair.client.last(), KW_E_PEER) << pair.client.error().text;
  EXPECT_EQ(pair.client.error().reason, KW_REASON_PEER_ALERT);
}

TEST_P(TlsPair, WorksAcrossIdle) {
  Pair pair = Make();
  pair.Establish();
  pair.server.Read();
  for (int i = 0; i < 3; ++i) {
    pair.server.Idle();
    pair.client.Idle();
    ExpectDataFlows(pair.client, pair.server);
  }
  // In the middle of a record as well.
  ASSERT_EQ(pair.client.Write("halves"), KW_OK);
  Move(pair.client, pair.server, 9);
  EXPECT_EQ(pair.server.Read(), "");
  pair.server.Idle();
  Move(pair.client, pair.server);
  EXPECT_EQ(pair.server.Read(), "halves");
}

TEST_P(TlsPair, MovesBetweenThreadsAtEveryCall) {
  Pair pair = Make(GoodTls(), GoodTls(), Verify(), true);
  pair.Establish();
  for (int i = 0; i < 5; ++i) {
    ExpectDataFlows(pair.client, pair.server);
    pair.server.Idle();
  }
  ASSERT_EQ(pair.client.Write(Pattern(50000)), KW_OK);
  ASSERT_EQ(pair.client.Shutdown(), KW_OK);
  Move(pair.client, pair.server);
  EXPECT_EQ(pair.server.Read(), Pattern(50000));
  EXPECT_EQ(pair.server.last(), KW_EOF);
}

TEST_P(TlsPair, OneContextServesManyThreads) {
  Context server_ctx(Transport(server_backend()), Versioned(GoodTls()));
  Context client_ctx(Transport(client_backend()), Versioned(GoodTls()));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Verify verify;
      for (int i = 0; i < 5; ++i) {
        End server(server_ctx, KW_SIDE_SERVER, nullptr);
        End client(client_ctx, KW_SIDE_CLIENT, verify.abi());
        Handshaken done = RunHandshake(client, server);
        EXPECT_EQ(done.client, KW_OK);
        EXPECT_EQ(done.server, KW_OK);
        ExpectDataFlows(client, server);
      }
      for (const Context* ctx : {&server_ctx, &client_ctx}) {
        if (ctx->transport()->thread_leave != nullptr) ctx->transport()->thread_leave();
      }
    });
  }
  for (std::thread& t : threads) t.join();
}

TEST_P(TlsPair, BothSidesCloseInEitherOrder) {
  for (bool client_first : {true, false}) {
    Pair pair = Make();
    pair.Establish();
    End& first = client_first ? pair.client : pair.server;
    End& second = client_first ? pair.server : pair.client;
    ASSERT_EQ(first.Shutdown(), KW_OK);
    Move(first, second);
    EXPECT_EQ(second.Read(), "");
    EXPECT_EQ(second.last(), KW_EOF);
    ASSERT_EQ(second.Shutdown(), KW_OK);
    Move(second, first);
    EXPECT_EQ(first.Read(), "");
    EXPECT_EQ(first.last(), KW_EOF);
    EXPECT_EQ(first.Write("too late"), KW_E_INTERNAL);
    first.Close();
    second.Close();
  }
}

TEST_P(TlsPair, OutOfMemoryInThePipeEndsTheConnectionOnly) {
  for (size_t successes = 0; successes < 8; ++successes) {
    Pair pair = Make();
    pair.server.pipe().FailReserveAfter(successes);
    Handshaken done = RunHandshake(pair.client, pair.server);
    if (done.server == KW_OK) {
      int32_t r = pair.server.Write("x");
      while (r == KW_OK) r = pair.server.Write("x");
      EXPECT_EQ(r, KW_E_NOMEM);
    } else {
      EXPECT_EQ(done.server, KW_E_NOMEM) << pair.server.error().text;
    }
  }
}

TEST_P(TlsPair, AgreesOnAnApplicationProtocol) {
  Context server_ctx(Transport(server_backend()), Versioned(GoodTls()));
  Context client_ctx(Transport(client_backend()), Versioned(GoodTls()));
  Verify ours, theirs;
  ours.Alpn({"other", "redis"});
  theirs.Alpn({"redis", "http/1.1"});
  End server(server_ctx, KW_SIDE_SERVER, ours.abi());
  End client(client_ctx, KW_SIDE_CLIENT, theirs.abi());
  Handshaken done = RunHandshake(client, server);
  ASSERT_EQ(done.client, KW_OK) << client.error().text;
  ASSERT_EQ(done.server, KW_OK) << server.error().text;
  for (End* end : {&server, &client}) {
    kw_bytes name{};
    Err err;
    ASSERT_EQ(end->Extension<kw_ext_alpn>(KW_EXT_ALPN)->selected(end->conn(), &name, &err), KW_OK);
    EXPECT_EQ(std::string(static_cast<const char*>(name.data), name.len), "redis");
  }
}

// Where the file holds the certificate alone, the authorities between it and the root come from tls-ca-cert-file, and the root does
// not: both as they would if the library put the chain together for each handshake.
TEST_P(TlsPair, TheChainIsCompletedFromTheAuthorities) {
  if (server_backend() != "tls-openssl") return;  // the other one sends what stands in the file
  const std::string chain = ReadFile(CertPath("chain.crt"));
  const std::string alone = chain.substr(0, chain.find("-----BEGIN", 1));
  Settings server = Settings()
                        .Set("tls-cert-file", alone)
                        .File("tls-key-file", "chain.key")
                        .File("tls-ca-cert-file", "cas.crt")
                        .Set("tls-auth-clients", "no");
  Pair pair = Make(server, Settings(KW_SIDES_CLIENT).File("tls-ca-cert-file", "ca.crt"));
  pair.Establish();
  server.Remove("tls-ca-cert-file").File("tls-ca-cert-file", "ca.crt");
  Pair without = Make(server, Settings(KW_SIDES_CLIENT).File("tls-ca-cert-file", "ca.crt"));
  EXPECT_EQ(RunHandshake(without.client, without.server).client, KW_E_AUTH);
}

// Each side's groups are the only ones that it takes; the name of the one in use is the same from both.
TEST_P(TlsPair, GroupsAreThoseThatAreSet) {
  struct Case {
    const char *server, *client, *used;  // used: null for none in common
  };
  const Case cases[] = {{"P-256", "", "secp256r1"},
                        {"P-384:P-256", "P-256", "secp256r1"},
                        {"P-256:P-384", "P-384:P-256", ""},
                        {"P-256", "P-256:X25519", "secp256r1"},
                        {"P-384", "P-256", nullptr},
                        {"P-256:X25519", "X25519:P-256", ""},
                        {"P-256", "X25519:P-256", "secp256r1"}};
  for (const Case& c : cases) {
    Settings server = GoodTls(), client = GoodTls();
    server.Set("tls-auth-clients", "no").Set("tls-groups", c.server);
    if (*c.client != '\0') client.Set("tls-groups", c.client);
    Pair pair = Make(server, client);
    Handshaken done = RunHandshake(pair.client, pair.server);
    if (c.used == nullptr) {
      EXPECT_LT(done.server, 0) << c.server << " and " << c.client;
      continue;
    }
    ASSERT_EQ(done.server, KW_OK) << c.server << " and " << c.client << ": " << pair.server.error().text;
    ASSERT_EQ(done.client, KW_OK) << c.server << " and " << c.client << ": " << pair.client.error().text;
    std::string groups[2];
    End* ends[] = {&pair.client, &pair.server};
    for (int i = 0; i < 2; ++i) {
      kw_conn_stats stats{};
      stats.size = sizeof stats;
      Err err;
      ASSERT_EQ(ends[i]->Extension<kw_ext_stats>(KW_EXT_STATS)->get(ends[i]->conn(), &stats, &err), KW_OK);
      groups[i] = stats.group;
    }
    EXPECT_EQ(groups[0], groups[1]);
    if (*c.used == '\0') continue;
    EXPECT_EQ(groups[1], c.used) << c.server << " and " << c.client;
  }
}

}  // namespace
}  // namespace keyway::test
