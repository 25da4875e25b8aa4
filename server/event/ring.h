// A bounded queue from one thread to another: one producer, one consumer, no lock. Items move in and out. The producer
// learns from Push that it is full and decides what to do; whether the consumer sleeps is the callers' affair (EventLoop::Wake).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace keyway::event {

template <class T>
class Ring {
 public:
  // `capacity` is a power of two.
  explicit Ring(size_t capacity) : mask_(capacity - 1), slots_(std::make_unique<T[]>(capacity)) {}

  // False when full; the item is then untouched. [producer]
  bool Push(T&& item) {
    size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - cached_head_ > mask_) {
      cached_head_ = head_.load(std::memory_order_acquire);
      if (tail - cached_head_ > mask_) return false;
    }
    slots_[tail & mask_] = std::move(item);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // False when empty. [consumer]
  bool Pop(T& out) {
    size_t head = head_.load(std::memory_order_relaxed);
    if (head == cached_tail_) {
      cached_tail_ = tail_.load(std::memory_order_acquire);
      if (head == cached_tail_) return false;
    }
    out = std::move(slots_[head & mask_]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  bool Empty() const {  // [any], a snapshot
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  const size_t mask_;
  std::unique_ptr<T[]> slots_;
  alignas(64) std::atomic<size_t> head_{0};
  size_t cached_tail_ = 0;  // [consumer]
  alignas(64) std::atomic<size_t> tail_{0};
  size_t cached_head_ = 0;  // [producer]
};

}  // namespace keyway::event
