// What the stream commands share: finding streams and groups, reading IDs, writing messages, and the commands that stand for
// what a consumer group did when it is propagated.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/command/args.h"
#include "server/data/stream.h"

namespace keyway::commands {

inline constexpr std::string_view kInvalidStreamId = "ERR Invalid stream ID specified as stream command argument";

// The stream under argument i, as a command finds it that reads or writes. *stream is null if there is no key; false: it is
// no stream, and that was answered.
bool FindStreamToRead(command::Context& ctx, size_t i, data::Stream** stream);
bool FindStreamToWrite(command::Context& ctx, size_t i, data::Stream** stream);

// The group that arguments 1 and 2 name; null: one of them is not there, or is no stream, and that was answered.
struct StreamGroup {
  data::Stream* stream = nullptr;
  data::ConsumerGroup* group = nullptr;
};
std::optional<StreamGroup> FindStreamGroup(command::Context& ctx);

// The consumer of that name; if it is new, it is told of and counts as a change.
data::Consumer* FindOrAddConsumer(command::Context& ctx, const keyspace::HashedKey& key, data::ConsumerGroup& group,
                                  std::string_view name);

// ---- arguments
// "ms" or "ms-seq"; "-" and "+" are errors. With `seq_given` "ms-*" too (see ParseStreamId).
std::optional<data::StreamId> StreamIdArg(command::Context& ctx, size_t i, bool* seq_given = nullptr);
// The ends of a range: "-", "+", an ID, or "(" and an ID that is excluded. Of an ID without a sequence all of that
// millisecond belongs to the range.
std::optional<data::StreamId> RangeStartArg(command::Context& ctx, size_t i);
std::optional<data::StreamId> RangeEndArg(command::Context& ctx, size_t i);

// ---- replies
void ReplyStreamId(command::Context& ctx, data::StreamId id);
// The message that the reader is at: its ID and its fields and values.
void ReplyMessage(command::Context& ctx, data::StreamReader& reader);
// An array of messages, at most `count` of them; 0: all.
void ReplyMessages(command::Context& ctx, data::StreamReader& reader, uint64_t count);

// ---- propagation
// XCLAIM that makes the message pending as it is pending here, and moves the group's last ID.
void PropagateClaim(command::Context& ctx, std::string_view key, std::string_view group_name,
                    const data::ConsumerGroup& group, data::StreamId id, const data::ConsumerGroup::Pending& pending);
// XGROUP SETID with the group's last ID and counter.
void PropagateGroupId(command::Context& ctx, std::string_view key, std::string_view group_name,
                      const data::ConsumerGroup& group);

}  // namespace keyway::commands
