// HyperLogLog commands. The value is a string, so every command checks what it finds, and anybody may have written it.
#include <fmt/core.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/base/random.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"
#include "server/data/hyperloglog.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::HllEncoding;
using data::HllHit;
using data::HllRegisters;
using data::HllUpdate;
using data::HyperLogLog;
using data::Value;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;

constexpr std::string_view kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

size_t SparseMaxBytes(Context& ctx) { return static_cast<size_t>(SettingsOf(ctx).hll_sparse_max_bytes); }

// Whether the entry holds a HyperLogLog as far as its header tells; answers with an error if not.
bool CheckHll(Context& ctx, const Entry* entry) {
  if (!entry->is_string()) {
    ctx.reply().Error(command::errors::kWrongType);
    return false;
  }
  if (entry->is_integer() || !data::HllHeaderIsValid(entry->text())) {
    ctx.reply().Error("WRONGTYPE Key is not a valid HyperLogLog string value.");
    return false;
  }
  return true;
}

// Stores what a value has become; a value that was there keeps its expiry. Returns where it is now.
Entry* Store(Context& ctx, const HashedKey& key, Entry* entry, std::string_view bytes) {
  if (entry == nullptr) return ctx.db().Add(key, Value::RawText(bytes));
  if (bytes.size() < entry->StringLength()) return ctx.db().Replace(key, entry, Value::RawText(bytes));
  // In place, with room for the next elements when it grows.
  return ctx.db().WriteRange(key, entry, 0, bytes);
}

// ---- PFADD, PFCOUNT, PFMERGE ---------------------------------------------------------------------------------------

// What adding words 2 and following would raise in the stored value, from the first one that does; nothing if corrupt.
std::optional<std::vector<HllHit>> HitsThatRaise(Context& ctx, std::string_view bytes) {
  std::vector<HllHit> hits;
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const HllHit hit = data::HllHitOf(ctx.arg(i));
    const HllUpdate update = data::HllWouldChange(bytes, hit);
    if (update == HllUpdate::kCorrupt) return std::nullopt;
    if (update == HllUpdate::kChanged) hits.push_back(hit);
  }
  return hits;
}

// Registers raised, or nothing if the value is corrupt.
std::optional<int64_t> AddDense(Context& ctx, const HashedKey& key, Entry* entry, const std::vector<HllHit>& hits) {
  const std::span<char> bytes = ctx.db().MutableBytes(key, &entry, data::kHllDenseBytes);
  int64_t raised = 0;
  for (const HllHit& hit : hits) raised += data::HllRaiseDense(bytes, hit);
  data::HllMarkCacheStale(bytes);
  return raised;
}

std::optional<int64_t> AddSparse(Context& ctx, const HashedKey& key, Entry* entry, const std::vector<HllHit>& hits) {
  HyperLogLog hll = entry != nullptr ? HyperLogLog(entry->text()) : HyperLogLog();
  int64_t raised = entry == nullptr;
  for (const HllHit& hit : hits) {
    const HllUpdate update = hll.Raise(hit, SparseMaxBytes(ctx));
    if (update == HllUpdate::kCorrupt) return std::nullopt;
    raised += update == HllUpdate::kChanged;
  }
  hll.MarkCacheStale();
  Store(ctx, key, entry, hll.bytes());
  return raised;
}

void PfAdd(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForWrite(key);
  if (entry != nullptr && !CheckHll(ctx, entry)) return;
  // Most elements raise nothing, and then nothing is copied.
  const auto hits = HitsThatRaise(ctx, entry != nullptr ? entry->text() : HyperLogLog().bytes());
  if (!hits) return ctx.reply().Error(kCorrupt);
  if (entry != nullptr && hits->empty()) return ctx.reply().Integer(0);

  const bool dense = entry != nullptr && data::HllEncodingOf(entry->text()) == HllEncoding::kDense;
  const auto raised = dense ? AddDense(ctx, key, entry, *hits) : AddSparse(ctx, key, entry, *hits);
  if (!raised) return ctx.reply().Error(kCorrupt);
  ctx.db().Changed(key, EventClass::kString, "pfadd", *raised);
  ctx.reply().Integer(1);
}

// Raises `registers` to those of the keys from word 1 on; false after an error reply.
bool MergeKeys(Context& ctx, HllRegisters& registers, bool* any_dense) {
  for (size_t i = 1; i < ctx.argc(); ++i) {
    const Entry* entry = ctx.db().FindForRead(ctx.Key(i));
    if (entry == nullptr) continue;
    if (!CheckHll(ctx, entry)) return false;
    const std::string_view bytes = entry->text();
    if (data::HllEncodingOf(bytes) == HllEncoding::kDense) *any_dense = true;
    if (!data::HllMerge(bytes, registers)) {
      ctx.reply().Error(kCorrupt);
      return false;
    }
  }
  return true;
}

void CountOne(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForRead(key);
  if (entry == nullptr) return ctx.reply().Integer(0);
  if (!CheckHll(ctx, entry)) return;
  if (const auto cached = data::HllCachedCount(entry->text())) {
    return ctx.reply().Integer(static_cast<int64_t>(*cached));
  }
  const auto count = data::HllCount(entry->text());
  if (!count) return ctx.reply().Error(kCorrupt);
  data::HllStoreCache(ctx.db().MutableBytes(key, &entry, 0), *count);
  // The value changed, although the command reads: replicas are to hold the same bytes.
  ctx.db().SignalModified(key.view);
  ctx.db().AddDirty();
  ctx.reply().Integer(static_cast<int64_t>(*count));
}

void PfCount(Context& ctx) {
  if (ctx.argc() == 2) return CountOne(ctx);
  HllRegisters registers{};
  bool any_dense = false;
  if (MergeKeys(ctx, registers, &any_dense)) ctx.reply().Integer(static_cast<int64_t>(data::HllCount(registers)));
}

void PfMerge(Context& ctx) {
  HllRegisters registers{};
  bool dense = false;
  if (!MergeKeys(ctx, registers, &dense)) return;

  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForWrite(key);
  HyperLogLog hll = entry != nullptr ? HyperLogLog(entry->text()) : HyperLogLog();
  if (dense && !hll.MakeDense()) return ctx.reply().Error(kCorrupt);
  for (uint32_t i = 0; i < data::kHllRegisters; ++i) {
    if (registers[i] == 0) continue;
    if (hll.Raise({i, registers[i]}, SparseMaxBytes(ctx)) == HllUpdate::kCorrupt) return ctx.reply().Error(kCorrupt);
  }
  hll.MarkCacheStale();
  Store(ctx, key, entry, hll.bytes());
  ctx.db().Changed(key, EventClass::kString, "pfadd");
  ctx.reply().Ok();
}

// ---- PFDEBUG -------------------------------------------------------------------------------------------------------

// Makes the value dense; false after an error reply. `converted` tells whether it was sparse.
bool MakeDense(Context& ctx, const HashedKey& key, Entry** entry, bool* converted) {
  *converted = data::HllEncodingOf((*entry)->text()) == HllEncoding::kSparse;
  if (!*converted) return true;
  HyperLogLog hll((*entry)->text());
  if (!hll.MakeDense()) {
    ctx.reply().Error(kCorrupt);
    return false;
  }
  *entry = Store(ctx, key, *entry, hll.bytes());
  ctx.db().SignalModified(key.view);
  ctx.db().AddDirty();
  return true;
}

void DebugRegisters(Context& ctx, const HashedKey& key, Entry* entry) {
  bool converted;
  if (!MakeDense(ctx, key, &entry, &converted)) return;
  HllRegisters registers{};
  data::HllMerge(entry->text(), registers);
  ctx.reply().Array(static_cast<int64_t>(registers.size()));
  for (uint8_t value : registers) ctx.reply().Integer(value);
}

void DebugDecode(Context& ctx, const Entry* entry) {
  if (data::HllEncodingOf(entry->text()) != HllEncoding::kSparse) {
    return ctx.reply().Error("ERR HLL encoding is not sparse");
  }
  const auto runs = data::HllDescribeRuns(entry->text());
  runs ? ctx.reply().Bulk(*runs) : ctx.reply().Error(kCorrupt);
}

void PfDebug(Context& ctx) {
  const std::string_view subcommand = ctx.arg(1);
  const HashedKey key = ctx.Key(2);
  Entry* entry = ctx.db().FindForWrite(key);
  if (entry == nullptr) return ctx.reply().Error("ERR The specified key does not exist");
  if (!CheckHll(ctx, entry)) return;
  if (IsWord(subcommand, "GETREG")) return DebugRegisters(ctx, key, entry);
  if (IsWord(subcommand, "DECODE")) return DebugDecode(ctx, entry);
  if (IsWord(subcommand, "ENCODING")) {
    return ctx.reply().Simple(data::HllEncodingOf(entry->text()) == HllEncoding::kDense ? "dense" : "sparse");
  }
  if (IsWord(subcommand, "TODENSE")) {
    bool converted;
    if (MakeDense(ctx, key, &entry, &converted)) ctx.reply().Integer(converted);
    return;
  }
  ctx.reply().Error(fmt::format("ERR Unknown PFDEBUG subcommand '{}'", subcommand));
}

// ---- PFSELFTEST ----------------------------------------------------------------------------------------------------

std::string EmptyDense() {
  HyperLogLog hll;
  hll.MakeDense();
  return std::string(hll.bytes());
}

// Random registers are written and read back, each among all its neighbours. Returns what failed, or nothing.
std::string TestRegisters(Random& random) {
  constexpr int kRounds = 1000;
  for (int round = 0; round < kRounds; ++round) {
    std::string dense = EmptyDense();
    HllRegisters expected, found{};
    for (uint32_t i = 0; i < data::kHllRegisters; ++i) {
      expected[i] = static_cast<uint8_t>(random.Below(data::kHllMaxRegister + 1));
      data::HllRaiseDense(dense, {i, expected[i]});
    }
    data::HllMerge(dense, found);
    for (size_t i = 0; i < data::kHllRegisters; ++i) {
      if (found[i] == expected[i]) continue;
      return fmt::format("TESTFAILED Register {} should be {} but is {}", i, expected[i], found[i]);
    }
  }
  return {};
}

// Different elements are added to both forms; at each power of ten the forms must agree and the estimate must be near.
std::string TestEstimates(Random& random, size_t sparse_max_bytes) {
  constexpr uint64_t kElements = 10'000'000;
  constexpr double kToleratedErrors = 6;  // times the standard error, so that chance alone does not fail the test
  const double standard_error = 1.04 / std::sqrt(static_cast<double>(data::kHllRegisters));
  std::string dense = EmptyDense();
  HyperLogLog sparse;
  const uint64_t seed = random.Next();
  uint64_t checkpoint = 1;
  for (uint64_t i = 1; i <= kElements; ++i) {
    const uint64_t element = i ^ seed;
    const HllHit hit = data::HllHitOf({reinterpret_cast<const char*>(&element), sizeof element});
    data::HllRaiseDense(dense, hit);
    sparse.Raise(hit, sparse_max_bytes);
    if (i != checkpoint) continue;

    if (i < sparse_max_bytes / 2 && sparse.encoding() != HllEncoding::kSparse) {
      return "TESTFAILED sparse encoding not used";
    }
    const auto count = data::HllCount(dense);
    if (count != data::HllCount(sparse.bytes())) return "TESTFAILED dense/sparse disagree";
    const double expected = static_cast<double>(checkpoint);
    // Two of ten elements in one register are no sign of a mistake.
    const double tolerated = i == 10 ? 1 : std::ceil(standard_error * kToleratedErrors * expected);
    const double error = std::abs(expected - static_cast<double>(*count));
    if (error > tolerated) {
      return fmt::format("TESTFAILED Too big error. card:{} abserr:{}", checkpoint, error);
    }
    checkpoint *= 10;
  }
  return {};
}

void PfSelfTest(Context& ctx) {
  Random& random = ctx.keyspace().random();
  std::string failure = TestRegisters(random);
  if (failure.empty()) failure = TestEstimates(random, SparseMaxBytes(ctx));
  failure.empty() ? ctx.reply().Ok() : ctx.reply().Error(failure);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"pfadd", PfAdd}, {"pfcount", PfCount}, {"pfdebug", PfDebug}, {"pfmerge", PfMerge}, {"pfselftest", PfSelfTest},
};

}  // namespace

std::span<const command::HandlerBinding> HyperLogLogHandlers() { return kHandlers; }

}  // namespace keyway::commands
