// Sessions as commands and cron see them: the directory, pausing, limits, and the end of all. How requests and replies pass through
// them is in sessions.cc.
#include <algorithm>

#include "server/app/client_io.h"
#include "server/app/sessions.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/dispatch/batch.h"
#include "server/event/event_loop.h"
#include "server/keyspace/keyspace.h"

namespace keyway::app {

using command::Client;
using command::PauseMode;

namespace {

constexpr size_t kMaxUnauthenticatedOutput = 1024;
constexpr int kCronsPerSecond = 10;
constexpr size_t kMinSessionsPerCron = 5;
constexpr int64_t kCloseAllWaitUs = 200'000;
constexpr int64_t kAbortAllWaitUs = 1'000'000;

}  // namespace

// A client that reads more slowly than it asks. Hard limits within one batch are the dispatcher's.
void Sessions::CheckLimitOf(Session& session) {
  Client& client = session.client;
  size_t pending = session.io->unsent_bytes() + client.output.size();
  if (client.Has(command::kClientPushesWait)) pending += client.waiting_pushes->size();
  size_t kind = static_cast<size_t>(client.client_class());
  if (kind >= config::kBufferLimitClasses) return;
  const config::ClientBufferLimit& limit = settings_.client_output_buffer_limit[kind];
  bool hard = limit.hard_bytes != 0 && pending >= limit.hard_bytes;
  // Nobody is to fill the server's memory with replies that he does not read before he has even said who he is.
  if (!client.authenticated && pending > kMaxUnauthenticatedOutput) hard = true;
  bool soft = limit.soft_bytes != 0 && pending >= limit.soft_bytes;
  if (!soft) {
    client.soft_limit_since_ms = 0;
  } else if (client.soft_limit_since_ms == 0) {
    client.soft_limit_since_ms = dispatcher_->now_ms();
    soft = false;
  } else {
    soft = dispatcher_->now_ms() - client.soft_limit_since_ms > limit.soft_seconds * 1000;
  }
  if ((!hard && !soft) || client.Has(command::kClientCloseAsap)) return;
  LogWarning("Client {} scheduled to be closed ASAP for overcoming of output buffer limits.", Describe(client));
  ++counters_.output_limit_disconnections;
  Kill(client, false);
}

void Sessions::Kill(Client& client, bool after_reply) {
  Session& session = SessionOf(client);
  if (client.Has(command::kClientCloseAsap)) return;
  if (after_reply) {
    client.flags |= command::kClientCloseAfterReply;
    return QueueFlush(session);
  }
  client.flags |= command::kClientCloseAsap;
  Forget(client);
  Unlist(session);
  if (session.suspended) {
    std::erase(suspended_, &session);
    session.suspended = false;
    session.batch->next = session.batch->requests.size();
  }
  SendToIo(session, {ToIoKind::kAbort, false, false, session.io, nullptr});
  if (&session == current_) return;
  // Nobody will get it, and whoever is closed for its memory gives it back before others are asked for theirs.
  client.output.Clear();
  if (!session.in_ready) QueueFlush(session);
}

command::Client* Sessions::Find(uint64_t id) {
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second->client;
}

void Sessions::ForEach(const std::function<void(Client&)>& visit) {
  for (Session* session = first_; session != nullptr;) {
    Session* next = session->next;
    visit(session->client);
    session = next;
  }
}

void Sessions::Pause(PauseMode mode, int64_t until_ms) {
  if (pause_mode_ == PauseMode::kNone || mode > pause_mode_) pause_mode_ = mode;
  pause_until_ms_ = std::max(pause_until_ms_, until_ms);
  // Nothing may change while writes are paused: keys whose time comes look absent and stay.
  keyspace_->set_expiry_mode(keyspace::ExpiryMode::kHide);
}

void Sessions::Unpause() {
  pause_mode_ = PauseMode::kNone;
  pause_until_ms_ = 0;
  keyspace_->set_expiry_mode(keyspace::ExpiryMode::kDelete);
}

bool Sessions::LeavePausedIfDue() {
  if (pause_mode_ != PauseMode::kNone && clock_.WallMs() >= pause_until_ms_) Unpause();
  if (pause_mode_ != PauseMode::kNone || suspended_.empty()) return false;
  for (Session* session : suspended_) {
    session->in_ready = true;
    ready_.push_back(session);
  }
  suspended_.clear();
  return true;
}

bool Sessions::Unblock(Client& client, bool with_error) { return dispatcher_->Unblock(client, with_error); }

void Sessions::ApplySettings() {
  for (size_t kind = 0; kind < config::kBufferLimitClasses; ++kind) {
    dispatcher_->set_hard_output_limit(static_cast<command::ClientClass>(kind),
                                       settings_.client_output_buffer_limit[kind].hard_bytes);
  }
}

void Sessions::CheckTimeout(Session& session) {
  Client& client = session.client;
  if (settings_.timeout == 0) return;
  if (client.Has(command::kClientReplica | command::kClientPrimaryLink | command::kClientBlocked |
                 command::kClientPubSub)) {
    return;
  }
  if (dispatcher_->now_ms() - client.last_interaction_ms <= settings_.timeout * 1000) return;
  LogVerbose("Closing idle client");
  Kill(client, false);
}

void Sessions::Cron() {
  size_t count = by_id_.size();
  size_t slice = std::min(count, std::max(count / kCronsPerSecond, kMinSessionsPerCron));
  for (size_t i = 0; i < slice && !by_id_.empty(); ++i) {
    if (cron_next_ == nullptr) cron_next_ = first_;
    Session& session = *cron_next_;
    cron_next_ = session.next;
    CheckLimitOf(session);
    if (!session.client.Has(command::kClientCloseAsap)) CheckTimeout(session);
    Account(session);
  }
}

void Sessions::RunUntilGone(int64_t wait_us) {
  const int64_t deadline = clock_.MonotonicUs() + wait_us;
  event::EventLoop& loop = (*units_)[0]->loop();
  while (total_ > 0 && clock_.MonotonicUs() < deadline) {
    RunTurn();
    FlushReplies();
    loop.RunOnce(5'000);
  }
}

void Sessions::CloseAll() {
  ForEach([this](Client& client) { Kill(client, true); });
  RunUntilGone(kCloseAllWaitUs);
  for (Session* session : unlisted_) {
    SendToIo(*session, {ToIoKind::kAbort, false, false, session->io, nullptr});
  }
  RunUntilGone(kAbortAllWaitUs);
}

size_t Sessions::LargestInput() const {
  size_t largest = 0;
  for (Session* session = first_; session != nullptr; session = session->next) {
    largest = std::max(largest, session->io->unparsed_bytes());
  }
  return largest;
}

size_t Sessions::LargestOutput() const {
  size_t largest = 0;
  for (Session* session = first_; session != nullptr; session = session->next) {
    largest = std::max(largest, session->io->unsent_bytes());
  }
  return largest;
}

}  // namespace keyway::app
