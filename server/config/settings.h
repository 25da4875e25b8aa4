// The value of every option, as plain members that code on the exec thread reads without a look-up: a member has its
// option's name with underscores (hash-max-listpack-entries is hash_max_listpack_entries).
//
// One Settings object lives in config::Config and belongs to the exec thread; it changes only while the exec thread runs
// CONFIG SET or reads files at start. Other threads get copies of the few values that they need, from the apply hooks.
//
// Units: bytes for sizes; seconds or milliseconds as the option's explanation in options_*.cc says. Numbers keep the
// range that the table allows, so that readers need no checks. An empty string means "not set". The members' initial
// values are of no importance: config::Config fills in the table's defaults.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace keyway::config {

enum class Compat : uint8_t { k70, k72 };
enum class IoEngine : uint8_t { kAuto, kEpoll, kIoUring };
enum class ProtectedAction : uint8_t { kNo, kLocal, kYes };
enum class LogLevelName : uint8_t { kDebug, kVerbose, kNotice, kWarning, kNothing };  // the order of keyway::LogLevel
enum class Supervised : uint8_t { kNo, kUpstart, kSystemd, kAuto };
enum class AppendFsync : uint8_t { kEverysec, kAlways, kNo };
enum class MaxmemoryPolicy : uint8_t {
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kAllkeysLru,
  kAllkeysLfu,
  kAllkeysRandom,
  kNoeviction
};
enum class ReplDisklessLoad : uint8_t { kDisabled, kOnEmptyDb, kSwapdb };
enum class OomScoreAdj : uint8_t { kNo, kRelative, kAbsolute };
enum class AclPubsubDefault : uint8_t { kAllchannels, kResetchannels };
enum class SanitizeDumpPayload : uint8_t { kNo, kYes, kClients };
enum class EndpointType : uint8_t { kIp, kHostname, kUnknownEndpoint };
enum class PropagationErrorBehavior : uint8_t { kIgnore, kPanic, kPanicOnReplicas };
enum class TlsAuthClients : uint8_t { kNo, kYes, kOptional };
enum class TlsAuthClientsUser : uint8_t { kOff, kCn, kUri, kDns, kFingerprint };
enum class TlsMode : uint8_t { kRequire, kPrefer, kAllow };

// Bits of shutdown_on_sigint and shutdown_on_sigterm; 0 is "default".
inline constexpr uint32_t kShutdownSave = 1, kShutdownNosave = 2, kShutdownNow = 4, kShutdownForce = 8;

// Bits of notify_keyspace_events.
inline constexpr uint32_t kNotifyKeyspace = 1 << 0;  // K
inline constexpr uint32_t kNotifyKeyevent = 1 << 1;  // E
inline constexpr uint32_t kNotifyGeneric = 1 << 2;   // g
inline constexpr uint32_t kNotifyString = 1 << 3;    // $
inline constexpr uint32_t kNotifyList = 1 << 4;      // l
inline constexpr uint32_t kNotifySet = 1 << 5;       // s
inline constexpr uint32_t kNotifyHash = 1 << 6;      // h
inline constexpr uint32_t kNotifyZset = 1 << 7;      // z
inline constexpr uint32_t kNotifyExpired = 1 << 8;   // x
inline constexpr uint32_t kNotifyEvicted = 1 << 9;   // e
inline constexpr uint32_t kNotifyStream = 1 << 10;   // t
inline constexpr uint32_t kNotifyKeyMiss = 1 << 11;  // m, not part of A
inline constexpr uint32_t kNotifyModule = 1 << 13;   // d
inline constexpr uint32_t kNotifyNew = 1 << 14;      // n, not part of A
inline constexpr uint32_t kNotifyAll = kNotifyGeneric | kNotifyString | kNotifyList | kNotifySet | kNotifyHash |
                                       kNotifyZset | kNotifyExpired | kNotifyEvicted | kNotifyStream |
                                       kNotifyModule;  // A

struct SavePoint {
  int64_t seconds = 0;
  int64_t changes = 0;
  bool operator==(const SavePoint&) const = default;
};

struct ClientBufferLimit {
  uint64_t hard_bytes = 0;
  uint64_t soft_bytes = 0;
  int64_t soft_seconds = 0;
  bool operator==(const ClientBufferLimit&) const = default;
};
inline constexpr size_t kBufferLimitNormal = 0, kBufferLimitReplica = 1, kBufferLimitPubsub = 2,
                        kBufferLimitClasses = 3;

struct ReplicaOf {
  std::string host;  // empty: a primary
  int64_t port = 0;
  bool operator==(const ReplicaOf&) const = default;
};

// Names and values in the order in which they were written.
using SettingList = std::vector<std::pair<std::string, std::string>>;

// listen STACK://ADDRESS [setting value …], for example "tls-wolfssl+unix:///run/keyway.sock tls-profile web".
struct ListenSpec {
  std::string stack;
  std::string address;
  SettingList settings;
  bool operator==(const ListenSpec&) const = default;
};

// loadtransport NAME-OR-PATH [setting value …]
struct LoadTransportSpec {
  std::string name;
  SettingList settings;
  bool operator==(const LoadTransportSpec&) const = default;
};

struct Settings {
  // Compatibility and files
  Compat redis_compat = Compat::k72;
  bool daemonize = false;
  Supervised supervised = Supervised::kNo;
  std::string pidfile;
  std::string dir;  // absolute; the app changes into it after the start and in the hook of ApplyGroup::kDirectory
  bool set_proc_title = true;
  std::string proc_title_template;
  bool always_show_logo = false;
  std::string locale_collate;
  std::string ignore_warnings;
  ProtectedAction enable_protected_configs = ProtectedAction::kNo;
  ProtectedAction enable_debug_command = ProtectedAction::kNo;
  ProtectedAction enable_module_command = ProtectedAction::kNo;
  ProtectedAction enable_transport_command = ProtectedAction::kNo;

  // Network
  std::vector<std::string> bind;
  std::string bind_source_addr;
  int64_t port = 6379;
  int64_t tls_port = 0;
  std::string tls_port_profile;
  std::vector<ListenSpec> listen;
  std::string unixsocket;
  int64_t unixsocketperm = 0;
  int64_t tcp_backlog = 511;
  int64_t tcp_keepalive = 300;  // seconds
  int64_t socket_mark_id = 0;
  bool protected_mode = true;
  int64_t timeout = 0;  // seconds
  int64_t maxclients = 10000;
  int64_t max_new_connections_per_cycle = 10;
  int64_t max_new_tls_connections_per_cycle = 1;
  int64_t client_query_buffer_limit = 1 << 30;
  std::array<ClientBufferLimit, kBufferLimitClasses> client_output_buffer_limit;
  int64_t proto_max_bulk_len = 512 << 20;
  int64_t client_default_resp = 2;

  // Transports
  std::vector<LoadTransportSpec> loadtransport;
  std::string transport_dir;
  std::string transport_cache_dir;
  std::string tls_backend;
  std::string replication_transport;                      // empty: by tls_replication
  std::string cluster_transport;                          // empty: by tls_cluster
  std::string sentinel_transport;                         // empty: by tls_replication
  std::map<std::string, std::string> transport_settings;  // "tls-openssl.name" and the like, as written

  // TLS
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_key_file_pass;
  std::string tls_client_cert_file;
  std::string tls_client_key_file;
  std::string tls_client_key_file_pass;
  std::string tls_ca_cert_file;
  std::string tls_ca_cert_dir;
  std::string tls_crl_file;
  std::string tls_dh_params_file;
  TlsAuthClients tls_auth_clients = TlsAuthClients::kYes;
  TlsAuthClientsUser tls_auth_clients_user = TlsAuthClientsUser::kOff;
  bool tls_replication = false;
  bool tls_cluster = false;
  std::string tls_protocols;
  std::string tls_ciphers;
  std::string tls_ciphersuites;
  std::string tls_groups;
  bool tls_prefer_server_ciphers = false;
  bool tls_session_caching = true;
  int64_t tls_session_cache_size = 20480;
  int64_t tls_session_cache_timeout = 300;  // seconds
  std::string tls_session_ticket_key_file;
  std::string tls_verify_peer_name;       // "yes", "no" or the name that the peer must have
  int64_t tls_auto_reload_interval = 0;   // seconds
  int64_t tls_handshake_timeout = 10000;  // milliseconds
  int64_t tls_handshake_concurrency = 256;
  TlsMode tls_mode = TlsMode::kRequire;
  bool tls_mode_plaintext_auth = false;
  std::map<std::string, SettingList> tls_profile;  // profile name -> its settings

  // Threads and the event loop
  int64_t io_threads = 1;  // 0: as many as the load asks for
  bool io_threads_shuffle = false;
  bool io_threads_do_reads = false;
  IoEngine io_engine = IoEngine::kAuto;
  int64_t hz = 10;
  bool dynamic_hz = true;
  std::string server_cpulist;
  std::string bio_cpulist;
  std::string aof_rewrite_cpulist;
  std::string bgsave_cpulist;

  // Log and diagnosis
  LogLevelName loglevel = LogLevelName::kNotice;
  std::string logfile;
  bool syslog_enabled = false;
  std::string syslog_ident;
  int syslog_facility = 0;  // LOG_LOCAL0 and so on
  bool crash_log_enabled = true;
  bool crash_memcheck_enabled = true;
  bool use_exit_on_panic = false;
  int64_t watchdog_period = 0;              // milliseconds
  int64_t slowlog_log_slower_than = 10000;  // microseconds; negative: off
  int64_t slowlog_max_len = 128;
  int64_t latency_monitor_threshold = 0;  // milliseconds
  bool latency_tracking = true;
  std::vector<double> latency_tracking_info_percentiles;
  std::string req_res_logfile;

  // Security
  std::string requirepass;
  std::string aclfile;
  int64_t acllog_max_len = 128;
  AclPubsubDefault acl_pubsub_default = AclPubsubDefault::kResetchannels;

  // Memory
  uint64_t maxmemory = 0;
  int64_t maxmemory_clients = 0;  // bytes, or a negative percentage of maxmemory
  MaxmemoryPolicy maxmemory_policy = MaxmemoryPolicy::kNoeviction;
  int64_t maxmemory_samples = 5;
  int64_t maxmemory_eviction_tenacity = 10;
  int64_t lfu_log_factor = 10;
  int64_t lfu_decay_time = 1;  // minutes
  bool lazyfree_lazy_eviction = false;
  bool lazyfree_lazy_expire = false;
  bool lazyfree_lazy_server_del = false;
  bool lazyfree_lazy_user_del = false;
  bool lazyfree_lazy_user_flush = false;
  bool activedefrag = false;
  int64_t active_defrag_ignore_bytes = 0;
  int64_t active_defrag_threshold_lower = 10;
  int64_t active_defrag_threshold_upper = 100;
  int64_t active_defrag_cycle_min = 1;
  int64_t active_defrag_cycle_max = 25;
  int64_t active_defrag_max_scan_fields = 1000;
  bool jemalloc_bg_thread = true;
  bool disable_thp = true;
  OomScoreAdj oom_score_adj = OomScoreAdj::kNo;
  std::array<int, 3> oom_score_adj_values{};  // primary, replica, child

  // Keyspace
  int64_t databases = 16;
  bool activerehashing = true;
  int64_t active_expire_effort = 1;
  uint32_t notify_keyspace_events = 0;
  int64_t tracking_table_max_keys = 1000000;
  int64_t busy_reply_threshold = 5000;  // milliseconds
  int64_t hash_max_listpack_entries = 512;
  int64_t hash_max_listpack_value = 64;
  int64_t list_max_listpack_size = -2;  // entries, or -1 … -5 for 4 … 64 KB
  int64_t list_compress_depth = 0;
  int64_t set_max_intset_entries = 512;
  int64_t set_max_listpack_entries = 128;
  int64_t set_max_listpack_value = 64;
  int64_t zset_max_listpack_entries = 128;
  int64_t zset_max_listpack_value = 64;
  int64_t hll_sparse_max_bytes = 3000;
  int64_t stream_node_max_bytes = 4096;
  int64_t stream_node_max_entries = 100;
  SanitizeDumpPayload sanitize_dump_payload = SanitizeDumpPayload::kNo;

  // Persistence and shutdown
  std::vector<SavePoint> save;
  std::string dbfilename;
  bool rdbcompression = true;
  bool rdbchecksum = true;
  bool rdb_del_sync_files = false;
  bool rdb_save_incremental_fsync = true;
  bool stop_writes_on_bgsave_error = true;
  bool appendonly = false;
  std::string appendfilename;
  std::string appenddirname;
  AppendFsync appendfsync = AppendFsync::kEverysec;
  bool no_appendfsync_on_rewrite = false;
  int64_t auto_aof_rewrite_percentage = 100;
  int64_t auto_aof_rewrite_min_size = 64 << 20;
  bool aof_load_truncated = true;
  bool aof_use_rdb_preamble = true;
  bool aof_timestamp_enabled = false;
  bool aof_rewrite_incremental_fsync = true;
  bool aof_disable_auto_gc = false;
  int64_t rdb_key_save_delay = 0;  // microseconds; negative: one in that many keys
  int64_t key_load_delay = 0;
  int64_t loading_process_events_interval_bytes = 2 << 20;
  int64_t shutdown_timeout = 10;  // seconds
  uint32_t shutdown_on_sigint = 0;
  uint32_t shutdown_on_sigterm = 0;

  // Replication
  ReplicaOf replicaof;
  std::string masterauth;
  std::string masteruser;
  bool replica_serve_stale_data = true;
  bool replica_read_only = true;
  bool replica_lazy_flush = false;
  bool replica_ignore_maxmemory = true;
  bool replica_ignore_disk_write_errors = false;
  bool replica_announced = true;
  std::string replica_announce_ip;
  int64_t replica_announce_port = 0;
  int64_t replica_priority = 100;
  bool repl_diskless_sync = true;
  int64_t repl_diskless_sync_delay = 5;  // seconds
  int64_t repl_diskless_sync_max_replicas = 0;
  ReplDisklessLoad repl_diskless_load = ReplDisklessLoad::kDisabled;
  bool repl_disable_tcp_nodelay = false;
  int64_t repl_backlog_size = 1 << 20;
  int64_t repl_backlog_ttl = 3600;        // seconds
  int64_t repl_timeout = 60;              // seconds
  int64_t repl_ping_replica_period = 10;  // seconds
  int64_t min_replicas_to_write = 0;
  int64_t min_replicas_max_lag = 10;  // seconds
  PropagationErrorBehavior propagation_error_behavior = PropagationErrorBehavior::kIgnore;

  // Cluster
  bool cluster_enabled = false;
  std::string cluster_config_file;
  int64_t cluster_port = 0;
  int64_t cluster_node_timeout = 15000;  // milliseconds
  int64_t cluster_ping_interval = 0;     // milliseconds; 0: the built-in pace
  int64_t cluster_replica_validity_factor = 10;
  int64_t cluster_migration_barrier = 1;
  bool cluster_allow_replica_migration = true;
  bool cluster_replica_no_failover = false;
  bool cluster_require_full_coverage = true;
  bool cluster_allow_reads_when_down = false;
  bool cluster_allow_pubsubshard_when_down = true;
  uint64_t cluster_link_sendbuf_limit = 0;
  std::string cluster_announce_ip;
  std::string cluster_announce_hostname;
  std::string cluster_announce_human_nodename;
  int64_t cluster_announce_port = 0;
  int64_t cluster_announce_tls_port = 0;
  int64_t cluster_announce_bus_port = 0;
  EndpointType cluster_preferred_endpoint_type = EndpointType::kIp;
};

}  // namespace keyway::config
