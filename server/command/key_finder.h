// Which words of a request are keys, and what the command does to each of them.
//
// Used by ACL checks, cluster slots, COMMAND GETKEYS and client-side caching, and on the I/O side to hash the first key
// early.
#pragma once

#include "server/command/spec.h"

namespace keyway::command {

// Fills `keys` (cleared first) with the keys of a request, and what happens to each. Requires: words[0] is the name of
// the command; the number of words need not fit. Empty: there are no keys, or the arguments make no sense for the
// command, which will say so itself. With `include_not_keys` also words that are only routed like keys (shard
// channels). [any]
void FindKeysOf(const CommandSpec& spec, Words words, KeyList& keys, bool include_not_keys = false);

// Whether the command can have keys at all, by specs or hook (COMMAND GETKEYS refuses others).
bool MayHaveKeys(const CommandSpec& spec);

// Position of the first key of a request, or 0 when there is none or the arguments make no sense. [any]
std::size_t FirstKeySlow(const CommandSpec& spec, Words words);
inline std::size_t FirstKey(const CommandSpec& spec, Words words) {
  if (spec.first_key_hint >= 0) {
    const auto position = static_cast<std::size_t>(spec.first_key_hint);
    return position < words.size() ? position : 0;
  }
  return FirstKeySlow(spec, words);
}

// Hooks of rows: they append to an empty list.
void SetKeys(Words words, KeyList& keys);        // SET, whose flags depend on GET
void BitFieldKeys(Words words, KeyList& keys);   // BITFIELD, which reads only when all operations are GET
void SortKeys(Words words, KeyList& keys);       // SORT … STORE
void SortRoKeys(Words words, KeyList& keys);     // SORT_RO
void MigrateKeys(Words words, KeyList& keys);    // MIGRATE … KEYS
void GeoRadiusKeys(Words words, KeyList& keys);  // GEORADIUS, GEORADIUSBYMEMBER … STORE, STOREDIST

}  // namespace keyway::command
