// ZRANDMEMBER: random members of a sorted set, chosen by their ranks, which are all equally likely.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_set>
#include <vector>

#include "server/base/random.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/zset_support.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Zset;
namespace errors = command::errors;

// Below this share of the set, ranks are drawn until enough are different; above, each rank is taken with the chance that is
// due to it.
constexpr size_t kSparseShare = 3;

// `count` picks that may repeat, in the order in which they fall.
template <class Visit>
void Draw(const Zset& zset, uint64_t count, Random& random, Visit&& visit) {
  const size_t size = zset.size();
  if (zset.encoding() == data::Encoding::kSkiplist) {
    while (count-- > 0 && visit(zset.At(random.Below(size)))) continue;
    return;
  }
  // A place in a listpack is found by a walk: one walk serves all picks.
  std::vector<Zset::Iterator> places;
  if (count > 1) {
    places.reserve(size);
    for (auto at = zset.First(); at.valid(); at.Next()) places.push_back(at);
    while (count-- > 0 && visit(places[random.Below(size)])) continue;
    return;
  }
  visit(zset.At(random.Below(size)));
}

// `count` different members, fewer than there are; all subsets have the same chance.
template <class Visit>
void Sample(const Zset& zset, size_t count, Random& random, Visit&& visit) {
  const size_t size = zset.size();
  if (zset.encoding() == data::Encoding::kSkiplist && count < size / kSparseShare) {
    std::unordered_set<size_t> ranks;
    while (ranks.size() < count) {
      const size_t rank = random.Below(size);
      if (ranks.insert(rank).second) visit(zset.At(rank));
    }
    return;
  }
  size_t left = size;
  for (auto at = zset.First(); count > 0; at.Next(), --left) {
    if (random.Below(left) >= count) continue;
    visit(at);
    --count;
  }
}

void ReplySome(Context& ctx, int64_t count, bool with_scores) {
  const Zset* zset = ReadZset(ctx, 1, [&] { ctx.reply().EmptyArray(); });
  if (zset == nullptr) return;
  const auto reply = [&](const Zset::Iterator& at) {
    ReplyMember(ctx, at.member(), at.score(), with_scores);
    return !ctx.client().Has(command::kClientCloseAsap);
  };
  Random& random = ctx.keyspace().random();
  if (count < 0) {
    ReplyMembersHeader(ctx, static_cast<size_t>(-count), with_scores);
    return Draw(*zset, static_cast<uint64_t>(-count), random, reply);
  }
  const size_t picks = std::min<uint64_t>(static_cast<uint64_t>(count), zset->size());
  ReplyMembersHeader(ctx, picks, with_scores);
  Sample(*zset, picks, random, reply);
}

void ZRandMember(Context& ctx) {
  if (ctx.argc() == 2) {
    const Zset* zset = ReadZset(ctx, 1, [&] { ctx.reply().Null(); });
    if (zset == nullptr) return;
    Draw(*zset, 1, ctx.keyspace().random(), [&](const Zset::Iterator& at) {
      ctx.reply().Bulk(at.member());
      return true;
    });
    return;
  }
  const auto count = RandomCountArg(ctx, 2);
  if (!count) return;
  const bool with_scores = ctx.argc() == 4 && command::IsWord(ctx.arg(3), "WITHSCORES");
  if (ctx.argc() > 3 && !with_scores) return ctx.reply().Error(errors::kSyntax);
  // Twice as many elements go out.
  constexpr int64_t kMostPairs = std::numeric_limits<int64_t>::max() / 2;
  if (with_scores && (*count < -kMostPairs || *count > kMostPairs)) return ctx.reply().Error(errors::kOutOfRange);
  ReplySome(ctx, *count, with_scores);
}

constexpr command::HandlerBinding kHandlers[] = {{"zrandmember", ZRandMember}};

}  // namespace

std::span<const command::HandlerBinding> ZsetRandomHandlers() { return kHandlers; }

}  // namespace keyway::commands
