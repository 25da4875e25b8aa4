#include "server/data/stream_group.h"

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::data {

Consumer* ConsumerGroup::FindConsumer(std::string_view name) {
  const auto at = consumers_.find(name);
  return at == consumers_.end() ? nullptr : &at->second;
}

Consumer* ConsumerGroup::AddConsumer(std::string_view name, int64_t seen_time_ms) {
  const auto [at, added] = consumers_.try_emplace(std::string(name), seen_time_ms);
  if (!added) return nullptr;
  at->second.name_ = at->first;
  return &at->second;
}

size_t ConsumerGroup::RemoveConsumer(Consumer* consumer) {
  const Consumer::PendingIds& ids = consumer->pending_;
  const size_t count = ids.size();
  for (auto at = ids.Begin(); at != ids.End(); at = ids.Next(at)) pending_.Erase(ids.key(at));
  consumers_.erase(consumers_.find(consumer->name_));
  return count;
}

void ConsumerGroup::Give(StreamId id, Consumer* consumer, int64_t delivery_time_ms, uint64_t delivery_count) {
  KW_DCHECK(consumer != nullptr);
  if (Pending* pending = FindPending(id)) {
    if (pending->consumer != consumer) {
      if (pending->consumer != nullptr) {
        pending->consumer->pending_.Erase(id);
      } else {
        --unowned_;
      }
      consumer->pending_.Insert(id);
    }
    *pending = {delivery_time_ms, delivery_count, consumer};
    return;
  }
  pending_.Insert(id, {delivery_time_ms, delivery_count, consumer});
  consumer->pending_.Insert(id);
}

bool ConsumerGroup::Confirm(StreamId id) {
  const auto at = pending_.Find(id);
  if (at == pending_.End()) return false;
  if (Consumer* consumer = pending_.value(at).consumer) {
    consumer->pending_.Erase(id);
  } else {
    --unowned_;
  }
  pending_.Erase(at);
  return true;
}

bool ConsumerGroup::AddUnowned(StreamId id, int64_t delivery_time_ms, uint64_t delivery_count) {
  if (!pending_.Insert(id, {delivery_time_ms, delivery_count, nullptr})) return false;
  ++unowned_;
  return true;
}

bool ConsumerGroup::Own(StreamId id, Consumer* consumer) {
  Pending* pending = FindPending(id);
  if (pending == nullptr || pending->consumer != nullptr) return false;
  pending->consumer = consumer;
  consumer->pending_.Insert(id);
  --unowned_;
  return true;
}

void ConsumerGroup::CopyFrom(const ConsumerGroup& other) {
  last_id = other.last_id, entries_read = other.entries_read;
  for (auto at = other.pending_.Begin(); at != other.pending_.End(); at = other.pending_.Next(at)) {
    const Pending& pending = other.pending_.value(at);
    AddUnowned(other.pending_.key(at), pending.delivery_time_ms, pending.delivery_count);
  }
  for (const auto& [name, theirs] : other.consumers_) {
    Consumer* consumer = AddConsumer(name, theirs.seen_time_ms);
    consumer->active_time_ms = theirs.active_time_ms;
    const Consumer::PendingIds& ids = theirs.pending_;
    for (auto at = ids.Begin(); at != ids.End(); at = ids.Next(at)) Own(ids.key(at), consumer);
  }
}

size_t ConsumerGroup::MemoryBytes() const {
  // A node of the map has three links and a colour before its value; short names lie in the string itself.
  constexpr size_t kMapNodeBytes = 4 * sizeof(void*) + sizeof(ConsumerMap::value_type);
  constexpr size_t kInlineName = 15;
  size_t bytes = pending_.memory_bytes();
  for (const auto& [name, consumer] : consumers_) {
    bytes += AllocationSize(kMapNodeBytes) + consumer.pending_.memory_bytes();
    if (name.capacity() > kInlineName) bytes += AllocationSize(name.capacity() + 1);
  }
  return bytes;
}

}  // namespace keyway::data
