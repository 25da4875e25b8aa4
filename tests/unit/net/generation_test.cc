// How long copies of plug-ins live, what is counted, and who takes leave of them.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <latch>

#include "server/base/clock.h"
#include "server/event/event_loop.h"
#include "server/net/fork_guard.h"
#include "server/net/plugin_image.h"
#include "tests/unit/engine_under_test.h"
#include "tests/unit/net/plugin_sandbox.h"

namespace keyway::net {
namespace {

class GenerationTest : public PluginSandbox {
 protected:
  void SetUp() override { Install("carrier_1", "fix-carrier"); }
  static int64_t Load(const int64_t& counter) { return __atomic_load_n(&counter, __ATOMIC_ACQUIRE); }
};

TEST_F(GenerationTest, CountsContextsAndConnections) {
  auto counts = [&] {
    PluginInfo info = *registry_->Info("fix-carrier");
    return std::pair(info.live_contexts, info.live_connections);
  };
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  EXPECT_EQ(counts(), std::pair(uint64_t{1}, uint64_t{0}));
  {
    StackUse one(stack);
    StackUse two(stack);
    StackUse moved(std::move(two));
    EXPECT_EQ(counts(), std::pair(uint64_t{1}, uint64_t{2}));
  }
  EXPECT_EQ(counts(), std::pair(uint64_t{1}, uint64_t{0}));
  const fixture& probe = ProbeOf(stack->carrier_context());
  StackUse last(std::move(stack));
  stack = nullptr;
  EXPECT_EQ(counts(), std::pair(uint64_t{1}, uint64_t{1}));  // the connection keeps the context
  EXPECT_EQ(Load(probe.contexts), 1);
}

TEST_F(GenerationTest, ContextsGoWithTheLastConnection) {
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  const fixture& probe = ProbeOf(stack->carrier_context());
  auto use = std::make_unique<StackUse>(std::move(stack));
  stack = nullptr;
  use = nullptr;
  EXPECT_TRUE(Eventually([&] { return registry_->Info("fix-carrier")->live_contexts == 0; }));
  EXPECT_EQ(Load(probe.contexts), 0);
  EXPECT_EQ(Load(probe.deinits), 0);  // still loaded
  registry_ = nullptr;
  EXPECT_EQ(Load(probe.deinits), 1);
}

TEST_F(GenerationTest, AStackMayOutliveTheRegistry) {
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  const fixture& probe = ProbeOf(stack->carrier_context());
  registry_ = nullptr;
  EXPECT_EQ(Load(probe.deinits), 0);
  EXPECT_TRUE(MakeCarrierContext(*stack, {{"fix-text", "late"}}));
  stack = nullptr;
  EXPECT_EQ(Load(probe.contexts), 0);
  EXPECT_EQ(Load(probe.deinits), 1);
}

TEST_F(GenerationTest, TheMappingGoesOnlyWhenThePluginAllowsIt) {
  Install("carrier_unloadable", "fix-unload");
  Dl_info where;
  {
    std::shared_ptr<const Stack> stays = MustMakeStack("fix-carrier");
    std::shared_ptr<const Stack> goes = MustMakeStack("fix-unload");
    const void* staying = &stays->carrier();
    const void* going = &goes->carrier();
    EXPECT_NE(dladdr(staying, &where), 0);
    EXPECT_NE(dladdr(going, &where), 0);
    stays = nullptr, goes = nullptr;
    registry_ = nullptr;
    EXPECT_NE(dladdr(staying, &where), 0);
    EXPECT_EQ(dladdr(going, &where), 0);
  }
}

TEST_F(GenerationTest, ThreadsTakeLeaveOnceWhenTheyEnd) {
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  const fixture& probe = ProbeOf(stack->carrier_context());
  int64_t before = Load(probe.leaves);
  std::thread([&] {
    StackUse one(stack);
    StackUse two(stack);
  }).join();
  EXPECT_EQ(Load(probe.leaves), before + 1);
  std::thread([&] {
    { StackUse use(stack); }
    registry_->ThreadLeave();
    EXPECT_EQ(Load(probe.leaves), before + 2);
    registry_->ThreadLeave();  // nothing more to leave
  }).join();
  EXPECT_EQ(Load(probe.leaves), before + 2);
  std::thread([] {}).join();
  EXPECT_EQ(Load(probe.leaves), before + 2);
}

TEST_F(GenerationTest, ARetiredCopyIsLeftWhenItsConnectionsClose) {
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  const fixture& probe = ProbeOf(stack->carrier_context());
  std::latch opened(1), replaced(1), closed(1), checked(1);
  std::thread thread([&] {
    auto use = std::make_unique<StackUse>(stack);
    opened.count_down();
    replaced.wait();
    use = nullptr;
    closed.count_down();
    checked.wait();
  });
  opened.wait();
  Install("carrier_2", "fix-carrier");
  ASSERT_TRUE(registry_->Load("fix-carrier"));
  int64_t before = Load(probe.leaves);
  replaced.count_down();
  closed.wait();
  EXPECT_EQ(Load(probe.leaves), before + 1);
  checked.count_down();
  thread.join();
}

TEST_F(GenerationTest, ImagesFromMemoryAndInPlaceAreDistinct) {
  for (ImageOrigin origin : {ImageOrigin::kCacheFile, ImageOrigin::kMemfd, ImageOrigin::kInPlace}) {
    const kw_transport* transports[2];
    int i = 0;
    for (const char* fixture_name : {"carrier_1", "carrier_2"}) {
      auto file = OpenPluginFile(
          WriteFile(std::string(fixture_name) + std::string(ImageOriginName(origin)) + ".so", Fixture(fixture_name)));
      ASSERT_TRUE(file) << file.error().text();
      auto image = PluginImage::Load(*file, {.cache_dir = Path("cache"), .first = origin});
      ASSERT_TRUE(image) << image.error().text();
      EXPECT_EQ((*image)->origin(), origin);
      ASSERT_EQ((*image)->query()(KW_ABI_MAJOR, KW_ABI_MINOR, &transports[i]), KW_OK);
      ++i;
    }
    EXPECT_STREQ(transports[0]->version, "1.0");
    EXPECT_STREQ(transports[1]->version, "2.0");
  }
}

// The same content twice, so that only the name of the copy differs.
TEST_F(GenerationTest, EachImageHasItsOwnData) {
  for (ImageOrigin origin : {ImageOrigin::kCacheFile, ImageOrigin::kMemfd}) {
    auto file = OpenPluginFile(Path("plugins/keyway-transport-fix-carrier.so"));
    ASSERT_TRUE(file);
    auto one = PluginImage::Load(*file, {.cache_dir = Path("cache"), .first = origin});
    auto two = PluginImage::Load(*file, {.cache_dir = Path("cache"), .first = origin});
    ASSERT_TRUE(one && two);
    EXPECT_NE((*one)->query(), (*two)->query());
  }
}

// ---- services

struct ServiceTest : GenerationTest {
  void SetUp() override {
    GenerationTest::SetUp();
    stack_ = MustMakeStack("fix-carrier");
    host_ = ProbeOf(stack_->carrier_context()).host;
    loop_ = event::test::MakeLoop(SystemClock());
  }
  std::string Extra(const std::string& name) {
    PluginInfo info = *registry_->Info("fix-carrier");
    for (const auto& [key, value] : info.extra) {
      if (key == name) return value;
    }
    return "none";
  }
  void Turn() { loop_->RunOnce(1'000); }

  std::shared_ptr<const Stack> stack_;
  const kw_host* host_ = nullptr;
  std::unique_ptr<event::EventLoop> loop_;
};

TEST_F(ServiceTest, MemoryIsCountedAndAligned) {
  uint64_t before = std::stoull(Extra("allocated_bytes"));
  void* block = host_->alloc(host_, 1000);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(std::max_align_t), 0u);
  EXPECT_EQ(Extra("allocated_bytes"), std::to_string(before + 1000));
  memset(block, 7, 1000);
  host_->wipe(host_, block, 1000);
  EXPECT_EQ(static_cast<char*>(block)[999], 0);
  host_->free(host_, block);
  host_->free(host_, nullptr);
  EXPECT_EQ(Extra("allocated_bytes"), std::to_string(before));
  EXPECT_EQ(host_->alloc(host_, UINT64_MAX), nullptr);
  EXPECT_EQ(host_->alloc(host_, UINT64_MAX - 8), nullptr);
}

TEST_F(ServiceTest, TimersRunOnceOrAreCancelled) {
  static int ran;
  ran = 0;
  auto fn = [](void* arg) { ++*static_cast<int*>(arg); };
  kw_timer *one = nullptr, *two = nullptr;
  ASSERT_EQ(host_->timer_add(host_, ToAbi(*loop_), 1'000, fn, &ran, &one), KW_OK);
  ASSERT_EQ(host_->timer_add(host_, ToAbi(*loop_), 0, fn, &ran, &two), KW_OK);
  EXPECT_EQ(Extra("timers"), "2");
  host_->timer_cancel(host_, two);
  EXPECT_EQ(Extra("timers"), "1");
  EXPECT_TRUE(Eventually([&] { return Turn(), ran == 1; }));
  Turn();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(Extra("timers"), "0");
}

TEST_F(ServiceTest, PostedTasksRunInOrderOnTheLoopAndAreCounted) {
  static std::string order;
  order.clear();
  std::thread([&] {
    for (const char* text : {"a", "b", "c"}) {
      auto fn = [](void* arg) { order += static_cast<const char*>(arg); };
      ASSERT_EQ(host_->post(host_, ToAbi(*loop_), fn, const_cast<char*>(text)), KW_OK);
    }
  }).join();
  EXPECT_EQ(Extra("tasks"), "3");
  EXPECT_TRUE(Eventually([&] { return Turn(), order == "abc"; }));
  EXPECT_EQ(Extra("tasks"), "0");
}

TEST_F(ServiceTest, WatchedDescriptorsAreLevelTriggered) {
  struct Watch {
    int calls = 0;
    uint32_t ready = 0;
  } watch;
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
  auto fn = [](void* arg, uint32_t ready) {
    auto* w = static_cast<Watch*>(arg);
    ++w->calls, w->ready = ready;
  };
  kw_io* io = nullptr;
  EXPECT_EQ(host_->io_add(host_, ToAbi(*loop_), -1, KW_READY_READ, fn, &watch, &io), KW_E_CONFIG);
  ASSERT_EQ(host_->io_add(host_, ToAbi(*loop_), pipe_ends[0], KW_READY_READ, fn, &watch, &io), KW_OK);
  EXPECT_EQ(Extra("descriptors"), "1");
  ASSERT_EQ(write(pipe_ends[1], "x", 1), 1);
  EXPECT_TRUE(Eventually([&] { return Turn(), watch.calls >= 2; }));  // nobody reads, so it stays ready
  EXPECT_EQ(watch.ready, KW_READY_READ);
  ASSERT_EQ(host_->io_change(host_, io, 0), KW_OK);
  Turn();
  int calls = watch.calls;
  Turn();
  EXPECT_EQ(watch.calls, calls);
  host_->io_remove(host_, io);
  EXPECT_EQ(Extra("descriptors"), "0");
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_F(ServiceTest, ATaskThatNeverRanLetsGoWhenTheLoopGoes) {
  ASSERT_EQ(host_->post(
                host_, ToAbi(*loop_), [](void*) {}, nullptr),
            KW_OK);
  kw_timer* timer = nullptr;
  ASSERT_EQ(host_->timer_add(
                host_, ToAbi(*loop_), 1'000'000'000'000, [](void*) {}, nullptr, &timer),
            KW_OK);
  loop_ = nullptr;
  EXPECT_EQ(Extra("tasks"), "0");
  EXPECT_EQ(Extra("timers"), "0");
}

class ReadyProbe final : public HostConnection {
 public:
  ~ReadyProbe() = default;
  void OnPluginReady(uint32_t ready) override { bits |= ready, ++calls; }
  uint32_t bits = 0;
  int calls = 0;
};

TEST_F(ServiceTest, ReadinessReachesTheConnectionOnItsLoop) {
  ReadyProbe connection;
  connection.BindLoop(loop_.get());
  std::thread([&] {
    host_->conn_ready(host_, connection.abi(), KW_READY_READ);
    host_->conn_ready(host_, connection.abi(), KW_READY_WAKE);
  }).join();
  EXPECT_EQ(connection.calls, 0);
  EXPECT_TRUE(Eventually([&] { return Turn(), connection.calls > 0; }));
  EXPECT_EQ(connection.calls, 1);
  EXPECT_EQ(connection.bits, KW_READY_READ | KW_READY_WAKE);
}

TEST_F(ServiceTest, ReadinessFollowsAConnectionToItsNewLoop) {
  ReadyProbe connection;
  connection.BindLoop(loop_.get());
  host_->conn_ready(host_, connection.abi(), KW_READY_READ);
  connection.BindLoop(nullptr);
  host_->conn_ready(host_, connection.abi(), KW_READY_WRITE);
  Turn();
  EXPECT_EQ(connection.calls, 0);
  std::unique_ptr<event::EventLoop> next = event::test::MakeLoop(SystemClock());
  connection.BindLoop(next.get());
  EXPECT_TRUE(Eventually([&] { return next->RunOnce(1'000), connection.calls > 0; }));
  EXPECT_EQ(connection.bits, KW_READY_READ | KW_READY_WRITE);
  EXPECT_EQ(connection.calls, 1);
}

TEST_F(ServiceTest, ReadinessOfAConnectionThatIsGoneIsForgotten) {
  auto connection = std::make_unique<ReadyProbe>();
  connection->BindLoop(loop_.get());
  host_->conn_ready(host_, connection->abi(), KW_READY_READ);
  connection = nullptr;
  Turn();
}

class IncomingProbe final : public HostListener {
 public:
  HostConnection* OnIncoming(kw_conn* conn, const kw_address& peer) override {
    text = peer.text;
    return conn == reinterpret_cast<kw_conn*>(this) ? &connection : nullptr;
  }
  ReadyProbe connection;
  std::string text;
};

TEST_F(ServiceTest, IncomingConnectionsAreHandedOver) {
  IncomingProbe listener;
  kw_address peer{};
  peer.size = sizeof peer;
  strcpy(peer.text, "somewhere");
  kw_host_conn* side = nullptr;
  auto* mine = reinterpret_cast<kw_conn*>(&listener);
  EXPECT_EQ(host_->conn_incoming(host_, listener.abi(), mine, &peer, &side), KW_OK);
  EXPECT_EQ(side, listener.connection.abi());
  EXPECT_EQ(listener.text, "somewhere");
  EXPECT_LT(host_->conn_incoming(host_, listener.abi(), mine, nullptr, &side), 0);
  peer.size = 8;
  EXPECT_EQ(host_->conn_incoming(host_, listener.abi(), mine, &peer, &side), KW_E_CONFIG);
}

// ---- forked children

// Runs `body` in a child and returns how it ended.
int InChild(const std::function<void()>& body) {
  pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

TEST_F(GenerationTest, AForkedChildCallsNoPlugin) {
  auto* stack = new std::shared_ptr<const Stack>(MustMakeStack("fix-carrier"));
  const fixture& probe = ProbeOf((*stack)->carrier_context());
  EXPECT_FALSE(InForkedChild());
  int status = InChild([&] {
    int64_t leaves = probe.leaves;
    if (!InForkedChild()) _exit(1);
    delete stack;       // frees no context
    registry_.reset();  // takes no plug-in down
    LeaveAllGenerations();
    if (probe.contexts != 1 || probe.deinits != 0 || probe.leaves != leaves) _exit(2);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(Load(probe.contexts), 1);
  delete stack;
}

#ifdef KW_DEBUG_CHECKS
TEST_F(GenerationTest, ACallInAForkedChildAborts) {
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  int status = InChild([&] {
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    (void)MakeCarrierContext(*stack, {});
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
}
#endif

}  // namespace
}  // namespace keyway::net
