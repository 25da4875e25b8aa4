// HyperLogLogs: the bytes that other servers expect, both forms against each other, and bytes that somebody broke.
#include "server/data/hyperloglog.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "server/base/random.h"
#include "server/base/sha1.h"

namespace keyway::data {
namespace {

constexpr size_t kSparseMax = 3000;  // the default of hll-sparse-max-bytes

HyperLogLog WithElements(std::string_view name, int count) {
  HyperLogLog hll;
  for (int i = 0; i < count; ++i) hll.Raise(HllHitOf(fmt::format("{}:{}", name, i)), kSparseMax);
  hll.MarkCacheStale();
  return hll;
}

HllRegisters RegistersOf(std::string_view bytes) {
  HllRegisters registers{};
  EXPECT_TRUE(HllMerge(bytes, registers));
  return registers;
}

TEST(HyperLogLogTest, AnEmptyOneIsASingleRun) {
  const HyperLogLog hll;
  EXPECT_EQ(hll.bytes(), std::string("HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", 18));
  EXPECT_EQ(HllCachedCount(hll.bytes()), 0u);
  EXPECT_EQ(HllCount(hll.bytes()), 0u);
  EXPECT_EQ(HllDescribeRuns(hll.bytes()), "Z:16384");
}

// The three values below were made by a Redis server from the same elements.
TEST(HyperLogLogTest, BytesAreThoseOfOtherServers) {
  HyperLogLog hll;
  for (const char* element : {"foo", "bar", ""}) hll.Raise(HllHitOf(element), kSparseMax);
  hll.MarkCacheStale();
  EXPECT_EQ(hll.bytes(), std::string("HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80W1\x84"
                                     "E\x80\x90Ja\x80X\xe7",
                                     27));
  EXPECT_EQ(HllDescribeRuns(hll.bytes()), "Z:5938 v:2,1 Z:1409 v:5,1 Z:2658 v:1,1 Z:6376");

  HyperLogLog sparse = WithElements("element", 300);
  EXPECT_EQ(HllCount(sparse.bytes()), 301u);
  EXPECT_EQ(HexText(Sha1(sparse.bytes())), "8cf5469c56dda7c16b135c513338c25d78b9b8b6");

  HyperLogLog dense = WithElements("element", 5000);
  EXPECT_EQ(dense.encoding(), HllEncoding::kDense);
  EXPECT_EQ(HllCount(dense.bytes()), 5005u);
  EXPECT_EQ(HexText(Sha1(dense.bytes())), "bca0dbfad679cb86321724f01f53d9036308ed62");
}

TEST(HyperLogLogTest, AUnionIsMadeInTheSameBytes) {
  HllRegisters registers{};
  ASSERT_TRUE(HllMerge(WithElements("element", 300).bytes(), registers));
  ASSERT_TRUE(HllMerge(WithElements("other", 300).bytes(), registers));
  EXPECT_EQ(HllCount(registers), 599u);
  HyperLogLog hll;
  for (uint32_t i = 0; i < kHllRegisters; ++i) {
    if (registers[i] > 0) hll.Raise({i, registers[i]}, kSparseMax);
  }
  hll.MarkCacheStale();
  EXPECT_EQ(HexText(Sha1(hll.bytes())), "b8cdedf6a0ebee27bfd03d15e8966ced11960d9c");
}

// Every order of raises must give the registers that a plain array has, whatever the form.
TEST(HyperLogLogTest, BothFormsHoldTheSameRegisters) {
  const uint64_t seed = Random().Next();
  Random random(seed);
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(fmt::format("seed {} round {}", seed, round));
    HyperLogLog sparse, dense;
    ASSERT_TRUE(dense.MakeDense());
    HllRegisters model{};
    uint32_t index = 0;
    for (int i = 0; i < 2000; ++i) {
      // Upwards, near each other, or anywhere.
      index = round % 3 == 0 ? (index + 1 + static_cast<uint32_t>(random.Below(5))) % kHllRegisters
                             : static_cast<uint32_t>(random.Below(round % 3 == 1 ? 40 : kHllRegisters));
      const HllHit hit{index, static_cast<uint8_t>(1 + random.Below(5))};
      const bool raises = model[index] < hit.value;
      model[index] = std::max(model[index], hit.value);
      const HllUpdate expected = raises ? HllUpdate::kChanged : HllUpdate::kUnchanged;
      ASSERT_EQ(HllWouldChange(sparse.bytes(), hit), expected);
      ASSERT_EQ(sparse.Raise(hit, SIZE_MAX), expected);
      ASSERT_EQ(dense.Raise(hit, SIZE_MAX), expected);
    }
    ASSERT_EQ(sparse.encoding(), HllEncoding::kSparse);
    ASSERT_EQ(RegistersOf(sparse.bytes()), model);
    ASSERT_EQ(RegistersOf(dense.bytes()), model);
    ASSERT_EQ(HllCount(sparse.bytes()), HllCount(model));
    ASSERT_TRUE(sparse.MakeDense());
    ASSERT_EQ(sparse.bytes(), dense.bytes());
  }
}

TEST(HyperLogLogTest, BecomesDenseForABigRegisterOrForItsLength) {
  HyperLogLog tall;
  EXPECT_EQ(tall.Raise({5, 32}, kSparseMax), HllUpdate::kChanged);
  EXPECT_EQ(tall.encoding(), HllEncoding::kSparse);
  EXPECT_EQ(tall.Raise({9, 33}, kSparseMax), HllUpdate::kChanged);
  EXPECT_EQ(tall.encoding(), HllEncoding::kDense);
  EXPECT_EQ(RegistersOf(tall.bytes())[5], 32);
  EXPECT_EQ(RegistersOf(tall.bytes())[9], 33);

  HyperLogLog longer;
  EXPECT_EQ(longer.Raise({0, 1}, 19), HllUpdate::kChanged);
  EXPECT_EQ(longer.encoding(), HllEncoding::kSparse) << "19 bytes are allowed";
  EXPECT_EQ(longer.Raise({100, 1}, 19), HllUpdate::kChanged);
  EXPECT_EQ(longer.encoding(), HllEncoding::kDense);
}

TEST(HyperLogLogTest, EstimatesAreNear) {
  HyperLogLog hll;
  int next = 1;
  for (int i = 1; i <= 100'000; ++i) {
    hll.Raise(HllHitOf(std::to_string(i)), kSparseMax);
    if (i != next) continue;
    next *= 10;
    EXPECT_NEAR(static_cast<double>(*HllCount(hll.bytes())), i, std::max(1.0, i * 0.03));
  }
}

TEST(HyperLogLogTest, TheCacheIsStaleOrHoldsACount) {
  HyperLogLog hll = WithElements("x", 10);
  std::string bytes(hll.bytes());
  EXPECT_EQ(HllCachedCount(bytes), std::nullopt);
  HllStoreCache(bytes, 0x0102030405060708);
  EXPECT_EQ(HllCachedCount(bytes), 0x0102030405060708u);
  HllMarkCacheStale(bytes);
  EXPECT_EQ(HllCachedCount(bytes), std::nullopt);
}

TEST(HyperLogLogTest, HeadersThatAreNone) {
  const std::string sparse(HyperLogLog().bytes());
  EXPECT_TRUE(HllHeaderIsValid(sparse));
  EXPECT_FALSE(HllHeaderIsValid(""));
  EXPECT_FALSE(HllHeaderIsValid("HYLL"));
  EXPECT_FALSE(HllHeaderIsValid(sparse.substr(0, kHllHeaderBytes - 1)));
  std::string wrong = sparse;
  wrong[0] = 'h';
  EXPECT_FALSE(HllHeaderIsValid(wrong));
  wrong = sparse;
  wrong[4] = 2;
  EXPECT_FALSE(HllHeaderIsValid(wrong));
  wrong[4] = 0;
  EXPECT_FALSE(HllHeaderIsValid(wrong)) << "a dense one has one length only";
}

void ExpectCorrupt(const std::string& bytes) {
  HllRegisters registers{};
  EXPECT_FALSE(HllMerge(bytes, registers));
  EXPECT_EQ(HllCount(bytes), std::nullopt);
  EXPECT_FALSE(HyperLogLog(bytes).MakeDense());
}

TEST(HyperLogLogTest, RunsThatDoNotAddUp) {
  const std::string header(HyperLogLog().bytes().substr(0, kHllHeaderBytes));
  ExpectCorrupt(header);
  ExpectCorrupt(header + "\x7f\xfe");      // one register short
  ExpectCorrupt(header + "\x7f\xff\x80");  // one too many
  ExpectCorrupt(header + "\x7f\xff" + "hello");
  ExpectCorrupt(header + "\x7f");  // cut off
  const std::string short_one = header + "\x7f\xfe";
  EXPECT_EQ(HllWouldChange(short_one, {16383, 1}), HllUpdate::kCorrupt);
  EXPECT_EQ(HyperLogLog(short_one).Raise({16383, 1}, kSparseMax), HllUpdate::kCorrupt);
  EXPECT_EQ(HyperLogLog(short_one).Raise({1, 40}, kSparseMax), HllUpdate::kCorrupt);
  EXPECT_EQ(HllDescribeRuns(header + "\x7f"), std::nullopt);
}

TEST(HyperLogLogTest, AnyBytesBehindAValidHeaderAreHarmless) {
  const uint64_t seed = Random().Next();
  Random random(seed);
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(fmt::format("seed {} round {}", seed, round));
    std::string bytes(HyperLogLog().bytes().substr(0, kHllHeaderBytes));
    const bool dense = random.Below(4) == 0;
    if (dense) bytes[4] = 0;
    bytes.resize(dense ? kHllDenseBytes : kHllHeaderBytes + random.Below(100));
    for (size_t i = kHllHeaderBytes; i < bytes.size(); ++i) bytes[i] = static_cast<char>(random.Next());
    ASSERT_TRUE(HllHeaderIsValid(bytes));
    HllRegisters registers{};
    EXPECT_EQ(HllMerge(bytes, registers), HllCount(bytes).has_value());
    HyperLogLog hll(bytes);
    for (int i = 0; i < 20; ++i) hll.Raise(HllHitOf(std::to_string(random.Next())), kSparseMax);
    (void)HllDescribeRuns(bytes);
  }
}

}  // namespace
}  // namespace keyway::data
