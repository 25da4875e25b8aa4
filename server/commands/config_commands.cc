// CONFIG: reading, changing and saving the configuration, and clearing statistics.
#include <fmt/core.h>

#include <string>
#include <vector>

#include "server/base/log.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::Context;

void ConfigGet(Context& ctx) {
  const auto values = ctx.services().config.Get(ctx.args().subspan(2));
  ctx.reply().Map(static_cast<int64_t>(values.size()));
  for (const auto& [name, value] : values) {
    ctx.reply().Bulk(name);
    ctx.reply().Bulk(value);
  }
}

void ConfigSet(Context& ctx) {
  if (ctx.argc() % 2 != 0) return ctx.reply().Error(command::errors::kSyntax);
  std::vector<config::Config::NameValue> changes;
  for (size_t i = 2; i < ctx.argc(); i += 2) changes.emplace_back(ctx.arg(i), ctx.arg(i + 1));
  const config::SetContext from{.local_client = ctx.client().Has(command::kClientLocal | command::kClientUnixSocket)};
  if (const auto result = ctx.services().config.Set(changes, from); !result) {
    return ctx.reply().Error(result.error().text());
  }
  ctx.reply().Ok();
}

void ConfigRewrite(Context& ctx) {
  if (ctx.services().config.file().empty()) {
    return ctx.reply().Error("ERR The server is running without a config file");
  }
  if (const auto result = ctx.services().config.Rewrite(); !result) {
    LogWarning("CONFIG REWRITE failed: {}", result.error().text());
    return ctx.reply().Error(fmt::format("ERR {}", result.error().text()));
  }
  LogNotice("CONFIG REWRITE executed with success.");
  ctx.reply().Ok();
}

void ConfigResetStat(Context& ctx) {
  ctx.services().server.ResetStats();
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"config|get", ConfigGet},
    {"config|resetstat", ConfigResetStat},
    {"config|rewrite", ConfigRewrite},
    {"config|set", ConfigSet},
};

}  // namespace

std::span<const command::HandlerBinding> ConfigHandlers() { return kHandlers; }

}  // namespace keyway::commands
