// The rows hold together: names, arities, arguments, keys, categories and documentation of every command.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "server/command/key_finder.h"
#include "server/command/spec.h"

namespace keyway::command {
namespace {

std::string FullName(const CommandRow& row) {
  return row.container.empty() ? std::string(row.name) : std::string(row.container) + "|" + std::string(row.name);
}

template <class Visit>
void ForEachRow(Visit visit) {
  for (const auto& group : AllCommandRows()) {
    for (const CommandRow& row : group) {
      SCOPED_TRACE(FullName(row));
      visit(row);
    }
  }
}

template <class Visit>
void ForEachArgument(std::span<const Argument> arguments, Visit visit) {
  for (const Argument& argument : arguments) {
    visit(argument);
    ForEachArgument(argument.arguments, visit);
  }
}

// The fewest words that arguments take.
int FewestWords(std::span<const Argument> arguments);

int FewestWords(const Argument& argument) {
  if (argument.optional) return 0;
  int words = argument.token.empty() || argument.type == ArgumentType::kPureToken ? 0 : 1;
  if (argument.type == ArgumentType::kOneOf) {
    int fewest = 1000;
    for (const Argument& choice : argument.arguments) fewest = std::min(fewest, FewestWords(choice));
    return words + fewest;
  }
  return words + (argument.type == ArgumentType::kBlock ? FewestWords(argument.arguments) : 1);
}

int FewestWords(std::span<const Argument> arguments) {
  int words = 0;
  for (const Argument& argument : arguments) words += FewestWords(argument);
  return words;
}

bool HasFixedLength(std::span<const Argument> arguments) {
  bool fixed = true;
  ForEachArgument(arguments, [&](const Argument& argument) { fixed &= !argument.optional && !argument.multiple; });
  return fixed;
}

bool IsVersion(std::string_view version) {
  int dots = 0;
  for (const char c : version) {
    if (c == '.') {
      ++dots;
    } else if (!std::isdigit(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return dots == 2;
}

TEST(CommandRows, AreAllThere) {
  int commands = 0;
  int subcommands = 0;
  ForEachRow([&](const CommandRow& row) { ++(row.container.empty() ? commands : subcommands); });
  EXPECT_EQ(commands, 241 + 2);  // Redis 7.2's, those of a Sentinel included, and TRANSPORT
  EXPECT_EQ(subcommands, 150 + 6);
}

TEST(CommandRows, NamesAreLowerCaseAndUnique) {
  std::set<std::string> seen;
  ForEachRow([&](const CommandRow& row) {
    EXPECT_FALSE(row.name.empty());
    for (const char c : FullName(row)) EXPECT_FALSE(std::isupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(row.name.find('|'), std::string_view::npos);
    EXPECT_TRUE(seen.insert(FullName(row)).second);
  });
}

TEST(CommandRows, ContainersStandBeforeTheirSubcommands) {
  std::set<std::string_view> commands;
  ForEachRow([&](const CommandRow& row) {
    if (row.container.empty()) {
      commands.insert(row.name);
    } else {
      EXPECT_TRUE(commands.contains(row.container));
    }
  });
}

TEST(CommandRows, EveryContainerHasHelp) {
  std::set<std::string_view> containers;
  std::set<std::string_view> helped;
  ForEachRow([&](const CommandRow& row) {
    if (!row.container.empty()) containers.insert(row.container);
    if (!row.container.empty() && row.name == "help") helped.insert(row.container);
  });
  EXPECT_EQ(containers, helped);
}

TEST(CommandRows, DocumentationIsComplete) {
  ForEachRow([](const CommandRow& row) {
    EXPECT_GT(row.summary.size(), 5u);
    EXPECT_TRUE(row.summary.ends_with('.'));
    EXPECT_FALSE(row.complexity.empty());
    EXPECT_TRUE(IsVersion(row.since)) << row.since;
    EXPECT_FALSE(GroupName(row.group).empty());
    EXPECT_EQ((row.doc_flags & kDocDeprecated) != 0, !row.deprecated_since.empty());
    EXPECT_EQ(row.deprecated_since.empty(), row.replaced_by.empty());
    for (const Change& change : row.history) {
      EXPECT_TRUE(IsVersion(change.since)) << change.since;
      EXPECT_FALSE(change.what.empty());
    }
    for (const std::string_view tip : row.tips) EXPECT_FALSE(tip.empty());
  });
}

TEST(CommandRows, KnowNothingNewerThanRedis72) {
  const auto is_known = [](std::string_view version) { return version.empty() || version < "7.3"; };
  ForEachRow([&](const CommandRow& row) {
    EXPECT_TRUE(is_known(row.since));
    for (const Change& change : row.history) EXPECT_TRUE(is_known(change.since));
    ForEachArgument(row.arguments, [&](const Argument& argument) { EXPECT_TRUE(is_known(argument.since)); });
  });
}

TEST(CommandRows, ArgumentsAreWellFormed) {
  ForEachRow([](const CommandRow& row) {
    ForEachArgument(row.arguments, [&](const Argument& argument) {
      EXPECT_FALSE(argument.name.empty());
      const bool nested = argument.type == ArgumentType::kOneOf || argument.type == ArgumentType::kBlock;
      EXPECT_EQ(nested, !argument.arguments.empty()) << argument.name;
      EXPECT_LT(argument.key_spec, static_cast<int>(row.keys.size())) << argument.name;
      if (argument.type == ArgumentType::kKey) {
        EXPECT_GE(argument.key_spec, 0) << argument.name;
      }
      if (argument.type == ArgumentType::kPureToken) {
        EXPECT_FALSE(argument.token.empty()) << argument.name;
      }
      if (argument.type == ArgumentType::kOneOf) {
        EXPECT_GE(argument.arguments.size(), 2u) << argument.name;
      }
      if (argument.multiple_token) {
        EXPECT_FALSE(argument.token.empty()) << argument.name;
      }
    });
  });
}

TEST(CommandRows, EveryKeySpecIsShownByAnArgument) {
  ForEachRow([](const CommandRow& row) {
    std::set<int> shown;
    std::size_t real_keys = 0;
    for (const KeySpec& key : row.keys) real_keys += (key.flags & kKeyNotKey) ? 0 : 1;
    ForEachArgument(row.arguments, [&](const Argument& argument) {
      if (argument.key_spec >= 0) shown.insert(argument.key_spec);
    });
    EXPECT_EQ(shown.size(), row.arguments.empty() ? 0 : real_keys);
  });
}

TEST(CommandRows, ArityFollowsFromArguments) {
  // Where Redis checks another number of words first than its documentation of the arguments would have it.
  const std::map<std::string, int> fewest = {{"client|kill", 2}, {"sentinel|simulate-failure", 2}};
  const std::set<std::string> open_ended = {"psync", "cluster|setslot"};
  ForEachRow([&](const CommandRow& row) {
    ASSERT_NE(row.arity, 0);
    if (row.arguments.empty()) return;
    const int names = row.container.empty() ? 1 : 2;
    const auto exception = fewest.find(FullName(row));
    EXPECT_EQ(names + FewestWords(row.arguments), exception == fewest.end() ? std::abs(row.arity) : exception->second);
    EXPECT_EQ(HasFixedLength(row.arguments) && !open_ended.contains(FullName(row)), row.arity > 0);
  });
}

TEST(CommandRows, FlagsAgreeWithEachOther) {
  ForEachRow([](const CommandRow& row) {
    EXPECT_FALSE((row.flags & kFlagWrite) && (row.flags & kFlagReadOnly));
    EXPECT_FALSE((row.flags & kFlagWrite) && (row.flags & kFlagMayReplicate));
    EXPECT_FALSE(row.flags & kFlagMovableKeys) << "is computed";
    if (row.flags & kFlagDenyOom) {
      EXPECT_TRUE(row.flags & (kFlagWrite | kFlagMayReplicate)) << row.flags;
    }
    if (row.flags & kFlagOnlySentinel) {
      EXPECT_TRUE(row.flags & kFlagSentinel);
    }
  });
}

TEST(CommandRows, KeySpecsSayWhatHappensToTheKey) {
  constexpr KeyFlags kWhole = kKeyRo | kKeyRw | kKeyOw | kKeyRm;
  ForEachRow([](const CommandRow& row) {
    for (const KeySpec& key : row.keys) {
      if (key.flags & kKeyNotKey) continue;
      const unsigned whole = key.flags & kWhole;
      EXPECT_TRUE(whole != 0 && (whole & (whole - 1)) == 0) << "exactly one of RO, RW, OW, RM";
      // PFCOUNT may refresh what is cached in the value, although it counts as a reading command.
      if ((row.flags & kFlagReadOnly) && row.name != "pfcount") {
        EXPECT_EQ(whole, kKeyRo);
      }
      if (key.flags & (kKeyIncomplete | kKeyVariableFlags)) {
        EXPECT_NE(row.keys_hook, nullptr);
      }
      if (key.begin.kind == BeginSearch::Kind::kUnknown) {
        EXPECT_NE(row.keys_hook, nullptr);
      }
    }
  });
}

TEST(CommandRows, FlagAndCategoryNames) {
  EXPECT_EQ(CommandFlagNames().size(), 19u);
  EXPECT_EQ(AclCategoryNames().size(), 21u);
  EXPECT_EQ(KeyFlagNames().size(), 11u);
  EXPECT_EQ(FindAclCategory("SortedSet"), kAclSortedSet);
  EXPECT_EQ(FindAclCategory("read"), kAclRead);
  EXPECT_EQ(FindAclCategory("reads"), 0u);
  EXPECT_EQ(FindAclCategory(""), 0u);
  EXPECT_EQ(GroupName(Group::kSortedSet), "sorted-set");
  EXPECT_EQ(ArgumentTypeName(ArgumentType::kUnixTime), "unix-time");
}

}  // namespace
}  // namespace keyway::command
