// Looking commands up, binding handlers, renaming.
#include "server/command/command_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

namespace keyway::command {
namespace {

void Noop(Context&) {}
void Other(Context&) {}

std::vector<std::string> AllNames() {
  std::vector<std::string> names;
  for (const auto& group : AllCommandRows()) {
    for (const CommandRow& row : group) {
      names.push_back(row.container.empty() ? std::string(row.name)
                                            : std::string(row.container) + "|" + std::string(row.name));
    }
  }
  return names;
}

// Everything bound; containers only where Redis has a command of its own behind them.
CommandTable WholeTable(bool sentinel = false) {
  static const std::vector<std::string> names = AllNames();
  std::vector<HandlerBinding> bindings;
  for (const std::string& name : names) {
    const bool container =
        std::any_of(names.begin(), names.end(), [&](const auto& n) { return n.starts_with(name + "|"); });
    if (!container || name == "command") bindings.push_back({name, Noop});
  }
  CommandTable::Builder builder(AllCommandRows());
  builder.SentinelMode(sentinel).Bind(bindings).BindHelp(Noop);
  auto table = std::move(builder).Build();
  EXPECT_TRUE(table) << (table ? "" : table.error().text());
  return std::move(*table);
}

Result<CommandTable> TableOf(std::vector<HandlerBinding> bindings,
                             std::vector<std::pair<std::string, std::string>> renames = {}) {
  CommandTable::Builder builder(AllCommandRows());
  builder.Bind(bindings).BindHelp(Other);
  for (const auto& [from, to] : renames) builder.Rename(from, to);
  return std::move(builder).Build();
}

std::string RandomCase(std::string text, std::mt19937& random) {
  for (char& c : text) {
    if (random() & 1) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

TEST(CommandTable, FindsEveryNameInAnyCase) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const CommandTable table = WholeTable();
  ASSERT_GT(table.size(), 350u);
  for (std::size_t id = 0; id < table.size(); ++id) {
    const CommandSpec& spec = table.spec(id);
    EXPECT_EQ(spec.id, id);
    EXPECT_EQ(table.FindFullName(RandomCase(std::string(spec.full_name), random)), &spec) << spec.full_name;
    if (spec.container == nullptr) {
      EXPECT_EQ(table.FindCommand(RandomCase(std::string(spec.row->name), random)), &spec) << spec.full_name;
    } else {
      EXPECT_EQ(table.Lookup(RandomCase(std::string(spec.row->container), random),
                             RandomCase(std::string(spec.row->name), random)),
                &spec)
          << spec.full_name;
    }
  }
}

TEST(CommandTable, KnowsNoOtherNames) {
  const CommandTable table = WholeTable();
  for (const char* name :
       {"", " ", "g", "ge", "gets", "getx", "get ", " get", "g\xe5t", "config|get ", "con", "nosuchcommand"}) {
    EXPECT_EQ(table.FindCommand(name), nullptr) << name;
  }
  EXPECT_EQ(table.FindCommand(std::string_view("get\0", 4)), nullptr);
  EXPECT_EQ(table.FindCommand("\xc7"
                              "et"),
            nullptr)
      << "only ASCII letters have a case";
  EXPECT_EQ(table.FindCommand("`et"), nullptr);
  EXPECT_EQ(table.FindCommand("[et"), nullptr);
  EXPECT_EQ(table.FindCommand(std::string(33, 'a')), nullptr);
  EXPECT_EQ(table.FindCommand(std::string(100000, 'g')), nullptr);
  EXPECT_EQ(table.FindFullName("get|set"), nullptr);
  EXPECT_EQ(table.FindFullName("config|"), nullptr);
  EXPECT_EQ(table.FindFullName("|get"), nullptr);
  EXPECT_EQ(table.FindFullName("config|get|x"), nullptr);
}

TEST(CommandTable, EveryOneByteChangeOfANameMisses) {
  const CommandTable table = WholeTable();
  std::set<std::string_view> names;
  for (const CommandSpec* spec : table.commands()) names.insert(spec->full_name);
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string changed(name);
      changed[i] = static_cast<char>(changed[i] ^ 0x40);
      EXPECT_EQ(table.FindCommand(changed), nullptr) << changed;
    }
  }
}

TEST(CommandTable, LookupDescendsIntoContainers) {
  const CommandTable table = WholeTable();
  EXPECT_EQ(table.Lookup("CONFIG", "GET")->full_name, "config|get");
  EXPECT_EQ(table.Lookup("config")->full_name, "config");
  EXPECT_EQ(table.Lookup("config", "nosuch"), nullptr);
  EXPECT_EQ(table.Lookup("config", ""), nullptr) << "an empty word is a subcommand that does not exist";
  EXPECT_EQ(table.Lookup("get", "config")->full_name, "get");
  EXPECT_EQ(table.Lookup("get", "")->full_name, "get");
  EXPECT_EQ(table.FindCommand("list"), nullptr) << "a subcommand is no command";
  EXPECT_EQ(table.Lookup("config", "list"), nullptr) << "nor one of another container";
  const std::string_view words[] = {"Client", "List", "TYPE", "normal"};
  EXPECT_EQ(table.Lookup(Words(words))->full_name, "client|list");
  EXPECT_EQ(table.Lookup(Words(words).first(1))->full_name, "client");
  EXPECT_EQ(table.Lookup(Words()), nullptr);
}

TEST(CommandTable, ContainersHaveTheirSubcommands) {
  const CommandTable table = WholeTable();
  const CommandSpec* transport = table.FindCommand("transport");
  ASSERT_NE(transport, nullptr);
  EXPECT_EQ(transport->handler, nullptr);
  std::set<std::string_view> names;
  for (const CommandSpec* spec : transport->subcommands) {
    EXPECT_EQ(spec->container, transport);
    names.insert(spec->full_name);
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"transport|help", "transport|info", "transport|list", "transport|load",
                                               "transport|reload", "transport|unload"}));
  EXPECT_TRUE(table.FindCommand("get")->subcommands.empty());
}

TEST(CommandTable, OffersOnlyWhatIsBound) {
  const auto table = TableOf({{"get", Noop}, {"config|get", Noop}});
  ASSERT_TRUE(table);
  EXPECT_NE(table->FindCommand("get"), nullptr);
  EXPECT_EQ(table->FindCommand("set"), nullptr);
  EXPECT_EQ(table->commands().size(), 2u);
  EXPECT_EQ(table->size(), 4u);  // get, config, config|get, config|help
  EXPECT_EQ(table->Lookup("config", "set"), nullptr);
  EXPECT_EQ(table->Lookup("config", "help")->handler, Other);
  EXPECT_EQ(table->Lookup("config", "get")->handler, Noop);
  EXPECT_EQ(table->FindCommand("acl"), nullptr) << "HELP alone makes no container";
  EXPECT_EQ(table->FindCommand("info"), nullptr) << "not bound, though it is called like subcommands";
}

TEST(CommandTable, ALaterBindingReplacesAnEarlierOne) {
  const auto table = TableOf({{"get", Noop}, {"get", Other}});
  ASSERT_TRUE(table);
  EXPECT_EQ(table->FindCommand("get")->handler, Other);
}

TEST(CommandTable, RefusesAHandlerForNoCommand) {
  const auto table = TableOf({{"get", Noop}, {"gte", Noop}});
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().text().find("'gte'"), std::string::npos);
}

TEST(CommandTable, EmptyTable) {
  const auto table = TableOf({});
  ASSERT_TRUE(table);
  EXPECT_EQ(table->size(), 0u);
  EXPECT_EQ(table->FindCommand("get"), nullptr);
  EXPECT_EQ(table->FindCommand(""), nullptr);
}

TEST(CommandTable, SentinelModeHasItsOwnCommands) {
  const CommandTable sentinel = WholeTable(true);
  const CommandTable server = WholeTable(false);
  EXPECT_NE(sentinel.Lookup("sentinel", "masters"), nullptr);
  EXPECT_NE(sentinel.FindCommand("ping"), nullptr);
  EXPECT_EQ(sentinel.FindCommand("get"), nullptr);
  EXPECT_EQ(server.FindCommand("sentinel"), nullptr);
  EXPECT_NE(server.FindCommand("get"), nullptr);
}

TEST(CommandTable, RenamedCommands) {
  const auto table = TableOf({{"get", Noop}, {"set", Noop}, {"config|get", Noop}, {"del", Noop}},
                             {{"GET", "Fetch"}, {"DEL", ""}, {"config", "b840fc02d524045429941cc15f59e41cb7be6c52"}});
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->FindCommand("get"), nullptr);
  ASSERT_NE(table->FindCommand("FETCH"), nullptr);
  EXPECT_EQ(table->FindCommand("fetch")->full_name, "get");
  EXPECT_EQ(table->FindCommand("del"), nullptr);
  EXPECT_EQ(table->FindCommand("config"), nullptr);
  EXPECT_EQ(table->Lookup("B840fc02d524045429941cc15f59e41cb7be6c52", "GET")->full_name, "config|get");
  EXPECT_EQ(table->FindCommand("b840fc02d524045429941cc15f59e41cb7be6c53"), nullptr);
  EXPECT_EQ(table->commands().size(), 3u);

  const std::string_view words[] = {"config", "get"};
  EXPECT_EQ(table->LookupOriginal(words)->full_name, "config|get");
  EXPECT_EQ(table->FindOriginalFullName("del")->full_name, "del");
  EXPECT_EQ(table->FindOriginalFullName("fetch"), nullptr);
}

TEST(CommandTable, RenamesApplyInOrder) {
  const auto swapped = TableOf({{"get", Noop}, {"set", Other}}, {{"get", "tmp"}, {"set", "get"}, {"tmp", "set"}});
  ASSERT_TRUE(swapped) << swapped.error().text();
  EXPECT_EQ(swapped->FindCommand("get")->full_name, "set");
  EXPECT_EQ(swapped->FindCommand("set")->full_name, "get");
}

TEST(CommandTable, BadRenames) {
  const auto unknown = TableOf({{"get", Noop}}, {{"nosuch", "x"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().text(), "No such command in rename-command");
  const auto taken = TableOf({{"get", Noop}, {"set", Noop}}, {{"get", "SET"}});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().text(), "Target command name already exists");
  EXPECT_TRUE(TableOf({{"get", Noop}}, {{"flushall", ""}})) << "has a row, but no handler here";
}

TEST(CommandTable, SurvivesBeingMoved) {
  CommandTable first = WholeTable();
  const CommandTable second = std::move(first);
  const CommandSpec* spec = second.Lookup("xgroup", "create");
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(spec, &second.spec(spec->id));
  EXPECT_EQ(spec->container, second.FindCommand("xgroup"));
  EXPECT_EQ(spec->full_name, "xgroup|create");
}

TEST(CommandTable, CategoriesFollowFromFlags) {
  const CommandTable table = WholeTable();
  for (std::size_t id = 0; id < table.size(); ++id) {
    const CommandSpec& spec = table.spec(id);
    EXPECT_EQ((spec.categories & kAclFast) != 0, spec.Has(kFlagFast)) << spec.full_name;
    EXPECT_NE((spec.categories & kAclFast) != 0, (spec.categories & kAclSlow) != 0) << spec.full_name;
    if (spec.Has(kFlagWrite)) {
      EXPECT_TRUE(spec.categories & kAclWrite) << spec.full_name;
    }
    if (spec.Has(kFlagAdmin)) {
      EXPECT_EQ(spec.categories & (kAclAdmin | kAclDangerous), kAclAdmin | kAclDangerous);
    }
  }
  EXPECT_EQ(table.FindCommand("get")->categories, kAclRead | kAclString | kAclFast);
  EXPECT_EQ(table.FindCommand("blpop")->categories, kAclWrite | kAclList | kAclSlow | kAclBlocking);
  EXPECT_EQ(table.FindCommand("eval_ro")->categories, kAclSlow | kAclScripting) << "not @read: its script is checked";
  EXPECT_EQ(table.FindFullName("transport|load")->categories, kAclAdmin | kAclSlow | kAclDangerous);
}

struct RangeCase {
  const char* name;
  int first, last, step;
  bool movable;
};

TEST(CommandTable, FirstLastStep) {
  const CommandTable table = WholeTable();
  for (const RangeCase& c : std::initializer_list<RangeCase>{
           {"ping", 0, 0, 0, false},
           {"get", 1, 1, 1, false},
           {"del", 1, -1, 1, false},
           {"mset", 1, -1, 2, false},
           {"blpop", 1, -2, 1, false},
           {"bitop", 2, -1, 1, false},
           {"copy", 1, 2, 1, false},
           {"lmove", 1, 2, 1, false},
           {"sdiffstore", 1, -1, 1, false},
           {"sort", 1, 1, 1, true},
           {"migrate", 3, 3, 1, true},
           {"zunionstore", 1, 1, 1, true},
           {"zunion", 0, 0, 0, true},
           {"eval", 0, 0, 0, true},
           {"xread", 0, 0, 0, true},
           {"georadius", 1, 1, 1, true},
           {"object|encoding", 2, 2, 1, false},
           {"spublish", 1, 1, 1, false},
       }) {
    const CommandSpec* spec = table.FindFullName(c.name);
    ASSERT_NE(spec, nullptr) << c.name;
    EXPECT_EQ(spec->first_key, c.first) << c.name;
    EXPECT_EQ(spec->last_key, c.last) << c.name;
    EXPECT_EQ(spec->key_step, c.step) << c.name;
    EXPECT_EQ(spec->Has(kFlagMovableKeys), c.movable) << c.name;
  }
}

TEST(CommandTable, Arity) {
  const CommandTable table = WholeTable();
  EXPECT_TRUE(table.FindCommand("get")->ArityAccepts(2));
  EXPECT_FALSE(table.FindCommand("get")->ArityAccepts(1));
  EXPECT_FALSE(table.FindCommand("get")->ArityAccepts(3));
  EXPECT_FALSE(table.FindCommand("set")->ArityAccepts(2));
  EXPECT_TRUE(table.FindCommand("set")->ArityAccepts(3));
  EXPECT_TRUE(table.FindCommand("set")->ArityAccepts(300));
  EXPECT_FALSE(table.FindCommand("config")->ArityAccepts(1));
}

TEST(NameIndex, HoldsManyNames) {
  std::vector<CommandSpec> specs(3000);
  std::vector<NameIndex::Entry> entries;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    entries.push_back({std::string(1 + i % 40, 'n') + std::to_string(i), static_cast<std::uint32_t>(i % 3), &specs[i]});
  }
  const NameIndex index(entries);
  for (const NameIndex::Entry& entry : entries) {
    EXPECT_EQ(index.Find(entry.name, entry.salt), entry.spec) << entry.name;
    EXPECT_EQ(index.Find(entry.name, entry.salt + 5), nullptr) << entry.name;
    EXPECT_EQ(index.Find(entry.name + "x", entry.salt), nullptr) << entry.name;
  }
}

}  // namespace
}  // namespace keyway::command
