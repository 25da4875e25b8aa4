// Bytes on their way to a peer: a queue of segments. A segment is a chunk that the buffer owns (16 KB from the thread's
// pool, or one piece of its own size for large appends) or bytes that somebody else keeps alive (a big value sent by
// reference). Filled by one thread, moved to another, sent and freed there.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace keyway {

class OutputBuffer {
 public:
  // Called once, on the thread that drops the segment.
  using ReleaseFn = void (*)(void* owner);

  OutputBuffer() = default;
  OutputBuffer(OutputBuffer&& other) noexcept { *this = std::move(other); }
  OutputBuffer& operator=(OutputBuffer&& other) noexcept;
  ~OutputBuffer() { Clear(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Memory held, shared segments included: what counts against a client's output limits.
  size_t memory_bytes() const { return memory_; }
  size_t segment_count() const { return segments_.size() - head_; }

  // At least `bytes` (at most kChunkBytes) of contiguous room; what was written of it is then committed.
  char* Reserve(size_t bytes) {
    if (static_cast<size_t>(limit_ - tail_) < bytes) NewChunk(bytes);
    return tail_;
  }
  void Commit(size_t bytes) { tail_ += bytes, segments_.back().size += bytes, size_ += bytes; }
  void Append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (static_cast<size_t>(limit_ - tail_) >= bytes.size()) [[likely]] {
      std::memcpy(tail_, bytes.data(), bytes.size());
      Commit(bytes.size());
    } else {
      AppendSlow(bytes);
    }
  }
  // The bytes stay where they are until release(owner).
  void AppendShared(std::string_view bytes, void* owner, ReleaseFn release);
  // Moves all segments of `other` behind these.
  void Splice(OutputBuffer&& other);

  // Fills up to `max` iovecs from the front; returns how many.
  int Peek(iovec* out, int max) const;
  void Consume(size_t bytes);
  void Clear();

  static constexpr size_t kChunkBytes = 16 * 1024;

 private:
  struct Segment {
    char* data;     // chunk memory, or shared bytes
    size_t size;    // bytes filled
    size_t memory;  // bytes allocated for it, or shared
    void* owner;
    ReleaseFn release;  // null: the chunk is owned
  };

  void NewChunk(size_t bytes);
  void AppendSlow(std::string_view bytes);
  void Drop(Segment& segment);

  std::vector<Segment> segments_;
  size_t head_ = 0;       // index of the first segment not yet dropped
  size_t head_sent_ = 0;  // bytes of it that are consumed
  char* tail_ = nullptr;  // room in the last segment
  char* limit_ = nullptr;
  size_t size_ = 0;
  size_t memory_ = 0;
};

}  // namespace keyway
