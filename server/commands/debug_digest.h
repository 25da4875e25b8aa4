// Digests of values and of the whole dataset, equal to Redis's for the same data, for tests that compare two servers.
//
//   xor(d, x)   d ^= SHA1(x)                       order does not matter: keys, members of sets
//   mix(d, x)   d = SHA1(d ^ SHA1(x))              order matters
//
//   value       mix(type number, 4 bytes big-endian), then
//                 string   mix(its bytes)
//                 list     mix(each element)
//                 set      xor(each member)
//                 zset     xor(digest of each member, from zeros on: mix(member), mix(score as text))
//                 hash     xor(digest of each field, from zeros on: mix(field), mix(value))
//                 stream   for each message: mix("milliseconds.sequence"), then mix(field), mix(value) for each pair
//               and xor("!!expire!!") if it expires
//   dataset     for each database that holds keys: mix(index, 4 bytes big-endian), then xor(digest of each key), which is
//               mix(its name) and its value, from zeros on; expired keys included
//
// The text of a score is that of the Redis version which is imitated, so the caller says which one that is.
#pragma once

#include "server/base/double_text.h"
#include "server/base/sha1.h"
#include "server/keyspace/keyspace.h"

namespace keyway::commands {

// The digest of a value. Null: no such key, which gives zeros. [exec]
Sha1Digest ValueDigest(const keyspace::Entry* entry, DoubleForm score_form);

// The digest of all databases; zeros while they are empty. [exec]
Sha1Digest DatasetDigest(keyspace::Keyspace& keyspace, DoubleForm score_form);

}  // namespace keyway::commands
