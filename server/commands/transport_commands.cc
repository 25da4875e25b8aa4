// TRANSPORT: the plug-ins that carry connections. docs/commands.md shows the shape of the replies.
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::TransportRow;

void BulkPair(resp::ReplyWriter& reply, std::string_view name, std::string_view value) {
  reply.Bulk(name);
  reply.Bulk(value);
}

void IntegerPair(resp::ReplyWriter& reply, std::string_view name, uint64_t value) {
  reply.Bulk(name);
  reply.Integer(static_cast<int64_t>(value));
}

// What LIST and INFO have in common: kSummaryPairs pairs.
constexpr int64_t kSummaryPairs = 6;
void ReplySummary(resp::ReplyWriter& reply, const TransportRow& row) {
  BulkPair(reply, "name", row.name);
  BulkPair(reply, "version", row.version);
  BulkPair(reply, "roles", row.roles);
  IntegerPair(reply, "generation", row.generation);
  BulkPair(reply, "state", row.draining ? "draining" : row.active ? "active" : "idle");
  IntegerPair(reply, "connections", row.connections);
}

void TransportList(Context& ctx) {
  const std::vector<TransportRow> rows = ctx.services().server.Transports();
  ctx.reply().Array(static_cast<int64_t>(rows.size()));
  for (const TransportRow& row : rows) {
    ctx.reply().Map(kSummaryPairs);
    ReplySummary(ctx.reply(), row);
  }
}

void ReplyTexts(resp::ReplyWriter& reply, const std::vector<std::pair<std::string, std::string>>& pairs) {
  reply.Map(static_cast<int64_t>(pairs.size()));
  for (const auto& [name, text] : pairs) BulkPair(reply, name, text);
}

void TransportInfo(Context& ctx) {
  const std::vector<TransportRow> rows = ctx.services().server.Transports();
  // Of several copies the newest, which is the one in use, stands last.
  const auto row =
      std::find_if(rows.rbegin(), rows.rend(), [&](const TransportRow& r) { return r.name == ctx.arg(2); });
  if (row == rows.rend()) {
    return ctx.reply().Error(fmt::format("ERR No transport '{}' is loaded", ctx.arg(2).substr(0, 128)));
  }
  resp::ReplyWriter& reply = ctx.reply();
  reply.Map(kSummaryPairs + 5 + static_cast<int64_t>(row->extra.size()));
  ReplySummary(reply, *row);
  BulkPair(reply, "abi", row->abi);
  BulkPair(reply, "build", row->build);
  BulkPair(reply, "path", row->path);
  IntegerPair(reply, "contexts", row->contexts);
  for (const auto& [name, text] : row->extra) BulkPair(reply, name, text);
  reply.Bulk("settings");
  ReplyTexts(reply, row->options);
}

void TransportLoad(Context& ctx) {
  if (ctx.argc() % 2 == 0) return ctx.reply().Error(command::errors::kSyntax);
  const auto result = ctx.services().server.LoadTransport(ctx.client(), ctx.arg(2), ctx.args().subspan(3));
  if (!result) return ctx.reply().Error(result.error().text());
  ctx.reply().Ok();
}

void TransportReload(Context& ctx) {
  const auto result = ctx.services().server.ReloadTransport(ctx.client(), ctx.arg(2));
  if (!result) return ctx.reply().Error(result.error().text());
  ctx.reply().Ok();
}

void TransportUnload(Context& ctx) {
  const auto result = ctx.services().server.UnloadTransport(ctx.client(), ctx.arg(2));
  if (!result) return ctx.reply().Error(result.error().text());
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {{"transport|info", TransportInfo},
                                                 {"transport|list", TransportList},
                                                 {"transport|load", TransportLoad},
                                                 {"transport|reload", TransportReload},
                                                 {"transport|unload", TransportUnload}};

}  // namespace

std::span<const command::HandlerBinding> TransportHandlers() { return kHandlers; }

}  // namespace keyway::commands
