// Bytes that no honest peer sends: damaged at any place, in endless pieces, of absurd lengths. Whatever comes, a side ends with an
// error that says why or waits for more, holds little, and delivers nothing that was not sent.
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/transport/support/pairs.h"

namespace keyway::test {
namespace {

constexpr char kHandshakeRecord = 22, kDataRecord = 23, kAlertRecord = 21;

std::string Record(char type, const std::string& body) {
  return std::string{type, 3, 3, static_cast<char>(body.size() >> 8), static_cast<char>(body.size())} + body;
}

size_t Number(const std::string& bytes, size_t at, size_t width) {
  size_t value = 0;
  for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

// Changes one place: a byte replaced, a bit turned, bytes left out, put in or said twice.
void Damage(std::string* bytes, size_t at, std::mt19937& rng) {
  size_t few = std::min<size_t>(1 + rng() % 8, bytes->size() - at);
  std::string noise;
  for (size_t i = 0; i < few; ++i) noise += static_cast<char>(rng());
  switch (rng() % 5) {
    case 0:
      (*bytes)[at] = static_cast<char>((*bytes)[at] + 1 + static_cast<int>(rng() % 255));
      break;
    case 1:
      (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << rng() % 8));
      break;
    case 2:
      bytes->erase(at, few);
      break;
    case 3:
      bytes->insert(at, noise);
      break;
    default:
      bytes->insert(at, bytes->substr(at, few));
  }
}

// A result that damage may lead to.
bool IsJudgement(int32_t result) {
  return result == KW_WANT_READ || result == KW_E_PROTO || result == KW_E_AUTH || result == KW_E_PEER ||
         result == KW_TRUNCATED;
}

class TlsDamage : public PairTest {
 protected:
  // A handshake in which the byte `at` of what one side says is damaged, and all that follows is as it comes.
  void RunDamaged(Pair& pair, bool of_client, size_t at, std::mt19937& rng, Handshaken* done) {
    done->client = pair.client.Handshake();
    size_t said = 0;
    bool damaged = false;
    for (int turn = 0; turn < 20; ++turn) {
      bool moved = false;
      for (bool from_client : {true, false}) {
        End& from = from_client ? pair.client : pair.server;
        End& to = from_client ? pair.server : pair.client;
        int32_t& result = from_client ? done->server : done->client;
        std::string bytes = from.pipe().TakeTx();
        if (bytes.empty()) continue;
        moved = true;
        if (from_client == of_client) {
          if (!damaged && at < said + bytes.size()) {
            damaged = true;
            Damage(&bytes, at - said, rng);
          } else {
            said += bytes.size();
          }
        }
        to.pipe().Feed(bytes);
        if (result == KW_WANT_READ) result = to.Handshake();
      }
      if (!moved) break;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsDamage, AllPairs(), PairName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsDamage);

TEST_P(TlsDamage, AtAnyByteOfTheHandshake) {
  unsigned seed = SeedOfRun();
  SCOPED_TRACE("KW_TEST_SEED=" + std::to_string(seed));
  std::mt19937 rng(seed);
  for (int round = 0; round < 16; ++round) {
    bool of_client = rng() % 2 == 0;
    // The first flight is looked at more closely than the rest.
    size_t at = rng() % (rng() % 2 == 0 ? 200 : 1800);
    SCOPED_TRACE((of_client ? "client, byte " : "server, byte ") + std::to_string(at));
    Pair pair = Make();
    Handshaken done;
    RunDamaged(pair, of_client, at, rng, &done);
    ASSERT_TRUE(done.client == KW_OK || IsJudgement(done.client)) << done.client << pair.client.error().text;
    ASSERT_TRUE(done.server == KW_OK || IsJudgement(done.server)) << done.server << pair.server.error().text;
    if (done.client < 0) {
      EXPECT_STRNE(pair.client.error().text, "");
    }
    if (done.server < 0) {
      EXPECT_STRNE(pair.server.error().text, "");
    }
    // The version in the head of a record, and what lies behind the end of the handshake, make no difference to it.
    if (done.client == KW_OK && done.server == KW_OK) {
      pair.client.Read();
      pair.server.Read();
      EXPECT_TRUE(IsJudgement(pair.client.last()) && IsJudgement(pair.server.last()));
    }
  }
}

TEST_P(TlsDamage, AtAnyByteOfTheData) {
  unsigned seed = SeedOfRun();
  SCOPED_TRACE("KW_TEST_SEED=" + std::to_string(seed));
  std::mt19937 rng(seed);
  for (int round = 0; round < 8; ++round) {
    Pair pair = Make();
    pair.Establish();
    pair.server.Read();
    pair.client.Read();
    bool of_client = rng() % 2 == 0;
    End& talker = of_client ? pair.client : pair.server;
    End& listener = of_client ? pair.server : pair.client;
    std::string sent;
    for (int i = 0; i < 3; ++i) {
      std::string piece(1 + rng() % 20000, static_cast<char>('a' + i));
      ASSERT_EQ(talker.Write(piece), KW_OK) << talker.error().text;
      sent += piece;
    }
    std::string bytes = talker.pipe().TakeTx();
    Damage(&bytes, rng() % bytes.size(), rng);
    listener.pipe().Feed(bytes);
    std::string got = listener.Read();
    EXPECT_LE(got.size(), sent.size());
    EXPECT_TRUE(sent.starts_with(got)) << "something came through that was not sent";
    ASSERT_TRUE(IsJudgement(listener.last())) << listener.last() << listener.error().text;
    listener.pipe().End();
    EXPECT_EQ(listener.Read(), "");
    EXPECT_TRUE(IsJudgement(listener.last()) && listener.last() != KW_WANT_READ) << listener.last();
  }
}

// One server against bytes.
class TlsFault : public ::testing::TestWithParam<std::string> {
 protected:
  // The client's side of a handshake up to where the server waits for its certificate; TLS 1.2, since there it is in the clear.
  void Greet() {
    ASSERT_EQ(client_.Handshake(), KW_WANT_READ);
    Move(client_, server_);
    ASSERT_EQ(server_.Handshake(), KW_WANT_READ) << server_.error().text;
    server_.pipe().TakeTx();
  }
  // What the server says to `most` bytes of this record over and over; how many it took before it had enough.
  size_t FeedForever(const std::string& record, size_t most) {
    size_t fed = 0;
    for (result_ = KW_WANT_READ; result_ == KW_WANT_READ && fed < most; fed += record.size()) {
      server_.pipe().Feed(record);
      result_ = server_.Handshake();
    }
    return fed;
  }
  void ExpectAlertInTheClear() {
    const std::string& tx = server_.pipe().tx();
    ASSERT_GE(tx.size(), 7u) << server_.error().text;
    EXPECT_EQ(tx[0], kAlertRecord);
    EXPECT_EQ(tx[5], 2) << "fatal";
  }

  Context server_ctx_{Transport(GetParam()), GoodTls()};
  Context client_ctx_{Transport(GetParam()), GoodTls().Set("tls-protocols", "TLSv1.2")};
  Verify verify_;
  End server_{server_ctx_, KW_SIDE_SERVER, nullptr};
  End client_{client_ctx_, KW_SIDE_CLIENT, verify_.abi()};
  int32_t result_ = KW_WANT_READ;
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsFault, ::testing::ValuesIn(TlsBackends()),
                         [](const auto& info) { return info.param == "tls-wolfssl" ? "wolfssl" : "openssl"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsFault);

TEST_P(TlsFault, AMessageOf16MegabytesIsRefusedBeforeItIsGathered) {
  Greet();
  server_.pipe().Feed(Record(kHandshakeRecord, "\x0b\xff\xff\xff"));
  result_ = server_.Handshake();
  if (result_ == KW_WANT_READ) FeedForever(Record(kHandshakeRecord, std::string(1000, '\0')), 1 << 20);
  EXPECT_EQ(result_, KW_E_PROTO) << server_.error().text;
  ExpectAlertInTheClear();
}

TEST_P(TlsFault, EmptyRecordsWithoutEnd) {
  Greet();
  FeedForever(Record(kHandshakeRecord, ""), 1 << 20);
  EXPECT_EQ(result_, KW_E_PROTO) << server_.error().text;
  ExpectAlertInTheClear();
}

TEST_P(TlsFault, AHugeRecordInTheHandshake) {
  Greet();
  std::string header = Record(kHandshakeRecord, std::string(20000, 'x'));
  server_.pipe().Feed(header.substr(0, 5));
  result_ = server_.Handshake();
  if (result_ == KW_WANT_READ) {
    server_.pipe().Feed(header.substr(5));
    result_ = server_.Handshake();
  }
  EXPECT_EQ(result_, KW_E_PROTO) << server_.error().text;
  ExpectAlertInTheClear();
}

TEST_P(TlsFault, AHugeRecordOfData) {
  Handshaken done = RunHandshake(client_, server_);
  ASSERT_EQ(done.server, KW_OK) << server_.error().text;
  server_.Read();
  server_.pipe().TakeTx();
  server_.pipe().Feed(Record(kDataRecord, std::string(20000, 'x')));
  EXPECT_EQ(server_.Read(), "");
  EXPECT_EQ(server_.last(), KW_E_PROTO) << server_.error().text;
  EXPECT_FALSE(server_.pipe().tx().empty()) << "an alert for the peer";
}

// A message begins in a new record: wolfSSL wants its four first bytes in one piece.
TEST_P(TlsFault, MessagesInManyRecordsAreAHandshakeLikeAnyOther) {
  std::string tiny;
  auto split = [&tiny](const std::string& stream) {
    tiny.clear();
    size_t at = 0;
    while (at + 5 <= stream.size() && stream[at] == kHandshakeRecord) {  // what follows is encrypted
      size_t end = at + 5 + Number(stream, at + 3, 2);
      at += 5;
      while (at < end) {
        size_t message_end = at + 4 + Number(stream, at + 1, 3);
        for (; at < message_end; at += 7) {
          tiny += Record(kHandshakeRecord, stream.substr(at, std::min<size_t>(7, message_end - at)));
        }
        at = message_end;
      }
    }
    tiny += stream.substr(at);
    return tiny;
  };
  Handshaken done;
  done.client = client_.Handshake();
  for (int turn = 0; turn < 10 && (done.client == KW_WANT_READ || done.server == KW_WANT_READ); ++turn) {
    server_.pipe().Feed(split(client_.pipe().TakeTx()));
    if (done.server == KW_WANT_READ) done.server = server_.Handshake();
    client_.pipe().Feed(split(server_.pipe().TakeTx()));
    if (done.client == KW_WANT_READ) done.client = client_.Handshake();
  }
  ASSERT_EQ(done.server, KW_OK) << server_.error().text;
  ASSERT_EQ(done.client, KW_OK) << client_.error().text;
  ExpectDataFlows(client_, server_);
}

}  // namespace
}  // namespace keyway::test
