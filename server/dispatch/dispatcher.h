// Runs requests on the exec thread: prefetch over the turn's batches, then for each request the gates, the handler, and what
// follows from it (statistics, propagation, serving clients that wait for a key).
//
// What is propagated together is a unit: one command, or EXEC with all it ran. A unit of more than one command goes out
// between MULTI and EXEC, once it is complete. Blocked clients are served between units, never inside one.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "server/base/ticks.h"
#include "server/command/context.h"
#include "server/command/services.h"
#include "server/command/watched_keys.h"
#include "server/dispatch/batch.h"
#include "server/dispatch/blocked_clients.h"
#include "server/keyspace/key_observer.h"

namespace keyway::dispatch {

enum class RunOutcome : uint8_t {
  kFinished,   // all requests of the batch are done, or the client is closing
  kSuspended,  // batch.next is to be run again later
  kBlocked,    // the client waits for a key; BlockingHost hears when it goes on behind that request
};

// What the owner of the clients must know about waiting ones.
class BlockingHost {
 public:
  virtual ~BlockingHost() = default;
  // The client waits no more: its reply is in client.output, and the rest of its batch may run. [exec]
  virtual void OnUnblocked(command::Client& client) = 0;
};

class Dispatcher : public command::Executor, private keyspace::KeyObserver {
 public:
  // `services` outlives the dispatcher. [main]
  explicit Dispatcher(command::Services& services);
  ~Dispatcher() override;

  // Without a host nobody is told. [main]
  void set_blocking_host(BlockingHost* host) { blocking_host_ = host; }
  // A client whose unsent output grows beyond this is closed within its batch; 0: no limit. [exec]
  void set_hard_output_limit(command::ClientClass client_class, size_t bytes) {
    hard_output_limits_[static_cast<size_t>(client_class)] = bytes;
  }

  // Takes slowlog-log-slower-than, latency-monitor-threshold and latency-tracking as they are set now. [exec]
  void ApplyInsight();

  // Brings the memory that the first request's key lives in towards the caches. For batches of one request: call for all
  // batches of a turn, stage by stage, before the first Run. Longer ones prefetch for themselves. [exec]
  void PrefetchBucket(const command::Client& client, const Batch& batch) const;
  void PrefetchEntry(const command::Client& client, const Batch& batch) const;

  // Runs requests from batch.next on. [exec]
  RunOutcome Run(command::Client& client, Batch& batch);

  // ClientDirectory::CheckMemory is called behind each command of a client that holds so much unsent output; 0: never. [exec]
  void set_output_notice(size_t bytes) { output_notice_bytes_ = bytes; }

  // One request given as words: tests, the AOF loader, links. The reply goes to client.output. [exec]
  RunOutcome RunWords(command::Client& client, command::Words words);

  // ---- waiting clients
  // Serves clients whose keys changed outside of requests, and those whose time is up. Once a turn. [exec]
  void ServeWaiting();
  // CLIENT UNBLOCK: ends the wait with the time-out reply or an error; false if the client does not wait. [exec]
  bool Unblock(command::Client& client, bool with_error);
  // The client is going away: it waits for nothing and watches nothing any more. [exec]
  void Forget(command::Client& client);
  size_t blocked_clients() const { return blocked_.size(); }
  BlockedClients::KeyCounts blocking_keys() const { return blocked_.CountKeys(); }
  // When ServeWaiting should be called next because of a time-out, Unix time; 0: no need. [exec]
  int64_t next_deadline_ms() const { return blocked_.next_deadline_ms(); }

  // ---- command::Executor
  void Call(command::Client& client, command::Words words, const command::CommandSpec& spec) override;
  command::WatchedKeys& watched_keys() override { return watched_; }
  void AddWriteObserver(command::WriteObserver& observer) override;
  void RemoveWriteObserver(command::WriteObserver& observer) override;

  // Sets the time of the turn, by which the commands judge expiry. It moves on after slow commands by itself. [exec]
  void RefreshTime();
  int64_t now_ms() const { return now_ms_; }

 private:
  void OnExpired(keyspace::Database& db, std::string_view key, bool lazily) override {
    PropagateDeletion(db, key, lazily);
  }
  void OnEvicted(keyspace::Database& db, std::string_view key, bool lazily) override {
    PropagateDeletion(db, key, lazily);
  }
  void PropagateDeletion(keyspace::Database& db, std::string_view key, bool lazily);

  RunOutcome RunBatch(command::Client& client, Batch& batch);
  RunOutcome RunRequest(command::Client& client, command::Words words, const Request& request);
  // Runs the handler and what follows. False: the client is to wait, as context.block() says.
  bool Execute(command::Client& client, const Request& request, command::Context& context);
  bool ExecuteFirst(command::Client& client, command::Words words, const Request& request);
  void ServeReady();
  void ServeKey(const BlockedClients::ReadyKey& ready);
  void Rerun(command::Client& client);
  void EndWait(command::Client& client);
  void Reject(const command::Client& client, const command::CommandSpec* spec);
  void Propagate(int db, command::Words words);
  void EmitPending(const command::CommandSpec& spec);
  void Emit(int db, command::Words words);
  void NoteSlow(const command::Client& client, const command::Context& context, uint64_t spent_ns);
  bool OverHardOutputLimit(const command::Client& client) const;

  command::Services& services_;
  std::vector<command::WriteObserver*> observers_;
  command::WatchedKeys watched_;
  BlockedClients blocked_;
  BlockingHost* blocking_host_ = nullptr;
  bool serving_ = false;  // inside ServeReady
  command::Propagation propagation_;
  std::vector<command::Propagation::Command> pending_;  // of the unit under way
  int depth_ = 0;                                       // commands inside commands
  uint64_t inner_errors_ = 0;                           // error replies that inner commands have counted
  std::array<size_t, 4> hard_output_limits_{};          // by ClientClass
  bool track_latency_ = true;
  uint64_t notable_ns_ = UINT64_MAX;  // a command that ran for so long is one for the slow log or the latency monitor
  size_t output_notice_bytes_ = 0;
  TickClock ticks_;
  uint64_t last_tick_ = 0;  // when the command before ended
  int64_t now_ms_ = 0;
};

}  // namespace keyway::dispatch
