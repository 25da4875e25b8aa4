#include "server/commands/zset_support.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

namespace keyway::commands {

using command::Context;
using data::LexRange;
using data::ScoreRange;
using data::Zset;
using keyspace::EventClass;
using keyspace::HashedKey;

namespace {

// As strtod reads it: blanks in front and an empty text are welcome, infinities too.
bool ParseScoreBound(std::string_view text, double* score, bool* exclusive) {
  *exclusive = !text.empty() && text[0] == '(';
  const std::string number(text.substr(*exclusive ? 1 : 0));
  char* end = nullptr;
  *score = std::strtod(number.c_str(), &end);
  return *end == '\0' && !std::isnan(*score);
}

bool ParseLexBound(std::string_view text, LexRange::Bound* bound) {
  if (text.empty()) return false;
  switch (text[0]) {
    case '-':
      bound->kind = LexRange::Kind::kLowest;
      return text.size() == 1;
    case '+':
      bound->kind = LexRange::Kind::kHighest;
      return text.size() == 1;
    case '(':
    case '[':
      *bound = {LexRange::Kind::kMember, text[0] == '(', text.substr(1)};
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<ScoreRange> ScoreRangeArg(Context& ctx, size_t min, size_t max) {
  ScoreRange range{};
  if (ParseScoreBound(ctx.arg(min), &range.min, &range.min_exclusive) &&
      ParseScoreBound(ctx.arg(max), &range.max, &range.max_exclusive)) {
    return range;
  }
  ctx.reply().Error("ERR min or max is not a float");
  return std::nullopt;
}

std::optional<LexRange> LexRangeArg(Context& ctx, size_t min, size_t max) {
  LexRange range;
  if (ParseLexBound(ctx.arg(min), &range.min) && ParseLexBound(ctx.arg(max), &range.max)) return range;
  ctx.reply().Error("ERR min or max not valid string range item");
  return std::nullopt;
}

Zset::Ranks ClampRanks(int64_t first, int64_t last, size_t size) {
  const auto length = static_cast<int64_t>(size);
  if (first < 0) first = std::max<int64_t>(length + first, 0);
  if (last < 0) last = length + last;
  last = std::min(last, length - 1);
  if (first > last) return {};
  return {static_cast<size_t>(first), static_cast<size_t>(last) + 1};
}

void ReplyMembersHeader(Context& ctx, size_t count, bool with_scores) {
  const auto length = static_cast<int64_t>(count);
  ctx.reply().Array(with_scores && ctx.reply().version() == 2 ? length * 2 : length);
}

void ReplyMember(Context& ctx, std::string_view member, double score, bool with_scores) {
  if (with_scores && ctx.reply().version() > 2) ctx.reply().Array(2);
  ctx.reply().Bulk(member);
  if (with_scores) ctx.reply().Double(score);
}

void StoreZset(Context& ctx, const HashedKey& key, std::unique_ptr<Zset> result, std::string_view event,
               int64_t changes) {
  if (result == nullptr || result->size() == 0) {
    if (ctx.db().Delete(key)) ctx.db().Changed(key, EventClass::kGeneric, "del");
    return ctx.reply().Integer(0);
  }
  const auto size = static_cast<int64_t>(result->size());
  ctx.db().Set(key, data::Value::FromObject(std::move(result)));
  ctx.db().Event(EventClass::kZset, event, key.view);
  ctx.db().AddDirty(changes);
  ctx.reply().Integer(size);
}

// Redis 7.2 chooses the encoding by the number of pairs, 7.0 by what they come to: members may be there twice.
bool AddToZset(Context& ctx, const ZaddRequest& request) {
  const HashedKey key = ctx.Key(1);
  const data::ZsetLimits limits = ctx.limits().zset;
  const bool increment = request.flags & data::kZaddIncrement;
  const keyspace::Entry* entry = ctx.db().FindForWrite(key);
  std::unique_ptr<Zset> created;
  Zset* zset = nullptr;
  if (entry != nullptr) {
    zset = ObjectOfType<Zset>(ctx, entry, data::ValueType::kZset);
    if (zset == nullptr) return false;
    if (!ctx.services().compat_70) zset->Expect(request.pairs.size(), limits);
  } else {
    if (request.flags & data::kZaddExisting) {
      increment ? ctx.reply().Null() : ctx.reply().Integer(0);
      return false;
    }
    created = Zset::Create(ctx.services().compat_70 ? 1 : request.pairs.size(), request.pairs[0].member.size(), limits);
    zset = created.get();
  }

  using Outcome = Zset::AddOutcome;
  int64_t added = 0, updated = 0;
  Zset::AddResult result{};
  for (const auto& [score, member] : request.pairs) {
    result = zset->Add(score, member, limits, request.flags);
    added += result.outcome == Outcome::kAdded;
    updated += result.outcome == Outcome::kUpdated;
  }
  // Only an increment can come to this, and it is alone.
  if (result.outcome == Outcome::kNan) {
    ctx.reply().Error("ERR resulting score is not a number (NaN)");
    return false;
  }
  if (created != nullptr) ctx.db().Add(key, data::Value::FromObject(std::move(created)));
  if (added + updated > 0) ctx.db().Changed(key, EventClass::kZset, increment ? "zincr" : "zadd", added + updated);
  if (!increment) {
    ctx.reply().Integer(request.count_updates ? added + updated : added);
  } else if (result.outcome == Outcome::kSkipped) {
    ctx.reply().Null();
  } else {
    ctx.reply().Double(result.score);
  }
  return added + updated > 0;
}

void AfterRemoval(Context& ctx, const HashedKey& key, const Zset& zset, std::string_view event, int64_t removed) {
  const bool emptied = zset.size() == 0;
  if (emptied) ctx.db().Delete(key);
  ctx.db().Changed(key, EventClass::kZset, event, removed);
  if (emptied) ctx.db().Event(EventClass::kGeneric, "del", key.view);
}

}  // namespace keyway::commands
