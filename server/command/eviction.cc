#include "server/command/eviction.h"

#include "server/base/clock.h"
#include "server/command/latency_monitor.h"
#include "server/command/persistence.h"
#include "server/config/config.h"
#include "server/keyspace/keyspace.h"

namespace keyway::command {

keyspace::Eviction::Outcome EvictKeys(const Services& services) {
  const int64_t began_us = services.clock.MonotonicUs();
  const keyspace::Eviction::Outcome outcome = services.keyspace.eviction().Free();
  if (services.latency != nullptr) {
    services.latency->Note("eviction-cycle", (services.clock.MonotonicUs() - began_us) / 1000);
  }
  return outcome;
}

bool MayEvict(const Services& services) {
  const config::Settings& settings = services.config.settings();
  if (services.clients.pause_mode() != PauseMode::kNone) return false;
  if (services.persistence != nullptr && services.persistence->loading()) return false;
  return settings.replicaof.host.empty() || !settings.replica_ignore_maxmemory;
}

}  // namespace keyway::command
