// Sorted sets: unions, intersections and differences, of sorted sets and of plain sets, whose members count as 1.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/zset_support.h"
#include "server/data/set.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::Set;
using data::ValueType;
using data::Zset;
using data::ZsetBuilder;
using keyspace::Entry;
namespace errors = command::errors;

enum class Operation : uint8_t { kUnion, kIntersection, kDifference };
enum class Aggregate : uint8_t { kSum, kMin, kMax };

// One input: a sorted set, a set, or nothing.
class Source {
 public:
  double weight = 1;

  // False if the entry is of another type.
  bool Take(const Entry* entry) {
    if (entry == nullptr) return true;
    if (entry->type() == ValueType::kZset) zset_ = static_cast<const Zset*>(entry->object());
    if (entry->type() == ValueType::kSet) set_ = static_cast<const Set*>(entry->object());
    return zset_ != nullptr || set_ != nullptr;
  }
  size_t size() const { return zset_ != nullptr ? zset_->size() : set_ != nullptr ? set_->size() : 0; }
  bool IsSame(const Source& other) const { return zset_ == other.zset_ && set_ == other.set_; }
  std::optional<double> Score(std::string_view member) const {
    if (zset_ != nullptr) return zset_->Score(member);
    if (set_ != nullptr && set_->Contains(member)) return 1;
    return std::nullopt;
  }
  // visit(member, score) for each, until it returns false.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    if (set_ != nullptr) {
      char digits[kMaxIntegerLength];
      set_->ForEach([&](const Set::Member& member) { return visit(member.TextIn(digits), 1.0); });
    }
    if (zset_ == nullptr) return;
    for (auto at = zset_->First(); at.valid() && visit(at.member(), at.score()); at.Next()) continue;
  }

 private:
  const Zset* zset_ = nullptr;
  const Set* set_ = nullptr;
};

struct Request {
  Operation operation;
  bool store = false;
  bool count_only = false;  // ZINTERCARD
  std::vector<Source> sources;
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  uint64_t limit = 0;  // of ZINTERCARD; 0: none
};

// Infinities of both signs add up to nothing.
double ZeroIfNan(double score) { return std::isnan(score) ? 0 : score; }

double Combine(double a, double b, Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kSum:
      return ZeroIfNan(a + b);
    case Aggregate::kMin:
      return b < a ? b : a;
    case Aggregate::kMax:
      return b > a ? b : a;
  }
  return a;
}

// ---- arguments -----------------------------------------------------------------------------------------------------

bool ReadWeights(Context& ctx, size_t first, Request& request) {
  for (size_t i = 0; i < request.sources.size(); ++i) {
    const auto weight = command::DoubleArg(ctx, first + i, "ERR weight value is not a float");
    if (!weight) return false;
    request.sources[i].weight = *weight;
  }
  return true;
}

bool ReadAggregate(Context& ctx, size_t i, Request& request) {
  if (IsWord(ctx.arg(i), "SUM")) {
    request.aggregate = Aggregate::kSum;
  } else if (IsWord(ctx.arg(i), "MIN")) {
    request.aggregate = Aggregate::kMin;
  } else if (IsWord(ctx.arg(i), "MAX")) {
    request.aggregate = Aggregate::kMax;
  } else {
    ctx.reply().Error(errors::kSyntax);
    return false;
  }
  return true;
}

bool ReadOptions(Context& ctx, size_t i, Request& request) {
  const bool weighs = request.operation != Operation::kDifference && !request.count_only;
  while (i < ctx.argc()) {
    const size_t left = ctx.argc() - i;
    if (weighs && left > request.sources.size() && IsWord(ctx.arg(i), "WEIGHTS")) {
      if (!ReadWeights(ctx, i + 1, request)) return false;
      i += 1 + request.sources.size();
    } else if (weighs && left >= 2 && IsWord(ctx.arg(i), "AGGREGATE")) {
      if (!ReadAggregate(ctx, i + 1, request)) return false;
      i += 2;
    } else if (!request.store && !request.count_only && IsWord(ctx.arg(i), "WITHSCORES")) {
      request.with_scores = true;
      i += 1;
    } else if (request.count_only && left >= 2 && IsWord(ctx.arg(i), "LIMIT")) {
      const auto limit = command::IntegerArgIn(ctx, i + 1, 0, INT64_MAX, "ERR LIMIT can't be negative");
      if (!limit) return false;
      request.limit = static_cast<uint64_t>(*limit);
      i += 2;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return false;
    }
  }
  return true;
}

// "numkeys key… [options]" from argument `at` on. False: it answered with an error.
bool ReadRequest(Context& ctx, size_t at, Request& request) {
  const auto keys = command::IntegerArg(ctx, at);
  if (!keys) return false;
  if (*keys < 1) {
    ctx.reply().Error(fmt::format("ERR at least 1 input key is needed for '{}' command", ctx.spec().full_name));
    return false;
  }
  if (static_cast<uint64_t>(*keys) > ctx.argc() - at - 1) {
    ctx.reply().Error(errors::kSyntax);
    return false;
  }
  request.sources.resize(static_cast<size_t>(*keys));
  for (size_t i = 0; i < request.sources.size(); ++i) {
    if (!request.sources[i].Take(ctx.db().FindForRead(ctx.Key(at + 1 + i)))) {
      ctx.reply().Error(errors::kWrongType);
      return false;
    }
  }
  return ReadOptions(ctx, at + 1 + request.sources.size(), request);
}

// ---- the operations ------------------------------------------------------------------------------------------------

// Visits what is in all sources, from the smallest source on: visit(member, score) until it returns false.
template <class Visit>
void Intersect(const Request& request, Visit&& visit) {
  const Source& first = request.sources.front();
  first.ForEach([&](std::string_view member, double own) {
    double score = ZeroIfNan(first.weight * own);
    for (size_t i = 1; i < request.sources.size(); ++i) {
      const Source& source = request.sources[i];
      const std::optional<double> other = source.IsSame(first) ? own : source.Score(member);
      if (!other) return true;
      score = Combine(score, *other * source.weight, request.aggregate);
    }
    return visit(member, score);
  });
}

std::unique_ptr<Zset> Intersection(const Request& request) {
  ZsetBuilder result(0);
  Intersect(request, [&](std::string_view member, double score) {
    result.FindOrAdd(member, score);
    return true;
  });
  return result.Finish();
}

std::unique_ptr<Zset> Union(const Request& request) {
  // At least as large as the largest source.
  ZsetBuilder result(request.sources.back().size());
  for (const Source& source : request.sources) {
    source.ForEach([&](std::string_view member, double own) {
      const double score = ZeroIfNan(source.weight * own);
      const auto [entry, added] = result.FindOrAdd(member, score);
      if (!added) entry->set_score(Combine(entry->score(), score, request.aggregate));
      return true;
    });
  }
  return result.Finish();
}

// Looks each member of the first source up in the others, where it is found soonest in the large ones.
std::unique_ptr<Zset> DifferenceByLookup(std::vector<Source>& sources) {
  std::stable_sort(sources.begin() + 1, sources.end(),
                   [](const Source& a, const Source& b) { return a.size() > b.size(); });
  ZsetBuilder result(0);
  sources[0].ForEach([&](std::string_view member, double score) {
    const bool elsewhere = std::any_of(sources.begin() + 1, sources.end(),
                                       [&](const Source& source) { return source.Score(member).has_value(); });
    if (!elsewhere) result.FindOrAdd(member, score);
    return true;
  });
  return result.Finish();
}

// Takes everything from the first source, and away again what the others have.
std::unique_ptr<Zset> DifferenceByRemoval(const std::vector<Source>& sources) {
  ZsetBuilder result(sources[0].size());
  sources[0].ForEach([&](std::string_view member, double score) {
    result.FindOrAdd(member, score);
    return true;
  });
  for (size_t i = 1; i < sources.size() && result.size() > 0; ++i) {
    sources[i].ForEach([&](std::string_view member, double) {
      result.Remove(member);
      return result.size() > 0;
    });
  }
  return result.Finish();
}

std::unique_ptr<Zset> Difference(Request& request) {
  std::vector<Source>& sources = request.sources;
  const bool nothing_left =
      std::any_of(sources.begin() + 1, sources.end(), [&](const Source& source) { return source.IsSame(sources[0]); });
  if (sources[0].size() == 0 || nothing_left) return nullptr;
  size_t all = 0;
  for (const Source& source : sources) all += source.size();
  // Look-ups stop at the first hit, so that they get some advantage.
  if (sources[0].size() * sources.size() / 2 <= all) return DifferenceByLookup(sources);
  return DifferenceByRemoval(sources);
}

std::unique_ptr<Zset> Compute(Request& request) {
  switch (request.operation) {
    case Operation::kUnion:
      return Union(request);
    case Operation::kIntersection:
      return Intersection(request);
    case Operation::kDifference:
      return Difference(request);
  }
  return nullptr;
}

std::string_view EventOf(Operation operation) {
  switch (operation) {
    case Operation::kUnion:
      return "zunionstore";
    case Operation::kIntersection:
      return "zinterstore";
    case Operation::kDifference:
      return "zdiffstore";
  }
  return {};
}

void Run(Context& ctx, Request request) {
  if (!ReadRequest(ctx, request.store ? 2 : 1, request)) return;
  if (request.operation != Operation::kDifference) {
    std::stable_sort(request.sources.begin(), request.sources.end(),
                     [](const Source& a, const Source& b) { return a.size() < b.size(); });
  }
  if (request.count_only) {
    uint64_t count = 0;
    Intersect(request, [&](std::string_view, double) { return ++count != request.limit; });
    return ctx.reply().Integer(static_cast<int64_t>(count));
  }
  std::unique_ptr<Zset> result = Compute(request);
  if (request.store) {
    if (result != nullptr) result->Compact(ctx.limits().zset);
    return StoreZset(ctx, ctx.Key(1), std::move(result), EventOf(request.operation));
  }
  if (result == nullptr) return ctx.reply().EmptyArray();
  ReplyMembersHeader(ctx, result->size(), request.with_scores);
  for (auto at = result->First(); at.valid(); at.Next()) ReplyMember(ctx, at.member(), at.score(), request.with_scores);
}

void ZUnion(Context& ctx) { Run(ctx, {.operation = Operation::kUnion}); }
void ZInter(Context& ctx) { Run(ctx, {.operation = Operation::kIntersection}); }
void ZDiff(Context& ctx) { Run(ctx, {.operation = Operation::kDifference}); }
void ZUnionStore(Context& ctx) { Run(ctx, {.operation = Operation::kUnion, .store = true}); }
void ZInterStore(Context& ctx) { Run(ctx, {.operation = Operation::kIntersection, .store = true}); }
void ZDiffStore(Context& ctx) { Run(ctx, {.operation = Operation::kDifference, .store = true}); }
void ZInterCard(Context& ctx) { Run(ctx, {.operation = Operation::kIntersection, .count_only = true}); }

constexpr command::HandlerBinding kHandlers[] = {
    {"zdiff", ZDiff},
    {"zdiffstore", ZDiffStore},
    {"zinter", ZInter},
    {"zintercard", ZInterCard},
    {"zinterstore", ZInterStore},
    {"zunion", ZUnion},
    {"zunionstore", ZUnionStore},
};

}  // namespace

std::span<const command::HandlerBinding> ZsetAlgebraHandlers() { return kHandlers; }

}  // namespace keyway::commands
