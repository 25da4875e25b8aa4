#include "server/event/timer_heap.h"

#include <utility>

#include "server/base/check.h"

namespace keyway::event {

TimerId TimerHeap::Add(int64_t due_us, int64_t period_us, std::function<void()> task) {
  uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    KW_CHECK(slot < (1u << 24) - 1);
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].task = std::move(task);
  slots_[slot].period_us = period_us;
  slots_[slot].live = true;
  Insert(slot, due_us);
  return IdOf(slot);
}

void TimerHeap::Cancel(TimerId id) {
  Slot* found = Find(id);
  if (found == nullptr) return;
  if (found->position != kNowhere) RemoveAt(found->position);
  FreeSlot(static_cast<uint32_t>(found - slots_.data()));
}

void TimerHeap::RunDue(int64_t now_us) {
  // Timers that tasks add now wait for the next turn, even with no delay: otherwise two of them could hold the loop forever.
  uint64_t limit = sequence_;
  while (!heap_.empty() && heap_.front().due_us <= now_us && heap_.front().sequence < limit) {
    uint32_t slot = heap_.front().slot;
    TimerId id = IdOf(slot);
    int64_t period_us = slots_[slot].period_us;
    std::function<void()> task = std::move(slots_[slot].task);
    RemoveAt(0);
    if (period_us == 0) FreeSlot(slot);
    task();
    if (period_us == 0) continue;
    if (Slot* still = Find(id); still != nullptr) {
      still->task = std::move(task);
      Insert(slot, now_us + period_us);
    }
  }
}

TimerHeap::Slot* TimerHeap::Find(TimerId id) {
  uint64_t index = id & ((1u << 24) - 1);
  if (index == 0 || index > slots_.size()) return nullptr;
  Slot& slot = slots_[index - 1];
  return slot.live && slot.generation == id >> 24 ? &slot : nullptr;
}

void TimerHeap::FreeSlot(uint32_t slot) {
  // Dropped last: what the task holds may add or cancel timers when it goes.
  std::function<void()> task = std::move(slots_[slot].task);
  slots_[slot].task = nullptr;
  slots_[slot].live = false;
  ++slots_[slot].generation;
  free_.push_back(slot);
}

void TimerHeap::Insert(uint32_t slot, int64_t due_us) {
  auto position = static_cast<uint32_t>(heap_.size());
  heap_.push_back({due_us, sequence_++, slot});
  slots_[slot].position = position;
  SiftUp(position);
}

void TimerHeap::RemoveAt(uint32_t position) {
  slots_[heap_[position].slot].position = kNowhere;
  Entry last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  Place(position, last);
  SiftUp(position);
  SiftDown(slots_[last.slot].position);
}

void TimerHeap::SiftUp(uint32_t position) {
  Entry entry = heap_[position];
  while (position > 0) {
    uint32_t parent = (position - 1) / 2;
    if (!entry.Before(heap_[parent])) break;
    Place(position, heap_[parent]);
    position = parent;
  }
  Place(position, entry);
}

void TimerHeap::SiftDown(uint32_t position) {
  Entry entry = heap_[position];
  auto count = static_cast<uint32_t>(heap_.size());
  while (position * 2 + 1 < count) {
    uint32_t child = position * 2 + 1;
    if (child + 1 < count && heap_[child + 1].Before(heap_[child])) ++child;
    if (!heap_[child].Before(entry)) break;
    Place(position, heap_[child]);
    position = child;
  }
  Place(position, entry);
}

}  // namespace keyway::event
