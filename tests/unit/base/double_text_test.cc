#include "server/base/double_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "server/base/random.h"

namespace keyway {
namespace {

std::string Text(double value, DoubleForm form = DoubleForm::kShortest) {
  char text[kMaxDoubleLength];
  return {text, FormatDouble(value, form, text)};
}

std::string Fixed(double value, int digits = 4) {
  char text[kMaxDoubleLength];
  return {text, FormatFixed(value, digits, text)};
}

TEST(DoubleTextTest, Shortest) {
  EXPECT_EQ(Text(0), "0");
  EXPECT_EQ(Text(-0.0), "-0");
  EXPECT_EQ(Text(1), "1");
  EXPECT_EQ(Text(-42), "-42");
  EXPECT_EQ(Text(0.1), "0.1");
  EXPECT_EQ(Text(-1.5), "-1.5");
  EXPECT_EQ(Text(3.141592653589793), "3.141592653589793");
  EXPECT_EQ(Text(123456.789), "123456.789");
  EXPECT_EQ(Text(0.00001), "0.00001");
  EXPECT_EQ(Text(0.000001), "0.000001");
  EXPECT_EQ(Text(1e-7), "1e-7");
  EXPECT_EQ(Text(1.5e-9), "1.5e-9");
  EXPECT_EQ(Text(-1.25e-100), "-1.25e-100");
  EXPECT_EQ(Text(5e-324), "5e-324");
  EXPECT_EQ(Text(1e15), "1000000000000000");
  EXPECT_EQ(Text(4611686018427387904.0), "4611686018427387904");
  EXPECT_EQ(Text(1e19), "1e+19");
  EXPECT_EQ(Text(1e300), "1e+300");
  EXPECT_EQ(Text(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(Text(INFINITY), "inf");
  EXPECT_EQ(Text(-INFINITY), "-inf");
  EXPECT_EQ(Text(NAN), "nan");
}

TEST(DoubleTextTest, SeventeenDigits) {
  const auto text = [](double value) { return Text(value, DoubleForm::kSeventeenDigits); };
  EXPECT_EQ(text(0.1), "0.10000000000000001");
  EXPECT_EQ(text(3), "3");
  EXPECT_EQ(text(-0.0), "-0");
  EXPECT_EQ(text(1.5e-9), "1.5e-09");
  EXPECT_EQ(text(1e16), "10000000000000000");
  EXPECT_EQ(text(1e17), "1e+17");
  EXPECT_EQ(text(-INFINITY), "-inf");
}

TEST(DoubleTextTest, BothReadBackAsTheSameNumber) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int i = 0; i < 200'000; ++i) {
    double value = std::bit_cast<double>(random.Next());
    if (i % 2) value = std::ldexp(static_cast<double>(random.Next() >> 40), static_cast<int>(random.Below(80)) - 40);
    if (!std::isfinite(value)) continue;
    for (const DoubleForm form : {DoubleForm::kShortest, DoubleForm::kSeventeenDigits}) {
      const std::string text = Text(value, form);
      ASSERT_LT(text.size(), kMaxDoubleLength);
      ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
    }
  }
}

TEST(DoubleTextTest, WholeNumbers) {
  EXPECT_EQ(WholeNumber(12), 12);
  EXPECT_EQ(WholeNumber(-0.0), 0);
  EXPECT_EQ(WholeNumber(0x1p62), int64_t{1} << 62);
  EXPECT_EQ(WholeNumber(0x1p63), std::nullopt);
  EXPECT_EQ(WholeNumber(1.5), std::nullopt);
  EXPECT_EQ(WholeNumber(NAN), std::nullopt);
  EXPECT_EQ(WholeNumber(-INFINITY), std::nullopt);
}

TEST(DoubleTextTest, Fixed) {
  EXPECT_EQ(Fixed(0), "0.0000");
  EXPECT_EQ(Fixed(166274.15156960), "166274.1516");
  EXPECT_EQ(Fixed(-1.5), "-1.5000");
  EXPECT_EQ(Fixed(0.00004), "0.0000");
  EXPECT_EQ(Fixed(0.00016), "0.0002");
  EXPECT_EQ(Fixed(0.775), "0.7750");
  EXPECT_EQ(Fixed(12.3456, 1), "12.3");
  EXPECT_EQ(Fixed(1e300), "");
  EXPECT_EQ(Fixed(NAN), "");
}

}  // namespace
}  // namespace keyway
