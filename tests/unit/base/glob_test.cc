#include "server/base/glob.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace keyway {
namespace {

bool Matches(std::string_view pattern, std::string_view text) { return GlobMatches(pattern, text); }
bool MatchesAnyCase(std::string_view pattern, std::string_view text) {
  return GlobMatches(pattern, text, GlobCase::kInsensitive);
}

TEST(Glob, StarsAndQuestionMarks) {
  EXPECT_TRUE(Matches("*", "anything"));
  EXPECT_TRUE(Matches("h*llo", "hllo"));
  EXPECT_TRUE(Matches("h*llo", "heeeello"));
  EXPECT_TRUE(Matches("***", "x"));
  EXPECT_TRUE(Matches("a*", "a"));
  EXPECT_TRUE(Matches("*a*b*", "xxaxxbxx"));
  EXPECT_TRUE(Matches("h?llo", "hallo"));
  EXPECT_FALSE(Matches("h?llo", "hllo"));
  EXPECT_FALSE(Matches("a*b", "a"));
  EXPECT_FALSE(Matches("foo", "foobar"));
  EXPECT_FALSE(Matches("foobar", "foo"));
}

TEST(Glob, EmptyTextMatchesTheEmptyPatternOnly) {
  EXPECT_TRUE(Matches("", ""));
  EXPECT_FALSE(Matches("*", ""));
  EXPECT_FALSE(Matches("", "x"));
}

TEST(Glob, Classes) {
  EXPECT_TRUE(Matches("h[ae]llo", "hello"));
  EXPECT_FALSE(Matches("h[ae]llo", "hillo"));
  EXPECT_TRUE(Matches("h[^e]llo", "hallo"));
  EXPECT_FALSE(Matches("h[^e]llo", "hello"));
  EXPECT_TRUE(Matches("h[a-c]llo", "hbllo"));
  EXPECT_TRUE(Matches("h[c-a]llo", "hbllo")) << "a range either way round";
  EXPECT_TRUE(Matches("[a\\]b]", "]"));
  EXPECT_FALSE(Matches("[]a]", "a")) << "']' closes at once";
  EXPECT_TRUE(Matches("[ab", "b")) << "never closed";
  EXPECT_FALSE(Matches("[", "["));
  EXPECT_TRUE(Matches("[^", "x"));
  EXPECT_TRUE(Matches("[a-", "-")) << "a dash at the end is itself";
  EXPECT_TRUE(Matches("*[0-9]", "key12"));
}

TEST(Glob, Escapes) {
  EXPECT_TRUE(Matches("a\\*b", "a*b"));
  EXPECT_FALSE(Matches("a\\*b", "axb"));
  EXPECT_TRUE(Matches("\\[x", "[x"));
  EXPECT_TRUE(Matches("a\\", "a\\")) << "a lone backslash is itself";
}

TEST(Glob, CaseInsensitive) {
  EXPECT_TRUE(MatchesAnyCase("MAX*", "maxmemory"));
  EXPECT_TRUE(MatchesAnyCase("[A-C]x", "bX"));
  EXPECT_FALSE(Matches("MAX*", "maxmemory"));
  EXPECT_FALSE(MatchesAnyCase("[\\A]", "a")) << "escaped in a class: as it is";
}

TEST(Glob, BinaryBytes) {
  EXPECT_TRUE(Matches(std::string_view("a\0*", 3), std::string_view("a\0b", 3)));
  EXPECT_TRUE(Matches("[\x80-\xff]", "\xc3"));
}

TEST(Glob, ManyStarsTakeNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "a*";
  pattern += "b";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(Matches(pattern, std::string(100000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Glob, PatternsAreToldFromNames) {
  EXPECT_TRUE(HasGlobCharacters("max*"));
  EXPECT_TRUE(HasGlobCharacters("ma[x]"));
  EXPECT_TRUE(HasGlobCharacters("ma?"));
  EXPECT_FALSE(HasGlobCharacters("maxmemory"));
}

}  // namespace
}  // namespace keyway
