#include "server/event/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/unique_fd.h"
#include "tests/unit/engine_under_test.h"

namespace keyway::event {
namespace {

class FunctionHandler : public FdHandler {
 public:
  explicit FunctionHandler(std::function<void(uint32_t)> function) : function_(std::move(function)) {}
  void OnFdEvents(uint32_t events) override { function_(events); }

 private:
  std::function<void(uint32_t)> function_;
};

struct Pair {
  Pair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    a.Reset(fds[0]), b.Reset(fds[1]);
  }
  UniqueFd a, b;
};

void TurnUntil(EventLoop& loop, const std::function<bool()>& done) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing happened in time";
    loop.RunOnce(10'000);
  }
}

TEST(EventLoop, ReportsReadableWritableAndHangup) {
  auto loop = test::MakeLoop(SystemClock());
  EXPECT_STREQ(loop->engine(), test::EngineUnderTest() == Engine::kUring ? "io_uring" : "epoll");
  Pair pair;
  uint32_t seen = 0;
  FunctionHandler handler([&](uint32_t events) { seen |= events; });
  ASSERT_TRUE(loop->Add(pair.a.get(), kReadable | kWritable | kHangup, &handler));
  TurnUntil(*loop, [&] { return (seen & kWritable) != 0; });
  EXPECT_EQ(seen & kReadable, 0u);
  ASSERT_EQ(write(pair.b.get(), "x", 1), 1);
  TurnUntil(*loop, [&] { return (seen & kReadable) != 0; });
  EXPECT_EQ(seen & kHangup, 0u);
  pair.b.Reset();
  TurnUntil(*loop, [&] { return (seen & kHangup) != 0; });
  loop->Remove(pair.a.get());
}

TEST(EventLoop, EdgeTriggeredReportsOnceAndLevelTriggeredAgain) {
  auto loop = test::MakeLoop(SystemClock());
  Pair edge, level;
  int edges = 0, levels = 0;
  FunctionHandler on_edge([&](uint32_t) { ++edges; });
  FunctionHandler on_level([&](uint32_t) { ++levels; });
  loop->Add(edge.a.get(), kReadable, &on_edge);
  loop->Add(level.a.get(), kReadable, &on_level, /*edge_triggered=*/false);
  ASSERT_EQ(write(edge.b.get(), "x", 1), 1);
  ASSERT_EQ(write(level.b.get(), "x", 1), 1);
  for (int i = 0; i < 3; ++i) loop->RunOnce(0);
  EXPECT_EQ(edges, 1);
  EXPECT_EQ(levels, 3);
  loop->Remove(edge.a.get());
  loop->Remove(level.a.get());
}

TEST(EventLoop, ARemovedDescriptorGetsNoEventOfTheSameTurn) {
  auto loop = test::MakeLoop(SystemClock());
  Pair one, two;
  int calls = 0;
  std::vector<int> watched = {one.a.get(), two.a.get()};
  FunctionHandler handler([&](uint32_t) {
    ++calls;
    for (int fd : watched) loop->Remove(fd);  // whoever comes first removes both, itself included
    watched.clear();
  });
  loop->Add(one.a.get(), kReadable, &handler);
  loop->Add(two.a.get(), kReadable, &handler);
  ASSERT_EQ(write(one.b.get(), "x", 1), 1);
  ASSERT_EQ(write(two.b.get(), "x", 1), 1);
  loop->RunOnce(0);
  loop->RunOnce(0);
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, ANumberThatChangesHandsGetsNoStaleEvent) {
  auto loop = test::MakeLoop(SystemClock());
  auto one = std::make_unique<Pair>();
  auto two = std::make_unique<Pair>();
  int stale = 0, first = 0;
  FunctionHandler newcomer([&](uint32_t) { ++stale; });
  Pair fresh;
  Pair* victim = nullptr;
  FunctionHandler* self = nullptr;
  FunctionHandler handler([&](uint32_t) {
    if (victim != nullptr) return;
    ++first;
    // The other one is in the same batch: its number now belongs to a quiet descriptor with another handler.
    char byte;
    victim = read(one->a.get(), &byte, 1) == 1 ? two.get() : one.get();
    int number = victim->a.get();
    loop->Remove(number);
    ASSERT_EQ(dup2(fresh.a.get(), number), number);
    loop->Add(number, kReadable, &newcomer);
  });
  self = &handler;
  loop->Add(one->a.get(), kReadable, self);
  loop->Add(two->a.get(), kReadable, self);
  ASSERT_EQ(write(one->b.get(), "x", 1), 1);
  ASSERT_EQ(write(two->b.get(), "x", 1), 1);
  loop->RunOnce(0);
  loop->RunOnce(0);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(stale, 0);
  ASSERT_EQ(write(fresh.b.get(), "y", 1), 1);
  loop->RunOnce(0);
  EXPECT_EQ(stale, 1);
}

TEST(EventLoop, RefusesAPlainFile) {
  auto loop = test::MakeLoop(SystemClock());
  FILE* file = tmpfile();
  ASSERT_NE(file, nullptr);
  FunctionHandler handler([](uint32_t) {});
  EXPECT_FALSE(loop->Add(fileno(file), kReadable, &handler));
  fclose(file);
}

TEST(EventLoop, TimersFollowTheClockThatItWasGiven) {
  ManualClock clock;
  auto loop = test::MakeLoop(clock);
  std::string order;
  loop->After(2'000, [&] { order += 'b'; });
  loop->After(1'000, [&] { order += 'a'; });
  TimerId never = loop->After(1'500, [&] { order += 'x'; });
  loop->Every(1'000, [&] { order += '.'; });
  loop->Cancel(never);
  loop->RunOnce(0);
  EXPECT_EQ(order, "");
  clock.AdvanceMs(1);
  loop->RunOnce(-1);  // due timers end the wait
  EXPECT_EQ(order, "a.");
  clock.AdvanceMs(1);
  loop->RunOnce(-1);
  EXPECT_EQ(order, "a.b.");
}

TEST(EventLoop, WaitsNoLongerThanTheNextTimerAndBeforeWaitAllow) {
  auto loop = test::MakeLoop(SystemClock());
  bool ran = false;
  loop->After(300, [&] { ran = true; });
  TurnUntil(*loop, [&] { return ran; });
  int waits = 0;
  loop->before_wait = [&]() -> int64_t { return ++waits, 0; };
  loop->RunOnce(-1);  // polls, since the hook says so
  EXPECT_EQ(waits, 1);
}

TEST(EventLoop, HooksStandAroundTheWait) {
  auto loop = test::MakeLoop(SystemClock());
  Pair pair;
  std::string order;
  FunctionHandler handler([&](uint32_t) { order += 'f'; });
  loop->Add(pair.a.get(), kReadable, &handler);
  ASSERT_EQ(write(pair.b.get(), "x", 1), 1);
  loop->before_wait = [&]() -> int64_t { return order += 'b', -1; };
  loop->after_wait = [&] { order += 'a'; };
  loop->After(0, [&] { order += 't'; });
  loop->Post([&] { order += 'p'; });
  loop->RunOnce(0);
  EXPECT_EQ(order, "baftp");
  EXPECT_EQ(loop->turns(), 1u);
  loop->Remove(pair.a.get());
}

TEST(EventLoop, PostedTasksOfManyThreadsAllRunInOrderOfEach) {
  auto loop = test::MakeLoop(SystemClock());
  constexpr int kThreads = 4, kTasks = 5000;
  std::vector<int> last(kThreads, -1);
  int done = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) {
        loop->Post([&, t, i] {
          EXPECT_EQ(last[t], i - 1);
          last[t] = i;
          if (++done == kThreads * kTasks) loop->Stop();
        });
      }
    });
  }
  loop->Run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, kThreads * kTasks);
}

// Another thread wakes the loop again and again, each time as soon as the last one was seen.
void ExpectEveryWakeToBeSeen(int64_t max_spin_us) {
  auto loop = test::MakeLoop(SystemClock());
  loop->set_max_spin_us(max_spin_us);
  constexpr uint64_t kRounds = 20000;
  std::atomic<uint64_t> written{0};
  std::atomic<uint64_t> seen{0};
  loop->after_wait = [&] {
    seen.store(written.load(std::memory_order_relaxed), std::memory_order_release);
    if (seen.load() >= kRounds) loop->Stop();
  };
  std::thread producer([&] {
    for (uint64_t i = 1; i <= kRounds; ++i) {
      written.store(i, std::memory_order_relaxed);
      loop->Wake();
      while (seen.load(std::memory_order_acquire) < i) std::this_thread::yield();
    }
  });
  loop->Run();
  producer.join();
  EXPECT_EQ(seen.load(), kRounds);
}

TEST(EventLoop, WakeIsNeverLost) { ExpectEveryWakeToBeSeen(0); }

TEST(EventLoop, WakeIsNeverLostWhileItSpins) { ExpectEveryWakeToBeSeen(50); }

TEST(EventLoop, SpinsOnlyWhereWakeUpsComeSoon) {
  auto loop = test::MakeLoop(SystemClock());
  loop->set_max_spin_us(50);
  // Nothing comes: it sleeps.
  for (int i = 0; i < 20; ++i) loop->RunOnce(2'000);
  EXPECT_EQ(loop->spun_us(), 0);
  // Wake-ups come at once.
  for (int i = 0; i < 50; ++i) {
    loop->Wake();
    loop->RunOnce(1'000'000);
  }
  loop->RunOnce(2'000);
  EXPECT_GT(loop->spun_us(), 0);
  // And then no more: the habit is lost.
  for (int i = 0; i < 50; ++i) loop->RunOnce(200);
  const int64_t spun_us = loop->spun_us();
  for (int i = 0; i < 20; ++i) loop->RunOnce(200);
  EXPECT_EQ(loop->spun_us(), spun_us);
}

TEST(EventLoop, ATaskThatPostsWaitsForTheNextTurn) {
  auto loop = test::MakeLoop(SystemClock());
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    loop->Post(again);
  };
  loop->Post(again);
  loop->RunOnce(-1);
  EXPECT_EQ(runs, 1);
  loop->RunOnce(-1);
  EXPECT_EQ(runs, 2);
}

TEST(EventLoop, ANestedTurnDeliversWhatTheOuterOneHasNot) {
  auto loop = test::MakeLoop(SystemClock());
  std::vector<std::unique_ptr<Pair>> pairs;
  int calls = 0, calls_inside = -1;
  FunctionHandler handler([&](uint32_t) {
    if (++calls == 1) {
      loop->RunOnce(0);
      calls_inside = calls;
    }
  });
  for (int i = 0; i < 3; ++i) {
    pairs.push_back(std::make_unique<Pair>());
    loop->Add(pairs.back()->a.get(), kReadable, &handler);
    ASSERT_EQ(write(pairs.back()->b.get(), "x", 1), 1);
  }
  std::string order;
  loop->Post([&] {
    order += '1';
    loop->RunOnce(0);
    order += '3';
  });
  loop->Post([&] { order += '2'; });
  loop->RunOnce(0);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(calls_inside, 3);
  EXPECT_EQ(order, "123");
}

TEST(EventLoop, ATaskPostedBeforeANestedTurnDoesNotWaitForAWakeUp) {
  auto loop = test::MakeLoop(SystemClock());
  bool rest = false, posted = false;
  loop->Post([&] {
    loop->Post([&] { posted = true; });
    loop->RunOnce(0);
  });
  loop->Post([&] { rest = true; });
  loop->RunOnce(-1);
  EXPECT_TRUE(rest);
  EXPECT_TRUE(posted);
}

TEST(EventLoop, APeriodicTaskIsNotEnteredTwice) {
  ManualClock clock;
  auto loop = test::MakeLoop(clock);
  int depth = 0, runs = 0;
  loop->Every(1'000, [&] {
    EXPECT_EQ(++depth, 1);
    ++runs;
    clock.AdvanceMs(5);
    loop->RunOnce(0);
    --depth;
  });
  clock.AdvanceMs(1);
  loop->RunOnce(0);
  EXPECT_EQ(runs, 1);
}

TEST(EventLoop, StopBeforeRunIsNotForgotten) {
  auto loop = test::MakeLoop(SystemClock());
  loop->Stop();
  loop->Run();
  bool ran = false;
  loop->Post([&] { ran = true, loop->Stop(); });
  loop->Run();
  EXPECT_TRUE(ran);
}

TEST(EventLoop, AForkedChildLeavesTheParentsWatchesAlone) {
  auto loop = test::MakeLoop(SystemClock());
  Pair pair;
  int calls = 0;
  FunctionHandler handler([&](uint32_t) { ++calls; });
  loop->Add(pair.a.get(), kReadable, &handler);
  pid_t child = fork();
  if (child == 0) {
    loop->AfterForkInChild();
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(write(pair.b.get(), "x", 1), 1);
  loop->RunOnce(1'000'000);
  EXPECT_EQ(calls, 1);
  bool woken = false;
  loop->Post([&] { woken = true; });
  loop->RunOnce(-1);
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace keyway::event
