#include "server/command/args.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "server/base/number.h"
#include "server/keyspace/keyspace.h"

namespace keyway::command {

bool IsWord(std::string_view word, std::string_view keyword) {
  if (word.size() != keyword.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    char c = word[i];
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c != keyword[i]) return false;
  }
  return true;
}

std::optional<int64_t> IntegerArg(Context& ctx, size_t i, std::string_view error) {
  auto value = ParseInt64(ctx.arg(i));
  if (!value) ctx.reply().Error(error);
  return value;
}

std::optional<int64_t> IntegerArgIn(Context& ctx, size_t i, int64_t min, int64_t max, std::string_view error) {
  auto value = IntegerArg(ctx, i, error == errors::kOutOfRange ? errors::kNotInteger : error);
  if (!value || (*value >= min && *value <= max)) return value;
  ctx.reply().Error(error);
  return std::nullopt;
}

std::optional<double> DoubleArg(Context& ctx, size_t i, std::string_view error) {
  auto value = ParseDouble(ctx.arg(i));
  if (!value) ctx.reply().Error(error);
  return value;
}

std::optional<long double> LongDoubleArg(Context& ctx, size_t i, std::string_view error) {
  auto value = ParseLongDouble(ctx.arg(i));
  if (!value) ctx.reply().Error(error);
  return value;
}

std::optional<int> DatabaseArg(Context& ctx, size_t i, std::string_view error) {
  auto value = ParseInt64(ctx.arg(i));
  if (!value) {
    ctx.reply().Error(error);
    return std::nullopt;
  }
  if (*value < 0 || *value >= ctx.keyspace().databases()) {
    ctx.reply().Error(errors::kDbIndexOutOfRange);
    return std::nullopt;
  }
  return static_cast<int>(*value);
}

void SubcommandSyntaxError(Context& ctx) {
  std::string container(ctx.arg(0));
  std::transform(container.begin(), container.end(), container.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  ctx.reply().Error(fmt::format("ERR unknown subcommand or wrong number of arguments for '{:.128}'. Try {} HELP.",
                                ctx.argc() > 1 ? ctx.arg(1) : std::string_view(), container));
}

std::string UnknownCommandText(Words words) {
  constexpr size_t kQuotedBytes = 128;  // how much of a client's words an error repeats
  std::string args;
  for (std::string_view word : words.subspan(1)) {
    if (args.size() >= kQuotedBytes) break;
    args += fmt::format("'{}' ", word.substr(0, kQuotedBytes - args.size()));
  }
  return fmt::format("ERR unknown command '{}', with args beginning with: {}", words[0].substr(0, kQuotedBytes), args);
}

void ArityError(Context& ctx) {
  ctx.reply().Error(fmt::format("ERR wrong number of arguments for '{}' command", ctx.spec().full_name));
}

}  // namespace keyway::command
