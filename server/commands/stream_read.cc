// XREAD and XREADGROUP: what streams hold behind given IDs, for one reader or for a consumer of a group, now or later.
#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

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
using data::StreamIdText;
using data::StreamReader;
namespace errors = command::errors;

// ">": messages that the group was not given yet. As an ID it is the greatest, behind which there is nothing to read.
constexpr StreamId kNewMessages = data::kMaxStreamId;
// What redis-compat 7.0 sends to a client without COUNT that has waited.
constexpr uint64_t kCountAfterWait70 = 1000;

constexpr std::string_view kDollarInGroup =
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by "
    "specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.";

struct ReadRequest {
  bool in_group = false;  // XREADGROUP
  std::optional<std::string_view> group, consumer;
  bool no_ack = false;
  std::optional<int64_t> deadline_ms;  // with BLOCK
  uint64_t count = 0;                  // 0: any number
  size_t keys_at = 0;                  // argument with the first key
  size_t streams = 0;
};

// One of the streams that a request names.
struct Source {
  Stream* stream = nullptr;  // null: no such key
  ConsumerGroup* group = nullptr;
  StreamId after;
};

bool ReadStreamsOption(Context& ctx, size_t i, ReadRequest* request) {
  request->keys_at = i + 1;
  const size_t words = ctx.argc() - request->keys_at;
  request->streams = words / 2;
  if (words % 2 == 0) return true;
  if (ctx.services().compat_70) {
    ctx.reply().Error("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.");
  } else {
    ctx.reply().Error(
        fmt::format("ERR Unbalanced '{}' list of streams: for each stream key an ID or '{}' must be specified.",
                    ctx.spec().full_name, request->in_group ? '>' : '$'));
  }
  return false;
}

// An option that only XREADGROUP has.
bool GroupOption(Context& ctx, const ReadRequest& request, std::string_view name) {
  if (request.in_group) return true;
  ctx.reply().Error(fmt::format("ERR The {} option is only supported by XREADGROUP. You called XREAD instead.", name));
  return false;
}

std::optional<ReadRequest> ReadOptions(Context& ctx, bool in_group) {
  ReadRequest request{.in_group = in_group};
  for (size_t i = 1; i < ctx.argc() && request.keys_at == 0; ++i) {
    const std::string_view word = ctx.arg(i);
    const size_t more = ctx.argc() - i - 1;
    if (more >= 1 && IsWord(word, "BLOCK")) {
      request.deadline_ms = command::TimeoutMsArg(ctx, ++i);
      if (!request.deadline_ms) return std::nullopt;
    } else if (more >= 1 && IsWord(word, "COUNT")) {
      const auto count = command::IntegerArg(ctx, ++i);
      if (!count) return std::nullopt;
      request.count = static_cast<uint64_t>(std::max<int64_t>(*count, 0));
    } else if (more >= 1 && IsWord(word, "STREAMS")) {
      if (!ReadStreamsOption(ctx, i, &request)) return std::nullopt;
    } else if (more >= 2 && IsWord(word, "GROUP")) {
      if (!GroupOption(ctx, request, "GROUP")) return std::nullopt;
      request.group = ctx.arg(i + 1), request.consumer = ctx.arg(i + 2);
      i += 2;
    } else if (IsWord(word, "NOACK")) {
      if (!GroupOption(ctx, request, "NOACK")) return std::nullopt;
      request.no_ack = true;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  if (request.keys_at == 0) {
    ctx.reply().Error(errors::kSyntax);
    return std::nullopt;
  }
  if (in_group && !request.group) {
    ctx.reply().Error("ERR Missing GROUP option for XREADGROUP");
    return std::nullopt;
  }
  return request;
}

// What a client of XREADGROUP hears whose key or group is not there (any more).
void ReplyNoGroup(Context& ctx, std::string_view key, std::string_view group, bool has_stream) {
  if (ctx.is_rerun() && ctx.services().compat_70) {
    return ctx.reply().Error(has_stream ? "NOGROUP the consumer group this client was blocked on no longer exists"
                                        : "UNBLOCKED the stream key no longer exists");
  }
  ctx.reply().Error(
      fmt::format("NOGROUP No such key '{}' or consumer group '{}' in XREADGROUP with GROUP option", key, group));
}

// Where the source is read from: "$", ">" or an ID at argument i.
bool ReadAfter(Context& ctx, const ReadRequest& request, size_t i, Source* source) {
  if (ctx.arg(i) == "$") {
    if (request.in_group) {
      ctx.reply().Error(kDollarInGroup);
      return false;
    }
    if (source->stream != nullptr) source->after = source->stream->last_id();
    return true;
  }
  if (ctx.arg(i) == ">") {
    if (!request.in_group) {
      ctx.reply().Error(
          "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.");
      return false;
    }
    source->after = kNewMessages;
    return true;
  }
  const auto id = StreamIdArg(ctx, i);
  if (!id) return false;
  source->after = *id;
  return true;
}

std::optional<std::vector<Source>> FindSources(Context& ctx, const ReadRequest& request) {
  std::vector<Source> sources(request.streams);
  for (size_t i = 0; i < request.streams; ++i) {
    const size_t key_at = request.keys_at + i;
    keyspace::Entry* entry = ctx.db().FindForRead(ctx.Key(key_at));
    if (entry != nullptr && entry->type() != data::ValueType::kStream) {
      if (request.in_group && ctx.is_rerun() && ctx.services().compat_70) {
        ReplyNoGroup(ctx, ctx.arg(key_at), *request.group, false);
      } else {
        ctx.reply().Error(errors::kWrongType);
      }
      return std::nullopt;
    }
    if (entry != nullptr) sources[i].stream = static_cast<Stream*>(entry->object());
    if (request.in_group) {
      if (entry != nullptr) sources[i].group = sources[i].stream->FindGroup(*request.group);
      if (sources[i].group == nullptr) {
        ReplyNoGroup(ctx, ctx.arg(key_at), *request.group, entry != nullptr);
        return std::nullopt;
      }
    }
    if (!ReadAfter(ctx, request, key_at + request.streams, &sources[i])) return std::nullopt;
  }
  return sources;
}

// Gives messages behind `after` to the consumer: they are pending for it then, unless NOACK says that nobody confirms.
void DeliverNew(Context& ctx, const ReadRequest& request, std::string_view key, const Source& source, StreamId after,
                Consumer* consumer) {
  ConsumerGroup& group = *source.group;
  StreamReader reader(*source.stream, data::NextStreamId(after).value_or(data::kMinStreamId));
  resp::Deferred messages(ctx.reply());
  bool moved = false;
  while (reader.Next()) {
    const StreamId id = reader.id();
    moved = moved || id > group.last_id;
    source.stream->Advance(group, id);
    ReplyMessage(ctx, reader);
    messages.Count();
    if (!request.no_ack) {
      // After XGROUP SETID somebody may have the message already; it changes hands then.
      group.Give(id, consumer, ctx.now_ms(), 1);
      consumer->active_time_ms = ctx.now_ms();
      PropagateClaim(ctx, key, *request.group, group, id, {ctx.now_ms(), 1, consumer});
    }
    if (request.count != 0 && static_cast<uint64_t>(messages.count()) == request.count) break;
  }
  messages.EndArray();
  if (request.no_ack && moved) PropagateGroupId(ctx, key, *request.group, group);
}

// What is pending for the consumer behind `after`, once more. A message that was deleted has no fields any more.
void DeliverHistory(Context& ctx, const ReadRequest& request, const Source& source, const Consumer& consumer) {
  resp::Deferred messages(ctx.reply());
  const Consumer::PendingIds& ids = consumer.pending();
  auto at = ids.LowerBound(data::NextStreamId(source.after).value_or(data::kMinStreamId));
  for (; at != ids.End(); at = ids.Next(at)) {
    if (request.count != 0 && static_cast<uint64_t>(messages.count()) == request.count) break;
    const StreamId id = ids.key(at);
    StreamReader reader(*source.stream, id, id);
    if (reader.Next()) {
      ReplyMessage(ctx, reader);
      ConsumerGroup::Pending* pending = source.group->FindPending(id);
      pending->delivery_time_ms = ctx.now_ms();
      ++pending->delivery_count;
    } else {
      ctx.reply().Array(2);
      ReplyStreamId(ctx, id);
      ctx.reply().NullArray();
    }
    messages.Count();
  }
  messages.EndArray();
}

// Whether there are messages behind `after`.
bool HasMessagesAfter(const Stream& stream, StreamId after) {
  return stream.length() > 0 && stream.LastMessageId() > after;
}

// The reply of a request: one pair of key and messages for each stream that has something. Opens when there is a first one.
class StreamsReply {
 public:
  explicit StreamsReply(Context& ctx) : ctx_(ctx) {}

  void Begin(std::string_view key) {
    if (!list_) list_.emplace(ctx_.reply());
    list_->Count();
    if (ctx_.reply().version() == 2) ctx_.reply().Array(2);
    ctx_.reply().Bulk(key);
  }
  // False if nothing was written.
  bool End() {
    if (!list_) return false;
    if (ctx_.reply().version() == 2) {
      list_->EndArray();
    } else {
      list_->EndMap();
    }
    return true;
  }

 private:
  Context& ctx_;
  std::optional<resp::Deferred> list_;
};

void ServeReader(Context& ctx, const ReadRequest& request, std::string_view key, const Source& source,
                 StreamsReply* reply) {
  if (!HasMessagesAfter(*source.stream, source.after)) return;
  reply->Begin(key);
  StreamReader reader(*source.stream, data::NextStreamId(source.after).value_or(data::kMinStreamId));
  ReplyMessages(ctx, reader, request.count);
}

Consumer* FindOrAddReader(Context& ctx, const ReadRequest& request, const keyspace::HashedKey& key,
                          ConsumerGroup& group) {
  const bool is_new = group.FindConsumer(*request.consumer) == nullptr;
  Consumer* consumer = FindOrAddConsumer(ctx, key, group, *request.consumer);
  // With NOACK no XCLAIM tells the others of a new consumer.
  if (is_new && request.no_ack)
    ctx.PropagateAs({"XGROUP", "CREATECONSUMER", key.view, *request.group, *request.consumer});
  consumer->seen_time_ms = ctx.now_ms();
  return consumer;
}

void ServeConsumer(Context& ctx, const ReadRequest& request, size_t key_at, const Source& source, StreamsReply* reply) {
  const bool history = source.after != kNewMessages;
  const bool has_new = !history && HasMessagesAfter(*source.stream, source.group->last_id);
  const keyspace::HashedKey key = ctx.Key(key_at);
  // redis-compat 7.0 knows of a consumer only when it has been served.
  if (!history && !has_new && ctx.services().compat_70) return;
  Consumer* consumer = FindOrAddReader(ctx, request, key, *source.group);
  if (!history && !has_new) return;
  reply->Begin(key.view);
  if (history) {
    DeliverHistory(ctx, request, source, *consumer);
  } else {
    DeliverNew(ctx, request, key.view, source, source.group->last_id, consumer);
  }
  ctx.db().AddDirty();
}

// The client waits. "$" means what it meant at first, however often the request is run again.
void Wait(Context& ctx, const ReadRequest& request, const std::vector<Source>& sources) {
  command::BlockRequest block{
      .type = data::ValueType::kStream, .deadline_ms = *request.deadline_ms, .on_removal = request.in_group};
  bool written_out = false;
  for (size_t i = 0; i < request.streams; ++i) {
    block.keys.push_back(ctx.arg(request.keys_at + i));
    const size_t id_at = request.keys_at + request.streams + i;
    if (ctx.arg(id_at) != "$") continue;
    if (!written_out) block.words.assign(ctx.args().begin(), ctx.args().end());
    written_out = true;
    block.words[id_at] = StreamIdText(sources[i].after).str();
  }
  ctx.Block(std::move(block));
}

void Read(Context& ctx, bool in_group) {
  auto request = ReadOptions(ctx, in_group);
  if (!request) return;
  if (request->count == 0 && ctx.is_rerun() && ctx.services().compat_70) request->count = kCountAfterWait70;
  // What a group's reader did is propagated step by step.
  ctx.PropagateNothing();
  const auto sources = FindSources(ctx, *request);
  if (!sources) return;
  StreamsReply reply(ctx);
  for (size_t i = 0; i < request->streams; ++i) {
    const Source& source = (*sources)[i];
    if (source.stream == nullptr) continue;
    if (in_group) {
      ServeConsumer(ctx, *request, request->keys_at + i, source, &reply);
    } else {
      ServeReader(ctx, *request, ctx.arg(request->keys_at + i), source, &reply);
    }
  }
  if (reply.End()) return;
  if (request->deadline_ms && ctx.may_block()) return Wait(ctx, *request, *sources);
  ctx.reply().NullArray();
}

void XRead(Context& ctx) { Read(ctx, false); }
void XReadGroup(Context& ctx) { Read(ctx, true); }

constexpr command::HandlerBinding kHandlers[] = {
    {"xread", XRead},
    {"xreadgroup", XReadGroup},
};

}  // namespace

std::span<const command::HandlerBinding> StreamReadHandlers() { return kHandlers; }

}  // namespace keyway::commands
