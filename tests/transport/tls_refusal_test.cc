// Who is not let in, on every pair of backends: the result and reason on the side that refuses, and the alert that the other gets.
#include <ctime>
#include <string>

#include <gtest/gtest.h>

#include "keyway/ext/peer_cert.h"
#include "tests/transport/support/pairs.h"

namespace keyway::test {
namespace {

class TlsRefusal : public PairTest {
 protected:
  // What the client learns: at the handshake, or with TLS 1.3 at its first read.
  void ExpectClientHears(Pair& pair, const Handshaken& done, int alert) {
    int32_t result = done.client;
    if (result == KW_OK) {
      pair.client.Read();
      result = pair.client.last();
    }
    EXPECT_EQ(result, KW_E_PEER) << pair.client.error().text;
    EXPECT_EQ(pair.client.error().reason, KW_REASON_PEER_ALERT);
    EXPECT_EQ(pair.client.error().lib_code, alert) << pair.client.error().text;
  }
  void ExpectServerHears(Pair& pair, const Handshaken& done, int alert) {
    EXPECT_EQ(done.server, KW_E_PEER) << pair.server.error().text;
    EXPECT_EQ(pair.server.error().lib_code, alert) << pair.server.error().text;
  }
  bool wolf_server() const { return server_backend() == "tls-wolfssl"; }
  bool wolf_client() const { return client_backend() == "tls-wolfssl"; }

  Settings Identity(const std::string& name) const {
    Settings s = Settings()
                     .File("tls-cert-file", name + ".crt")
                     .File("tls-key-file", name + ".key")
                     .File("tls-ca-cert-file", "ca.crt");
    for (const std::string& id : TlsBackends()) {
      if (id == server_backend() || id == client_backend()) s.Set(id + ".allow-expired", "yes");
    }
    return s;
  }
  // allow-expired belongs to one backend each.
  Settings For(const std::string& backend, Settings s) const {
    for (const std::string& id : TlsBackends()) {
      if (id != backend) s.Remove(id + ".allow-expired");
    }
    return s;
  }
  Pair MakeWith(const std::string& server_cert, const std::string& client_cert, Verify verify = Verify()) const {
    return Make(For(server_backend(), Identity(server_cert)), For(client_backend(), Identity(client_cert)),
                std::move(verify));
  }
  static Settings NoCert() { return Settings(KW_SIDES_CLIENT).File("tls-ca-cert-file", "ca.crt"); }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsRefusal, AllPairs(), PairName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsRefusal);

TEST_P(TlsRefusal, AServerOfAnotherName) {
  for (const char* name : {"elsewhere.example", "127.0.0.2", "::2", "localhost.example", "ocalhost"}) {
    Pair pair = Make(GoodTls(), GoodTls(), Verify(KW_VERIFY_PEER, {name}));
    Handshaken done = RunHandshake(pair.client, pair.server);
    EXPECT_EQ(done.client, KW_E_AUTH) << name << ": " << pair.client.error().text;
    EXPECT_EQ(pair.client.error().reason, KW_REASON_CERT_NAME) << pair.client.error().text;
    EXPECT_NE(std::string(pair.client.error().text).find(name), std::string::npos) << pair.client.error().text;
    EXPECT_NE(done.server, KW_OK) << "a client that refuses must not have said yes before";
    ExpectServerHears(pair, done, 42);
  }
}

TEST_P(TlsRefusal, ButAnyOfSeveralNamesWillDo) {
  using Names = std::vector<std::string>;
  for (const Names& names : {Names{"elsewhere.example", "localhost"}, Names{"127.0.0.1"}, Names{"[::1]"},
                             Names{"0:0:0:0:0:0:0:1"}, Names{"LOCALHOST."}, Names{"", "localhost"}}) {
    Pair pair = Make(GoodTls(), GoodTls(), Verify(KW_VERIFY_PEER, names));
    pair.Establish();
  }
  Pair chain_only = Make(GoodTls(), GoodTls(), Verify(KW_VERIFY_CHAIN, {}));
  chain_only.Establish();
}

TEST_P(TlsRefusal, NoNameToCheckFailsClosed) {
  for (const std::vector<std::string>& names : {std::vector<std::string>{}, std::vector<std::string>{""}}) {
    Pair pair = Make(GoodTls(), GoodTls(), Verify(KW_VERIFY_PEER, names));
    EXPECT_FALSE(pair.client.open());
    EXPECT_EQ(pair.client.last(), KW_E_CONFIG);
    EXPECT_EQ(pair.client.error().reason, KW_REASON_CERT_NAME);
  }
}

TEST_P(TlsRefusal, NoCaToCheckWithFailsClosed) {
  Pair pair = Make(GoodTls().Set("tls-auth-clients", "no"), Settings(KW_SIDES_CLIENT));
  EXPECT_FALSE(pair.client.open());
  EXPECT_EQ(pair.client.last(), KW_E_CONFIG);
  EXPECT_STREQ(pair.client.error().setting, "tls-ca-cert-file");
  // Without any check it goes, and only because it was asked for.
  Pair none = Make(GoodTls().Set("tls-auth-clients", "no"), Settings(KW_SIDES_CLIENT), Verify(KW_VERIFY_NONE, {}));
  none.Establish();
}

TEST_P(TlsRefusal, AnExpiredServer) {
  Pair pair = MakeWith("expired", "redis");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.client, KW_E_AUTH) << pair.client.error().text;
  EXPECT_EQ(pair.client.error().reason, KW_REASON_CERT_EXPIRED) << pair.client.error().text;
  ExpectServerHears(pair, done, 45);
}

TEST_P(TlsRefusal, AServerFromTheFuture) {
  Pair pair = MakeWith("future", "redis");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.client, KW_E_AUTH) << pair.client.error().text;
  EXPECT_EQ(pair.client.error().reason, KW_REASON_CERT_NOT_YET_VALID) << pair.client.error().text;
  EXPECT_EQ(done.server, KW_E_PEER);
}

TEST_P(TlsRefusal, AServerOfAnUnknownAuthority) {
  Pair pair = MakeWith("unknown", "redis");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.client, KW_E_AUTH) << pair.client.error().text;
  EXPECT_EQ(pair.client.error().reason, KW_REASON_CERT_UNTRUSTED) << pair.client.error().text;
  ExpectServerHears(pair, done, 48);
}

TEST_P(TlsRefusal, AClientOnlyCertificateOnAServer) {
  Pair pair = MakeWith("client", "redis");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.client, KW_E_AUTH) << pair.client.error().text;
  EXPECT_EQ(done.server, KW_E_PEER);
}

TEST_P(TlsRefusal, AClientWithoutCertificate) {
  Pair pair = Make(GoodTls(), NoCert());
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
  EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_MISSING) << pair.server.error().text;
  ExpectClientHears(pair, done, is_tls13() ? 116 : 40);
}

TEST_P(TlsRefusal, AnExpiredClient) {
  Pair pair = MakeWith("redis", "expired");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
  EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_EXPIRED) << pair.server.error().text;
  ExpectClientHears(pair, done, 45);
}

TEST_P(TlsRefusal, AClientOfAnUnknownAuthority) {
  Pair pair = MakeWith("redis", "unknown");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
  EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_UNTRUSTED) << pair.server.error().text;
  ExpectClientHears(pair, done, 48);
}

TEST_P(TlsRefusal, AServerOnlyCertificateOnAClient) {
  Pair pair = MakeWith("redis", "server");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
}

TEST_P(TlsRefusal, ASelfSignedClient) {
  Pair pair = MakeWith("redis", "self-signed");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
  EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_UNTRUSTED) << pair.server.error().text;
  ExpectClientHears(pair, done, wolf_server() && is_tls13() ? 42 : 48);
}

TEST_P(TlsRefusal, ASelfSignedServer) {
  Pair pair = MakeWith("self-signed", "redis");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.client, KW_E_AUTH) << pair.client.error().text;
  EXPECT_EQ(pair.client.error().reason, KW_REASON_CERT_UNTRUSTED) << pair.client.error().text;
  ExpectServerHears(pair, done, wolf_client() && is_tls13() ? 42 : 48);
}

TEST_P(TlsRefusal, AClientFromTheFuture) {
  Pair pair = MakeWith("redis", "future");
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << pair.server.error().text;
  EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_NOT_YET_VALID) << pair.server.error().text;
}

TEST_P(TlsRefusal, AChainThatIsTooLong) {
  for (bool of_client : {true, false}) {
    Pair pair = of_client ? MakeWith("redis", "deep") : MakeWith("deep", "redis");
    Handshaken done = RunHandshake(pair.client, pair.server);
    End& judge = of_client ? pair.server : pair.client;
    EXPECT_EQ(of_client ? done.server : done.client, KW_E_AUTH) << judge.error().text;
  }
  Pair just = MakeWith("deep-enough", "deep-enough");
  just.Establish();
}

// The side that shows it has to lower its own level first.
TEST_P(TlsRefusal, AKeyThatIsTooWeak) {
  for (bool of_client : {true, false}) {
    Settings weak = Identity("weak").Set("tls-ciphers", "DEFAULT@SECLEVEL=0");
    Settings server = of_client ? Identity("redis") : weak, client = of_client ? weak : Identity("redis");
    Pair pair = Make(For(server_backend(), server), For(client_backend(), client));
    ASSERT_TRUE(pair.server.open() && pair.client.open());
    Handshaken done = RunHandshake(pair.client, pair.server);
    End& judge = of_client ? pair.server : pair.client;
    EXPECT_EQ(of_client ? done.server : done.client, KW_E_AUTH) << judge.error().text;
    EXPECT_EQ(judge.error().reason, KW_REASON_CERT_OTHER) << judge.error().text;
  }
}

TEST_P(TlsRefusal, OptionalTakesNoneButNoBadOne) {
  Pair none = Make(GoodTls().Set("tls-auth-clients", "optional"), NoCert());
  none.Establish();
  ExpectDataFlows(none.client, none.server);
  Pair good = Make(GoodTls().Set("tls-auth-clients", "optional"), GoodTls());
  good.Establish();
  Pair bad = Make(GoodTls().Set("tls-auth-clients", "optional"), For(client_backend(), Identity("unknown")));
  Handshaken done = RunHandshake(bad.client, bad.server);
  EXPECT_EQ(done.server, KW_E_AUTH) << bad.server.error().text;
}

TEST_P(TlsRefusal, NoMeansThatNobodyIsAsked) {
  Pair pair = Make(
      Settings().File("tls-cert-file", "redis.crt").File("tls-key-file", "redis.key").Set("tls-auth-clients", "no"),
      NoCert());
  pair.Establish();
  ExpectDataFlows(pair.client, pair.server);
}

TEST_P(TlsRefusal, AnIntermediateAuthorityIsSentAlong) {
  Pair pair = MakeWith("chain", "chain");
  pair.Establish();
  ExpectDataFlows(pair.client, pair.server);
}

TEST_P(TlsRefusal, NoVersionInCommon) {
  Context server_ctx(Transport(server_backend()), GoodTls().Set("tls-protocols", "TLSv1.3"));
  Context client_ctx(Transport(client_backend()), GoodTls().Set("tls-protocols", "TLSv1.2"));
  Verify verify;
  End server(server_ctx, KW_SIDE_SERVER, nullptr);
  End client(client_ctx, KW_SIDE_CLIENT, verify.abi());
  Handshaken done = RunHandshake(client, server);
  EXPECT_EQ(done.server, KW_E_PROTO) << server.error().text;
  EXPECT_EQ(server.error().reason, KW_REASON_VERSION) << server.error().text;
  EXPECT_EQ(done.client, KW_E_PEER) << client.error().text;
  EXPECT_EQ(client.error().lib_code, 70) << client.error().text;
}

TEST_P(TlsRefusal, NoCipherInCommon) {
  const char* setting = is_tls13() ? "tls-ciphersuites" : "tls-ciphers";
  Pair pair =
      Make(GoodTls().Set(setting, is_tls13() ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256"),
           GoodTls().Set(setting, is_tls13() ? "TLS_CHACHA20_POLY1305_SHA256" : "ECDHE-ECDSA-AES256-GCM-SHA384"));
  Handshaken done = RunHandshake(pair.client, pair.server);
  EXPECT_EQ(done.server, KW_E_PROTO) << pair.server.error().text;
  // wolfSSL tells it as a matter of versions when its own client asks.
  if (!(wolf_server() && wolf_client())) {
    EXPECT_EQ(pair.server.error().reason, KW_REASON_CIPHER) << pair.server.error().text;
  }
  ExpectClientHears(pair, done, 40);
}

struct SeenCert {
  int calls = 0;
  std::string subject, common_name, pem, sans;
  uint32_t flags = 0;
  int64_t not_before = 0, not_after = 0;
  std::string sha256;
};

TEST_P(TlsRefusal, TheCertificateOfAPeerIsTold) {
  Pair pair = MakeWith("redis", "client");
  pair.Establish();
  SeenCert seen;
  auto visit = [](void* arg, const kw_peer_cert* cert) {
    auto* out = static_cast<SeenCert*>(arg);
    ++out->calls;
    out->subject = cert->subject;
    out->common_name = cert->common_name;
    out->pem.assign(static_cast<const char*>(cert->pem.data), cert->pem.len);
    for (uint32_t i = 0; i < cert->san_count; ++i) out->sans += std::string(cert->sans[i]) + " ";
    out->flags = cert->flags;
    out->not_before = cert->not_before;
    out->not_after = cert->not_after;
    out->sha256.assign(reinterpret_cast<const char*>(cert->sha256), 32);
  };
  Err err;
  auto* server_table = pair.server.Extension<kw_ext_peer_cert>(KW_EXT_PEER_CERT);
  ASSERT_EQ(server_table->get(pair.server.conn(), visit, &seen, &err), KW_OK);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.common_name, "Client-only");
  EXPECT_EQ(seen.subject, "CN=Client-only,O=Keyway Test");
  EXPECT_EQ(seen.sans, "DNS:localhost IP:127.0.0.1 IP:::1 ");
  EXPECT_NE(seen.flags & KW_PEER_CERT_VERIFIED, 0u);
  EXPECT_EQ(seen.pem, ReadFile(CertPath("client.crt")));
  EXPECT_NE(seen.sha256, std::string(32, '\0'));
  EXPECT_EQ(seen.not_after - seen.not_before, 365 * 86400);
  EXPECT_GT(seen.not_after, time(nullptr));
  EXPECT_LT(seen.not_before, time(nullptr) + 1);

  Pair anonymous = Make(GoodTls().Set("tls-auth-clients", "optional"), NoCert());
  anonymous.Establish();
  SeenCert nothing;
  ASSERT_EQ(server_table->get(anonymous.server.conn(), visit, &nothing, &err), KW_OK);
  EXPECT_EQ(nothing.calls, 0);
}

}  // namespace
}  // namespace keyway::test
