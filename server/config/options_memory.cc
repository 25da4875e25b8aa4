// Rows: threads and the event loop, memory.
#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr EnumName kEngineNames[] = {
    {"auto", int(IoEngine::kAuto)}, {"epoll", int(IoEngine::kEpoll)}, {"io_uring", int(IoEngine::kIoUring)}};
constexpr EnumName kPolicyNames[] = {
    {"volatile-lru", int(MaxmemoryPolicy::kVolatileLru)},       {"volatile-lfu", int(MaxmemoryPolicy::kVolatileLfu)},
    {"volatile-random", int(MaxmemoryPolicy::kVolatileRandom)}, {"volatile-ttl", int(MaxmemoryPolicy::kVolatileTtl)},
    {"allkeys-lru", int(MaxmemoryPolicy::kAllkeysLru)},         {"allkeys-lfu", int(MaxmemoryPolicy::kAllkeysLfu)},
    {"allkeys-random", int(MaxmemoryPolicy::kAllkeysRandom)},   {"noeviction", int(MaxmemoryPolicy::kNoeviction)}};
constexpr EnumName kOomNames[] = {{"no", int(OomScoreAdj::kNo)},
                                  {"yes", int(OomScoreAdj::kRelative)},
                                  {"relative", int(OomScoreAdj::kRelative)},
                                  {"absolute", int(OomScoreAdj::kAbsolute)}};

const char* CheckDefrag(bool on) {
  return on ? "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc "
              "like the "
              "one shipped by default with the Redis source distribution"
            : nullptr;
}

void AddEviction(Rows& rows) {
  rows.Size("maxmemory", &Settings::maxmemory, 0, {.group = ApplyGroup::kMemory},
            "How much memory data and buffers may take before maxmemory-policy acts; 0: no limit.");
  rows.Enum(
      "maxmemory-policy", &Settings::maxmemory_policy, kPolicyNames, MaxmemoryPolicy::kNoeviction,
      {.group = ApplyGroup::kMemory},
      "What goes when memory is short: keys with an expiry (volatile-…) or all keys (allkeys-…), by least recent use "
      "(lru), least frequent use (lfu), at random, or soonest to expire (ttl). noeviction refuses writes instead.");
  rows.Int("maxmemory-samples", &Settings::maxmemory_samples, {.min = 1, .initial = 5}, {.group = ApplyGroup::kMemory},
           "How many keys are compared to find one to evict: more is more exact and slower.");
  rows.Int("maxmemory-eviction-tenacity", &Settings::maxmemory_eviction_tenacity, {.max = 100, .initial = 10},
           {.group = ApplyGroup::kMemory},
           "How long eviction may hold up other work, from 0 (hardly) to 100 (as long as it takes).");
  rows.Int(
      "maxmemory-clients", &Settings::maxmemory_clients, {.min = -100, .max = kMaxLong, .unit = Unit::kMemoryOrPercent},
      {.group = ApplyGroup::kClientMemory},
      "How much memory all clients together may take, in bytes or percent of maxmemory; beyond it those that take most "
      "are closed. 0: no limit.");
  rows.Int("lfu-log-factor", &Settings::lfu_log_factor, {.initial = 10}, {.group = ApplyGroup::kMemory},
           "How slowly the counter of frequent use grows.");
  rows.Int("lfu-decay-time", &Settings::lfu_decay_time, {.initial = 1}, {.group = ApplyGroup::kMemory},
           "After how many minutes without use that counter falls by one; 0: never.");
}

void AddFreeing(Rows& rows) {
  const Traits debug = {.flags = kCrashReport, .group = ApplyGroup::kMemory};
  rows.Bool("lazyfree-lazy-eviction", &Settings::lazyfree_lazy_eviction, false, debug,
            "Free evicted values in the background.");
  rows.Bool("lazyfree-lazy-expire", &Settings::lazyfree_lazy_expire, false, debug,
            "Free expired values in the background.");
  rows.Bool("lazyfree-lazy-server-del", &Settings::lazyfree_lazy_server_del, false, debug,
            "Free values in the background that a command replaces, as RENAME does.");
  rows.Bool("lazyfree-lazy-user-del", &Settings::lazyfree_lazy_user_del, false, debug, "Let DEL do what UNLINK does.");
  rows.Bool("lazyfree-lazy-user-flush", &Settings::lazyfree_lazy_user_flush, false, debug,
            "Let FLUSHDB, FLUSHALL and SCRIPT FLUSH work in the background unless SYNC is said.");
}

void AddDefrag(Rows& rows) {
  const Traits group = {.group = ApplyGroup::kDefrag, .waits_for = kNoEffect};
  const Traits plain = {.waits_for = kNoEffect};
  rows.Bool("activedefrag", &Settings::activedefrag, false, {.flags = kCrashReport, .waits_for = kNoEffect},
            "Compact memory while running. The allocator of this build gives no hints for that, so yes is refused.",
            CheckDefrag);
  rows.Int("active-defrag-ignore-bytes", &Settings::active_defrag_ignore_bytes,
           {.min = 1, .max = kMaxLong, .initial = 100 << 20, .unit = Unit::kMemory}, plain,
           "Do not begin to compact while less than this is wasted.");
  rows.Int("active-defrag-threshold-lower", &Settings::active_defrag_threshold_lower, {.max = 1000, .initial = 10},
           plain, "Begin at this percentage of waste.");
  rows.Int("active-defrag-threshold-upper", &Settings::active_defrag_threshold_upper, {.max = 1000, .initial = 100},
           group, "Work as hard as allowed at this percentage of waste.");
  rows.Int("active-defrag-cycle-min", &Settings::active_defrag_cycle_min, {.min = 1, .max = 99, .initial = 1}, group,
           "The least share of CPU time for it, in percent.");
  rows.Int("active-defrag-cycle-max", &Settings::active_defrag_cycle_max, {.min = 1, .max = 99, .initial = 25}, group,
           "The largest share of CPU time for it, in percent.");
  rows.Int("active-defrag-max-scan-fields", &Settings::active_defrag_max_scan_fields,
           {.min = 1, .max = kMaxLong, .initial = 1000}, plain, "Collections with more fields are handled in steps.");
}

void AddSystemMemory(Rows& rows) {
  rows.Bool("jemalloc-bg-thread", &Settings::jemalloc_bg_thread, true,
            {.group = ApplyGroup::kProcess, .waits_for = kWaitsForProcess},
            "Let the allocator give memory back from a thread of its own.");
  rows.Bool("disable-thp", &Settings::disable_thp, true, {.flags = kImmutable, .waits_for = kWaitsForProcess},
            "Turn transparent huge pages off for this process: they make forks slow and copies large.");
  rows.Enum(
      "oom-score-adj", &Settings::oom_score_adj, kOomNames, OomScoreAdj::kNo,
      {.group = ApplyGroup::kProcess, .waits_for = kWaitsForProcess},
      "Tell the kernel which process to end first when memory runs out: no, relative to the score at start (yes is the "
      "same), or absolute.");
  rows.Special("oom-score-adj-values", OomScoreAdjValuesKind(),
               {.flags = kMultiWord, .group = ApplyGroup::kProcess, .waits_for = kWaitsForProcess},
               "The scores of primaries, replicas and background children.");
}

}  // namespace

void AddThreadOptions(std::vector<Option>& options) {
  Rows rows(options, Section::kThreads);
  rows.Int(
      "io-threads", &Settings::io_threads, {.min = 1, .max = 128, .initial = 1, .zero_word = "auto"},
      {.flags = kImmutable | kCrashReport},
      "How many threads serve connections. With 1 the thread that runs the commands does it all; with more, the others "
      "receive, decrypt, parse and send, over every transport: as many of them as the load needs, and the rest sleep. "
      "With auto there are up to as many as the machine has processors, and under a light load the thread that runs "
      "the "
      "commands does it all.");
  rows.Bool("io-threads-shuffle", &Settings::io_threads_shuffle, false, {.flags = kImmutable | kHidden},
            "Every client goes on to the next thread after each of its batches: for tests of that way.");
  rows.Bool("io-threads-do-reads", &Settings::io_threads_do_reads, false,
            {.flags = kImmutable | kCrashReport, .waits_for = kNoEffect},
            "I/O threads always read as well; the option is only read.");
  rows.Enum(
      "io-engine", &Settings::io_engine, kEngineNames, IoEngine::kAuto, {.flags = kImmutable},
      "The kernel's interface for connections: auto takes io_uring where the kernel (Linux 6.1 or newer) permits it.");
  rows.Int("hz", &Settings::hz, {.initial = 10, .least = 1, .most = 500}, {.group = ApplyGroup::kHz},
           "How often a second background work is done, such as closing idle clients and expiring keys.");
  rows.Bool("dynamic-hz", &Settings::dynamic_hz, true, {}, "Do it more often while many clients are connected.");
  const Traits cpus = {.flags = kImmutable, .waits_for = kWaitsForProcess};
  const auto with_alias = [&](std::string_view alias) {
    Traits traits = cpus;
    traits.alias = alias;
    return traits;
  };
  rows.String("server_cpulist", &Settings::server_cpulist, "", with_alias("server-cpulist"),
              "The CPUs for the server and its I/O threads, for example 0-3,8 or 0-7:2.");
  rows.String("bio_cpulist", &Settings::bio_cpulist, "", with_alias("bio-cpulist"), "The CPUs for background threads.");
  rows.String("aof_rewrite_cpulist", &Settings::aof_rewrite_cpulist, "", with_alias("aof-rewrite-cpulist"),
              "The CPUs for the child that rewrites the append-only file.");
  rows.String("bgsave_cpulist", &Settings::bgsave_cpulist, "", with_alias("bgsave-cpulist"),
              "The CPUs for the child that writes a snapshot.");
}

void AddMemoryOptions(std::vector<Option>& options) {
  Rows rows(options, Section::kMemory);
  AddEviction(rows);
  AddFreeing(rows);
  AddDefrag(rows);
  AddSystemMemory(rows);
}

}  // namespace keyway::config
