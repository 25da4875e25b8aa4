// Which words of a request are keys, and what the command does to each of them.
//
// Used by ACL checks, cluster slots, COMMAND GETKEYS, client-side caching, and on the I/O side to hash the first key early.
#pragma once

#include "server/command/spec.h"

namespace keyway::command {

struct FindKeysOptions {
  bool include_not_keys = false;  // also words that are only routed like keys (shard channels)
  bool keep_partial = false;      // skip specs that cannot be resolved instead of failing
};

// Fills `keys` (cleared first) with the keys of a request. Requires: words[0] is the command, and spec.ArityAccepts(words)
// need not hold. False when the arguments make no sense for the command; `keys` is then empty. No keys is no failure. [any]
bool FindKeysOf(const CommandSpec& spec, Words words, KeyList& keys, FindKeysOptions options = {});

// As above by the key specs of a row alone, without its hook.
bool FindKeysBySpecs(const CommandRow& row, Words words, KeyList& keys, FindKeysOptions options = {});

// Whether the command can have keys at all, by specs or hook (COMMAND GETKEYS refuses others).
bool MayHaveKeys(const CommandSpec& spec);

// Position of the first key of a request, or 0 when there is none or the arguments make no sense. No heap. [any]
std::size_t FirstKeySlow(const CommandSpec& spec, Words words);
inline std::size_t FirstKey(const CommandSpec& spec, Words words) {
  if (spec.first_key_hint >= 0) {
    const auto position = static_cast<std::size_t>(spec.first_key_hint);
    return position < words.size() ? position : 0;
  }
  return FirstKeySlow(spec, words);
}

// Hooks of rows.
bool SetKeys(Words words, KeyList& keys);           // SET
bool BitFieldKeys(Words words, KeyList& keys);      // BITFIELD
bool SortKeys(Words words, KeyList& keys);          // SORT … STORE
bool SortRoKeys(Words words, KeyList& keys);        // SORT_RO
bool MigrateKeys(Words words, KeyList& keys);       // MIGRATE … KEYS
bool GeoRadiusKeys(Words words, KeyList& keys);     // GEORADIUS, GEORADIUSBYMEMBER … STORE / STOREDIST
bool XReadKeys(Words words, KeyList& keys);         // XREAD, XREADGROUP … STREAMS

}  // namespace keyway::command
