// Timers of one loop: a binary heap ordered by due time (and by age among equals), with each timer's place in the heap
// noted in its slot, so that cancelling costs O(log n) and leaves nothing behind.
//
//   id = generation (40 bits) << 24 | slot index + 1 (24 bits)
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "server/event/event_loop.h"

namespace keyway::event {

// [loop thread]
class TimerHeap {
 public:
  // `period_us` 0: once.
  TimerId Add(int64_t due_us, int64_t period_us, std::function<void()> task);
  void Cancel(TimerId id);

  bool empty() const { return heap_.empty(); }
  int64_t next_due_us() const { return heap_.front().due_us; }  // requires !empty()

  // Runs what is due at `now_us`. A task may add and cancel timers, its own included, and may run a nested turn: a timer whose
  // task is running does not run again inside it. A periodic timer that is late does not catch up.
  void RunDue(int64_t now_us);

 private:
  struct Entry {
    int64_t due_us;
    uint64_t sequence;
    uint32_t slot;
    bool Before(const Entry& other) const {
      return due_us != other.due_us ? due_us < other.due_us : sequence < other.sequence;
    }
  };
  struct Slot {
    std::function<void()> task;
    int64_t period_us = 0;
    uint64_t generation = 0;
    uint32_t position = kNowhere;  // in heap_
    bool live = false;
  };
  static constexpr uint32_t kNowhere = UINT32_MAX;

  TimerId IdOf(uint32_t slot) const { return (slots_[slot].generation << 24) | (slot + 1); }
  Slot* Find(TimerId id);
  void Insert(uint32_t slot, int64_t due_us);
  void RemoveAt(uint32_t position);
  void SiftUp(uint32_t position);
  void SiftDown(uint32_t position);
  void Place(uint32_t position, const Entry& entry) {
    heap_[position] = entry;
    slots_[entry.slot].position = position;
  }
  void FreeSlot(uint32_t slot);

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  uint64_t sequence_ = 0;
};

}  // namespace keyway::event
