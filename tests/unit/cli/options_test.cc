// The command line of keyway-cli, and server URIs.
#include "server/cli/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/cli/uri.h"

namespace keyway::cli {
namespace {

Result<ParsedOptions> Parse(std::vector<std::string> args) {
  args.insert(args.begin(), "keyway-cli");
  std::vector<char*> pointers;
  for (std::string& arg : args) pointers.push_back(arg.data());
  pointers.push_back(nullptr);
  return ParseOptions(static_cast<int>(args.size()), pointers.data());
}

TEST(OptionsTest, OptionsEndAtTheCommand) {
  auto parsed = Parse({"-h", "example.org", "-p", "7000", "-n", "3", "set", "-p", "--tls"});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->options.host, "example.org");
  EXPECT_EQ(parsed->options.port, 7000);
  EXPECT_EQ(parsed->options.arguments, std::vector<std::string>({"set", "-p", "--tls"}));
}

TEST(OptionsTest, WrongOnesAreRefused) {
  EXPECT_FALSE(Parse({"--no-such-option"}).has_value());
  EXPECT_FALSE(Parse({"-p", "seventy"}).has_value());
  EXPECT_FALSE(Parse({"-p", "70000"}).has_value());
  EXPECT_FALSE(Parse({"-p"}).has_value());
}

TEST(OptionsTest, HelpAndVersion) {
  EXPECT_EQ(Parse({"--help"})->outcome, ParseOutcome::kHelp);
  EXPECT_EQ(Parse({"--version"})->outcome, ParseOutcome::kVersion);
}

TEST(UriTest, Parts) {
  auto uri = ParseServerUri("rediss://us%65r:p%40ss@[::1]:7001/5");
  ASSERT_TRUE(uri.has_value());
  EXPECT_TRUE(uri->tls);
  EXPECT_EQ(uri->user, "user");
  EXPECT_EQ(uri->password, "p@ss");
  EXPECT_EQ(uri->host, "::1");
  EXPECT_EQ(uri->port, 7001);
  EXPECT_EQ(uri->database, 5);
  auto path = ParseServerUri("unix:///run/k.sock?db=2");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->socket, "/run/k.sock");
  EXPECT_EQ(path->database, 2);
}

TEST(UriTest, NonsenseIsRefused) {
  for (std::string uri : {"http://x", "redis://host:port", "redis://h:99999", "redis://h/x"}) {
    EXPECT_FALSE(ParseServerUri(uri).has_value()) << uri;
  }
}

}  // namespace
}  // namespace keyway::cli
