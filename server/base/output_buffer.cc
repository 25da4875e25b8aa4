#include "server/base/output_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "server/base/chunk_pool.h"
#include "server/base/memory.h"

namespace keyway {

static_assert(OutputBuffer::kChunkBytes == kPoolChunkBytes);

OutputBuffer& OutputBuffer::operator=(OutputBuffer&& other) noexcept {
  if (this == &other) return *this;
  Clear();
  segments_ = std::move(other.segments_);
  head_ = std::exchange(other.head_, 0);
  head_sent_ = std::exchange(other.head_sent_, 0);
  tail_ = std::exchange(other.tail_, nullptr);
  limit_ = std::exchange(other.limit_, nullptr);
  size_ = std::exchange(other.size_, 0);
  memory_ = std::exchange(other.memory_, 0);
  other.segments_.clear();
  return *this;
}

void OutputBuffer::NewChunk(size_t bytes) {
  bool pooled = bytes <= kChunkBytes;
  const size_t capacity = pooled ? kChunkBytes : AllocationSize(bytes);
  char* data = pooled ? TakeChunk() : static_cast<char*>(std::malloc(capacity));
  if (data == nullptr) throw std::bad_alloc();
  segments_.push_back({data, 0, capacity, nullptr, nullptr});
  tail_ = data;
  limit_ = data + capacity;
  memory_ += capacity;
}

void OutputBuffer::AppendSlow(std::string_view bytes) {
  size_t room = static_cast<size_t>(limit_ - tail_);
  if (room > 0) {
    std::memcpy(tail_, bytes.data(), room);
    Commit(room);
    bytes.remove_prefix(room);
  }
  NewChunk(bytes.size());
  std::memcpy(tail_, bytes.data(), bytes.size());
  Commit(bytes.size());
}

void OutputBuffer::AppendShared(std::string_view bytes, void* owner, ReleaseFn release) {
  segments_.push_back({const_cast<char*>(bytes.data()), bytes.size(), bytes.size(), owner, release});
  tail_ = limit_ = nullptr;
  size_ += bytes.size();
  memory_ += bytes.size();
}

void OutputBuffer::Splice(OutputBuffer&& other) {
  if (other.empty()) return;
  if (empty()) {
    *this = std::move(other);
    return;
  }
  if (other.head_sent_ > 0) {
    // A half-sent head is rare here; its rest is copied so that only the first segment ever has an offset.
    Segment& first = other.segments_[other.head_];
    Append({first.data + other.head_sent_, first.size - other.head_sent_});
    other.Drop(first);
    ++other.head_;
  }
  for (size_t i = other.head_; i < other.segments_.size(); ++i) segments_.push_back(other.segments_[i]);
  size_t moved = 0, moved_memory = 0;
  for (size_t i = other.head_; i < other.segments_.size(); ++i) {
    moved += other.segments_[i].size;
    moved_memory += other.segments_[i].memory;
  }
  size_ += moved;
  memory_ += moved_memory;
  if (moved_memory > 0) tail_ = other.tail_, limit_ = other.limit_;
  other.segments_.clear();
  other.head_ = other.head_sent_ = other.size_ = other.memory_ = 0;
  other.tail_ = other.limit_ = nullptr;
}

int OutputBuffer::Peek(iovec* out, int max) const {
  int count = 0;
  size_t skip = head_sent_;
  for (size_t i = head_; i < segments_.size() && count < max; ++i) {
    const Segment& segment = segments_[i];
    if (segment.size > skip) out[count++] = {segment.data + skip, segment.size - skip};
    skip = 0;
  }
  return count;
}

void OutputBuffer::Drop(Segment& segment) {
  memory_ -= segment.memory;
  if (segment.release != nullptr) {
    segment.release(segment.owner);
  } else if (segment.memory == kChunkBytes) {
    GiveChunk(segment.data);
  } else {
    std::free(segment.data);
  }
}

void OutputBuffer::Consume(size_t bytes) {
  size_ -= bytes;
  while (bytes > 0) {
    Segment& segment = segments_[head_];
    size_t left = segment.size - head_sent_;
    if (bytes < left) {
      head_sent_ += bytes;
      return;
    }
    bytes -= left;
    head_sent_ = 0;
    Drop(segment);
    ++head_;
  }
  if (size_ == 0) {
    Clear();
  } else if (head_ > 64 && head_ * 2 > segments_.size()) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
}

void OutputBuffer::Clear() {
  for (size_t i = head_; i < segments_.size(); ++i) Drop(segments_[i]);
  segments_.clear();
  head_ = head_sent_ = size_ = memory_ = 0;
  tail_ = limit_ = nullptr;
}

}  // namespace keyway
