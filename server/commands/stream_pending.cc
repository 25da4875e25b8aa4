// Messages that a group was given and nobody has confirmed: XACK, XPENDING, and taking them over with XCLAIM and XAUTOCLAIM.
#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "server/base/number.h"
#include "server/commands/families.h"
#include "server/commands/stream_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::Consumer;
using data::ConsumerGroup;
using data::StreamId;
using data::StreamIdText;
using data::StreamReader;
namespace errors = command::errors;

void XAck(Context& ctx) {
  data::Stream* stream = nullptr;
  if (!FindStreamToRead(ctx, 1, &stream)) return;
  ConsumerGroup* group = stream == nullptr ? nullptr : stream->FindGroup(ctx.arg(2));
  if (group == nullptr) return ctx.reply().Integer(0);
  // All IDs are read first: a wrong one must not leave the work half done.
  std::vector<StreamId> ids;
  ids.reserve(ctx.argc() - 3);
  for (size_t i = 3; i < ctx.argc(); ++i) {
    const auto id = StreamIdArg(ctx, i);
    if (!id) return;
    ids.push_back(*id);
  }
  const auto confirmed = std::count_if(ids.begin(), ids.end(), [&](StreamId id) { return group->Confirm(id); });
  ctx.db().AddDirty(confirmed);
  ctx.reply().Integer(confirmed);
}

// ---- XPENDING --------------------------------------------------------------------------------------------------------

struct PendingFilter {
  int64_t min_idle_ms = 0;
  StreamId start, end;
  int64_t count = 0;
  std::optional<std::string_view> consumer;
};

// [IDLE min-idle] start end count [consumer]
std::optional<PendingFilter> ReadPendingFilter(Context& ctx) {
  PendingFilter filter;
  size_t start_at = 3;
  if (IsWord(ctx.arg(3), "IDLE")) {
    const auto idle = command::IntegerArg(ctx, 4);
    if (!idle) return std::nullopt;
    if (ctx.argc() < 8) {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
    filter.min_idle_ms = *idle;
    start_at = 5;
  }
  const auto count = command::IntegerArg(ctx, start_at + 2);
  if (!count) return std::nullopt;
  const auto start = RangeStartArg(ctx, start_at);
  if (!start) return std::nullopt;
  const auto end = RangeEndArg(ctx, start_at + 1);
  if (!end) return std::nullopt;
  filter.start = *start, filter.end = *end, filter.count = *count;
  if (start_at + 3 < ctx.argc()) filter.consumer = ctx.arg(start_at + 3);
  return filter;
}

void ReplyPendingSummary(Context& ctx, const ConsumerGroup& group) {
  const ConsumerGroup::PendingMap& pending = group.pending();
  ctx.reply().Array(4);
  ctx.reply().Integer(static_cast<int64_t>(pending.size()));
  if (pending.empty()) {
    ctx.reply().Null();
    ctx.reply().Null();
    return ctx.reply().NullArray();
  }
  ReplyStreamId(ctx, pending.key(pending.Begin()));
  ReplyStreamId(ctx, pending.key(pending.Last()));
  resp::Deferred consumers(ctx.reply());
  for (const auto& [name, consumer] : group.consumers()) {
    if (consumer.pending().empty()) continue;
    ctx.reply().Array(2);
    ctx.reply().Bulk(name);
    ctx.reply().BulkInteger(static_cast<int64_t>(consumer.pending().size()));
    consumers.Count();
  }
  consumers.EndArray();
}

// Those of `ids` (the group's map, or a consumer's set) that the filter lets through.
template <class Ids>
void ReplyPendingEntries(Context& ctx, const ConsumerGroup& group, const PendingFilter& filter, const Ids& ids) {
  resp::Deferred entries(ctx.reply());
  for (auto at = ids.LowerBound(filter.start); at != ids.End() && ids.key(at) <= filter.end; at = ids.Next(at)) {
    if (entries.count() >= filter.count) break;
    const StreamId id = ids.key(at);
    const ConsumerGroup::Pending& pending = *group.FindPending(id);
    const int64_t idle_ms = ctx.now_ms() - pending.delivery_time_ms;
    if (filter.min_idle_ms != 0 && idle_ms < filter.min_idle_ms) continue;
    ctx.reply().Array(4);
    ReplyStreamId(ctx, id);
    ctx.reply().Bulk(pending.consumer->name());
    ctx.reply().Integer(std::max<int64_t>(idle_ms, 0));
    ctx.reply().Integer(static_cast<int64_t>(pending.delivery_count));
    entries.Count();
  }
  entries.EndArray();
}

void XPending(Context& ctx) {
  const bool summary = ctx.argc() == 3;
  if (!summary && (ctx.argc() < 6 || ctx.argc() > 9)) return ctx.reply().Error(errors::kSyntax);
  std::optional<PendingFilter> filter;
  if (!summary) {
    filter = ReadPendingFilter(ctx);
    if (!filter) return;
  }
  const auto found = FindStreamGroup(ctx);
  if (!found) return;
  if (summary) return ReplyPendingSummary(ctx, *found->group);
  if (!filter->consumer) return ReplyPendingEntries(ctx, *found->group, *filter, found->group->pending());
  const Consumer* consumer = found->group->FindConsumer(*filter->consumer);
  if (consumer == nullptr) return ctx.reply().EmptyArray();
  ReplyPendingEntries(ctx, *found->group, *filter, consumer->pending());
}

// ---- XCLAIM and XAUTOCLAIM -------------------------------------------------------------------------------------------

// One run of a command that takes messages over: for whom, and what the others are told.
class Claimer {
 public:
  Claimer(Context& ctx, const StreamGroup& found) : ctx_(ctx), group_(*found.group) {
    // redis-compat 7.0 knows of a consumer only when it has got something.
    if (!ctx.services().compat_70) consumer();
  }

  Consumer* consumer() {
    if (consumer_ == nullptr) consumer_ = FindOrAddConsumer(ctx_, ctx_.Key(1), group_, ctx_.arg(3));
    consumer_->seen_time_ms = ctx_.now_ms();
    return consumer_;
  }

  void Take(StreamId id, int64_t delivery_time_ms, uint64_t delivery_count) {
    group_.Give(id, consumer(), delivery_time_ms, delivery_count);
    consumer_->active_time_ms = ctx_.now_ms();
    Tell(id, {delivery_time_ms, delivery_count, consumer_});
  }
  // The message is no longer in the stream: nobody waits for it any more. The others find that out by the same XCLAIM.
  void Drop(StreamId id, const ConsumerGroup::Pending& pending) {
    Tell(id, pending);
    group_.Confirm(id);
  }
  bool told() const { return told_; }

 private:
  void Tell(StreamId id, const ConsumerGroup::Pending& pending) {
    PropagateClaim(ctx_, ctx_.arg(1), ctx_.arg(2), group_, id, pending);
    ctx_.db().AddDirty();
    told_ = true;
  }

  Context& ctx_;
  ConsumerGroup& group_;
  Consumer* consumer_ = nullptr;
  bool told_ = false;
};

struct ClaimRequest {
  int64_t min_idle_ms = 0;
  std::vector<StreamId> ids;
  std::optional<int64_t> delivery_time_ms;
  int64_t retry_count = -1;  // below 0: not given
  bool force = false;
  bool just_id = false;
  StreamId last_id;
};

// IDLE, TIME, …; argument i is no ID any more.
bool ReadClaimOptions(Context& ctx, size_t i, ClaimRequest* request) {
  for (; i < ctx.argc(); ++i) {
    const std::string_view word = ctx.arg(i);
    const bool more = i + 1 < ctx.argc();
    if (IsWord(word, "FORCE")) {
      request->force = true;
    } else if (IsWord(word, "JUSTID")) {
      request->just_id = true;
    } else if (more && IsWord(word, "IDLE")) {
      const auto idle = command::IntegerArg(ctx, ++i, "ERR Invalid IDLE option argument for XCLAIM");
      if (!idle) return false;
      int64_t time = 0;
      request->delivery_time_ms = __builtin_sub_overflow(ctx.now_ms(), *idle, &time) ? -1 : time;
    } else if (more && IsWord(word, "TIME")) {
      request->delivery_time_ms = command::IntegerArg(ctx, ++i, "ERR Invalid TIME option argument for XCLAIM");
      if (!request->delivery_time_ms) return false;
    } else if (more && IsWord(word, "RETRYCOUNT")) {
      const auto count = command::IntegerArg(ctx, ++i, "ERR Invalid RETRYCOUNT option argument for XCLAIM");
      if (!count) return false;
      request->retry_count = *count;
    } else if (more && IsWord(word, "LASTID")) {
      const auto id = StreamIdArg(ctx, ++i);
      if (!id) return false;
      request->last_id = *id;
    } else {
      ctx.reply().Error(fmt::format("ERR Unrecognized XCLAIM option '{}'", word));
      return false;
    }
  }
  return true;
}

std::optional<ClaimRequest> ReadClaim(Context& ctx) {
  ClaimRequest request;
  const auto idle = command::IntegerArg(ctx, 4, "ERR Invalid min-idle-time argument for XCLAIM");
  if (!idle) return std::nullopt;
  request.min_idle_ms = std::max<int64_t>(*idle, 0);
  size_t i = 5;
  for (; i < ctx.argc(); ++i) {
    const auto id = data::ParseStreamId(ctx.arg(i));
    if (!id) break;
    request.ids.push_back(*id);
  }
  if (!ReadClaimOptions(ctx, i, &request)) return std::nullopt;
  // A time in the future, or before all times, comes from a clock that is not ours; the message was delivered just now.
  const int64_t now = ctx.now_ms();
  const int64_t time = request.delivery_time_ms.value_or(now);
  request.delivery_time_ms = time < 0 || time > now ? now : time;
  return request;
}

void XClaim(Context& ctx) {
  const auto found = FindStreamGroup(ctx);
  if (!found) return;
  const auto request = ReadClaim(ctx);
  if (!request) return;
  ConsumerGroup& group = *found->group;
  ctx.PropagateNothing();
  const bool moved = request->last_id > group.last_id;
  if (moved) group.last_id = request->last_id;

  Claimer claimer(ctx, *found);
  resp::Deferred reply(ctx.reply());
  for (const StreamId id : request->ids) {
    const ConsumerGroup::Pending* pending = group.FindPending(id);
    StreamReader reader(*found->stream, id, id);
    if (!reader.Next()) {
      if (pending != nullptr) claimer.Drop(id, *pending);
      continue;
    }
    if (pending == nullptr && !request->force) continue;
    if (pending != nullptr && request->min_idle_ms != 0 &&
        ctx.now_ms() - pending->delivery_time_ms < request->min_idle_ms) {
      continue;
    }
    uint64_t count = pending == nullptr ? 1 : pending->delivery_count;
    if (request->retry_count >= 0) {
      count = static_cast<uint64_t>(request->retry_count);
    } else if (!request->just_id) {
      ++count;
    }
    claimer.Take(id, *request->delivery_time_ms, count);
    if (request->just_id) {
      ReplyStreamId(ctx, id);
    } else {
      ReplyMessage(ctx, reader);
    }
    reply.Count();
  }
  if (moved && !claimer.told()) {
    PropagateGroupId(ctx, ctx.arg(1), ctx.arg(2), group);
    ctx.db().AddDirty();
  }
  reply.EndArray();
}

struct AutoClaimRequest {
  int64_t min_idle_ms = 0;
  StreamId start;
  int64_t count = 100;
  bool just_id = false;
};

// Messages that are looked at for each that may be answered.
constexpr int64_t kAttemptsPerMessage = 10;
constexpr int64_t kMaxAutoClaimCount = std::numeric_limits<int64_t>::max() / 16;

std::optional<AutoClaimRequest> ReadAutoClaim(Context& ctx) {
  AutoClaimRequest request;
  const auto idle = command::IntegerArg(ctx, 4, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
  if (!idle) return std::nullopt;
  request.min_idle_ms = std::max<int64_t>(*idle, 0);
  const auto start = RangeStartArg(ctx, 5);
  if (!start) return std::nullopt;
  request.start = *start;
  for (size_t i = 6; i < ctx.argc(); ++i) {
    if (i + 1 < ctx.argc() && IsWord(ctx.arg(i), "COUNT")) {
      const auto count = command::IntegerArgIn(ctx, ++i, 1, kMaxAutoClaimCount, "ERR COUNT must be > 0");
      if (!count) return std::nullopt;
      request.count = *count;
    } else if (IsWord(ctx.arg(i), "JUSTID")) {
      request.just_id = true;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return request;
}

void ReplyClaimed(Context& ctx, const data::Stream& stream, const std::vector<StreamId>& ids, bool just_id) {
  ctx.reply().Array(static_cast<int64_t>(ids.size()));
  for (const StreamId id : ids) {
    if (just_id) {
      ReplyStreamId(ctx, id);
    } else {
      StreamReader reader(stream, id, id);
      if (reader.Next()) ReplyMessage(ctx, reader);
    }
  }
}

void XAutoClaim(Context& ctx) {
  const auto request = ReadAutoClaim(ctx);
  if (!request) return;
  const auto found = FindStreamGroup(ctx);
  if (!found) return;
  ctx.PropagateNothing();
  Claimer claimer(ctx, *found);
  const ConsumerGroup::PendingMap& pending = found->group->pending();
  std::vector<StreamId> claimed, deleted;
  int64_t attempts = request->count * kAttemptsPerMessage;
  auto at = pending.LowerBound(request->start);
  for (int64_t left = request->count; left > 0 && attempts > 0 && at != pending.End(); --attempts) {
    const StreamId id = pending.key(at);
    const ConsumerGroup::Pending one = pending.value(at);
    if (!found->stream->Contains(id)) {
      claimer.Drop(id, one);
      deleted.push_back(id);
      at = pending.LowerBound(id);
      --left;
      continue;
    }
    // A message that changes hands stays where it is in the group, and so does the position.
    at = pending.Next(at);
    if (request->min_idle_ms != 0 && ctx.now_ms() - one.delivery_time_ms < request->min_idle_ms) continue;
    claimer.Take(id, ctx.now_ms(), one.delivery_count + (request->just_id ? 0 : 1));
    claimed.push_back(id);
    --left;
  }
  ctx.reply().Array(3);
  ReplyStreamId(ctx, at == pending.End() ? StreamId{} : pending.key(at));
  ReplyClaimed(ctx, *found->stream, claimed, request->just_id);
  ctx.reply().Array(static_cast<int64_t>(deleted.size()));
  for (const StreamId id : deleted) ReplyStreamId(ctx, id);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"xack", XAck},
    {"xautoclaim", XAutoClaim},
    {"xclaim", XClaim},
    {"xpending", XPending},
};

}  // namespace

std::span<const command::HandlerBinding> StreamPendingHandlers() { return kHandlers; }

}  // namespace keyway::commands
