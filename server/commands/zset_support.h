// What the families of sorted set commands share: finding the set, ranges in arguments, results that are stored or replied.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "server/command/context.h"
#include "server/commands/collections.h"
#include "server/data/zset.h"

namespace keyway::commands {

// The sorted set under argument i, or null: then it answered, by missing() or with WRONGTYPE.
template <class Missing>
const data::Zset* ReadZset(command::Context& ctx, size_t i, Missing&& missing) {
  return ReadCollection<data::Zset>(ctx, i, data::ValueType::kZset, missing);
}
template <class Missing>
data::Zset* WriteZset(command::Context& ctx, size_t i, Missing&& missing) {
  return WriteCollection<data::Zset>(ctx, i, data::ValueType::kZset, missing);
}

// Scores in arguments `min` and `max`, "(" before one that is exclusive; or an error was answered.
std::optional<data::ScoreRange> ScoreRangeArg(command::Context& ctx, size_t min, size_t max);
// Members in arguments `min` and `max`: "[m", "(m", "-", "+". The bounds are views of the arguments.
std::optional<data::LexRange> LexRangeArg(command::Context& ctx, size_t min, size_t max);

// First and last rank, inclusive and negative from the end, as ranks that are there. None: first == end.
data::Zset::Ranks ClampRanks(int64_t first, int64_t last, size_t size);

// Announces `count` members, with scores or without, of an array that ReplyMember fills: members and scores by turns in
// RESP2, pairs in RESP3.
void ReplyMembersHeader(command::Context& ctx, size_t count, bool with_scores);
void ReplyMember(command::Context& ctx, std::string_view member, double score, bool with_scores);

// The result of a …STORE command becomes the value of `key`, with `event`, counted as `changes`; an empty or missing one
// deletes it. Replies with its size.
void StoreZset(command::Context& ctx, const keyspace::HashedKey& key, std::unique_ptr<data::Zset> result,
               std::string_view event, int64_t changes = 1);
// What ZADD does once its arguments are read: changes the sorted set under argument 1, tells, and replies. GEOADD too. True
// if anything changed.
struct ZaddRequest {
  struct Pair {
    double score;
    std::string_view member;
  };
  data::ZaddFlags flags = 0;
  bool count_updates = false;  // CH
  std::vector<Pair> pairs;     // one at least; exactly one to increment
};
bool AddToZset(command::Context& ctx, const ZaddRequest& request);

// After members of the sorted set under `key` were removed: signals and events, and the key goes if none is left.
void AfterRemoval(command::Context& ctx, const keyspace::HashedKey& key, const data::Zset& zset, std::string_view event,
                  int64_t removed);

}  // namespace keyway::commands
