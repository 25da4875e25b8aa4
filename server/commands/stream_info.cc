// XINFO: what there is to know about a stream, its groups and their consumers.
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "server/commands/families.h"
#include "server/commands/stream_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::Consumer;
using data::ConsumerGroup;
using data::Stream;
using data::StreamId;
using data::StreamReader;

constexpr uint64_t kDefaultFullCount = 10;

// The stream under argument 2; null: there is none, and that was answered.
const Stream* RequireStream(Context& ctx) {
  Stream* stream = nullptr;
  if (FindStreamToRead(ctx, 2, &stream) && stream == nullptr) ctx.reply().Error(command::errors::kNoSuchKey);
  return stream;
}

void FieldInteger(Context& ctx, std::string_view name, int64_t value) {
  ctx.reply().Bulk(name);
  ctx.reply().Integer(value);
}

void FieldSize(Context& ctx, std::string_view name, uint64_t value) {
  FieldInteger(ctx, name, static_cast<int64_t>(value));
}

void FieldId(Context& ctx, std::string_view name, StreamId id) {
  ctx.reply().Bulk(name);
  ReplyStreamId(ctx, id);
}

// A count, or null if nobody knows it.
void FieldCount(Context& ctx, std::string_view name, std::optional<int64_t> value) {
  if (value) return FieldInteger(ctx, name, *value);
  ctx.reply().Bulk(name);
  ctx.reply().Null();
}

std::optional<int64_t> ReadsOf(const ConsumerGroup& group) {
  if (group.entries_read == ConsumerGroup::kUnknownReads) return std::nullopt;
  return group.entries_read;
}

void FieldMessage(Context& ctx, std::string_view name, const Stream& stream, bool last) {
  ctx.reply().Bulk(name);
  StreamReader reader(stream, data::kMinStreamId, data::kMaxStreamId, last);
  if (!reader.Next()) return ctx.reply().Null();
  ReplyMessage(ctx, reader);
}

// ---- XINFO STREAM … FULL ---------------------------------------------------------------------------------------------

// The first `count` of some pending IDs (0: all of them).
template <class Ids, class Write>
void ReplyPendingIds(Context& ctx, const Ids& ids, uint64_t count, Write&& write) {
  const uint64_t most = count == 0 ? ids.size() : std::min<uint64_t>(count, ids.size());
  ctx.reply().Bulk("pending");
  ctx.reply().Array(static_cast<int64_t>(most));
  auto at = ids.Begin();
  for (uint64_t i = 0; i < most; ++i, at = ids.Next(at)) write(ids.key(at));
}

void ReplyFullConsumer(Context& ctx, const ConsumerGroup& group, const Consumer& consumer, uint64_t count) {
  const bool with_active_time = !ctx.services().compat_70;
  ctx.reply().Map(with_active_time ? 5 : 4);
  ctx.reply().Bulk("name");
  ctx.reply().Bulk(consumer.name());
  FieldInteger(ctx, "seen-time", consumer.seen_time_ms);
  if (with_active_time) FieldInteger(ctx, "active-time", consumer.active_time_ms);
  FieldSize(ctx, "pel-count", consumer.pending().size());
  ReplyPendingIds(ctx, consumer.pending(), count, [&](StreamId id) {
    const ConsumerGroup::Pending& pending = *group.FindPending(id);
    ctx.reply().Array(3);
    ReplyStreamId(ctx, id);
    ctx.reply().Integer(pending.delivery_time_ms);
    ctx.reply().Integer(static_cast<int64_t>(pending.delivery_count));
  });
}

void ReplyFullGroup(Context& ctx, const Stream& stream, std::string_view name, const ConsumerGroup& group,
                    uint64_t count) {
  ctx.reply().Map(7);
  ctx.reply().Bulk("name");
  ctx.reply().Bulk(name);
  FieldId(ctx, "last-delivered-id", group.last_id);
  FieldCount(ctx, "entries-read", ReadsOf(group));
  FieldCount(ctx, "lag", stream.LagOf(group));
  FieldSize(ctx, "pel-count", group.pending().size());
  ReplyPendingIds(ctx, group.pending(), count, [&](StreamId id) {
    const ConsumerGroup::Pending& pending = *group.FindPending(id);
    ctx.reply().Array(4);
    ReplyStreamId(ctx, id);
    ctx.reply().Bulk(pending.consumer->name());
    ctx.reply().Integer(pending.delivery_time_ms);
    ctx.reply().Integer(static_cast<int64_t>(pending.delivery_count));
  });
  ctx.reply().Bulk("consumers");
  ctx.reply().Array(static_cast<int64_t>(group.consumers().size()));
  for (const auto& [consumer_name, consumer] : group.consumers()) ReplyFullConsumer(ctx, group, consumer, count);
}

// Whether FULL was given, and its COUNT; nothing: neither of that, and it was answered.
struct FullOption {
  bool full = false;
  uint64_t count = kDefaultFullCount;
};
std::optional<FullOption> ReadFullOption(Context& ctx) {
  FullOption option;
  if (ctx.argc() == 3) return option;
  option.full = true;
  if ((ctx.argc() != 4 && ctx.argc() != 6) || !IsWord(ctx.arg(3), "FULL") ||
      (ctx.argc() == 6 && !IsWord(ctx.arg(4), "COUNT"))) {
    command::SubcommandSyntaxError(ctx);
    return std::nullopt;
  }
  if (ctx.argc() == 6) {
    const auto count = command::IntegerArg(ctx, 5);
    if (!count) return std::nullopt;
    if (*count >= 0) option.count = static_cast<uint64_t>(*count);
  }
  return option;
}

void XInfoStream(Context& ctx) {
  const Stream* stream = RequireStream(ctx);
  if (stream == nullptr) return;
  const auto option = ReadFullOption(ctx);
  if (!option) return;
  ctx.reply().Map(option->full ? 9 : 10);
  FieldSize(ctx, "length", stream->length());
  FieldSize(ctx, "radix-tree-keys", stream->node_count());
  // There is no such tree here; what clients get to see is the least that one of so many keys has.
  FieldSize(ctx, "radix-tree-nodes", stream->node_count() + 1);
  FieldId(ctx, "last-generated-id", stream->last_id());
  FieldId(ctx, "max-deleted-entry-id", stream->max_deleted_id());
  FieldSize(ctx, "entries-added", stream->entries_added());
  FieldId(ctx, "recorded-first-entry-id", stream->first_id());
  if (!option->full) {
    FieldSize(ctx, "groups", stream->group_count());
    FieldMessage(ctx, "first-entry", *stream, false);
    FieldMessage(ctx, "last-entry", *stream, true);
    return;
  }
  ctx.reply().Bulk("entries");
  StreamReader reader(*stream);
  ReplyMessages(ctx, reader, option->count);
  ctx.reply().Bulk("groups");
  ctx.reply().Array(static_cast<int64_t>(stream->group_count()));
  stream->ForEachGroup([&](std::string_view name, const ConsumerGroup& group) {
    ReplyFullGroup(ctx, *stream, name, group, option->count);
  });
}

void XInfoGroups(Context& ctx) {
  const Stream* stream = RequireStream(ctx);
  if (stream == nullptr) return;
  ctx.reply().Array(static_cast<int64_t>(stream->group_count()));
  stream->ForEachGroup([&](std::string_view name, const ConsumerGroup& group) {
    ctx.reply().Map(6);
    ctx.reply().Bulk("name");
    ctx.reply().Bulk(name);
    FieldSize(ctx, "consumers", group.consumers().size());
    FieldSize(ctx, "pending", group.pending().size());
    FieldId(ctx, "last-delivered-id", group.last_id);
    FieldCount(ctx, "entries-read", ReadsOf(group));
    FieldCount(ctx, "lag", stream->LagOf(group));
  });
}

void XInfoConsumers(Context& ctx) {
  const Stream* stream = RequireStream(ctx);
  if (stream == nullptr) return;
  const ConsumerGroup* group = stream->FindGroup(ctx.arg(3));
  if (group == nullptr) {
    return ctx.reply().Error(
        fmt::format("NOGROUP No such consumer group '{}' for key name '{}'", ctx.arg(3), ctx.arg(2)));
  }
  const bool with_inactive = !ctx.services().compat_70;
  ctx.reply().Array(static_cast<int64_t>(group->consumers().size()));
  for (const auto& [name, consumer] : group->consumers()) {
    ctx.reply().Map(with_inactive ? 4 : 3);
    ctx.reply().Bulk("name");
    ctx.reply().Bulk(name);
    FieldSize(ctx, "pending", consumer.pending().size());
    FieldInteger(ctx, "idle", std::max<int64_t>(ctx.now_ms() - consumer.seen_time_ms, 0));
    if (!with_inactive) continue;
    FieldInteger(ctx, "inactive", consumer.active_time_ms == -1 ? -1 : ctx.now_ms() - consumer.active_time_ms);
  }
}

constexpr command::HandlerBinding kHandlers[] = {
    {"xinfo|consumers", XInfoConsumers},
    {"xinfo|groups", XInfoGroups},
    {"xinfo|stream", XInfoStream},
};

}  // namespace

std::span<const command::HandlerBinding> StreamInfoHandlers() { return kHandlers; }

}  // namespace keyway::commands
