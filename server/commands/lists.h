// What the handlers of lists share: replies of ranges, taking elements, and everything that belongs to a change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/command/context.h"
#include "server/commands/collections.h"
#include "server/data/list.h"

namespace keyway::commands {

// The list under argument i, or null: then it answered, by missing() or with WRONGTYPE.
template <class Missing>
const data::List* ReadList(command::Context& ctx, size_t i, Missing&& missing) {
  return ReadCollection<data::List>(ctx, i, data::ValueType::kList, missing);
}
template <class Missing>
data::List* WriteList(command::Context& ctx, size_t i, Missing&& missing) {
  return WriteCollection<data::List>(ctx, i, data::ValueType::kList, missing);
}

// LEFT or RIGHT; a syntax error otherwise.
std::optional<data::ListEnd> ListEndArg(command::Context& ctx, size_t i);

// Indexes from the client as elements [first, first + count) of a list of `size`: negative ones count from the tail,
// what lies outside is cut off. `count` 0: nothing is in it.
struct ListRange {
  size_t first = 0;
  size_t count = 0;
};
ListRange ResolveListRange(int64_t start, int64_t stop, size_t size);

// Replies with an array of up to `count` elements, seen from that end.
void ReplyFromEnd(command::Context& ctx, const data::List& list, data::ListEnd end, size_t count);
// Removes `count` elements, which must be there, from that end, deletes an empty list, and tells. The list may be gone then.
void TakeFromEnd(command::Context& ctx, const keyspace::HashedKey& key, data::List& list, data::ListEnd end,
                 size_t count);
// After `count` elements were removed, with that event: deletes the list if it is empty, and tells.
void ElementsRemoved(command::Context& ctx, const keyspace::HashedKey& key, const data::List& list,
                     std::string_view event, size_t count);

// LMOVE of one element: it is replied, too. `source` has one.
void MoveElement(command::Context& ctx, const keyspace::HashedKey& source_key, data::List& source, data::ListEnd from,
                 const keyspace::HashedKey& target_key, data::ListEnd to);

}  // namespace keyway::commands
