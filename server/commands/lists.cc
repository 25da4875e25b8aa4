#include "server/commands/lists.h"

#include <algorithm>

#include "server/command/args.h"

namespace keyway::commands {

using command::Context;
using command::IsWord;
using data::List;
using data::ListEnd;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

std::optional<ListEnd> ListEndArg(Context& ctx, size_t i) {
  if (IsWord(ctx.arg(i), "LEFT")) return ListEnd::kHead;
  if (IsWord(ctx.arg(i), "RIGHT")) return ListEnd::kTail;
  ctx.reply().Error(errors::kSyntax);
  return std::nullopt;
}

ListRange ResolveListRange(int64_t start, int64_t stop, size_t size) {
  const auto length = static_cast<int64_t>(size);
  if (start < 0) start = std::max<int64_t>(start + length, 0);
  if (stop < 0) stop += length;
  stop = std::min(stop, length - 1);
  if (start > stop) return {};
  return {static_cast<size_t>(start), static_cast<size_t>(stop - start + 1)};
}

void ReplyFromEnd(Context& ctx, const List& list, ListEnd end, size_t count) {
  count = std::min(count, list.size());
  const bool backwards = end == ListEnd::kTail;
  ctx.reply().Array(static_cast<int64_t>(count));
  list.ForRange(backwards ? list.size() - 1 : 0, count, backwards,
                [&](const ds::ListpackValue& value) { ReplyElement(ctx, value); });
}

void TakeFromEnd(Context& ctx, const HashedKey& key, List& list, ListEnd end, size_t count) {
  const bool head = end == ListEnd::kHead;
  list.EraseRange(head ? 0 : list.size() - count, count, ctx.limits().list);
  ElementsRemoved(ctx, key, list, head ? "lpop" : "rpop", count);
}

void ElementsRemoved(Context& ctx, const HashedKey& key, const List& list, std::string_view event, size_t count) {
  ctx.db().Event(EventClass::kList, event, key.view);
  if (list.size() == 0) {
    ctx.db().Delete(key);
    ctx.db().Event(EventClass::kGeneric, "del", key.view);
  }
  ctx.db().SignalModified(key.view);
  ctx.db().AddDirty(static_cast<int64_t>(count));
}

void MoveElement(Context& ctx, const HashedKey& source_key, List& source, ListEnd from, const HashedKey& target_key,
                 ListEnd to) {
  keyspace::Entry* entry = ctx.db().FindForWrite(target_key);
  List* target = nullptr;
  if (entry != nullptr) {
    target = ObjectOfType<List>(ctx, entry, data::ValueType::kList);
    if (target == nullptr) return;
  }
  const data::ListLimits limits = ctx.limits().list;
  const bool from_head = from == ListEnd::kHead;
  std::string element;
  source.At(from_head ? 0 : -1, [&](const ds::ListpackValue& value) { element = value.ToString(); });
  // Taken before it is put: both may be the same list.
  source.EraseRange(from_head ? 0 : source.size() - 1, 1, limits);
  if (target != nullptr) {
    target->Push(to, element, limits);
  } else {
    auto list = std::make_unique<List>(limits);
    list->Push(to, element, limits);
    ctx.db().Add(target_key, data::Value::FromObject(std::move(list)));
  }
  ctx.db().SignalModified(target_key.view);
  ctx.db().Event(EventClass::kList, to == ListEnd::kHead ? "lpush" : "rpush", target_key.view);
  ctx.reply().Bulk(element);
  ElementsRemoved(ctx, source_key, source, from_head ? "lpop" : "rpop", 1);
}

}  // namespace keyway::commands
