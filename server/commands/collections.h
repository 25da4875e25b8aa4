// How handlers of one collection type find the value that they work on, and reply with its elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/command/context.h"
#include "server/command/errors.h"
#include "server/ds/listpack.h"

namespace keyway::commands {

// The object of an entry of that type, or null: then it answered with WRONGTYPE.
template <class T>
T* ObjectOfType(command::Context& ctx, const keyspace::Entry* entry, data::ValueType type) {
  if (entry->type() == type) return static_cast<T*>(entry->object());
  ctx.reply().Error(command::errors::kWrongType);
  return nullptr;
}

// The collection under argument i, or null: then it answered, by missing() or with WRONGTYPE.
template <class T, class Missing>
T* ReadCollection(command::Context& ctx, size_t i, data::ValueType type, Missing&& missing) {
  const keyspace::Entry* entry = ctx.db().FindForRead(ctx.Key(i));
  if (entry != nullptr) return ObjectOfType<T>(ctx, entry, type);
  missing();
  return nullptr;
}

// The same for commands that may change it.
template <class T, class Missing>
T* WriteCollection(command::Context& ctx, size_t i, data::ValueType type, Missing&& missing) {
  const keyspace::Entry* entry = ctx.db().FindForWrite(ctx.Key(i));
  if (entry != nullptr) return ObjectOfType<T>(ctx, entry, type);
  missing();
  return nullptr;
}

// An element as a bulk reply.
inline void ReplyElement(command::Context& ctx, const ds::ListpackValue& element) {
  if (element.is_integer) {
    ctx.reply().BulkInteger(element.integer);
  } else {
    ctx.reply().Bulk(element.text);
  }
}

// Argument i as a number of random elements, negative for picks that may repeat; its negation fits 64 bits as well. SRANDMEMBER,
// HRANDFIELD, ZRANDMEMBER.
std::optional<int64_t> RandomCountArg(command::Context& ctx, size_t i);

}  // namespace keyway::commands
