#include "server/stats/handshakes.h"

#include <numeric>

#include <gtest/gtest.h>

namespace keyway::stats {
namespace {

uint64_t FailuresOf(const HandshakeCounts& counts, std::string_view reason) {
  for (size_t i = 0; i < counts.failures.size(); ++i) {
    if (kHandshakeFailures[i] == reason) return counts.failures[i];
  }
  return 999;
}

TEST(Handshakes, AreCountedByVersionAndTransport) {
  HandshakeCounts counts;
  counts.NoteCompleted("tls-openssl", "TLSv1.3", false, 300);
  counts.NoteCompleted("tls-openssl+unix", "TLSv1.2", true, 100);
  counts.NoteCompleted("tls-wolfssl", "TLSv1.1", false, 900);
  EXPECT_EQ(counts.completed, 3u);
  EXPECT_EQ(counts.resumed, 1u);
  EXPECT_EQ(counts.tls13, 1u);
  EXPECT_EQ(counts.tls12, 1u);
  EXPECT_EQ(counts.other_version, 1u);
  EXPECT_EQ(counts.cpu_us, 1300u);
  ASSERT_EQ(counts.transports.size(), 2u);
  EXPECT_EQ(counts.transports.at("tls-openssl").completed, 2u);
  EXPECT_EQ(counts.transports.at("tls-openssl").cpu_us, 400u);
}

TEST(Handshakes, FailuresAreCountedByReason) {
  HandshakeCounts counts;
  counts.NoteFailed("tls-openssl", "cert_expired");
  counts.NoteFailed("tls-openssl", "cert_expired");
  counts.NoteFailed("tls-wolfssl", "a word of a later version");
  counts.NoteFailed("tls-wolfssl", "");
  EXPECT_EQ(counts.failed, 4u);
  EXPECT_EQ(FailuresOf(counts, "cert_expired"), 2u);
  EXPECT_EQ(FailuresOf(counts, "other"), 2u);
  EXPECT_EQ(std::accumulate(counts.failures.begin(), counts.failures.end(), uint64_t{0}), counts.failed);
  EXPECT_EQ(counts.transports.at("tls-wolfssl").failed, 2u);
}

TEST(Handshakes, WhatFailedHasCostSomethingToo) {
  HandshakeCounts counts;
  counts.NoteSpent("tls-openssl", 0);
  EXPECT_TRUE(counts.transports.empty()) << "connections of other transports end, too";
  counts.NoteSpent("tls-openssl", 70);
  EXPECT_EQ(counts.cpu_us, 70u);
}

}  // namespace
}  // namespace keyway::stats
