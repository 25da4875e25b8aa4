// COMMAND and its subcommands, and HELP of the containers.
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using CommandCommandTest = CommandTest;

int64_t LengthOf(std::string_view reply) { return std::stoll(std::string(reply.substr(1))); }

bool Holds(std::string_view reply, std::string_view part) { return reply.find(part) != std::string_view::npos; }

TEST_F(CommandCommandTest, CountAndListAndInfoAgree) {
  const int64_t count = LengthOf(Run({"COMMAND", "COUNT"}));
  EXPECT_EQ(count, static_cast<int64_t>(commands_.commands().size()));
  EXPECT_EQ(LengthOf(Run({"COMMAND"})), count);
  EXPECT_EQ(LengthOf(Run({"COMMAND", "INFO"})), count);
  EXPECT_EQ(LengthOf(Run({"COMMAND", "DOCS"})), 2 * count);
  EXPECT_EQ(LengthOf(Run({"COMMAND", "LIST"})), static_cast<int64_t>(commands_.size()));
  EXPECT_EQ(Run({"COMMAND"}), Run({"COMMAND", "INFO"}));
  UseResp3();
  EXPECT_EQ(LengthOf(Run({"COMMAND", "DOCS"})), count) << "a map";
}

TEST_F(CommandCommandTest, InfoOfSomeCommands) {
  const std::string reply = Run({"COMMAND", "INFO", "GET", "nosuch", "Config|Get", "config|nosuch"});
  EXPECT_EQ(reply.find("*4\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n"), 0u) << reply;
  EXPECT_TRUE(Holds(reply, "$-1\r\n*10\r\n$10\r\nconfig|get\r\n:-3\r\n")) << reply;
  EXPECT_TRUE(reply.ends_with("$-1\r\n")) << reply;
  UseResp3();
  EXPECT_EQ(Run({"COMMAND", "INFO", "nosuch"}), Array({Null()}));
}

TEST_F(CommandCommandTest, DocsLeavesOutUnknownCommands) {
  EXPECT_EQ(Run({"COMMAND", "DOCS", "nosuch"}), Map({}));
  const std::string reply = Run({"COMMAND", "DOCS", "nosuch", "get"});
  EXPECT_EQ(reply.find("*2\r\n$3\r\nget\r\n*10\r\n$7\r\nsummary\r\n"), 0u) << reply;
  UseResp3();
  EXPECT_EQ(Run({"COMMAND", "DOCS", "nosuch"}), Map({}));
  EXPECT_EQ(Run({"COMMAND", "DOCS", "config|get"}).find("%1\r\n$10\r\nconfig|get\r\n%"), 0u);
}

TEST_F(CommandCommandTest, ListWithFilters) {
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY", "PATTERN", "GETR*"}), Bulks({"getrange"}));
  EXPECT_EQ(Run({"command", "list", "filterby", "pattern", "command|c*"}), Bulks({"command|count"}));
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY", "PATTERN", ""}), Bulks({}));
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY", "MODULE", "json"}), Bulks({}));
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch"}), Bulks({}));
  const std::string strings = Run({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "STRING"});
  EXPECT_TRUE(Holds(strings, "\r\nget\r\n"));
  EXPECT_FALSE(Holds(strings, "\r\ndel\r\n"));
}

TEST_F(CommandCommandTest, ListRefusesWhatItDoesNotKnow) {
  const std::string error = Error("ERR syntax error");
  EXPECT_EQ(Run({"COMMAND", "LIST", "x"}), error);
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY"}), error);
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY", "PATTERN"}), error);
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY", "NOSUCH", "x"}), error);
  EXPECT_EQ(Run({"COMMAND", "LIST", "FILTERBY", "PATTERN", "x", "y"}), error);
  EXPECT_EQ(Run({"COMMAND", "LIST", "NOSUCH", "PATTERN", "x"}), error);
}

TEST_F(CommandCommandTest, GetKeys) {
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "GET", "a"}), Bulks({"a"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"}), Bulks({"a", "b"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "OBJECT", "ENCODING", "a"}), Bulks({"a"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "DEL", "a", "a"}), Bulks({"a", "a"}));
}

TEST_F(CommandCommandTest, GetKeysAndFlags) {
  const auto key = [&](std::string_view name, std::vector<std::string> flags) {
    return Array({Bulk(name), Set(std::move(flags))});
  };
  for (const bool use_resp3 : {false, true}) {
    if (use_resp3) UseResp3();
    EXPECT_EQ(Run({"COMMAND", "GETKEYSANDFLAGS", "COPY", "a", "b"}),
              Array({key("a", {Simple("RO"), Simple("access")}), key("b", {Simple("OW"), Simple("update")})}));
    EXPECT_EQ(Run({"COMMAND", "GETKEYSANDFLAGS", "SET", "a", "1"}),
              Array({key("a", {Simple("OW"), Simple("update")})}));
    EXPECT_EQ(Run({"COMMAND", "GETKEYSANDFLAGS", "SET", "a", "1", "GET"}),
              Array({key("a", {Simple("RW"), Simple("access"), Simple("update")})}));
  }
}

TEST_F(CommandCommandTest, GetKeysErrors) {
  EXPECT_EQ(Run({"COMMAND", "GETKEYS"}), Error("ERR wrong number of arguments for 'command|getkeys' command"));
  for (const char* name : {"GETKEYS", "GETKEYSANDFLAGS"}) {
    EXPECT_EQ(Run({"COMMAND", name, "nosuch", "x"}), Error("ERR Invalid command specified"));
    EXPECT_EQ(Run({"COMMAND", name, "config", "nosuch"}), Error("ERR Invalid command specified"));
    EXPECT_EQ(Run({"COMMAND", name, "ping", "x"}), Error("ERR The command has no key arguments"));
    EXPECT_EQ(Run({"COMMAND", name, "get", "a", "b"}), Error("ERR Invalid number of arguments specified for command"));
    EXPECT_EQ(Run({"COMMAND", name, "mset", "a"}), Error("ERR Invalid number of arguments specified for command"));
  }
}

TEST_F(CommandCommandTest, UnknownSubcommand) {
  EXPECT_EQ(Run({"COMMAND", "nosuch"}), Error("ERR unknown subcommand 'nosuch'. Try COMMAND HELP."));
  EXPECT_EQ(Run({"COMMAND", "COUNT", "x"}), Error("ERR wrong number of arguments for 'command|count' command"));
}

TEST_F(CommandCommandTest, EveryContainerHasHelp) {
  int containers = 0;
  for (const command::CommandSpec* container : commands_.commands()) {
    if (container->subcommands.empty()) continue;
    ++containers;
    const std::string name(container->full_name);
    const std::string reply = Run({name, "HELP"});
    std::string upper;
    for (const char c : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_TRUE(Holds(reply, "\r\n+" + upper + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"))
        << reply;
    EXPECT_TRUE(reply.ends_with("+HELP\r\n+    Explain the subcommands of " + upper + ".\r\n")) << reply;
    EXPECT_EQ(Run({name, "HELP", "x"}), Error("ERR wrong number of arguments for '" + name + "|help' command"));
  }
  EXPECT_GE(containers, 5);
}

}  // namespace
}  // namespace keyway::testing
