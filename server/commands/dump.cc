// DUMP, RESTORE and RESTORE-ASKING: a key as bytes, and back.
#include <fmt/core.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/base/log.h"
#include "server/base/number.h"
#include "server/command/args.h"
#include "server/command/persistence.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"
#include "server/persist/payload.h"
#include "server/persist/rdb_format.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

constexpr std::string_view kBusyKey = "BUSYKEY Target key name already exists.";
constexpr int64_t kMaxIdleSeconds = INT64_MAX / 1000;

void Dump(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  if (entry == nullptr) return ctx.reply().Null();
  const int version = ctx.services().compat_70 ? persist::kRdbVersion70 : persist::kRdbVersion72;
  ctx.reply().Bulk(persist::WritePayload(*entry, version, SettingsOf(ctx).rdbcompression));
}

struct RestoreOptions {
  bool replace = false;
  bool absolute = false;  // the time to live is a point in time
  std::optional<int64_t> idle_s, frequency;
};

std::optional<RestoreOptions> ParseRestoreOptions(Context& ctx) {
  RestoreOptions options;
  for (size_t i = 4; i < ctx.argc(); ++i) {
    const bool has_value = i + 1 < ctx.argc();
    if (IsWord(ctx.arg(i), "REPLACE")) {
      options.replace = true;
    } else if (IsWord(ctx.arg(i), "ABSTTL")) {
      options.absolute = true;
    } else if (IsWord(ctx.arg(i), "IDLETIME") && has_value && !options.frequency) {
      options.idle_s = command::IntegerArg(ctx, ++i);
      if (!options.idle_s) return std::nullopt;
      if (*options.idle_s < 0) {
        ctx.reply().Error("ERR Invalid IDLETIME value, must be >= 0");
        return std::nullopt;
      }
    } else if (IsWord(ctx.arg(i), "FREQ") && has_value && !options.idle_s) {
      options.frequency = command::IntegerArg(ctx, ++i);
      if (!options.frequency) return std::nullopt;
      if (*options.frequency < 0 || *options.frequency > 255) {
        ctx.reply().Error("ERR Invalid FREQ value, must be >= 0 and <= 255");
        return std::nullopt;
      }
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

// When the key is to expire, as a point in time; kNoExpiry for a time to live of 0. Nothing: it answered.
std::optional<int64_t> ExpiryArg(Context& ctx, bool absolute) {
  const auto ttl = command::IntegerArg(ctx, 2);
  if (!ttl) return std::nullopt;
  if (*ttl < 0) {
    ctx.reply().Error("ERR Invalid TTL value, must be >= 0");
    return std::nullopt;
  }
  if (*ttl == 0) return keyspace::kNoExpiry;
  if (absolute) return *ttl;
  // What lies beyond the end of time is at the end of time.
  return *ttl > INT64_MAX - ctx.now_ms() ? INT64_MAX : *ttl + ctx.now_ms();
}

// The same command with a point in time, so that a replica or a log that comes later means the same moment.
void PropagateAbsolute(Context& ctx, int64_t expire_at_ms, bool was_absolute) {
  if (was_absolute || expire_at_ms == keyspace::kNoExpiry) return;
  const IntegerText when(expire_at_ms);
  std::vector<std::string_view> words(ctx.args().begin(), ctx.args().end());
  words[2] = when.view();
  words.push_back("ABSTTL");
  ctx.PropagateAs(words);
}

// The key's time is over already: what was there goes, nothing comes.
void RestoreExpired(Context& ctx, const HashedKey& key, bool deleted) {
  if (deleted) {
    ctx.PropagateAs({SettingsOf(ctx).lazyfree_lazy_server_del ? "UNLINK" : "DEL", key.view});
    ctx.db().Changed(key, EventClass::kGeneric, "del");
  }
  ctx.reply().Ok();
}

void Restore(Context& ctx) {
  const auto options = ParseRestoreOptions(ctx);
  if (!options) return;
  const HashedKey key = ctx.Key(1);
  if (!options->replace && ctx.db().FindForWrite(key) != nullptr) return ctx.reply().Error(kBusyKey);
  const auto expire_at_ms = ExpiryArg(ctx, options->absolute);
  if (!expire_at_ms) return;
  const command::Persistence* persistence = ctx.services().persistence;
  if (!persist::PayloadIsIntact(ctx.arg(3), persistence != nullptr && persistence->skips_checksums())) {
    return ctx.reply().Error("ERR DUMP payload version or checksum are wrong");
  }
  std::string storage;
  auto value = persist::ReadPayload(ctx.arg(3), ctx.limits(), storage);
  if (!value) {
    LogVerbose("{}", value.error().text());
    return ctx.reply().Error("ERR Bad data format");
  }
  const bool deleted = options->replace && ctx.db().Delete(key);
  if (*expire_at_ms != keyspace::kNoExpiry && MeansDeletion(ctx, *expire_at_ms)) {
    return RestoreExpired(ctx, key, deleted);
  }
  Entry* entry = ctx.db().Add(key, std::move(*value), *expire_at_ms);
  if (options->idle_s) ctx.keyspace().SetIdleMs(entry, std::min(*options->idle_s, kMaxIdleSeconds) * 1000);
  if (options->frequency) ctx.keyspace().SetFrequency(entry, static_cast<uint8_t>(*options->frequency));
  PropagateAbsolute(ctx, *expire_at_ms, options->absolute);
  ctx.db().Changed(key, EventClass::kGeneric, "restore");
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {{"dump", Dump}, {"restore", Restore}, {"restore-asking", Restore}};

}  // namespace

std::span<const command::HandlerBinding> DumpHandlers() { return kHandlers; }

}  // namespace keyway::commands
