#include "server/data/value.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace keyway::data {
namespace {

TEST(ValueTest, ConstructorsChooseTheEncoding) {
  EXPECT_EQ(Value::String("12").encoding(), Encoding::kInt);
  EXPECT_EQ(Value::String("12").integer(), 12);
  EXPECT_EQ(Value::Text("12").encoding(), Encoding::kEmbstr);
  EXPECT_EQ(Value::RawText("12").encoding(), Encoding::kRaw);
  EXPECT_EQ(Value::String(std::string(100, 'x')).encoding(), Encoding::kRaw);
  EXPECT_EQ(Value::Integer(5).type(), ValueType::kString);
}

TEST(ValueTest, ABlobIsHandedOverOnce) {
  Value value = Value::FromBlob(BlobRef::Copy("payload"));
  EXPECT_EQ(value.text(), "payload");
  Value moved = std::move(value);
  EXPECT_EQ(moved.TakeBlob()->view(), "payload");
}

TEST(Names, AreThoseOfTheProtocol) {
  EXPECT_EQ(TypeName(ValueType::kZset), "zset");
  EXPECT_EQ(TypeName(ValueType::kStream), "stream");
  EXPECT_EQ(EncodingName(Encoding::kEmbstr), "embstr");
  EXPECT_EQ(EncodingName(Encoding::kSkiplist), "skiplist");
}

TEST(BlobTest, TheLastHolderFrees) {
  BlobRef first = BlobRef::Copy("shared bytes", 100);
  EXPECT_GE(first->capacity(), 100u);
  EXPECT_FALSE(first->shared());
  {
    const BlobRef second = first.Share();
    EXPECT_TRUE(first->shared());
    EXPECT_EQ(second->data(), first->data());
  }
  EXPECT_FALSE(first->shared());
  const BlobRef copy = first.Clone();
  EXPECT_NE(copy->data(), first->data());
  EXPECT_EQ(copy->view(), "shared bytes");
  Blob* detached = first.Detach();
  Blob::ReleaseShared(detached);
}

}  // namespace
}  // namespace keyway::data
