// What keyway-cli knows about commands, and the commands that its arguments mean.
#include <gtest/gtest.h>

#include <string>

#include "server/cli/command_line.h"
#include "server/cli/command_traits.h"

namespace keyway::cli {
namespace {

TEST(CommandTraitsTest, CommandsWithSecretsAreKnown) {
  for (const Arguments& command : {Arguments{"AUTH", "x"},
                                   {"auth", "user", "x"},
                                   {"ACL", "SetUser", "u", ">x"},
                                   {"CONFIG", "SET", "requirepass", "x"},
                                   {"config", "set", "maxmemory", "1", "MasterAuth", "x"},
                                   {"config", "set", "tls-key-file-pass", "x"},
                                   {"HELLO", "3", "AUTH", "u", "x"},
                                   {"HELLO", "3", "SETNAME", "n", "auth", "u", "x"},
                                   {"MIGRATE", "h", "1", "", "0", "1", "COPY", "AUTH", "x", "KEYS", "k"},
                                   {"MIGRATE", "h", "1", "k", "0", "1", "AUTH2", "u", "x"}}) {
    EXPECT_TRUE(IsSensitive(command)) << command[0] << " with " << command.size() << " words";
  }
  for (const Arguments& command : {Arguments{"GET", "auth"},
                                   {"SET", "requirepass", "x"},
                                   {"CONFIG", "GET", "requirepass"},
                                   {"CONFIG", "SET", "maxmemory", "requirepass"},
                                   {"CONFIG", "SET"},
                                   {"ACL", "LIST"},
                                   {"HELLO", "3"},
                                   {"HELLO", "3", "SETNAME", "auth"},
                                   {"MIGRATE", "h", "1", "", "0", "1", "KEYS", "auth", "x"}}) {
    EXPECT_FALSE(IsSensitive(command)) << command[0] << " with " << command.size() << " words";
  }
}

TEST(CommandTraitsTest, ReportsForPeopleArePlain) {
  EXPECT_TRUE(IsPlainReport({"info", "server"}));
  EXPECT_TRUE(IsPlainReport({"CLIENT", "LIST", "TYPE", "normal"}));
  EXPECT_TRUE(IsPlainReport({"memory", "DOCTOR"}));
  EXPECT_TRUE(IsPlainReport({"latency", "graph", "event"}));
  EXPECT_FALSE(IsPlainReport({"latency", "graph"}));
  EXPECT_FALSE(IsPlainReport({"CLIENT", "GETNAME"}));
  EXPECT_FALSE(IsPlainReport({"cluster", "nodes", "x"}));
  EXPECT_FALSE(IsPlainReport({"client"}));
}

TEST(CommandTraitsTest, Subscriptions) {
  EXPECT_TRUE(IsSubscription({"SSubscribe", "c"}));
  EXPECT_FALSE(IsSubscription({"UNSUBSCRIBE"}));
  EXPECT_TRUE(IsUnsubscription({"punsubscribe"}));
}

Result<std::string> StandardInput() { return std::string("from\0stdin", 10); }
Result<std::string> BrokenInput() { return Fail("Reading from standard input: broken"); }
Result<std::string> NoInput() {
  ADD_FAILURE() << "standard input was read";
  return std::string();
}

TEST(CommandLineTest, ArgumentsAsTheyAreOrDequoted) {
  CliOptions options;
  options.arguments = {"ECHO", "\"a\\x00b\"", "c\\n"};
  EXPECT_EQ(BuildCommand(options, NoInput), options.arguments);
  options.quoted_input = true;
  EXPECT_EQ(BuildCommand(options, NoInput), (Arguments{"ECHO", std::string("a\0b", 3), "c\\n"}));
  for (const char* bad : {"\"open", "two words", "", "\"a\"b"}) {
    options.arguments = {bad};
    auto command = BuildCommand(options, NoInput);
    ASSERT_FALSE(command.has_value()) << bad;
    EXPECT_EQ(command.error().text(), "Invalid quoted string");
  }
}

TEST(CommandLineTest, ArgumentsFromStandardInput) {
  CliOptions options;
  options.arguments = {"SET", "k"};
  options.last_argument_from_stdin = true;
  EXPECT_EQ(BuildCommand(options, StandardInput), (Arguments{"SET", "k", std::string("from\0stdin", 10)}));
  EXPECT_EQ(BuildCommand(options, BrokenInput).error().text(), "Reading from standard input: broken");

  options.last_argument_from_stdin = false;
  options.arguments = {"RESTORE", "k", "0", "TAG", "TAG"};
  options.stdin_tag = "TAG";
  EXPECT_EQ(BuildCommand(options, StandardInput),
            (Arguments{"RESTORE", "k", "0", std::string("from\0stdin", 10), "TAG"}));
  options.stdin_tag = "tag";
  EXPECT_EQ(BuildCommand(options, NoInput).error().text(), "Using -X option but stdin tag not match.");
}

TEST(CommandLineTest, EvalSplitsKeysFromArguments) {
  EXPECT_EQ(BuildEval("return 1", {}), (Arguments{"EVAL", "return 1", "0"}));
  EXPECT_EQ(BuildEval("s", {"k1", "k2"}), (Arguments{"EVAL", "s", "2", "k1", "k2"}));
  EXPECT_EQ(BuildEval("s", {"k", ",", "a", ",", "b"}), (Arguments{"EVAL", "s", "1", "k", "a", ",", "b"}));
  EXPECT_EQ(BuildEval("s", {",", "a"}), (Arguments{"EVAL", "s", "0", "a"}));
}

TEST(CommandLineTest, RequestsAreArraysOfBulkStrings) {
  std::string request = "before";
  AppendCommand({"SET", "", std::string("\r\n\0", 3)}, request);
  EXPECT_EQ(request, std::string("before*3\r\n$3\r\nSET\r\n$0\r\n\r\n$3\r\n\r\n\0\r\n", 34));
}

}  // namespace
}  // namespace keyway::cli
