// A node of a stream: some messages in one listpack, as RDB files have it too.
//
//   master   | messages | deleted | fields n | field 1 | … | field n | 0 |
//   message  | flags | ms | seq | value 1 | … | value n | elements |                                same fields as the master
//            | flags | ms | seq | fields m | field 1 | value 1 | … | value m | elements |            others
//
// The node is stored under the ID of its first message, to which `ms` and `seq` of each message are the difference (modulo
// 2^64). "messages" counts those that are there, "deleted" those that carry the flag. "elements" counts those of the message
// before it, so that a node can be read backwards; the master has a 0 there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/data/stream_id.h"
#include "server/ds/listpack.h"

namespace keyway::data {

inline constexpr int64_t kStreamEntryDeleted = 1;
inline constexpr int64_t kStreamEntrySameFields = 2;

struct StreamNodeHeader {
  int64_t live = 0;
  int64_t deleted = 0;
  int64_t field_count = 0;
  uint32_t fields_at = 0;   // offset of the first field, or of the 0 that ends the master
  uint32_t entries_at = 0;  // offset of the first message; 0: there is none
};

struct StreamEntryHeader {
  int64_t flags = 0;
  StreamId id;
  uint32_t field_count = 0;
  uint32_t data_at = 0;   // offset of what follows: values, or fields and values
  uint32_t elements = 0;  // from data_at to the count at the end, without it
};

// Of a valid node.
StreamNodeHeader ReadStreamNodeHeader(ds::ListpackView node);
// Only how many messages of it are there; 0 if the bytes say nothing that makes sense.
uint64_t StreamNodeLength(ds::ListpackView node);
// The ID of the last message in it, deleted or not; the node's own ID if it has none.
StreamId LastStreamNodeId(ds::ListpackView node, StreamId first_id);

// Of the message at that offset of a valid node.
StreamEntryHeader ReadStreamEntryHeader(ds::ListpackView node, const StreamNodeHeader& header, StreamId first_id,
                                        uint32_t at);
// The offset of the message behind, or of the one before (`at` may be 0: the last one of the node); 0 if there is none.
uint32_t NextStreamEntry(ds::ListpackView node, const StreamEntryHeader& entry);
uint32_t PreviousStreamEntry(ds::ListpackView node, uint32_t at);

// A node with a master of those fields and no messages. `pairs` is field, value, field, value, …
ds::Listpack NewStreamNode(std::span<const std::string_view> pairs);
// Adds a message behind the others.
void AppendStreamEntry(ds::Listpack& node, StreamId first_id, StreamId id, std::span<const std::string_view> pairs);
// Flags the message at that offset as deleted, or up to `most` messages from the front on whose IDs are below `before`.
// Returns how many were not so already. The counters are left to AdjustStreamNode.
void FlagStreamEntryDeleted(ds::Listpack& node, uint32_t at);
uint64_t FlagFirstStreamEntriesDeleted(ds::Listpack& node, StreamId first_id, uint64_t most, StreamId before);
// Adds to the counters of a node: messages that are there, and those that are deleted.
void AdjustStreamNode(ds::Listpack& node, int64_t live, int64_t deleted);

// Whether hostile bytes are a node, stored under `first_id`: the layout above, counters that are right, IDs (of
// messages that are there) that ascend.
// Without `deep` only the listpack's header is looked at; that is for files whose checksum vouches for their content.
bool ValidateStreamListpack(std::span<const uint8_t> bytes, StreamId first_id, bool deep);

}  // namespace keyway::data
