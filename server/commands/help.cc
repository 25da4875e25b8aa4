#include "server/commands/help.h"

#include <fmt/core.h>

#include "server/command/context.h"

namespace keyway::commands {
namespace {

using command::Argument;
using command::ArgumentType;
using command::CommandSpec;
using command::Context;

constexpr std::string_view kIndent = "    ";
constexpr std::size_t kRepeatedInFull = 40;  // what may be repeated is written twice up to this length

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

std::string HeaderLine(std::string_view command) {
  return fmt::format("{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", Upper(command));
}

std::string SyntaxOf(const Argument& argument);

std::string Choices(std::span<const Argument> choices) {
  std::string text;
  for (const Argument& choice : choices) {
    if (!text.empty()) text += '|';
    text += SyntaxOf(choice);
  }
  return text;
}

// The argument once, without its token, and without regard to whether it is optional or may be repeated.
std::string Once(const Argument& argument) {
  switch (argument.type) {
    case ArgumentType::kPureToken:
      return std::string(argument.token);
    case ArgumentType::kBlock:
      return ArgumentSyntax(argument.arguments);
    case ArgumentType::kOneOf:
      // Brackets around an optional choice hold it together already.
      return argument.optional && argument.token.empty() && !argument.multiple
                 ? Choices(argument.arguments)
                 : fmt::format("({})", Choices(argument.arguments));
    default:
      return fmt::format("<{}>", argument.display.empty() ? argument.name : argument.display);
  }
}

std::string SyntaxOf(const Argument& argument) {
  std::string text = Once(argument);
  const bool has_own_token = !argument.token.empty() && argument.type != ArgumentType::kPureToken;
  const std::string with_token = has_own_token ? fmt::format("{} {}", argument.token, text) : text;
  if (argument.multiple) {
    const std::string& again = argument.multiple_token ? with_token : text;
    text = again.size() <= kRepeatedInFull ? fmt::format("{} [{} ...]", with_token, again)
                                           : fmt::format("{} [...]", with_token);
  } else {
    text = with_token;
  }
  return argument.optional ? fmt::format("[{}]", text) : text;
}

void AppendEntry(std::vector<std::string>& lines, std::string syntax, std::string_view meaning) {
  lines.push_back(std::move(syntax));
  lines.push_back(fmt::format("{}{}", kIndent, meaning));
}

void ReplyLines(Context& ctx, const std::vector<std::string>& lines) {
  ctx.reply().Array(static_cast<int64_t>(lines.size()));
  for (const std::string& line : lines) ctx.reply().Simple(line);
}

}  // namespace

std::string ArgumentSyntax(std::span<const Argument> arguments) {
  std::string text;
  for (const Argument& argument : arguments) {
    if (!text.empty()) text += ' ';
    text += SyntaxOf(argument);
  }
  return text;
}

std::vector<std::string> HelpLines(const CommandSpec& container) {
  std::vector<std::string> lines = {HeaderLine(container.full_name)};
  if (container.handler != nullptr) AppendEntry(lines, "(no subcommand)", container.row->summary);
  const CommandSpec* help = nullptr;
  for (const CommandSpec* subcommand : container.subcommands) {
    const command::CommandRow& row = *subcommand->row;
    if (row.name == "help") {
      help = subcommand;
      continue;
    }
    std::string syntax = Upper(row.name);
    if (!row.arguments.empty()) syntax += ' ' + ArgumentSyntax(row.arguments);
    AppendEntry(lines, std::move(syntax), row.summary);
  }
  if (help != nullptr) AppendEntry(lines, "HELP", help->row->summary);
  return lines;
}

void ContainerHelp(Context& ctx) { ReplyLines(ctx, HelpLines(*ctx.spec().container)); }

void ReplyHelp(Context& ctx, std::span<const HelpEntry> entries) {
  std::vector<std::string> lines = {HeaderLine(ctx.spec().full_name)};
  for (const HelpEntry& entry : entries) AppendEntry(lines, std::string(entry.syntax), entry.meaning);
  AppendEntry(lines, "HELP", fmt::format("Explain the subcommands of {}.", Upper(ctx.spec().full_name)));
  ReplyLines(ctx, lines);
}

}  // namespace keyway::commands
