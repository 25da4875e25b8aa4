#include "server/app/peer_verification.h"

#include <gtest/gtest.h>

#include <string>

namespace keyway::app {
namespace {

// "chain" or the name that is checked, and the SNI behind it.
std::string Policy(const char* setting, const char* host) {
  const net::VerifyPolicy policy = PeerVerification(setting, host);
  EXPECT_TRUE(policy.verify_chain) << setting << " " << host;
  EXPECT_EQ(policy.check_name, !policy.expected_names.empty()) << setting << " " << host;
  EXPECT_LE(policy.expected_names.size(), 1u);
  return (policy.check_name ? policy.expected_names[0] : "chain") + (policy.sni.empty() ? "" : " sni=" + policy.sni);
}

TEST(PeerVerification, YesChecksPeersThatAreKnownByName) {
  EXPECT_EQ(Policy("yes", "db.example"), "db.example sni=db.example");
  EXPECT_EQ(Policy("YES", "localhost"), "localhost sni=localhost");
  for (const char* address : {"127.0.0.1", "::1", "[::1]", "fe80::1%eth0", "127.1", "0x7f.1"}) {
    EXPECT_EQ(Policy("yes", address), "chain") << address;
  }
  EXPECT_EQ(Policy("yes", "10.example"), "10.example sni=10.example");
  EXPECT_EQ(Policy("yes", "dead.beef"), "dead.beef sni=dead.beef") << "hexadecimal digits alone make no address";
}

TEST(PeerVerification, NoChecksTheChainOnly) {
  EXPECT_EQ(Policy("no", "db.example"), "chain sni=db.example");
  EXPECT_EQ(Policy("No", "127.0.0.1"), "chain");
}

TEST(PeerVerification, ANameIsThatOfEveryPeer) {
  EXPECT_EQ(Policy("node.cluster", "db.example"), "node.cluster sni=node.cluster");
  EXPECT_EQ(Policy("node.cluster", "10.0.0.1"), "node.cluster sni=node.cluster");
  EXPECT_EQ(Policy("10.0.0.1", "10.0.0.2"), "10.0.0.1");
  EXPECT_EQ(Policy("[::1]", "localhost"), "::1 sni=localhost");
}

}  // namespace
}  // namespace keyway::app
