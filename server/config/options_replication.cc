// Rows: replication and cluster.
#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr size_t kMaxHostNameLength = 255;

constexpr EnumName kDisklessLoadNames[] = {{"disabled", int(ReplDisklessLoad::kDisabled)},
                                           {"on-empty-db", int(ReplDisklessLoad::kOnEmptyDb)},
                                           {"swapdb", int(ReplDisklessLoad::kSwapdb)}};
constexpr EnumName kPropagationNames[] = {{"ignore", int(PropagationErrorBehavior::kIgnore)},
                                          {"panic", int(PropagationErrorBehavior::kPanic)},
                                          {"panic-on-replicas", int(PropagationErrorBehavior::kPanicOnReplicas)}};
constexpr EnumName kEndpointNames[] = {{"ip", int(EndpointType::kIp)},
                                       {"hostname", int(EndpointType::kHostname)},
                                       {"unknown-endpoint", int(EndpointType::kUnknownEndpoint)}};

bool IsAlphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

const char* CheckHostname(std::string_view name) {
  if (name.size() > kMaxHostNameLength) return "Hostnames must be less than 256 characters";
  for (const char c : name) {
    if (!IsAlphanumeric(c) && c != '-' && c != '.')
      return "Hostnames may only contain alphanumeric characters, hyphens or dots";
  }
  return nullptr;
}

// The name travels in nodes.conf between blanks and commas.
const char* CheckNodeName(std::string_view name) {
  for (const char c : name) {
    if (std::string_view("!#$%&()*+:;<>?@[]^{|}~").find(c) != std::string_view::npos) {
      return "Announced human node name contained invalid character";
    }
  }
  return nullptr;
}

Traits Later(std::string_view alias = {}, uint32_t flags = 0, ApplyGroup group = ApplyGroup::kNone) {
  return {.alias = alias, .flags = flags, .group = group, .waits_for = kWaitsForReplication};
}

void AddReplicaSide(Rows& rows) {
  rows.Special("replicaof", ReplicaOfKind(), Later("slaveof", kImmutable | kMultiWord),
               "Follow this primary. At run time the command REPLICAOF changes it.");
  rows.Secret("masterauth", &Settings::masterauth, Later(), "The password for the primary.");
  rows.String("masteruser", &Settings::masteruser, "", Later({}, kSensitive),
              "The user for the primary; empty: default.");
  rows.Bool("replica-serve-stale-data", &Settings::replica_serve_stale_data, true, Later("slave-serve-stale-data"),
            "Answer from what is there while the primary is out of reach or the first copy is under way.");
  rows.Bool("replica-read-only", &Settings::replica_read_only, true, Later("slave-read-only", kCrashReport),
            "Refuse writes on a replica.");
  rows.Bool("replica-lazy-flush", &Settings::replica_lazy_flush, false, Later("slave-lazy-flush"),
            "Free the old data in the background when a full copy replaces it.");
  rows.Bool("replica-ignore-maxmemory", &Settings::replica_ignore_maxmemory, true, Later("slave-ignore-maxmemory"),
            "Leave eviction to the primary.");
  rows.Bool("replica-ignore-disk-write-errors", &Settings::replica_ignore_disk_write_errors, false, Later(),
            "Go on replicating when a write cannot be persisted here, instead of stopping the process.");
  rows.Bool("replica-announced", &Settings::replica_announced, true, Later(),
            "Let Sentinels report this replica to clients.");
  rows.String("replica-announce-ip", &Settings::replica_announce_ip, "", Later("slave-announce-ip"),
              "The address that this replica tells its primary, when it differs from what that one sees.");
  rows.Int("replica-announce-port", &Settings::replica_announce_port, {.max = 65535}, Later("slave-announce-port"),
           "The port that goes with it; 0: the one that it listens on.");
  rows.Int("replica-priority", &Settings::replica_priority, {.initial = 100}, Later("slave-priority"),
           "Sentinel promotes the replica with the lowest number; 0: never this one.");
  rows.Enum("repl-diskless-load", &Settings::repl_diskless_load, kDisklessLoadNames, ReplDisklessLoad::kDisabled,
            Later({}, kCrashReport | kDenyLoading),
            "How a full copy is loaded: from a file (disabled), straight from the link when there is nothing to lose "
            "(on-empty-db), or beside the old data, which stays in service until it is complete (swapdb).");
}

void AddPrimarySide(Rows& rows) {
  rows.Bool("repl-diskless-sync", &Settings::repl_diskless_sync, true, Later({}, kCrashReport),
            "Send a full copy straight over the link, without writing it to disk first.");
  rows.Int("repl-diskless-sync-delay", &Settings::repl_diskless_sync_delay, {.initial = 5}, Later(),
           "Wait this many seconds for further replicas that could share the copy.");
  rows.Int("repl-diskless-sync-max-replicas", &Settings::repl_diskless_sync_max_replicas, {}, Later(),
           "Do not wait any longer once so many replicas are there; 0: no such number.");
  rows.Bool("repl-disable-tcp-nodelay", &Settings::repl_disable_tcp_nodelay, false, Later(),
            "Send fewer, larger packets to replicas, up to 40 ms later.");
  rows.Int("repl-backlog-size", &Settings::repl_backlog_size,
           {.min = 1, .max = kMaxLong, .initial = 1 << 20, .unit = Unit::kMemory}, Later({}, 0, ApplyGroup::kBacklog),
           "How much of the latest writes is kept for replicas that come back, so that they need no full copy.");
  rows.Int("repl-backlog-ttl", &Settings::repl_backlog_ttl, {.max = kMaxLong, .initial = 3600}, Later(),
           "For how many seconds it is kept without any replica; 0: forever.");
  rows.Int("repl-timeout", &Settings::repl_timeout, {.min = 1, .initial = 60}, Later(),
           "After how many silent seconds a link counts as broken. Must exceed repl-ping-replica-period.");
  rows.Int("repl-ping-replica-period", &Settings::repl_ping_replica_period, {.min = 1, .initial = 10},
           Later("repl-ping-slave-period"), "How many seconds pass between two signs of life to the replicas.");
  rows.Int("min-replicas-to-write", &Settings::min_replicas_to_write, {},
           Later("min-slaves-to-write", 0, ApplyGroup::kReplication),
           "Refuse writes while fewer replicas than this keep up; 0: never.");
  rows.Int("min-replicas-max-lag", &Settings::min_replicas_max_lag, {.initial = 10},
           Later("min-slaves-max-lag", 0, ApplyGroup::kReplication),
           "A replica keeps up when it was heard of within so many seconds.");
  rows.Enum("propagation-error-behavior", &Settings::propagation_error_behavior, kPropagationNames,
            PropagationErrorBehavior::kIgnore, Later(),
            "What to do when a replicated or logged command fails here: go on, or stop the process (panic), on "
            "replicas only or "
            "while loading the log too.");
}

void AddCluster(Rows& rows) {
  const auto later = [](std::string_view alias = {}, uint32_t flags = 0, ApplyGroup group = ApplyGroup::kNone) {
    return Traits{.alias = alias, .flags = flags, .group = group, .waits_for = kWaitsForCluster};
  };
  rows.Bool("cluster-enabled", &Settings::cluster_enabled, false, later({}, kImmutable), "Be a node of a cluster.");
  rows.String("cluster-config-file", &Settings::cluster_config_file, "nodes.conf", later({}, kImmutable),
              "Where the node keeps what it knows of the cluster. Nobody edits this file, and no two nodes share it.");
  rows.Int("cluster-port", &Settings::cluster_port, {.max = 65535}, later({}, kImmutable),
           "The port of the cluster bus; 0: the client port plus 10000.");
  rows.Int("cluster-node-timeout", &Settings::cluster_node_timeout, {.max = kMaxLong, .initial = 15000}, later(),
           "After how many milliseconds of silence a node counts as failing.");
  rows.Int("cluster-ping-interval", &Settings::cluster_ping_interval, {.max = kMaxLong}, later({}, kHidden),
           "Milliseconds between pings on the bus; 0: the usual pace. For tests.");
  rows.Int(
      "cluster-replica-validity-factor", &Settings::cluster_replica_validity_factor, {.initial = 10},
      later("cluster-slave-validity-factor"),
      "A replica that lost its primary for longer than this many node timeouts does not take over; 0: it always may.");
  rows.Int("cluster-migration-barrier", &Settings::cluster_migration_barrier, {.initial = 1}, later(),
           "A replica moves to a primary without any only if its own keeps so many.");
  rows.Bool("cluster-allow-replica-migration", &Settings::cluster_allow_replica_migration, true, later(),
            "Let replicas move to primaries that have none.");
  rows.Bool("cluster-replica-no-failover", &Settings::cluster_replica_no_failover, false,
            later("cluster-slave-no-failover", 0, ApplyGroup::kCluster), "Never let this replica take over by itself.");
  rows.Bool("cluster-require-full-coverage", &Settings::cluster_require_full_coverage, true, later(),
            "Refuse all queries while some slots have no node.");
  rows.Bool("cluster-allow-reads-when-down", &Settings::cluster_allow_reads_when_down, false, later(),
            "Answer reads for slots that this node serves even while the cluster is down.");
  rows.Bool("cluster-allow-pubsubshard-when-down", &Settings::cluster_allow_pubsubshard_when_down, true, later(),
            "Serve sharded pub/sub of its own slots even while the cluster is down.");
  rows.Size("cluster-link-sendbuf-limit", &Settings::cluster_link_sendbuf_limit, 0, later(),
            "Drop a bus link with more unsent data than this; 0: no limit.");
}

void AddAnnouncements(Rows& rows) {
  const Traits announce = {.group = ApplyGroup::kCluster, .waits_for = kWaitsForCluster};
  const IntSpec port = {.max = 65535};
  rows.String("cluster-announce-ip", &Settings::cluster_announce_ip, "", announce,
              "The address that the other nodes and clients are told, behind NAT or in containers.");
  rows.String("cluster-announce-hostname", &Settings::cluster_announce_hostname, "", announce,
              "The host name that goes with it.", CheckHostname);
  rows.String("cluster-announce-human-nodename", &Settings::cluster_announce_human_nodename, "", announce,
              "A name for people, in logs.", CheckNodeName);
  rows.Int("cluster-announce-port", &Settings::cluster_announce_port, port, announce,
           "The client port that is told; 0: port.");
  rows.Int("cluster-announce-tls-port", &Settings::cluster_announce_tls_port, port, announce,
           "The TLS port that is told; 0: tls-port.");
  rows.Int("cluster-announce-bus-port", &Settings::cluster_announce_bus_port, port, announce,
           "The bus port that is told; 0: the one in use.");
  rows.Enum("cluster-preferred-endpoint-type", &Settings::cluster_preferred_endpoint_type, kEndpointNames,
            EndpointType::kIp, {.waits_for = kWaitsForCluster},
            "How redirections name a node: by address, by host name, or not at all, so that clients stay with the one "
            "that they "
            "used.");
}

}  // namespace

void AddReplicationOptions(std::vector<Option>& options) {
  Rows rows(options, Section::kReplication);
  AddReplicaSide(rows);
  AddPrimarySide(rows);
}

void AddClusterOptions(std::vector<Option>& options) {
  Rows rows(options, Section::kCluster);
  AddCluster(rows);
  AddAnnouncements(rows);
}

}  // namespace keyway::config
