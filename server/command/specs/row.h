// The small language that rows are written in. Only the files of this folder include it.
#pragma once

#include <span>
#include <string_view>

#include "server/command/key_finder.h"
#include "server/command/secret_words.h"
#include "server/command/spec.h"

namespace keyway::command::rows {

// ---- Key specs: {kKeyRo | kKeyAccess, AtIndex(1), Range(0)} --------------------------------------------------------

constexpr BeginSearch AtIndex(int position) {
  return {BeginSearch::Kind::kIndex, static_cast<std::int8_t>(position), {}};
}
constexpr BeginSearch AfterKeyword(std::string_view keyword, int start_from) {
  return {BeginSearch::Kind::kKeyword, static_cast<std::int8_t>(start_from), keyword};
}
constexpr BeginSearch Unknown() { return {}; }

constexpr FindKeys NoRule() { return {}; }
constexpr FindKeys Range(int last, int step = 1, int limit = 0) {
  FindKeys find{FindKeys::Kind::kRange};
  find.last = static_cast<std::int8_t>(last);
  find.step = static_cast<std::int8_t>(step);
  find.limit = static_cast<std::int8_t>(limit);
  return find;
}
constexpr FindKeys KeyNum(int num_index, int first_key, int step = 1) {
  FindKeys find{FindKeys::Kind::kKeyNum};
  find.num_index = static_cast<std::int8_t>(num_index);
  find.first_key = static_cast<std::int8_t>(first_key);
  find.step = static_cast<std::int8_t>(step);
  return find;
}

// ---- Arguments -----------------------------------------------------------------------------------------------------

constexpr Argument Text(std::string_view name) { return {name}; }
constexpr Argument Integer(std::string_view name) { return {name, ArgumentType::kInteger}; }
constexpr Argument Double(std::string_view name) { return {name, ArgumentType::kDouble}; }
constexpr Argument Key(std::string_view name, int key_spec = 0) {
  return {name, ArgumentType::kKey, static_cast<std::int8_t>(key_spec)};
}
constexpr Argument Pattern(std::string_view name, int key_spec = -1) {
  return {name, ArgumentType::kPattern, static_cast<std::int8_t>(key_spec)};
}
constexpr Argument UnixTime(std::string_view name) { return {name, ArgumentType::kUnixTime}; }
constexpr Argument Word(std::string_view name, std::string_view token) {
  Argument argument{name, ArgumentType::kPureToken};
  argument.token = token;
  return argument;
}
constexpr Argument OneOf(std::string_view name, std::span<const Argument> choices) {
  Argument argument{name, ArgumentType::kOneOf};
  argument.arguments = choices;
  return argument;
}
constexpr Argument Block(std::string_view name, std::span<const Argument> sequence) {
  Argument argument{name, ArgumentType::kBlock};
  argument.arguments = sequence;
  return argument;
}

// What many commands take.
inline constexpr Argument kOneKey[] = {Key("key")};
inline constexpr Argument kSomeKeys[] = {Key("key").Multiple()};

// ---- The tables, one a file ----------------------------------------------------------------------------------------

std::span<const CommandRow> StringRows();
std::span<const CommandRow> BitmapRows();
std::span<const CommandRow> HyperLogLogRows();
std::span<const CommandRow> ListRows();
std::span<const CommandRow> SetRows();
std::span<const CommandRow> SortedSetRows();
std::span<const CommandRow> HashRows();
std::span<const CommandRow> StreamRows();
std::span<const CommandRow> GeoRows();
std::span<const CommandRow> GenericRows();
std::span<const CommandRow> ConnectionRows();
std::span<const CommandRow> AclRows();
std::span<const CommandRow> IntrospectionRows();
std::span<const CommandRow> ServerRows();
std::span<const CommandRow> ScriptingRows();
std::span<const CommandRow> TransactionRows();
std::span<const CommandRow> PubSubRows();
std::span<const CommandRow> ClusterRows();
std::span<const CommandRow> SentinelRows();
std::span<const CommandRow> TransportRows();

}  // namespace keyway::command::rows
