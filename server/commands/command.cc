// COMMAND: what commands there are, what they are for, and which of their arguments are keys.
#include <vector>

#include "server/base/glob.h"
#include "server/command/args.h"
#include "server/command/command_table.h"
#include "server/command/context.h"
#include "server/command/errors.h"
#include "server/command/key_finder.h"
#include "server/commands/command_info.h"
#include "server/commands/families.h"

namespace keyway::commands {
namespace {

using command::CommandSpec;
using command::CommandTable;
using command::Context;
using command::IsWord;

constexpr size_t kFirstName = 2;  // word behind COMMAND INFO

const CommandTable& TableOf(Context& ctx) { return ctx.services().commands; }

void ReplyAllInfos(Context& ctx) {
  const auto commands = TableOf(ctx).commands();
  ctx.reply().Array(static_cast<int64_t>(commands.size()));
  for (const CommandSpec* spec : commands) WriteCommandInfo(ctx.reply(), spec);
}

void CommandAlone(Context& ctx) { ReplyAllInfos(ctx); }

void CommandCount(Context& ctx) { ctx.reply().Integer(static_cast<int64_t>(TableOf(ctx).commands().size())); }

void CommandInfo(Context& ctx) {
  if (ctx.argc() == kFirstName) return ReplyAllInfos(ctx);
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - kFirstName));
  for (size_t i = kFirstName; i < ctx.argc(); ++i) {
    WriteCommandInfo(ctx.reply(), TableOf(ctx).FindFullName(ctx.arg(i)));
  }
}

void CommandDocs(Context& ctx) {
  std::vector<const CommandSpec*> shown;
  if (ctx.argc() == kFirstName) {
    const auto commands = TableOf(ctx).commands();
    shown.assign(commands.begin(), commands.end());
  }
  // Names that are no command are left out.
  for (size_t i = kFirstName; i < ctx.argc(); ++i) {
    if (const CommandSpec* spec = TableOf(ctx).FindFullName(ctx.arg(i))) shown.push_back(spec);
  }
  ctx.reply().Map(static_cast<int64_t>(shown.size()));
  for (const CommandSpec* spec : shown) {
    ctx.reply().Bulk(spec->full_name);
    WriteCommandDocs(ctx.reply(), *spec);
  }
}

// FILTERBY of COMMAND LIST.
struct Filter {
  enum class Kind { kNone, kModule, kAclCategory, kPattern };
  Kind kind = Kind::kNone;
  std::string_view text;
  command::AclCategories category = 0;  // 0 also when there is no category of that name, which then has no commands

  bool Accepts(const CommandSpec& spec) const {
    switch (kind) {
      case Kind::kNone:
        return true;
      case Kind::kModule:
        return false;  // there are no modules
      case Kind::kAclCategory:
        return (spec.categories & category) != 0;
      case Kind::kPattern:
        return GlobMatches(text, spec.full_name, GlobCase::kInsensitive);
    }
    return false;
  }
};

bool ParseFilter(Context& ctx, Filter& filter) {
  if (ctx.argc() == kFirstName) return true;
  if (ctx.argc() != kFirstName + 3 || !IsWord(ctx.arg(kFirstName), "FILTERBY")) return false;
  const std::string_view kind = ctx.arg(kFirstName + 1);
  filter.text = ctx.arg(kFirstName + 2);
  if (IsWord(kind, "MODULE")) {
    filter.kind = Filter::Kind::kModule;
  } else if (IsWord(kind, "ACLCAT")) {
    filter.kind = Filter::Kind::kAclCategory;
    filter.category = command::FindAclCategory(filter.text);
  } else if (IsWord(kind, "PATTERN")) {
    filter.kind = Filter::Kind::kPattern;
  } else {
    return false;
  }
  return true;
}

void CommandList(Context& ctx) {
  Filter filter;
  if (!ParseFilter(ctx, filter)) return ctx.reply().Error(command::errors::kSyntax);
  std::vector<std::string_view> names;
  for (const CommandSpec* spec : TableOf(ctx).commands()) {
    if (filter.Accepts(*spec)) names.push_back(spec->full_name);
    for (const CommandSpec* subcommand : spec->subcommands) {
      if (filter.Accepts(*subcommand)) names.push_back(subcommand->full_name);
    }
  }
  ctx.reply().Array(static_cast<int64_t>(names.size()));
  for (const std::string_view name : names) ctx.reply().Bulk(name);
}

void ReplyKeys(Context& ctx, bool with_flags) {
  const command::Words words = ctx.args().subspan(kFirstName);
  const CommandSpec* spec = TableOf(ctx).Lookup(words);
  if (spec == nullptr) return ctx.reply().Error("ERR Invalid command specified");
  if (!command::MayHaveKeys(*spec)) return ctx.reply().Error("ERR The command has no key arguments");
  if (!spec->ArityAccepts(words.size())) {
    return ctx.reply().Error("ERR Invalid number of arguments specified for command");
  }
  command::KeyList keys;
  command::FindKeysOf(*spec, words, keys);
  if (keys.empty() && !spec->Has(command::kFlagNoMandatoryKeys)) {
    return ctx.reply().Error("ERR Invalid arguments specified for command");
  }
  ctx.reply().Array(static_cast<int64_t>(keys.size()));
  for (const command::KeyReference& key : keys) {
    if (with_flags) ctx.reply().Array(2);
    ctx.reply().Bulk(words[key.position]);
    if (with_flags) WriteKeyFlags(ctx.reply(), key.flags);
  }
}

void CommandGetKeys(Context& ctx) { ReplyKeys(ctx, false); }
void CommandGetKeysAndFlags(Context& ctx) { ReplyKeys(ctx, true); }

constexpr command::HandlerBinding kHandlers[] = {
    {"command", CommandAlone},
    {"command|count", CommandCount},
    {"command|docs", CommandDocs},
    {"command|getkeys", CommandGetKeys},
    {"command|getkeysandflags", CommandGetKeysAndFlags},
    {"command|info", CommandInfo},
    {"command|list", CommandList},
};

}  // namespace

std::span<const command::HandlerBinding> CommandHandlers() { return kHandlers; }

}  // namespace keyway::commands
