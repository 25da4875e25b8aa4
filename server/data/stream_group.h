// Consumer groups of a stream: who reads it, up to where, and which messages were given out and not yet confirmed.
//
//   ConsumerGroup   name ▸ last ID given out, how many messages that makes, and
//     pending       ID ▸ when it was given out last, how often, to whom
//     consumers     name ▸ when it was seen last, when it got or claimed something last, the IDs that are pending for it
//
// An ID that is pending is so in the group and with exactly one consumer; only the group changes both. While a group is
// built from a file, IDs may for a time have no consumer. [exec]
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "server/data/stream_id.h"
#include "server/ds/sorted_chunks.h"

namespace keyway::data {

class ConsumerGroup;

class Consumer {
 public:
  using PendingIds = ds::SortedChunks<StreamId, ds::NoValue>;

  explicit Consumer(int64_t now_ms) : seen_time_ms(now_ms) {}
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  std::string_view name() const { return name_; }
  // What is pending for it, in order. What else is known about an ID is in the group.
  const PendingIds& pending() const { return pending_; }

  int64_t seen_time_ms;         // the last command that named it
  int64_t active_time_ms = -1;  // the last time it was given a message; -1: never

 private:
  friend class ConsumerGroup;

  std::string_view name_;  // the key in the group's map
  PendingIds pending_;
};

class ConsumerGroup {
 public:
  // How many messages were read when nobody can say.
  static constexpr int64_t kUnknownReads = -1;

  struct Pending {
    int64_t delivery_time_ms;
    uint64_t delivery_count;
    Consumer* consumer;  // null only while the group is built
  };
  using PendingMap = ds::SortedChunks<StreamId, Pending>;
  using ConsumerMap = std::map<std::string, Consumer, std::less<>>;

  ConsumerGroup(StreamId last, int64_t reads) : last_id(last), entries_read(reads) {}
  ConsumerGroup(const ConsumerGroup&) = delete;
  ConsumerGroup& operator=(const ConsumerGroup&) = delete;

  StreamId last_id;      // the last one given out
  int64_t entries_read;  // messages from the first ever up to that one, or kUnknownReads

  // ---- consumers, in the order of their names
  const ConsumerMap& consumers() const { return consumers_; }
  Consumer* FindConsumer(std::string_view name);
  // Null if there is one of that name. The pointer is good until the consumer is removed.
  Consumer* AddConsumer(std::string_view name, int64_t seen_time_ms);
  // What is pending for the consumer is pending no more; returns how many messages that were.
  size_t RemoveConsumer(Consumer* consumer);

  // ---- pending messages
  const PendingMap& pending() const { return pending_; }
  // Null if the ID is not pending. Good until a pending message comes or goes; its consumer changes by Give.
  Pending* FindPending(StreamId id) { return pending_.FindValue(id); }
  const Pending* FindPending(StreamId id) const { return pending_.FindValue(id); }
  // The message is pending for that consumer from now on, and for no other one.
  void Give(StreamId id, Consumer* consumer, int64_t delivery_time_ms, uint64_t delivery_count);
  // The message is pending no more; false if it was not.
  bool Confirm(StreamId id);

  // ---- building from a file, where pending messages come first, and then, with each consumer, their IDs
  // False if the ID is there already.
  bool AddUnowned(StreamId id, int64_t delivery_time_ms, uint64_t delivery_count);
  // False if the ID is not pending, or is so for some consumer.
  bool Own(StreamId id, Consumer* consumer);
  // Whether each pending message has a consumer: required of a group in use.
  bool AllOwned() const { return unowned_ == 0; }

  void CopyFrom(const ConsumerGroup& other);  // into a new one
  // Bytes allocated, without this object itself. Linear in consumers, and in pending messages with a small factor.
  size_t MemoryBytes() const;

 private:
  PendingMap pending_;
  ConsumerMap consumers_;
  size_t unowned_ = 0;
};

using ConsumerGroupMap = std::map<std::string, ConsumerGroup, std::less<>>;

}  // namespace keyway::data
