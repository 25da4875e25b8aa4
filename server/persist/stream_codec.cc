// Streams in RDB files: nodes as they are, counters, then each group: pending messages, consumers, and the IDs that are
// pending for each of them.
#include "server/data/stream.h"

#include "server/persist/rdb_format.h"
#include "server/persist/value_reader.h"
#include "server/persist/value_writer.h"

namespace keyway::persist {
namespace {

using data::Consumer;
using data::ConsumerGroup;
using data::kStreamIdBytes;
using data::Stream;
using data::StreamId;

// ---- writing ----

std::string_view IdBytes(StreamId id, char (&out)[kStreamIdBytes]) {
  data::EncodeStreamId(id, reinterpret_cast<uint8_t*>(out));
  return {out, kStreamIdBytes};
}

void WriteId(RdbWriter& writer, StreamId id) {
  writer.Length(id.ms);
  writer.Length(id.seq);
}

void WriteConsumers(RdbWriter& writer, const ConsumerGroup& group, int version) {
  char bytes[kStreamIdBytes];
  writer.Length(group.consumers().size());
  for (const auto& [name, consumer] : group.consumers()) {
    writer.String(name);
    writer.Milliseconds(consumer.seen_time_ms);
    if (version >= kRdbVersion72) writer.Milliseconds(consumer.active_time_ms);
    const Consumer::PendingIds& pending = consumer.pending();
    writer.Length(pending.size());
    for (auto at = pending.Begin(); at != pending.End(); at = pending.Next(at)) {
      writer.Raw(IdBytes(pending.key(at), bytes));
    }
  }
}

void WriteGroup(RdbWriter& writer, std::string_view name, const ConsumerGroup& group, int version) {
  char bytes[kStreamIdBytes];
  writer.String(name);
  WriteId(writer, group.last_id);
  writer.Length(static_cast<uint64_t>(group.entries_read));
  const ConsumerGroup::PendingMap& pending = group.pending();
  writer.Length(pending.size());
  for (auto at = pending.Begin(); at != pending.End(); at = pending.Next(at)) {
    writer.Raw(IdBytes(pending.key(at), bytes));
    writer.Milliseconds(pending.value(at).delivery_time_ms);
    writer.Length(pending.value(at).delivery_count);
  }
  WriteConsumers(writer, group, version);
}

// ---- reading ----

StreamId ReadId(RdbReader& reader) {
  StreamId id;
  id.ms = reader.Length();
  id.seq = reader.Length();
  return id;
}

StreamId ReadIdBytes(RdbReader& reader) {
  uint8_t bytes[kStreamIdBytes] = {};
  reader.Raw(reinterpret_cast<char*>(bytes), sizeof bytes);
  return data::DecodeStreamId(bytes);
}

std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

bool ReadNode(RdbReader& reader, Stream& stream, std::string& storage) {
  const std::string_view key = reader.String(storage);
  if (!reader.ok()) return false;
  if (key.size() != kStreamIdBytes) return reader.Corrupt("Stream node key entry is not the size of a stream ID");
  const StreamId first_id = data::DecodeStreamId(AsBytes(key).data());
  const std::span<const uint8_t> node = AsBytes(reader.String(storage));
  if (!reader.ok()) return false;
  if (!data::ValidateStreamListpack(node, first_id, true)) {
    return reader.Corrupt("Stream listpack integrity check failed.");
  }
  if (!stream.AppendNode(first_id, ds::Listpack::FromBytes(node))) {
    return reader.Corrupt("Stream nodes are empty or out of order");
  }
  return true;
}

bool ReadCounters(RdbReader& reader, Stream& stream, uint8_t type) {
  const uint64_t length = reader.Length();
  const StreamId last_id = ReadId(reader);
  StreamId max_deleted_id;
  uint64_t entries_added = length;
  if (type >= kRdbStream2) {
    ReadId(reader);  // of the first message: the nodes tell
    max_deleted_id = ReadId(reader);
    entries_added = reader.Length();
  }
  if (!reader.ok()) return false;
  if (!stream.SetCounters(length, last_id, max_deleted_id, entries_added)) {
    return reader.Corrupt("Stream length inconsistent with its entries");
  }
  return true;
}

bool ReadPending(RdbReader& reader, ConsumerGroup& group) {
  for (uint64_t left = reader.Length(); left > 0; --left) {
    const StreamId id = ReadIdBytes(reader);
    const int64_t delivery_time_ms = reader.Milliseconds();
    const uint64_t delivery_count = reader.Length();
    if (!reader.ok()) return false;
    if (!group.AddUnowned(id, delivery_time_ms, delivery_count)) {
      return reader.Corrupt("Duplicated global PEL entry loading stream consumer group");
    }
  }
  return reader.ok();
}

bool ReadConsumer(RdbReader& reader, ConsumerGroup& group, uint8_t type, std::string& storage) {
  const std::string_view name = reader.String(storage);
  if (!reader.ok()) return false;
  Consumer* consumer = group.AddConsumer(name, 0);
  if (consumer == nullptr) return reader.Corrupt("Duplicate stream consumer detected.");
  consumer->seen_time_ms = reader.Milliseconds();
  consumer->active_time_ms = type >= kRdbStream3 ? reader.Milliseconds() : consumer->seen_time_ms;
  for (uint64_t left = reader.Length(); left > 0; --left) {
    const StreamId id = ReadIdBytes(reader);
    if (!reader.ok()) return false;
    if (group.Own(id, consumer)) continue;
    return reader.Corrupt(group.FindPending(id) == nullptr
                              ? "Consumer entry not found in group global PEL"
                              : "Stream consumer PEL entry already has a consumer assigned");
  }
  return reader.ok();
}

bool ReadGroup(RdbReader& reader, Stream& stream, uint8_t type, std::string& storage) {
  std::string name;
  reader.StringInto(&name);
  const StreamId last_id = ReadId(reader);
  int64_t entries_read = ConsumerGroup::kUnknownReads;
  if (type >= kRdbStream2) {
    entries_read = static_cast<int64_t>(reader.Length());
    if (entries_read < ConsumerGroup::kUnknownReads) return reader.Corrupt("Stream cgroup offset is out of range");
  } else {
    entries_read = stream.ReadsUpTo(last_id).value_or(ConsumerGroup::kUnknownReads);
  }
  if (!reader.ok()) return false;
  ConsumerGroup* group = stream.AddGroup(name, last_id, entries_read);
  if (group == nullptr) return reader.Corrupt("Duplicated consumer group name " + name);
  if (!ReadPending(reader, *group)) return false;
  for (uint64_t left = reader.Length(); left > 0; --left) {
    if (!ReadConsumer(reader, *group, type, storage)) return false;
  }
  if (!reader.ok()) return false;
  return group->AllOwned() || reader.Corrupt("Stream CG PEL entry without consumer");
}

}  // namespace

void WriteStream(RdbWriter& writer, const Stream& stream, int version) {
  char bytes[kStreamIdBytes];
  writer.Length(stream.node_count());
  stream.ForEachNode([&](StreamId first_id, ds::ListpackView node) {
    writer.String(IdBytes(first_id, bytes));
    writer.String(node.span());
  });
  writer.Length(stream.length());
  WriteId(writer, stream.last_id());
  WriteId(writer, stream.first_id());
  WriteId(writer, stream.max_deleted_id());
  writer.Length(stream.entries_added());
  writer.Length(stream.group_count());
  stream.ForEachGroup(
      [&](std::string_view name, const ConsumerGroup& group) { WriteGroup(writer, name, group, version); });
}

std::unique_ptr<Stream> ReadStream(RdbReader& reader, uint8_t type, std::string& storage) {
  auto stream = std::make_unique<Stream>();
  for (uint64_t left = reader.Length(); left > 0; --left) {
    if (!ReadNode(reader, *stream, storage)) return nullptr;
  }
  if (!ReadCounters(reader, *stream, type)) return nullptr;
  for (uint64_t left = reader.Length(); left > 0; --left) {
    if (!ReadGroup(reader, *stream, type, storage)) return nullptr;
  }
  return reader.ok() ? std::move(stream) : nullptr;
}

}  // namespace keyway::persist
