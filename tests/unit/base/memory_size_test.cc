#include "server/base/memory_size.h"

#include <gtest/gtest.h>

namespace keyway {
namespace {

TEST(ParseMemorySize, KnowsDecimalAndBinaryUnits) {
  EXPECT_EQ(ParseMemorySize("0"), 0u);
  EXPECT_EQ(ParseMemorySize("100"), 100u);
  EXPECT_EQ(ParseMemorySize("100b"), 100u);
  EXPECT_EQ(ParseMemorySize("1k"), 1000u);
  EXPECT_EQ(ParseMemorySize("1kb"), 1024u);
  EXPECT_EQ(ParseMemorySize("5M"), 5000000u);
  EXPECT_EQ(ParseMemorySize("5mB"), 5u << 20);
  EXPECT_EQ(ParseMemorySize("2g"), 2000000000u);
  EXPECT_EQ(ParseMemorySize("2GB"), uint64_t{2} << 30);
  EXPECT_EQ(ParseMemorySize("18446744073709551615"), UINT64_MAX);
}

TEST(ParseMemorySize, RefusesTheRest) {
  for (const char* text :
       {"", "kb", "-1", "1 kb", "1.5gb", "1tb", "1kbx", "18446744073709551616", "18446744073709551615kb"}) {
    EXPECT_FALSE(ParseMemorySize(text).has_value()) << '\'' << text << '\'';
  }
}

TEST(FormatMemorySize, PicksTheLargestExactUnit) {
  EXPECT_EQ(FormatMemorySize(0), "0");
  EXPECT_EQ(FormatMemorySize(1023), "1023");
  EXPECT_EQ(FormatMemorySize(1024), "1kb");
  EXPECT_EQ(FormatMemorySize(1536), "1536");
  EXPECT_EQ(FormatMemorySize(100 << 20), "100mb");
  EXPECT_EQ(FormatMemorySize(uint64_t{2048} << 30), "2048gb");
  EXPECT_EQ(FormatMemorySize(UINT64_MAX), "18446744073709551615");
}

}  // namespace
}  // namespace keyway
