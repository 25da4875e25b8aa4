#include "server/commands/stream_support.h"

#include <fmt/core.h>

#include "server/base/number.h"

namespace keyway::commands {

using command::Context;
using data::ConsumerGroup;
using data::Stream;
using data::StreamId;
using data::StreamIdText;
using data::StreamReader;
using keyspace::Entry;
namespace errors = command::errors;

namespace {

bool TakeStream(Context& ctx, Entry* entry, Stream** stream) {
  *stream = nullptr;
  if (entry == nullptr) return true;
  if (entry->type() != data::ValueType::kStream) {
    ctx.reply().Error(errors::kWrongType);
    return false;
  }
  *stream = static_cast<Stream*>(entry->object());
  return true;
}

std::optional<StreamId> InvalidId(Context& ctx) {
  ctx.reply().Error(kInvalidStreamId);
  return std::nullopt;
}

struct RangeEnd {
  uint64_t missing_seq;
  std::optional<StreamId> (*exclude)(StreamId);
  std::string_view nothing_left;
};

std::optional<StreamId> RangeArg(Context& ctx, size_t i, const RangeEnd& end) {
  const std::string_view text = ctx.arg(i);
  if (text == "-") return data::kMinStreamId;
  if (text == "+") return data::kMaxStreamId;
  const bool excluded = text.size() > 1 && text[0] == '(';
  const auto id = data::ParseStreamId(text.substr(excluded ? 1 : 0), end.missing_seq);
  if (!id) return InvalidId(ctx);
  if (!excluded) return id;
  const auto neighbour = end.exclude(*id);
  if (!neighbour) ctx.reply().Error(end.nothing_left);
  return neighbour;
}

}  // namespace

bool FindStreamToRead(Context& ctx, size_t i, Stream** stream) {
  return TakeStream(ctx, ctx.db().FindForRead(ctx.Key(i)), stream);
}

bool FindStreamToWrite(Context& ctx, size_t i, Stream** stream) {
  return TakeStream(ctx, ctx.db().FindForWrite(ctx.Key(i)), stream);
}

std::optional<StreamGroup> FindStreamGroup(Context& ctx) {
  StreamGroup found;
  if (!FindStreamToRead(ctx, 1, &found.stream)) return std::nullopt;
  if (found.stream != nullptr) found.group = found.stream->FindGroup(ctx.arg(2));
  if (found.group != nullptr) return found;
  ctx.reply().Error(fmt::format("NOGROUP No such key '{}' or consumer group '{}'", ctx.arg(1), ctx.arg(2)));
  return std::nullopt;
}

data::Consumer* FindOrAddConsumer(Context& ctx, const keyspace::HashedKey& key, ConsumerGroup& group,
                                  std::string_view name) {
  if (data::Consumer* consumer = group.FindConsumer(name)) return consumer;
  data::Consumer* consumer = group.AddConsumer(name, ctx.now_ms());
  ctx.db().AddDirty();
  ctx.db().Event(keyspace::EventClass::kStream, "xgroup-createconsumer", key.view);
  return consumer;
}

std::optional<StreamId> StreamIdArg(Context& ctx, size_t i, bool* seq_given) {
  const auto id = data::ParseStreamId(ctx.arg(i), 0, seq_given);
  return id ? id : InvalidId(ctx);
}

std::optional<StreamId> RangeStartArg(Context& ctx, size_t i) {
  return RangeArg(ctx, i, {0, data::NextStreamId, "ERR invalid start ID for the interval"});
}

std::optional<StreamId> RangeEndArg(Context& ctx, size_t i) {
  return RangeArg(ctx, i, {UINT64_MAX, data::PreviousStreamId, "ERR invalid end ID for the interval"});
}

void ReplyStreamId(Context& ctx, StreamId id) { ctx.reply().Bulk(StreamIdText(id).view()); }

void ReplyMessage(Context& ctx, StreamReader& reader) {
  const size_t fields = reader.field_count();
  ctx.reply().Array(2);
  ReplyStreamId(ctx, reader.id());
  ctx.reply().Array(static_cast<int64_t>(2 * fields));
  for (size_t i = 0; i < fields; ++i) {
    std::string_view field, value;
    reader.ReadField(&field, &value);
    ctx.reply().Bulk(field);
    ctx.reply().Bulk(value);
  }
}

void ReplyMessages(Context& ctx, StreamReader& reader, uint64_t count) {
  resp::Deferred messages(ctx.reply());
  while (reader.Next()) {
    ReplyMessage(ctx, reader);
    messages.Count();
    if (count != 0 && static_cast<uint64_t>(messages.count()) == count) break;
  }
  messages.EndArray();
}

void PropagateClaim(Context& ctx, std::string_view key, std::string_view group_name, const ConsumerGroup& group,
                    StreamId id, const ConsumerGroup::Pending& pending) {
  char count[kMaxIntegerLength];
  const std::string_view count_text(count, FormatUint64(pending.delivery_count, count));
  ctx.PropagateAs({"XCLAIM", key, group_name, pending.consumer->name(), "0", StreamIdText(id).view(), "TIME",
                   IntegerText(pending.delivery_time_ms).view(), "RETRYCOUNT", count_text, "FORCE", "JUSTID", "LASTID",
                   StreamIdText(group.last_id).view()});
}

void PropagateGroupId(Context& ctx, std::string_view key, std::string_view group_name, const ConsumerGroup& group) {
  ctx.PropagateAs({"XGROUP", "SETID", key, group_name, StreamIdText(group.last_id).view(), "ENTRIESREAD",
                   IntegerText(group.entries_read).view()});
}

}  // namespace keyway::commands
