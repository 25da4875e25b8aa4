// Bit algorithms: by hand at the edges, and against one bit at a time at random.
#include "server/data/bits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace keyway::data {
namespace {

constexpr FieldType Signed(int bits) { return {true, static_cast<uint8_t>(bits)}; }
constexpr FieldType Unsigned(int bits) { return {false, static_cast<uint8_t>(bits)}; }

class BitsTest : public ::testing::Test {
 protected:
  BitsTest() : seed_(Random().Next()), random_(seed_) { RecordProperty("seed", std::to_string(seed_)); }

  std::string RandomBytes(size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_.Next());
    return bytes;
  }
  // Mostly one value, so that searches have something to skip.
  std::string SparseBytes(size_t size, bool value) {
    std::string bytes(size, value ? '\0' : '\xff');
    for (int i = 0; i < 3 && size > 0; ++i) SetBit(bytes, random_.Below(size * 8), value);
    return bytes;
  }

  const uint64_t seed_;
  Random random_;
};

TEST_F(BitsTest, SingleBits) {
  std::string bytes(2, '\0');
  EXPECT_FALSE(SetBit(bytes, 0, true));
  EXPECT_FALSE(SetBit(bytes, 15, true));
  EXPECT_EQ(bytes, std::string("\x80\x01"));
  EXPECT_TRUE(SetBit(bytes, 0, false));
  EXPECT_FALSE(BitAt(bytes, 0));
  EXPECT_TRUE(BitAt(bytes, 15));
  EXPECT_FALSE(BitAt(bytes, 16));
  EXPECT_FALSE(BitAt("", 0));
  EXPECT_FALSE(BitAt(bytes, std::numeric_limits<uint64_t>::max()));
}

TEST_F(BitsTest, CountsOfEverySizeAndRange) {
  for (size_t size = 1; size < 200; ++size) {
    SCOPED_TRACE("seed " + std::to_string(seed_) + " size " + std::to_string(size));
    const std::string bytes = RandomBytes(size);
    uint64_t expected = 0;
    for (size_t i = 0; i < size * 8; ++i) expected += BitAt(bytes, i);
    EXPECT_EQ(CountBits(bytes), expected);
    const uint64_t a = random_.Below(size * 8), b = random_.Below(size * 8);
    uint64_t between = 0;
    for (uint64_t i = std::min(a, b); i <= std::max(a, b); ++i) between += BitAt(bytes, i);
    EXPECT_EQ(CountBits(bytes, std::min(a, b), std::max(a, b)), between);
  }
  EXPECT_EQ(CountBits(""), 0u);
}

TEST_F(BitsTest, FindsTheFirstBitOfARange) {
  for (int round = 0; round < 2000; ++round) {
    const size_t size = 1 + random_.Below(100);
    const bool value = random_.Below(2);
    const std::string bytes = random_.Below(4) == 0 ? RandomBytes(size) : SparseBytes(size, value);
    uint64_t first = random_.Below(size * 8), last = random_.Below(size * 8);
    if (first > last) std::swap(first, last);
    int64_t expected = -1;
    for (uint64_t i = first; i <= last && expected < 0; ++i) {
      if (BitAt(bytes, i) == value) expected = static_cast<int64_t>(i);
    }
    ASSERT_EQ(FindBit(bytes, value, first, last), expected) << "seed " << seed_ << " round " << round;
  }
}

TEST_F(BitsTest, OperationsOverSourcesOfAllLengths) {
  constexpr BitOperation kOperations[] = {BitOperation::kAnd, BitOperation::kOr, BitOperation::kXor,
                                          BitOperation::kNot};
  for (int round = 0; round < 300; ++round) {
    const BitOperation operation = kOperations[random_.Below(4)];
    std::vector<std::string> sources(operation == BitOperation::kNot ? 1 : 1 + random_.Below(20));
    size_t size = 0;
    for (std::string& source : sources) {
      source = RandomBytes(random_.Below(round % 50 == 0 ? 30'000 : 300));
      size = std::max(size, source.size());
    }
    std::string expected(size, '\0'), found(size, 'x');
    for (size_t i = 0; i < size; ++i) {
      const auto byte = [&](const std::string& source) { return i < source.size() ? source[i] : '\0'; };
      char result = byte(sources[0]);
      if (operation == BitOperation::kNot) result = static_cast<char>(~result);
      for (size_t j = 1; j < sources.size(); ++j) {
        if (operation == BitOperation::kAnd) result = static_cast<char>(result & byte(sources[j]));
        if (operation == BitOperation::kOr) result = static_cast<char>(result | byte(sources[j]));
        if (operation == BitOperation::kXor) result = static_cast<char>(result ^ byte(sources[j]));
      }
      expected[i] = result;
    }
    const std::vector<std::string_view> views(sources.begin(), sources.end());
    CombineBits(operation, views, found);
    ASSERT_EQ(found, expected) << "seed " << seed_ << " round " << round;
  }
}

TEST_F(BitsTest, FieldsKeepTheirNeighbours) {
  for (int round = 0; round < 5000; ++round) {
    const bool is_signed = random_.Below(2);
    const FieldType type{is_signed, static_cast<uint8_t>(1 + random_.Below(is_signed ? 64 : 63))};
    std::string bytes = RandomBytes(24);
    const uint64_t offset = random_.Below(24 * 8 - type.bits + 1);
    const auto value = FitField(static_cast<int64_t>(random_.Next()), type, FieldOverflow::kWrap).value;
    const std::string before = bytes;
    WriteField(bytes, offset, type, value);
    ASSERT_EQ(ReadField(bytes, offset, type), value) << "seed " << seed_ << " round " << round;
    for (uint64_t i = 0; i < 24 * 8; ++i) {
      if (i >= offset && i < offset + type.bits) {
        const bool expected = static_cast<uint64_t>(value) >> (offset + type.bits - 1 - i) & 1;
        ASSERT_EQ(BitAt(bytes, i), expected) << "seed " << seed_ << " round " << round;
      } else {
        ASSERT_EQ(BitAt(bytes, i), BitAt(before, i)) << "seed " << seed_ << " round " << round;
      }
    }
  }
}

TEST_F(BitsTest, FieldsBehindTheEndAreZero) {
  EXPECT_EQ(ReadField("", 0, Signed(64)), 0);
  EXPECT_EQ(ReadField("\xff", 4, Unsigned(8)), 0xf0);
  EXPECT_EQ(ReadField("\xff", 4, Signed(8)), -16);
  EXPECT_EQ(ReadField("\xff", 8, Unsigned(8)), 0);
  EXPECT_EQ(ReadField("\xff", std::numeric_limits<uint64_t>::max() - 7, Unsigned(8)), 0);
}

void ExpectSum(FieldSum sum, int64_t value, bool overflowed) {
  EXPECT_EQ(sum.value, value);
  EXPECT_EQ(sum.overflowed, overflowed);
}

TEST_F(BitsTest, SumsOfUnsignedFields) {
  ExpectSum(AddToField(100, 55, Unsigned(8), FieldOverflow::kWrap), 155, false);
  ExpectSum(AddToField(255, 2, Unsigned(8), FieldOverflow::kWrap), 1, true);
  ExpectSum(AddToField(1, -3, Unsigned(8), FieldOverflow::kWrap), 254, true);
  ExpectSum(AddToField(255, 2, Unsigned(8), FieldOverflow::kSaturate), 255, true);
  ExpectSum(AddToField(1, -3, Unsigned(8), FieldOverflow::kSaturate), 0, true);
  ExpectSum(AddToField(255, 2, Unsigned(8), FieldOverflow::kFail), 0, true);
  ExpectSum(AddToField(INT64_MAX, 1, Unsigned(63), FieldOverflow::kSaturate), INT64_MAX, true);
  ExpectSum(AddToField(INT64_MAX, INT64_MAX, Unsigned(63), FieldOverflow::kWrap), INT64_MAX - 1, true);
  ExpectSum(AddToField(0, INT64_MIN, Unsigned(63), FieldOverflow::kSaturate), 0, true);
}

TEST_F(BitsTest, SumsOfSignedFields) {
  ExpectSum(AddToField(100, 50, Signed(8), FieldOverflow::kWrap), -106, true);
  ExpectSum(AddToField(-100, -50, Signed(8), FieldOverflow::kWrap), 106, true);
  ExpectSum(AddToField(100, 50, Signed(8), FieldOverflow::kSaturate), 127, true);
  ExpectSum(AddToField(-100, -50, Signed(8), FieldOverflow::kSaturate), -128, true);
  ExpectSum(AddToField(INT64_MAX, 1, Signed(64), FieldOverflow::kWrap), INT64_MIN, true);
  ExpectSum(AddToField(INT64_MIN, -1, Signed(64), FieldOverflow::kSaturate), INT64_MIN, true);
  ExpectSum(AddToField(INT64_MIN, INT64_MAX, Signed(64), FieldOverflow::kFail), -1, false);
}

TEST_F(BitsTest, GivenNumbersAreFitted) {
  ExpectSum(FitField(-1, Unsigned(8), FieldOverflow::kWrap), 255, true);
  ExpectSum(FitField(-1, Unsigned(8), FieldOverflow::kSaturate), 255, true);
  ExpectSum(FitField(-1, Unsigned(63), FieldOverflow::kSaturate), INT64_MAX, true);
  ExpectSum(FitField(256, Unsigned(8), FieldOverflow::kFail), 0, true);
  ExpectSum(FitField(128, Signed(8), FieldOverflow::kSaturate), 127, true);
  ExpectSum(FitField(-129, Signed(8), FieldOverflow::kSaturate), -128, true);
  ExpectSum(FitField(-129, Signed(8), FieldOverflow::kWrap), 127, true);
  ExpectSum(FitField(INT64_MIN, Signed(64), FieldOverflow::kFail), INT64_MIN, false);
  ExpectSum(FitField(1, Signed(1), FieldOverflow::kWrap), -1, true);
}

}  // namespace
}  // namespace keyway::data
