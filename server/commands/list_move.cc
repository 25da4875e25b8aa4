// Lists: taking from the first of several, moving from one to another, and waiting for either. A command that waits is the one
// that does not, until there is nothing to take; it propagates as the one that does not.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/lists.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::List;
using data::ListEnd;
using keyspace::Entry;
using keyspace::HashedKey;
namespace errors = command::errors;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

// Arguments first … last that are keys.
struct KeyArgs {
  size_t first, count;
};

// The first of the keys that holds a list. `failed`: one before it holds something else, and that was answered.
struct FoundList {
  size_t i = 0;
  List* list = nullptr;
  bool failed = false;
};
FoundList FirstList(Context& ctx, KeyArgs keys) {
  for (size_t i = keys.first; i < keys.first + keys.count; ++i) {
    const Entry* entry = ctx.db().FindForWrite(ctx.Key(i));
    if (entry == nullptr) continue;
    List* list = ObjectOfType<List>(ctx, entry, data::ValueType::kList);
    return {i, list, list == nullptr};
  }
  return {};
}

void BlockFor(Context& ctx, KeyArgs keys, int64_t deadline_ms) {
  const auto words = ctx.args().subspan(keys.first, keys.count);
  ctx.Block({.keys = {words.begin(), words.end()}, .type = data::ValueType::kList, .deadline_ms = deadline_ms});
}

// ---- LMPOP, BLMPOP -------------------------------------------------------------------------------------------------

struct MultiPop {
  KeyArgs keys;
  ListEnd end;
  int64_t count = 1;
};

std::optional<MultiPop> ReadMultiPop(Context& ctx, size_t numkeys_at) {
  const auto numkeys = command::IntegerArgIn(ctx, numkeys_at, 1, kMax, "ERR numkeys should be greater than 0");
  if (!numkeys) return std::nullopt;
  const auto syntax_error = [&]() -> std::optional<MultiPop> {
    ctx.reply().Error(errors::kSyntax);
    return std::nullopt;
  };
  if (static_cast<uint64_t>(*numkeys) >= ctx.argc() - numkeys_at - 1) return syntax_error();
  const KeyArgs keys{numkeys_at + 1, static_cast<size_t>(*numkeys)};
  size_t i = keys.first + keys.count;
  const auto end = ListEndArg(ctx, i++);
  if (!end) return std::nullopt;
  MultiPop pop{keys, *end};
  if (i == ctx.argc()) return pop;
  if (i + 2 > ctx.argc() || !IsWord(ctx.arg(i), "COUNT")) return syntax_error();
  const auto count = command::IntegerArgIn(ctx, i + 1, 1, kMax, "ERR count should be greater than 0");
  if (!count) return std::nullopt;
  // A bad count is told before what follows it.
  if (i + 2 != ctx.argc()) return syntax_error();
  pop.count = *count;
  return pop;
}

// False: none of the keys has anything. Otherwise it answered.
bool TryMultiPop(Context& ctx, const MultiPop& pop) {
  const FoundList found = FirstList(ctx, pop.keys);
  if (found.failed) return true;
  if (found.list == nullptr) return false;
  const HashedKey key = ctx.Key(found.i);
  const size_t count = std::min(static_cast<size_t>(pop.count), found.list->size());
  ctx.reply().Array(2);
  ctx.reply().Bulk(key.view);
  ReplyFromEnd(ctx, *found.list, pop.end, count);
  TakeFromEnd(ctx, key, *found.list, pop.end, count);
  ctx.PropagateAs(
      {pop.end == ListEnd::kHead ? "LPOP" : "RPOP", key.view, IntegerText(static_cast<int64_t>(count)).view()});
  return true;
}

void LMPop(Context& ctx) {
  const auto pop = ReadMultiPop(ctx, 1);
  if (pop && !TryMultiPop(ctx, *pop)) ctx.reply().NullArray();
}

void BLMPop(Context& ctx) {
  const auto pop = ReadMultiPop(ctx, 2);
  if (!pop) return;
  const auto deadline_ms = command::TimeoutArg(ctx, 1);
  if (!deadline_ms || TryMultiPop(ctx, *pop)) return;
  if (ctx.may_block()) return BlockFor(ctx, pop->keys, *deadline_ms);
  ctx.reply().NullArray();
}

// ---- BLPOP, BRPOP --------------------------------------------------------------------------------------------------

void BlockingPop(Context& ctx, ListEnd end) {
  const auto deadline_ms = command::TimeoutArg(ctx, ctx.argc() - 1);
  if (!deadline_ms) return;
  const KeyArgs keys{1, ctx.argc() - 2};
  const FoundList found = FirstList(ctx, keys);
  if (found.failed) return;
  if (found.list == nullptr) {
    if (ctx.may_block()) return BlockFor(ctx, keys, *deadline_ms);
    return ctx.reply().NullArray();
  }
  const HashedKey key = ctx.Key(found.i);
  const bool head = end == ListEnd::kHead;
  ctx.reply().Array(2);
  ctx.reply().Bulk(key.view);
  found.list->At(head ? 0 : -1, [&](const ds::ListpackValue& value) { ReplyElement(ctx, value); });
  TakeFromEnd(ctx, key, *found.list, end, 1);
  ctx.PropagateAs({head ? "LPOP" : "RPOP", key.view});
}

void BLPop(Context& ctx) { BlockingPop(ctx, ListEnd::kHead); }
void BRPop(Context& ctx) { BlockingPop(ctx, ListEnd::kTail); }

// ---- LMOVE and its like --------------------------------------------------------------------------------------------

struct Move {
  ListEnd from = ListEnd::kTail;
  ListEnd to = ListEnd::kHead;
};

std::optional<Move> ReadMove(Context& ctx) {
  const auto from = ListEndArg(ctx, 3);
  if (!from) return std::nullopt;
  const auto to = ListEndArg(ctx, 4);
  if (!to) return std::nullopt;
  return Move{*from, *to};
}

void MoveOrNull(Context& ctx, const Move& move) {
  List* source = WriteList(ctx, 1, [&] { ctx.reply().Null(); });
  if (source != nullptr) MoveElement(ctx, ctx.Key(1), *source, move.from, ctx.Key(2), move.to);
}

// `plain` are the words of the command that does not wait.
void MoveOrBlock(Context& ctx, const Move& move, int64_t deadline_ms, command::Words plain) {
  bool missing = false;
  List* source = WriteList(ctx, 1, [&] { missing = true; });
  if (missing) {
    if (ctx.may_block()) return BlockFor(ctx, {1, 1}, deadline_ms);
    return ctx.reply().Null();
  }
  if (source == nullptr) return;
  MoveElement(ctx, ctx.Key(1), *source, move.from, ctx.Key(2), move.to);
  ctx.PropagateAs(plain);
}

void LMove(Context& ctx) {
  const auto move = ReadMove(ctx);
  if (move) MoveOrNull(ctx, *move);
}

void RPopLPush(Context& ctx) { MoveOrNull(ctx, Move{}); }

void BLMove(Context& ctx) {
  const auto move = ReadMove(ctx);
  if (!move) return;
  const auto deadline_ms = command::TimeoutArg(ctx, 5);
  if (!deadline_ms) return;
  const std::string_view plain[] = {"LMOVE", ctx.arg(1), ctx.arg(2), ctx.arg(3), ctx.arg(4)};
  MoveOrBlock(ctx, *move, *deadline_ms, plain);
}

void BRPopLPush(Context& ctx) {
  const auto deadline_ms = command::TimeoutArg(ctx, 3);
  if (!deadline_ms) return;
  const std::string_view plain[] = {"RPOPLPUSH", ctx.arg(1), ctx.arg(2)};
  MoveOrBlock(ctx, Move{}, *deadline_ms, plain);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"blmove", BLMove},         {"blmpop", BLMPop}, {"blpop", BLPop}, {"brpop", BRPop},
    {"brpoplpush", BRPopLPush}, {"lmove", LMove},   {"lmpop", LMPop}, {"rpoplpush", RPopLPush},
};

}  // namespace

std::span<const command::HandlerBinding> ListMoveHandlers() { return kHandlers; }

}  // namespace keyway::commands
