// From options to stacks, settings and what is checked of the peer.
#include "server/client/transport.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <string>
#include <vector>

namespace keyway::client {
namespace {

using Names = std::vector<std::string>;

std::string ValueOf(const net::Settings& settings, const std::string& name) {
  auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& entry) { return entry.first == name; });
  return found == settings.end() ? "" : found->second;
}

TEST(TransportTest, StacksByOptions) {
  Endpoint options;
  EXPECT_EQ(StackNames(options), Names({"tcp"}));
  options.socket = "/run/k.sock";
  EXPECT_EQ(StackNames(options), Names({"unix"}));
  options.tls.wanted = true;
  EXPECT_EQ(StackNames(options), Names({"tls-openssl+unix", "tls-wolfssl+unix"}));
  options.socket.clear();
  EXPECT_EQ(StackNames(options), Names({"tls-openssl", "tls-wolfssl"}));
  options.tls.backend = "wolfssl";
  EXPECT_EQ(StackNames(options), Names({"tls-wolfssl"}));
  options.tls.backend = "noise";
  EXPECT_EQ(StackNames(options), Names({"noise"}));
  options.transport = "tls-openssl+vsock";
  EXPECT_EQ(StackNames(options), Names({"tls-openssl+vsock"}));
}

TEST(TransportTest, ABackendAloneMeansTls) {
  Endpoint options;
  options.tls.backend = "openssl";
  EXPECT_EQ(StackNames(options), Names({"tls-openssl"}));
}

TEST(TransportTest, CertificatesOfTheSystemUnlessNamed) {
  setenv("SSL_CERT_FILE", "/some/bundle.pem", 1);
  TlsOptions tls;
  EXPECT_EQ(ValueOf(*TlsSettingsOf(tls), "tls-ca-cert-file"), "/some/bundle.pem");
  tls.ca_dir = "/certs";
  EXPECT_EQ(ValueOf(*TlsSettingsOf(tls), "tls-ca-cert-file"), "");
  EXPECT_EQ(ValueOf(*TlsSettingsOf(tls), "tls-ca-cert-dir"), "/certs");
  tls = {};
  tls.insecure = true;
  EXPECT_TRUE(TlsSettingsOf(tls)->empty());
  unsetenv("SSL_CERT_FILE");
}

TEST(TransportTest, TheClientsCertificateIsNoServers) {
  TlsOptions tls;
  tls.ca_file = "ca", tls.cert_file = "cert", tls.key_file = "key", tls.ciphers = "c12", tls.ciphersuites = "c13";
  net::Settings settings = *TlsSettingsOf(tls);
  EXPECT_EQ(ValueOf(settings, "tls-client-cert-file"), "cert");
  EXPECT_EQ(ValueOf(settings, "tls-client-key-file"), "key");
  EXPECT_EQ(ValueOf(settings, "tls-cert-file"), "");
  EXPECT_EQ(ValueOf(settings, "tls-ciphers"), "c12");
  EXPECT_EQ(ValueOf(settings, "tls-ciphersuites"), "c13");
}

TEST(TransportTest, TheChainIsCheckedAndTheNameOnDemand) {
  TlsOptions tls;
  tls.sni = "front";
  net::VerifyPolicy policy = VerifyPolicyOf(tls);
  EXPECT_TRUE(policy.verify_chain);
  EXPECT_FALSE(policy.check_name);
  EXPECT_EQ(policy.sni, "front");
  tls.verify_name = "db.example";
  policy = VerifyPolicyOf(tls);
  EXPECT_TRUE(policy.check_name);
  EXPECT_EQ(policy.expected_names, Names({"db.example"}));
  tls = {};
  tls.insecure = true;
  EXPECT_FALSE(VerifyPolicyOf(tls).verify_chain);
}

TEST(TransportTest, Addresses) {
  EXPECT_EQ(JoinHostPort("127.0.0.1", 6379), "127.0.0.1:6379");
  EXPECT_EQ(JoinHostPort("::1", 6379), "[::1]:6379");
  EXPECT_EQ(JoinHostPort("[::1]", 6379), "[::1]:6379");
}

TEST(TransportTest, AnUnknownTransportIsNamed) {
  Endpoint options;
  options.transport = "no-such-thing";
  auto transport = MakeTransport(options);
  ASSERT_FALSE(transport.has_value());
  EXPECT_NE(transport.error().text().find("no-such-thing"), std::string::npos) << transport.error().text();
}

}  // namespace
}  // namespace keyway::client
