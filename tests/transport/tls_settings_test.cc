// The settings of each TLS backend: what they do, and that what cannot be honoured is refused with the setting's name.
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "keyway/ext/cert_expiry.h"
#include "keyway/ext/stats.h"
#include "tests/transport/support/tls_pair.h"

namespace keyway::test {
namespace {

class TlsSettings : public ::testing::TestWithParam<std::string> {
 protected:
  const kw_transport* transport() const { return Transport(GetParam()); }
  bool is_wolf() const { return GetParam() == "tls-wolfssl"; }

  // The result of check; context_create must agree with it.
  int32_t Check(Settings settings, Err* err) {
    int32_t r = transport()->check(settings.abi(), err);
    kw_context* ctx = nullptr;
    Err create_err;
    EXPECT_EQ(transport()->context_create(settings.abi(), &ctx, &create_err), r) << create_err.text;
    if (ctx != nullptr) transport()->context_free(ctx);
    return r;
  }
  void ExpectRefused(Settings settings, const char* setting, const char* word, int32_t code = KW_E_CONFIG) {
    Err err;
    EXPECT_EQ(Check(std::move(settings), &err), code) << setting;
    EXPECT_EQ(err.code, code);
    EXPECT_STREQ(err.setting, setting) << err.text;
    EXPECT_NE(std::string(err.text).find(word), std::string::npos) << err.text;
  }
  void ExpectTaken(Settings settings) {
    Err err;
    EXPECT_EQ(Check(std::move(settings), &err), KW_OK) << err.setting << ": " << err.text;
  }
  // The cipher that two contexts of this backend agree on.
  std::string CipherBetween(Settings server_settings, Settings client_settings) {
    Pair pair(GetParam(), GetParam(), std::move(server_settings), std::move(client_settings));
    pair.Establish();
    kw_conn_stats stats{};
    stats.size = sizeof stats;
    Err err;
    EXPECT_EQ(pair.server.Extension<kw_ext_stats>(KW_EXT_STATS)->get(pair.server.conn(), &stats, &err), KW_OK);
    return stats.cipher;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsSettings, ::testing::ValuesIn(TlsBackends()),
                         [](const auto& info) { return info.param == "tls-wolfssl" ? "wolfssl" : "openssl"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsSettings);

TEST_P(TlsSettings, TheTableIsWhole) {
  uint32_t count = 0;
  const kw_option* const* options = transport()->options(&count);
  ASSERT_GE(count, 18u);
  std::string names;
  for (uint32_t i = 0; i < count; ++i) {
    ASSERT_GE(options[i]->size, KW_OPTION_SIZE_0_9);
    ASSERT_NE(options[i]->name, nullptr);
    EXPECT_GT(std::strlen(options[i]->help), 10u) << options[i]->name;
    EXPECT_EQ(names.find(" " + std::string(options[i]->name) + " "), std::string::npos)
        << "twice: " << options[i]->name;
    names += " " + std::string(options[i]->name) + " ";
    bool secret =
        std::strstr(options[i]->name, "key-file") != nullptr || std::strstr(options[i]->name, "ticket") != nullptr;
    EXPECT_EQ((options[i]->flags & KW_OPTION_SECRET) != 0, secret) << options[i]->name;
  }
  for (const char* name : {"tls-cert-file",
                           "tls-key-file",
                           "tls-key-file-pass",
                           "tls-client-cert-file",
                           "tls-client-key-file",
                           "tls-client-key-file-pass",
                           "tls-ca-cert-file",
                           "tls-ca-cert-dir",
                           "tls-auth-clients",
                           "tls-protocols",
                           "tls-ciphers",
                           "tls-ciphersuites",
                           "tls-prefer-server-ciphers",
                           "tls-dh-params-file",
                           "tls-session-caching",
                           "tls-session-cache-size",
                           "tls-session-cache-timeout",
                           "tls-crl-file",
                           "tls-groups",
                           "tls-session-ticket-key-file"}) {
    EXPECT_NE(names.find(" " + std::string(name) + " "), std::string::npos) << name;
  }
}

TEST_P(TlsSettings, WhatBelongsTogetherIsAskedFor) {
  ExpectTaken(GoodTls());
  ExpectTaken(Settings(KW_SIDES_CLIENT));
  ExpectRefused(Settings(KW_SIDES_SERVER), "tls-cert-file", "not set");
  ExpectRefused(GoodTls().Remove("tls-key-file"), "tls-key-file", "not");
  ExpectRefused(GoodTls().Remove("tls-cert-file"), "tls-cert-file", "not");
  ExpectRefused(GoodTls().Remove("tls-ca-cert-file"), "tls-ca-cert-file", "tls-auth-clients");
  ExpectTaken(GoodTls().Remove("tls-ca-cert-file").Set("tls-auth-clients", "no"));
  ExpectRefused(GoodTls().File("tls-client-cert-file", "client.crt"), "tls-client-key-file", "not");
}

TEST_P(TlsSettings, UnknownNamesAndBadValuesAreRefused) {
  ExpectRefused(GoodTls().Set("tls-nonsense", "1"), "tls-nonsense", "unknown");
  ExpectRefused(GoodTls().Set("tls-auth-clients", "maybe"), "tls-auth-clients", "optional");
  ExpectRefused(GoodTls().Set("tls-prefer-server-ciphers", "1"), "tls-prefer-server-ciphers", "yes");
  ExpectRefused(GoodTls().Set("tls-session-cache-timeout", "-1"), "tls-session-cache-timeout", "between");
  ExpectRefused(GoodTls().Set("tls-session-cache-timeout", "soon"), "tls-session-cache-timeout", "number");
  ExpectRefused(GoodTls().Set("tls-session-cache-size", "99999999999999999999"), "tls-session-cache-size", "number");
  ExpectRefused(GoodTls().Set("tls-protocols", "SSLv3"), "tls-protocols", "SSLv3");
  ExpectTaken(GoodTls().Set("tls-protocols", "tlsv1.2 TLSv1.3").Set("tls-session-cache-size", "0"));
  ExpectTaken(GoodTls().Set("tls-protocols", ""));
}

TEST_P(TlsSettings, BrokenFilesAreRefused) {
  ExpectRefused(GoodTls().Set("tls-cert-file", "no certificate"), "tls-cert-file", "certificate");
  ExpectRefused(GoodTls().Set("tls-key-file", "no key"), "tls-key-file", "key");
  ExpectRefused(GoodTls().Set("tls-ca-cert-file", "no CA"), "tls-ca-cert-file", "certificate");
  ExpectRefused(GoodTls().Set("tls-dh-params-file", "no parameters"), "tls-dh-params-file", "Diffie");
  std::string cert = ReadFile(CertPath("redis.crt"));
  ExpectRefused(GoodTls().Set("tls-cert-file", cert.substr(0, cert.size() / 2)), "tls-cert-file", "certificate");
  ExpectRefused(GoodTls().Set("tls-ca-cert-file", ReadFile(CertPath("ca.crt")) + cert.substr(0, cert.size() / 2)),
                "tls-ca-cert-file", "broken");
  std::string damaged = cert;
  damaged[damaged.size() / 2] = '!';
  ExpectRefused(GoodTls().Set("tls-cert-file", damaged), "tls-cert-file", "certificate");
  // A certificate where a key belongs.
  ExpectRefused(GoodTls().File("tls-key-file", "redis.crt"), "tls-key-file", "key");
}

TEST_P(TlsSettings, AKeyOfAnotherCertificateIsRefused) {
  ExpectRefused(GoodTls().File("tls-key-file", "server.key"), "tls-key-file", "does not belong");
  ExpectRefused(GoodTls().File("tls-key-file", "rsa.key"), "tls-key-file", "does not belong");
  ExpectRefused(GoodTls().File("tls-cert-file", "rsa.crt"), "tls-key-file", "does not belong");
  ExpectRefused(GoodTls().File("tls-client-cert-file", "client.crt").File("tls-client-key-file", "redis.key"),
                "tls-client-key-file", "does not belong");
}

TEST_P(TlsSettings, EncryptedKeysNeedTheirPassword) {
  Settings encrypted = GoodTls().File("tls-key-file", "encrypted.key");
  ExpectRefused(encrypted, "tls-key-file-pass", "not set");
  ExpectRefused(Settings(encrypted).Set("tls-key-file-pass", "4321"), "tls-key-file-pass", "password");
  ExpectTaken(Settings(encrypted).Set("tls-key-file-pass", "1234"));
  ExpectTaken(GoodTls().Set("tls-key-file-pass", "not needed"));
  ExpectRefused(GoodTls().File("tls-client-cert-file", "redis.crt").File("tls-client-key-file", "encrypted.key"),
                "tls-client-key-file-pass", "not set");
  Pair pair(GetParam(), GetParam(), Settings(encrypted).Set("tls-key-file-pass", "1234"));
  pair.Establish();
}

TEST_P(TlsSettings, OutOfDateCertificatesOfOnesOwnAreRefusedUnlessAllowed) {
  Settings expired = GoodTls().File("tls-cert-file", "expired.crt").File("tls-key-file", "expired.key");
  ExpectRefused(expired, "tls-cert-file", "expired");
  ExpectRefused(GoodTls().File("tls-cert-file", "future.crt").File("tls-key-file", "future.key"), "tls-cert-file",
                "not valid yet");
  ExpectTaken(Settings(expired).Set(GetParam() + ".allow-expired", "yes"));
}

TEST_P(TlsSettings, AWeakKeyOfOnesOwnIsRefusedUnlessTheLevelIsLowered) {
  Settings weak = GoodTls().File("tls-cert-file", "weak.crt").File("tls-key-file", "weak.key");
  ExpectRefused(weak, is_wolf() ? "tls-key-file" : "tls-cert-file", "too small");
  ExpectTaken(Settings(weak).Set("tls-ciphers", "DEFAULT@SECLEVEL=0"));
}

TEST_P(TlsSettings, AFolderOfCasIsReadWhole) {
  Settings folder = GoodTls()
                        .Remove("tls-ca-cert-file")
                        .File("tls-ca-cert-dir", "unknown-ca.crt")
                        .Set("tls-ca-cert-dir", "this file is no certificate")
                        .File("tls-ca-cert-dir", "ca.crt");
  ExpectTaken(folder);
  Pair pair(GetParam(), GetParam(), folder, GoodTls());
  pair.Establish();
  Pair other(GetParam(), GetParam(), folder,
             GoodTls().File("tls-client-cert-file", "unknown.crt").File("tls-client-key-file", "unknown.key"));
  other.Establish();
  ExpectRefused(GoodTls().Remove("tls-ca-cert-file").Set("tls-ca-cert-dir", "nothing here"), "tls-ca-cert-dir",
                "certificate");
  // An expired authority among good ones spoils nothing.
  ExpectTaken(Settings(folder).File("tls-ca-cert-dir", "expired.crt"));
}

TEST_P(TlsSettings, UriOfAKeyIsForBackendsThatHaveIt) {
  Settings uri = GoodTls().Remove("tls-key-file").Uri("tls-key-file", "pkcs11:token=none");
  Err err;
  int32_t r = Check(uri, &err);
  EXPECT_TRUE(r == KW_E_UNSUPPORTED || r == KW_E_CONFIG);
  EXPECT_STREQ(err.setting, "tls-key-file") << err.text;
}

TEST_P(TlsSettings, CiphersAreChosenAndChecked) {
  ExpectRefused(GoodTls().Set("tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:NONSENSE"), "tls-ciphers", "NONSENSE");
  ExpectRefused(GoodTls().Set("tls-ciphers", "aNULL"), "tls-ciphers", "no cipher");
  ExpectRefused(GoodTls().Set("tls-ciphers", "TLS_AES_128_GCM_SHA256"), "tls-ciphers", "tls-ciphersuites");
  ExpectRefused(GoodTls().Set("tls-ciphersuites", "TLS_AES_128_GCM_SHA999"), "tls-ciphersuites",
                "TLS_AES_128_GCM_SHA999");
  ExpectRefused(GoodTls().Set("tls-ciphersuites", "ECDHE-ECDSA-AES128-GCM-SHA256"), "tls-ciphersuites", "1.3");
  for (const char* taken :
       {"DEFAULT", "DEFAULT@SECLEVEL=2", "DEFAULT:-AES128-SHA256", "ECDHE+AESGCM:!aNULL", "HIGH:!MD5:!RC4",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "EECDH+CHACHA20:EECDH+AESGCM", "ALL:@STRENGTH"}) {
    SCOPED_TRACE(taken);
    ExpectTaken(GoodTls().Set("tls-ciphers", taken));
  }
  Settings tls12 = GoodTls().Set("tls-protocols", "TLSv1.2");
  EXPECT_EQ(CipherBetween(Settings(tls12).Set("tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"), tls12),
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
  EXPECT_EQ(CipherBetween(GoodTls().Set("tls-ciphersuites", "TLS_AES_256_GCM_SHA384"), GoodTls()),
            "TLS_AES_256_GCM_SHA384");
}

TEST_P(TlsSettings, TheOrderOfTheServerCountsWhenItIsToldTo) {
  Settings server = GoodTls()
                        .Set("tls-protocols", "TLSv1.2")
                        .Set("tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384");
  Settings client = GoodTls()
                        .Set("tls-protocols", "TLSv1.2")
                        .Set("tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(CipherBetween(server, client), "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
  EXPECT_EQ(CipherBetween(Settings(server).Set("tls-prefer-server-ciphers", "yes"), client),
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  Settings server13 = GoodTls().Set("tls-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
  Settings client13 = GoodTls().Set("tls-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(CipherBetween(server13, client13), "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(CipherBetween(Settings(server13).Set("tls-prefer-server-ciphers", "yes"), client13),
            "TLS_AES_128_GCM_SHA256");
}

TEST_P(TlsSettings, DhParametersServeDheCiphers) {
  for (bool with_file : {true, false}) {
    Settings server = GoodTls()
                          .File("tls-cert-file", "rsa.crt")
                          .File("tls-key-file", "rsa.key")
                          .Set("tls-protocols", "TLSv1.2")
                          .Set("tls-ciphers", "DHE-RSA-AES128-GCM-SHA256");
    server.Remove("tls-cert-file")
        .Remove("tls-key-file")
        .File("tls-cert-file", "rsa.crt")
        .File("tls-key-file", "rsa.key");
    if (with_file) server.File("tls-dh-params-file", "redis.dh");
    EXPECT_EQ(CipherBetween(server, GoodTls()), "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256") << with_file;
  }
}

TEST_P(TlsSettings, GroupsAreCheckedOneByOne) {
  for (const char* good : {"X25519", "P-256", "secp256r1:X25519", "prime256v1", "P-384:P-521:x25519"}) {
    ExpectTaken(GoodTls().Set("tls-groups", good));
  }
  ExpectRefused(GoodTls().Set("tls-groups", "X25519:P-257"), "tls-groups", "'P-257'");
  ExpectRefused(GoodTls().Set("tls-groups", "X25519 P-256"), "tls-groups", "'X25519 P-256'");
  ExpectRefused(GoodTls().Set("tls-groups", ":"), "tls-groups", "empty");
  ExpectRefused(GoodTls().Set("tls-groups", "P-256:"), "tls-groups", "empty");
  ExpectRefused(GoodTls().Set("tls-groups", "P-256:secp256r1"), "tls-groups", "twice");
  ExpectRefused(GoodTls().Set("tls-groups", std::string(5000, 'x')), "tls-groups", "unknown");
  if (GetParam() == "tls-wolfssl") {
    ExpectRefused(GoodTls().Set("tls-groups", "ffdhe2048"), "tls-groups", "this wolfSSL has no group");
  } else {
    ExpectTaken(GoodTls().Set("tls-groups", "ffdhe2048"));
  }
}

TEST_P(TlsSettings, TicketKeysAreChecked) {
  std::string secret(96, 'a');
  ExpectTaken(GoodTls().Set("tls-session-ticket-keys", "current one " + secret + "\nprevious zero " + secret + "\n"));
  ExpectRefused(GoodTls().Set("tls-session-ticket-keys", "previous one " + secret), "tls-session-ticket-keys",
                "current");
  ExpectRefused(GoodTls().Set("tls-session-ticket-keys", "current one abc"), "tls-session-ticket-keys", "line 1");
  ExpectRefused(GoodTls().Set("tls-session-ticket-keys", "current one " + std::string(96, 'x')),
                "tls-session-ticket-keys", "hexadecimal");
  ExpectRefused(GoodTls().Set("tls-session-ticket-keys", "someday one " + secret), "tls-session-ticket-keys", "role");
}

TEST_P(TlsSettings, TheFileOfTicketKeysIsChecked) {
  const std::string secret(96, 'a'), other(96, 'b');
  auto file = [](const std::string& text) { return GoodTls().Set("tls-session-ticket-key-file", text); };
  ExpectTaken(file("one " + secret + "\n"));
  ExpectTaken(file("# previous, current, next\r\n\none " + secret + "\r\ntwo " + other + "\nthree " + secret));
  const char* name = "tls-session-ticket-key-file";
  ExpectRefused(file("\n# none\n"), name, "no key");
  ExpectRefused(file("one " + secret + "\n" + secret + "\n"), name, "line 2");
  ExpectRefused(file("one " + secret.substr(2)), name, "96");
  ExpectRefused(file("one " + secret + "aa"), name, "96");
  ExpectRefused(file("one " + std::string(96, 'x')), name, "hexadecimal");
  ExpectRefused(file("one " + secret + "\none " + other), name, "line 2: an id stands there twice");
  ExpectRefused(file(" " + secret), name, "an id");
  ExpectRefused(file(std::string(33, 'i') + " " + secret), name, "an id");
  std::string many;
  for (int i = 0; i < 17; ++i) many += std::to_string(i) + " " + secret + "\n";
  ExpectRefused(file(many), name, "at most 16");
  ExpectRefused(file("one " + secret + "\n").Set("tls-session-caching", "no").Set(name, "x"), name, "line 1");
}

TEST_P(TlsSettings, ErrorsNeverShowSecrets) {
  Err err;
  Check(GoodTls().File("tls-key-file", "encrypted.key").Set("tls-key-file-pass", "hunter2-is-wrong"), &err);
  EXPECT_EQ(std::string(err.text).find("hunter2"), std::string::npos) << err.text;
  Check(GoodTls().Set("tls-session-ticket-keys", "current one " + std::string(95, 'a') + "x"), &err);
  EXPECT_EQ(std::string(err.text).find("aaaaaa"), std::string::npos) << err.text;
  Check(GoodTls().Set("tls-session-ticket-key-file", "one " + std::string(95, 'a') + "x"), &err);
  EXPECT_EQ(std::string(err.text).find("aaaaaa"), std::string::npos) << err.text;
}

TEST_P(TlsSettings, DatesOfCertificatesAreTold) {
  Context ctx(transport(), GoodTls());
  auto* table = static_cast<const kw_ext_cert_expiry*>(transport()->get_extension(KW_EXT_CERT_EXPIRY));
  ASSERT_NE(table, nullptr);
  std::string seen;
  Err err;
  auto visit = [](void* arg, const kw_context_cert* cert) {
    EXPECT_GT(cert->not_after, cert->not_before);
    EXPECT_NE(std::string(cert->serial), "");
    *static_cast<std::string*>(arg) += std::string(cert->setting) + "=" + cert->subject + "\n";
  };
  ASSERT_EQ(table->get(ctx.get(), visit, &seen, &err), KW_OK);
  EXPECT_NE(seen.find("tls-cert-file=CN=Generic-cert,O=Keyway Test"), std::string::npos) << seen;
  EXPECT_NE(seen.find("tls-ca-cert-file=CN=Certificate Authority,O=Keyway Test"), std::string::npos) << seen;
}

TEST_P(TlsSettings, AContextServesOnlyItsSides) {
  Context client_only(transport(), Settings(KW_SIDES_CLIENT).File("tls-ca-cert-file", "ca.crt"));
  End server(client_only, KW_SIDE_SERVER, nullptr);
  EXPECT_FALSE(server.open());
  EXPECT_EQ(server.last(), KW_E_CONFIG);
  ExpectRefused(Settings(0), "", "sides", KW_E_INTERNAL);
}

TEST_P(TlsSettings, UnknownExtensionsAreNull) {
  EXPECT_EQ(transport()->get_extension("nonsense/1"), nullptr);
  EXPECT_EQ(transport()->get_extension("stats/2"), nullptr);
  EXPECT_EQ(transport()->get_extension(""), nullptr);
}

}  // namespace
}  // namespace keyway::test
