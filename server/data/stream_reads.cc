// Streams as consumer groups see them: finding groups, and counting how much a group has read and has yet to read.
#include "server/data/stream.h"

namespace keyway::data {

ConsumerGroup* Stream::FindGroup(std::string_view name) {
  if (!groups_) return nullptr;
  const auto at = groups_->find(name);
  return at == groups_->end() ? nullptr : &at->second;
}

ConsumerGroup* Stream::AddGroup(std::string_view name, StreamId last_id, int64_t entries_read) {
  if (!groups_) groups_ = std::make_unique<ConsumerGroupMap>();
  const auto [at, added] = groups_->try_emplace(std::string(name), last_id, entries_read);
  return added ? &at->second : nullptr;
}

bool Stream::RemoveGroup(std::string_view name) {
  if (!groups_) return false;
  const auto at = groups_->find(name);
  if (at == groups_->end()) return false;
  groups_->erase(at);
  if (groups_->empty()) groups_.reset();
  return true;
}

bool Stream::HasTombstonesFrom(StreamId id) const {
  if (length_ == 0 || max_deleted_id_.is_zero()) return false;
  return first_id_ <= max_deleted_id_ && id <= max_deleted_id_;
}

std::optional<int64_t> Stream::ReadsUpTo(StreamId id) const {
  const auto added = static_cast<int64_t>(entries_added_);
  if (added == 0) return 0;
  if (length_ == 0 && id <= last_id_) return added;
  if (id == last_id_) return added;
  if (id > last_id_) return std::nullopt;
  if (!max_deleted_id_.is_zero() && max_deleted_id_ >= first_id_) return std::nullopt;
  // Nothing is missing behind the first message, so that those before it are counted by subtraction.
  const auto before = added - static_cast<int64_t>(length_);
  if (id < first_id_) return before;
  if (id == first_id_) return before + 1;
  return std::nullopt;
}

std::optional<int64_t> Stream::LagOf(const ConsumerGroup& group) const {
  const auto added = static_cast<int64_t>(entries_added_);
  if (added == 0) return 0;
  if (group.entries_read != ConsumerGroup::kUnknownReads && !HasTombstonesFrom(group.last_id)) {
    return added - group.entries_read;
  }
  const auto reads = ReadsUpTo(group.last_id);
  if (!reads) return std::nullopt;
  return added - *reads;
}

void Stream::Advance(ConsumerGroup& group, StreamId id) const {
  if (id <= group.last_id) return;
  if (group.entries_read != ConsumerGroup::kUnknownReads && !HasTombstonesFrom(id)) {
    ++group.entries_read;
  } else if (entries_added_ != 0) {
    group.entries_read = ReadsUpTo(id).value_or(ConsumerGroup::kUnknownReads);
  }
  group.last_id = id;
}

}  // namespace keyway::data
