// The command line of keyway-cli, and server URIs.
#include "server/cli/options.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <vector>

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

std::string ErrorOf(std::vector<std::string> args) {
  auto parsed = Parse(std::move(args));
  return parsed.has_value() ? "" : parsed.error().text();
}

TEST(OptionsTest, ErrorsNameTheArgument) {
  EXPECT_EQ(ErrorOf({"-n", "1", "--zork", "ping"}), "Unrecognized option or bad number of args for: '--zork'");
  EXPECT_EQ(ErrorOf({"--user"}), "Unrecognized option or bad number of args for: '--user'");
  EXPECT_EQ(ErrorOf({"-q"}), "Unrecognized option or bad number of args for: '-q'");
  EXPECT_EQ(ErrorOf({"-p", "x"}), "Invalid server port.");
  EXPECT_EQ(ErrorOf({"-u", "http://h"}), "Invalid URI scheme");
  EXPECT_EQ(ErrorOf({"--quoted-pattern", "\"a"}), "Invalid quoted string specified for --quoted-pattern.");
  EXPECT_EQ(ErrorOf({"--show-pushes", "maybe"}), "Unknown --show-pushes value 'maybe' (valid: '[y]es', '[n]o')");
  for (std::vector<std::string> args : {std::vector<std::string>{"-i", "-1"},
                                        {"-i", "x"},
                                        {"-r", "many"},
                                        {"-n", "one"},
                                        {"-t", "1s"},
                                        {"--count", "0"},
                                        {"--pipe-timeout", "-1"},
                                        {"-i", "inf"},
                                        {"--intrinsic-latency", "0"},
                                        {"--memkeys-samples", "x"}}) {
    EXPECT_NE(ErrorOf(args), "") << args[0] << " " << args[1];
  }
}

TEST(OptionsTest, SomeExcludeEachOther) {
  EXPECT_EQ(ErrorOf({"-2", "-3"}), "Options -2 and -3 are mutually exclusive.");
  EXPECT_EQ(ErrorOf({"-c", "-s", "/s"}), "Options -c and -s are mutually exclusive.");
  EXPECT_EQ(ErrorOf({"-x", "-X", "TAG", "set"}), "Options -x and -X are mutually exclusive.");
  EXPECT_EQ(ErrorOf({"--insecure", "--verify-name", "n"}),
            "Options --insecure and --verify-name are mutually exclusive.");
  EXPECT_EQ(ErrorOf({"--cert", "c"}), "Options --cert and --key go together.");
}

TEST(OptionsTest, Values) {
  auto parsed = Parse({"-r",
                       "-1",
                       "-i",
                       "0.25",
                       "-t",
                       "1.5",
                       "--csv",
                       "-d",
                       "|",
                       "-D",
                       "",
                       "-e",
                       "--count",
                       "5",
                       "--pattern",
                       "a*",
                       "--quoted-pattern",
                       "\"\\x62*\"",
                       "--type",
                       "string",
                       "--scan"});
  ASSERT_TRUE(parsed.has_value());
  const CliOptions& options = parsed->options;
  EXPECT_EQ(options.repeat, -1);
  EXPECT_EQ(options.interval_us, 250'000);
  EXPECT_EQ(options.connect_timeout_ms, 1500);
  EXPECT_EQ(options.output, Output::kCsv);
  EXPECT_EQ(options.element_delimiter, "|");
  EXPECT_EQ(options.reply_delimiter, "");
  EXPECT_TRUE(options.exit_code_on_error);
  EXPECT_EQ(options.pattern, "b*");
  EXPECT_EQ(options.count, 5);
  EXPECT_EQ(options.type, "string");
  EXPECT_EQ(options.mode, Mode::kScan);
}

TEST(OptionsTest, JsonPrefersRespThree) {
  EXPECT_TRUE(Parse({"--json"})->options.prefer_resp3);
  EXPECT_FALSE(Parse({"--json"})->options.resp3);
  EXPECT_TRUE(Parse({"-3", "--json"})->options.resp3);
  EXPECT_FALSE(Parse({"-3", "--json"})->options.prefer_resp3);
  EXPECT_FALSE(Parse({"--json", "-3"})->options.prefer_resp3);
}

TEST(OptionsTest, PasswordsAndTheEnvironment) {
  setenv("REDISCLI_AUTH", "theirs", 1);
  CliOptions options = Parse({"ping"})->options;
  ApplyEnvironment(options);
  EXPECT_EQ(options.password, "theirs");
  EXPECT_FALSE(options.password_on_command_line);
  setenv("KEYWAYCLI_AUTH", "ours", 1);
  options = Parse({"ping"})->options;
  ApplyEnvironment(options);
  EXPECT_EQ(options.password, "ours");
  options = Parse({"--pass", "argument", "--user", "u"})->options;
  ApplyEnvironment(options);
  EXPECT_EQ(options.password, "argument");
  EXPECT_EQ(options.user, "u");
  EXPECT_TRUE(options.password_on_command_line);
  unsetenv("KEYWAYCLI_AUTH");
  unsetenv("REDISCLI_AUTH");
}

TEST(OptionsTest, UrisFillInWhatTheySay) {
  CliOptions options = Parse({"-p", "7000", "-n", "2", "-u", "rediss://u:p@h"})->options;
  EXPECT_TRUE(options.tls.wanted);
  EXPECT_EQ(options.host, "h");
  EXPECT_EQ(options.port, 7000);
  EXPECT_EQ(options.database, 2);
  EXPECT_EQ(options.user, "u");
  EXPECT_EQ(options.password, "p");
}

TEST(OptionsTest, HelpAndVersion) {
  EXPECT_EQ(Parse({"-h"})->outcome, ParseOutcome::kHelp);  // without a host
  EXPECT_EQ(Parse({"--help"})->outcome, ParseOutcome::kHelp);
  EXPECT_EQ(Parse({"--version"})->outcome, ParseOutcome::kVersion);
}

}  // namespace
}  // namespace keyway::cli
