#include "server/data/string.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace keyway::data {
namespace {

TEST(StringEncoding, IntegersInTheirOneSpelling) {
  for (const char* text : {"0", "7", "-7", "10", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_EQ(ChooseStringEncoding(text), Encoding::kInt) << text;
  }
}

TEST(StringEncoding, WhatOnlyLooksLikeAnIntegerIsText) {
  for (const char* text : {"", "-", "-0", "00", "07", "+7", " 7", "7 ", "7.0", "9223372036854775808",
                           "-9223372036854775809", "123456789012345678901"}) {
    EXPECT_EQ(ChooseStringEncoding(text), Encoding::kEmbstr) << text;
  }
}

TEST(StringEncoding, EmbstrEndsAt44Bytes) {
  EXPECT_EQ(ChooseStringEncoding(std::string(44, 'x')), Encoding::kEmbstr);
  EXPECT_EQ(ChooseStringEncoding(std::string(45, 'x')), Encoding::kRaw);
  EXPECT_EQ(ChooseStringEncoding(std::string(45, '1')), Encoding::kRaw);
}

TEST(StringBytesTest, FormatsIntegersAndBorrowsText) {
  EXPECT_EQ(StringBytes(int64_t{-42}).view(), "-42");
  EXPECT_EQ(StringBytes(std::numeric_limits<int64_t>::min()).view(), "-9223372036854775808");
  const std::string text = "hello";
  EXPECT_EQ(StringBytes(std::string_view(text)).view().data(), text.data());
}

TEST(GrowthAhead, DoublesUpToAMegabyte) {
  EXPECT_EQ(GrownCapacity(100), 200u);
  EXPECT_EQ(GrownCapacity(10u << 20), (11u << 20));
}

}  // namespace
}  // namespace keyway::data
