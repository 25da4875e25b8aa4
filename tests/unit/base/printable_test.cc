#include "server/base/printable.h"

#include <string>

#include <gtest/gtest.h>

namespace keyway {
namespace {

using namespace std::string_view_literals;

TEST(Printable, WhatIsHarmlessStays) {
  EXPECT_EQ(PercentEncode(""), "");
  EXPECT_EQ(PercentEncode("alice-7.example_~!"), "alice-7.example_~!");
  EXPECT_EQ(PercentEncode("a b"), "a b");
}

TEST(Printable, EverythingElseIsWrittenOut) {
  EXPECT_EQ(PercentEncode("a b", " "), "a%20b");
  EXPECT_EQ(PercentEncode("a\r\nid=2\t\x7f"), "a%0D%0Aid=2%09%7F");
  EXPECT_EQ(PercentEncode("a\0b"sv), "a%00b");
  EXPECT_EQ(PercentEncode("\xff\xc3\xa9"), "%FF%C3%A9");
}

TEST(Printable, DifferentTextsStayDifferent) { EXPECT_EQ(PercentEncode("a%20b"), "a%2520b"); }

}  // namespace
}  // namespace keyway
