// Resumption: it works where it may, and it is never a way around the authentication of clients.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "keyway/ext/tickets.h"
#include "tests/transport/support/resuming.h"

namespace keyway::test {
namespace {

constexpr char kNewerKeys[] =
    "current k2 a00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\n"
    "previous k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\n";
constexpr char kOtherKeys[] =
    "current k1 ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\n";

class TlsResume : public ResumingTest {
 protected:
  static Settings Open() { return GoodTls().Set("tls-auth-clients", "no").Set("tls-session-ticket-keys", kTicketKeys); }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsResume, AllPairs(), PairName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsResume);

TEST_P(TlsResume, WithinOneSetOfKeys) {
  std::string session = SessionFrom(Open(), NoCert());
  ASSERT_EQ(session.empty(), !ClientResumes());
  if (session.empty()) return;
  EXPECT_TRUE(ResumesAt(Open(), NoCert(), session)) << "another context with the same keys, as after a reload";
  EXPECT_TRUE(ResumesAt(Open().Set("tls-session-ticket-keys", kNewerKeys), NoCert(), session))
      << "the previous key still opens";
  EXPECT_FALSE(ResumesAt(Open().Set("tls-session-ticket-keys", kOtherKeys), NoCert(), session));
  EXPECT_FALSE(ResumesAt(Open().Remove("tls-session-ticket-keys"), NoCert(), session)) << "keys of its own";
}

std::string KeyLine(const std::string& id, char digit) { return id + " " + std::string(96, digit) + "\n"; }

TEST_P(TlsResume, ByTheKeysOfAFile) {
  auto with = [](const std::string& text) {
    return GoodTls().Set("tls-auth-clients", "no").Set("tls-session-ticket-key-file", text);
  };
  const std::string a = KeyLine("a", '1'), b = KeyLine("b", '2'), c = KeyLine("c", '3'), d = KeyLine("d", '4');
  std::string session = SessionFrom(with(a + b), NoCert());
  ASSERT_EQ(session.empty(), !ClientResumes());
  if (session.empty()) return;
  EXPECT_TRUE(ResumesAt(with(a + b), NoCert(), session)) << "another process with the same file";
  EXPECT_TRUE(ResumesAt(with(a), NoCert(), session)) << "of two the first one is current";
  EXPECT_FALSE(ResumesAt(with(b + c), NoCert(), session));
  EXPECT_TRUE(ResumesAt(with(a + b + c), NoCert(), session)) << "it is the previous one now";
  EXPECT_TRUE(ResumesAt(with(d + a), NoCert(), session)) << "it is the next one there";
  EXPECT_FALSE(ResumesAt(with("a " + std::string(96, '9') + "\n"), NoCert(), session)) << "an id alone opens nothing";
  EXPECT_FALSE(ResumesAt(Open(), NoCert(), session))
      << "the host's secrets do not count beside a file, nor the other way";
  EXPECT_FALSE(ResumesAt(with(a + b).File("tls-crl-file", "ca.crl"), NoCert(), session)) << "another policy";
  std::string of_b = SessionFrom(with(a + b + c), NoCert());
  EXPECT_TRUE(ResumesAt(with(b), NoCert(), of_b)) << "of three the second one is current";
  EXPECT_FALSE(ResumesAt(with(a), NoCert(), of_b));
}

TEST_P(TlsResume, SecretsAreExchangedUnderALivingContext) {
  Context server(Transport(server_backend()), Versioned(Open()));
  Context client(Transport(client_backend()), Versioned(NoCert()));
  const auto* tickets = static_cast<const kw_ext_tickets*>(server.transport()->get_extension(KW_EXT_TICKETS));
  ASSERT_NE(tickets, nullptr);
  auto set = [&](std::string_view text) {
    kw_bytes bytes{text.data(), text.size()};
    Err err;
    return tickets->set_secrets(server.get(), &bytes, &err);
  };
  const std::string session = SessionFrom(Open(), NoCert());
  const std::string newer = SessionFrom(Open().Set("tls-session-ticket-keys", kNewerKeys), NoCert());
  if (session.empty()) return;
  auto resumes = [&](const std::string& which) {
    Verify verify;
    End s(server, KW_SIDE_SERVER, nullptr), c(client, KW_SIDE_CLIENT, verify.abi());
    EXPECT_EQ(Put(c, which), KW_OK);
    Handshaken done = RunHandshake(c, s);
    EXPECT_EQ(done.server, KW_OK);
    EXPECT_EQ(done.client, KW_OK);
    return Resumed(s);
  };
  EXPECT_TRUE(resumes(session));
  EXPECT_FALSE(resumes(newer));
  ASSERT_EQ(set(kNewerKeys), KW_OK);
  EXPECT_TRUE(resumes(session)) << "by the previous secret";
  EXPECT_TRUE(resumes(newer));
  EXPECT_EQ(set("nonsense"), KW_E_CONFIG);
  EXPECT_EQ(set(""), KW_E_CONFIG);
  EXPECT_TRUE(resumes(newer)) << "nothing has changed";
  ASSERT_EQ(set(kOtherKeys), KW_OK);
  EXPECT_FALSE(resumes(session));
  EXPECT_FALSE(resumes(newer));
  // Whoever has keys of the user's own, or no tickets, is left alone.
  Context of_user(Transport(server_backend()),
                  Versioned(GoodTls().Set("tls-session-ticket-key-file", KeyLine("a", '1'))));
  Context without(Transport(server_backend()), Versioned(GoodTls().Set("tls-session-caching", "no")));
  Context dialling(Transport(server_backend()), Versioned(NoCert()));
  for (const Context* ctx : {&of_user, &without, &dialling}) {
    kw_bytes bytes{kTicketKeys, sizeof kTicketKeys - 1};
    Err err;
    EXPECT_EQ(tickets->set_secrets(ctx->get(), &bytes, &err), KW_OK);
  }
}

TEST_P(TlsResume, NotAcrossPolicies) {
  std::string session = SessionFrom(Open(), NoCert());
  ASSERT_EQ(session.empty(), !ClientResumes());
  if (session.empty()) return;
  Settings strict = GoodTls().Set("tls-session-ticket-keys", kTicketKeys);
  Pair pair = Make(strict, NoCert());
  ASSERT_EQ(Put(pair.client, session), KW_OK);
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << "a ticket must not stand in for a certificate";
  EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_MISSING);
  // With a certificate it is a full handshake.
  EXPECT_FALSE(ResumesAt(strict, GoodTls(), session));
  EXPECT_FALSE(ResumesAt(Settings(strict).Set("tls-auth-clients", "optional"), NoCert(), session));
  EXPECT_FALSE(ResumesAt(Open()
                             .Remove("tls-cert-file")
                             .Remove("tls-key-file")
                             .File("tls-cert-file", "chain.crt")
                             .File("tls-key-file", "chain.key"),
                         NoCert(), session));
}

TEST_P(TlsResume, CachingOffMeansNoResumptionAndNoFailure) {
  std::string none = SessionFrom(Open().Set("tls-session-caching", "no"), NoCert());
  EXPECT_TRUE(none.empty());
  std::string session = SessionFrom(Open(), NoCert());
  if (!session.empty()) {
    EXPECT_FALSE(ResumesAt(Open().Set("tls-session-caching", "no"), NoCert(), session));
  }
  EXPECT_TRUE(SessionFrom(GoodTls().Set("tls-session-caching", "no"), GoodTls()).empty());
}

TEST_P(TlsResume, ASessionIsGoodForTheSamePeersOnly) {
  std::string session = SessionFrom(Open(), NoCert());
  Pair pair = Make(Open(), NoCert(), Verify(KW_VERIFY_PEER, {"127.0.0.1"}));
  EXPECT_EQ(Put(pair.client, session), KW_E_CONFIG);
  EXPECT_EQ(Put(pair.client, "nonsense"), KW_E_CONFIG);
  EXPECT_EQ(Put(pair.client, ""), KW_E_CONFIG);
  EXPECT_EQ(Put(pair.server, session), KW_E_CONFIG);
  pair.Establish();
  EXPECT_FALSE(Resumed(pair.client));
  // Damage to the library's own form is an error or a full handshake, never a crash.
  for (size_t at = 60; at < session.size(); at += 37) {
    std::string damaged = session;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    Pair p = Make(Open(), NoCert());
    int32_t put = Put(p.client, damaged);
    EXPECT_TRUE(put == KW_OK || put == KW_E_CONFIG);
    RunHandshake(p.client, p.server);
  }
}

}  // namespace
}  // namespace keyway::test
