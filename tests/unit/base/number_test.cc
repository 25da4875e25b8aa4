#include "server/base/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace keyway {
namespace {

TEST(ParseInt64, AcceptsTheOneSpellingOfEachInteger) {
  EXPECT_EQ(ParseInt64("0"), 0);
  EXPECT_EQ(ParseInt64("-1"), -1);
  EXPECT_EQ(ParseInt64("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseInt64("-9223372036854775808"), std::numeric_limits<int64_t>::min());
}

TEST(ParseInt64, RefusesEverythingElse) {
  for (const char* text :
       {"", "-", "-0", "+1", "01", "00", " 1", "1 ", "1a", "a1", "0x10", "1.0", "--1", "9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_FALSE(ParseInt64(text).has_value()) << '\'' << text << '\'';
  }
  EXPECT_FALSE(ParseInt64(std::string_view("1\0", 2)).has_value());
}

TEST(ParseUint64, CoversTheWholeRange) {
  EXPECT_EQ(ParseUint64("0"), 0u);
  EXPECT_EQ(ParseUint64("18446744073709551615"), std::numeric_limits<uint64_t>::max());
  for (const char* text : {"", "-1", "18446744073709551616", "007", " 7"}) {
    EXPECT_FALSE(ParseUint64(text).has_value()) << '\'' << text << '\'';
  }
}

TEST(ParseDouble, ReadsWhatStrtodReadsButNothingSloppy) {
  EXPECT_EQ(ParseDouble("1.5"), 1.5);
  EXPECT_EQ(ParseDouble("+1.5"), 1.5);
  EXPECT_EQ(ParseDouble("-1e3"), -1000.0);
  EXPECT_EQ(ParseDouble("0x10"), 16.0);
  EXPECT_EQ(ParseDouble("inf"), INFINITY);
  EXPECT_EQ(ParseDouble("-Infinity"), -INFINITY);
  EXPECT_TRUE(ParseDouble("4.9e-324").has_value()) << "denormals are values";
  for (const char* text : {"", " 1", "1 ", "nan", "-nan", "1.5x", "1e400", "-1e400", "1e-400", "e5", "\t1"}) {
    EXPECT_FALSE(ParseDouble(text).has_value()) << '\'' << text << '\'';
  }
}

TEST(ParseDouble, LooksAtTheViewOnly) {
  const std::string text = "12.5678";
  EXPECT_EQ(ParseDouble(std::string_view(text).substr(0, 4)), 12.5);
  EXPECT_EQ(ParseDouble("0." + std::string(300, '0') + "1e301"), 1.0) << "longer than the stack buffer";
  EXPECT_FALSE(ParseDouble(std::string(kMaxLongDoubleLength, '1')).has_value());
}

TEST(ParseLongDouble, KeepsMoreDigitsThanDouble) {
  const auto value = ParseLongDouble("3.000000000000000001");
  ASSERT_TRUE(value.has_value());
  EXPECT_NE(*value, 3.0L);
  EXPECT_FALSE(ParseLongDouble("1e5000").has_value());
  EXPECT_FALSE(ParseLongDouble("nan").has_value());
}

std::string Formatted(int64_t value) {
  char buffer[kMaxIntegerLength];
  return std::string(buffer, FormatInt64(value, buffer));
}

TEST(FormatInt64, AgreesWithTheLibraryAndReadsBack) {
  for (const int64_t value : {int64_t{0}, int64_t{9}, int64_t{10}, int64_t{99}, int64_t{100}, int64_t{12345},
                              int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(Formatted(value), std::to_string(value));
  }
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const auto value = static_cast<int64_t>(random() >> (random() % 64)) * (random() % 2 ? 1 : -1);
    ASSERT_EQ(Formatted(value), std::to_string(value));
    ASSERT_EQ(Int64Length(value), std::to_string(value).size());
    ASSERT_EQ(ParseInt64(Formatted(value)), value);
    const auto bits = static_cast<uint64_t>(value);
    char buffer[kMaxIntegerLength];
    ASSERT_EQ(std::string(buffer, FormatUint64(bits, buffer)), std::to_string(bits));
    ASSERT_EQ(Uint64Length(bits), std::to_string(bits).size());
  }
  EXPECT_EQ(IntegerText(-42).view(), "-42");
}

}  // namespace
}  // namespace keyway
