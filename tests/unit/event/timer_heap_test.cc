#include "server/event/timer_heap.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace keyway::event {
namespace {

TEST(TimerHeap, RunsInOrderOfDueTimeAndOfAgeAmongEquals) {
  TimerHeap heap;
  std::string order;
  heap.Add(30, 0, [&] { order += 'c'; });
  heap.Add(10, 0, [&] { order += 'a'; });
  heap.Add(30, 0, [&] { order += 'd'; });
  heap.Add(20, 0, [&] { order += 'b'; });
  EXPECT_EQ(heap.next_due_us(), 10);
  heap.RunDue(9);
  EXPECT_EQ(order, "");
  heap.RunDue(20);
  EXPECT_EQ(order, "ab");
  heap.RunDue(1000);
  EXPECT_EQ(order, "abcd");
  EXPECT_TRUE(heap.empty());
}

TEST(TimerHeap, IdsAreNeverZeroAndNotUsedTwice) {
  TimerHeap heap;
  TimerId first = heap.Add(1, 0, [] {});
  EXPECT_NE(first, 0u);
  heap.Cancel(first);
  bool ran = false;
  TimerId second = heap.Add(1, 0, [&] { ran = true; });
  EXPECT_NE(first, second);
  heap.Cancel(first);  // stale: must not hit the second
  heap.Cancel(0);
  heap.Cancel(~TimerId{0});
  heap.RunDue(1);
  EXPECT_TRUE(ran);
}

TEST(TimerHeap, APeriodicTimerMayCancelItself) {
  TimerHeap heap;
  int runs = 0;
  TimerId id = 0;
  id = heap.Add(10, 10, [&] {
    if (++runs == 3) heap.Cancel(id);
  });
  for (int64_t now = 10; now < 200; now += 10) heap.RunDue(now);
  EXPECT_EQ(runs, 3);
  EXPECT_TRUE(heap.empty());
}

TEST(TimerHeap, ALatePeriodicTimerDoesNotCatchUp) {
  TimerHeap heap;
  int runs = 0;
  heap.Add(10, 10, [&] { ++runs; });
  heap.RunDue(1000);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(heap.next_due_us(), 1010);
}

TEST(TimerHeap, ATimerAddedByATaskWaitsForTheNextTurn) {
  TimerHeap heap;
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    heap.Add(5, 0, again);
  };
  heap.Add(5, 0, again);
  heap.RunDue(5);
  EXPECT_EQ(runs, 1);
  heap.RunDue(5);
  EXPECT_EQ(runs, 2);
}

TEST(TimerHeap, ATaskMayCancelAnotherThatIsDueToo) {
  TimerHeap heap;
  bool ran = false;
  TimerId victim = 0;
  heap.Add(1, 0, [&] { heap.Cancel(victim); });
  victim = heap.Add(1, 0, [&] { ran = true; });
  heap.RunDue(5);
  EXPECT_FALSE(ran);
}

TEST(TimerHeap, AgreesWithAPlainMapUnderRandomUse) {
  auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  TimerHeap heap;
  std::map<std::pair<int64_t, uint64_t>, TimerId> model;  // (due, age) → id
  std::map<TimerId, std::pair<int64_t, uint64_t>> due;
  std::vector<TimerId> ran;
  std::vector<TimerId> ids;  // by age
  int64_t now = 0;
  for (int step = 0; step < 20000; ++step) {
    switch (random() % 4) {
      case 0:
      case 1: {
        uint64_t age = ids.size();
        ids.push_back(0);
        int64_t at = now + 1 + static_cast<int64_t>(random() % 1000);
        TimerId id = heap.Add(at, 0, [&ran, &ids, age] { ran.push_back(ids[age]); });
        ids[age] = id;
        model[{at, age}] = id;
        due[id] = {at, age};
        break;
      }
      case 2:
        if (!due.empty()) {
          TimerId id = ids[random() % ids.size()];
          heap.Cancel(id);
          if (auto it = due.find(id); it != due.end()) {
            model.erase(it->second);
            due.erase(it);
          }
        }
        break;
      case 3: {
        now += static_cast<int64_t>(random() % 100);
        ran.clear();
        heap.RunDue(now);
        std::vector<TimerId> expected;
        while (!model.empty() && model.begin()->first.first <= now) {
          expected.push_back(model.begin()->second);
          due.erase(model.begin()->second);
          model.erase(model.begin());
        }
        ASSERT_EQ(ran, expected);
        break;
      }
    }
  }
}

}  // namespace
}  // namespace keyway::event
