// Runs requests on the exec thread: prefetch over the turn's batches, then for each request the gates, the handler, and what
// follows from it (statistics, propagation).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "server/base/ticks.h"
#include "server/command/context.h"
#include "server/command/services.h"
#include "server/dispatch/batch.h"
#include "server/keyspace/key_observer.h"

namespace keyway::dispatch {

enum class RunOutcome : uint8_t {
  kFinished,   // all requests of the batch are done, or the client is closing
  kSuspended,  // batch.next is to be run again later
};

class Dispatcher : private keyspace::KeyObserver {
 public:
  // `services` outlives the dispatcher. [main]
  explicit Dispatcher(command::Services& services);
  ~Dispatcher() override;

  // Observers are called in the order of addition, and outlive the dispatcher. [main]
  void AddWriteObserver(command::WriteObserver* observer);

  // A client whose unsent output grows beyond this is closed within its batch; 0: no limit. [exec]
  void set_hard_output_limit(command::ClientClass client_class, size_t bytes) {
    hard_output_limits_[static_cast<size_t>(client_class)] = bytes;
  }

  // Brings the memory that the first request's key lives in towards the caches. For batches of one request: call for all
  // batches of a turn, stage by stage, before the first Run. Longer ones prefetch for themselves. [exec]
  void PrefetchBucket(const command::Client& client, const Batch& batch) const;
  void PrefetchEntry(const command::Client& client, const Batch& batch) const;

  // Runs requests from batch.next on. [exec]
  RunOutcome Run(command::Client& client, Batch& batch);

  // One request given as words: tests, the AOF loader, links. The reply goes to client.output. [exec]
  RunOutcome RunWords(command::Client& client, command::Words words);

  // Sets the time of the turn, by which the commands judge expiry. It moves on after slow commands by itself. [exec]
  void RefreshTime();
  int64_t now_ms() const { return now_ms_; }

 private:
  void OnExpired(keyspace::Database& db, std::string_view key, bool lazily) override;

  RunOutcome RunRequest(command::Client& client, command::Words words, const Request& request);
  void Execute(command::Client& client, command::Words words, const Request& request);
  void Reject(const command::Client& client, const command::CommandSpec* spec);
  void PrefetchWindow(const command::Client& client, const Batch& batch, size_t first) const;
  void Propagate(int db, command::Words words);
  void Emit(int db, command::Words words);
  bool OverHardOutputLimit(const command::Client& client) const;

  command::Services& services_;
  std::vector<command::WriteObserver*> observers_;
  command::Propagation propagation_;
  std::array<size_t, 4> hard_output_limits_{};  // by ClientClass
  TickClock ticks_;
  uint64_t last_tick_ = 0;  // when the command before ended
  int64_t now_ms_ = 0;
};

}  // namespace keyway::dispatch
