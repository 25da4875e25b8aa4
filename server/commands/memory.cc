// MEMORY: what keys and the server as a whole take.
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "server/base/memory.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

// jemalloc's own report; absent where the C library or a sanitizer allocates.
extern "C" void malloc_stats_print(void (*write)(void*, const char*), void* opaque, const char* options)
    __attribute__((weak));

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
namespace errors = command::errors;

constexpr int64_t kDefaultSamples = 5;

void MemoryUsage(Context& ctx) {
  int64_t samples = kDefaultSamples;
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    if (!IsWord(ctx.arg(i), "SAMPLES") || i + 1 >= ctx.argc()) return ctx.reply().Error(errors::kSyntax);
    const auto value = command::IntegerArg(ctx, i + 1);
    if (!value) return;
    if (*value < 0) return ctx.reply().Error(errors::kSyntax);
    samples = *value;
  }
  // Expired or not: the memory is taken until the key is deleted.
  const keyspace::Entry* entry = ctx.db().FindRaw(ctx.Key(2));
  if (entry == nullptr) return ctx.reply().Null();
  ctx.reply().Integer(static_cast<int64_t>(ctx.db().MemoryUsage(entry, static_cast<size_t>(samples))));
}

struct DatabaseFigures {
  int index;
  size_t overhead;
};

// One look at all memory figures of the moment.
struct MemoryFigures {
  explicit MemoryFigures(Context& ctx) {
    used = UsedMemory();
    peak = std::max<size_t>(ctx.services().counters.peak_memory, used);
    startup = std::min<size_t>(ctx.services().counters.startup_memory, used);
    resident = ResidentMemory();
    allocator = ReadAllocatorFigures();
    // Without an allocator that keeps count, these are the best guesses.
    if (allocator.allocated == 0) allocator.allocated = used;
    if (allocator.active == 0) allocator.active = std::max(resident, allocator.allocated);
    if (allocator.resident == 0) allocator.resident = allocator.active;
    ctx.services().clients.ForEach([&](command::Client& client) {
      (client.client_class() == command::ClientClass::kReplica ? replicas : clients) += client.output.memory_bytes();
      ++client_count;
    });
    overhead = startup + clients + replicas;
    for (int i = 0; i < ctx.keyspace().databases(); ++i) {
      const keyspace::Database& db = ctx.keyspace().db(i);
      if (db.size() == 0) continue;
      keys += db.size();
      databases.push_back({i, db.overhead_bytes()});
      overhead += db.overhead_bytes();
    }
    overhead = std::min(overhead, used);
  }

  size_t net() const { return std::max<size_t>(used - startup, 1); }
  size_t dataset() const { return used - overhead; }

  size_t used, peak, startup, resident, overhead = 0, clients = 0, replicas = 0, client_count = 0, keys = 0;
  AllocatorFigures allocator;
  std::vector<DatabaseFigures> databases;
};

double Ratio(size_t a, size_t b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }
int64_t Difference(size_t a, size_t b) { return static_cast<int64_t>(a) - static_cast<int64_t>(b); }

void MemoryStats(Context& ctx) {
  const MemoryFigures m(ctx);
  resp::ReplyWriter& reply = ctx.reply();
  resp::Deferred map(reply);
  const auto number = [&](std::string_view name, int64_t value) {
    reply.Bulk(name), reply.Integer(value), map.Count();
  };
  const auto ratio = [&](std::string_view name, double value) { reply.Bulk(name), reply.Double(value), map.Count(); };
  const auto size = [&](std::string_view name, size_t value) { number(name, static_cast<int64_t>(value)); };

  size("peak.allocated", m.peak);
  size("total.allocated", m.used);
  size("startup.allocated", m.startup);
  size("replication.backlog", 0);
  size("clients.slaves", m.replicas);
  size("clients.normal", m.clients);
  size("cluster.links", 0);
  size("aof.buffer", 0);
  size("lua.caches", 0);
  size("functions.caches", 0);
  for (const DatabaseFigures& db : m.databases) {
    reply.Bulk(fmt::format("db.{}", db.index));
    map.Count();
    reply.Map(3);
    reply.Bulk("overhead.hashtable.main"), reply.Integer(static_cast<int64_t>(db.overhead));
    // Expiry lives in the entry and slots are no table of their own: nothing on top.
    reply.Bulk("overhead.hashtable.expires"), reply.Integer(0);
    reply.Bulk("overhead.hashtable.slot-to-keys"), reply.Integer(0);
  }
  size("overhead.total", m.overhead);
  size("keys.count", m.keys);
  size("keys.bytes-per-key", m.keys == 0 ? 0 : m.net() / m.keys);
  size("dataset.bytes", m.dataset());
  ratio("dataset.percentage", 100 * Ratio(m.dataset(), m.net()));
  ratio("peak.percentage", 100 * Ratio(m.used, m.peak));
  size("allocator.allocated", m.allocator.allocated);
  size("allocator.active", m.allocator.active);
  size("allocator.resident", m.allocator.resident);
  ratio("allocator-fragmentation.ratio", Ratio(m.allocator.active, m.allocator.allocated));
  number("allocator-fragmentation.bytes", Difference(m.allocator.active, m.allocator.allocated));
  ratio("allocator-rss.ratio", Ratio(m.allocator.resident, m.allocator.active));
  number("allocator-rss.bytes", Difference(m.allocator.resident, m.allocator.active));
  ratio("rss-overhead.ratio", Ratio(m.resident, m.allocator.resident));
  number("rss-overhead.bytes", Difference(m.resident, m.allocator.resident));
  ratio("fragmentation", Ratio(m.resident, m.used));
  number("fragmentation.bytes", Difference(m.resident, m.used));
  map.EndMap();
}

// ---- MEMORY DOCTOR -------------------------------------------------------------------------------------------------

constexpr size_t kSmallServerBytes = 5 << 20;  // below this, ratios say nothing
constexpr int64_t kNotableBytes = 10 << 20;    // waste below this is not worth a word
constexpr size_t kBigClientBytes = 200 << 10;

bool IsNotable(size_t big, size_t small, double ratio) {
  return Ratio(big, small) > ratio && Difference(big, small) > kNotableBytes;
}

std::vector<std::string_view> Findings(const MemoryFigures& m) {
  std::vector<std::string_view> findings;
  if (Ratio(m.peak, m.used) > 1.5) {
    findings.push_back(
        "Peak: the server once used over 1.5 times what it uses now. The allocator may still hold the "
        "pages of that time; MEMORY PURGE gives back what it can.");
  }
  if (IsNotable(m.resident, m.used, 1.4)) {
    findings.push_back(
        "Resident size: the process occupies over 1.4 times what it has allocated. After a peak this "
        "is harmless; otherwise the findings below say where it comes from.");
  }
  if (IsNotable(m.allocator.active, m.allocator.allocated, 1.1)) {
    findings.push_back(
        "Fragmentation: the allocator's pages are filled badly, as values of changing sizes leave them.");
  }
  if (IsNotable(m.allocator.resident, m.allocator.active, 1.1)) {
    findings.push_back("Allocator: it keeps pages that hold nothing. MEMORY PURGE returns them.");
  }
  if (IsNotable(m.resident, m.allocator.resident, 1.1)) {
    findings.push_back("Process: memory outside of the allocator is large, for instance that of transport plug-ins.");
  }
  if (m.client_count > 0 && m.clients / m.client_count > kBigClientBytes) {
    findings.push_back("Clients: unsent replies take over 200 KB a client. CLIENT LIST shows who reads too slowly.");
  }
  return findings;
}

void MemoryDoctor(Context& ctx) {
  const MemoryFigures m(ctx);
  std::string report;
  if (m.used < kSmallServerBytes) {
    report = "The server is empty or nearly so; there is too little memory in use to judge.\n";
  } else if (const auto findings = Findings(m); findings.empty()) {
    report = "No memory problem found.\n";
  } else {
    report = "Memory problems found:\n\n";
    for (std::string_view finding : findings) report += fmt::format(" * {}\n\n", finding);
  }
  ctx.reply().Verbatim(report, "txt");
}

void MemoryMallocStats(Context& ctx) {
  if (malloc_stats_print == nullptr) return ctx.reply().Bulk("Stats not supported for the current allocator");
  std::string report;
  malloc_stats_print([](void* to, const char* text) { *static_cast<std::string*>(to) += text; }, &report, nullptr);
  ctx.reply().Verbatim(report, "txt");
}

void MemoryPurge(Context& ctx) {
  // An allocator without that ability has nothing to purge, which is no failure of the command.
  PurgeAllocator();
  ctx.reply().Ok();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"memory|doctor", MemoryDoctor}, {"memory|malloc-stats", MemoryMallocStats},
    {"memory|purge", MemoryPurge},   {"memory|stats", MemoryStats},
    {"memory|usage", MemoryUsage},
};

}  // namespace

std::span<const command::HandlerBinding> MemoryHandlers() { return kHandlers; }

}  // namespace keyway::commands
