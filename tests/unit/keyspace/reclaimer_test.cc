#include "server/keyspace/reclaimer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace keyway::keyspace {
namespace {

class Probe : public Garbage {
 public:
  explicit Probe(std::atomic<int>* freed, std::thread::id* where = nullptr) : freed_(freed), where_(where) {}
  ~Probe() override {
    if (where_) *where_ = std::this_thread::get_id();
    ++*freed_;
  }

 private:
  std::atomic<int>* freed_;
  std::thread::id* where_;
};

TEST(BackgroundReclaimerTest, FreesElsewhereAndCounts) {
  std::atomic<int> freed{0};
  std::thread::id where;
  BackgroundReclaimer reclaimer;
  reclaimer.Reclaim(std::make_unique<Probe>(&freed, &where), 5);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (reclaimer.pending_objects() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(reclaimer.pending_objects(), 0u);
  EXPECT_EQ(reclaimer.freed_objects(), 5u);
  EXPECT_EQ(freed, 1);
  EXPECT_NE(where, std::this_thread::get_id());
  reclaimer.ResetFreedObjects();
  EXPECT_EQ(reclaimer.freed_objects(), 0u);
}

TEST(BackgroundReclaimerTest, FreesEverythingBeforeItEnds) {
  std::atomic<int> freed{0};
  {
    BackgroundReclaimer reclaimer;
    for (int i = 0; i < 1000; ++i) reclaimer.Reclaim(std::make_unique<Probe>(&freed), 1);
  }
  EXPECT_EQ(freed, 1000);
}

TEST(ImmediateReclaimerTest, FreesInPlace) {
  std::atomic<int> freed{0};
  ImmediateReclaimer reclaimer;
  reclaimer.Reclaim(std::make_unique<Probe>(&freed), 3);
  EXPECT_EQ(freed, 1);
  EXPECT_EQ(reclaimer.freed_objects(), 3u);
}

}  // namespace
}  // namespace keyway::keyspace
