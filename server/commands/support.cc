#include "server/commands/support.h"

#include <fmt/core.h>

#include <climits>

#include "server/base/number.h"
#include "server/base/version.h"
#include "server/command/args.h"
#include "server/command/errors.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::Client;
using command::Context;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;

}  // namespace

const config::Settings& SettingsOf(Context& ctx) { return ctx.services().config.settings(); }

void ReplyString(Context& ctx, const Entry* entry) {
  if (entry->is_integer()) return ctx.reply().BulkInteger(entry->integer());
  Blob* blob = entry->blob();
  if (blob != nullptr && blob->size() >= kReferenceBytes) {
    return ctx.reply().BulkShared(blob->view(), blob->Share(), &Blob::ReleaseShared);
  }
  ctx.reply().Bulk(entry->text());
}

void ReplySubstring(Context& ctx, const Entry* entry, size_t first, size_t last) {
  const size_t size = last - first + 1;
  Blob* blob = entry->blob();
  if (blob != nullptr && size >= kReferenceBytes) {
    return ctx.reply().BulkShared(blob->view().substr(first, size), blob->Share(), &Blob::ReleaseShared);
  }
  const data::StringBytes bytes = entry->String();
  ctx.reply().Bulk(bytes.view().substr(first, size));
}

std::optional<int> IntArg(Context& ctx, size_t i, std::string_view error) {
  const auto value = command::IntegerArg(ctx, i, error.empty() ? command::errors::kNotInteger : error);
  if (!value) return std::nullopt;
  if (*value >= INT_MIN && *value <= INT_MAX) return static_cast<int>(*value);
  if (error.empty()) {
    ctx.reply().Error(fmt::format("ERR value is out of range, value must between {} and {}", INT_MIN, INT_MAX));
  } else {
    ctx.reply().Error(error);
  }
  return std::nullopt;
}

std::optional<int> DatabaseIndexArg(Context& ctx, size_t i, std::string_view error) {
  const auto index = IntArg(ctx, i, error);
  if (!index) return std::nullopt;
  if (*index >= 0 && *index < ctx.keyspace().databases()) return index;
  ctx.reply().Error(command::errors::kDbIndexOutOfRange);
  return std::nullopt;
}

void InvalidExpireTime(Context& ctx) {
  ctx.reply().Error(fmt::format("ERR invalid expire time in '{}' command", ctx.spec().full_name));
}

bool MeansDeletion(Context& ctx, int64_t when_ms) {
  return when_ms <= ctx.now_ms() && ctx.keyspace().expiry_mode() == keyspace::ExpiryMode::kDelete;
}

void DeleteAndPropagate(Context& ctx, const HashedKey& key) {
  const bool lazily = SettingsOf(ctx).lazyfree_lazy_expire;
  ctx.db().Delete(key, lazily ? keyspace::FreeMode::kLazy : keyspace::FreeMode::kNow);
  ctx.PropagateAs({lazily ? "UNLINK" : "DEL", key.view});
  ctx.db().Changed(key, EventClass::kGeneric, "del");
}

bool MustObey(const Client& client) { return client.Has(command::kClientPrimaryLink); }

std::string_view AnnouncedVersion(const command::Services& services) { return RedisVersion(services.compat_70); }

}  // namespace keyway::commands
