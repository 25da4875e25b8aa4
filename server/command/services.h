// What commands need of the server around them, as interfaces and plain structures: app implements them, tests bring
// small ones of their own. Nothing here knows a socket or a plug-in.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/latency_histogram.h"
#include "server/command/client.h"
#include "server/command/spec.h"
#include "server/data/limits.h"

namespace keyway {
class Clock;
}
namespace keyway::config {
class Config;
struct Settings;
}  // namespace keyway::config
namespace keyway::keyspace {
class Keyspace;
}

namespace keyway::command {

class CommandTable;
class Persistence;

// Histograms of run times: 2.5 KB for each command that was called.
inline constexpr int kLatencyDigits = 1;
inline constexpr uint64_t kLongestLatencyNs = 1'000'000'000;

// Counters of one command, by CommandSpec::id.
struct CommandStats {
  uint64_t calls = 0, nanoseconds = 0, rejected = 0, failed = 0;
  std::unique_ptr<LatencyHistogram> histogram;  // of its run times; from the first call with latency-tracking on

  void RecordLatency(uint64_t ns) {
    if (!histogram) [[unlikely]]
      histogram = std::make_unique<LatencyHistogram>(kLatencyDigits, kLongestLatencyNs);
    histogram->Record(ns);
  }
};

// Counters that the exec thread keeps; INFO shows them, CONFIG RESETSTAT clears those marked (R).
struct ServerCounters {
  uint64_t commands_processed = 0;    // (R)
  uint64_t connections_received = 0;  // (R)
  uint64_t connections_rejected = 0;  // (R)
  uint64_t net_input_bytes = 0;       // (R)
  uint64_t net_output_bytes = 0;      // (R)
  uint64_t error_replies = 0;         // (R)
  uint64_t unexpected_error_replies = 0;
  uint64_t protocol_errors = 0;
  uint64_t acl_denied_auth = 0;                          // (R)
  uint64_t output_limit_disconnections = 0;              // (R)
  uint64_t query_limit_disconnections = 0;               // (R)
  uint64_t evicted_clients = 0;                          // (R)
  uint64_t batches_received = 0;                         // (R)
  uint64_t replies_sent = 0;                             // (R)
  uint64_t peak_memory = 0;                              // (R)
  uint64_t startup_memory = 0;                           // used memory when the server had started; app sets it once
  std::vector<CommandStats> commands;                    // (R), by spec id
  std::vector<std::pair<std::string, uint64_t>> errors;  // (R), by the error's first word; bounded
  void CountError(std::string_view first_word);
  void Reset();
};

enum class PauseMode : uint8_t { kNone, kWrite, kAll };

// Hears when a client goes. [exec]
class ClientObserver {
 public:
  virtual ~ClientObserver() = default;
  // It is about to leave the directory, and nothing may refer to it afterwards.
  virtual void OnClientGone(Client& client) = 0;
};

// All clients, by id and by address. [exec]
class ClientDirectory {
 public:
  virtual ~ClientDirectory() = default;
  virtual size_t Count() const = 0;
  virtual Client* Find(uint64_t id) = 0;
  virtual void ForEach(const std::function<void(Client&)>& visit) = 0;  // in order of id; the visitor may kill clients
  // The row of CLIENT LIST, without a line end.
  virtual std::string Describe(Client& client) = 0;
  // The connection is closed soon; the client is out of the directory and runs nothing more. With `after_reply`, once its output is sent.
  virtual void Kill(Client& client, bool after_reply) = 0;
  virtual void Pause(PauseMode mode, int64_t until_ms) = 0;  // a longer pause that is under way stays
  virtual void Unpause() = 0;
  virtual PauseMode pause_mode() const = 0;
  // Ends a blocking command with its time-out reply or with an -UNBLOCKED error; false when the client is not blocked so.
  virtual bool Unblock(Client& client, bool with_error) = 0;
  // client.output was written to outside of the client's own commands: it is sent at the end of the turn.
  virtual void FlushSoon(Client& client) = 0;
  // Closes the client if its unsent output is over the limits of its class. Not from inside a walk over clients that a
  // ClientObserver would disturb.
  virtual void CheckOutputLimit(Client& client) = 0;
  // What the client holds in memory, or whether it may be closed for that, has changed by much within a batch
  // (maxmemory-clients). It may be closed by the call.
  virtual void CheckMemory(Client& /*client*/) {}
  // The observer must stay until it is removed. Not from inside a notification.
  virtual void AddObserver(ClientObserver& observer) = 0;
  virtual void RemoveObserver(ClientObserver& observer) = 0;
};

class LatencyMonitor;
class PeerLinks;
class PubSub;
class Replication;
class SlowLog;
class WatchedKeys;
class WriteObserver;

// Runs commands for other commands: EXEC now, scripts later. [exec]
class Executor {
 public:
  virtual ~Executor() = default;
  // Runs a command of the client inside the running one, past all gates. Its reply goes to the client, and what it
  // propagates goes out together with everything else that the outer command propagates.
  virtual void Call(Client& client, Words words, const CommandSpec& spec) = 0;
  virtual WatchedKeys& watched_keys() = 0;
  // Observers are called in the order of addition and must stay until they are removed. Not from inside OnWrite. While there
  // is none, nothing is kept of what commands propagate.
  virtual void AddWriteObserver(WriteObserver& observer) = 0;
  virtual void RemoveWriteObserver(WriteObserver& observer) = 0;
};

struct ShutdownOptions {
  bool save = false, nosave = false, now = false, force = false, abort = false;
};

struct TransportRow {  // TRANSPORT LIST and INFO
  std::string name, version, build, roles, path, abi;
  uint64_t generation = 0, connections = 0, contexts = 0;
  bool active = false;    // a listener or a link of the present configuration uses it
  bool draining = false;  // a newer copy has taken over, and it serves what it has
  std::vector<std::pair<std::string, std::string>> options;  // name, help
  std::vector<std::pair<std::string, std::string>> extra;
};

// The server as commands see it. Where a function fails, the Error's text is the whole error reply with its code in front
// ("ERR …", "WRONGPASS …"). [exec]
class ServerControl {
 public:
  virtual ~ServerControl() = default;
  // Text of INFO for those sections (lower-case; none: the default ones).
  virtual std::string Info(std::span<const std::string_view> sections) = 0;
  virtual void ResetStats() = 0;
  // An error to answer with, or nothing: then the server stops soon (and no reply is due), or an abort was done (reply OK).
  virtual Result<> Shutdown(const ShutdownOptions& options) = 0;
  virtual Result<> Authenticate(Client& client, std::string_view user, std::string_view password) = 0;
  virtual bool AuthenticationRequired() const = 0;             // of new clients
  virtual void ResetClientAuthentication(Client& client) = 0;  // RESET
  virtual std::vector<TransportRow> Transports() const = 0;
  // enable-transport-command and bare names were not checked yet: this does. Loads on the exec thread.
  virtual Result<std::string> LoadTransport(const Client& client, std::string_view name,
                                            std::span<const std::string_view> settings) = 0;
  // The same for these. RELOAD has its work done beforehand where it can (Prepared).
  virtual Result<> ReloadTransport(const Client& client, std::string_view name) = 0;
  virtual Result<> UnloadTransport(const Client& client, std::string_view name) = 0;
  // DEBUG's reach into the server.
  virtual void PauseCron(bool paused) = 0;
  virtual void SetActiveExpire(bool on) = 0;
  virtual Result<> Restart(bool crash_and_recover, int64_t delay_ms) = 0;
  // Whether all that the command will need is ready. False: it is being made ready in the background; the client waits, and is asked for
  // again in every turn. For commands with kFlagPrepared, outside of transactions and scripts.
  virtual bool Prepared(const Client& /*client*/, const CommandSpec& /*spec*/, Words /*words*/) { return true; }
  virtual bool CommandIsAllowed(const Client& client,
                                std::string_view option) const = 0;  // enable-debug-command: no|local|yes
};

// Everything together; handed out by reference, lives as long as the server.
struct Services {
  const Clock& clock;
  config::Config& config;
  keyspace::Keyspace& keyspace;
  const CommandTable& commands;
  ClientDirectory& clients;
  ServerControl& server;
  ServerCounters& counters;
  bool compat_70 = false;  // redis-compat 7.0
  // These enter themselves when they are made; tests may leave the others out.
  Executor* executor = nullptr;  // the dispatcher
  Replication* replication = nullptr;
  PeerLinks* peer_links = nullptr;
  Persistence* persistence = nullptr;  // snapshots; null in tests that need none
  PubSub* pubsub = nullptr;
  SlowLog* slow_log = nullptr;
  LatencyMonitor* latency = nullptr;
};

// The limits of compact encodings that the settings ask for now. [exec]
data::EncodingLimits EncodingLimitsOf(const Services& services);
// Hands on what the settings say about expiry, eviction, access clocks and freeing. [exec]
void ApplyKeyspaceSettings(const config::Settings& from, keyspace::Keyspace& to);

// Hears of every change of the keyspace that has to reach the AOF and the replicas, in order, after the command that made
// it: one call a propagated command, with MULTI and EXEC around a group. [exec]
class WriteObserver {
 public:
  virtual ~WriteObserver() = default;
  virtual void OnWrite(int db, Words words) = 0;
};

}  // namespace keyway::command
