// The helpers of the SDK on their own: the hello parser, cipher lists, names, ticket keys, records.
#include <cstdlib>
#include <ctime>
#include <string>

#include <gtest/gtest.h>

#include "keyway/tls/ciphers.hpp"
#include "keyway/tls/crl.hpp"
#include "keyway/tls/hello.hpp"
#include "keyway/tls/names.hpp"
#include "keyway/tls/pem.hpp"
#include "keyway/tls/protocols.hpp"
#include "keyway/tls/record_writer.hpp"
#include "keyway/tls/session.hpp"
#include "keyway/tls/tickets.hpp"
#include "tests/transport/support/tls_pair.h"

namespace keyway::test {
namespace {

using namespace sdk::tls;

// ---- hello ----

std::string HelloOf(const std::string& backend, Verify verify) {
  Context ctx(Transport(backend), GoodTls());
  End client(ctx, KW_SIDE_CLIENT, verify.abi());
  client.Handshake();
  return client.pipe().TakeTx();
}

int32_t Inspect(const std::string& bytes, kw_hello* out) {
  *out = kw_hello{};
  out->size = sizeof *out;
  Err err;
  // A copy of exactly that size, so that a byte too many is seen.
  std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  return InspectHello(exact.data(), exact.size(), out, &err);
}

TEST(Hello, OfBothLibrariesIsUnderstoodAtEveryLength) {
  for (const std::string& backend : TlsBackends()) {
    std::string hello = HelloOf(backend, Verify().Sni("Some.Example").Alpn({"redis", "h2"}));
    kw_hello out;
    for (size_t n = 0; n < hello.size(); ++n) {
      ASSERT_EQ(Inspect(hello.substr(0, n), &out), KW_WANT_READ) << n;
      EXPECT_EQ((out.flags & KW_HELLO_RECOGNISED) != 0, n >= 6);
    }
    ASSERT_EQ(Inspect(hello, &out), KW_OK);
    EXPECT_STREQ(out.server_name, "some.example");
    EXPECT_EQ(out.max_version, 0x0304u);
    EXPECT_EQ(std::string(reinterpret_cast<char*>(out.alpn), out.alpn_len), "\x05redis\x02h2");
    ASSERT_EQ(Inspect(hello + "more", &out), KW_OK);
  }
}

TEST(Hello, InSeveralRecords) {
  if (TlsBackends().empty()) GTEST_SKIP() << "no TLS backend in this build makes one";
  std::string hello = HelloOf(TlsBackends()[0], Verify().Sni("some.example"));
  std::string body = hello.substr(5), split;
  for (size_t at = 0; at < body.size(); at += 50) {
    std::string part = body.substr(at, 50);
    split += std::string("\x16\x03\x01", 3) + static_cast<char>(0) + static_cast<char>(part.size()) + part;
  }
  kw_hello out;
  ASSERT_EQ(Inspect(split, &out), KW_OK);
  EXPECT_STREQ(out.server_name, "some.example");
  EXPECT_EQ(Inspect(split.substr(0, split.size() - 1), &out), KW_WANT_READ);
}

TEST(Hello, OtherProtocolsAreToldAtTheFirstByte) {
  kw_hello out;
  EXPECT_EQ(Inspect("P", &out), KW_E_PROTO);
  EXPECT_EQ(Inspect("*1\r\n", &out), KW_E_PROTO);
  EXPECT_EQ(Inspect("", &out), KW_WANT_READ);
  EXPECT_EQ(Inspect("\x16", &out), KW_WANT_READ);
  EXPECT_EQ(Inspect("\x16\x02", &out), KW_E_PROTO);
  EXPECT_EQ(out.flags & KW_HELLO_RECOGNISED, 0u);
  EXPECT_EQ(Inspect("\x16\x03\x09", &out), KW_E_PROTO);
}

TEST(Hello, BrokenOnesAreNoOtherProtocol) {
  kw_hello out;
  const std::pair<std::string, const char*> rows[] = {
      {std::string("\x16\x03\x01\x00\x05\x02", 6), "a server's hello"},
      {std::string("\x16\x03\x01\xff\xff\x01", 6), "a record that is too long"},
      {std::string("\x16\x03\x01\x00\x09\x01\xff\xff\xff", 9), "a hello that is too long"},
      {std::string("\x16\x03\x01\x00\x00", 5), "an empty record"},
      {std::string("\x16\x03\x01\x00\x01\x01\x17\x03\x03\x00\x01\x01", 12), "data in the middle of a hello"},
  };
  for (const auto& [bytes, what] : rows) {
    EXPECT_EQ(Inspect(bytes, &out), KW_E_PROTO) << what;
    EXPECT_NE(out.flags & KW_HELLO_RECOGNISED, 0u) << what;
  }
}

TEST(Hello, NonsenseInsideIsWholeAndEmpty) {
  kw_hello out;
  std::string nonsense = std::string("\x16\x03\x01\x00\x0a\x01\x00\x00\x06", 9) + "abcdef";
  EXPECT_EQ(Inspect(nonsense, &out), KW_OK);
  EXPECT_STREQ(out.server_name, "");
  unsigned seed = static_cast<unsigned>(time(nullptr));
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (const std::string& backend : TlsBackends()) {
    std::string hello = HelloOf(backend, Verify().Sni("some.example").Alpn({"redis"}));
    for (int i = 0; i < 2000; ++i) {
      std::string damaged = hello;
      for (int k = 0; k < 4; ++k) {
        size_t at = 5 + static_cast<size_t>(rand_r(&seed)) % (damaged.size() - 5);
        damaged[at] = static_cast<char>(rand_r(&seed));
      }
      int32_t r = Inspect(damaged, &out);
      EXPECT_TRUE(r == KW_OK || r == KW_WANT_READ || r == KW_E_PROTO);
      EXPECT_LT(std::strlen(out.server_name), sizeof out.server_name);
      EXPECT_LE(out.alpn_len, sizeof out.alpn);
    }
  }
}

// ---- ciphers ----

Supported Everything() {
  Supported out;
  for (const Suite& s : kSuites) out.ids.push_back(s.id);
  for (const Suite13& s : kSuites13) out.ids.push_back(s.id);
  return out;
}

std::string Ciphers(std::string_view text, const Supported& supported = Everything()) {
  CipherChoice choice;
  Err err;
  if (ParseCiphers(text, supported, "this library", &choice, &err) != KW_OK) return "error: " + std::string(err.text);
  return JoinNames(choice.suites, [](const Suite& s) { return s.openssl; });
}

TEST(Ciphers, NamesOfBothKindsInTheirOrder) {
  EXPECT_EQ(Ciphers("ECDHE-RSA-AES256-SHA:TLS_RSA_WITH_AES_128_CBC_SHA"), "ECDHE-RSA-AES256-SHA:AES128-SHA");
  EXPECT_EQ(Ciphers("AES128-SHA, AES256-SHA  AES128-SHA"), "AES128-SHA:AES256-SHA");
}

TEST(Ciphers, GroupsAndSigns) {
  EXPECT_EQ(Ciphers("ECDHE+AESGCM+aRSA"), "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384");
  EXPECT_EQ(Ciphers("AES128-SHA:AES256-SHA:+AES128-SHA"), "AES256-SHA:AES128-SHA");
  EXPECT_EQ(Ciphers("kRSA+AESGCM:-AES128-GCM-SHA256:AES128-GCM-SHA256"), "AES256-GCM-SHA384:AES128-GCM-SHA256");
  EXPECT_EQ(Ciphers("!AES128-GCM-SHA256:kRSA+AESGCM:AES128-GCM-SHA256"), "AES256-GCM-SHA384") << "! is for good";
  EXPECT_EQ(Ciphers("kRSA+AESGCM:@STRENGTH"), "AES256-GCM-SHA384:AES128-GCM-SHA256");
  EXPECT_EQ(Ciphers("EDH-RSA-DES-CBC3-SHA"), "DHE-RSA-DES-CBC3-SHA");
}

TEST(Ciphers, DefaultIsTheVettedList) {
  std::string all = Ciphers("DEFAULT");
  EXPECT_EQ(all.find("DES-CBC3"), std::string::npos);
  EXPECT_EQ(all.find("CAMELLIA"), std::string::npos);
  EXPECT_EQ(all.find("ECDHE-ECDSA-AES128-GCM-SHA256"), 0u);
  EXPECT_NE(Ciphers("ALL").find("CAMELLIA"), std::string::npos);
  EXPECT_EQ(Ciphers("DEFAULT:-AES128-SHA256").find(":AES128-SHA256"), std::string::npos);
}

TEST(Ciphers, NothingSetIsWhatScannersLike) {
  EXPECT_EQ(Ciphers(""),
            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
            "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
            "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305");
}

TEST(Ciphers, WhatIsWrongIsNamed) {
  EXPECT_NE(Ciphers("AES128-SHA:FOO").find("'FOO'"), std::string::npos);
  EXPECT_NE(Ciphers("TLS_AES_128_GCM_SHA256").find("tls-ciphersuites"), std::string::npos);
  EXPECT_NE(Ciphers("@NONSENSE").find("@NONSENSE"), std::string::npos);
  EXPECT_NE(Ciphers("-").find("error"), std::string::npos);
  EXPECT_NE(Ciphers("NULL").find("leaves no cipher"), std::string::npos);
  EXPECT_NE(Ciphers("AES128-SHA:!ALL").find("leaves no cipher"), std::string::npos);
}

TEST(Ciphers, WhatTheLibraryLacks) {
  Supported some;
  some.ids = {0xC02B, 0x1301};
  EXPECT_EQ(Ciphers("DEFAULT", some), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(Ciphers("DEFAULT:-AES128-SHA256:!3DES", some), "ECDHE-ECDSA-AES128-GCM-SHA256")
      << "removing it is no error";
  EXPECT_NE(Ciphers("AES128-SHA256", some).find("does not have"), std::string::npos);
}

TEST(Ciphers, SecurityLevels) {
  CipherChoice choice;
  Err err;
  for (const char* text : {"DEFAULT@SECLEVEL=1", "DEFAULT:@SECLEVEL=1"}) {
    ASSERT_EQ(ParseCiphers(text, Everything(), "x", &choice, &err), KW_OK) << err.text;
    EXPECT_EQ(choice.security_level, 1);
  }
  EXPECT_EQ(ParseCiphers("DEFAULT@SECLEVEL=9", Everything(), "x", &choice, &err), KW_E_CONFIG);
}

TEST(Ciphers, SuitesOfTls13) {
  std::vector<const Suite13*> out;
  Err err;
  ASSERT_EQ(
      ParseCiphersuites("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", Everything(), "x", false, &out, &err),
      KW_OK);
  EXPECT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0]->id, 0x1303);
  ASSERT_EQ(ParseCiphersuites("", Everything(), "x", true, &out, &err), KW_OK);
  EXPECT_EQ(out[0]->id, 0x1303) << "where AES is slow";
  ASSERT_EQ(ParseCiphersuites("", Everything(), "x", false, &out, &err), KW_OK);
  EXPECT_EQ(out[0]->id, 0x1301);
  EXPECT_EQ(ParseCiphersuites("TLS_NONSENSE", Everything(), "x", false, &out, &err), KW_E_CONFIG);
}

TEST(Ciphers, TheVocabularyHasNoDoubles) {
  for (const Suite& a : kSuites) {
    int same = 0;
    for (const Suite& b : kSuites) {
      same += a.id == b.id || std::string(a.iana) == b.iana || std::string(a.openssl) == b.openssl ? 1 : 0;
    }
    EXPECT_EQ(same, 1) << a.iana;
  }
}

TEST(Protocols, NamesInAnyCase) {
  uint32_t bits = 0;
  Err err;
  ASSERT_EQ(ParseProtocols("tlsv1.2  TLSv1.3", &bits, &err), KW_OK);
  EXPECT_EQ(bits, kTls12 | kTls13);
  ASSERT_EQ(ParseProtocols("", &bits, &err), KW_OK);
  EXPECT_EQ(bits, kDefaultProtocols);
  EXPECT_EQ(ParseProtocols("TLSv1.4", &bits, &err), KW_E_CONFIG);
  EXPECT_EQ(LowestWireVersion(kTls11 | kTls13), 0x0302);
  EXPECT_EQ(HighestWireVersion(kTls11 | kTls12), 0x0303);
}

// ---- names ----

bool Matches(const CertNames& cert, const std::string& name) {
  Expectation e;
  e.mode = KW_VERIFY_PEER;
  e.names.push_back({name, IsIpAddress(name)});
  return NameMatches(cert, e);
}

TEST(Names, DnsNamesAndWildcards) {
  CertNames cert;
  cert.dns = {"db.example.com", "*.cache.example.com", "*.com", "f*.example.org", "*"};
  cert.common_name = "cn.example.com";
  EXPECT_TRUE(Matches(cert, "DB.Example.Com"));
  EXPECT_TRUE(Matches(cert, "a.cache.example.com"));
  EXPECT_FALSE(Matches(cert, "a.b.cache.example.com"));
  EXPECT_FALSE(Matches(cert, "cache.example.com"));
  EXPECT_FALSE(Matches(cert, ".cache.example.com"));
  EXPECT_FALSE(Matches(cert, "anything.com")) << "too wide";
  EXPECT_FALSE(Matches(cert, "foo.example.org")) << "parts of labels are no wildcards";
  EXPECT_FALSE(Matches(cert, "cn.example.com")) << "alternative names silence the common name";
  EXPECT_FALSE(Matches(cert, "xdb.example.com"));
}

TEST(Names, CommonNameAlone) {
  CertNames cert;
  cert.common_name = "cn.example.com";
  EXPECT_TRUE(Matches(cert, "cn.example.com"));
  cert.common_name = "127.0.0.1";
  EXPECT_FALSE(Matches(cert, "127.0.0.1")) << "an address is no text";
}

TEST(Names, Addresses) {
  CertNames cert;
  cert.ip = {std::string("\x7f\x00\x00\x01", 4), std::string(15, '\0') + "\x01"};
  cert.dns = {"10.0.0.1"};
  EXPECT_TRUE(Matches(cert, "127.0.0.1"));
  EXPECT_TRUE(Matches(cert, "::1"));
  EXPECT_TRUE(Matches(cert, "0:0::1"));
  EXPECT_FALSE(Matches(cert, "127.0.0.2"));
  EXPECT_FALSE(Matches(cert, "10.0.0.1")) << "a DNS name that looks like an address";
  EXPECT_FALSE(NameMatches(cert, Expectation{})) << "nothing expected, nothing matched";
}

// ---- tickets, sessions, PEM, records ----

bool FakeHmac(const char* key, size_t key_len, const unsigned char* data, size_t len, unsigned char* out) {
  unsigned long long h[4] = {1, 2, 3, 4};
  auto mix = [&h](unsigned char c) {
    for (int i = 0; i < 4; ++i) h[i] = (h[i] ^ c) * 1099511628211ULL + static_cast<unsigned>(i);
  };
  for (size_t i = 0; i < key_len; ++i) mix(static_cast<unsigned char>(key[i]));
  for (size_t i = 0; i < len; ++i) mix(data[i]);
  std::memcpy(out, h, 32);
  return true;
}

std::string Derived(const std::string& id, const std::string& plugin, const std::string& version,
                    const std::string& policy) {
  TicketSecret secret{id, sdk::Secret(std::string(48, 's')), true};
  TicketKey key;
  EXPECT_TRUE(DeriveTicketKey(secret, plugin, version, policy, FakeHmac, &key));
  return std::string(reinterpret_cast<char*>(&key), sizeof key);
}

TEST(Tickets, KeysDifferInEverythingThatMatters) {
  std::string one = Derived("id", "tls-a", "1.0", "policy");
  EXPECT_EQ(one, Derived("id", "tls-a", "1.0", "policy"));
  EXPECT_NE(one, Derived("id2", "tls-a", "1.0", "policy"));
  EXPECT_NE(one, Derived("id", "tls-b", "1.0", "policy"));
  EXPECT_NE(one, Derived("id", "tls-a", "1.1", "policy"));
  EXPECT_NE(one, Derived("id", "tls-a", "1.0", "policy2"));
  EXPECT_NE(Derived("id", "tls-a1", ".0", "p"), Derived("id", "tls-a", "1.0", "p")) << "borders count";
}

TEST(Tickets, TheCurrentSecretComesFirst) {
  std::vector<TicketSecret> out;
  Err err;
  std::string hex(48, '0');
  ASSERT_EQ(ParseTicketSecrets("next n " + hex + "\n\nprevious p " + hex + "\ncurrent c " + hex, &out, &err), KW_OK)
      << err.text;
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0].id, "c");
  out.clear();
  EXPECT_EQ(ParseTicketSecrets("current a " + hex + "\ncurrent b " + hex, &out, &err), KW_E_CONFIG);
}

TEST(Sessions, TheEnvelopeHoldsItsTag) {
  std::string wrapped = WrapSession("tag", "form");
  EXPECT_EQ(UnwrapSession("tag", wrapped), "form");
  EXPECT_EQ(UnwrapSession("tax", wrapped), "");
  EXPECT_EQ(UnwrapSession("tagf", wrapped), "");
  EXPECT_EQ(UnwrapSession("tag", wrapped.substr(0, 9)), "");
}

TEST(Pem, BlocksAreCutOut) {
  bool broken = false;
  std::string a = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  std::string text = "words\n" + a + "\n-----BEGIN EC PARAMETERS-----\nBB\n-----END EC PARAMETERS-----\n" + a + "\n";
  auto blocks = PemBlocks(text, "CERTIFICATE", &broken);
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[1], a);
  EXPECT_FALSE(broken);
  PemBlocks(text + "-----BEGIN CERTIFICATE-----\nAA", "CERTIFICATE", &broken);
  EXPECT_TRUE(broken);
  EXPECT_TRUE(PemBlocks("", "CERTIFICATE", &broken).empty());
}

TEST(Pem, TheBodyIsDecoded) {
  auto body = [](const std::string& text) { return PemBody("-----BEGIN X-----\n" + text + "\n-----END X-----"); };
  EXPECT_EQ(body("aGVsbG8="), "hello");
  EXPECT_EQ(body("aGVs\r\nbG8h"), "hello!");
  EXPECT_EQ(body("/+8="), "\xff\xef");
  EXPECT_EQ(body(""), "");
  EXPECT_EQ(body("Proc-Type: 4,ENCRYPTED\n\naGVsbG8="), "");
  EXPECT_EQ(body("aGV=sbG8="), "");
  EXPECT_EQ(PemBody("-----BEGIN X-----"), "");
  EXPECT_EQ(PemBody(""), "");
}

// ---- revocation lists ----

TEST(Der, TimesAreOfBothKinds) {
  int64_t at = 0;
  EXPECT_TRUE(der::ReadTime("700101000000Z", &at));
  EXPECT_EQ(at, 0);
  EXPECT_TRUE(der::ReadTime("500101000000Z", &at));
  EXPECT_EQ(at, -631152000);
  EXPECT_TRUE(der::ReadTime("491231235959Z", &at));
  EXPECT_EQ(at, 2524607999);
  EXPECT_TRUE(der::ReadTime("20000229120000Z", &at));
  EXPECT_EQ(at, 951825600);
  EXPECT_TRUE(der::ReadTime("99991231235959Z", &at));
  EXPECT_EQ(at, 253402300799);
  for (const char* bad : {"", "Z", "700101000000", "700101000000+0100", "7001010000Z", "70010100000xZ", "701301000000Z",
                          "700100000000Z", "700132000000Z"}) {
    EXPECT_FALSE(der::ReadTime(bad, &at)) << bad;
  }
}

std::string CrlDer(const char* file) {
  const std::string pem = ReadFile(CertPath(file));
  bool broken = false;
  return PemBody(PemBlocks(pem, "X509 CRL", &broken).at(0));
}

CertId IdOf(const std::string& der) {
  CertId id;
  EXPECT_TRUE(ReadCertId(der, &id));
  return id;
}

std::string CertDer(const char* file) {
  const std::string pem = ReadFile(CertPath(file));
  bool broken = false;
  return PemBody(PemBlocks(pem, "CERTIFICATE", &broken).at(0));
}

TEST(Revocation, ListsAreReadAndSearched) {
  const std::string der = CrlDer("ca.crl");
  Crl crl;
  ASSERT_EQ(ReadCrl(der, &crl), nullptr);
  const int64_t now = static_cast<int64_t>(time(nullptr));
  EXPECT_LE(crl.this_update, now);
  EXPECT_GT(crl.next_update, now);
  EXPECT_EQ(crl.serials.size(), 1u);
  RevocationLists lists;
  EXPECT_TRUE(lists.empty());
  EXPECT_EQ(lists.JudgeDer(CertDer("revoked.crt"), now), Standing::kGood) << "without lists nobody is asked";
  lists.Add(crl);
  EXPECT_EQ(lists.JudgeDer(CertDer("revoked.crt"), now), Standing::kRevoked);
  EXPECT_EQ(lists.JudgeDer(CertDer("redis.crt"), now), Standing::kGood);
  EXPECT_EQ(lists.JudgeDer(CertDer("ca.crt"), now), Standing::kGood) << "an authority that issued itself";
  EXPECT_EQ(lists.JudgeDer(CertDer("unknown.crt"), now), Standing::kNoList);
  EXPECT_EQ(lists.JudgeDer("nonsense", now), Standing::kNoList);
  EXPECT_EQ(lists.JudgeDer(CertDer("redis.crt"), crl.next_update + 1), Standing::kListExpired);
  EXPECT_EQ(lists.JudgeDer(CertDer("revoked.crt"), crl.next_update + 1), Standing::kRevoked);
  lists.set_keep_expired(true);
  EXPECT_EQ(lists.JudgeDer(CertDer("redis.crt"), crl.next_update + 1), Standing::kGood);
}

TEST(Revocation, EveryCutIsNoticedAndNoByteCrashes) {
  const std::string der = CrlDer("ca.crl"), cert = CertDer("redis.crt");
  for (size_t size = 0; size < der.size(); ++size) {
    Crl crl;
    const std::vector<char> exact(der.begin(), der.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_NE(ReadCrl({exact.data(), exact.size()}, &crl), nullptr) << size;
  }
  for (size_t at = 0; at < der.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<char> exact(der.begin(), der.end());
      exact[at] = static_cast<char>(exact[at] ^ 1 << bit);
      Crl crl;
      ReadCrl({exact.data(), exact.size()}, &crl);
    }
  }
  for (size_t at = 0; at < cert.size(); ++at) {
    std::vector<char> exact(cert.begin(), cert.end());
    exact[at] = static_cast<char>(exact[at] ^ 0x84);
    CertId id;
    ReadCertId({exact.data(), exact.size()}, &id);
  }
  EXPECT_FALSE(IdOf(cert).serial.empty());
}

TEST(Revocation, AListForAPartOfTheCertificatesIsRefused) {
  // The empty list with an issuing distribution point, which is critical, in the place of its extensions.
  std::string der = CrlDer("empty.crl");
  const std::string critical("\x30\x0f\x06\x03\x55\x1d\x1c\x01\x01\xff\x04\x05\x30\x03\x81\x01\xff", 17);
  const size_t extension = der.find(std::string("\x06\x03\x55\x1d\x23", 5)) - 2;
  const size_t length = static_cast<unsigned char>(der[extension + 1]) + 2u;
  ASSERT_GT(length, critical.size());
  // Filled up with an extension that nobody knows and nobody has to, so that no length around it changes.
  const size_t rest = length - critical.size();
  ASSERT_GE(rest, 9u);
  std::string filler = std::string("\x30", 1) + static_cast<char>(rest - 2) +
                       std::string("\x06\x03\x55\x1d\x7f\x04", 6) + static_cast<char>(rest - 9) +
                       std::string(rest - 9, 'x');
  der.replace(extension, length, critical + filler);
  Crl crl;
  const char* why = ReadCrl(der, &crl);
  ASSERT_NE(why, nullptr);
  EXPECT_NE(std::string(why).find("critical"), std::string::npos) << why;
}

TEST(Records, AreAsFullAsTheyCanBe) {
  std::string big(40000, 'b'), small(100, 's');
  kw_bytes pieces[] = {{small.data(), small.size()}, {big.data(), big.size()}, {small.data(), small.size()}};
  std::vector<size_t> sizes;
  std::string all;
  EXPECT_EQ(WriteRecords(pieces, 3,
                         [&](const void* data, size_t len) {
                           sizes.push_back(len);
                           all.append(static_cast<const char*>(data), len);
                           return KW_OK;
                         }),
            KW_OK);
  EXPECT_EQ(all, small + big + small);
  EXPECT_EQ(sizes, (std::vector<size_t>{16384, 16384, 7432}));
  int calls = 0;
  EXPECT_EQ(WriteRecords(pieces, 3, [&](const void*, size_t) { return ++calls == 2 ? KW_E_PEER : KW_OK; }), KW_E_PEER);
  EXPECT_EQ(calls, 2);
  kw_bytes huge[] = {{nullptr, UINT64_MAX}, {nullptr, 2}};
  EXPECT_GT(TotalSize(huge, 2), KW_WRITEV_MAX) << "sums do not wrap";
}

}  // namespace
}  // namespace keyway::test
