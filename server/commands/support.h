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
