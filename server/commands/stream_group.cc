// XGROUP: consumer groups and their consumers come and go.
#include <fmt/core.h>

#include <memory>
#include <optional>

#include "server/commands/families.h"
#include "server/commands/stream_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::ConsumerGroup;
using data::Stream;
using data::StreamId;
using keyspace::EventClass;
using keyspace::HashedKey;

// Arguments of every subcommand: key, group, and an ID or a consumer.
constexpr size_t kKeyAt = 2, kGroupAt = 3, kIdAt = 4, kConsumerAt = 4, kOptionsAt = 5;

constexpr std::string_view kKeyRequired =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option "
    "to "
    "create an empty stream automatically.";

struct GroupOptions {
  bool make_stream = false;
  int64_t entries_read = ConsumerGroup::kUnknownReads;
};

std::optional<GroupOptions> ReadGroupOptions(Context& ctx, bool may_make_stream) {
  GroupOptions options;
  for (size_t i = kOptionsAt; i < ctx.argc(); ++i) {
    if (may_make_stream && IsWord(ctx.arg(i), "MKSTREAM")) {
      options.make_stream = true;
    } else if (i + 1 < ctx.argc() && IsWord(ctx.arg(i), "ENTRIESREAD")) {
      const auto reads = command::IntegerArg(ctx, ++i);
      if (!reads) return std::nullopt;
      if (*reads < 0 && *reads != ConsumerGroup::kUnknownReads) {
        ctx.reply().Error("ERR value for ENTRIESREAD must be positive or -1");
        return std::nullopt;
      }
      options.entries_read = *reads;
    } else {
      command::SubcommandSyntaxError(ctx);
      return std::nullopt;
    }
  }
  return options;
}

// The stream; null: there is none, or it is something else, and that was answered.
Stream* RequireStream(Context& ctx) {
  Stream* stream = nullptr;
  if (FindStreamToWrite(ctx, kKeyAt, &stream) && stream == nullptr) ctx.reply().Error(kKeyRequired);
  return stream;
}

// The same for stream and group.
ConsumerGroup* RequireGroup(Context& ctx, Stream** stream = nullptr) {
  Stream* found = RequireStream(ctx);
  if (found == nullptr) return nullptr;
  if (stream != nullptr) *stream = found;
  ConsumerGroup* group = found->FindGroup(ctx.arg(kGroupAt));
  if (group == nullptr) {
    ctx.reply().Error(
        fmt::format("NOGROUP No such consumer group '{}' for key name '{}'", ctx.arg(kGroupAt), ctx.arg(kKeyAt)));
  }
  return group;
}

// What changes no message: others that watch the key are not told.
void Tell(Context& ctx, std::string_view event) {
  ctx.db().AddDirty();
  ctx.db().Event(EventClass::kStream, event, ctx.arg(kKeyAt));
}

void XGroupCreate(Context& ctx) {
  const auto options = ReadGroupOptions(ctx, true);
  if (!options) return;
  Stream* stream = nullptr;
  if (!FindStreamToWrite(ctx, kKeyAt, &stream)) return;
  if (stream == nullptr && !options->make_stream) return ctx.reply().Error(kKeyRequired);
  // Options that are repeated.
  if (ctx.argc() > kOptionsAt + 3) return command::SubcommandSyntaxError(ctx);
  StreamId id;
  if (ctx.arg(kIdAt) == "$") {
    if (stream != nullptr) id = stream->last_id();
  } else {
    const auto given = StreamIdArg(ctx, kIdAt);
    if (!given) return;
    id = *given;
  }
  const HashedKey key = ctx.Key(kKeyAt);
  if (stream == nullptr) {
    auto made = std::make_unique<Stream>();
    stream = made.get();
    ctx.db().Add(key, data::Value::FromObject(std::move(made)));
    ctx.db().SignalModified(key.view);
  }
  if (stream->AddGroup(ctx.arg(kGroupAt), id, options->entries_read) == nullptr) {
    return ctx.reply().Error("BUSYGROUP Consumer Group name already exists");
  }
  Tell(ctx, "xgroup-create");
  ctx.reply().Ok();
}

void XGroupSetId(Context& ctx) {
  const auto options = ReadGroupOptions(ctx, false);
  if (!options) return;
  Stream* stream = nullptr;
  ConsumerGroup* group = RequireGroup(ctx, &stream);
  if (group == nullptr) return;
  if (ctx.argc() > kOptionsAt + 2) return command::SubcommandSyntaxError(ctx);
  StreamId id = stream->last_id();
  if (ctx.arg(kIdAt) != "$") {
    // "-" and "+" are IDs here, though not for CREATE.
    const auto given =
        ctx.arg(kIdAt) == "-" || ctx.arg(kIdAt) == "+" ? RangeStartArg(ctx, kIdAt) : StreamIdArg(ctx, kIdAt);
    if (!given) return;
    id = *given;
  }
  group->last_id = id;
  group->entries_read = options->entries_read;
  Tell(ctx, "xgroup-setid");
  ctx.reply().Ok();
}

void XGroupDestroy(Context& ctx) {
  Stream* stream = RequireStream(ctx);
  if (stream == nullptr) return;
  if (!stream->RemoveGroup(ctx.arg(kGroupAt))) return ctx.reply().Integer(0);
  Tell(ctx, "xgroup-destroy");
  // Clients that wait for messages of the group are to hear that it is gone.
  ctx.db().SignalModified(ctx.arg(kKeyAt));
  ctx.reply().Integer(1);
}

void XGroupCreateConsumer(Context& ctx) {
  ConsumerGroup* group = RequireGroup(ctx);
  if (group == nullptr) return;
  if (group->FindConsumer(ctx.arg(kConsumerAt)) != nullptr) return ctx.reply().Integer(0);
  FindOrAddConsumer(ctx, ctx.Key(kKeyAt), *group, ctx.arg(kConsumerAt));
  ctx.reply().Integer(1);
}

void XGroupDelConsumer(Context& ctx) {
  ConsumerGroup* group = RequireGroup(ctx);
  if (group == nullptr) return;
  data::Consumer* consumer = group->FindConsumer(ctx.arg(kConsumerAt));
  if (consumer == nullptr) return ctx.reply().Integer(0);
  const size_t pending = group->RemoveConsumer(consumer);
  Tell(ctx, "xgroup-delconsumer");
  ctx.reply().Integer(static_cast<int64_t>(pending));
}

constexpr command::HandlerBinding kHandlers[] = {
    {"xgroup|create", XGroupCreate},
    {"xgroup|createconsumer", XGroupCreateConsumer},
    {"xgroup|delconsumer", XGroupDelConsumer},
    {"xgroup|destroy", XGroupDestroy},
    {"xgroup|setid", XGroupSetId},
};

}  // namespace

std::span<const command::HandlerBinding> StreamGroupHandlers() { return kHandlers; }

}  // namespace keyway::commands
