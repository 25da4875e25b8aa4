#include "server/commands/command_info.h"

#include <string>

namespace keyway::commands {
namespace {

using command::Argument;
using command::ArgumentType;
using command::BeginSearch;
using command::CommandRow;
using command::CommandSpec;
using command::FindKeys;
using command::FlagName;
using command::KeySpec;
using resp::ReplyWriter;

int64_t Length(std::size_t size) { return static_cast<int64_t>(size); }

// The names of the flags that are set, as a set of statuses.
void WriteFlags(ReplyWriter& reply, std::uint32_t flags, std::span<const FlagName> names, bool with_at = false) {
  int64_t count = 0;
  for (const FlagName& name : names) count += (flags & name.flag) != 0;
  reply.Set(count);
  for (const FlagName& name : names) {
    if (!(flags & name.flag)) continue;
    reply.Simple(with_at ? '@' + std::string(name.name) : std::string(name.name));
  }
}

void WriteField(ReplyWriter& reply, std::string_view name, std::string_view value) {
  reply.Bulk(name);
  reply.Bulk(value);
}

void WriteField(ReplyWriter& reply, std::string_view name, int64_t value) {
  reply.Bulk(name);
  reply.Integer(value);
}

// Both parts of a key spec are maps of a type and a map of numbers; this opens the second.
void OpenSearch(ReplyWriter& reply, std::string_view part, std::string_view type, int64_t fields) {
  reply.Bulk(part);
  reply.Map(2);
  WriteField(reply, "type", type);
  reply.Bulk("spec");
  reply.Map(fields);
}

void WriteBeginSearch(ReplyWriter& reply, const BeginSearch& begin) {
  switch (begin.kind) {
    case BeginSearch::Kind::kUnknown:
      return OpenSearch(reply, "begin_search", "unknown", 0);
    case BeginSearch::Kind::kIndex:
      OpenSearch(reply, "begin_search", "index", 1);
      return WriteField(reply, "index", begin.position);
    case BeginSearch::Kind::kKeyword:
      OpenSearch(reply, "begin_search", "keyword", 2);
      WriteField(reply, "keyword", begin.keyword);
      return WriteField(reply, "startfrom", begin.position);
  }
}

void WriteFindKeys(ReplyWriter& reply, const FindKeys& find) {
  switch (find.kind) {
    case FindKeys::Kind::kUnknown:
      return OpenSearch(reply, "find_keys", "unknown", 0);
    case FindKeys::Kind::kRange:
      OpenSearch(reply, "find_keys", "range", 3);
      WriteField(reply, "lastkey", find.last);
      WriteField(reply, "keystep", find.step);
      return WriteField(reply, "limit", find.limit);
    case FindKeys::Kind::kKeyNum:
      OpenSearch(reply, "find_keys", "keynum", 3);
      WriteField(reply, "keynumidx", find.num_index);
      WriteField(reply, "firstkey", find.first_key);
      return WriteField(reply, "keystep", find.step);
  }
}

void WriteKeySpec(ReplyWriter& reply, const KeySpec& key) {
  reply.Map(key.notes.empty() ? 3 : 4);
  if (!key.notes.empty()) WriteField(reply, "notes", key.notes);
  reply.Bulk("flags");
  WriteKeyFlags(reply, key.flags);
  WriteBeginSearch(reply, key.begin);
  WriteFindKeys(reply, key.find);
}

void WriteArguments(ReplyWriter& reply, std::span<const Argument> arguments);

void WriteArgument(ReplyWriter& reply, const Argument& argument) {
  const bool nested = argument.type == ArgumentType::kOneOf || argument.type == ArgumentType::kBlock;
  const bool has_flags = argument.optional || argument.multiple || argument.multiple_token;
  // name, type, and either display_text or arguments
  reply.Map(3 + (argument.key_spec >= 0) + !argument.token.empty() + !argument.since.empty() +
            !argument.deprecated_since.empty() + has_flags);
  WriteField(reply, "name", argument.name);
  WriteField(reply, "type", ArgumentTypeName(argument.type));
  if (!nested) WriteField(reply, "display_text", argument.display.empty() ? argument.name : argument.display);
  if (argument.key_spec >= 0) WriteField(reply, "key_spec_index", argument.key_spec);
  if (!argument.token.empty()) WriteField(reply, "token", argument.token);
  if (!argument.since.empty()) WriteField(reply, "since", argument.since);
  if (!argument.deprecated_since.empty()) WriteField(reply, "deprecated_since", argument.deprecated_since);
  if (has_flags) {
    reply.Bulk("flags");
    reply.Set(argument.optional + argument.multiple + argument.multiple_token);
    if (argument.optional) reply.Simple("optional");
    if (argument.multiple) reply.Simple("multiple");
    if (argument.multiple_token) reply.Simple("multiple_token");
  }
  if (nested) {
    reply.Bulk("arguments");
    WriteArguments(reply, argument.arguments);
  }
}

void WriteArguments(ReplyWriter& reply, std::span<const Argument> arguments) {
  reply.Array(Length(arguments.size()));
  for (const Argument& argument : arguments) WriteArgument(reply, argument);
}

}  // namespace

void WriteKeyFlags(ReplyWriter& reply, command::KeyFlags flags) { WriteFlags(reply, flags, command::KeyFlagNames()); }

void WriteCommandInfo(ReplyWriter& reply, const CommandSpec* spec) {
  if (spec == nullptr) return reply.Null();
  const CommandRow& row = *spec->row;
  reply.Array(10);
  reply.Bulk(spec->full_name);
  reply.Integer(spec->arity);
  WriteFlags(reply, spec->flags, command::CommandFlagNames());
  reply.Integer(spec->first_key);
  reply.Integer(spec->last_key);
  reply.Integer(spec->key_step);
  WriteFlags(reply, spec->categories, command::AclCategoryNames(), true);
  reply.Set(Length(row.tips.size()));
  for (const std::string_view tip : row.tips) reply.Bulk(tip);
  reply.Set(Length(row.keys.size()));
  for (const KeySpec& key : row.keys) WriteKeySpec(reply, key);
  if (spec->subcommands.empty()) return reply.Set(0);
  reply.Array(Length(spec->subcommands.size()));
  for (const CommandSpec* subcommand : spec->subcommands) WriteCommandInfo(reply, subcommand);
}

void WriteCommandDocs(ReplyWriter& reply, const CommandSpec& spec) {
  const CommandRow& row = *spec.row;
  reply.Map(4 + (row.doc_flags != 0) + !row.deprecated_since.empty() + !row.replaced_by.empty() + !row.history.empty() +
            !row.arguments.empty() + !spec.subcommands.empty());
  WriteField(reply, "summary", row.summary);
  WriteField(reply, "since", row.since);
  WriteField(reply, "group", GroupName(row.group));
  WriteField(reply, "complexity", row.complexity);
  if (row.doc_flags != 0) {
    reply.Bulk("doc_flags");
    WriteFlags(reply, row.doc_flags, command::DocFlagNames());
  }
  if (!row.deprecated_since.empty()) WriteField(reply, "deprecated_since", row.deprecated_since);
  if (!row.replaced_by.empty()) WriteField(reply, "replaced_by", row.replaced_by);
  if (!row.history.empty()) {
    reply.Bulk("history");
    reply.Set(Length(row.history.size()));
    for (const command::Change& change : row.history) {
      reply.Array(2);
      reply.Bulk(change.since);
      reply.Bulk(change.what);
    }
  }
  if (!row.arguments.empty()) {
    reply.Bulk("arguments");
    WriteArguments(reply, row.arguments);
  }
  if (!spec.subcommands.empty()) {
    reply.Bulk("subcommands");
    reply.Map(Length(spec.subcommands.size()));
    for (const CommandSpec* subcommand : spec.subcommands) {
      reply.Bulk(subcommand->full_name);
      WriteCommandDocs(reply, *subcommand);
    }
  }
}

}  // namespace keyway::commands
