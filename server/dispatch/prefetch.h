// Brings the memory that the next requests of a pipeline need towards the caches, all of them at once, so that their misses overlap.
//
// Four rounds, each of which needs what the one before has fetched: the buckets of the keys, their entries, and for commands
// that name an element of a big collection (CommandSpec::element_word) the element's bucket and entry.
#pragma once

#include <cstddef>

namespace keyway::keyspace {
class Database;
}

namespace keyway::dispatch {

struct Batch;

// How many requests are looked ahead at.
inline constexpr size_t kPrefetchWindow = 16;

// The requests from `first` on, up to the window. Changes nothing. [exec]
void PrefetchWindow(const keyspace::Database& db, const Batch& batch, size_t first);

}  // namespace keyway::dispatch
