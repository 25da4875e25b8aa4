// Ziplists and zipmaps: read to the last byte, and hostile ones refused.
#include "server/persist/ziplist.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/random.h"
#include "server/persist/zipmap.h"
#include "tests/unit/persist/old_forms.h"

namespace keyway::persist {
namespace {

bool Read(const std::string& bytes, std::vector<std::string>* out = nullptr) {
  // Exactly as long as it is, so that a sanitizer sees each byte too many.
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return ReadZiplist(std::string_view(exact.data(), exact.size()), [&](const ZiplistElement& element) {
    if (out != nullptr)
      out->push_back(element.is_integer ? std::to_string(element.integer) : std::string(element.text));
    return true;
  });
}

TEST(ZiplistTest, EveryEncoding) {
  const std::string longer(300, 'm'), longest(20'000, 'l');
  ZiplistBuilder builder;
  builder.Text("").Text("short").Text(longer).Text(longest).Integer(0).Integer(12).Integer(13).Integer(-1);
  builder.Integer(-32768, 2).Integer(-8388608, 3).Integer(8388607, 3).Integer(-2147483648LL, 4).Integer(INT64_MIN, 8);
  std::vector<std::string> elements;
  EXPECT_TRUE(Read(builder.Finish(), &elements));
  EXPECT_EQ(elements, (std::vector<std::string>{"", "short", longer, longest, "0", "12", "13", "-1", "-32768",
                                                "-8388608", "8388607", "-2147483648", "-9223372036854775808"}));
  EXPECT_TRUE(Read(ZiplistBuilder().Finish()));
}

TEST(ZiplistTest, EveryPartIsChecked) {
  const std::string good = ZiplistBuilder().Text("ab").Integer(5).Text("cd").Finish();
  ASSERT_TRUE(Read(good));
  auto with = [&](size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return bytes;
  };
  EXPECT_FALSE(Read(with(0, static_cast<char>(good.size() + 1))));  // total bytes
  EXPECT_FALSE(Read(with(4, 10)));                                  // offset of the last element
  EXPECT_FALSE(Read(with(8, 2)));                                   // count
  EXPECT_FALSE(Read(with(10, 1)));                                  // bytes before the first element
  EXPECT_FALSE(Read(with(14, 5)));                                  // bytes before the second one
  EXPECT_FALSE(Read(with(11, 60)));                                 // a length beyond the end
  EXPECT_FALSE(Read(with(good.size() - 1, 0)));                     // the end mark
  EXPECT_FALSE(Read(with(15, '\xff')));                             // an encoding that is none
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(Read(good.substr(0, size))) << size;
  // 65535 elements and more are not counted.
  std::string uncounted = with(8, '\xff');
  uncounted[9] = '\xff';
  EXPECT_TRUE(Read(uncounted));
}

TEST(ZiplistTest, ChangedBytesDoNoHarm) {
  const uint64_t seed = Random().Next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  ZiplistBuilder builder;
  for (int i = 0; i < 20; ++i)
    builder.Text(std::string(random.Below(300), 'x')).Integer(static_cast<int64_t>(random.Next()), 8);
  const std::string good = builder.Finish();
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (uint64_t changes = 1 + random.Below(3); changes > 0; --changes) {
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    }
    Read(bytes);
  }
}

TEST(ZiplistTest, TheVisitorMayRefuse) {
  const std::string good = ZiplistBuilder().Text("a").Text("b").Finish();
  int seen = 0;
  EXPECT_FALSE(ReadZiplist(good, [&](const ZiplistElement&) { return ++seen < 1; }));
  EXPECT_EQ(seen, 1);
}

bool ReadMap(const std::string& bytes, std::vector<std::string>* out = nullptr) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return ReadZipmap(std::string_view(exact.data(), exact.size()), [&](std::string_view field, std::string_view value) {
    if (out != nullptr) out->push_back(std::string(field) + "=" + std::string(value));
    return true;
  });
}

TEST(ZipmapTest, Pairs) {
  const std::string big(300, 'v');
  std::vector<std::string> pairs;
  EXPECT_TRUE(ReadMap(ZipmapBuilder().Pair("a", "1").Pair("", "").Pair("b", big, 3).Finish(), &pairs));
  EXPECT_EQ(pairs, (std::vector<std::string>{"a=1", "=", "b=" + big}));
}

TEST(ZipmapTest, EveryPartIsChecked) {
  EXPECT_FALSE(ReadMap(ZipmapBuilder().Finish())) << "an empty one";
  const std::string good = ZipmapBuilder().Pair("ab", "cd", 1).Pair("e", "f").Finish();
  ASSERT_TRUE(ReadMap(good));
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ReadMap(good.substr(0, size))) << size;
  std::string bytes = good;
  bytes[0] = 3;
  EXPECT_FALSE(ReadMap(bytes)) << "count";
  bytes[0] = '\xfe';
  EXPECT_TRUE(ReadMap(bytes)) << "not counted";
  for (size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      bytes = good;
      bytes[at] = static_cast<char>(byte);
      ReadMap(bytes);
    }
  }
}

}  // namespace
}  // namespace keyway::persist
