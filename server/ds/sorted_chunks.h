// SortedChunks: an ordered map for keys that mostly arrive in order and mostly leave from the front: the nodes of a stream by
// their IDs, and the messages that a consumer group waits to hear about.
//
//   chunks_ ──▶ | chunk | chunk | … | chunk |                 pointers; the first ones may be spare after a removal
//                   │
//                   └─▶ | begin count capacity | key … key | value … value |       16 bytes to 4 KB
//
// An append goes behind the last key, a removal in front moves `begin`, and a seek is two binary searches. A full chunk in the
// middle is split in halves, one at the end is left full. A chunk is never empty; one with little in it is joined to its
// neighbour or made smaller. What does not depend on the position costs no memory: no parents, no links.
//
// Keys are trivial and ordered by <. Values are trivial or may at least be moved by copying their bytes (handles of one
// pointer); an empty struct as value makes a set and takes no room.
//
// A Position is a place in the map until the map changes. Key and value of a position are those of an entry that is there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::ds {

struct NoValue {};

template <class Key, class Value>
class SortedChunks {
  static_assert(std::is_trivially_copyable_v<Key> && alignof(Key) <= 8 && alignof(Value) <= 8);

 public:
  static constexpr size_t kMaxChunkBytes = 4096;

  struct Position {
    uint32_t chunk = 0;
    uint32_t index = 0;
    bool operator==(const Position&) const = default;
  };

  SortedChunks() = default;
  SortedChunks(SortedChunks&& other) noexcept { Swap(other); }
  SortedChunks& operator=(SortedChunks&& other) noexcept {
    if (this != &other) Clear(), Swap(other);
    return *this;
  }
  ~SortedChunks() { Clear(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t chunk_count() const { return count_; }
  // Bytes allocated, without what values own. Linear in the number of chunks.
  size_t memory_bytes() const;

  // ---- positions
  Position Begin() const { return {0, 0}; }
  Position End() const { return {count_, 0}; }
  // The last entry; End() if there is none.
  Position Last() const { return count_ == 0 ? End() : Position{count_ - 1, At(count_ - 1)->count - 1u}; }
  Position Next(Position at) const {
    return at.index + 1 < At(at.chunk)->count ? Position{at.chunk, at.index + 1} : Position{at.chunk + 1, 0};
  }
  // The entry before; End() before the first. `at` may be End().
  Position Previous(Position at) const {
    if (at.index > 0) return {at.chunk, at.index - 1};
    return at.chunk == 0 ? End() : Position{at.chunk - 1, At(at.chunk - 1)->count - 1u};
  }
  // The first entry whose key is not below `key`.
  Position LowerBound(const Key& key) const;
  // The last entry whose key is not above `key`; End() if there is none.
  Position AtMost(const Key& key) const;
  // The entry of that key, or End().
  Position Find(const Key& key) const {
    const Position at = LowerBound(key);
    return at != End() && !(key < this->key(at)) ? at : End();
  }
  bool Contains(const Key& key) const { return Find(key) != End(); }

  const Key& key(Position at) const { return KeysOf(At(at.chunk))[at.index]; }
  Value& value(Position at) { return ValuesOf(At(at.chunk))[at.index]; }
  const Value& value(Position at) const { return ValuesOf(At(at.chunk))[at.index]; }
  // The value of a key, or null.
  Value* FindValue(const Key& key) {
    const Position at = Find(key);
    return at == End() ? nullptr : &value(at);
  }
  const Value* FindValue(const Key& key) const { return const_cast<SortedChunks*>(this)->FindValue(key); }

  // ---- changing; positions do not survive
  // False if the key is there already; nothing happens then.
  bool Insert(const Key& key, Value value = {});
  bool Erase(const Key& key) {
    const Position at = Find(key);
    if (at == End()) return false;
    Erase(at);
    return true;
  }
  void Erase(Position at);
  void Clear();

 private:
  struct Chunk {
    uint16_t begin;  // entries removed in front, whose room is still there
    uint16_t count;
    uint16_t capacity;
    uint16_t unused;
  };
  static constexpr bool kHasValues = !std::is_empty_v<Value>;
  static constexpr size_t kStride = sizeof(Key) + (kHasValues ? sizeof(Value) : 0);
  static constexpr size_t kFirstChunkBytes = 64;
  static constexpr size_t kTailChunkBytes = 512;  // of a chunk that is begun behind a full one
  static constexpr size_t CapacityOf(size_t bytes) { return (bytes - sizeof(Chunk)) / kStride; }
  static constexpr size_t kMaxCapacity = CapacityOf(kMaxChunkBytes);
  static size_t BytesOf(size_t capacity) { return AllocationSize(sizeof(Chunk) + capacity * kStride); }

  Chunk* At(size_t i) const { return chunks_[first_ + i]; }
  static Key* SlotsOf(Chunk* chunk) { return reinterpret_cast<Key*>(chunk + 1); }
  static Key* KeysOf(Chunk* chunk) { return SlotsOf(chunk) + chunk->begin; }
  static Value* ValuesOf(Chunk* chunk) {
    if constexpr (kHasValues) {
      return reinterpret_cast<Value*>(SlotsOf(chunk) + chunk->capacity) + chunk->begin;
    } else {
      return reinterpret_cast<Value*>(chunk);
    }
  }
  static Chunk* NewChunk(size_t bytes);
  // Copies entries as bytes; source and target may overlap.
  static void Relocate(Chunk* from, size_t from_index, Chunk* to, size_t to_index, size_t count);

  // The first chunk whose last key is not below `key`, or count_.
  uint32_t ChunkFor(const Key& key) const;
  void InsertChunk(uint32_t at, Chunk* chunk);
  void RemoveChunk(uint32_t at);
  void Resize(uint32_t at, size_t bytes);
  // Makes room for one entry in the chunk; may split it, and says where the index is then.
  Position MakeRoom(Position at);
  void Rebalance(uint32_t at);
  bool JoinWithNext(uint32_t at);
  void Swap(SortedChunks& other) noexcept {
    std::swap(chunks_, other.chunks_), std::swap(first_, other.first_), std::swap(count_, other.count_);
    std::swap(capacity_, other.capacity_), std::swap(size_, other.size_);
  }

  Chunk** chunks_ = nullptr;
  uint32_t first_ = 0;  // of the pointers in use
  uint32_t count_ = 0;
  uint32_t capacity_ = 0;
  size_t size_ = 0;
};

// ---- Implementation ------------------------------------------------------------------------------------------------

template <class Key, class Value>
typename SortedChunks<Key, Value>::Chunk* SortedChunks<Key, Value>::NewChunk(size_t bytes) {
  const size_t capacity = CapacityOf(bytes);
  auto* chunk = static_cast<Chunk*>(std::malloc(BytesOf(capacity)));
  KW_CHECK(chunk != nullptr);
  *chunk = {0, 0, static_cast<uint16_t>(capacity), 0};
  return chunk;
}

template <class Key, class Value>
void SortedChunks<Key, Value>::Relocate(Chunk* from, size_t from_index, Chunk* to, size_t to_index, size_t count) {
  std::memmove(static_cast<void*>(KeysOf(to) + to_index), KeysOf(from) + from_index, count * sizeof(Key));
  if constexpr (kHasValues) {
    std::memmove(static_cast<void*>(ValuesOf(to) + to_index), static_cast<void*>(ValuesOf(from) + from_index),
                 count * sizeof(Value));
  }
}

template <class Key, class Value>
size_t SortedChunks<Key, Value>::memory_bytes() const {
  size_t bytes = capacity_ == 0 ? 0 : AllocationSize(capacity_ * sizeof(Chunk*));
  for (uint32_t i = 0; i < count_; ++i) bytes += BytesOf(At(i)->capacity);
  return bytes;
}

template <class Key, class Value>
uint32_t SortedChunks<Key, Value>::ChunkFor(const Key& key) const {
  // New keys are mostly the greatest: the last chunk is looked at first.
  if (count_ == 0 || KeysOf(At(count_ - 1))[At(count_ - 1)->count - 1] < key) return count_;
  Chunk** begin = chunks_ + first_;
  return static_cast<uint32_t>(
      std::partition_point(begin, begin + count_, [&](Chunk* c) { return KeysOf(c)[c->count - 1] < key; }) - begin);
}

template <class Key, class Value>
typename SortedChunks<Key, Value>::Position SortedChunks<Key, Value>::LowerBound(const Key& key) const {
  const uint32_t i = ChunkFor(key);
  if (i == count_) return End();
  const Key* keys = KeysOf(At(i));
  return {i, static_cast<uint32_t>(std::lower_bound(keys, keys + At(i)->count, key) - keys)};
}

template <class Key, class Value>
typename SortedChunks<Key, Value>::Position SortedChunks<Key, Value>::AtMost(const Key& key) const {
  const Position at = LowerBound(key);
  return at != End() && !(key < this->key(at)) ? at : Previous(at);
}

template <class Key, class Value>
bool SortedChunks<Key, Value>::Insert(const Key& key, Value value) {
  Position at = LowerBound(key);
  if (at == End()) {
    if (count_ == 0 || (At(count_ - 1)->count == kMaxCapacity)) {
      InsertChunk(count_, NewChunk(count_ == 0 ? kFirstChunkBytes : kTailChunkBytes));
      at = {count_ - 1, 0};
    } else {
      at = {count_ - 1, At(count_ - 1)->count};
    }
  } else if (!(key < this->key(at))) {
    return false;
  }
  at = MakeRoom(at);
  Chunk* chunk = At(at.chunk);
  // Whichever side is shorter makes way.
  if (chunk->begin > 0 && at.index < chunk->count / 2u) {
    --chunk->begin;
    Relocate(chunk, 1, chunk, 0, at.index);
  } else {
    Relocate(chunk, at.index, chunk, at.index + 1, chunk->count - at.index);
  }
  ++chunk->count, ++size_;
  new (KeysOf(chunk) + at.index) Key(key);
  if constexpr (kHasValues) new (ValuesOf(chunk) + at.index) Value(std::move(value));
  return true;
}

template <class Key, class Value>
typename SortedChunks<Key, Value>::Position SortedChunks<Key, Value>::MakeRoom(Position at) {
  Chunk* chunk = At(at.chunk);
  if (chunk->begin + chunk->count < chunk->capacity) return at;
  if (chunk->begin > 0 && (at.index < chunk->count / 2u || chunk->begin >= chunk->capacity / 4)) {
    // Entries in front are gone: there is room before the insertion, or enough to move everything once in a while.
    if (at.index >= chunk->count / 2u) {
      const uint16_t gap = chunk->begin;
      chunk->begin = 0;
      Relocate(chunk, gap, chunk, 0, chunk->count);
    }
    return at;
  }
  if (chunk->capacity < kMaxCapacity) {
    Resize(at.chunk, std::min(kMaxChunkBytes, 2 * BytesOf(chunk->capacity)));
    return at;
  }
  if (chunk->begin > 0) {
    const uint16_t gap = chunk->begin;
    chunk->begin = 0;
    Relocate(chunk, gap, chunk, 0, chunk->count);
    return at;
  }
  Chunk* upper = NewChunk(kMaxChunkBytes);
  const uint16_t half = chunk->count / 2;
  Relocate(chunk, half, upper, 0, chunk->count - half);
  upper->count = chunk->count - half, chunk->count = half;
  InsertChunk(at.chunk + 1, upper);
  return at.index <= half ? at : Position{at.chunk + 1, at.index - half};
}

template <class Key, class Value>
void SortedChunks<Key, Value>::Erase(Position at) {
  Chunk* chunk = At(at.chunk);
  if constexpr (kHasValues) ValuesOf(chunk)[at.index].~Value();
  --size_;
  if (chunk->count == 1) return RemoveChunk(at.chunk);
  if (at.index < chunk->count / 2u) {
    Relocate(chunk, 0, chunk, 1, at.index);
    ++chunk->begin;
  } else {
    Relocate(chunk, at.index + 1, chunk, at.index, chunk->count - at.index - 1);
  }
  --chunk->count;
  if (chunk->count < chunk->capacity / 4 && BytesOf(chunk->capacity) > kFirstChunkBytes) Rebalance(at.chunk);
}

template <class Key, class Value>
void SortedChunks<Key, Value>::Rebalance(uint32_t at) {
  if (JoinWithNext(at) || (at > 0 && JoinWithNext(at - 1))) return;
  // A chunk between fuller ones, or the only one.
  if (At(at)->count < At(at)->capacity / 8) Resize(at, std::max(kFirstChunkBytes, BytesOf(At(at)->capacity) / 4));
}

template <class Key, class Value>
bool SortedChunks<Key, Value>::JoinWithNext(uint32_t at) {
  if (at + 1 >= count_) return false;
  Chunk* chunk = At(at);
  Chunk* next = At(at + 1);
  const size_t together = size_t{chunk->count} + next->count;
  if (together > kMaxCapacity / 2) return false;
  if (together > chunk->capacity) {
    Resize(at, std::min(kMaxChunkBytes, AllocationSize(sizeof(Chunk) + together * kStride)));
    chunk = At(at);
  } else if (chunk->begin > 0) {
    const uint16_t gap = chunk->begin;
    chunk->begin = 0;
    Relocate(chunk, gap, chunk, 0, chunk->count);
  }
  Relocate(next, 0, chunk, chunk->count, next->count);
  chunk->count = static_cast<uint16_t>(together);
  RemoveChunk(at + 1);
  return true;
}

template <class Key, class Value>
void SortedChunks<Key, Value>::Resize(uint32_t at, size_t bytes) {
  Chunk* old = At(at);
  Chunk* chunk = NewChunk(bytes);
  Relocate(old, 0, chunk, 0, old->count);
  chunk->count = old->count;
  chunks_[first_ + at] = chunk;
  std::free(old);
}

template <class Key, class Value>
void SortedChunks<Key, Value>::InsertChunk(uint32_t at, Chunk* chunk) {
  if (first_ > 0 && at < count_ / 2) {
    --first_;
    std::memmove(chunks_ + first_, chunks_ + first_ + 1, at * sizeof(Chunk*));
  } else {
    if (first_ + count_ == capacity_) {
      if (first_ > 0 && first_ >= capacity_ / 4) {
        std::memmove(chunks_, chunks_ + first_, count_ * sizeof(Chunk*));
        first_ = 0;
      } else {
        capacity_ = capacity_ == 0 ? 1 : capacity_ * 2;
        chunks_ = static_cast<Chunk**>(std::realloc(chunks_, capacity_ * sizeof(Chunk*)));
        KW_CHECK(chunks_ != nullptr);
      }
    }
    std::memmove(chunks_ + first_ + at + 1, chunks_ + first_ + at, (count_ - at) * sizeof(Chunk*));
  }
  chunks_[first_ + at] = chunk;
  ++count_;
}

template <class Key, class Value>
void SortedChunks<Key, Value>::RemoveChunk(uint32_t at) {
  std::free(At(at));
  if (at < count_ / 2) {
    std::memmove(chunks_ + first_ + 1, chunks_ + first_, at * sizeof(Chunk*));
    ++first_;
  } else {
    std::memmove(chunks_ + first_ + at, chunks_ + first_ + at + 1, (count_ - at - 1) * sizeof(Chunk*));
  }
  if (--count_ == 0) {
    std::free(chunks_);
    chunks_ = nullptr, first_ = 0, capacity_ = 0;
  } else if (capacity_ >= 16 && count_ <= capacity_ / 8) {
    std::memmove(chunks_, chunks_ + first_, count_ * sizeof(Chunk*));
    first_ = 0, capacity_ /= 4;
    chunks_ = static_cast<Chunk**>(std::realloc(chunks_, capacity_ * sizeof(Chunk*)));
    KW_CHECK(chunks_ != nullptr);
  }
}

template <class Key, class Value>
void SortedChunks<Key, Value>::Clear() {
  for (uint32_t i = 0; i < count_; ++i) {
    if constexpr (kHasValues && !std::is_trivially_destructible_v<Value>) {
      for (uint32_t j = 0; j < At(i)->count; ++j) ValuesOf(At(i))[j].~Value();
    }
    std::free(At(i));
  }
  std::free(chunks_);
  chunks_ = nullptr, first_ = 0, count_ = 0, capacity_ = 0, size_ = 0;
}

}  // namespace keyway::ds
