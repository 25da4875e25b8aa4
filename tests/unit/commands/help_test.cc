// What HELP of a container says.
#include "server/commands/help.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/command/command_table.h"

namespace keyway::commands {
namespace {

using command::AllCommandRows;
using command::Argument;
using command::CommandSpec;
using command::CommandTable;

void Noop(command::Context&) {}

const CommandTable& Table() {
  static const CommandTable table = [] {
    static std::vector<std::string> names;
    std::vector<command::HandlerBinding> bindings;
    for (const auto& group : AllCommandRows()) {
      for (const command::CommandRow& row : group) {
        if (!row.container.empty()) names.push_back(std::string(row.container) + "|" + std::string(row.name));
      }
    }
    names.push_back("command");
    names.push_back("set");
    for (const std::string& name : names) bindings.push_back({name, Noop});
    CommandTable::Builder builder(AllCommandRows());
    builder.Bind(bindings);
    return std::move(std::move(builder).Build().value());
  }();
  return table;
}

std::string Syntax(std::string_view full_name) {
  return ArgumentSyntax(Table().FindFullName(full_name)->row->arguments);
}

bool Contains(const std::vector<std::string>& lines, std::string_view line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST(Help, FormOfTheReply) {
  const auto lines = HelpLines(*Table().FindCommand("object"));
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_EQ(lines[0], "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  EXPECT_EQ(lines[1], "ENCODING <key>");
  EXPECT_EQ(lines[2].find("    "), 0u);
  EXPECT_EQ(lines[9], "HELP");
  EXPECT_EQ(lines[10], "    Explain the subcommands of OBJECT.");
}

TEST(Help, EveryContainerExplainsEachOfItsSubcommands) {
  for (const CommandSpec* container : Table().commands()) {
    if (container->subcommands.empty()) continue;
    const auto lines = HelpLines(*container);
    const std::size_t entries = container->subcommands.size() + (container->handler != nullptr ? 1 : 0);
    EXPECT_EQ(lines.size(), 1 + 2 * entries) << container->full_name;
    for (const std::string& line : lines) {
      EXPECT_FALSE(line.empty());
      EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
    }
  }
}

TEST(Help, NamesOnlyWhatIsOffered) {
  static constexpr command::HandlerBinding kBindings[] = {{"client|id", Noop}};
  CommandTable::Builder builder(AllCommandRows());
  builder.Bind(kBindings).BindHelp(ContainerHelp);
  const auto table = std::move(builder).Build();
  ASSERT_TRUE(table);
  const auto lines = HelpLines(*table->FindCommand("client"));
  EXPECT_EQ(lines.size(), 5u);
  EXPECT_TRUE(Contains(lines, "ID"));
  EXPECT_FALSE(Contains(lines, "GETNAME"));
}

TEST(Help, CommandExplainsItselfToo) {
  EXPECT_TRUE(Contains(HelpLines(*Table().FindCommand("command")), "(no subcommand)"));
  EXPECT_FALSE(Contains(HelpLines(*Table().FindCommand("config")), "(no subcommand)"));
}

TEST(Help, SyntaxOfArguments) {
  EXPECT_EQ(Syntax("object|encoding"), "<key>");
  EXPECT_EQ(Syntax("memory|usage"), "<key> [SAMPLES <count>]");
  EXPECT_EQ(Syntax("client|caching"), "(YES|NO)");
  EXPECT_EQ(Syntax("client|pause"), "<timeout> [WRITE|ALL]");
  EXPECT_EQ(Syntax("config|get"), "<parameter> [<parameter> ...]");
  EXPECT_EQ(Syntax("config|set"), "<parameter> <value> [<parameter> <value> ...]");
  EXPECT_EQ(Syntax("command|list"), "[FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]");
  EXPECT_EQ(Syntax("transport|load"), "<name> [<setting> <value> [<setting> <value> ...]]");
  EXPECT_EQ(Syntax("set"),
            "<key> <value> [NX|XX] [GET] [EX <seconds>|PX <milliseconds>|EXAT <unix-time-seconds>|"
            "PXAT <unix-time-milliseconds>|KEEPTTL]");
  EXPECT_EQ(Syntax("client|tracking"),
            "(ON|OFF) [REDIRECT <client-id>] [PREFIX <prefix> [PREFIX <prefix> ...]] "
            "[BCAST] [OPTIN] [OPTOUT] [NOLOOP]");
  EXPECT_TRUE(Syntax("client|kill").ends_with("[SKIPME (YES|NO)]) [...])")) << "long ones are not repeated";
  EXPECT_EQ(ArgumentSyntax({}), "");
}

}  // namespace
}  // namespace keyway::commands
