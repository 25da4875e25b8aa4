// Walking over the keys of a database: KEYS at once, SCAN in steps.
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "server/base/glob.h"
#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using keyspace::Entry;
using keyspace::HashedKey;
namespace errors = command::errors;

constexpr int64_t kDefaultCount = 10;
// A sparse table has many empty buckets: so many steps an entry asked for are made before the client is asked to come again.
constexpr uint64_t kStepsPerEntry = 10;

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

// A cursor is read as strtoul reads numbers, signs included: clients hand back what they got, in whatever form.
std::optional<uint64_t> CursorArg(Context& ctx, size_t i) {
  const std::string text(ctx.arg(i));
  errno = 0;
  char* end = nullptr;
  const uint64_t cursor = std::strtoull(text.c_str(), &end, 10);
  const bool blank = !text.empty() && std::isspace(static_cast<unsigned char>(text[0]));
  if (!blank && end == text.c_str() + text.size() && errno != ERANGE) return cursor;
  ctx.reply().Error(errors::kInvalidCursor);
  return std::nullopt;
}

struct ScanOptions {
  int64_t count = kDefaultCount;
  std::optional<std::string_view> pattern;
  std::optional<std::string_view> type;

  bool Matches(std::string_view key) const { return !pattern || GlobMatches(*pattern, key); }
};

std::optional<ScanOptions> ParseScanOptions(Context& ctx) {
  ScanOptions options;
  for (size_t i = 2; i < ctx.argc(); i += 2) {
    const bool has_value = i + 1 < ctx.argc();
    if (IsWord(ctx.arg(i), "COUNT") && has_value) {
      const auto count = command::IntegerArg(ctx, i + 1);
      if (!count) return std::nullopt;
      options.count = *count;
      if (*count >= 1) continue;
    } else if (IsWord(ctx.arg(i), "MATCH") && has_value) {
      options.pattern.reset();
      if (!MatchesAll(ctx.arg(i + 1))) options.pattern = ctx.arg(i + 1);
      continue;
    } else if (IsWord(ctx.arg(i), "TYPE") && has_value) {
      options.type = ctx.arg(i + 1);
      continue;
    }
    ctx.reply().Error(errors::kSyntax);
    return std::nullopt;
  }
  return options;
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
  auto cursor = CursorArg(ctx, 1);
  if (!cursor) return;
  const auto options = ParseScanOptions(ctx);
  if (!options) return;

  std::vector<const Entry*> found;
  const auto count = static_cast<uint64_t>(options->count);
  uint64_t steps = count > std::numeric_limits<uint64_t>::max() / kStepsPerEntry ? std::numeric_limits<uint64_t>::max()
                                                                                 : count * kStepsPerEntry;
  uint64_t sampled = 0;
  do {
    cursor = ctx.db().Scan(*cursor, [&](Entry* entry) {
      ++sampled;
      if (Accepts(ctx, *options, entry)) found.push_back(entry);
    });
  } while (*cursor != 0 && steps-- > 0 && sampled < count);

  char text[kMaxIntegerLength];
  ctx.reply().Array(2);
  ctx.reply().Bulk({text, FormatUint64(*cursor, text)});
  ctx.reply().Array(static_cast<int64_t>(found.size()));
  for (const Entry* entry : found) ctx.reply().Bulk(entry->key());
}

constexpr command::HandlerBinding kHandlers[] = {{"keys", Keys}, {"scan", Scan}};

}  // namespace

std::span<const command::HandlerBinding> ScanHandlers() { return kHandlers; }

}  // namespace keyway::commands
