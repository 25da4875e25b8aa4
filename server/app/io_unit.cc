#include "server/app/io_unit.h"

#include <time.h>

#include "server/app/client_io.h"
#include "server/dispatch/batch.h"
#include "server/event/event_loop.h"
#include "server/net/io_thread.h"

namespace keyway::app {
namespace {

constexpr size_t kRingSlots = 4096;
constexpr size_t kSpareBatches = 64;
constexpr int64_t kSurplusRetryUs = 200;
// Long against the pauses of a busy client, short enough that a wave of new connections never holds much.
constexpr int64_t kCoolDownUs = 50'000;

}  // namespace

IoUnit::IoUnit(event::EventLoop& exec_loop, ExecInbox& inbox, const command::CommandTable& commands,
               const IoSettings& settings)
    : loop_(exec_loop), exec_loop_(exec_loop), inbox_(inbox), commands_(commands), settings_(settings) {}

IoUnit::IoUnit(std::unique_ptr<net::IoThread> thread, event::EventLoop& exec_loop, ExecInbox& inbox,
               const command::CommandTable& commands, const IoSettings& settings)
    : thread_(std::move(thread)),
      loop_(thread_->loop()),
      exec_loop_(exec_loop),
      inbox_(inbox),
      commands_(commands),
      settings_(settings),
      to_exec_(std::make_unique<event::Ring<ToExec>>(kRingSlots)),
      to_io_(std::make_unique<event::Ring<ToIo>>(kRingSlots)) {
  loop_.before_wait = [this] { return BeforeWait(); };
}

void IoUnit::AddWarm(ClientIo* client) {
  client->warm_place() = static_cast<uint32_t>(warm_.size());
  warm_.push_back(client);
  if (cool_down_timer_ == 0) cool_down_timer_ = loop_.After(kCoolDownUs, [this] { CoolDown(); });
}

void IoUnit::RemoveWarm(ClientIo* client) {
  const uint32_t place = *client->warm_place();
  warm_[place] = warm_.back();
  warm_[place]->warm_place() = place;
  warm_.pop_back();
  client->warm_place().reset();
}

void IoUnit::CoolDown() {
  cool_down_timer_ = 0;
  // From the end, for who leaves is replaced by the last one.
  for (size_t i = warm_.size(); i-- > 0;) {
    if (warm_[i]->CoolDown()) RemoveWarm(warm_[i]);
  }
  if (!warm_.empty()) cool_down_timer_ = loop_.After(kCoolDownUs, [this] { CoolDown(); });
}

IoUnit::~IoUnit() { StopThread(); }

void IoUnit::StartThread() { thread_->Start(); }

void IoUnit::StopThread() {
  if (thread_ != nullptr) thread_->Stop();
}

int64_t IoUnit::WorkedUs() const {
  int64_t used_us = 0;
  if (thread_ != nullptr) {
    used_us = thread_->CpuTimeUs();
  } else {
    timespec used{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0)
      used_us = int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000;
  }
  return used_us - loop_.spun_us();
}

void IoUnit::SendToExec(const ToExec& message) {
  if (direct()) return inbox_.OnMessage(message);
  ToExec copy = message;
  if (!to_exec_surplus_.empty() || !to_exec_->Push(std::move(copy))) to_exec_surplus_.push_back(message);
  sent_to_exec_ = true;
}

void IoUnit::SendToIo(const ToIo& message) {
  if (direct()) return Deliver(message);
  ToIo copy = message;
  if (!to_io_surplus_.empty() || !to_io_->Push(std::move(copy))) to_io_surplus_.push_back(message);
  sent_to_io_ = true;
}

void IoUnit::Deliver(const ToIo& message) {
  if (message.kind == ToIoKind::kFree) {
    // The half may be on the call stack right now.
    garbage_.emplace_back(message.io);
  } else {
    message.io->OnMessage(message);
  }
}

void IoUnit::MoveClients() {
  // TryMove calls back on the direct unit, so the list may change.
  for (size_t i = 0; i < moving_.size();) {
    ClientIo* client = moving_[i];
    if (!client->TryMove()) {
      ++i;
    } else {
      std::erase(moving_, client);
    }
  }
}

int64_t IoUnit::BeforeWait() {
  DrainToIo();
  MoveClients();
  while (!to_exec_surplus_.empty() && to_exec_->Push(ToExec(to_exec_surplus_.front()))) to_exec_surplus_.pop_front();
  if (sent_to_exec_) {
    sent_to_exec_ = false;
    exec_loop_.Wake();
  }
  garbage_.clear();
  if (has_moving()) return 0;
  return to_exec_surplus_.empty() ? -1 : kSurplusRetryUs;
}

void IoUnit::DrainToIo() {
  ToIo message;
  while (to_io_->Pop(message)) Deliver(message);
}

bool IoUnit::DrainToExec() {
  if (direct()) return false;
  bool any = false;
  ToExec message;
  while (to_exec_->Pop(message)) {
    inbox_.OnMessage(message);
    any = true;
  }
  return any;
}

void IoUnit::WakeIfNeeded() {
  if (direct()) return;
  while (!to_io_surplus_.empty() && to_io_->Push(ToIo(to_io_surplus_.front()))) to_io_surplus_.pop_front();
  if (!sent_to_io_ && to_io_surplus_.empty()) return;
  sent_to_io_ = false;
  loop_.Wake();
}

void IoUnit::CollectGarbage() {
  if (direct()) garbage_.clear();
}

dispatch::Batch* IoUnit::TakeBatch() {
  if (spare_batches_.empty()) return new dispatch::Batch;
  dispatch::Batch* batch = spare_batches_.back().release();
  spare_batches_.pop_back();
  return batch;
}

void IoUnit::GiveBatch(dispatch::Batch* batch) {
  std::unique_ptr<dispatch::Batch> owned(batch);
  owned->Reset();
  if (spare_batches_.size() < kSpareBatches) spare_batches_.push_back(std::move(owned));
}

}  // namespace keyway::app
