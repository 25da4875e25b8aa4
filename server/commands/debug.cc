// DEBUG: for people who work on the server and for the tests. enable-debug-command says who may use it.
//
// A subcommand is a row of kSubcommands and a function. A name or a number of arguments that no row has gets the same
// answer, so a client cannot tell which of the two was wrong (Redis's tests expect that).
#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "server/base/check.h"
#include "server/base/log.h"
#include "server/base/memory.h"
#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/debug_allocator.h"
#include "server/commands/debug_collections.h"
#include "server/commands/debug_digest.h"
#include "server/commands/debug_protocol.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/commands/persistence_debug.h"
#include "server/commands/serialized_size.h"
#include "server/commands/support.h"
#include "server/config/config.h"

namespace keyway::commands {

using command::Context;
using command::IsWord;
using keyspace::Entry;
using keyspace::HashedKey;
namespace errors = command::errors;

namespace {

// Longest sleep; more than anybody waits for, and it fits the types involved.
constexpr double kMaxSleepSeconds = 1e9;
// Least memory that a key of DEBUG POPULATE takes: more keys than fit by that measure are refused at once.
constexpr size_t kBytesPerKey = 32;

// As atoi reads a switch: what is no number is 0.
bool SwitchArg(Context& ctx, size_t i) { return std::atoi(std::string(ctx.arg(i)).c_str()) != 0; }

void Sleep(Context& ctx) {
  const double seconds = std::clamp(std::strtod(std::string(ctx.arg(2)).c_str(), nullptr), 0.0, kMaxSleepSeconds);
  timespec time;
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<long>((seconds - static_cast<double>(time.tv_sec)) * 1e9);
  nanosleep(&time, nullptr);
  ctx.reply().Ok();
}

void Object(Context& ctx) {
  const Entry* entry = ctx.db().FindRaw(ctx.Key(2));
  if (entry == nullptr) return ctx.reply().Error(errors::kNoSuchKey);
  ctx.reply().Simple(fmt::format("Value at:{} refcount:{} encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}{}",
                                 static_cast<const void*>(entry), ctx.keyspace().RefCount(entry),
                                 data::EncodingName(entry->encoding()), SerializedSize(ctx, *entry), entry->clock(),
                                 ctx.keyspace().IdleMs(entry) / 1000, QuicklistFields(entry)));
}

void SetActiveExpire(Context& ctx) {
  ctx.services().server.SetActiveExpire(SwitchArg(ctx, 2));
  ctx.reply().Ok();
}

void PauseCron(Context& ctx) {
  ctx.services().server.PauseCron(SwitchArg(ctx, 2));
  ctx.reply().Ok();
}

void WriteLog(Context& ctx) {
  LogWarning("DEBUG LOG: {}", ctx.arg(2));
  ctx.reply().Ok();
}

void ReplyWithError(Context& ctx) { ctx.reply().Error(ctx.arg(2)); }

void ConfigRewriteForceAll(Context& ctx) {
  const auto result = ctx.services().config.Rewrite(config::Config::RewriteMode::kForceAll);
  if (result) return ctx.reply().Ok();
  ctx.reply().Error(fmt::format("ERR CONFIG-REWRITE-FORCE-ALL failed: {}", result.error().text()));
}

// ---- data ----------------------------------------------------------------------------------------------------------

DoubleForm ScoreForm(Context& ctx) {
  return ctx.services().compat_70 ? DoubleForm::kSeventeenDigits : DoubleForm::kShortest;
}

void Digest(Context& ctx) { ctx.reply().Simple(HexText(DatasetDigest(ctx.keyspace(), ScoreForm(ctx)))); }

void DigestValue(Context& ctx) {
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - 2));
  // Expired keys count: the point is to see what lies there.
  for (size_t i = 2; i < ctx.argc(); ++i) {
    ctx.reply().Simple(HexText(ValueDigest(ctx.db().FindRaw(ctx.Key(i)), ScoreForm(ctx))));
  }
}

bool WantsFull(Context& ctx) { return ctx.argc() > 3 && IsWord(ctx.arg(3), "FULL"); }

void HtStats(Context& ctx) {
  const auto index = command::IntegerArg(ctx, 2);
  if (!index) return;
  if (*index < 0 || *index >= ctx.keyspace().databases()) return ctx.reply().Error("ERR Out of range database");
  const keyspace::Database& db = ctx.keyspace().db(static_cast<int>(*index));
  ctx.reply().Verbatim(
      fmt::format("[Dictionary HT]\n{}[Expires HT]\nNo table of its own: {} of the keys above expire\n",
                  db.DescribeStats(WantsFull(ctx)), db.expiring_keys()),
      "txt");
}

void HtStatsKey(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(2), keyspace::kNoTouch | keyspace::kNoNotify);
  if (entry == nullptr) return ctx.reply().Error(errors::kNoSuchKey);
  const ds::TagTable* table = entry->is_string() ? nullptr : entry->object()->hash_table();
  if (table != nullptr) {
    // Redis 7.0 always gives all there is.
    return ctx.reply().Verbatim(table->DescribeStats(WantsFull(ctx) || ctx.services().compat_70), "txt");
  }
  ctx.reply().Error("ERR The value stored at the specified key is not represented using an hash table");
}

std::optional<int64_t> CountArg(Context& ctx, size_t i) {
  return command::IntegerArgIn(ctx, i, 0, INT64_MAX, errors::kMustBePositive);
}

void Populate(Context& ctx) {
  const auto count = CountArg(ctx, 2);
  if (!count) return;
  if (static_cast<uint64_t>(*count) > SystemMemory() / kBytesPerKey) {
    return ctx.reply().Error("ERR OOM in dictTryExpand");
  }
  int64_t size = 0;
  if (ctx.argc() == 5) {
    const auto value = CountArg(ctx, 4);
    if (!value) return;
    if (*value > SettingsOf(ctx).proto_max_bulk_len) return ctx.reply().Error(errors::kStringTooLong);
    size = *value;
  }
  const std::string_view prefix = ctx.argc() > 3 ? ctx.arg(3) : "key";
  ctx.db().Reserve(ctx.db().size() + static_cast<size_t>(*count));
  for (int64_t i = 0; i < *count; ++i) {
    const std::string name = fmt::format("{}:{}", prefix, i);
    const HashedKey key(name);
    if (ctx.db().FindForWrite(key) != nullptr) continue;
    std::string value = fmt::format("value:{}", i);
    if (size > 0) value.resize(static_cast<size_t>(size));
    ctx.db().Add(key, data::Value::Text(value));
    ctx.db().SignalModified(key.view);
  }
  ctx.reply().Ok();
}

// ---- the end -------------------------------------------------------------------------------------------------------

void Segfault(Context&) {
  // A page that may be read only: writing to it is a fault that no compiler can foresee and optimise away.
  auto* page = static_cast<volatile char*>(mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  *page = 'x';
}

void Panic(Context& ctx) {
  const std::string text = fmt::format("DEBUG PANIC called at Unix time {}", ctx.now_ms() / 1000);
  CheckFailed(text.c_str(), __FILE__, __LINE__);
}

void Assert(Context&) { CheckFailed("1 == 2", __FILE__, __LINE__); }

void RestartServer(Context& ctx, bool crash) {
  int64_t delay_ms = 0;
  if (ctx.argc() > 2) {
    const auto value = command::IntegerArg(ctx, 2);
    if (!value) return;
    delay_ms = std::max<int64_t>(*value, 0);
  }
  const auto result = ctx.services().server.Restart(crash, delay_ms);
  if (!result) ctx.reply().Error(result.error().text());
}

void Restart(Context& ctx) { RestartServer(ctx, false); }
void CrashAndRecover(Context& ctx) { RestartServer(ctx, true); }

// ---- the table -----------------------------------------------------------------------------------------------------

// Clients own no reply buffer that could be resized, so that there is nothing to steer.
void ReplyBuffer(Context& ctx) {
  const bool names_time = IsWord(ctx.arg(3), "NEVER") || IsWord(ctx.arg(3), "RESET");
  if (IsWord(ctx.arg(2), "RESIZING") || (IsWord(ctx.arg(2), "PEAK-RESET-TIME") && names_time)) return ctx.reply().Ok();
  if (!IsWord(ctx.arg(2), "PEAK-RESET-TIME")) return ctx.reply().Error(errors::kSyntax);
  if (command::IntegerArg(ctx, 3)) ctx.reply().Ok();
}

struct Subcommand {
  std::string_view name;  // in capitals
  size_t min_words, max_words;
  command::Handler handler;
  HelpEntry help;
};
constexpr size_t kAnyNumber = SIZE_MAX;

constexpr Subcommand kSubcommands[] = {
    {"ASSERT", 2, kAnyNumber, Assert, {"ASSERT", "End the server as a failed check does."}},
    {"CONFIG-REWRITE-FORCE-ALL",
     2,
     2,
     ConfigRewriteForceAll,
     {"CONFIG-REWRITE-FORCE-ALL", "Rewrite the configuration file with every option there is, defaults included."}},
    {"CRASH-AND-RECOVER",
     2,
     kAnyNumber,
     CrashAndRecover,
     {"CRASH-AND-RECOVER [<milliseconds>]",
      "End without saving anything and start again, after a while if one is given."}},
    {"DIGEST", 2, 2, Digest, {"DIGEST", "Give a digest of all data; equal data has equal digests."}},
    {"DIGEST-VALUE",
     2,
     kAnyNumber,
     DigestValue,
     {"DIGEST-VALUE <key> [<key> ...]", "Give the digest of the value of each key, zeros for a missing one."}},
    {"ERROR", 3, 3, ReplyWithError, {"ERROR <text>", "Answer with an error of that text."}},
    {"HTSTATS",
     3,
     kAnyNumber,
     HtStats,
     {"HTSTATS <dbid> [full]",
      "Describe the hash table of a database, with the lengths of its chains if asked in full."}},
    {"HTSTATS-KEY",
     3,
     kAnyNumber,
     HtStatsKey,
     {"HTSTATS-KEY <key> [full]", "The same for the hash table that a value is stored in."}},
    {"LISTPACK",
     3,
     3,
     DebugListpack,
     {"LISTPACK <key>", "Print the elements of a value that is one listpack to the server's standard output."}},
    {"LOG", 3, 3, WriteLog, {"LOG <text>", "Write a line to the server's log."}},
    {"MALLCTL",
     3,
     kAnyNumber,
     MallctlInteger,
     {"MALLCTL <name> [<value>]", "Read or set an integer of the jemalloc allocator."}},
    {"MALLCTL-STR",
     3,
     kAnyNumber,
     MallctlString,
     {"MALLCTL-STR <name> [<value>]", "Read or set a text of the jemalloc allocator."}},
    {"OBJECT", 3, 3, Object, {"OBJECT <key>", "Show where and how a value is stored."}},
    {"PANIC", 2, kAnyNumber, Panic, {"PANIC", "End the server as corrupt data does."}},
    {"PAUSE-CRON", 3, 3, PauseCron, {"PAUSE-CRON <0|1>", "Stop the periodic work of the server, or let it go on."}},
    {"POPULATE",
     3,
     5,
     Populate,
     {"POPULATE <count> [<prefix>] [<size>]",
      "Add that many string keys, named key:0 and so on; nothing of it goes to replicas."}},
    {"PROTOCOL",
     3,
     3,
     DebugProtocol,
     {"PROTOCOL <type>",
      "Answer with a sample of a type: string, integer, double, bignum, null, array, set, map, attrib, push, verbatim, "
      "true or false."}},
    {"QUICKLIST",
     3,
     4,
     DebugQuicklist,
     {"QUICKLIST <key> [<0|1>]",
      "Print the nodes of a list to the server's standard output, with their elements if 1 is given."}},
    {"QUICKLIST-PACKED-THRESHOLD",
     3,
     3,
     DebugQuicklistPackedThreshold,
     {"QUICKLIST-PACKED-THRESHOLD <size>",
      "Let elements from that size on be list nodes by themselves; 0 restores the default of 1gb."}},
    {"RELOAD",
     2,
     kAnyNumber,
     DebugReload,
     {"RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
      "Save the data, empty the server and read the data back. NOSAVE reads what is on disk already, NOFLUSH keeps "
      "what is in memory, MERGE lets keys of the file replace those."}},
    {"REPLYBUFFER",
     4,
     4,
     ReplyBuffer,
     {"REPLYBUFFER (PEAK-RESET-TIME <milliseconds|NEVER|RESET>|RESIZING <0|1>)",
      "Accepted for the tests of Redis: replies go into chunks of one size, and none is ever resized."}},
    {"RESTART",
     2,
     kAnyNumber,
     Restart,
     {"RESTART [<milliseconds>]", "Save everything, end, and start again, after a while if one is given."}},
    {"SEGFAULT", 2, kAnyNumber, Segfault, {"SEGFAULT", "End the server by writing where it may not."}},
    {"SET-ACTIVE-EXPIRE",
     3,
     3,
     SetActiveExpire,
     {"SET-ACTIVE-EXPIRE <0|1>", "Stop deleting expired keys that nobody asks for, or do it again."}},
    {"SET-SKIP-CHECKSUM-VALIDATION",
     3,
     3,
     DebugSetSkipChecksumValidation,
     {"SET-SKIP-CHECKSUM-VALIDATION <0|1>",
      "Accept snapshots and RESTORE payloads with a wrong checksum, or check it."}},
    {"SLEEP", 3, 3, Sleep, {"SLEEP <seconds>", "Do nothing and answer nobody for that time; fractions are fine."}},
};

bool IsAvailable(const Subcommand& subcommand) {
  const bool of_allocator = subcommand.handler == MallctlInteger || subcommand.handler == MallctlString;
  return !of_allocator || HasMallctl();
}

void Help(Context& ctx) {
  std::vector<HelpEntry> entries;
  for (const Subcommand& subcommand : kSubcommands) {
    if (IsAvailable(subcommand)) entries.push_back(subcommand.help);
  }
  ReplyHelp(ctx, entries);
}

}  // namespace

// Its name, exported and not inlined, is what tests look for in the stack that the watchdog logs during DEBUG SLEEP.
[[gnu::noinline, gnu::visibility("default")]] void debugCommand(Context& ctx) {
  const size_t words = ctx.argc();
  if (words == 2 && IsWord(ctx.arg(1), "HELP")) return Help(ctx);
  for (const Subcommand& subcommand : kSubcommands) {
    if (!IsWord(ctx.arg(1), subcommand.name) || !IsAvailable(subcommand)) continue;
    if (words < subcommand.min_words || words > subcommand.max_words) break;
    subcommand.handler(ctx);
    asm volatile("");  // no tail call: this frame has to stay on the stack
    return;
  }
  command::SubcommandSyntaxError(ctx);
}

namespace {
constexpr command::HandlerBinding kHandlers[] = {{"debug", debugCommand}};
}  // namespace

std::span<const command::HandlerBinding> DebugHandlers() { return kHandlers; }

}  // namespace keyway::commands
