// All clients of the server: from accepted connections to freed sessions, and the exec thread's work for them in each turn.
//
// A turn (RunTurn, from the loop's before_wait hook): take what I/O threads sent → run ready batches → the caller flushes the
// AOF → FlushReplies. Everything [exec].
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "server/app/client_memory.h"
#include "server/app/io_scaler.h"
#include "server/app/io_unit.h"
#include "server/app/session.h"
#include "server/command/services.h"
#include "server/config/settings.h"
#include "server/dispatch/dispatcher.h"
#include "server/net/host.h"
#include "server/stats/info.h"

namespace keyway::app {

class Sessions final : public command::ClientDirectory, public ExecInbox, private dispatch::BlockingHost {
 public:
  // What the server decides about a new client.
  struct Admission {
    bool authenticated = true;  // no password is asked for
    std::string_view refusal;   // static text, a whole line with its end: the client gets it and is closed
  };
  using AdmitFn = std::function<Admission(const net::ConnectionInfo& info)>;

  Sessions(const config::Settings& settings, command::ServerCounters& counters, const Clock& clock);
  ~Sessions() override;

  // Before any connection: the dispatcher, which needs the services that need this directory. [main]
  void Start(dispatch::Dispatcher& dispatcher, keyspace::Keyspace& keyspace,
             std::vector<std::unique_ptr<IoUnit>>& units, AdmitFn admit);

  // From a listener.
  void Accept(std::unique_ptr<net::AcceptedSocket> socket);
  // One turn; true if anything was done.
  bool RunTurn();
  void FlushReplies();
  // Closes every client, with a short time for unsent replies, and waits until all are gone (bounded).
  void CloseAll();
  size_t open_or_opening() const { return total_; }
  // Those that wait for a key, and those that CLIENT PAUSE holds.
  size_t blocked() const { return suspended_.size() + dispatcher_->blocked_clients(); }

  // The units that new connections go to, from place `first` to `last`.
  void SetHosts(size_t first, size_t last) { first_host_ = first, last_host_ = last; }
  // Asks clients of one unit that did something lately to go to another; they go when they are at rest.
  void MoveSome(const IoScaler::Move& move);
  // Time-outs, soft output limits: a slice of the clients each call.
  void Cron();
  // Connections whose certificates are revoked by stacks that took the place of theirs are closed, each by its thread.
  void Recheck(net::NewerStacks newer);
  // Output limits or the like changed.
  void ApplySettings();
  // maxmemory-clients, or maxmemory, of which it may be a share, changed. Clients that are too many are closed by the next turn.
  void ApplyClientMemory();

  // ---- ClientDirectory
  size_t Count() const override { return by_id_.size(); }
  command::Client* Find(uint64_t id) override;
  void ForEach(const std::function<void(command::Client&)>& visit) override;
  std::string Describe(command::Client& client) override;
  void Kill(command::Client& client, bool after_reply) override;
  void Pause(command::PauseMode mode, int64_t until_ms) override;
  void Unpause() override;
  command::PauseMode pause_mode() const override { return pause_mode_; }
  bool Unblock(command::Client& client, bool with_error) override;
  void FlushSoon(command::Client& client) override { QueueFlush(SessionOf(client)); }
  void CheckOutputLimit(command::Client& client) override { CheckLimitOf(SessionOf(client)); }
  void CheckMemory(command::Client& client) override;
  void AddObserver(command::ClientObserver& observer) override { observers_.push_back(&observer); }
  void RemoveObserver(command::ClientObserver& observer) override { std::erase(observers_, &observer); }

  // What became of the connections to ports that speak TLS. `opening`: now, all that are not open yet.
  stats::HandshakeCounts handshakes() const;
  void ResetHandshakes() { handshakes_ = {}; }

  bool has_ready() const { return !ready_.empty(); }
  // Of all replicas, or of all others. Looks at each of them.
  size_t MemoryBytes(bool of_replicas) const;
  // What waits to be sent to replicas.
  size_t ReplicaOutput() const { return client_memory_.replica_output(); }
  size_t LargestInput() const;
  size_t LargestOutput() const;

 private:
  // What a client takes, in bytes.
  struct MemoryUse {
    size_t query = 0;       // received and not executed, the running command included
    size_t query_room = 0;  // the rest of the memory for that
    size_t output = 0;
    size_t queued = 0;   // by MULTI
    size_t watched = 0;  // by WATCH
    size_t subscriptions = 0;
    size_t total = 0;  // with everything else
  };
  static MemoryUse MemoryOf(const Session& session);

  void OnMessage(const ToExec& message) override;
  void OnUnblocked(command::Client& client) override;
  void OnOpened(Session& session, const OpenedNote& note);
  void OnClosed(Session& session, const ClosedNote& note);
  void PrefetchReady() const;
  void RunSession(Session& session);
  void Suspend(Session& session, dispatch::RunOutcome outcome);
  void FinishBatch(Session& session);
  void Flush(Session& session);
  void QueueFlush(Session& session);
  void CheckLimitOf(Session& session);
  void CheckTimeout(Session& session);
  // Counts what the session takes now; `in_transit_bytes` of output are on the way to its I/O side.
  void Account(Session& session, size_t in_transit_bytes = 0);
  // Closes the largest clients while all together take more than maxmemory-clients. True if any was closed.
  bool EvictClients();
  void Unlist(Session& session);
  // Nothing waits for it, watches for it, or feeds it any more.
  void Forget(command::Client& client);
  void LogTrouble(std::string text);
  void RunUntilGone(int64_t wait_us);
  void FreeClosed();
  void Free(Session& session);
  bool LeavePausedIfDue();
  std::string_view Keep(std::string_view text);
  void SendToIo(Session& session, const ToIo& message);
  void AskToMove(Session& session, IoUnit& target);
  void StartMove(Session& session);
  void EndMove(Session& session, bool moved);
  IoUnit& NextUnit(const IoUnit& unit) const;
  IoUnit& PickUnit(const net::AcceptedSocket& socket);
  static Session& SessionOf(command::Client& client);

  const config::Settings& settings_;
  command::ServerCounters& counters_;
  const Clock& clock_;
  dispatch::Dispatcher* dispatcher_ = nullptr;
  keyspace::Keyspace* keyspace_ = nullptr;
  std::vector<std::unique_ptr<IoUnit>>* units_ = nullptr;
  AdmitFn admit_;
  size_t first_host_ = 0, last_host_ = 0;

  uint64_t next_id_ = 1;
  size_t total_ = 0;  // sessions not yet freed
  std::unordered_map<uint64_t, Session*> by_id_;
  std::vector<command::ClientObserver*> observers_;
  std::set<std::string, std::less<>> texts_;  // names of transports, protocols and ciphers that clients refer to
  std::unordered_set<Session*> unlisted_;     // opening, or on their way out
  Session* first_ = nullptr;
  Session* last_ = nullptr;
  Session* cron_next_ = nullptr;  // where Cron goes on
  std::vector<Session*> ready_;
  std::vector<Session*> running_;  // RunTurn's working list
  std::vector<Session*> to_flush_;
  std::vector<Session*> suspended_;
  std::vector<Session*> closed_;  // their I/O side is over; freed between turns
  stats::HandshakeCounts handshakes_;
  Session* current_ = nullptr;
  ClientMemory client_memory_;
  uint64_t client_memory_limit_ = 0;     // bytes; 0: none
  bool client_memory_exceeded_ = false;  // and nobody is left to be closed; said once

  int trouble_left_ = 0;  // lines that LogTrouble may still write in this second
  int64_t trouble_second_ = 0;
  uint64_t trouble_dropped_ = 0;

  command::PauseMode pause_mode_ = command::PauseMode::kNone;
  int64_t pause_until_ms_ = 0;
};

}  // namespace keyway::app
