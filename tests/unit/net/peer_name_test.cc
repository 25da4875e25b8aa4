#include "server/net/peer_name.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace keyway::net {
namespace {

class PeerNameTest : public ::testing::Test {
 protected:
  PeerNameTest() {
    cert_.size = sizeof cert_;
    cert_.flags = KW_PEER_CERT_VERIFIED;
    cert_.subject = "CN=alice,O=Example";
    cert_.common_name = "alice";
    cert_.sans = sans_;
    cert_.san_count = 4;
    std::memset(cert_.sha256, 0xab, sizeof cert_.sha256);
  }
  std::string User(PeerUserField field) const { return NamesOfPeer(cert_, field).user; }
  std::string Name() const { return NamesOfPeer(cert_, PeerUserField::kNone).name; }

  const char* sans_[4] = {"email:a@b", "DNS:one.example", "DNS:two.example", "URI:spiffe://example/a"};
  kw_peer_cert cert_{};
};

TEST_F(PeerNameTest, TheFieldThatIsAskedFor) {
  EXPECT_EQ(User(PeerUserField::kNone), "");
  EXPECT_EQ(User(PeerUserField::kCommonName), "alice");
  EXPECT_EQ(User(PeerUserField::kUri), "spiffe://example/a");
  EXPECT_EQ(User(PeerUserField::kDns), "one.example") << "the first one";
  std::string fingerprint;
  for (int i = 0; i < 32; ++i) fingerprint += "ab";
  EXPECT_EQ(User(PeerUserField::kFingerprint), fingerprint);
}

TEST_F(PeerNameTest, WhatIsNotThereNamesNobody) {
  cert_.common_name = nullptr;
  cert_.sans = nullptr;
  cert_.san_count = 0;
  EXPECT_EQ(User(PeerUserField::kCommonName), "");
  EXPECT_EQ(User(PeerUserField::kUri), "");
  EXPECT_EQ(User(PeerUserField::kDns), "");
  EXPECT_EQ(Name(), "CN=alice,O=Example");
}

TEST_F(PeerNameTest, ClaimsNameNobody) {
  cert_.flags = 0;
  EXPECT_EQ(User(PeerUserField::kCommonName), "");
  EXPECT_EQ(User(PeerUserField::kFingerprint), "");
  EXPECT_EQ(Name(), "alice");
}

TEST_F(PeerNameTest, LongNamesAreNotCut) {
  const std::string longest(kMaxPeerNameBytes, 'x'), longer = longest + "x";
  cert_.common_name = longest.c_str();
  EXPECT_EQ(User(PeerUserField::kCommonName), longest);
  cert_.common_name = longer.c_str();
  EXPECT_EQ(User(PeerUserField::kCommonName), "");
  EXPECT_EQ(Name(), "CN=alice,O=Example");
  cert_.subject = longer.c_str();
  EXPECT_EQ(Name().size(), 64u) << "the fingerprint";
}

}  // namespace
}  // namespace keyway::net
