// Sorted sets: adding, removing, and asking for one member or for numbers of them.
#include "server/data/zset.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/double_text.h"
#include "server/command/args.h"
#include "server/commands/collection_scan.h"
#include "server/commands/families.h"
#include "server/commands/zset_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::ValueType;
using data::Zset;
using keyspace::Entry;
namespace errors = command::errors;

const Zset* ReadZsetOrZero(Context& ctx) {
  return ReadZset(ctx, 1, [&] { ctx.reply().Integer(0); });
}

void ReplyScore(Context& ctx, std::optional<double> score) { score ? ctx.reply().Double(*score) : ctx.reply().Null(); }

// ---- ZADD and ZINCRBY ----------------------------------------------------------------------------------------------

// The options from argument 2 on; `next` becomes the place of the first pair. False: it answered with an error.
bool ReadAddOptions(Context& ctx, ZaddRequest& request, size_t* next) {
  for (*next = 2; *next < ctx.argc(); ++*next) {
    const std::string_view word = ctx.arg(*next);
    if (IsWord(word, "NX")) {
      request.flags |= data::kZaddNew;
    } else if (IsWord(word, "XX")) {
      request.flags |= data::kZaddExisting;
    } else if (IsWord(word, "CH")) {
      request.count_updates = true;
    } else if (IsWord(word, "INCR")) {
      request.flags |= data::kZaddIncrement;
    } else if (IsWord(word, "GT")) {
      request.flags |= data::kZaddGreater;
    } else if (IsWord(word, "LT")) {
      request.flags |= data::kZaddLess;
    } else {
      break;
    }
  }
  const size_t words = ctx.argc() - *next;
  const auto has = [&](data::ZaddFlags flag) { return (request.flags & flag) != 0; };
  std::string_view error;
  if (words == 0 || words % 2 != 0) {
    error = errors::kSyntax;
  } else if (has(data::kZaddNew) && has(data::kZaddExisting)) {
    error = "ERR XX and NX options at the same time are not compatible";
  } else if (has(data::kZaddNew) + has(data::kZaddGreater) + has(data::kZaddLess) > 1) {
    error = "ERR GT, LT, and/or NX options at the same time are not compatible";
  } else if (has(data::kZaddIncrement) && words > 2) {
    error = "ERR INCR option supports a single increment-element pair";
  } else {
    return true;
  }
  ctx.reply().Error(error);
  return false;
}

void AddGeneric(Context& ctx, data::ZaddFlags flags) {
  ZaddRequest request{.flags = flags};
  size_t next;
  if (!ReadAddOptions(ctx, request, &next)) return;
  // All scores before anything changes: the command is done wholly or not at all.
  request.pairs.reserve((ctx.argc() - next) / 2);
  for (; next < ctx.argc(); next += 2) {
    const auto score = command::DoubleArg(ctx, next);
    if (!score) return;
    request.pairs.push_back({*score, ctx.arg(next + 1)});
  }
  AddToZset(ctx, request);
}

void ZAdd(Context& ctx) { AddGeneric(ctx, 0); }
void ZIncrBy(Context& ctx) { AddGeneric(ctx, data::kZaddIncrement); }

void ZRem(Context& ctx) {
  Zset* zset = WriteZset(ctx, 1, [&] { ctx.reply().Integer(0); });
  if (zset == nullptr) return;
  int64_t removed = 0;
  for (size_t i = 2; i < ctx.argc() && zset->size() > 0; ++i) removed += zset->Remove(ctx.arg(i));
  if (removed > 0) AfterRemoval(ctx, ctx.Key(1), *zset, "zrem", removed);
  ctx.reply().Integer(removed);
}

// ---- questions -----------------------------------------------------------------------------------------------------

void ZCard(Context& ctx) {
  const Zset* zset = ReadZsetOrZero(ctx);
  if (zset != nullptr) ctx.reply().Integer(static_cast<int64_t>(zset->size()));
}

void ZScore(Context& ctx) {
  const Zset* zset = ReadZset(ctx, 1, [&] { ctx.reply().Null(); });
  if (zset != nullptr) ReplyScore(ctx, zset->Score(ctx.arg(2)));
}

void ZMScore(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  const Zset* zset = nullptr;
  if (entry != nullptr) {
    zset = ObjectOfType<Zset>(ctx, entry, ValueType::kZset);
    if (zset == nullptr) return;
  }
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - 2));
  for (const std::string_view member : ctx.args().subspan(2)) {
    ReplyScore(ctx, zset != nullptr ? zset->Score(member) : std::nullopt);
  }
}

void RankGeneric(Context& ctx, bool reverse) {
  // WITHSCORE came with 7.2.
  if (ctx.argc() > (ctx.services().compat_70 ? 3 : 4)) return command::ArityError(ctx);
  const bool with_score = ctx.argc() == 4;
  if (with_score && !IsWord(ctx.arg(3), "WITHSCORE")) return ctx.reply().Error(errors::kSyntax);
  const auto reply_none = [&] { with_score ? ctx.reply().NullArray() : ctx.reply().Null(); };
  const Zset* zset = ReadZset(ctx, 1, reply_none);
  if (zset == nullptr) return;
  const auto found = zset->RankOf(ctx.arg(2));
  if (!found) return reply_none();
  if (with_score) ctx.reply().Array(2);
  ctx.reply().Integer(static_cast<int64_t>(reverse ? zset->size() - 1 - found->rank : found->rank));
  if (with_score) ctx.reply().Double(found->score);
}

void ZRank(Context& ctx) { RankGeneric(ctx, false); }
void ZRevRank(Context& ctx) { RankGeneric(ctx, true); }

void ZCount(Context& ctx) {
  const auto range = ScoreRangeArg(ctx, 2, 3);
  if (!range) return;
  const Zset* zset = ReadZsetOrZero(ctx);
  if (zset != nullptr) ctx.reply().Integer(static_cast<int64_t>(zset->RanksIn(*range).count()));
}

void ZLexCount(Context& ctx) {
  const auto range = LexRangeArg(ctx, 2, 3);
  if (!range) return;
  const Zset* zset = ReadZsetOrZero(ctx);
  if (zset != nullptr) ctx.reply().Integer(static_cast<int64_t>(zset->RanksIn(*range).count()));
}

void ZScan(Context& ctx) {
  const auto cursor = ScanCursorArg(ctx, 2);
  if (!cursor) return;
  const Zset* zset = ReadZset(ctx, 1, [&] { ReplyEmptyScan(ctx); });
  if (zset == nullptr) return;
  const auto options = ScanOptionsArg(ctx, 3);
  if (!options) return;
  // Redis 7.2 sends scores as they lie in a listpack, the shortest text, but formats those of a skiplist with 17 digits.
  const bool shortest = zset->encoding() == data::Encoding::kListpack && !ctx.services().compat_70;
  const DoubleForm form = shortest ? DoubleForm::kShortest : DoubleForm::kSeventeenDigits;
  ScanReply list(ctx);
  const uint64_t next = ScanInSteps(*cursor, *options, [&](uint64_t at, uint64_t* met) {
    return zset->Scan(at, [&](std::string_view member, double score) {
      ++*met;
      if (!options->Matches(member)) return;
      char text[kMaxDoubleLength];
      list.Add(member);
      list.Add({text, FormatDouble(score, form, text)});
    });
  });
  list.End(next);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"zadd", ZAdd},           {"zcard", ZCard},     {"zcount", ZCount}, {"zincrby", ZIncrBy},
    {"zlexcount", ZLexCount}, {"zmscore", ZMScore}, {"zrank", ZRank},   {"zrem", ZRem},
    {"zrevrank", ZRevRank},   {"zscan", ZScan},     {"zscore", ZScore},
};

}  // namespace

std::span<const command::HandlerBinding> ZsetHandlers() { return kHandlers; }

}  // namespace keyway::commands
