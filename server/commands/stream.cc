// Streams as logs of messages: adding, trimming, deleting, ranges.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/base/number.h"
#include "server/commands/families.h"
#include "server/commands/stream_support.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::Stream;
using data::StreamId;
using data::StreamIdText;
using data::StreamTrim;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// Without LIMIT, an approximate trim looks at so many nodes of full size at most, and at a number of messages between these.
constexpr uint64_t kDefaultTrimNodes = 100;
constexpr uint64_t kUnlimitedNodesTrim = 10'000;
constexpr uint64_t kMaxDefaultTrim = 1'000'000;

constexpr std::string_view kTwoStrategies =
    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
constexpr std::string_view kTopIdTooSmall =
    "ERR The ID specified in XADD is equal or smaller than the target stream top item";

// The options of XADD and XTRIM, up to the ID of XADD.
struct TrimOptions {
  StreamTrim trim;
  size_t threshold_at = 0;  // argument with the length or the ID to trim to
  bool limit_given = false;
  bool no_make_stream = false;
  size_t id_at = 0;        // XADD: argument with the ID
  bool id_given = false;   // XADD: it is not "*"
  bool seq_given = false;  // XADD: nor "ms-*"
  StreamId id;
};

// MAXLEN or MINID at `i`: [~|=] and the threshold. Gives the position of the threshold.
std::optional<size_t> ReadThreshold(Context& ctx, size_t i, StreamTrim* trim) {
  if (trim->by != StreamTrim::By::kNothing) {
    ctx.reply().Error(kTwoStrategies);
    return std::nullopt;
  }
  trim->by = IsWord(ctx.arg(i), "MAXLEN") ? StreamTrim::By::kLength : StreamTrim::By::kId;
  ++i;
  const bool may_have_sign = i + 1 < ctx.argc();
  trim->approximate = may_have_sign && ctx.arg(i) == "~";
  if (trim->approximate || (may_have_sign && ctx.arg(i) == "=")) ++i;
  if (trim->by == StreamTrim::By::kId) {
    const auto id = StreamIdArg(ctx, i);
    if (!id) return std::nullopt;
    trim->min_id = *id;
    return i;
  }
  const auto length = command::IntegerArg(ctx, i);
  if (!length) return std::nullopt;
  if (*length < 0) {
    ctx.reply().Error("ERR The MAXLEN argument must be >= 0.");
    return std::nullopt;
  }
  trim->max_length = static_cast<uint64_t>(*length);
  return i;
}

// Whether LIMIT and the strategy go together; sets the limit that holds without one.
bool CheckLimit(Context& ctx, bool xadd, TrimOptions* options) {
  StreamTrim& trim = options->trim;
  if (trim.by == StreamTrim::By::kNothing && (trim.limit != 0 || !xadd)) {
    ctx.reply().Error(trim.limit != 0 ? "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
                                      : "ERR syntax error, XTRIM must be called with a trimming strategy");
    return false;
  }
  if (MustObey(ctx.client())) {
    // The threshold was written out by the server that the command comes from.
    trim.limit = 0;
  } else if (options->limit_given && !trim.approximate) {
    ctx.reply().Error("ERR syntax error, LIMIT cannot be used without the special ~ option");
    return false;
  } else if (!options->limit_given && trim.approximate) {
    const uint64_t node = std::min<uint64_t>(ctx.limits().stream.node_max_entries, kMaxDefaultTrim);
    trim.limit = node == 0 ? kUnlimitedNodesTrim : std::min(kDefaultTrimNodes * node, kMaxDefaultTrim);
  }
  return true;
}

std::optional<TrimOptions> ReadTrimOptions(Context& ctx, bool xadd) {
  TrimOptions options;
  for (size_t i = 2; i < ctx.argc() && options.id_at == 0; ++i) {
    const std::string_view word = ctx.arg(i);
    const bool more = i + 1 < ctx.argc();
    if (xadd && word == "*") {
      options.id_at = i;
    } else if (more && (IsWord(word, "MAXLEN") || IsWord(word, "MINID"))) {
      const auto at = ReadThreshold(ctx, i, &options.trim);
      if (!at) return std::nullopt;
      options.threshold_at = i = *at;
    } else if (more && IsWord(word, "LIMIT")) {
      const auto limit = command::IntegerArg(ctx, ++i);
      if (!limit) return std::nullopt;
      if (*limit < 0) {
        ctx.reply().Error("ERR The LIMIT argument must be >= 0.");
        return std::nullopt;
      }
      options.trim.limit = static_cast<uint64_t>(*limit), options.limit_given = true;
    } else if (xadd && IsWord(word, "NOMKSTREAM")) {
      options.no_make_stream = true;
    } else if (xadd) {
      const auto id = StreamIdArg(ctx, i, &options.seq_given);
      if (!id) return std::nullopt;
      options.id = *id, options.id_given = true, options.id_at = i;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  if (!CheckLimit(ctx, xadd, &options)) return std::nullopt;
  return options;
}

// The ID that a message gets behind `last`; nothing if the one that was asked for is not behind it.
std::optional<StreamId> ChooseId(Context& ctx, const TrimOptions& options, StreamId last) {
  StreamId id = options.id;
  if (!options.id_given) {
    const auto now = static_cast<uint64_t>(ctx.now_ms());
    if (now > last.ms) return StreamId{now, 0};
    return data::NextStreamId(last);
  }
  if (!options.seq_given && id.ms == last.ms) {
    if (last.seq == UINT64_MAX) return std::nullopt;
    id.seq = last.seq + 1;
  }
  if (id <= last) return std::nullopt;
  return id;
}

// Propagates the words with what was left to this server written out: the ID, and where an approximate trim ended.
class ExactWords {
 public:
  explicit ExactWords(Context& ctx) : words_(ctx.args().begin(), ctx.args().end()) {}

  void SetThreshold(const TrimOptions& options, const Stream& stream) {
    threshold_ = options.trim.by == StreamTrim::By::kLength
                     ? std::string(IntegerText(static_cast<int64_t>(stream.length())).view())
                     : StreamIdText(stream.FirstStoredId()).str();
    words_[options.threshold_at - 1] = "=";
    words_[options.threshold_at] = threshold_;
  }
  void SetId(size_t at, const StreamIdText& id) { words_[at] = id.view(); }
  command::Words words() const { return words_; }

 private:
  std::string threshold_;
  std::vector<std::string_view> words_;
};

void XAdd(Context& ctx) {
  const auto options = ReadTrimOptions(ctx, true);
  if (!options) return;
  if (options->id_at == 0) return command::ArityError(ctx);
  const auto pairs = ctx.args().subspan(options->id_at + 1);
  if (pairs.size() < 2 || pairs.size() % 2 != 0) return command::ArityError(ctx);
  if (options->id_given && options->seq_given && options->id.is_zero()) {
    return ctx.reply().Error("ERR The ID specified in XADD must be greater than 0-0");
  }
  Stream* stream = nullptr;
  if (!FindStreamToWrite(ctx, 1, &stream)) return;
  // A new stream gets its key when nothing can fail any more.
  std::unique_ptr<Stream> made;
  if (stream == nullptr) {
    if (options->no_make_stream) return ctx.reply().Null();
    made = std::make_unique<Stream>();
    stream = made.get();
  }
  if (stream->last_id() == data::kMaxStreamId) {
    return ctx.reply().Error("ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  const auto id = ChooseId(ctx, *options, stream->last_id());
  if (!id) return ctx.reply().Error(kTopIdTooSmall);
  if (!Stream::Fits(pairs)) return ctx.reply().Error("ERR Elements are too large to be stored");
  stream->Append(*id, pairs, ctx.limits().stream);

  const HashedKey key = ctx.Key(1);
  if (made) ctx.db().Add(key, data::Value::FromObject(std::move(made)));
  ctx.db().Changed(key, EventClass::kStream, "xadd");
  if (stream->Trim(options->trim) > 0) ctx.db().Event(EventClass::kStream, "xtrim", key.view);
  const StreamIdText text(*id);
  ctx.reply().Bulk(text.view());
  const bool id_was_given = options->id_given && options->seq_given;
  if (id_was_given && !options->trim.approximate) return;
  ExactWords exact(ctx);
  if (!id_was_given) exact.SetId(options->id_at, text);
  if (options->trim.approximate) exact.SetThreshold(*options, *stream);
  ctx.PropagateAs(exact.words());
}

void XTrim(Context& ctx) {
  const auto options = ReadTrimOptions(ctx, false);
  if (!options) return;
  Stream* stream = nullptr;
  if (!FindStreamToWrite(ctx, 1, &stream)) return;
  if (stream == nullptr) return ctx.reply().Integer(0);
  const auto deleted = static_cast<int64_t>(stream->Trim(options->trim));
  if (deleted > 0) {
    ctx.db().Changed(ctx.Key(1), EventClass::kStream, "xtrim", deleted);
    if (options->trim.approximate) {
      ExactWords exact(ctx);
      exact.SetThreshold(*options, *stream);
      ctx.PropagateAs(exact.words());
    }
  }
  ctx.reply().Integer(deleted);
}

void XDel(Context& ctx) {
  Stream* stream = nullptr;
  if (!FindStreamToWrite(ctx, 1, &stream)) return;
  if (stream == nullptr) return ctx.reply().Integer(0);
  // All IDs are read first: a wrong one must not leave the work half done.
  std::vector<StreamId> ids;
  ids.reserve(ctx.argc() - 2);
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const auto id = StreamIdArg(ctx, i);
    if (!id) return;
    ids.push_back(*id);
  }
  const auto deleted = std::count_if(ids.begin(), ids.end(), [&](StreamId id) { return stream->Delete(id); });
  if (deleted > 0) ctx.db().Changed(ctx.Key(1), EventClass::kStream, "xdel", deleted);
  ctx.reply().Integer(deleted);
}

void XLen(Context& ctx) {
  Stream* stream = nullptr;
  if (!FindStreamToRead(ctx, 1, &stream)) return;
  ctx.reply().Integer(stream == nullptr ? 0 : static_cast<int64_t>(stream->length()));
}

void Range(Context& ctx, size_t start_at, size_t end_at) {
  const auto start = RangeStartArg(ctx, start_at);
  if (!start) return;
  const auto end = RangeEndArg(ctx, end_at);
  if (!end) return;
  bool limited = false;
  uint64_t count = 0;
  for (size_t i = 4; i < ctx.argc(); i += 2) {
    if (!IsWord(ctx.arg(i), "COUNT") || i + 1 == ctx.argc()) return ctx.reply().Error(errors::kSyntax);
    const auto most = command::IntegerArg(ctx, i + 1);
    if (!most) return;
    limited = true, count = static_cast<uint64_t>(std::max<int64_t>(*most, 0));
  }
  Stream* stream = nullptr;
  if (!FindStreamToRead(ctx, 1, &stream)) return;
  if (stream == nullptr) return ctx.reply().EmptyArray();
  if (limited && count == 0) return ctx.reply().NullArray();
  data::StreamReader reader(*stream, *start, *end, start_at > end_at);
  ReplyMessages(ctx, reader, count);
}

void XRange(Context& ctx) { Range(ctx, 2, 3); }
void XRevRange(Context& ctx) { Range(ctx, 3, 2); }

void XSetId(Context& ctx) {
  const auto last_id = StreamIdArg(ctx, 2);
  if (!last_id) return;
  std::optional<int64_t> entries_added;
  std::optional<StreamId> max_deleted;
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    const bool more = i + 1 < ctx.argc();
    if (more && IsWord(ctx.arg(i), "ENTRIESADDED")) {
      entries_added = command::IntegerArg(ctx, i + 1);
      if (!entries_added) return;
      if (*entries_added < 0) return ctx.reply().Error("ERR entries_added must be positive");
    } else if (more && IsWord(ctx.arg(i), "MAXDELETEDID")) {
      max_deleted = StreamIdArg(ctx, i + 1);
      if (!max_deleted) return;
      if (*last_id < *max_deleted) {
        return ctx.reply().Error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else {
      return ctx.reply().Error(errors::kSyntax);
    }
  }
  Stream* stream = nullptr;
  if (!FindStreamToWrite(ctx, 1, &stream)) return;
  if (stream == nullptr) return ctx.reply().Error(errors::kNoSuchKey);
  if (!ctx.services().compat_70 && *last_id < stream->max_deleted_id()) {
    return ctx.reply().Error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  }
  if (stream->length() > 0) {
    if (*last_id < stream->LastMessageId()) {
      return ctx.reply().Error("ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if (entries_added && stream->length() > static_cast<uint64_t>(*entries_added)) {
      return ctx.reply().Error("ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
  stream->set_last_id(*last_id);
  if (entries_added) stream->set_entries_added(static_cast<uint64_t>(*entries_added));
  if (max_deleted && !max_deleted->is_zero()) stream->set_max_deleted_id(*max_deleted);
  ctx.db().AddDirty();
  ctx.db().Event(EventClass::kStream, "xsetid", ctx.arg(1));
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"xadd", XAdd},           {"xdel", XDel},     {"xlen", XLen},   {"xrange", XRange},
    {"xrevrange", XRevRange}, {"xsetid", XSetId}, {"xtrim", XTrim},
};

}  // namespace

std::span<const command::HandlerBinding> StreamHandlers() { return kHandlers; }

}  // namespace keyway::commands
