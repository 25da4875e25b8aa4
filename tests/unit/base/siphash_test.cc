#include "server/base/siphash.h"

#include <gtest/gtest.h>

#include <string>

namespace keyway {
namespace {

constexpr SipKey kZeroKey = {0, 0};

// The values of another implementation (CPython's, with a key of zeros).
TEST(SipHash, AgreesWithOtherImplementations) {
  EXPECT_EQ(SipHash13("a", kZeroKey), 0x407448d2b89b1813u);
  EXPECT_EQ(SipHash13("hello", kZeroKey), 0xe2e77b41cb4e1f9eu);
  EXPECT_EQ(SipHash13("12345678", kZeroKey), 0x3489982430560a87u);
  EXPECT_EQ(SipHash13("key:000000000012", kZeroKey), 0x4e18f9405d635107u);
  EXPECT_EQ(SipHash13("The quick brown fox", kZeroKey), 0x975e410714568333u);
}

TEST(SipHash, DependsOnTheKeyAndOnEveryByte) {
  const std::string text = "0123456789abcdefghij";
  EXPECT_NE(SipHash13(text, kZeroKey), SipHash13(text, {1, 0}));
  EXPECT_NE(SipHash13(text, kZeroKey), SipHash13(text, {0, 1}));
  for (size_t length = 0; length < text.size(); ++length) {
    for (size_t at = 0; at < length; ++at) {
      std::string changed = text.substr(0, length);
      changed[at] ^= 1;
      EXPECT_NE(SipHash13(text.substr(0, length), kZeroKey), SipHash13(changed, kZeroKey));
    }
    EXPECT_NE(SipHash13(text.substr(0, length), kZeroKey), SipHash13(text.substr(0, length + 1), kZeroKey));
  }
}

TEST(SipHash, NoCaseTakesLettersOfBothCasesAsEqualAndNothingElse) {
  EXPECT_EQ(SipHash13NoCase("GETRANGE-Config9", kZeroKey), SipHash13("getrange-config9", kZeroKey));
  for (int byte = 0; byte < 256; ++byte) {
    for (const size_t length : {1u, 8u, 11u}) {
      const std::string text(length, static_cast<char>(byte));
      const bool upper = byte >= 'A' && byte <= 'Z';
      const std::string lower(length, static_cast<char>(upper ? byte + 32 : byte));
      EXPECT_EQ(SipHash13NoCase(text, kZeroKey), SipHash13(lower, kZeroKey)) << byte;
    }
  }
}

TEST(SipHash, TheProcessKeyIsDrawnOnce) {
  EXPECT_EQ(ProcessSipKey().low, ProcessSipKey().low);
  EXPECT_NE(ProcessSipKey().low | ProcessSipKey().high, 0u);
  EXPECT_EQ(HashBytes("key"), SipHash13("key", ProcessSipKey()));
}

}  // namespace
}  // namespace keyway
