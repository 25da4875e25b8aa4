// Small things that several command families share: replies of string values, database numbers, expiry times.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/command/context.h"

namespace keyway::config {
struct Settings;
}

namespace keyway::commands {

// String values of at least this many bytes go out by reference instead of being copied into the reply.
inline constexpr size_t kReferenceBytes = 64 * 1024;

const config::Settings& SettingsOf(command::Context& ctx);

// The string value of an entry as a bulk reply. Requires entry->is_string().
void ReplyString(command::Context& ctx, const keyspace::Entry* entry);
// Bytes [first, last] of a string value as a bulk reply. Requires first <= last < length.
void ReplySubstring(command::Context& ctx, const keyspace::Entry* entry, size_t first, size_t last);

// Calls visit(key, i) for the keys that stand in arguments first, first + step, … They are hashed and prefetched some at a time, so
// that the cache misses of many keys overlap.
template <class Visit>
void ForEachKey(command::Context& ctx, size_t first, size_t step, Visit&& visit) {
  constexpr size_t kWindow = 16;
  if (first + step >= ctx.argc()) {
    if (first < ctx.argc()) visit(ctx.Key(first), first);
    return;
  }
  uint64_t hashes[kWindow];
  for (size_t begin = first; begin < ctx.argc(); begin += kWindow * step) {
    size_t count = 0;
    for (size_t i = begin; i < ctx.argc() && count < kWindow; i += step) {
      const keyspace::HashedKey key = ctx.Key(i);
      hashes[count++] = key.hash;
      ctx.db().PrefetchBucket(key);
    }
    for (size_t k = 0; k < count; ++k) ctx.db().PrefetchEntry(keyspace::HashedKey({}, hashes[k]));
    for (size_t k = 0, i = begin; k < count; ++k, i += step) visit(keyspace::HashedKey(ctx.arg(i), hashes[k]), i);
  }
}

// Argument i as a 32-bit integer; outside of that range it answers as Redis does, or with `error` if one is given.
std::optional<int> IntArg(command::Context& ctx, size_t i, std::string_view error = {});
// Argument i as the number of a database that exists; `error` as above, for what is no integer.
std::optional<int> DatabaseIndexArg(command::Context& ctx, size_t i, std::string_view error = {});

// "ERR invalid expire time in 'set' command", with the name of the running command.
void InvalidExpireTime(command::Context& ctx);
// Whether an expiry that is set to `when_ms` means that the key is to be deleted at once: on a primary, not while data is
// loaded or a primary's stream is applied, where DEL arrives by itself.
bool MeansDeletion(command::Context& ctx, int64_t when_ms);
// Deletes a key for that reason, with its "del" event, and propagates DEL or UNLINK instead of the command. Requires the
// key to be there.
void DeleteAndPropagate(command::Context& ctx, const keyspace::HashedKey& key);

// Whether the client may do things that limits forbid to others: it is our primary, whose stream has to be followed.
bool MustObey(const command::Client& client);

// "7.2.4": the Redis version that the server announces.
std::string_view AnnouncedVersion(const command::Services& services);

}  // namespace keyway::commands
