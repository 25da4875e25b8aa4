#include "server/data/stream_node.h"

namespace keyway::data {
namespace {

using ds::Listpack;
using ds::ListpackValue;
using ds::ListpackView;

// The elements of a message besides fields and values, without the count at its end: flags, ms, seq.
constexpr uint32_t kFixedElements = 3;

uint32_t Skip(ListpackView node, uint32_t at, uint64_t elements) {
  while (elements-- > 0) at = node.Next(at);
  return at;
}

// A difference of parts of IDs; stored as a signed number, meant modulo 2^64.
int64_t Difference(uint64_t a, uint64_t b) { return static_cast<int64_t>(a - b); }

StreamId Plus(StreamId id, int64_t ms, int64_t seq) {
  return {id.ms + static_cast<uint64_t>(ms), id.seq + static_cast<uint64_t>(seq)};
}

bool HasFieldsOfMaster(ListpackView node, std::span<const std::string_view> pairs) {
  uint32_t at = Skip(node, node.First(), 2);
  if (node.Get(at).integer != static_cast<int64_t>(pairs.size() / 2)) return false;
  for (size_t i = 0; i < pairs.size(); i += 2) {
    at = node.Next(at);
    if (!node.Get(at).Equals(pairs[i])) return false;
  }
  return true;
}

// Sees the elements of a listpack one by one and knows which one has to come next.
class NodeChecker {
 public:
  explicit NodeChecker(StreamId first_id) : first_id_(first_id), previous_(first_id) {}

  bool operator()(const ListpackValue& value) {
    if (next_ != Next::kMasterField && next_ != Next::kData && !value.is_integer) return false;
    switch (next_) {
      case Next::kLive:
        return Number(value, &live_, Next::kDeleted);
      case Next::kDeleted:
        return Number(value, &deleted_, Next::kMasterFields);
      case Next::kMasterFields:
        left_ = value.integer;
        return Number(value, &master_fields_, left_ == 0 ? Next::kMasterEnd : Next::kMasterField);
      case Next::kMasterField:
        if (--left_ == 0) next_ = Next::kMasterEnd;
        return true;
      case Next::kMasterEnd:
        next_ = Next::kFlags;
        return value.integer == 0;
      case Next::kFlags:
        return Flags(value.integer);
      case Next::kMs:
        id_.ms = first_id_.ms + static_cast<uint64_t>(value.integer), next_ = Next::kSeq;
        return true;
      case Next::kSeq:
        id_.seq = first_id_.seq + static_cast<uint64_t>(value.integer);
        return Id();
      case Next::kFields:
        if (value.integer < 0 || value.integer > kMostFields) return false;
        return Data(kFixedElements + 1, 2 * value.integer);
      case Next::kData:
        if (--left_ == 0) next_ = Next::kEnd;
        return true;
      case Next::kEnd:
        next_ = Next::kFlags;
        return value.integer == elements_;
    }
    return false;
  }

  bool Complete() const { return next_ == Next::kFlags && live_ == 0 && deleted_ == 0; }

 private:
  enum class Next : uint8_t {
    kLive,
    kDeleted,
    kMasterFields,
    kMasterField,
    kMasterEnd,
    kFlags,
    kMs,
    kSeq,
    kFields,
    kData,
    kEnd
  };
  static constexpr int64_t kMostFields = ds::kMaxListpackBytes;

  bool Number(const ListpackValue& value, int64_t* number, Next next) {
    *number = value.integer, next_ = next;
    return value.integer >= 0 && value.integer <= kMostFields;
  }
  bool Flags(int64_t flags) {
    if (flags < 0 || flags > (kStreamEntryDeleted | kStreamEntrySameFields)) return false;
    same_fields_ = (flags & kStreamEntrySameFields) != 0;
    deleted_one_ = (flags & kStreamEntryDeleted) != 0;
    next_ = Next::kMs;
    // Counted down from what the master said.
    return (deleted_one_ ? deleted_ : live_)-- > 0;
  }
  bool Id() {
    // Deleted ones may be out of order, if XSETID set the last ID back.
    if (!deleted_one_) {
      if (any_ ? id_ <= previous_ : id_ < first_id_) return false;
      any_ = true, previous_ = id_;
    }
    if (same_fields_) return Data(kFixedElements, master_fields_);
    next_ = Next::kFields;
    return true;
  }
  bool Data(int64_t before, int64_t elements) {
    left_ = elements, elements_ = before + elements;
    next_ = elements == 0 ? Next::kEnd : Next::kData;
    return true;
  }

  const StreamId first_id_;
  StreamId previous_, id_;
  Next next_ = Next::kLive;
  int64_t live_ = 0, deleted_ = 0, master_fields_ = 0;
  int64_t left_ = 0, elements_ = 0;
  bool same_fields_ = false, deleted_one_ = false, any_ = false;
};

}  // namespace

StreamNodeHeader ReadStreamNodeHeader(ListpackView node) {
  StreamNodeHeader header;
  uint32_t at = node.First();
  header.live = node.Get(at).integer;
  at = node.Next(at);
  header.deleted = node.Get(at).integer;
  at = node.Next(at);
  header.field_count = node.Get(at).integer;
  header.fields_at = node.Next(at);
  header.entries_at = node.Next(Skip(node, header.fields_at, static_cast<uint64_t>(header.field_count)));
  return header;
}

uint64_t StreamNodeLength(ListpackView node) {
  const uint32_t at = node.First();
  if (at == 0) return 0;
  const ListpackValue value = node.Get(at);
  return value.is_integer && value.integer > 0 ? static_cast<uint64_t>(value.integer) : 0;
}

StreamId LastStreamNodeId(ListpackView node, StreamId first_id) {
  uint32_t at = PreviousStreamEntry(node, 0);
  if (at == 0) return first_id;
  at = node.Next(at);
  return Plus(first_id, node.Get(at).integer, node.Get(node.Next(at)).integer);
}

StreamEntryHeader ReadStreamEntryHeader(ListpackView node, const StreamNodeHeader& header, StreamId first_id,
                                        uint32_t at) {
  StreamEntryHeader entry;
  entry.flags = node.Get(at).integer;
  at = node.Next(at);
  const int64_t ms = node.Get(at).integer;
  at = node.Next(at);
  entry.id = Plus(first_id, ms, node.Get(at).integer);
  at = node.Next(at);
  if ((entry.flags & kStreamEntrySameFields) != 0) {
    entry.field_count = entry.elements = static_cast<uint32_t>(header.field_count);
  } else {
    entry.field_count = static_cast<uint32_t>(node.Get(at).integer);
    entry.elements = 2 * entry.field_count;
    at = node.Next(at);
  }
  entry.data_at = at;
  return entry;
}

uint32_t NextStreamEntry(ListpackView node, const StreamEntryHeader& entry) {
  return node.Next(Skip(node, entry.data_at, entry.elements));
}

uint32_t PreviousStreamEntry(ListpackView node, uint32_t at) {
  at = at == 0 ? node.Last() : node.Previous(at);
  int64_t elements = node.Get(at).integer;
  if (elements == 0) return 0;
  while (elements-- > 0) at = node.Previous(at);
  return at;
}

Listpack NewStreamNode(std::span<const std::string_view> pairs) {
  Listpack node;
  node.AppendInteger(0);
  node.AppendInteger(0);
  node.AppendInteger(static_cast<int64_t>(pairs.size() / 2));
  for (size_t i = 0; i < pairs.size(); i += 2) node.Append(pairs[i]);
  node.AppendInteger(0);
  return node;
}

void AppendStreamEntry(Listpack& node, StreamId first_id, StreamId id, std::span<const std::string_view> pairs) {
  const bool same = HasFieldsOfMaster(node.view(), pairs);
  node.AppendInteger(same ? kStreamEntrySameFields : 0);
  node.AppendInteger(Difference(id.ms, first_id.ms));
  node.AppendInteger(Difference(id.seq, first_id.seq));
  if (same) {
    for (size_t i = 1; i < pairs.size(); i += 2) node.Append(pairs[i]);
    node.AppendInteger(static_cast<int64_t>(kFixedElements + pairs.size() / 2));
  } else {
    node.AppendInteger(static_cast<int64_t>(pairs.size() / 2));
    for (size_t i = 0; i < pairs.size(); i += 2) node.AppendPair(pairs[i], pairs[i + 1]);
    node.AppendInteger(static_cast<int64_t>(kFixedElements + 1 + pairs.size()));
  }
  AdjustStreamNode(node, 1, 0);
}

void FlagStreamEntryDeleted(Listpack& node, uint32_t at) {
  node.ReplaceInteger(at, node.view().Get(at).integer | kStreamEntryDeleted);
}

uint64_t FlagFirstStreamEntriesDeleted(Listpack& node, StreamId first_id, uint64_t most, StreamId before) {
  const StreamNodeHeader header = ReadStreamNodeHeader(node.view());
  uint64_t deleted = 0;
  uint32_t at = header.entries_at;
  while (at != 0 && deleted < most) {
    StreamEntryHeader entry = ReadStreamEntryHeader(node.view(), header, first_id, at);
    if ((entry.flags & kStreamEntryDeleted) == 0) {
      if (entry.id >= before) break;
      FlagStreamEntryDeleted(node, at);
      ++deleted;
      // A flag that another server stored in more bytes than it takes has moved what is behind it.
      entry = ReadStreamEntryHeader(node.view(), header, first_id, at);
    }
    at = NextStreamEntry(node.view(), entry);
  }
  return deleted;
}

void AdjustStreamNode(Listpack& node, int64_t live, int64_t deleted) {
  uint32_t at = node.view().First();
  if (live != 0) node.ReplaceInteger(at, node.view().Get(at).integer + live);
  if (deleted == 0) return;
  at = node.view().Next(at);
  node.ReplaceInteger(at, node.view().Get(at).integer + deleted);
}

bool ValidateStreamListpack(std::span<const uint8_t> bytes, StreamId first_id, bool deep) {
  if (!deep) return ds::ValidateListpack(bytes, false);
  NodeChecker checker(first_id);
  return ds::ValidateListpackElements(bytes, checker) && checker.Complete();
}

}  // namespace keyway::data
