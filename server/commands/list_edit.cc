// Lists: changing and finding elements inside.
#include <fmt/core.h>

#include <cstdint>
#include <limits>
#include <optional>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/lists.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::List;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

void LSet(Context& ctx) {
  List* list = WriteList(ctx, 1, [&] { ctx.reply().Error(errors::kNoSuchKey); });
  if (list == nullptr) return;
  const auto index = command::IntegerArg(ctx, 2);
  if (!index) return;
  if (!list->Replace(*index, ctx.arg(3), ctx.limits().list)) return ctx.reply().Error(errors::kIndexOutOfRange);
  ctx.reply().Ok();
  ctx.db().Changed(ctx.Key(1), EventClass::kList, "lset");
}

void LInsert(Context& ctx) {
  const bool after = IsWord(ctx.arg(2), "AFTER");
  if (!after && !IsWord(ctx.arg(2), "BEFORE")) return ctx.reply().Error(errors::kSyntax);
  List* list = WriteList(ctx, 1, [&] { ctx.reply().Integer(0); });
  if (list == nullptr) return;
  const auto where = after ? List::Where::kAfter : List::Where::kBefore;
  if (!list->InsertBeside(ctx.arg(3), where, ctx.arg(4), ctx.limits().list)) return ctx.reply().Integer(-1);
  ctx.db().Changed(ctx.Key(1), EventClass::kList, "linsert");
  ctx.reply().Integer(static_cast<int64_t>(list->size()));
}

void LRem(Context& ctx) {
  const auto count = command::IntegerArg(ctx, 2);
  if (!count) return;
  List* list = WriteList(ctx, 1, [&] { ctx.reply().Integer(0); });
  if (list == nullptr) return;
  const bool backwards = *count < 0;
  // 0 means all of them; the smallest number has no positive counterpart among signed ones.
  const size_t limit = *count == 0 ? SIZE_MAX
                       : backwards ? size_t{0} - static_cast<size_t>(*count)
                                   : static_cast<size_t>(*count);
  const size_t removed = list->Remove(ctx.arg(3), limit, backwards, ctx.limits().list);
  if (removed > 0) ElementsRemoved(ctx, ctx.Key(1), *list, "lrem", removed);
  ctx.reply().Integer(static_cast<int64_t>(removed));
}

void LTrim(Context& ctx) {
  const auto start = command::IntegerArg(ctx, 2);
  if (!start) return;
  const auto stop = command::IntegerArg(ctx, 3);
  if (!stop) return;
  List* list = WriteList(ctx, 1, [&] { ctx.reply().Ok(); });
  if (list == nullptr) return;
  const size_t size = list->size();
  const ListRange kept = ResolveListRange(*start, *stop, size);
  const data::ListLimits limits = ctx.limits().list;
  const size_t end = kept.first + kept.count;
  list->EraseRange(end, size - end, limits);
  list->EraseRange(0, kept.first, limits);
  ElementsRemoved(ctx, ctx.Key(1), *list, "ltrim", size - kept.count);
  ctx.reply().Ok();
}

// ---- LPOS ----------------------------------------------------------------------------------------------------------

struct PositionQuery {
  uint64_t rank = 1;  // the first match that counts
  bool backwards = false;
  std::optional<uint64_t> count;  // an array is wanted, of so many at most; 0: of all
  uint64_t max_length = 0;        // elements to look at; 0: all
};

bool ReadRank(Context& ctx, size_t i, PositionQuery& query) {
  const auto rank = command::IntegerArg(ctx, i);
  if (!rank) return false;
  if (*rank < -kMax) {
    ctx.reply().Error(fmt::format("ERR value is out of range, value must between {} and {}", -kMax, kMax));
    return false;
  }
  if (*rank == 0) {
    ctx.reply().Error(
        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start "
        "from the end of the list");
    return false;
  }
  query.backwards = *rank < 0;
  query.rank = static_cast<uint64_t>(query.backwards ? -*rank : *rank);
  return true;
}

std::optional<PositionQuery> ReadPositionQuery(Context& ctx) {
  PositionQuery query;
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    if (i + 1 == ctx.argc()) {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
    if (IsWord(ctx.arg(i), "RANK")) {
      if (!ReadRank(ctx, i + 1, query)) return std::nullopt;
    } else if (IsWord(ctx.arg(i), "COUNT")) {
      const auto count = command::IntegerArgIn(ctx, i + 1, 0, kMax, "ERR COUNT can't be negative");
      if (!count) return std::nullopt;
      query.count = static_cast<uint64_t>(*count);
    } else if (IsWord(ctx.arg(i), "MAXLEN")) {
      const auto length = command::IntegerArgIn(ctx, i + 1, 0, kMax, "ERR MAXLEN can't be negative");
      if (!length) return std::nullopt;
      query.max_length = static_cast<uint64_t>(*length);
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return query;
}

// found(index) for each match that counts; false: no more are wanted.
template <class Found>
void FindPositions(const List& list, std::string_view element, const PositionQuery& query, Found&& found) {
  const ds::ListpackNeedle needle(element);
  const size_t size = list.size();
  const size_t length = query.max_length == 0 ? size : static_cast<size_t>(query.max_length);
  uint64_t matches = 0;
  size_t seen = 0;
  list.ForRange(query.backwards ? size - 1 : 0, length, query.backwards, [&](const ds::ListpackValue& value) {
    const size_t index = query.backwards ? size - 1 - seen : seen;
    ++seen;
    if (!needle.Matches(value) || ++matches < query.rank) return true;
    return found(static_cast<int64_t>(index));
  });
}

void LPos(Context& ctx) {
  const auto query = ReadPositionQuery(ctx);
  if (!query) return;
  const List* list = ReadList(ctx, 1, [&] { query->count ? ctx.reply().EmptyArray() : ctx.reply().Null(); });
  if (list == nullptr) return;
  if (!query->count) {
    std::optional<int64_t> position;
    FindPositions(*list, ctx.arg(2), *query, [&](int64_t index) {
      position = index;
      return false;
    });
    position ? ctx.reply().Integer(*position) : ctx.reply().Null();
    return;
  }
  resp::Deferred positions(ctx.reply());
  FindPositions(*list, ctx.arg(2), *query, [&](int64_t index) {
    ctx.reply().Integer(index);
    positions.Count();
    return *query->count == 0 || static_cast<uint64_t>(positions.count()) < *query->count;
  });
  positions.EndArray();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"linsert", LInsert}, {"lpos", LPos}, {"lrem", LRem}, {"lset", LSet}, {"ltrim", LTrim},
};

}  // namespace

std::span<const command::HandlerBinding> ListEditHandlers() { return kHandlers; }

}  // namespace keyway::commands
