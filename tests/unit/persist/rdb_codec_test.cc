// RdbWriter and RdbReader: what one writes the other reads, and what nobody wrote is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "server/base/crc64.h"
#include "server/persist/byte_sink.h"
#include "server/persist/byte_source.h"
#include "server/persist/rdb_reader.h"
#include "server/persist/rdb_writer.h"

namespace keyway::persist {
namespace {

template <class Write>
std::string Written(Write&& write, RdbWriter::Options options = {}) {
  std::string out;
  StringSink sink(out);
  RdbWriter writer(sink, options);
  write(writer);
  EXPECT_TRUE(writer.Flush());
  EXPECT_EQ(writer.bytes(), out.size());
  EXPECT_EQ(writer.crc(), options.checksum ? Crc64(0, out) : 0);
  return out;
}

// A source that gives one byte a call and does not know its end.
class TrickleSource final : public ByteSource {
 public:
  explicit TrickleSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> Read(char* to, size_t) override {
    if (next_ == bytes_.size()) return 0;
    *to = bytes_[next_++];
    return 1;
  }
  std::optional<uint64_t> remaining() const override { return std::nullopt; }

 private:
  std::string bytes_;
  size_t next_ = 0;
};

TEST(RdbCodecTest, Lengths) {
  const uint64_t lengths[] = {0, 1, 63, 64, 16383, 16384, UINT32_MAX, uint64_t{UINT32_MAX} + 1, UINT64_MAX};
  const size_t sizes[] = {1, 1, 1, 2, 2, 5, 5, 9, 9};
  for (size_t i = 0; i < std::size(lengths); ++i) {
    const std::string bytes = Written([&](RdbWriter& writer) { writer.Length(lengths[i]); });
    EXPECT_EQ(bytes.size(), sizes[i]) << lengths[i];
    MemorySource source(bytes);
    RdbReader reader(source);
    EXPECT_EQ(reader.Length(), lengths[i]);
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.position(), bytes.size());
  }
}

TEST(RdbCodecTest, StringsTakeTheShortestForm) {
  auto size = [](std::string_view text, bool compress = true) {
    return Written([&](RdbWriter& writer) { writer.String(text); }, {.compress = compress}).size();
  };
  EXPECT_EQ(size(""), 1u);
  EXPECT_EQ(size("-128"), 2u);
  EXPECT_EQ(size("32767"), 3u);
  EXPECT_EQ(size("-2147483648"), 5u);
  EXPECT_EQ(size("2147483648"), 11u);
  EXPECT_EQ(size("007"), 4u);
  EXPECT_LT(size(std::string(1000, 'a')), 40u);
  EXPECT_EQ(size(std::string(1000, 'a'), false), 1002u);
}

TEST(RdbCodecTest, StringsComeBack) {
  std::string noise;
  for (uint64_t i = 0; i < 100'000; ++i) noise.push_back(static_cast<char>(i * i >> 3));
  const std::string texts[] = {"",      "0",           "-1",
                               "127",   "128",         "-129",
                               "65536", "2147483647",  "-2147483649",
                               "+1",    "99999999999", "text",
                               noise,   noise + noise, std::string(300'000, 'z')};
  const std::string bytes = Written([&](RdbWriter& writer) {
    for (const std::string& text : texts) writer.String(text);
    writer.IntegerString(INT64_MIN);
  });
  for (const bool trickle : {false, true}) {
    MemorySource memory(bytes);
    TrickleSource slow(bytes);
    RdbReader reader(trickle ? static_cast<ByteSource&>(slow) : memory, {.checksum = true, .buffer_bytes = 64});
    std::string storage;
    for (const std::string& text : texts) EXPECT_EQ(reader.String(storage), text);
    EXPECT_EQ(reader.String(storage), "-9223372036854775808");
    EXPECT_TRUE(reader.ok()) << reader.error();
    EXPECT_EQ(reader.crc(), Crc64(0, bytes));
    reader.Byte();
    EXPECT_EQ(reader.error_kind(), RdbReader::ErrorKind::kShort);
  }
}

TEST(RdbCodecTest, LongStringsComeInBlocks) {
  const std::string texts[] = {std::string(129, 'a'), std::string(5000, 'b') + "tail", "short", "12"};
  for (const bool compress : {false, true}) {
    const std::string bytes = Written(
        [&](RdbWriter& writer) {
          for (const std::string& text : texts) writer.String(text);
        },
        {.compress = compress});
    MemorySource source(bytes);
    RdbReader reader(source, {.buffer_bytes = 32});
    std::string storage;
    for (const std::string& text : texts) {
      BlobRef blob;
      EXPECT_EQ(reader.StringOrBlob(storage, &blob, 128), text);
      EXPECT_EQ(static_cast<bool>(blob), text.size() > 128);
      EXPECT_TRUE(!blob || blob->view() == text);
    }
  }
}

TEST(RdbCodecTest, Numbers) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::string bytes = Written([&](RdbWriter& writer) {
    writer.Double(3.25), writer.Double(-infinity), writer.Milliseconds(-5),
        writer.Raw(
            "\x04"
            "1e-3\xfe\xff\xfd");
  });
  MemorySource source(bytes);
  RdbReader reader(source);
  EXPECT_EQ(reader.Double(), 3.25);
  EXPECT_EQ(reader.Double(), -infinity);
  EXPECT_EQ(reader.Milliseconds(), -5);
  EXPECT_EQ(reader.TextDouble(), 1e-3);
  EXPECT_EQ(reader.TextDouble(), infinity);
  EXPECT_EQ(reader.TextDouble(), -infinity);
  EXPECT_TRUE(std::isnan(reader.TextDouble()));
  EXPECT_TRUE(reader.ok());
}

// Bytes, and what the reader says about them when it is to read a string.
struct Refused {
  std::string bytes;
  RdbReader::ErrorKind kind;
};

TEST(RdbCodecTest, HostileStringsAreRefusedWithoutMemoryForThem) {
  using enum RdbReader::ErrorKind;
  const Refused refused[] = {
      {"", kShort},
      {"\x05"
       "abc",
       kShort},
      {std::string("\x81\x7f\xff\xff\xff\xff\xff\xff\xff", 9), kShort},
      {std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xf7", 9), kShort},
      {std::string("\x80\xff\xff\xff\xff", 5), kShort},
      {"\x82", kCorrupt},  // no such length
      {"\xc4", kCorrupt},  // no such encoding
      {std::string("\xc3\x02\x80\x7f\xff\xff\xff"
                   "ab",
                   9),
       kCorrupt},                                  // two bytes cannot be two gigabytes
      {std::string("\xc3\x00\x05", 3), kCorrupt},  // nothing packed
      {std::string("\xc3\x02\x00"
                   "ab",
                   5),
       kCorrupt},                                              // nothing unpacked
      {std::string("\xc3\x03\x03\x20\x00\x00", 6), kCorrupt},  // refers to what is not there
      {std::string("\xc3\x03\x40\xff\x01"
                   "ab",
                   7),
       kCorrupt},  // unpacks to less
      {std::string("\xc3\x05\x03\x02"
                   "ab",
                   6),
       kShort},
  };
  for (const Refused& one : refused) {
    for (const bool trickle : {false, true}) {
      MemorySource memory(one.bytes);
      TrickleSource slow(one.bytes);
      RdbReader reader(trickle ? static_cast<ByteSource&>(slow) : memory);
      std::string storage;
      EXPECT_EQ(reader.String(storage), "");
      EXPECT_FALSE(reader.ok());
      EXPECT_EQ(reader.error_kind(), one.kind) << ::testing::PrintToString(one.bytes) << reader.error();
      EXPECT_LT(storage.capacity(), size_t{4} << 20);
    }
  }
}

TEST(RdbCodecTest, TheFirstErrorStays) {
  MemorySource source("\x82rest");
  RdbReader reader(source);
  reader.Length();
  const std::string error = reader.error();
  EXPECT_FALSE(reader.Corrupt("another"));
  reader.Byte();
  EXPECT_EQ(reader.error(), error);
  EXPECT_EQ(reader.Length(), 0u);
}

TEST(RdbCodecTest, HintsAreCutToTheInput) {
  MemorySource source("0123456789");
  RdbReader reader(source);
  EXPECT_EQ(reader.Fits(UINT64_MAX), 10u);
  EXPECT_EQ(reader.Fits(UINT64_MAX, 3), 3u);
  EXPECT_EQ(reader.Fits(2, 3), 2u);
  reader.Byte();
  EXPECT_EQ(reader.Fits(UINT64_MAX), 9u);
}

TEST(RdbCodecTest, ProgressCanStopTheReading) {
  const std::string bytes(1000, 'x');
  MemorySource source(bytes);
  int calls = 0;
  RdbReader reader(source, {.buffer_bytes = 100, .progress_interval = 200, .progress = [&](uint64_t read) {
                              EXPECT_GE(read, 200u);
                              return ++calls < 2;
                            }});
  std::string all(1000, '\0');
  EXPECT_FALSE(reader.Raw(all.data(), all.size()));
  EXPECT_EQ(reader.error_kind(), RdbReader::ErrorKind::kStopped);
  EXPECT_EQ(calls, 2);
}

class FailingSink final : public ByteSink {
 public:
  Result<> Write(std::string_view) override {
    ++writes;
    return Fail("disk full");
  }
  int writes = 0;
};

TEST(RdbCodecTest, AWriterStopsAtTheFirstError) {
  FailingSink sink;
  RdbWriter writer(sink, {.buffer_bytes = 10});
  for (int i = 0; i < 100; ++i) writer.Raw("twelve bytes");
  EXPECT_FALSE(writer.Flush());
  EXPECT_EQ(sink.writes, 1);
  EXPECT_EQ(writer.status().error().text(), "disk full");
}

}  // namespace
}  // namespace keyway::persist
