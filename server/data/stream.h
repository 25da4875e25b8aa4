// Streams: messages under ever growing IDs, in nodes of up to stream-node-max-entries messages, and consumer groups.
//
//   nodes_   first ID ▸ listpack, in the layout of server/data/stream_node.h
//   groups_  name ▸ group, made when there is one
//
//   data::StreamReader reader(stream, start, end);
//   while (reader.Next()) {
//     Use(reader.id());
//     for (size_t i = 0; i < reader.field_count(); ++i) reader.ReadField(&field, &value);
//   }
//
// From a file or a payload: AppendNode for each node (after ValidateStreamListpack), SetCounters, then the groups.
//
// A message that is deleted in the middle of a node stays there with a flag, until the last one of its node goes. [exec]
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "server/data/limits.h"
#include "server/data/object.h"
#include "server/data/stream_group.h"
#include "server/data/stream_id.h"
#include "server/data/stream_node.h"
#include "server/ds/listpack.h"
#include "server/ds/sorted_chunks.h"

namespace keyway::data {

// What XTRIM and XADD are to cut off at the front.
struct StreamTrim {
  enum class By : uint8_t { kNothing, kLength, kId };
  By by = By::kNothing;
  bool approximate = false;  // whole nodes only
  uint64_t limit = 0;        // messages to delete at most, with `approximate`; 0: any number
  uint64_t max_length = 0;   // kLength: so many may stay
  StreamId min_id;           // kId: those from here on stay
};

class Stream final : public Object {
 public:
  using NodeMap = ds::SortedChunks<StreamId, ds::Listpack>;

  Stream() : Object(ValueType::kStream) {}

  Encoding encoding() const override { return Encoding::kStream; }
  size_t size() const override { return length_; }
  size_t MemoryBytes(size_t samples) const override;
  std::unique_ptr<Object> Clone() const override;
  size_t FreeEffort() const override;

  // ---- what is known about it
  uint64_t length() const { return length_; }
  StreamId first_id() const { return first_id_; }              // of the first message that is there; 0-0 if none is
  StreamId last_id() const { return last_id_; }                // the greatest that was ever given out
  StreamId max_deleted_id() const { return max_deleted_id_; }  // the greatest that XDEL deleted
  uint64_t entries_added() const { return entries_added_; }    // messages that were ever added
  // Of the last message that is there; 0-0 if none is.
  StreamId LastMessageId() const;
  // The first ID in the first node, deleted or not; the greatest possible ID if there is none.
  StreamId FirstStoredId() const;
  bool Contains(StreamId id) const;

  // ---- changing
  // Whether a message of these words can be stored at all: 1 GB of them cannot. [any]
  static bool Fits(std::span<const std::string_view> fields_and_values);
  // Adds a message: field, value, field, value, …, at least one pair. Requires id > last_id() and Fits().
  void Append(StreamId id, std::span<const std::string_view> fields_and_values, const StreamLimits& limits);
  // Returns how many messages it deleted.
  uint64_t Trim(const StreamTrim& trim);
  // Deletes one message; false if it is not there.
  bool Delete(StreamId id);
  // XSETID, after its checks.
  void set_last_id(StreamId id) { last_id_ = id; }
  void set_entries_added(uint64_t count) { entries_added_ = count; }
  void set_max_deleted_id(StreamId id) { max_deleted_id_ = id; }

  // ---- groups
  size_t group_count() const { return groups_ ? groups_->size() : 0; }
  // visit(std::string_view name, const ConsumerGroup&), in the order of names
  template <class Visit>
  void ForEachGroup(Visit&& visit) const {
    if (!groups_) return;
    for (const auto& [name, group] : *groups_) visit(std::string_view(name), group);
  }
  ConsumerGroup* FindGroup(std::string_view name);
  const ConsumerGroup* FindGroup(std::string_view name) const { return const_cast<Stream*>(this)->FindGroup(name); }
  // Null if there is one of that name.
  ConsumerGroup* AddGroup(std::string_view name, StreamId last_id, int64_t entries_read);
  bool RemoveGroup(std::string_view name);
  // How many messages, from the first ever, a reader has seen that stands at `id`; nothing if deletions leave that unknown.
  std::optional<int64_t> ReadsUpTo(StreamId id) const;
  // How many messages the group has yet to be given; nothing if unknown.
  std::optional<int64_t> LagOf(const ConsumerGroup& group) const;
  // The group is given the message of `id`: moves its last ID there and counts it, unless it was there already.
  void Advance(ConsumerGroup& group, StreamId id) const;

  // ---- nodes
  size_t node_count() const { return nodes_.size(); }
  const NodeMap& nodes() const { return nodes_; }
  // visit(StreamId first_id, ds::ListpackView node)
  template <class Visit>
  void ForEachNode(Visit&& visit) const {
    for (auto at = nodes_.Begin(); at != nodes_.End(); at = nodes_.Next(at)) {
      visit(nodes_.key(at), nodes_.value(at).view());
    }
  }
  // Adopts a node behind all others, or drops it if all its messages are deleted. Requires bytes that ValidateStreamListpack
  // accepted. False if the IDs do not follow.
  [[nodiscard]] bool AppendNode(StreamId first_id, ds::Listpack node);
  // After the nodes. False if the length is not that of the nodes, or the last ID below that of a message, or other figures
  // cannot be.
  [[nodiscard]] bool SetCounters(uint64_t length, StreamId last_id, StreamId max_deleted_id, uint64_t entries_added);

 private:
  friend class StreamReader;

  bool HasTombstonesFrom(StreamId id) const;
  void FindFirst();
  // The figures of a node and the stream after `deleted` more of its messages were flagged; drops it if none is left.
  void CountDeleted(NodeMap::Position at, uint64_t deleted);

  NodeMap nodes_;
  uint64_t length_ = 0;
  uint64_t entries_added_ = 0;
  StreamId first_id_, last_id_, max_deleted_id_;
  std::unique_ptr<ConsumerGroupMap> groups_;
};

// Goes through the messages with IDs in [start, end], backwards if told to. The stream must not change meanwhile.
class StreamReader {
 public:
  explicit StreamReader(const Stream& stream, StreamId start = kMinStreamId, StreamId end = kMaxStreamId,
                        bool backwards = false);

  // The next message, deleted ones left out; false if there is none.
  bool Next() { return Advance(false); }
  // The next one, deleted or not.
  bool NextStored() { return Advance(true); }

  // ---- of the message that the last call came to
  StreamId id() const { return message_.id; }
  size_t field_count() const { return message_.field_count; }
  bool deleted() const { return (message_.flags & kStreamEntryDeleted) != 0; }
  // Field by field, field_count() times at most. The texts are good until the next call, or as long as the stream does not
  // change if they are no integers.
  void ReadField(std::string_view* field, std::string_view* value);

 private:
  friend class Stream;

  bool Advance(bool stored);
  bool NextEntry();  // moves entry_ on, to another node if need be

  const Stream& stream_;
  const StreamId start_, end_;
  const bool backwards_;
  bool ended_ = false;
  Stream::NodeMap::Position node_;
  ds::ListpackView view_{nullptr};
  StreamNodeHeader header_;
  StreamEntryHeader message_;
  uint32_t entry_ = 0;         // offset of the message; 0: the node is not entered yet
  uint32_t cursor_ = 0;        // offset of the element that ReadField reads next
  uint32_t master_field_ = 0;  // the same among the fields of the master
  char field_buffer_[kMaxIntegerLength];
  char value_buffer_[kMaxIntegerLength];
};

}  // namespace keyway::data
