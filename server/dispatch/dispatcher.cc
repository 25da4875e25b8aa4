#include "server/dispatch/dispatcher.h"

#include <algorithm>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/dispatch/gates.h"

namespace keyway::dispatch {

using namespace command;

namespace {

constexpr size_t kPrefetchWindow = 16;
constexpr uint64_t kSlowCommandNs = 1'000'000;

std::string_view FirstWord(std::string_view text) { return text.substr(0, text.find(' ')); }

}  // namespace

Dispatcher::Dispatcher(Services& services) : services_(services) {
  services_.counters.commands.resize(services_.commands.size());
  services_.keyspace.AddObserver(*this);
  RefreshTime();
}

Dispatcher::~Dispatcher() { services_.keyspace.RemoveObserver(*this); }

void Dispatcher::AddWriteObserver(WriteObserver* observer) {
  observers_.push_back(observer);
  propagation_.wanted = true;
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

void Dispatcher::PrefetchWindow(const Client& client, const Batch& batch, size_t first) const {
  size_t end = std::min(first + kPrefetchWindow, batch.requests.size());
  const keyspace::Database& db = services_.keyspace.db(client.db);
  for (size_t i = first; i < end; ++i) {
    const Request& request = batch.requests[i];
    if (request.key_position != 0) db.PrefetchBucket(keyspace::HashedKey({}, request.key_hash));
  }
  for (size_t i = first; i < end; ++i) {
    const Request& request = batch.requests[i];
    if (request.key_position != 0) db.PrefetchEntry(keyspace::HashedKey({}, request.key_hash));
  }
}

RunOutcome Dispatcher::Run(Client& client, Batch& batch) {
  last_tick_ = ticks_.Now();
  const bool prefetch = batch.requests.size() > 1;
  const size_t first = batch.next;
  while (batch.next < batch.requests.size()) {
    if (client.Has(kClientCloseAsap | kClientCloseAfterReply)) {
      batch.next = batch.requests.size();
      break;
    }
    if (prefetch && (batch.next - first) % kPrefetchWindow == 0) PrefetchWindow(client, batch, batch.next);
    const Request& request = batch.requests[batch.next];
    if (RunRequest(client, batch.WordsOf(request), request) == RunOutcome::kSuspended) return RunOutcome::kSuspended;
    ++batch.next;
    if (OverHardOutputLimit(client)) {
      LogWarning("Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
                 services_.clients.Describe(client));
      ++services_.counters.output_limit_disconnections;
      services_.clients.Kill(client, false);
    }
  }
  return RunOutcome::kFinished;
}

RunOutcome Dispatcher::RunWords(Client& client, Words words) {
  last_tick_ = ticks_.Now();
  Request request{};
  request.spec = services_.commands.Lookup(words);
  return RunRequest(client, words, request);
}

bool Dispatcher::OverHardOutputLimit(const Client& client) const {
  size_t limit = hard_output_limits_[static_cast<size_t>(client.client_class())];
  return limit != 0 && client.output.memory_bytes() > limit;
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
  if (result == GateResult::kPass) {
    Execute(client, words, request);
  } else if (result == GateResult::kRejected) {
    Reject(client, request.spec);
  }
  if (client.Has(kClientReplySkip | kClientReplySkipNext)) [[unlikely]] {
    bool next = client.Has(kClientReplySkipNext);
    client.flags &= ~(kClientReplySkip | kClientReplySkipNext);
    if (next) client.flags |= kClientReplySkip;
  }
  return RunOutcome::kFinished;
}

void Dispatcher::Execute(Client& client, Words words, const Request& request) {
  keyspace::Keyspace& keyspace = services_.keyspace;
  const CommandSpec& spec = *request.spec;
  const int db = client.db;
  const int64_t dirty = keyspace.dirty();
  const uint64_t errors = client.reply.errors();
  client.last_command = &spec;
  const bool touching = keyspace.touching();
  if (client.Has(kClientNoTouch)) keyspace.set_touching(false);

  Context context(services_, client, propagation_);
  context.Begin(words, spec, keyspace.db(db), request.key_position, request.key_hash, now_ms_);
  spec.handler(context);

  keyspace.set_touching(touching);
  uint64_t tick = ticks_.Now();
  uint64_t spent_ns = ticks_.ToNanoseconds(tick - last_tick_);
  last_tick_ = tick;
  ServerCounters& counters = services_.counters;
  CommandStats& stats = counters.commands[spec.id];
  ++stats.calls;
  stats.nanoseconds += spent_ns;
  ++counters.commands_processed;
  ++client.total_commands;
  if (client.reply.errors() != errors) [[unlikely]] {
    ++stats.failed;
    counters.CountError(FirstWord(client.reply.last_error()));
  }
  if (spent_ns > kSlowCommandNs) [[unlikely]]
    RefreshTime();
  if (propagation_.wanted && (keyspace.dirty() != dirty || propagation_.forced)) Propagate(db, words);
  if (propagation_.mode != Propagation::Mode::kVerbatim || propagation_.forced) propagation_.Clear();
}

void Dispatcher::Propagate(int db, Words words) {
  switch (propagation_.mode) {
    case Propagation::Mode::kNothing:
      return;
    case Propagation::Mode::kVerbatim:
      return Emit(db, words);
    case Propagation::Mode::kReplaced:
      break;
  }
  const bool group = propagation_.commands.size() > 1;
  static constexpr std::string_view kMulti[] = {"MULTI"}, kExec[] = {"EXEC"};
  if (group) Emit(propagation_.commands.front().db, kMulti);
  for (const Propagation::Command& command : propagation_.commands) {
    std::vector<std::string_view> views(command.words.begin(), command.words.end());
    Emit(command.db, views);
  }
  if (group) Emit(propagation_.commands.back().db, kExec);
}

void Dispatcher::Emit(int db, Words words) {
  for (WriteObserver* observer : observers_) observer->OnWrite(db, words);
}

// Comes before the propagation of the command that met the key, since that follows its handler.
void Dispatcher::OnExpired(keyspace::Database& db, std::string_view key, bool lazily) {
  if (observers_.empty()) return;
  std::string_view words[] = {lazily ? "UNLINK" : "DEL", key};
  Emit(db.index(), words);
}

}  // namespace keyway::dispatch
