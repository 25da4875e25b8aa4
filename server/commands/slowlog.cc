// SLOWLOG: what the slow log holds.
#include "server/command/slow_log.h"

#include <algorithm>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::SlowLog;

void ReplyEntry(Context& ctx, const SlowLog::Entry& entry) {
  resp::ReplyWriter& reply = ctx.reply();
  reply.Array(6);
  reply.Integer(entry.id);
  reply.Integer(entry.time_s);
  reply.Integer(entry.microseconds);
  reply.Array(static_cast<int64_t>(entry.words.size()));
  for (const std::string& word : entry.words) reply.Bulk(word);
  reply.Bulk(entry.peer);
  reply.Bulk(entry.client_name);
}

void SlowLogGet(Context& ctx) {
  constexpr int64_t kDefaultCount = 10;
  if (ctx.argc() > 3) return command::SubcommandSyntaxError(ctx);
  int64_t count = kDefaultCount;
  if (ctx.argc() == 3) {
    const auto given = command::IntegerArgIn(ctx, 2, -1, INT64_MAX, "ERR count should be greater than or equal to -1");
    if (!given) return;
    count = *given;
  }
  const auto& entries = ctx.services().slow_log->entries();
  const size_t shown = count < 0 ? entries.size() : std::min(entries.size(), static_cast<size_t>(count));
  ctx.reply().Array(static_cast<int64_t>(shown));
  for (size_t i = 0; i < shown; ++i) ReplyEntry(ctx, entries[i]);
}

void SlowLogLen(Context& ctx) { ctx.reply().Integer(static_cast<int64_t>(ctx.services().slow_log->entries().size())); }

void SlowLogReset(Context& ctx) {
  ctx.services().slow_log->Clear();
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"slowlog|get", SlowLogGet}, {"slowlog|len", SlowLogLen}, {"slowlog|reset", SlowLogReset}};

}  // namespace

std::span<const command::HandlerBinding> SlowLogHandlers() { return kHandlers; }

}  // namespace keyway::commands
