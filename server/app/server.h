// The server: owns every subsystem, ties them together, runs the exec thread's loop.
//
// Order of members is order of construction; what is used by others comes first and is destroyed last.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/app/io_balancer.h"
#include "server/app/io_unit.h"
#include "server/app/listeners.h"
#include "server/app/peer_links.h"
#include "server/app/sessions.h"
#include "server/app/ticket_secrets.h"
#include "server/app/tls_insight.h"
#include "server/app/tls_reloader.h"
#include "server/app/transport_reloader.h"
#include "server/app/transport_stacks.h"
#include "server/base/error.h"
#include "server/command/command_table.h"
#include "server/command/latency_monitor.h"
#include "server/command/services.h"
#include "server/command/slow_log.h"
#include "server/config/config.h"
#include "server/dispatch/dispatcher.h"
#include "server/event/event_loop.h"
#include "server/keyspace/keyspace.h"
#include "server/keyspace/reclaimer.h"
#include "server/net/host.h"
#include "server/persist/snapshots.h"
#include "server/pubsub/channels.h"
#include "server/pubsub/key_events.h"
#include "server/repl/feed.h"
#include "server/stats/rates.h"

namespace keyway::app {

// How the process was started.
struct ProcessNames {
  std::string executable;  // path
  std::string program;     // argv[0]
};

class Server final : public command::ServerControl {
 public:
  // `config` is loaded. The error text is for the log and standard error. [main]
  static Result<std::unique_ptr<Server>> Create(config::Config& config, command::CommandTable commands,
                                                ProcessNames names);
  ~Server() override;

  // Opens the listeners. [main]
  Result<> Listen();
  // Reads the dataset from disk while clients are told to wait. False: the process is to end, with that exit code. [main]
  bool LoadData(int& exit_code);
  // Serves until shutdown. True: the process is to start itself again (DEBUG RESTART). [main]
  bool Run();

  // From a signal handler. [any]
  void RequestShutdown(int signal);
  // Whether it was, and neither failed nor was taken back. [any]
  bool stop_requested() const { return stop_requested_.load(std::memory_order_relaxed); }

  // ---- command::ServerControl
  std::string Info(std::span<const std::string_view> sections) override;
  void ResetStats() override;
  Result<> Shutdown(const command::ShutdownOptions& options) override;
  Result<> Authenticate(command::Client& client, std::string_view user, std::string_view password) override;
  bool AuthenticationRequired() const override;
  void ResetClientAuthentication(command::Client& client) override;
  std::vector<command::TransportRow> Transports() const override;
  Result<std::string> LoadTransport(const command::Client& client, std::string_view name,
                                    std::span<const std::string_view> settings) override;
  Result<> ReloadTransport(const command::Client& client, std::string_view name) override;
  Result<> UnloadTransport(const command::Client& client, std::string_view name) override;
  void PauseCron(bool paused) override { cron_paused_ = paused; }
  void SetActiveExpire(bool on) override { keyspace_.settings().active_expire = on; }
  Result<> Restart(bool crash_and_recover, int64_t delay_ms) override;
  bool Prepared(const command::Client& client, const command::CommandSpec& spec, command::Words words) override;
  bool CommandIsAllowed(const command::Client& client, std::string_view option) const override;

 private:
  Server(config::Config& config, command::CommandTable commands, ProcessNames names);

  Result<> LoadTransports();
  Result<> MayChangeTransports(const command::Client& client, std::string_view subcommand, std::string_view name) const;
  std::vector<std::string> UsersOfTransport(const std::string& id) const;
  bool TlsSettingsPrepared(const command::Client& client, command::Words words);
  void MakeIoUnits();
  void RegisterHooks();
  Result<> ApplyMemory(const config::Settings& old);
  void ApplyIoSettings();
  void ApplyLogSettings();
  Result<> ApplyMaxclients();
  Result<> ApplyTls(const config::Settings& old);
  void UseTicketSecrets();
  void ApplyProcTitle();
  int64_t EffectiveHz() const;
  Sessions::Admission Admit(const net::ConnectionInfo& info) const;
  int64_t BeforeWait();
  void ExpireKeys(keyspace::ExpiryCycle cycle);
  bool EvictSlice();
  void Cron();
  void StartCron();
  bool ServeWhileLoading();
  void OnStopSignal(int signal);
  Result<> AbortShutdown();
  // Saves, if it has to, and lets the loop end. False: the dataset could not be saved, and the server goes on.
  bool StartShutdown(const command::ShutdownOptions& options);
  void Finish();
  void LogReady() const;

  config::Config& config_;
  const Clock& clock_;
  const ProcessNames names_;
  const int64_t started_ms_;
  std::string run_id_;
  std::string replication_id_;
  command::CommandTable commands_;
  command::ServerCounters counters_;
  keyspace::BackgroundReclaimer reclaimer_;
  keyspace::Keyspace keyspace_;
  IoSettings io_settings_;
  const event::Engine io_engine_;
  std::unique_ptr<event::EventLoop> loop_;
  std::shared_ptr<net::Registry> registry_;  // shared with what runs in the background
  TicketSecrets ticket_secrets_;
  TransportStacks stacks_;
  std::vector<std::unique_ptr<IoUnit>> units_;
  Sessions sessions_;
  std::unique_ptr<IoBalancer> io_balancer_;  // with I/O threads only
  command::SlowLog slow_log_;
  command::LatencyMonitor latency_;
  command::Services services_;
  persist::Snapshots snapshots_;
  dispatch::Dispatcher dispatcher_;
  pubsub::Channels channels_;
  pubsub::KeyEvents key_events_;
  repl::Feed feed_;
  PeerLinks peer_links_;
  Listeners listeners_;
  TlsInsight tls_insight_;
  TlsReloader tls_reloader_;
  TransportReloader transport_reloader_;
  bool tls_refused_ = false;  // by ApplyTls, which is called again when the old settings are put back
  stats::Rates rates_;

  std::function<void()> tick_;  // the timer of cron, which sets itself anew
  bool cron_paused_ = false;
  bool stopping_ = false;
  bool restart_ = false;
  std::atomic<int> signal_{0};  // that cron has to look at; 0: none
  std::atomic<bool> stop_requested_{false};
};

}  // namespace keyway::app
