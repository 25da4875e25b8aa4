// Lists: pushing and popping at the ends, and looking at elements.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/lists.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::List;
using data::ListEnd;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

void Push(Context& ctx, ListEnd end, bool to_existing_only) {
  const HashedKey key = ctx.Key(1);
  const data::ListLimits limits = ctx.limits().list;
  const auto elements = ctx.args().subspan(2);
  size_t size;
  if (Entry* entry = ctx.db().FindForWrite(key); entry != nullptr) {
    List* list = ObjectOfType<List>(ctx, entry, data::ValueType::kList);
    if (list == nullptr) return;
    list->Push(end, elements, limits);
    size = list->size();
  } else {
    if (to_existing_only) return ctx.reply().Integer(0);
    auto list = std::make_unique<List>(limits);
    list->Push(end, elements, limits);
    size = list->size();
    ctx.db().Add(key, data::Value::FromObject(std::move(list)));
  }
  ctx.db().Changed(key, EventClass::kList, end == ListEnd::kHead ? "lpush" : "rpush",
                   static_cast<int64_t>(elements.size()));
  ctx.reply().Integer(static_cast<int64_t>(size));
}

void LPush(Context& ctx) { Push(ctx, ListEnd::kHead, false); }
void RPush(Context& ctx) { Push(ctx, ListEnd::kTail, false); }
void LPushX(Context& ctx) { Push(ctx, ListEnd::kHead, true); }
void RPushX(Context& ctx) { Push(ctx, ListEnd::kTail, true); }

void PopOne(Context& ctx, ListEnd end) {
  List* list = WriteList(ctx, 1, [&] { ctx.reply().Null(); });
  if (list == nullptr) return;
  list->At(end == ListEnd::kHead ? 0 : -1, [&](const ds::ListpackValue& value) { ReplyElement(ctx, value); });
  TakeFromEnd(ctx, ctx.Key(1), *list, end, 1);
}

void Pop(Context& ctx, ListEnd end) {
  if (ctx.argc() > 3) return command::ArityError(ctx);
  if (ctx.argc() == 2) return PopOne(ctx, end);
  const auto count = command::IntegerArgIn(ctx, 2, 0, std::numeric_limits<int64_t>::max(), errors::kMustBePositive);
  if (!count) return;
  List* list = WriteList(ctx, 1, [&] { ctx.reply().NullArray(); });
  if (list == nullptr) return;
  if (*count == 0) return ctx.reply().EmptyArray();
  const size_t taken = std::min(static_cast<size_t>(*count), list->size());
  ReplyFromEnd(ctx, *list, end, taken);
  TakeFromEnd(ctx, ctx.Key(1), *list, end, taken);
}

void LPop(Context& ctx) { Pop(ctx, ListEnd::kHead); }
void RPop(Context& ctx) { Pop(ctx, ListEnd::kTail); }

void LLen(Context& ctx) {
  const List* list = ReadList(ctx, 1, [&] { ctx.reply().Integer(0); });
  if (list != nullptr) ctx.reply().Integer(static_cast<int64_t>(list->size()));
}

void LIndex(Context& ctx) {
  const List* list = ReadList(ctx, 1, [&] { ctx.reply().Null(); });
  if (list == nullptr) return;
  const auto index = command::IntegerArg(ctx, 2);
  if (!index) return;
  const bool found = list->At(*index, [&](const ds::ListpackValue& value) { ReplyElement(ctx, value); });
  if (!found) ctx.reply().Null();
}

void LRange(Context& ctx) {
  const auto start = command::IntegerArg(ctx, 2);
  if (!start) return;
  const auto stop = command::IntegerArg(ctx, 3);
  if (!stop) return;
  const List* list = ReadList(ctx, 1, [&] { ctx.reply().EmptyArray(); });
  if (list == nullptr) return;
  const ListRange range = ResolveListRange(*start, *stop, list->size());
  ctx.reply().Array(static_cast<int64_t>(range.count));
  list->ForRange(range.first, range.count, false, [&](const ds::ListpackValue& value) { ReplyElement(ctx, value); });
}

constexpr command::HandlerBinding kHandlers[] = {
    {"lindex", LIndex}, {"llen", LLen}, {"lpop", LPop},   {"lpush", LPush},   {"lpushx", LPushX},
    {"lrange", LRange}, {"rpop", RPop}, {"rpush", RPush}, {"rpushx", RPushX},
};

}  // namespace

std::span<const command::HandlerBinding> ListHandlers() { return kHandlers; }

}  // namespace keyway::commands
