// Sorted sets: ranges by rank, score or member, which are replied, stored or removed.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/zset_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::Zset;
namespace errors = command::errors;

enum class By : uint8_t { kRank, kScore, kMember };

// A range as a command names it, whatever the sorted set holds.
struct Range {
  By by = By::kRank;
  bool reverse = false;
  bool with_scores = false;
  int64_t offset = 0, limit = -1;  // LIMIT
  int64_t first_rank = 0, last_rank = 0;
  data::ScoreRange scores;
  data::LexRange members;

  Zset::Ranks In(const Zset& zset) const;
};

// The ranks to visit. With `reverse` they are gone through from the end, and ranks and LIMIT count from there.
Zset::Ranks Range::In(const Zset& zset) const {
  const size_t size = zset.size();
  if (by == By::kRank) {
    const Zset::Ranks ranks = ClampRanks(first_rank, last_rank, size);
    if (!reverse || ranks.count() == 0) return ranks;
    return {size - ranks.end, size - ranks.first};
  }
  Zset::Ranks ranks = by == By::kScore ? zset.RanksIn(scores) : zset.RanksIn(members);
  const size_t count = ranks.count();
  if (offset < 0 || static_cast<uint64_t>(offset) >= count) return {};
  const auto skipped = static_cast<size_t>(offset);
  const size_t taken = limit < 0 ? count - skipped : std::min<uint64_t>(count - skipped, static_cast<uint64_t>(limit));
  if (reverse) return {ranks.end - skipped - taken, ranks.end - skipped};
  return {ranks.first + skipped, ranks.first + skipped + taken};
}

// Reads the two bounds from argument `first` on. False: it answered with an error.
bool ReadBounds(Context& ctx, size_t first, Range& range) {
  size_t min = first, max = first + 1;
  if (range.by == By::kRank) {
    const auto first_rank = command::IntegerArg(ctx, min);
    if (!first_rank) return false;
    const auto last_rank = command::IntegerArg(ctx, max);
    if (!last_rank) return false;
    range.first_rank = *first_rank, range.last_rank = *last_rank;
    return true;
  }
  if (range.reverse) std::swap(min, max);
  if (range.by == By::kScore) {
    const auto scores = ScoreRangeArg(ctx, min, max);
    if (scores) range.scores = *scores;
    return scores.has_value();
  }
  const auto members = LexRangeArg(ctx, min, max);
  if (members) range.members = *members;
  return members.has_value();
}

// What the command's name leaves open.
struct Form {
  std::optional<By> by;
  std::optional<bool> reverse;
  bool store = false;
};

// Reads "<key> <min> <max> [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]", whose key is argument `key`.
std::optional<Range> RangeArg(Context& ctx, size_t key, Form form) {
  Range range;
  for (size_t i = key + 3; i < ctx.argc(); ++i) {
    const std::string_view word = ctx.arg(i);
    if (!form.store && IsWord(word, "WITHSCORES")) {
      range.with_scores = true;
    } else if (IsWord(word, "LIMIT") && i + 2 < ctx.argc()) {
      const auto offset = command::IntegerArg(ctx, i + 1);
      if (!offset) return std::nullopt;
      const auto limit = command::IntegerArg(ctx, i + 2);
      if (!limit) return std::nullopt;
      range.offset = *offset, range.limit = *limit;
      i += 2;
    } else if (!form.reverse && IsWord(word, "REV")) {
      form.reverse = true;
    } else if (!form.by && IsWord(word, "BYLEX")) {
      form.by = By::kMember;
    } else if (!form.by && IsWord(word, "BYSCORE")) {
      form.by = By::kScore;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  range.by = form.by.value_or(By::kRank);
  range.reverse = form.reverse.value_or(false);
  if (range.limit != -1 && range.by == By::kRank) {
    ctx.reply().Error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    return std::nullopt;
  }
  if (range.with_scores && range.by == By::kMember) {
    ctx.reply().Error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    return std::nullopt;
  }
  if (!ReadBounds(ctx, key + 1, range)) return std::nullopt;
  return range;
}

// visit(member, score) for the ranks, in the direction of the range.
template <class Visit>
void Walk(const Zset& zset, const Range& range, Zset::Ranks ranks, Visit&& visit) {
  if (ranks.count() == 0) return;
  Zset::Iterator at = zset.At(range.reverse ? ranks.end - 1 : ranks.first);
  for (size_t left = ranks.count(); left > 0; --left) {
    visit(at.member(), at.score());
    range.reverse ? at.Previous() : at.Next();
  }
}

void RangeGeneric(Context& ctx, Form form) {
  const auto range = RangeArg(ctx, 1, form);
  if (!range) return;
  const Zset* zset = ReadZset(ctx, 1, [&] { ctx.reply().EmptyArray(); });
  if (zset == nullptr) return;
  const Zset::Ranks ranks = range->In(*zset);
  ReplyMembersHeader(ctx, ranks.count(), range->with_scores);
  Walk(*zset, *range, ranks,
       [&](std::string_view member, double score) { ReplyMember(ctx, member, score, range->with_scores); });
}

void ZRange(Context& ctx) { RangeGeneric(ctx, {}); }
void ZRevRange(Context& ctx) { RangeGeneric(ctx, {.by = By::kRank, .reverse = true}); }
void ZRangeByScore(Context& ctx) { RangeGeneric(ctx, {.by = By::kScore, .reverse = false}); }
void ZRevRangeByScore(Context& ctx) { RangeGeneric(ctx, {.by = By::kScore, .reverse = true}); }
void ZRangeByLex(Context& ctx) { RangeGeneric(ctx, {.by = By::kMember, .reverse = false}); }
void ZRevRangeByLex(Context& ctx) { RangeGeneric(ctx, {.by = By::kMember, .reverse = true}); }

void ZRangeStore(Context& ctx) {
  const auto range = RangeArg(ctx, 2, {.store = true});
  if (!range) return;
  bool missing = false;
  const Zset* zset = ReadZset(ctx, 2, [&] { missing = true; });
  if (zset == nullptr && !missing) return;
  std::unique_ptr<Zset> result;
  if (zset != nullptr) {
    const data::ZsetLimits limits = ctx.limits().zset;
    const Zset::Ranks ranks = range->In(*zset);
    result = Zset::Create(ranks.count(), 0, limits);
    Walk(*zset, *range, ranks, [&](std::string_view member, double score) { result->Add(score, member, limits); });
  }
  StoreZset(ctx, ctx.Key(1), std::move(result), "zrangestore");
}

void RemoveGeneric(Context& ctx, By by, std::string_view event) {
  Range range{.by = by};
  if (!ReadBounds(ctx, 2, range)) return;
  Zset* zset = WriteZset(ctx, 1, [&] { ctx.reply().Integer(0); });
  if (zset == nullptr) return;
  const Zset::Ranks ranks = range.In(*zset);
  const auto removed = static_cast<int64_t>(ranks.count());
  zset->RemoveRanks(ranks);
  if (removed > 0) AfterRemoval(ctx, ctx.Key(1), *zset, event, removed);
  ctx.reply().Integer(removed);
}

void ZRemRangeByRank(Context& ctx) { RemoveGeneric(ctx, By::kRank, "zremrangebyrank"); }
void ZRemRangeByScore(Context& ctx) { RemoveGeneric(ctx, By::kScore, "zremrangebyscore"); }
void ZRemRangeByLex(Context& ctx) { RemoveGeneric(ctx, By::kMember, "zremrangebylex"); }

constexpr command::HandlerBinding kHandlers[] = {
    {"zrange", ZRange},
    {"zrangebylex", ZRangeByLex},
    {"zrangebyscore", ZRangeByScore},
    {"zrangestore", ZRangeStore},
    {"zremrangebylex", ZRemRangeByLex},
    {"zremrangebyrank", ZRemRangeByRank},
    {"zremrangebyscore", ZRemRangeByScore},
    {"zrevrange", ZRevRange},
    {"zrevrangebylex", ZRevRangeByLex},
    {"zrevrangebyscore", ZRevRangeByScore},
};

}  // namespace

std::span<const command::HandlerBinding> ZsetRangeHandlers() { return kHandlers; }

}  // namespace keyway::commands
