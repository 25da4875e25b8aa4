#include "server/dispatch/dispatcher.h"

#include <algorithm>
#include <iterator>

#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/command/latency_monitor.h"
#include "server/command/slow_log.h"
#include "server/config/config.h"
#include "server/dispatch/gates.h"
#include "server/dispatch/prefetch.h"

namespace keyway::dispatch {

using namespace command;

namespace {

constexpr uint64_t kSlowCommandNs = 1'000'000;

std::string_view FirstWord(std::string_view text) { return text.substr(0, text.find(' ')); }

}  // namespace

Dispatcher::Dispatcher(Services& services)
    : services_(services), watched_(services.keyspace), blocked_(services.keyspace) {
  services_.executor = this;
  services_.counters.commands.resize(services_.commands.size());
  services_.keyspace.AddObserver(*this);
  ApplyInsight();
  RefreshTime();
}

Dispatcher::~Dispatcher() { services_.keyspace.RemoveObserver(*this); }

void Dispatcher::AddWriteObserver(WriteObserver& observer) {
  observers_.push_back(&observer);
  propagation_.wanted = true;
}

void Dispatcher::RemoveWriteObserver(WriteObserver& observer) {
  std::erase(observers_, &observer);
  propagation_.wanted = !observers_.empty();
}

void Dispatcher::RefreshTime() {
  now_ms_ = services_.clock.WallMs();
  services_.keyspace.set_now_ms(now_ms_);
}

void Dispatcher::PrefetchBucket(const Client& client, const Batch& batch) const {
  if (batch.requests.size() != 1 || batch.requests[0].key_position == 0) return;
  services_.keyspace.db(client.db).PrefetchBucket(keyspace::HashedKey({}, batch.requests[0].key_hash));
}

void Dispatcher::PrefetchEntry(const Client& client, const Batch& batch) const {
  if (batch.requests.size() != 1 || batch.requests[0].key_position == 0) return;
  services_.keyspace.db(client.db).PrefetchEntry(keyspace::HashedKey({}, batch.requests[0].key_hash));
}

RunOutcome Dispatcher::Run(Client& client, Batch& batch) {
  client.flags |= kClientRunning;
  const RunOutcome outcome = RunBatch(client, batch);
  client.flags &= ~kClientRunning;
  return outcome;
}

RunOutcome Dispatcher::RunBatch(Client& client, Batch& batch) {
  last_tick_ = ticks_.Now();
  const bool prefetch = batch.requests.size() > 1;
  const size_t first = batch.next;
  while (batch.next < batch.requests.size()) {
    if (client.Has(kClientCloseAsap | kClientCloseAfterReply)) {
      batch.next = batch.requests.size();
      break;
    }
    if (prefetch && (batch.next - first) % kPrefetchWindow == 0) {
      PrefetchWindow(services_.keyspace.db(client.db), batch, batch.next);
    }
    const Request& request = batch.requests[batch.next];
    const RunOutcome outcome = RunRequest(client, batch.WordsOf(request), request);
    if (outcome == RunOutcome::kSuspended) return outcome;
    ++batch.next;
    if (outcome == RunOutcome::kBlocked) return outcome;
    if (OverHardOutputLimit(client)) {
      LogWarning("Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
                 services_.clients.Describe(client));
      ++services_.counters.output_limit_disconnections;
      services_.clients.Kill(client, false);
    } else if (output_notice_bytes_ != 0 && client.output.memory_bytes() >= output_notice_bytes_) {
      services_.clients.CheckMemory(client);
    }
  }
  return RunOutcome::kFinished;
}

RunOutcome Dispatcher::RunWords(Client& client, Words words) {
  last_tick_ = ticks_.Now();
  Request request{};
  request.spec = services_.commands.Lookup(words);
  client.flags |= kClientRunning;
  const RunOutcome outcome = RunRequest(client, words, request);
  client.flags &= ~kClientRunning;
  return outcome;
}

bool Dispatcher::OverHardOutputLimit(const Client& client) const {
  size_t limit = hard_output_limits_[static_cast<size_t>(client.client_class())];
  // The first chunk is what every reply takes, however short: a limit below it is no reason to close whoever is answered.
  const size_t held = client.output.memory_bytes();
  return limit != 0 && held - std::min(held, OutputBuffer::kChunkBytes) > limit;
}

void Dispatcher::Reject(const Client& client, const CommandSpec* spec) {
  if (spec != nullptr) ++services_.counters.commands[spec->id].rejected;
  services_.counters.CountError(FirstWord(client.reply.last_error()));
}

RunOutcome Dispatcher::RunRequest(Client& client, Words words, const Request& request) {
  client.reply.set_muted(client.Has(kClientReplyOff | kClientReplySkip));
  GateInput input{services_, client, words, request.spec};
  GateResult result = GateResult::kPass;
  for (Gate gate : Gates()) {
    result = gate(input);
    if (result != GateResult::kPass) break;
  }
  if (result == GateResult::kSuspended) return RunOutcome::kSuspended;
  bool blocked = false;
  if (result == GateResult::kPass) {
    blocked = !ExecuteFirst(client, words, request);
  } else if (result == GateResult::kRejected) {
    Reject(client, request.spec);
  }
  if (blocked_.has_ready()) [[unlikely]]
    ServeReady();
  if (client.Has(kClientReplySkip | kClientReplySkipNext | kClientPushesWait)) [[unlikely]] {
    if (client.Has(kClientPushesWait)) client.ReleasePushes();
    bool next = client.Has(kClientReplySkipNext);
    client.flags &= ~(kClientReplySkip | kClientReplySkipNext);
    if (next) client.flags |= kClientReplySkip;
  }
  return blocked && client.Has(kClientBlocked) ? RunOutcome::kBlocked : RunOutcome::kFinished;
}

bool Dispatcher::ExecuteFirst(Client& client, Words words, const Request& request) {
  Context context(services_, client, propagation_);
  context.Begin(words, *request.spec, services_.keyspace.db(client.db), request.key_position, request.key_hash, now_ms_,
                false);
  if (Execute(client, request, context)) [[likely]]
    return true;
  blocked_.Add(client, *request.spec, words, *context.block());
  client.flags |= kClientBlocked;
  return false;
}

bool Dispatcher::Execute(Client& client, const Request& request, Context& context) {
  keyspace::Keyspace& keyspace = services_.keyspace;
  const CommandSpec& spec = *request.spec;
  const int db = client.db;
  const int64_t dirty = keyspace.dirty();
  const uint64_t errors = client.reply.errors() - inner_errors_;
  const uint64_t started = last_tick_;
  const bool touching = keyspace.touching();
  if (client.Has(kClientNoTouch)) keyspace.set_touching(false);
  if (depth_++ == 0) client.last_command = &spec;

  spec.handler(context);

  --depth_;
  keyspace.set_touching(touching);
  const uint64_t tick = ticks_.Now();
  const uint64_t spent_ns = ticks_.ToNanoseconds(tick - started);
  last_tick_ = tick;
  if (context.block()) [[unlikely]] {
    propagation_.Clear();
    if (depth_ == 0) EmitPending(spec);
    return false;
  }
  ServerCounters& counters = services_.counters;
  CommandStats& stats = counters.commands[spec.id];
  ++stats.calls;
  stats.nanoseconds += spent_ns;
  if (track_latency_) [[likely]]
    stats.RecordLatency(spent_ns);
  if (spent_ns >= notable_ns_) [[unlikely]]
    NoteSlow(client, context, spent_ns);
  ++counters.commands_processed;
  ++client.total_commands;
  if (const uint64_t own_errors = client.reply.errors() - inner_errors_ - errors; own_errors != 0) [[unlikely]] {
    ++stats.failed;
    counters.CountError(FirstWord(client.reply.last_error()));
    if (depth_ > 0) inner_errors_ += own_errors;
  }
  if (depth_ == 0) {
    inner_errors_ = 0;
    // A transaction sees one time throughout.
    if (spent_ns > kSlowCommandNs) [[unlikely]]
      RefreshTime();
  }
  if (propagation_.wanted) {
    if (keyspace.dirty() > dirty || propagation_.forced) Propagate(db, context.args());
    if (depth_ == 0 && !pending_.empty()) EmitPending(spec);
  }
  if (propagation_.mode != Propagation::Mode::kVerbatim || propagation_.forced) propagation_.Clear();
  return true;
}

void Dispatcher::ApplyInsight() {
  const config::Settings& settings = services_.config.settings();
  track_latency_ = settings.latency_tracking;
  const auto in_ns = [](int64_t count, uint64_t unit_ns) {
    return static_cast<uint64_t>(count) > UINT64_MAX / unit_ns ? UINT64_MAX : static_cast<uint64_t>(count) * unit_ns;
  };
  notable_ns_ = UINT64_MAX;
  if (services_.slow_log != nullptr && settings.slowlog_log_slower_than >= 0) {
    notable_ns_ = in_ns(settings.slowlog_log_slower_than, 1000);
  }
  if (services_.latency != nullptr && settings.latency_monitor_threshold > 0) {
    notable_ns_ = std::min(notable_ns_, in_ns(settings.latency_monitor_threshold, 1'000'000));
  }
}

void Dispatcher::NoteSlow(const Client& client, const Context& context, uint64_t spent_ns) {
  const CommandSpec& spec = context.spec();
  const config::Settings& settings = services_.config.settings();
  const auto us = static_cast<int64_t>(spent_ns / 1000);
  if (services_.latency != nullptr) {
    const std::string_view event = context.is_rerun()    ? "command-unblocking"
                                   : spec.Has(kFlagFast) ? "fast-command"
                                                         : "command";
    services_.latency->Note(event, us / 1000);
  }
  const bool logged = settings.slowlog_log_slower_than >= 0 && us >= settings.slowlog_log_slower_than;
  if (services_.slow_log == nullptr || !logged || spec.Has(kFlagSkipSlowlog)) return;
  SlowLog::Entry entry{};
  entry.time_s = now_ms_ / 1000;
  entry.microseconds = us;
  entry.peer = client.peer;
  entry.client_name = client.labels().name;
  services_.slow_log->Add(spec, context.args(), std::move(entry), static_cast<size_t>(settings.slowlog_max_len));
}

void Dispatcher::Call(Client& client, Words words, const CommandSpec& spec) {
  last_tick_ = ticks_.Now();
  Request request{};
  request.spec = &spec;
  Context context(services_, client, propagation_);
  context.Begin(words, spec, services_.keyspace.db(client.db), 0, 0, now_ms_, false);
  Execute(client, request, context);
  KW_DCHECK(!context.block());
}

// ---- waiting clients ----

void Dispatcher::ServeWaiting() {
  if (blocked_.has_ready()) ServeReady();
  while (Client* client = blocked_.Overdue(now_ms_)) Unblock(*client, false);
}

void Dispatcher::ServeReady() {
  // What a served client changes makes keys ready in turn; the loop below sees to them.
  if (serving_) return;
  serving_ = true;
  while (blocked_.has_ready()) {
    for (const BlockedClients::ReadyKey& ready : blocked_.TakeReady()) ServeKey(ready);
  }
  serving_ = false;
}

void Dispatcher::ServeKey(const BlockedClients::ReadyKey& ready) {
  keyspace::Database& db = services_.keyspace.db(ready.db);
  const keyspace::HashedKey key(ready.key);
  for (Client* client : blocked_.WaitingFor(ready)) {
    const Waiter* waiter = blocked_.Find(*client);
    if (waiter == nullptr) continue;
    // A key that has expired by now is deleted rather than served.
    const keyspace::Entry* entry = db.FindForRead(key, keyspace::kNoTouch | keyspace::kNoStats | keyspace::kNoNotify);
    if (waiter->on_removal || (entry != nullptr && entry->type() == waiter->type)) Rerun(*client);
  }
}

void Dispatcher::Rerun(Client& client) {
  Waiter& waiter = *blocked_.Find(client);
  client.flags &= ~kClientBlocked;
  Request request{};
  request.spec = waiter.spec;
  last_tick_ = ticks_.Now();
  Context context(services_, client, propagation_);
  context.Begin(waiter.words.view(), *waiter.spec, services_.keyspace.db(waiter.db), 0, 0, now_ms_, true);
  client.reply.set_muted(client.Has(kClientReplyOff));
  client.flags |= kClientRunning;
  const bool done = Execute(client, request, context);
  client.flags &= ~kClientRunning;
  if (client.Has(kClientPushesWait)) client.ReleasePushes();
  if (done) {
    EndWait(client);
  } else {
    client.flags |= kClientBlocked;
  }
}

void Dispatcher::EndWait(Client& client) {
  blocked_.Remove(client);
  client.flags &= ~kClientBlocked;
  if (blocking_host_ != nullptr) blocking_host_->OnUnblocked(client);
}

bool Dispatcher::Unblock(Client& client, bool with_error) {
  const Waiter* waiter = blocked_.Find(client);
  if (waiter == nullptr) return false;
  client.reply.set_muted(client.Has(kClientReplyOff));
  // It was not counted when it began to wait.
  CommandStats& stats = services_.counters.commands[waiter->spec->id];
  ++stats.calls;
  ++services_.counters.commands_processed;
  ++client.total_commands;
  if (with_error) {
    client.reply.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
    ++stats.failed;
    services_.counters.CountError(FirstWord(client.reply.last_error()));
  } else if (waiter->on_timeout == TimeoutReply::kNull) {
    client.reply.Null();
  } else {
    client.reply.NullArray();
  }
  EndWait(client);
  return true;
}

void Dispatcher::Forget(Client& client) {
  blocked_.Remove(client);
  client.flags &= ~kClientBlocked;
  EndTransaction(client, watched_);
}

// ---- propagation ----

void Dispatcher::Propagate(int db, Words words) {
  switch (propagation_.mode) {
    case Propagation::Mode::kNothing:
      return;
    case Propagation::Mode::kVerbatim:
      // Nearly always a unit of its own: then no copy is made.
      if (depth_ == 0 && pending_.empty()) return Emit(db, words);
      pending_.push_back({db, {words.begin(), words.end()}});
      return;
    case Propagation::Mode::kReplaced:
      std::move(propagation_.commands.begin(), propagation_.commands.end(), std::back_inserter(pending_));
      return;
  }
}

void Dispatcher::EmitPending(const CommandSpec& spec) {
  if (pending_.empty()) return;
  // Changes that a command made to keys of its own choice are no transaction of the client's.
  const bool group = pending_.size() > 1 && !spec.Has(kFlagTouchesArbitraryKeys);
  static constexpr std::string_view kMulti[] = {"MULTI"}, kExec[] = {"EXEC"};
  if (group) Emit(pending_.front().db, kMulti);
  for (const Propagation::Command& command : pending_) {
    const std::vector<std::string_view> views(command.words.begin(), command.words.end());
    Emit(command.db, views);
  }
  if (group) Emit(pending_.back().db, kExec);
  pending_.clear();
}

void Dispatcher::Emit(int db, Words words) {
  for (WriteObserver* observer : observers_) observer->OnWrite(db, words);
}

// Comes before the propagation of the command that met the key, since that follows its handler.
void Dispatcher::PropagateDeletion(keyspace::Database& db, std::string_view key, bool lazily) {
  if (observers_.empty()) return;
  const std::string_view words[] = {lazily ? "UNLINK" : "DEL", key};
  if (depth_ == 0) return Emit(db.index(), words);
  pending_.push_back({db.index(), {std::string(words[0]), std::string(key)}});
}

}  // namespace keyway::dispatch
