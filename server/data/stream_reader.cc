// StreamReader: messages in order, node by node.
#include "server/data/stream.h"

namespace keyway::data {

StreamReader::StreamReader(const Stream& stream, StreamId start, StreamId end, bool backwards)
    : stream_(stream), start_(start), end_(end), backwards_(backwards), ended_(start > end) {
  const auto& nodes = stream.nodes();
  if (backwards) {
    node_ = nodes.AtMost(end);
  } else {
    node_ = nodes.AtMost(start);
    if (node_ == nodes.End()) node_ = nodes.Begin();
  }
}

bool StreamReader::NextEntry() {
  const auto& nodes = stream_.nodes();
  while (true) {
    if (entry_ != 0) {
      entry_ = backwards_ ? PreviousStreamEntry(view_, entry_) : NextStreamEntry(view_, message_);
      if (entry_ != 0) return true;
      node_ = backwards_ ? nodes.Previous(node_) : nodes.Next(node_);
    }
    if (node_ == nodes.End()) return false;
    view_ = nodes.value(node_).view();
    header_ = ReadStreamNodeHeader(view_);
    entry_ = backwards_ ? PreviousStreamEntry(view_, 0) : header_.entries_at;
    if (entry_ != 0) return true;
    node_ = backwards_ ? nodes.Previous(node_) : nodes.Next(node_);
  }
}

bool StreamReader::Advance(bool stored) {
  while (!ended_) {
    if (!NextEntry()) break;
    message_ = ReadStreamEntryHeader(view_, header_, stream_.nodes().key(node_), entry_);
    // First, because XSETID may have set the last ID back behind deleted messages: their IDs prove nothing about others.
    if (deleted() && !stored) continue;
    if (backwards_ ? message_.id < start_ : message_.id > end_) break;
    if (backwards_ ? message_.id > end_ : message_.id < start_) continue;
    cursor_ = message_.data_at;
    master_field_ = header_.fields_at;
    return true;
  }
  ended_ = true;
  return false;
}

void StreamReader::ReadField(std::string_view* field, std::string_view* value) {
  uint32_t& field_at = (message_.flags & kStreamEntrySameFields) != 0 ? master_field_ : cursor_;
  *field = view_.Get(field_at).TextIn(field_buffer_);
  field_at = view_.Next(field_at);
  *value = view_.Get(cursor_).TextIn(value_buffer_);
  cursor_ = view_.Next(cursor_);
}

}  // namespace keyway::data
