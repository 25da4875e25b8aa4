// Digests of values and of the whole dataset, equal to Redis's for the same data, for tests that compare two servers.
//
//   xor(d, x)   d ^= SHA1(x)                       order does not matter: keys, members of sets
//   mix(d, x)   d = SHA1(d ^ SHA1(x))              order matters
//
//   value       mix(type number, 4 bytes big-endian), then for a string mix(its bytes); xor("!!expire!!") if it expires
//   dataset     for each database that holds keys: mix(index, 4 bytes big-endian), then xor(digest of each key), which is
//               mix(its name) and its value, from zeros on; expired keys included
#pragma once

#include "server/base/sha1.h"
#include "server/keyspace/keyspace.h"

namespace keyway::commands {

// The digest of a value. Null: no such key, which gives zeros. [exec]
Sha1Digest ValueDigest(const keyspace::Entry* entry);

// The digest of all databases; zeros while they are empty. [exec]
Sha1Digest DatasetDigest(keyspace::Keyspace& keyspace);

}  // namespace keyway::commands
