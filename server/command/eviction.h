// When keys are evicted, and how long it took: what dispatching and cron have in common about maxmemory.
#pragma once

#include "server/command/services.h"
#include "server/keyspace/eviction.h"

namespace keyway::command {

// Whether keys may be deleted to make room now: not while clients are paused or a dataset is loaded, and not on a replica that
// leaves it to its primary. [exec]
bool MayEvict(const Services& services);
// Makes room below maxmemory as far as its time goes. Requires MayEvict(). [exec]
keyspace::Eviction::Outcome EvictKeys(const Services& services);

}  // namespace keyway::command
