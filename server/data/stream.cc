#include "server/data/stream.h"

#include <algorithm>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::data {
namespace {

using ds::Listpack;
using ds::ListpackView;

// What an element takes in a listpack beyond its text: up to 5 bytes on either side. Integers never take more than that.
constexpr size_t kMostElementOverhead = 10;
// Counters, flags and IDs of a master and a message.
constexpr size_t kMostFixedBytes = 128;

size_t TextBytes(std::span<const std::string_view> words) {
  size_t bytes = 0;
  for (const std::string_view word : words) bytes += word.size();
  return bytes;
}

}  // namespace

bool Stream::Fits(std::span<const std::string_view> fields_and_values) {
  const size_t overhead = fields_and_values.size() * kMostElementOverhead + kMostFixedBytes;
  const size_t text = TextBytes(fields_and_values);
  return overhead <= ds::kMaxListpackBytes && text <= ds::kMaxListpackBytes - overhead;
}

void Stream::Append(StreamId id, std::span<const std::string_view> fields_and_values, const StreamLimits& limits) {
  KW_DCHECK(id > last_id_ && fields_and_values.size() >= 2 && fields_and_values.size() % 2 == 0);
  const size_t text = TextBytes(fields_and_values);
  auto at = nodes_.Last();
  bool full = true;
  if (at != nodes_.End()) {
    const Listpack& node = nodes_.value(at);
    const size_t max_bytes = limits.node_max_bytes == 0 ? ds::kMaxListpackBytes : limits.node_max_bytes;
    const ListpackView view = node.view();
    const uint32_t live_at = view.First();
    const auto entries = static_cast<uint64_t>(view.Get(live_at).integer + view.Get(view.Next(live_at)).integer);
    full = view.bytes() + text >= max_bytes || (limits.node_max_entries != 0 && entries >= limits.node_max_entries) ||
           !node.HasRoom(text + fields_and_values.size() * kMostElementOverhead + kMostFixedBytes);
  }
  if (full) {
    nodes_.Insert(id, NewStreamNode(fields_and_values));
    at = nodes_.Last();
  }
  AppendStreamEntry(nodes_.value(at), nodes_.key(at), id, fields_and_values);
  ++length_, ++entries_added_;
  last_id_ = id;
  if (length_ == 1) first_id_ = id;
}

void Stream::FindFirst() {
  StreamReader reader(*this);
  first_id_ = reader.Next() ? reader.id() : StreamId{};
}

void Stream::CountDeleted(NodeMap::Position at, uint64_t deleted) {
  if (deleted == 0) return;
  length_ -= deleted;
  if (StreamNodeLength(nodes_.value(at).view()) == deleted) return nodes_.Erase(at);
  const auto count = static_cast<int64_t>(deleted);
  AdjustStreamNode(nodes_.value(at), -count, count);
}

uint64_t Stream::Trim(const StreamTrim& trim) {
  if (trim.by == StreamTrim::By::kNothing) return 0;
  const bool by_length = trim.by == StreamTrim::By::kLength;
  uint64_t deleted = 0;
  while (!nodes_.empty()) {
    if (by_length && length_ <= trim.max_length) break;
    const auto at = nodes_.Begin();
    const StreamId first = nodes_.key(at);
    const uint64_t live = StreamNodeLength(nodes_.value(at).view());
    if (trim.limit != 0 && deleted + live > trim.limit) break;
    if (by_length ? length_ - live >= trim.max_length
                  : LastStreamNodeId(nodes_.value(at).view(), first) < trim.min_id) {
      nodes_.Erase(at);
      length_ -= live, deleted += live;
      continue;
    }
    if (!trim.approximate) {
      const uint64_t flagged =
          by_length ? FlagFirstStreamEntriesDeleted(nodes_.value(at), first, length_ - trim.max_length, kMaxStreamId)
                    : FlagFirstStreamEntriesDeleted(nodes_.value(at), first, live, trim.min_id);
      CountDeleted(at, flagged);
      deleted += flagged;
    }
    break;
  }
  if (deleted > 0) FindFirst();
  return deleted;
}

bool Stream::Delete(StreamId id) {
  StreamReader reader(*this, id, id);
  if (!reader.Next()) return false;
  FlagStreamEntryDeleted(nodes_.value(reader.node_), reader.entry_);
  CountDeleted(reader.node_, 1);
  if (id == first_id_) FindFirst();
  max_deleted_id_ = std::max(max_deleted_id_, id);
  return true;
}

StreamId Stream::LastMessageId() const {
  StreamReader reader(*this, kMinStreamId, kMaxStreamId, true);
  return reader.Next() ? reader.id() : StreamId{};
}

StreamId Stream::FirstStoredId() const {
  StreamReader reader(*this);
  return reader.NextStored() ? reader.id() : kMaxStreamId;
}

bool Stream::Contains(StreamId id) const { return StreamReader(*this, id, id).Next(); }

bool Stream::AppendNode(StreamId first_id, Listpack node) {
  if (!nodes_.empty() && (first_id <= nodes_.key(nodes_.Last()) || first_id <= LastMessageId())) return false;
  if (StreamNodeLength(node.view()) > 0) nodes_.Insert(first_id, std::move(node));
  return true;
}

bool Stream::SetCounters(uint64_t length, StreamId last_id, StreamId max_deleted_id, uint64_t entries_added) {
  uint64_t messages = 0;
  ForEachNode([&](StreamId, ListpackView node) { messages += StreamNodeLength(node); });
  if (messages != length || entries_added < length) return false;
  length_ = length, last_id_ = last_id, max_deleted_id_ = max_deleted_id, entries_added_ = entries_added;
  FindFirst();
  return LastMessageId() <= last_id;
}

size_t Stream::MemoryBytes(size_t samples) const {
  size_t bytes = AllocationSize(sizeof(*this)) + nodes_.memory_bytes();
  // The last node is not full; the others are counted, or taken to be like those that are.
  const size_t others = nodes_.empty() ? 0 : nodes_.size() - 1;
  if (!nodes_.empty()) bytes += nodes_.value(nodes_.Last()).memory_bytes();
  const size_t sampled = samples == 0 ? others : std::min(samples, others);
  size_t sum = 0;
  auto at = nodes_.Begin();
  for (size_t i = 0; i < sampled; ++i, at = nodes_.Next(at)) sum += nodes_.value(at).memory_bytes();
  if (sampled > 0)
    bytes += static_cast<size_t>(static_cast<double>(sum) / static_cast<double>(sampled) * static_cast<double>(others));
  ForEachGroup([&](std::string_view name, const ConsumerGroup& group) {
    bytes += AllocationSize(4 * sizeof(void*) + sizeof(ConsumerGroupMap::value_type)) + group.MemoryBytes();
    if (name.size() > 15) bytes += AllocationSize(name.size() + 1);
  });
  return bytes;
}

std::unique_ptr<Object> Stream::Clone() const {
  auto copy = std::make_unique<Stream>();
  for (auto at = nodes_.Begin(); at != nodes_.End(); at = nodes_.Next(at)) {
    copy->nodes_.Insert(nodes_.key(at), nodes_.value(at).Clone());
  }
  copy->length_ = length_, copy->entries_added_ = entries_added_;
  copy->first_id_ = first_id_, copy->last_id_ = last_id_, copy->max_deleted_id_ = max_deleted_id_;
  ForEachGroup([&](std::string_view name, const ConsumerGroup& group) {
    copy->AddGroup(name, group.last_id, group.entries_read)->CopyFrom(group);
  });
  return copy;
}

size_t Stream::FreeEffort() const {
  size_t effort = nodes_.size() + nodes_.chunk_count();
  ForEachGroup([&](std::string_view, const ConsumerGroup& group) {
    effort += 1 + group.pending().chunk_count() + 2 * group.consumers().size();
  });
  return effort;
}

}  // namespace keyway::data
