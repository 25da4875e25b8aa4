// Revocation lists: whom they keep out, on every pair of backends, which lists are refused, and what they say of open connections.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "keyway/ext/crl.h"
#include "keyway/ext/stats.h"
#include "tests/transport/support/pairs.h"
#include "tests/transport/support/resuming.h"

namespace keyway::test {
namespace {

Settings Identity(const std::string& name, const std::string& ca = "ca.crt") {
  return Settings()
      .File("tls-cert-file", name + ".crt")
      .File("tls-key-file", name + ".key")
      .File("tls-ca-cert-file", ca);
}

class TlsCrl : public ResumingTest {
 protected:
  // The server's side refuses; what the other hears comes with the handshake, or with the first read in TLS 1.3.
  void ExpectServerRefuses(Pair& pair, uint32_t reason, const std::string& words, int alert) {
    Handshaken done = RunHandshake(pair.client, pair.server);
    EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
    EXPECT_EQ(pair.server.error().reason, reason);
    EXPECT_NE(std::string(pair.server.error().text).find(words), std::string::npos) << pair.server.error().text;
    int32_t result = done.client;
    if (result == KW_OK) {
      pair.client.Read();
      result = pair.client.last();
    }
    EXPECT_EQ(result, KW_E_PEER) << pair.client.error().text;
    EXPECT_EQ(pair.client.error().lib_code, alert) << pair.client.error().text;
  }
  bool wolf_server() const { return server_backend() == "tls-wolfssl"; }
  // The one alert that wolfSSL knows in TLS 1.3 for what its callback refuses.
  int AlertOfWolfSsl(int otherwise) const { return wolf_server() && is_tls13() ? 42 : otherwise; }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsCrl, AllPairs(), PairName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsCrl);

TEST_P(TlsCrl, ARevokedClientIsToldSo) {
  Pair pair = Make(GoodTls().File("tls-crl-file", "ca.crl"), Identity("revoked"));
  ExpectServerRefuses(pair, KW_REASON_CERT_REVOKED, "revoked", 44);
}

TEST_P(TlsCrl, AlsoWhereCertificatesAreOptional) {
  Pair pair = Make(GoodTls().Set("tls-auth-clients", "optional").File("tls-crl-file", "ca.crl"), Identity("revoked"));
  ExpectServerRefuses(pair, KW_REASON_CERT_REVOKED, "revoked", 44);
}

TEST_P(TlsCrl, ARevokedServerIsToldSo) {
  Pair pair = Make(Identity("revoked"), GoodTls().File("tls-crl-file", "ca.crl"));
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.client, KW_E_AUTH) << pair.client.error().text;
  EXPECT_EQ(pair.client.error().reason, KW_REASON_CERT_REVOKED);
  EXPECT_EQ(done.server, KW_E_PEER) << pair.server.error().text;
  EXPECT_EQ(pair.server.error().lib_code, 44) << pair.server.error().text;
}

TEST_P(TlsCrl, OthersPass) {
  Pair pair = Make(GoodTls().File("tls-crl-file", "ca.crl"), GoodTls().File("tls-crl-file", "ca.crl"));
  pair.Establish();
  ExpectDataFlows(pair.client, pair.server);
  Pair not_yet = Make(GoodTls().File("tls-crl-file", "empty.crl"), Identity("revoked"));
  not_yet.Establish();
  Pair without = Make(GoodTls().Set("tls-auth-clients", "optional").File("tls-crl-file", "ca.crl"),
                      Settings(KW_SIDES_CLIENT).File("tls-ca-cert-file", "ca.crt"));
  without.Establish();
}

TEST_P(TlsCrl, SeveralListsInOneFile) {
  Pair pair = Make(GoodTls().Set("tls-crl-file", ReadFile(CertPath("empty.crl")) + ReadFile(CertPath("ca.crl"))),
                   Identity("revoked"));
  EXPECT_EQ(RunHandshake(pair.client, pair.server).server, KW_E_AUTH);
  EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_REVOKED);
}

TEST_P(TlsCrl, ARevokedAuthorityInTheChain) {
  Pair pair = Make(Identity("redis", "cas.crt").File("tls-crl-file", "chain.crl"), Identity("chain"));
  ExpectServerRefuses(pair, KW_REASON_CERT_REVOKED, "revoked", AlertOfWolfSsl(44));
}

TEST_P(TlsCrl, WithoutAListOfItsIssuerNobodyPasses) {
  Settings server = GoodTls().File("tls-ca-cert-dir", "unknown-ca.crt").File("tls-crl-file", "unknown-ca.crl");
  Pair pair = Make(server, GoodTls());
  ExpectServerRefuses(pair, KW_REASON_CERT_OTHER, "CRL", AlertOfWolfSsl(48));
  Pair covered = Make(server, Identity("unknown"));
  EXPECT_EQ(RunHandshake(covered.client, covered.server).server, KW_OK) << covered.server.error().text;
}

TEST_P(TlsCrl, AListOutOfDateCountsWhenItIsAllowed) {
  Settings server = GoodTls().File("tls-crl-file", "expired.crl").Set(server_backend() + ".allow-expired", "yes");
  Pair revoked = Make(server, Identity("revoked"));
  ExpectServerRefuses(revoked, KW_REASON_CERT_REVOKED, "revoked", AlertOfWolfSsl(44));
  Pair other = Make(server, GoodTls());
  other.Establish();
}

TEST_P(TlsCrl, SaysWhoOfThoseWhoAreHereIsRevoked) {
  Pair revoked = Make(GoodTls(), Identity("revoked"));
  revoked.Establish();
  Pair other = Make();
  other.Establish();
  Context lists(Transport(server_backend()), Versioned(GoodTls().File("tls-crl-file", "ca.crl")));
  Context empty(Transport(server_backend()), Versioned(GoodTls().File("tls-crl-file", "empty.crl")));
  Context none(Transport(server_backend()), Versioned(GoodTls()));
  Context chain(Transport(server_backend()), Versioned(Identity("redis", "cas.crt").File("tls-crl-file", "chain.crl")));
  auto recheck = [](Pair& pair, const Context& ctx) {
    Err err;
    int32_t result = pair.server.Extension<kw_ext_crl>(KW_EXT_CRL)->recheck(pair.server.conn(), ctx.get(), &err);
    EXPECT_EQ(err.reason == KW_REASON_CERT_REVOKED, result == KW_E_AUTH);
    return result;
  };
  EXPECT_EQ(recheck(revoked, lists), KW_E_AUTH);
  EXPECT_EQ(recheck(revoked, empty), KW_OK);
  EXPECT_EQ(recheck(revoked, none), KW_OK);
  EXPECT_EQ(recheck(other, lists), KW_OK);
  ExpectDataFlows(revoked.client, revoked.server);
  Pair chained = Make(GoodTls(), Identity("chain"));
  chained.Establish();
  EXPECT_EQ(recheck(chained, chain), KW_E_AUTH) << "by its authority";
  // From the other end.
  Pair to_revoked = Make(Identity("revoked"));
  to_revoked.Establish();
  Context of_client(Transport(client_backend()), Versioned(GoodTls().File("tls-crl-file", "ca.crl")));
  Err err;
  EXPECT_EQ(
      to_revoked.client.Extension<kw_ext_crl>(KW_EXT_CRL)->recheck(to_revoked.client.conn(), of_client.get(), &err),
      KW_E_AUTH);
}

TEST_P(TlsCrl, ASessionIsNoWayAround) {
  Settings before = GoodTls().File("tls-crl-file", "empty.crl").Set("tls-session-ticket-keys", kTicketKeys);
  Settings after = GoodTls().File("tls-crl-file", "ca.crl").Set("tls-session-ticket-keys", kTicketKeys);
  // tls-wolfssl knows the holders of tickets for as long as a context of their policy lives.
  Context holds(Transport(server_backend()), Versioned(before));
  const std::string session = SessionFrom(before, Identity("revoked"));
  ASSERT_EQ(!session.empty(), ClientResumes());
  if (session.empty()) return;
  EXPECT_TRUE(ResumesAt(before, Identity("revoked"), session));
  Pair pair = Make(after, Identity("revoked"));
  ASSERT_EQ(Put(pair.client, session), KW_OK);
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
}

TEST_P(TlsCrl, ASessionOfOtherListsIsNotTaken) {
  Settings server = GoodTls().Set("tls-auth-clients", "no").Set("tls-session-ticket-keys", kTicketKeys);
  const std::string session = SessionFrom(server, GoodTls().File("tls-crl-file", "empty.crl"));
  ASSERT_EQ(!session.empty(), ClientResumes());
  if (session.empty()) return;
  Pair pair = Make(server, GoodTls().File("tls-crl-file", "ca.crl"));
  EXPECT_EQ(Put(pair.client, session), KW_E_CONFIG);
}

class TlsCrlSettings : public ::testing::TestWithParam<std::string> {
 protected:
  void ExpectTaken(Settings settings) {
    Err err;
    EXPECT_EQ(Transport(GetParam())->check(settings.abi(), &err), KW_OK) << err.setting << ": " << err.text;
  }
  void ExpectRefused(Settings settings, const std::string& words) {
    Err err;
    EXPECT_EQ(Transport(GetParam())->check(settings.abi(), &err), KW_E_CONFIG);
    EXPECT_STREQ(err.setting, "tls-crl-file");
    EXPECT_NE(std::string(err.text).find(words), std::string::npos) << err.text;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsCrlSettings, ::testing::ValuesIn(TlsBackends()),
                         [](const auto& info) { return info.param == "tls-openssl" ? "openssl" : "wolfssl"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsCrlSettings);

TEST_P(TlsCrlSettings, BadListsAreRefusedWithTheReason) {
  ExpectTaken(GoodTls().File("tls-crl-file", "ca.crl"));
  ExpectTaken(GoodTls(KW_SIDES_CLIENT).File("tls-crl-file", "ca.crl"));
  ExpectRefused(GoodTls().File("tls-crl-file", "expired.crl"), "out of date");
  ExpectTaken(GoodTls().File("tls-crl-file", "expired.crl").Set(GetParam() + ".allow-expired", "yes"));
  ExpectRefused(GoodTls().File("tls-crl-file", "unknown-ca.crl"), "no authority");
  ExpectRefused(GoodTls().File("tls-crl-file", "unknown-ca.crl").Set(GetParam() + ".allow-expired", "yes"),
                "no authority");
  ExpectRefused(GoodTls().File("tls-crl-file", "ca.crt"), "no revocation list");
  ExpectRefused(GoodTls().Set("tls-crl-file", "nonsense"), "no revocation list");
  ExpectRefused(GoodTls().Set("tls-crl-file", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"), "is broken");
  const std::string good = ReadFile(CertPath("ca.crl"));
  ExpectRefused(GoodTls().Set("tls-crl-file", good.substr(0, good.size() / 2)), "is broken");
  ExpectRefused(GoodTls().Set("tls-crl-file", good + ReadFile(CertPath("expired.crl"))), "out of date");
  ExpectRefused(Settings(KW_SIDES_CLIENT).File("tls-crl-file", "ca.crl"), "tls-ca-cert-file");
}

TEST_P(TlsCrlSettings, EveryDamageIsNoticed) {
  const std::string good = ReadFile(CertPath("ca.crl"));
  for (const char* keep : {"no", "yes"}) {
    size_t begin = good.find('\n') + 1, end = good.find('=', begin);
    end = std::min(end, good.find("\n-----END", begin)) - 4;  // the last bits of base64 may mean nothing
    for (size_t at = begin; at < end; ++at) {
      if (good[at] == '\n') continue;
      std::string bad = good;
      bad[at] = bad[at] == 'A' ? 'B' : 'A';
      Settings settings = GoodTls(KW_SIDES_CLIENT).Set("tls-crl-file", bad).Set(GetParam() + ".allow-expired", keep);
      Err err;
      EXPECT_EQ(Transport(GetParam())->check(settings.abi(), &err), KW_E_CONFIG) << at;
    }
  }
}

}  // namespace
}  // namespace keyway::test
