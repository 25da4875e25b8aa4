#include "server/cli/command_help.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>
#include <cctype>

#include "server/cli/command_traits.h"
#include "server/cli/options.h"

namespace keyway::cli {
namespace {

using resp::Reply;

// Pairs of a map, whichever protocol version it came over.
bool IsMap(const Reply& reply) {
  return (reply.kind == Reply::Kind::kMap || reply.kind == Reply::Kind::kArray) && reply.elements.size() % 2 == 0;
}

const Reply* Field(const Reply& map, std::string_view name) {
  if (!IsMap(map)) return nullptr;
  for (size_t i = 0; i < map.elements.size(); i += 2) {
    if (map.elements[i].text == name) return &map.elements[i + 1];
  }
  return nullptr;
}

std::string TextField(const Reply& map, std::string_view name) {
  const Reply* field = Field(map, name);
  return field != nullptr ? field->text : "";
}

bool HasFlag(const Reply& argument, std::string_view name) {
  const Reply* flags = Field(argument, "flags");
  return flags != nullptr && std::any_of(flags->elements.begin(), flags->elements.end(),
                                         [&](const Reply& flag) { return flag.text == name; });
}

std::string JoinArguments(const Reply* arguments, std::string_view separator);

// One argument as syntax descriptions write it: [NX|XX], key [key ...], LIMIT offset count.
std::string ArgumentText(const Reply& argument) {
  std::string type = TextField(argument, "type");
  std::string value;
  if (type == "oneof") {
    value = JoinArguments(Field(argument, "arguments"), "|");
  } else if (type == "block") {
    value = JoinArguments(Field(argument, "arguments"), " ");
  } else if (type != "pure-token") {
    value = TextField(argument, "name");
  }
  std::string token;
  if (const Reply* field = Field(argument, "token")) token = field->text.empty() ? "\"\"" : field->text;
  if (!token.empty() && type != "pure-token") token += ' ';

  std::string text = token + value;
  if (HasFlag(argument, "multiple"))
    text += fmt::format(" [{}{} ...]", HasFlag(argument, "multiple_token") ? token : "", value);
  return HasFlag(argument, "optional") ? "[" + text + "]" : text;
}

std::string JoinArguments(const Reply* arguments, std::string_view separator) {
  std::string text;
  if (arguments == nullptr) return text;
  for (const Reply& argument : arguments->elements) {
    if (&argument != &arguments->elements.front()) text += separator;
    text += ArgumentText(argument);
  }
  return text;
}

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(toupper(static_cast<unsigned char>(c)));
  return out;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

// Whether `name` begins with these words, each in full.
bool WordsMatch(std::string_view name, const Arguments& words) {
  for (const std::string& word : words) {
    size_t end = std::min(name.find(' '), name.size());
    if (!NameIs(std::string(name.substr(0, end)), word)) return false;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return true;
}

}  // namespace

void CommandHelp::AddCommand(std::string name, const Reply& doc) {
  Entry entry;
  entry.summary = TextField(doc, "summary");
  entry.since = TextField(doc, "since");
  entry.group = TextField(doc, "group");
  entry.parameters = JoinArguments(Field(doc, "arguments"), " ");
  if (!entry.group.empty()) groups_.push_back("@" + entry.group);
  if (const Reply* children = Field(doc, "subcommands"); children != nullptr && IsMap(*children)) {
    for (size_t i = 0; i < children->elements.size(); i += 2) {
      // A subcommand's full name is "container|name".
      std::string_view full = children->elements[i].text;
      size_t bar = full.find('|');
      AddCommand(name + " " + Upper(bar == full.npos ? full : full.substr(bar + 1)), children->elements[i + 1]);
    }
  }
  entry.name = std::move(name);
  entries_.push_back(std::move(entry));
}

bool CommandHelp::Load(const Reply& docs) {
  if (!docs.is_aggregate() || !IsMap(docs)) return false;
  entries_.clear();
  groups_.clear();
  for (size_t i = 0; i < docs.elements.size(); i += 2) AddCommand(Upper(docs.elements[i].text), docs.elements[i + 1]);
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  std::sort(groups_.begin(), groups_.end());
  groups_.erase(std::unique(groups_.begin(), groups_.end()), groups_.end());
  return loaded();
}

std::string CommandHelp::Overview() {
  return VersionText() +
         "\n"
         "  help @<group>     the commands of a group; Tab behind \"help @\" shows the groups\n"
         "  help <command>    one command\n"
         "  <Tab>             completes names of commands\n"
         "  <number> <command>   runs a command several times\n"
         "  connect <host> <port>, clear, quit\n";
}

std::string CommandHelp::Text(const Arguments& topic, bool colours) const {
  if (topic.empty()) return Overview();
  std::string_view bold = colours ? "\x1b[1m" : "", dim = colours ? "\x1b[90m" : "", label = colours ? "\x1b[33m" : "";
  std::string_view off = colours ? "\x1b[0m" : "";
  bool by_group = topic[0].starts_with('@');
  std::string text;
  for (const Entry& entry : entries_) {
    bool wanted = by_group ? NameIs(entry.group, std::string_view(topic[0]).substr(1)) : WordsMatch(entry.name, topic);
    if (!wanted) continue;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "\n  {}{}{} {}{}{}\n", bold, entry.name, off, dim, entry.parameters, off);
    fmt::format_to(out, "  {}summary:{} {}\n", label, off, entry.summary);
    if (!entry.since.empty()) fmt::format_to(out, "  {}since:{} {}\n", label, off, entry.since);
    if (!by_group) fmt::format_to(out, "  {}group:{} {}\n", label, off, entry.group);
  }
  return text += '\n';
}

std::vector<std::string> CommandHelp::Completions(std::string_view line) const {
  size_t start = 0;
  bool help = StartsWith(line, "help ");
  if (help) start = std::min(line.find_first_not_of(' ', 5), line.size());
  std::string before(line.substr(0, start));
  std::string_view typed = line.substr(start);
  std::vector<std::string> out;
  for (const Entry& entry : entries_) {
    if (StartsWith(entry.name, typed)) out.push_back(before + entry.name);
  }
  for (const std::string& group : groups_) {
    if (help && StartsWith(group, typed)) out.push_back(before + group);
  }
  return out;
}

}  // namespace keyway::cli
