#include "server/app/server.h"

#include <fmt/core.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "server/app/proc_title.h"
#include "server/base/chunk_pool.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/memory.h"
#include "server/base/secret.h"
#include "server/command/eviction.h"
#include "server/net/io_thread.h"
#include "server/net/loop_state.h"
#include "server/stats/info.h"

namespace keyway::app {

using command::Client;
using config::ApplyGroup;
using config::Settings;

namespace {

constexpr size_t kWarmChunks = 64;
constexpr int64_t kMaxAutoThreads = 16;
constexpr int64_t kMaxSpinUs = 10;
constexpr size_t kMaxClientsPerCron = 200;
constexpr int64_t kMaxHz = 500;
constexpr int64_t kPausedPollUs = 10'000;  // how exactly the end of CLIENT PAUSE is met
// A deadline may be ages away; the loop looks again after this time at the latest.
constexpr int64_t kMaxWaitMs = 3'600'000;
// Descriptors that the server needs beside its clients': logs, files of persistence, listeners, loops.
constexpr int64_t kReservedDescriptors = 32;

std::vector<std::string> TransportDirs(const Settings& settings) {
  if (!settings.transport_dir.empty()) return {settings.transport_dir};
  return net::DefaultTransportDirs();
}

// That this process may run on.
int64_t UsableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

// Says so once when io_uring is asked for in vain; without being asked for, it is taken where it is there.
event::Engine ChooseEngine(const Settings& settings) {
  if (settings.io_engine == config::IoEngine::kEpoll) return event::Engine::kEpoll;
  const std::string obstacle = event::EventLoop::WhyNot(event::Engine::kUring);
  if (obstacle.empty()) return event::Engine::kUring;
  if (settings.io_engine == config::IoEngine::kIoUring) {
    LogWarning("io-engine io_uring: {}; going on with epoll", obstacle);
  }
  return event::Engine::kEpoll;
}

keyspace::KeyspaceSettings InitialKeyspaceSettings(const Settings& settings) {
  keyspace::KeyspaceSettings out;
  out.databases = static_cast<int>(settings.databases);
  return out;
}

}  // namespace

Server::Server(config::Config& config, command::CommandTable commands, ProcessNames names)
    : config_(config),
      clock_(SystemClock()),
      names_(std::move(names)),
      started_ms_(clock_.WallMs()),
      commands_(std::move(commands)),
      keyspace_(InitialKeyspaceSettings(config.settings()), clock_, reclaimer_),
      io_engine_(ChooseEngine(config.settings())),
      loop_(event::EventLoop::Create(clock_, io_engine_)),
      registry_(net::Registry::Create({TransportDirs(config.settings()), config.settings().transport_cache_dir})),
      ticket_secrets_(clock_.MonotonicMs()),
      stacks_(config.settings(), *registry_),
      sessions_(config.settings(), counters_, clock_),
      latency_(config, clock_),
      services_{clock_,    config_, keyspace_, commands_,
                sessions_, *this,   counters_, config.settings().redis_compat == config::Compat::k70},
      snapshots_(services_),
      dispatcher_(services_),
      channels_(services_),
      key_events_(keyspace_, channels_),
      feed_(services_, snapshots_),
      peer_links_(config, stacks_, clock_),
      listeners_(config.settings(), stacks_, *loop_,
                 [this](std::unique_ptr<net::AcceptedSocket> socket) { sessions_.Accept(std::move(socket)); }),
      tls_insight_(listeners_, peer_links_),
      tls_reloader_(config.settings(), registry_, listeners_, *loop_, clock_,
                    [this] {
                      transport_reloader_.Forget();
                      tls_insight_.WarnOfSlowLibraries();
                    }),
      transport_reloader_(config.settings(), registry_, listeners_, peer_links_, *loop_, clock_) {
  keyspace_.set_growth_gate([this](size_t more_bytes) { return !keyspace_.eviction().WouldExceed(more_bytes); });
  keyspace_.eviction().set_uncounted([this] { return sessions_.ReplicaOutput() + feed_.kept_bytes(); });
  listeners_.set_on_taken([this](net::NewerStacks newer) {
    sessions_.Recheck(std::move(newer));
    peer_links_.Close();
    // They may have been made with those of a moment ago.
    listeners_.UseTicketSecrets(ticket_secrets_.text());
  });
  registry_->SetTicketSecrets(ticket_secrets_.text());
  run_id_ = RandomHex(40);
  replication_id_ = RandomHex(40);
  services_.persistence = &snapshots_;
  services_.peer_links = &peer_links_;
  services_.slow_log = &slow_log_;
  services_.latency = &latency_;
  dispatcher_.ApplyInsight();
  snapshots_.child().set_prepare([](std::string_view title) { SetProcTitle(title); });
}

Result<std::unique_ptr<Server>> Server::Create(config::Config& config, command::CommandTable commands,
                                               ProcessNames names) {
  std::unique_ptr<Server> server(new Server(config, std::move(commands), std::move(names)));
  if (auto done = server->ApplyMaxclients(); !done) LogWarning("{}", done.error().text());
  WarmChunkPool(kWarmChunks);
  server->MakeIoUnits();
  server->sessions_.Start(server->dispatcher_, server->keyspace_, server->units_,
                          [raw = server.get()](const net::ConnectionInfo& info) { return raw->Admit(info); });
  command::ApplyKeyspaceSettings(config.settings(), server->keyspace_);
  server->ApplyIoSettings();
  server->key_events_.Configure(config.settings().notify_keyspace_events);
  server->RegisterHooks();
  if (auto done = server->LoadTransports(); !done) return std::unexpected(done.error());
  return server;
}

Server::~Server() {
  listeners_.CloseAll();
  units_.clear();
}

void Server::MakeIoUnits() {
  units_.push_back(std::make_unique<IoUnit>(*loop_, sessions_, commands_, io_settings_));
  const int64_t processors = UsableProcessors();
  const bool automatic = config_.settings().io_threads == 0;
  const int64_t threads = automatic ? std::min(processors, kMaxAutoThreads) : config_.settings().io_threads;
  if (threads == 1) return;
  const int64_t spin_us = processors > 1 ? kMaxSpinUs : 0;
  loop_->set_max_spin_us(spin_us);
  for (int64_t i = 1; i < threads; ++i) {
    auto thread = std::make_unique<net::IoThread>(fmt::format("io-{}", i), clock_, io_engine_);
    thread->loop().set_max_spin_us(spin_us);
    units_.push_back(std::make_unique<IoUnit>(std::move(thread), *loop_, sessions_, commands_, io_settings_));
    units_.back()->StartThread();
  }
  io_balancer_ = std::make_unique<IoBalancer>(units_, sessions_, clock_, automatic);
}

Result<> Server::LoadTransports() {
  for (const config::LoadTransportSpec& spec : config_.settings().loadtransport) {
    auto loaded = registry_->Load(spec.name);
    if (!loaded) return std::unexpected(loaded.error().Within("loadtransport " + spec.name));
  }
  return stacks_.CheckOwnSettings();
}

Result<> Server::Listen() {
  if (auto done = listeners_.Open(); !done) return done;
  tls_insight_.WarnOfSlowLibraries();
  counters_.startup_memory = UsedMemory();
  ApplyProcTitle();
  if (config_.settings().appendonly) {
    LogWarning("Warning: this version keeps no append-only file; 'appendonly' has no effect.");
  }
  return {};
}

void Server::LogReady() const {
  const bool old_words = services_.compat_70;
  if (old_words) return LogNotice("Ready to accept connections");
  for (const std::string& stack : listeners_.StacksInUse()) LogNotice("Ready to accept connections {}", stack);
}

// ---- settings ----

void Server::RegisterHooks() {
  auto on = [this](ApplyGroup group, auto action) {
    config_.OnApply(group, [action](const Settings&) -> Result<> { return action(); });
  };
  on(ApplyGroup::kDirectory, [this]() -> Result<> {
    if (chdir(config_.settings().dir.c_str()) != 0)
      return FailErrno("Can't chdir to '" + config_.settings().dir + "'", errno);
    return {};
  });
  on(ApplyGroup::kLog, [this]() -> Result<> { return ApplyLogSettings(), Result<>(); });
  on(ApplyGroup::kProcess, [this]() -> Result<> { return ApplyProcTitle(), Result<>(); });
  on(ApplyGroup::kHz,
     [this]() -> Result<> { return command::ApplyKeyspaceSettings(config_.settings(), keyspace_), Result<>(); });
  config_.OnApply(ApplyGroup::kMemory, [this](const Settings& old) { return ApplyMemory(old); });
  on(ApplyGroup::kClientMemory, [this]() -> Result<> { return ApplyIoSettings(), Result<>(); });
  on(ApplyGroup::kInsight, [this]() -> Result<> { return dispatcher_.ApplyInsight(), Result<>(); });
  on(ApplyGroup::kKeyEvents,
     [this]() -> Result<> { return key_events_.Configure(config_.settings().notify_keyspace_events), Result<>(); });
  auto tls_in_use = [this](Result<> done) {
    tls_reloader_.Forget();
    transport_reloader_.Forget();
    if (done) tls_insight_.WarnOfSlowLibraries();
    return done;
  };
  config_.OnApply(ApplyGroup::kTls, [this, tls_in_use](const Settings& old) -> Result<> {
    // Nothing was taken of what is put back now.
    if (std::exchange(tls_refused_, false)) return {};
    auto done = tls_in_use(ApplyTls(old));
    tls_refused_ = !done;
    return done;
  });
  on(ApplyGroup::kTransports, [this, tls_in_use]() -> Result<> {
    if (auto known = stacks_.CheckOwnSettings(); !known) return known;
    return tls_in_use(listeners_.ApplyTls(tls_reloader_.TakePrepared(config_.settings())));
  });
  on(ApplyGroup::kPort, [this] { return listeners_.ApplyPort(); });
  on(ApplyGroup::kTlsPort, [this, tls_in_use] { return tls_in_use(listeners_.ApplyTlsPort()); });
  on(ApplyGroup::kConnections, [this]() -> Result<> {
    ApplyIoSettings();
    listeners_.ApplyAccepts();
    return {};
  });
  on(ApplyGroup::kProtocol, [this]() -> Result<> { return ApplyIoSettings(), Result<>(); });
  on(ApplyGroup::kMaxclients, [this] { return ApplyMaxclients(); });
  config_.OnApply(ApplyGroup::kListeners, [this, tls_in_use](const Settings& old) -> Result<> {
    const Settings& now = config_.settings();
    if (now.bind != old.bind) {
      if (auto done = tls_in_use(listeners_.ApplyBind()); !done) return done;
    }
    if (now.listen != old.listen) return tls_in_use(listeners_.ApplyListen());
    return {};
  });
}

void Server::UseTicketSecrets() {
  registry_->SetTicketSecrets(ticket_secrets_.text());
  listeners_.UseTicketSecrets(ticket_secrets_.text());
  transport_reloader_.Forget();
}

Result<> Server::ApplyTls(const Settings& old) {
  auto failed = [](const Error& error) { return Fail("Unable to update TLS configuration. " + error.text()); };
  if (config_.settings().tls_backend != old.tls_backend) {
    // Also when nothing listens with TLS now: a backend that is not there must not be found out about later.
    if (auto checked = stacks_.CheckTlsBackend(); !checked) return failed(checked.error());
  }
  if (auto known = stacks_.CheckOwnSettings(); !known) return failed(known.error());
  return listeners_.ApplyTls(tls_reloader_.TakePrepared(config_.settings()));
}

Result<> Server::ApplyMemory(const Settings& old) {
  const Settings& now = config_.settings();
  command::ApplyKeyspaceSettings(now, keyspace_);
  sessions_.ApplyClientMemory();
  if (now.maxmemory == old.maxmemory || now.maxmemory == 0) return {};
  const size_t used = UsedMemory(), uncounted = keyspace_.eviction().UncountedBytes();
  if (now.maxmemory + uncounted < used) {
    LogWarning(
        "WARNING: the new maxmemory value set via CONFIG SET ({}) is smaller than the current memory usage ({}). This "
        "will "
        "result in key eviction and/or the inability to accept new write commands depending on the maxmemory-policy.",
        now.maxmemory, used - uncounted);
  }
  keyspace_.eviction().set_unfinished();
  return {};
}

void Server::ApplyIoSettings() {
  const Settings& from = config_.settings();
  io_settings_.max_bulk_bytes.store(static_cast<uint64_t>(from.proto_max_bulk_len), std::memory_order_relaxed);
  io_settings_.query_buffer_limit.store(from.client_query_buffer_limit, std::memory_order_relaxed);
  io_settings_.handshake_timeout_ms.store(from.tls_handshake_timeout, std::memory_order_relaxed);
  io_settings_.keepalive_seconds.store(static_cast<int>(from.tcp_keepalive), std::memory_order_relaxed);
  io_settings_.tell_growth.store(from.maxmemory_clients != 0, std::memory_order_relaxed);
  io_settings_.silence_timeout_ms.store(from.timeout * 1000, std::memory_order_relaxed);
  // Connections go to the I/O threads, if there are any, in equal parts.
  const size_t sharers = std::max<size_t>(units_.size() - 1, 1);
  const size_t concurrency = (static_cast<size_t>(from.tls_handshake_concurrency) + sharers - 1) / sharers;
  for (auto& unit : units_) {
    unit->loop().Post([&loop = unit->loop(), concurrency] {
      net::LoopState::Of(loop).handshakes.set_limits({.max_open = concurrency});
    });
  }
  sessions_.ApplySettings();
  sessions_.ApplyClientMemory();
}

void Server::ApplyLogSettings() {
  LogSettings log = CurrentLogSettings();
  log.level = static_cast<LogLevel>(config_.settings().loglevel);
  ConfigureLog(std::move(log));
}

void Server::ApplyProcTitle() {
  if (config_.settings().set_proc_title) SetProcTitle(RenderProcTitle(config_, names_.program, ""));
}

// With dynamic-hz, cron runs more often when there are many clients to look after.
int64_t Server::EffectiveHz() const {
  int64_t hz = std::max<int64_t>(config_.settings().hz, 1);
  if (!config_.settings().dynamic_hz) return hz;
  while (sessions_.Count() / static_cast<size_t>(hz) > kMaxClientsPerCron && hz * 2 <= kMaxHz) hz *= 2;
  return hz;
}

// As many clients as the limit on descriptors allows. Lowers the option when the limit cannot be raised.
Result<> Server::ApplyMaxclients() {
  const auto wanted = static_cast<rlim_t>(config_.settings().maxclients + kReservedDescriptors);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return FailErrno("getrlimit", errno);
  if (limit.rlim_cur >= wanted) return {};
  rlimit raised{std::min(wanted, limit.rlim_max), limit.rlim_max};
  if (limit.rlim_max < wanted && geteuid() == 0) raised = {wanted, wanted};
  if (setrlimit(RLIMIT_NOFILE, &raised) != 0) {
    raised = {limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) != 0) raised = limit;
  }
  if (raised.rlim_cur >= wanted) return {};
  const auto possible = static_cast<int64_t>(raised.rlim_cur) - kReservedDescriptors;
  if (dispatcher_.now_ms() > 0 && !units_.empty()) {
    return Fail(fmt::format("The operating system is not able to handle the specified number of clients, try with {}",
                            possible));
  }
  if (possible <= 0) return Fail("The limit on open files is too low to serve any client");
  config_.MutableSettings().maxclients = possible;
  return Fail(fmt::format("The limit on open files allows {} clients only; maxclients is lowered to that", possible));
}

// ---- clients ----

bool Server::AuthenticationRequired() const { return !config_.settings().requirepass.empty(); }

Sessions::Admission Server::Admit(const net::ConnectionInfo& info) const {
  Sessions::Admission admission;
  admission.authenticated = !AuthenticationRequired();
  if (config_.settings().protected_mode && admission.authenticated && !info.peer_is_local) {
    admission.refusal =
        "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the "
        "default user. Only connections over the loopback interface are accepted in this mode. To accept others: turn "
        "it "
        "off by 'CONFIG SET protected-mode no' from the loopback interface (and do not expose the server to the "
        "internet), or set protected-mode to 'no' in the configuration file and restart, or set a password for the "
        "default user.\r\n";
  }
  return admission;
}

Result<> Server::Authenticate(Client& client, std::string_view user, std::string_view password) {
  const std::string& required = config_.settings().requirepass;
  if (user != "default" || (!required.empty() && !EqualInConstantTime(password, required))) {
    ++counters_.acl_denied_auth;
    return Fail("WRONGPASS invalid username-password pair or user is disabled.");
  }
  client.authenticated = true;
  client.user = "default";
  return {};
}

void Server::ResetClientAuthentication(Client& client) {
  client.user = "default";
  client.authenticated = !AuthenticationRequired();
}

bool Server::CommandIsAllowed(const Client& client, std::string_view option) const {
  auto value = config_.GetValue(option);
  if (!value || *value == "no") return false;
  return *value == "yes" || client.Has(command::kClientLocal | command::kClientNoLoop);
}

// ---- statistics ----

std::string Server::Info(std::span<const std::string_view> sections) {
  stats::InfoInput input{services_, rates_};
  input.used_memory = UsedMemory();
  input.run_id = run_id_;
  input.replication_id = replication_id_;
  input.client_memory = sessions_.MemoryBytes(false);
  input.replica_memory = sessions_.MemoryBytes(true);
  input.executable = names_.executable;
  input.config_file = config_.file();
  input.event_engine = loop_->engine();
  input.listeners = listeners_.Describe();
  input.transports = Transports();
  input.handshakes = sessions_.handshakes();
  input.tls_reload = tls_reloader_.counts();
  input.transport_reload = transport_reloader_.counts();
  input.certificates = [this] { return tls_insight_.Certificates(); };
  input.started_ms = started_ms_;
  input.now_ms = dispatcher_.now_ms();
  input.connected_clients = sessions_.Count();
  input.blocked_clients = sessions_.blocked();
  input.blocking_keys = dispatcher_.blocking_keys().all;
  input.blocking_keys_on_removal = dispatcher_.blocking_keys().on_removal;
  input.largest_input = sessions_.LargestInput();
  input.largest_output = sessions_.LargestOutput();
  input.hz = EffectiveHz();
  if (io_balancer_ != nullptr) {
    input.io_threads_active = io_balancer_->active() > 0 ? 1 : 0;
    input.threads = io_balancer_->Describe();
  }
  return stats::RenderInfo(input, sections);
}

void Server::ResetStats() {
  counters_.Reset();
  sessions_.ResetHandshakes();
  tls_reloader_.ResetCounts();
  transport_reloader_.ResetCounts();
  keyspace_.stats() = {};
  reclaimer_.ResetFreedObjects();
}

// ---- the loop ----

int64_t Server::BeforeWait() {
  dispatcher_.RefreshTime();
  // A child shares all pages with this process: reading a key must not write to its page.
  keyspace_.set_touching(!snapshots_.child_in_progress());
  const bool evicts = EvictSlice();
  sessions_.RunTurn();
  ExpireKeys(keyspace::ExpiryCycle::kFast);
  sessions_.FlushReplies();
  if (stopping_) return loop_->Stop(), 0;
  if (sessions_.has_ready() || evicts || units_[0]->has_moving()) return 0;
  int64_t wait_us = sessions_.pause_mode() != command::PauseMode::kNone ? kPausedPollUs : -1;
  if (const int64_t deadline_ms = dispatcher_.next_deadline_ms(); deadline_ms != 0) {
    const int64_t until_us = std::clamp<int64_t>(deadline_ms - clock_.WallMs(), 0, kMaxWaitMs) * 1000;
    if (wait_us < 0 || until_us < wait_us) wait_us = until_us;
  }
  return wait_us;
}

void Server::ExpireKeys(keyspace::ExpiryCycle cycle) {
  const int64_t before_us = keyspace_.stats().expire_cycle_us;
  keyspace_.ActiveExpire(cycle);
  latency_.Note("expire-cycle", (keyspace_.stats().expire_cycle_us - before_us) / 1000);
}

// Goes on with an eviction that its time did not suffice for. True if there is more to do, in the next turn.
bool Server::EvictSlice() {
  if (!keyspace_.eviction().unfinished() || !command::MayEvict(services_)) [[likely]]
    return false;
  return command::EvictKeys(services_) == keyspace::Eviction::Outcome::kRunning;
}

void Server::Cron() {
  if (cron_paused_) return;
  const int64_t now_us = clock_.MonotonicUs();
  rates_.Sample(stats::Rates::kCommands, counters_.commands_processed, now_us);
  rates_.Sample(stats::Rates::kNetInput, counters_.net_input_bytes, now_us);
  rates_.Sample(stats::Rates::kNetOutput, counters_.net_output_bytes, now_us);
  counters_.peak_memory = std::max<uint64_t>(counters_.peak_memory, UsedMemory());
  ExpireKeys(keyspace::ExpiryCycle::kSlow);
  keyspace_.Maintain();
  snapshots_.Cron();
  feed_.Cron();
  peer_links_.Cron();
  tls_reloader_.Cron();
  transport_reloader_.Cron();
  if (ticket_secrets_.Rotate(clock_.MonotonicMs(), listeners_.LongestTicketLifetime())) UseTicketSecrets();
  sessions_.Cron();
  if (int signal = signal_.exchange(0); signal != 0) {
    OnStopSignal(signal);
  }
}

bool Server::Run() {
  loop_->Run();
  loop_->before_wait = nullptr;
  Finish();
  return restart_;
}

}  // namespace keyway::app
