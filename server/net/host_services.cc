#include "server/net/host_services.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <string.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <utility>

#include "server/base/check.h"
#include "server/base/log.h"
#include "server/event/event_loop.h"
#include "server/net/fork_guard.h"
#include "server/net/generation.h"

namespace keyway::net {

// ---- HostConnection

struct HostConnection::Gate {
  std::mutex mutex;
  HostConnection* owner = nullptr;   // null: the connection is gone
  event::EventLoop* loop = nullptr;  // null: it is on its way to another loop
  uint32_t pending = 0;              // reported and not delivered
  bool posted = false;               // a delivery is on its way to `loop`
  std::string log_name;
};

HostConnection::HostConnection() : gate_(std::make_shared<Gate>()) { gate_->owner = this; }

HostConnection::~HostConnection() {
  std::lock_guard lock(gate_->mutex);
  gate_->owner = nullptr;
  gate_->loop = nullptr;
}

void HostConnection::BindLoop(event::EventLoop* loop) {
  std::lock_guard lock(gate_->mutex);
  gate_->loop = loop;
  gate_->posted = false;
  if (loop == nullptr || gate_->pending == 0) return;
  gate_->posted = true;
  loop->Post([gate = gate_, loop] { Deliver(gate, loop); });
}

void HostConnection::SetLogName(std::string name) {
  std::lock_guard lock(gate_->mutex);
  gate_->log_name = std::move(name);
}

std::string HostConnection::LogName() const {
  std::lock_guard lock(gate_->mutex);
  return gate_->log_name;
}

void HostConnection::ReportReady(uint32_t ready) {
  std::lock_guard lock(gate_->mutex);
  gate_->pending |= ready;
  if (gate_->pending == 0 || gate_->loop == nullptr || gate_->posted) return;
  gate_->posted = true;
  gate_->loop->Post([gate = gate_, loop = gate_->loop] { Deliver(gate, loop); });
}

void HostConnection::Deliver(const std::shared_ptr<Gate>& gate, event::EventLoop* loop) {
  HostConnection* owner;
  uint32_t ready;
  {
    std::lock_guard lock(gate->mutex);
    if (gate->loop != loop || gate->owner == nullptr) return;  // it has moved, and BindLoop has posted anew
    owner = gate->owner;
    ready = std::exchange(gate->pending, 0);
    gate->posted = false;
  }
  // The owner is destroyed on this thread or while bound to no loop, so it is still there.
  if (ready != 0) owner->OnPluginReady(ready);
}

namespace {

Generation& Owner(const kw_host* host) { return *reinterpret_cast<const HostServices*>(host)->generation; }

event::EventLoop& Loop(kw_loop* loop) { return *reinterpret_cast<event::EventLoop*>(loop); }

// ---- log, time, memory

constexpr size_t kMaxLogText = 1024;

void HostLog(const kw_host* host, uint32_t level, const kw_host_conn* conn, const char* text) {
  constexpr LogLevel kLevels[] = {LogLevel::kDebug, LogLevel::kVerbose, LogLevel::kNotice, LogLevel::kWarning};
  LogLevel ours = kLevels[std::min(level, KW_LOG_WARNING)];
  if (text == nullptr || !LogEnabled(ours)) return;
  std::string line(text, strnlen(text, kMaxLogText));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  const HostConnection* connection = reinterpret_cast<const HostConnection*>(conn);
  std::string name = connection != nullptr ? connection->LogName() : "";
  if (name.empty()) {
    LogLine(ours, fmt::format("transport {}: {}", Owner(host).id(), line));
  } else {
    LogLine(ours, fmt::format("transport {} ({}): {}", Owner(host).id(), name, line));
  }
}

int64_t HostNow(const kw_host*) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Each block is preceded by its size, so that free can count it off.
constexpr uint64_t kAllocHeader = alignof(std::max_align_t);
constexpr uint64_t kMaxAlloc = uint64_t{1} << 40;
static_assert(kAllocHeader >= sizeof(uint64_t));

void* HostAlloc(const kw_host* host, uint64_t size) {
  if (size > kMaxAlloc) return nullptr;
  char* block = static_cast<char*>(std::malloc(size + kAllocHeader));
  if (block == nullptr) return nullptr;
  memcpy(block, &size, sizeof size);
  Owner(host).CountAllocated(static_cast<int64_t>(size));
  return block + kAllocHeader;
}

void HostFree(const kw_host* host, void* ptr) {
  if (ptr == nullptr) return;
  char* block = static_cast<char*>(ptr) - kAllocHeader;
  uint64_t size;
  memcpy(&size, block, sizeof size);
  Owner(host).CountAllocated(-static_cast<int64_t>(size));
  std::free(block);
}

void HostWipe(const kw_host*, void* ptr, uint64_t n) {
  if (ptr != nullptr && n != 0) explicit_bzero(ptr, n);
}

// ---- descriptors, timers, tasks

struct HostIo final : event::FdHandler {
  void OnFdEvents(uint32_t events) override {
    uint32_t ready = 0;
    if (events & (event::kReadable | event::kHangup)) ready |= KW_READY_READ;
    if (events & (event::kWritable | event::kHangup)) ready |= KW_READY_WRITE;
    ready &= wanted;
    KW_ASSERT_PLUGIN_CALL_ALLOWED();
    if (ready != 0) fn(arg, ready);  // the last thing done here: fn may remove this
  }

  GenerationHold hold;
  event::EventLoop* loop = nullptr;
  int fd = -1;
  uint32_t wanted = 0;
  kw_io_fn fn = nullptr;
  void* arg = nullptr;
};

uint32_t EventsOf(uint32_t ready) {
  return ((ready & KW_READY_READ) ? event::kReadable : 0) | ((ready & KW_READY_WRITE) ? event::kWritable : 0);
}

int32_t HostIoAdd(const kw_host* host, kw_loop* loop, int32_t fd, uint32_t ready, kw_io_fn fn, void* arg, kw_io** out) {
  if (loop == nullptr || fn == nullptr || out == nullptr || fcntl(fd, F_GETFD) < 0) return KW_E_CONFIG;
  auto* io = new HostIo;
  io->hold = GenerationHold(Owner(host).shared(), Held::kIo);
  io->loop = &Loop(loop);
  io->fd = fd;
  io->wanted = ready;
  io->fn = fn;
  io->arg = arg;
  Owner(host).EnterThread();
  io->loop->Add(fd, EventsOf(ready), io, /*edge_triggered=*/false);
  *out = reinterpret_cast<kw_io*>(io);
  return KW_OK;
}

int32_t HostIoChange(const kw_host*, kw_io* handle, uint32_t ready) {
  if (handle == nullptr) return KW_E_CONFIG;
  auto* io = reinterpret_cast<HostIo*>(handle);
  io->wanted = ready;
  io->loop->Modify(io->fd, EventsOf(ready));
  return KW_OK;
}

void HostIoRemove(const kw_host*, kw_io* handle) {
  if (handle == nullptr) return;
  auto* io = reinterpret_cast<HostIo*>(handle);
  io->loop->Remove(io->fd);
  delete io;
}

// A timer or a posted task; the loop's closure owns it, so it goes when it ran, was cancelled, or the loop ends.
struct HostTask {
  GenerationHold hold;
  event::EventLoop* loop = nullptr;
  event::TimerId timer = 0;
  kw_fn fn = nullptr;
  void* arg = nullptr;

  void Run() const {
    KW_ASSERT_PLUGIN_CALL_ALLOWED();
    if (hold.get() != nullptr) hold.get()->EnterThread();
    fn(arg);
  }
};

std::shared_ptr<HostTask> MakeTask(const kw_host* host, Held kind, kw_loop* loop, kw_fn fn, void* arg) {
  auto task = std::make_shared<HostTask>();
  task->hold = GenerationHold(Owner(host).shared(), kind);
  task->loop = &Loop(loop);
  task->fn = fn;
  task->arg = arg;
  return task;
}

int32_t HostTimerAdd(const kw_host* host, kw_loop* loop, int64_t delay_ns, kw_fn fn, void* arg, kw_timer** out) {
  if (loop == nullptr || fn == nullptr || out == nullptr) return KW_E_CONFIG;
  std::shared_ptr<HostTask> task = MakeTask(host, Held::kTimer, loop, fn, arg);
  int64_t delay_us = delay_ns <= 0 ? 0 : delay_ns / 1000 + (delay_ns % 1000 != 0);
  task->timer = task->loop->After(delay_us, [task] { task->Run(); });
  *out = reinterpret_cast<kw_timer*>(task.get());
  return KW_OK;
}

void HostTimerCancel(const kw_host*, kw_timer* handle) {
  if (handle == nullptr) return;
  auto* task = reinterpret_cast<HostTask*>(handle);
  task->loop->Cancel(task->timer);
}

int32_t HostPost(const kw_host* host, kw_loop* loop, kw_fn fn, void* arg) {
  if (loop == nullptr || fn == nullptr) return KW_E_CONFIG;
  std::shared_ptr<HostTask> task = MakeTask(host, Held::kTask, loop, fn, arg);
  Loop(loop).Post([task] { task->Run(); });
  return KW_OK;
}

// ---- connections

void HostConnReady(const kw_host*, kw_host_conn* conn, uint32_t ready) {
  if (conn != nullptr) HostConnection::FromAbi(conn)->ReportReady(ready);
}

int32_t HostConnIncoming(const kw_host*, kw_host_listener* listener, kw_conn* conn, const kw_address* peer,
                         kw_host_conn** out) {
  if (listener == nullptr || conn == nullptr || peer == nullptr || out == nullptr) return KW_E_CONFIG;
  if (peer->size < KW_ADDRESS_SIZE_0_9) return KW_E_CONFIG;
  HostConnection* connection = HostListener::FromAbi(listener)->OnIncoming(conn, *peer);
  if (connection == nullptr) return KW_E_UNSUPPORTED;
  *out = connection->abi();
  return KW_OK;
}

const void* HostGetExtension(const kw_host*, const char*) { return nullptr; }

}  // namespace

std::unique_ptr<HostServices> MakeHostServices(Generation& generation) {
  auto services = std::make_unique<HostServices>();
  services->generation = &generation;
  kw_host& abi = services->abi;
  abi = {};
  abi.size = sizeof abi;
  abi.abi_minor = KW_ABI_MINOR;
  abi.name = program_invocation_short_name;
  abi.version = KEYWAY_VERSION;
  abi.log = HostLog;
  abi.now_ns = HostNow;
  abi.alloc = HostAlloc;
  abi.free = HostFree;
  abi.wipe = HostWipe;
  abi.io_add = HostIoAdd;
  abi.io_change = HostIoChange;
  abi.io_remove = HostIoRemove;
  abi.timer_add = HostTimerAdd;
  abi.timer_cancel = HostTimerCancel;
  abi.post = HostPost;
  abi.conn_ready = HostConnReady;
  abi.conn_incoming = HostConnIncoming;
  abi.get_extension = HostGetExtension;
  return services;
}

}  // namespace keyway::net
