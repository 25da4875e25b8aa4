#include "server/stats/info.h"

#include <fmt/core.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "server/base/clock.h"
#include "server/base/memory.h"
#include "server/base/printable.h"
#include "server/base/version.h"
#include "server/command/command_table.h"
#include "server/command/peer_links.h"
#include "server/command/persistence.h"
#include "server/command/pubsub.h"
#include "server/command/replication.h"
#include "server/config/config.h"
#include "server/keyspace/database.h"
#include "server/keyspace/eviction.h"

namespace keyway::stats {
namespace {

// Appends lines; knows nothing of what they mean.
class Lines {
 public:
  explicit Lines(std::string& out) : out_(out) {}
  void Section(std::string_view name) {
    if (!out_.empty()) out_ += "\r\n";
    fmt::format_to(std::back_inserter(out_), "# {}\r\n", name);
  }
  template <class T>
  void Put(std::string_view name, const T& value) {
    fmt::format_to(std::back_inserter(out_), "{}:{}\r\n", name, value);
  }
  template <class T>
  void Fixed(std::string_view name, const T& value, int decimals = 2) {
    fmt::format_to(std::back_inserter(out_), "{}:{:.{}f}\r\n", name, value, decimals);
  }
  void Zeros(std::initializer_list<std::string_view> names) {
    for (std::string_view name : names) Put(name, 0);
  }

 private:
  std::string& out_;
};

std::string Human(uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) return fmt::format("{}B", bytes);
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (value /= 1024; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.2f}{}", value, kUnits[unit]);
}

using Render = void (*)(const InfoInput&, Lines&);

void RenderServer(const InfoInput& in, Lines& out) {
  utsname host{};
  uname(&host);
  const int64_t up_s = (in.now_ms - in.started_ms) / 1000;
  const config::Settings& settings = in.services.config.settings();
  out.Section("Server");
  out.Put("redis_version", RedisVersion(in.services.compat_70));
  out.Put("server_name", "keyway");
  out.Put("keyway_version", kKeywayVersion);
  out.Put("redis_git_sha1", "00000000");
  out.Put("redis_git_dirty", 0);
  out.Put("redis_build_id", "0");
  out.Put("redis_mode", "standalone");
  out.Put("os", fmt::format("{} {} {}", host.sysname, host.release, host.machine));
  out.Put("arch_bits", sizeof(void*) * 8);
  out.Put("monotonic_clock", "POSIX clock_gettime");
  out.Put("multiplexing_api", in.event_engine);
  out.Put("atomicvar_api", "c++-builtin");
  out.Put("gcc_version", fmt::format("{}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__));
  out.Put("process_id", getpid());
  out.Put("process_supervised", "no");
  out.Put("run_id", in.run_id);
  out.Put("tcp_port", settings.port);
  out.Put("server_time_usec", in.services.clock.WallUs());
  out.Put("uptime_in_seconds", up_s);
  out.Put("uptime_in_days", up_s / 86400);
  out.Put("hz", in.hz);
  out.Put("configured_hz", settings.hz);
  out.Put("lru_clock", keyspace::LruClock(in.now_ms));
  out.Put("executable", in.executable);
  out.Put("config_file", in.config_file);
  out.Put("io_threads_active", in.io_threads_active);
  for (size_t i = 0; i < in.listeners.size(); ++i) out.Put(fmt::format("listener{}", i), in.listeners[i]);
  if (in.shutdown_in_ms >= 0) out.Put("shutdown_in_milliseconds", in.shutdown_in_ms);
}

void RenderClients(const InfoInput& in, Lines& out) {
  out.Section("Clients");
  out.Put("connected_clients", in.connected_clients);
  out.Put("cluster_connections", 0);
  out.Put("maxclients", in.services.config.settings().maxclients);
  out.Put("client_recent_max_input_buffer", in.largest_input);
  out.Put("client_recent_max_output_buffer", in.largest_output);
  out.Put("blocked_clients", in.blocked_clients);
  out.Zeros({"tracking_clients", "clients_in_timeout_table"});
  out.Put("total_blocking_keys", in.blocking_keys);
  out.Put("total_blocking_keys_on_nokey", in.blocking_keys_on_removal);
}

size_t KeyspaceOverhead(const InfoInput& in) {
  size_t bytes = 0;
  keyspace::Keyspace& keyspace = in.services.keyspace;
  for (int i = 0; i < keyspace.databases(); ++i) {
    if (keyspace.db(i).size() > 0) bytes += keyspace.db(i).overhead_bytes();
  }
  return bytes;
}

void RenderMemory(const InfoInput& in, Lines& out) {
  const size_t used = in.used_memory, rss = ResidentMemory(), system = SystemMemory();
  const size_t peak = std::max<size_t>(in.services.counters.peak_memory, used);
  const size_t startup = in.services.counters.startup_memory, overhead = startup + KeyspaceOverhead(in);
  const size_t dataset = used > overhead ? used - overhead : 0;
  const AllocatorFigures allocator = ReadAllocatorFigures();
  const config::Settings& settings = in.services.config.settings();
  auto pair = [&](std::string_view name, uint64_t bytes) {
    out.Put(name, bytes);
    out.Put(fmt::format("{}_human", name), Human(bytes));
  };
  auto ratio = [](size_t a, size_t b) { return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b); };
  auto difference = [](size_t a, size_t b) { return static_cast<int64_t>(a) - static_cast<int64_t>(b); };
  out.Section("Memory");
  pair("used_memory", used);
  pair("used_memory_rss", rss);
  pair("used_memory_peak", peak);
  out.Put("used_memory_peak_perc", fmt::format("{:.2f}%", ratio(used, peak) * 100));
  out.Put("used_memory_overhead", overhead);
  out.Put("used_memory_startup", startup);
  out.Put("used_memory_dataset", dataset);
  out.Put("used_memory_dataset_perc",
          fmt::format("{:.2f}%", used > startup ? ratio(dataset, used - startup) * 100 : 0.0));
  out.Put("allocator_allocated", allocator.allocated);
  out.Put("allocator_active", allocator.active);
  out.Put("allocator_resident", allocator.resident);
  pair("total_system_memory", system);
  pair("used_memory_lua", 0);
  pair("used_memory_scripts", 0);
  out.Zeros({"used_memory_vm_eval", "used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions",
             "number_of_libraries", "used_memory_vm_functions", "used_memory_vm_total", "used_memory_functions"});
  pair("maxmemory", settings.maxmemory);
  out.Put("maxmemory_policy", in.services.config.GetValue("maxmemory-policy").value_or("noeviction"));
  out.Fixed("allocator_frag_ratio", ratio(allocator.active, allocator.allocated));
  out.Put("allocator_frag_bytes", difference(allocator.active, allocator.allocated));
  out.Fixed("allocator_rss_ratio", ratio(allocator.resident, allocator.active));
  out.Put("allocator_rss_bytes", difference(allocator.resident, allocator.active));
  out.Fixed("rss_overhead_ratio", ratio(rss, allocator.resident));
  out.Put("rss_overhead_bytes", difference(rss, allocator.resident));
  out.Fixed("mem_fragmentation_ratio", ratio(rss, used));
  out.Put("mem_fragmentation_bytes", difference(rss, used));
  out.Put("mem_not_counted_for_evict", in.services.keyspace.eviction().UncountedBytes());
  out.Zeros({"mem_replication_backlog", "mem_total_replication_buffers"});
  out.Put("mem_clients_slaves", in.replica_memory);
  out.Put("mem_clients_normal", in.client_memory);
  out.Zeros({"mem_cluster_links", "mem_aof_buffer"});
  out.Put("mem_allocator", AllocatorName());
  out.Put("active_defrag_running", 0);
  out.Put("lazyfree_pending_objects", in.services.keyspace.reclaimer().pending_objects());
  out.Put("lazyfreed_objects", in.services.keyspace.reclaimer().freed_objects());
}

double Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) * 100 / static_cast<double>(whole);
}

void RenderLoading(const command::PersistenceFigures& figures, int64_t now_s, Lines& out) {
  const int64_t elapsed_s = std::max<int64_t>(now_s - figures.loading_start_time, 1);
  const uint64_t loaded = figures.loading_loaded_bytes, total = figures.loading_total_bytes;
  const uint64_t per_second = loaded / static_cast<uint64_t>(elapsed_s);
  out.Put("loading_start_time", figures.loading_start_time);
  out.Put("loading_total_bytes", total);
  out.Put("loading_rdb_used_mem", figures.loading_rdb_used_memory);
  out.Put("loading_loaded_bytes", loaded);
  out.Fixed("loading_loaded_perc", Percent(loaded, total));
  out.Put("loading_eta_seconds", per_second == 0 || loaded > total ? 1 : (total - loaded) / per_second);
}

command::PersistenceFigures FiguresOf(const InfoInput& in) {
  return in.services.persistence != nullptr ? in.services.persistence->figures() : command::PersistenceFigures();
}

void RenderPersistence(const InfoInput& in, Lines& out) {
  const command::PersistenceFigures figures = FiguresOf(in);
  const int64_t now_s = in.now_ms / 1000;
  out.Section("Persistence");
  out.Put("loading", figures.loading ? 1 : 0);
  out.Put("async_loading", figures.async_loading ? 1 : 0);
  out.Put("current_cow_peak", figures.copied_peak);
  out.Put("current_cow_size", figures.copied_bytes);
  out.Put("current_cow_size_age", figures.copied_age_seconds);
  out.Fixed("current_fork_perc", Percent(figures.keys_processed, figures.keys_total));
  out.Put("current_save_keys_processed", figures.keys_processed);
  out.Put("current_save_keys_total", figures.keys_total);
  out.Put("rdb_changes_since_last_save", in.services.keyspace.dirty());
  out.Put("rdb_bgsave_in_progress", figures.save_in_progress ? 1 : 0);
  out.Put("rdb_last_save_time", figures.last_save_time);
  out.Put("rdb_last_bgsave_status", figures.last_save_ok ? "ok" : "err");
  out.Put("rdb_last_bgsave_time_sec", figures.last_save_seconds);
  out.Put("rdb_current_bgsave_time_sec", figures.save_started < 0 ? -1 : now_s - figures.save_started);
  out.Put("rdb_saves", figures.saves);
  out.Put("rdb_last_cow_size", figures.last_save_copied_bytes);
  out.Put("rdb_last_load_keys_expired", figures.keys_expired);
  out.Put("rdb_last_load_keys_loaded", figures.keys_loaded);
  out.Zeros({"aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled"});
  out.Put("aof_last_rewrite_time_sec", -1);
  out.Put("aof_current_rewrite_time_sec", -1);
  out.Put("aof_last_bgrewrite_status", "ok");
  out.Zeros({"aof_rewrites", "aof_rewrites_consecutive_failures"});
  out.Put("aof_last_write_status", "ok");
  out.Zeros({"aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size"});
  if (figures.loading) RenderLoading(figures, now_s, out);
}

void RenderStats(const InfoInput& in, Lines& out) {
  const command::ServerCounters& counters = in.services.counters;
  const keyspace::KeyspaceStats& keys = in.services.keyspace.stats();
  auto kbps = [&](Rates::Metric metric) { return static_cast<double>(in.rates.PerSecond(metric)) / 1024; };
  out.Section("Stats");
  out.Put("total_connections_received", counters.connections_received);
  out.Put("total_commands_processed", counters.commands_processed);
  out.Put("instantaneous_ops_per_sec", in.rates.PerSecond(Rates::kCommands));
  out.Put("total_net_input_bytes", counters.net_input_bytes);
  out.Put("total_net_output_bytes", counters.net_output_bytes);
  out.Zeros({"total_net_repl_input_bytes", "total_net_repl_output_bytes"});
  out.Fixed("instantaneous_input_kbps", kbps(Rates::kNetInput));
  out.Fixed("instantaneous_output_kbps", kbps(Rates::kNetOutput));
  out.Put("instantaneous_input_repl_kbps", "0.00");
  out.Put("instantaneous_output_repl_kbps", "0.00");
  out.Put("rejected_connections", counters.connections_rejected);
  out.Zeros({"sync_full", "sync_partial_ok", "sync_partial_err"});
  out.Put("expired_keys", keys.expired_keys);
  out.Fixed("expired_stale_perc", keys.expired_stale_percent);
  out.Put("expired_time_cap_reached_count", keys.expired_time_cap_reached);
  out.Put("expire_cycle_cpu_milliseconds", keys.expire_cycle_us / 1000);
  out.Put("evicted_keys", keys.evicted_keys);
  out.Put("evicted_clients", counters.evicted_clients);
  const int64_t exceeded_us =
      keys.eviction_exceeded_since_us == 0 ? 0 : in.services.clock.MonotonicUs() - keys.eviction_exceeded_since_us;
  out.Put("total_eviction_exceeded_time", (keys.eviction_exceeded_us + exceeded_us) / 1000);
  out.Put("current_eviction_exceeded_time", exceeded_us / 1000);
  out.Put("keyspace_hits", keys.hits);
  out.Put("keyspace_misses", keys.misses);
  const command::PersistenceFigures figures = FiguresOf(in);
  const auto names = [&](command::ChannelKind kind) {
    return in.services.pubsub != nullptr ? in.services.pubsub->Names(kind) : 0;
  };
  out.Put("pubsub_channels", names(command::ChannelKind::kChannel));
  out.Put("pubsub_patterns", names(command::ChannelKind::kPattern));
  out.Put("pubsubshard_channels", names(command::ChannelKind::kShard));
  out.Put("latest_fork_usec", figures.last_fork_us);
  out.Put("total_forks", figures.forks);
  const command::PeerLinks* links = in.services.peer_links;
  out.Put("migrate_cached_sockets", links != nullptr ? links->size() : 0);
  out.Zeros({"slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits",
             "active_defrag_key_misses", "total_active_defrag_time", "current_active_defrag_time",
             "tracking_total_keys", "tracking_total_items", "tracking_total_prefixes"});
  out.Put("unexpected_error_replies", counters.unexpected_error_replies);
  out.Put("total_error_replies", counters.error_replies);
  out.Put("dump_payload_sanitizations", 0);
  out.Put("total_reads_processed", counters.batches_received);
  out.Put("total_writes_processed", counters.replies_sent);
  out.Zeros(
      {"io_threaded_reads_processed", "io_threaded_writes_processed", "reply_buffer_shrinks", "reply_buffer_expands"});
  out.Put("client_query_buffer_limit_disconnections", counters.query_limit_disconnections);
  out.Put("client_output_buffer_limit_disconnections", counters.output_limit_disconnections);
  out.Put("acl_access_denied_auth", counters.acl_denied_auth);
  out.Zeros({"acl_access_denied_cmd", "acl_access_denied_key", "acl_access_denied_channel"});
}

void RenderReplication(const InfoInput& in, Lines& out) {
  out.Section("Replication");
  out.Put("role", "master");
  const command::Replication* replication = in.services.replication;
  out.Put("connected_slaves", replication != nullptr ? replication->replicas() : 0);
  out.Put("master_failover_state", "no-failover");
  out.Put("master_replid", in.replication_id);
  out.Put("master_replid2", std::string(40, '0'));
  out.Put("master_repl_offset", 0);
  out.Put("second_repl_offset", -1);
  out.Put("repl_backlog_active", 0);
  out.Put("repl_backlog_size", in.services.config.settings().repl_backlog_size);
  out.Zeros({"repl_backlog_first_byte_offset", "repl_backlog_histlen"});
}

void RenderThreads(const InfoInput& in, Lines& out) {
  if (in.threads.empty()) return;
  out.Section("Threads");
  for (size_t i = 0; i < in.threads.size(); ++i) out.Put(fmt::format("io_thread_{}", i), in.threads[i]);
}

void RenderCpu(const InfoInput&, Lines& out) {
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  rusage self{}, children{}, thread{};
  getrusage(RUSAGE_SELF, &self);
  getrusage(RUSAGE_CHILDREN, &children);
  getrusage(RUSAGE_THREAD, &thread);
  out.Section("CPU");
  out.Fixed("used_cpu_sys", seconds(self.ru_stime), 6);
  out.Fixed("used_cpu_user", seconds(self.ru_utime), 6);
  out.Fixed("used_cpu_sys_children", seconds(children.ru_stime), 6);
  out.Fixed("used_cpu_user_children", seconds(children.ru_utime), 6);
  out.Fixed("used_cpu_sys_main_thread", seconds(thread.ru_stime), 6);
  out.Fixed("used_cpu_user_main_thread", seconds(thread.ru_utime), 6);
}

void RenderModules(const InfoInput&, Lines& out) { out.Section("Modules"); }

void RenderCommandStats(const InfoInput& in, Lines& out) {
  out.Section("Commandstats");
  const auto& commands = in.services.counters.commands;
  for (size_t id = 0; id < commands.size(); ++id) {
    const command::CommandStats& stats = commands[id];
    if (stats.calls == 0 && stats.rejected == 0 && stats.failed == 0) continue;
    const uint64_t usec = stats.nanoseconds / 1000;
    out.Put(fmt::format("cmdstat_{}", in.services.commands.spec(id).full_name),
            fmt::format("calls={},usec={},usec_per_call={:.2f},rejected_calls={},failed_calls={}", stats.calls, usec,
                        stats.calls == 0 ? 0.0 : static_cast<double>(usec) / static_cast<double>(stats.calls),
                        stats.rejected, stats.failed));
  }
}

void RenderErrorStats(const InfoInput& in, Lines& out) {
  out.Section("Errorstats");
  for (const auto& [word, count] : in.services.counters.errors) {
    out.Put(fmt::format("errorstat_{}", word), fmt::format("count={}", count));
  }
}

void RenderLatencyStats(const InfoInput& in, Lines& out) {
  out.Section("Latencystats");
  const config::Settings& settings = in.services.config.settings();
  if (!settings.latency_tracking) return;
  const auto& commands = in.services.counters.commands;
  for (size_t id = 0; id < commands.size(); ++id) {
    if (!commands[id].histogram) continue;
    std::string values;
    for (double percentile : settings.latency_tracking_info_percentiles) {
      const double usec = static_cast<double>(commands[id].histogram->ValueAtPercentile(percentile)) / 1000;
      std::string name = fmt::format("{:f}", percentile);
      name.erase(name.find_last_not_of('0') + 1);
      if (name.back() == '.') name.pop_back();
      values += fmt::format("{}p{}={:.3f}", values.empty() ? "" : ",", name, usec);
    }
    out.Put(fmt::format("latency_percentiles_usec_{}", in.services.commands.spec(id).full_name), values);
  }
}

void RenderCluster(const InfoInput&, Lines& out) {
  out.Section("Cluster");
  out.Put("cluster_enabled", 0);
}

void RenderKeyspace(const InfoInput& in, Lines& out) {
  out.Section("Keyspace");
  keyspace::Keyspace& keyspace = in.services.keyspace;
  for (int i = 0; i < keyspace.databases(); ++i) {
    const keyspace::Database& db = keyspace.db(i);
    if (db.size() == 0) continue;
    out.Put(fmt::format("db{}", i),
            fmt::format("keys={},expires={},avg_ttl={}", db.size(), db.expiring_keys(), db.average_ttl_ms()));
  }
}

// Tools split such values at commas and equal signs.
std::string Plain(std::string text) {
  std::replace(text.begin(), text.end(), ',', ';');
  std::replace(text.begin(), text.end(), '=', ':');
  return text;
}

constexpr int64_t kSecondsPerDay = 86400;
constexpr size_t kMaxAuthorities = 16;

int64_t DaysLeft(const CertificateRow& cert, int64_t now_s) {
  const int64_t left_s = cert.not_after - now_s;
  return left_s / kSecondsPerDay - (left_s % kSecondsPerDay < 0 ? 1 : 0);
}

// Certificates of the server's own, the first to expire in front; behind them authorities, of which there may be hundreds.
void RenderCertificates(std::vector<CertificateRow> certs, int64_t now_s, Lines& out) {
  const auto is_authority = [](const CertificateRow& cert) { return cert.setting.starts_with("tls-ca-"); };
  std::stable_sort(certs.begin(), certs.end(), [&](const CertificateRow& a, const CertificateRow& b) {
    if (is_authority(a) != is_authority(b)) return is_authority(b);
    return a.not_after < b.not_after;
  });
  const auto first_authority = std::find_if(certs.begin(), certs.end(), is_authority);
  if (certs.begin() != first_authority) out.Put("tls_certificate_days_left", DaysLeft(certs.front(), now_s));
  if (first_authority != certs.end()) out.Put("tls_authority_days_left", DaysLeft(*first_authority, now_s));
  const auto own = static_cast<size_t>(first_authority - certs.begin());
  for (size_t i = 0; i < std::min(certs.size(), own + kMaxAuthorities); ++i) {
    const CertificateRow& cert = certs[i];
    out.Put(fmt::format("tls_certificate_{}", i),
            fmt::format("used_by={},setting={},transport={},subject={},serial={},not_after={},days_left={}",
                        Plain(cert.used_by), cert.setting, cert.transport, Plain(PercentEncode(cert.subject)),
                        cert.serial, cert.not_after, DaysLeft(cert, now_s)));
  }
}

// One line a loaded transport, and its figures. Plug-ins say the rest themselves (TRANSPORT INFO).
void RenderTransports(const InfoInput& in, Lines& out) {
  out.Section("Transports");
  out.Put("tls_backend", in.services.config.settings().tls_backend);
  const HandshakeCounts& handshakes = in.handshakes;
  out.Put("connections_opening", handshakes.opening);
  out.Put("tls_handshakes_completed", handshakes.completed);
  out.Put("tls_handshakes_resumed", handshakes.resumed);
  out.Put("tls_handshakes_tlsv1_2", handshakes.tls12);
  out.Put("tls_handshakes_tlsv1_3", handshakes.tls13);
  out.Put("tls_handshakes_other_version", handshakes.other_version);
  out.Put("tls_handshakes_cpu_us", handshakes.cpu_us);
  out.Put("tls_handshakes_failed", handshakes.failed);
  for (size_t i = 0; i < handshakes.failures.size(); ++i) {
    out.Put(fmt::format("tls_failures_{}", kHandshakeFailures[i]), handshakes.failures[i]);
  }
  out.Put("tls_handshakes_timed_out", handshakes.timed_out);
  out.Put("tls_handshakes_dropped", handshakes.dropped);
  out.Put("tls_plaintext_accepted", handshakes.plaintext_accepted);
  out.Put("tls_plaintext_refused", handshakes.plaintext_refused);
  out.Put("tls_reload_checks", in.tls_reload.checks);
  out.Put("tls_reloads", in.tls_reload.reloads);
  out.Put("tls_reload_failures", in.tls_reload.failures);
  out.Put("tls_last_reload_status", in.tls_reload.failing ? "err" : "ok");
  out.Put("transport_reloads", in.transport_reload.reloads);
  out.Put("transport_reload_failures", in.transport_reload.failures);
  for (const command::TransportRow& row : in.transports) {
    std::string value = fmt::format("version={},abi={},generation={},roles={},active={},connections={},contexts={}",
                                    row.version, row.abi, row.generation, Plain(row.roles), row.active ? "yes" : "no",
                                    row.connections, row.contexts);
    for (const auto& [name, text] : row.extra) value += fmt::format(",{}={}", name, Plain(text));
    if (!row.build.empty()) value += fmt::format(",build={}", Plain(row.build));
    out.Put(fmt::format("transport_{}", row.name), value);
  }
  for (const auto& [transport, counts] : handshakes.transports) {
    out.Put(fmt::format("handshakes_{}", transport),
            fmt::format("completed={},resumed={},failed={},cpu_us={}", counts.completed, counts.resumed, counts.failed,
                        counts.cpu_us));
  }
  if (in.certificates) RenderCertificates(in.certificates(), in.now_ms / 1000, out);
}

struct Section {
  std::string_view name;
  Render render;
  bool by_default;
};

constexpr Section kSections[] = {
    {"server", RenderServer, true},
    {"clients", RenderClients, true},
    {"memory", RenderMemory, true},
    {"persistence", RenderPersistence, true},
    {"stats", RenderStats, true},
    {"replication", RenderReplication, true},
    {"cpu", RenderCpu, true},
    {"threads", RenderThreads, true},
    {"modules", RenderModules, true},
    {"commandstats", RenderCommandStats, false},
    {"errorstats", RenderErrorStats, true},
    {"latencystats", RenderLatencyStats, false},
    {"cluster", RenderCluster, true},
    {"keyspace", RenderKeyspace, true},
    {"transports", RenderTransports, true},
};

bool Wanted(const Section& section, std::span<const std::string_view> names) {
  if (names.empty()) return section.by_default;
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    if (name == "all" || name == "everything") return true;
    return name == "default" ? section.by_default : name == section.name;
  });
}

}  // namespace

std::string RenderInfo(const InfoInput& input, std::span<const std::string_view> sections) {
  std::string text;
  Lines lines(text);
  for (const Section& section : kSections) {
    if (Wanted(section, sections)) section.render(input, lines);
  }
  return text;
}

}  // namespace keyway::stats
