// Walking over the keys of a database: KEYS at once, SCAN in steps.

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>

#include "server/base/glob.h"
#include "server/commands/collection_scan.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using keyspace::Entry;
using keyspace::HashedKey;

// "*" matches every key, the empty one included.
bool MatchesAll(std::string_view pattern) { return pattern == "*"; }

void Keys(Context& ctx) {
  const std::string_view pattern = ctx.arg(1);
  const bool all = MatchesAll(pattern);
  resp::Deferred list(ctx.reply());
  ctx.db().ForEach([&](const Entry* entry) {
    const std::string_view key = entry->key();
    if ((all || GlobMatches(pattern, key)) && !ctx.db().IsExpired(entry)) {
      ctx.reply().Bulk(key);
      list.Count();
    }
    return !ctx.client().Has(command::kClientCloseAsap);
  });
  list.EndArray();
}

// Whether the name that the client gave, in any case, is that of the type.
bool IsTypeName(std::string_view name, data::ValueType type) {
  const std::string_view own = data::TypeName(type);
  return name.size() == own.size() && std::equal(name.begin(), name.end(), own.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         });
}

// Whether the entry belongs into the reply. Deletes it if its time has come.
bool Accepts(Context& ctx, const ScanOptions& options, Entry* entry) {
  if (!options.Matches(entry->key())) return false;
  if (ctx.db().IsExpired(entry)) {
    const std::string name(entry->key());
    return !ctx.db().ExpireIfNeeded(HashedKey(name));
  }
  if (!options.type) return true;
  // A look-up as any other, that counts as a hit.
  entry = ctx.db().FindForRead(HashedKey(entry->key()), keyspace::kNoTouch | keyspace::kNoNotify);
  return entry != nullptr && IsTypeName(*options.type, entry->type());
}

void Scan(Context& ctx) {
  const auto cursor = ScanCursorArg(ctx, 1);
  if (!cursor) return;
  const auto options = ScanOptionsArg(ctx, 2, /*with_type=*/true);
  if (!options) return;
  ScanReply list(ctx);
  const uint64_t next = ScanInSteps(*cursor, *options, [&](uint64_t at, uint64_t* met) {
    return ctx.db().Scan(at, [&](Entry* entry) {
      ++*met;
      if (Accepts(ctx, *options, entry)) list.Add(entry->key());
    });
  });
  list.End(next);
}

constexpr command::HandlerBinding kHandlers[] = {{"keys", Keys}, {"scan", Scan}};

}  // namespace

std::span<const command::HandlerBinding> ScanHandlers() { return kHandlers; }

}  // namespace keyway::commands
