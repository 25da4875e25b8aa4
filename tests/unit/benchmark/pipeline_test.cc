// What a prebuilt pipeline sends.
#include "server/benchmark/pipeline.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace keyway::benchmark {
namespace {

constexpr uint64_t kSeed = 42;

std::string Send(Pipeline& pipeline, size_t count) {
  OutputBuffer out;
  pipeline.Append(out, count);
  std::string bytes;
  while (!out.empty()) {
    iovec piece;
    out.Peek(&piece, 1);
    bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    out.Consume(piece.iov_len);
  }
  return bytes;
}

TEST(PipelineTest, WithoutRandomKeysTheMarkStays) {
  Pipeline pipeline("[key:__rand_int__]", 3, std::nullopt, false, Random(kSeed));
  EXPECT_EQ(Send(pipeline, 3), "[key:__rand_int__][key:__rand_int__][key:__rand_int__]");
  EXPECT_EQ(Send(pipeline, 1), "[key:__rand_int__]");
}

TEST(PipelineTest, NumbersOfTwelveDigitsBelowTheKeyspace) {
  constexpr uint64_t kKeyspace = 50;
  Pipeline pipeline("<__rand_int__,__rand_int__>", 4, kKeyspace, false, Random(kSeed));
  std::set<uint64_t> seen;
  for (int i = 0; i < 500; ++i) {
    std::string bytes = Send(pipeline, 4);
    ASSERT_EQ(bytes.size(), 4 * 27u);
    for (size_t at = 0; at < bytes.size(); at += 27) {
      for (size_t digits : {at + 1, at + 14}) {
        std::string text = bytes.substr(digits, 12);
        ASSERT_EQ(text.find_first_not_of("0123456789"), text.npos) << text;
        seen.insert(std::stoull(text));
      }
    }
  }
  EXPECT_EQ(seen.size(), kKeyspace) << "seed " << kSeed;
  EXPECT_EQ(*seen.rbegin(), kKeyspace - 1);
}

TEST(PipelineTest, AnEmptyKeyspaceIsZero) {
  for (uint64_t keyspace : {0, 1}) {
    Pipeline pipeline("__rand_int__", 1, keyspace, false, Random(kSeed));
    EXPECT_EQ(Send(pipeline, 1), "000000000000");
  }
}

TEST(PipelineTest, TwelveDigitsAreTheMost) {
  Pipeline pipeline("__rand_int__", 1, 1'000'000'000'000, false, Random(kSeed));
  EXPECT_EQ(Send(pipeline, 1).size(), 12u);
}

TEST(PipelineTest, TagsFitTheirNode) {
  Pipeline pipeline("k:{tag}:a {tag};", 2, std::nullopt, true, Random(kSeed));
  EXPECT_TRUE(pipeline.has_tags());
  pipeline.SetTag("abc");
  EXPECT_EQ(Send(pipeline, 2), "k:{abc}:a {abc};k:{abc}:a {abc};");
  pipeline.SetTag("xyz");
  EXPECT_EQ(Send(pipeline, 1), "k:{xyz}:a {xyz};");
  Pipeline plain("k:{tag}", 1, std::nullopt, false, Random(kSeed));
  EXPECT_FALSE(plain.has_tags());
  EXPECT_EQ(Send(plain, 1), "k:{tag}");
}

}  // namespace
}  // namespace keyway::benchmark
