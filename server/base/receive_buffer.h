// The bytes that a connection has received and that are not parsed yet: one contiguous piece of memory, so that request
// arguments can be views into it. An empty buffer owns no memory; a small one borrows a 16 KB chunk from the pool of the
// thread; one that must hold a larger request grows by what that request needs.
//
//   +-----------+--------------------+----------------+
//   | consumed  | readable()         | writable()     |
//   +-----------+--------------------+----------------+
//
// Views into it stay valid until Reserve, Compact, Release or a move-assignment onto it; moving the buffer itself keeps
// them valid, which is how a batch carries its arguments from an I/O thread to the exec thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace keyway {

class ReceiveBuffer {
 public:
  static constexpr size_t kChunkBytes = 16 * 1024;

  ReceiveBuffer() = default;
  ReceiveBuffer(ReceiveBuffer&& other) noexcept { Swap(other); }
  ReceiveBuffer& operator=(ReceiveBuffer&& other) noexcept {
    if (this != &other) {
      Release();
      Swap(other);
    }
    return *this;
  }
  ~ReceiveBuffer() { Release(); }

  std::string_view readable() const { return {data_ + begin_, end_ - begin_}; }
  char* mutable_begin() { return data_ + begin_; }
  size_t capacity() const { return capacity_; }
  bool owns_memory() const { return data_ != nullptr; }

  // Room behind the readable bytes; empty when there is none.
  std::span<char> writable() { return {data_ + end_, capacity_ - end_}; }
  void Commit(size_t bytes) { end_ += bytes; }
  void Consume(size_t bytes) { begin_ += bytes; }

  // Makes room for at least `bytes` behind the readable ones; moves them to the front or to larger memory if needed.
  void Reserve(size_t bytes);
  // Appends a copy.
  void Append(std::string_view bytes);
  // Gives all memory back.
  void Release();

 private:
  void Swap(ReceiveBuffer& other) {
    std::swap(data_, other.data_), std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_), std::swap(end_, other.end_);
  }

  char* data_ = nullptr;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace keyway
