#include "server/command/args.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
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

namespace {

// From a time-out that was read to the moment when it ends.
std::optional<int64_t> DeadlineAfter(Context& ctx, int64_t timeout_ms) {
  if (timeout_ms < 0) {
    ctx.reply().Error(errors::kTimeoutNegative);
    return std::nullopt;
  }
  if (timeout_ms == 0) return 0;
  if (timeout_ms > std::numeric_limits<int64_t>::max() - ctx.now_ms()) {
    ctx.reply().Error(errors::kTimeoutOutOfRange);
    return std::nullopt;
  }
  return ctx.now_ms() + timeout_ms;
}

}  // namespace

std::optional<int64_t> TimeoutArg(Context& ctx, size_t i) {
  const auto seconds = LongDoubleArg(ctx, i, errors::kTimeoutNotFloat);
  if (!seconds) return std::nullopt;
  const long double timeout_ms = *seconds * 1000;
  if (std::isnan(timeout_ms) || timeout_ms > static_cast<long double>(std::numeric_limits<int64_t>::max())) {
    ctx.reply().Error(errors::kTimeoutOutOfRange);
    return std::nullopt;
  }
  if (timeout_ms < 0) return DeadlineAfter(ctx, -1);
  // A time-out below a millisecond is still one: 0 would mean for ever.
  return DeadlineAfter(ctx, static_cast<int64_t>(std::ceil(timeout_ms)));
}

std::optional<int64_t> TimeoutMsArg(Context& ctx, size_t i) {
  const auto timeout_ms = IntegerArg(ctx, i, errors::kTimeoutNotInteger);
  if (!timeout_ms) return std::nullopt;
  return DeadlineAfter(ctx, *timeout_ms);
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
