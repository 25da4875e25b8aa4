// The text of INFO: sections of "name:value" lines, under the names that monitoring tools look for.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/command/services.h"
#include "server/keyspace/keyspace.h"
#include "server/stats/handshakes.h"
#include "server/stats/rates.h"

namespace keyway::stats {

// A certificate that a listener or a link works with; the texts may hold any bytes.
struct CertificateRow {
  std::string used_by, transport, setting, subject, serial;
  int64_t not_after = 0;  // Unix seconds
};

// tls-auto-reload-interval, since the start or CONFIG RESETSTAT.
struct ReloadCounts {
  uint64_t checks = 0;
  uint64_t reloads = 0;   // checks that found new bytes and took them
  uint64_t failures = 0;  // new bytes, or new reasons, for which the old ones had to stay
  bool failing = false;   // the last check did
};

// TRANSPORT RELOAD, likewise.
struct TransportReloadCounts {
  uint64_t reloads = 0;
  uint64_t failures = 0;
};

// Everything that INFO tells and that no subsystem below keeps. Filled by the server for each call.
struct InfoInput {
  const command::Services& services;
  const Rates& rates;
  std::string run_id, executable, config_file, event_engine;
  std::vector<std::string> listeners;  // "name=tcp,bind=…,port=…"
  std::vector<command::TransportRow> transports;
  HandshakeCounts handshakes;
  ReloadCounts tls_reload;
  TransportReloadCounts transport_reload;
  std::function<std::vector<CertificateRow>()> certificates;  // called when they are wanted
  std::string replication_id;
  int64_t started_ms = 0, now_ms = 0;
  size_t client_memory = 0;  // bytes
  size_t connected_clients = 0, blocked_clients = 0;
  size_t blocking_keys = 0, blocking_keys_on_removal = 0;
  size_t used_memory = 0;     // before the text of INFO took any
  size_t replica_memory = 0;  // bytes of clients that are replicas
  size_t largest_input = 0, largest_output = 0;
  int64_t hz = 10;
  int64_t io_threads_active = 0;
  std::vector<std::string> threads;  // "clients=…", one a thread that serves connections; none without I/O threads
  int64_t shutdown_in_ms = -1;       // below 0: no shutdown under way
};

// `sections` in lower case; none: the default ones. "all" and "everything" and "default" as Redis has them.
std::string RenderInfo(const InfoInput& input, std::span<const std::string_view> sections);

}  // namespace keyway::stats
