// Freeing of big values and whole databases away from the exec thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace keyway::keyspace {

// A value with more allocations than this is worth the way to a background thread.
inline constexpr size_t kLazyFreeThreshold = 64;
// With more than this it goes there whatever was asked for: to free it here would stop the server for milliseconds.
inline constexpr size_t kHugeFreeThreshold = 64 * 1024;

// Something whose destructor frees memory, on any thread.
class Garbage {
 public:
  virtual ~Garbage() = default;
};

class Reclaimer {
 public:
  virtual ~Reclaimer() = default;
  // Destroys `garbage`, now or later, here or on another thread; `objects` values are in it. [exec]
  virtual void Reclaim(std::unique_ptr<Garbage> garbage, size_t objects) = 0;
  // Values handed over and not yet freed, and freed so far: lazyfree_pending_objects, lazyfreed_objects. [any]
  virtual size_t pending_objects() const = 0;
  virtual size_t freed_objects() const = 0;
  virtual void ResetFreedObjects() = 0;
};

// Destroys in place. For tests, tools and forked children.
class ImmediateReclaimer : public Reclaimer {
 public:
  void Reclaim(std::unique_ptr<Garbage> garbage, size_t objects) override {
    garbage.reset();
    freed_ += objects;
  }
  size_t pending_objects() const override { return 0; }
  size_t freed_objects() const override { return freed_; }
  void ResetFreedObjects() override { freed_ = 0; }

 private:
  size_t freed_ = 0;
};

// One background thread that destroys in the order of arrival. The thread starts with the first garbage. The destructor
// frees what is left and joins.
class BackgroundReclaimer : public Reclaimer {
 public:
  BackgroundReclaimer() = default;
  ~BackgroundReclaimer() override;
  void Reclaim(std::unique_ptr<Garbage> garbage, size_t objects) override;
  size_t pending_objects() const override { return pending_.load(std::memory_order_relaxed); }
  size_t freed_objects() const override { return freed_.load(std::memory_order_relaxed); }
  void ResetFreedObjects() override { freed_.store(0, std::memory_order_relaxed); }

 private:
  struct Item {
    std::unique_ptr<Garbage> garbage;
    size_t objects;
  };
  void Run();

  std::atomic<size_t> pending_{0};
  std::atomic<size_t> freed_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;  // guarded by mutex_
  bool stop_ = false;       // guarded by mutex_
  std::thread thread_;      // [exec]
};

}  // namespace keyway::keyspace
