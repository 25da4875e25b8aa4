// Rows: the keyspace and the limits of small encodings.
#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr EnumName kSanitizeNames[] = {{"no", int(SanitizeDumpPayload::kNo)},
                                       {"yes", int(SanitizeDumpPayload::kYes)},
                                       {"clients", int(SanitizeDumpPayload::kClients)}};

void AddKeyspace(std::vector<Option>& options) {
  Rows rows(options, Section::kKeyspace);
  rows.Int("databases", &Settings::databases, {.min = 1, .initial = 16}, {.flags = kImmutable},
           "How many databases SELECT can choose from. A cluster node has one.");
  rows.Bool("activerehashing", &Settings::activerehashing, true, {.group = ApplyGroup::kMemory},
            "Use idle milliseconds to finish the growing of hash tables.");
  rows.Int("active-expire-effort", &Settings::active_expire_effort, {.min = 1, .max = 10, .initial = 1},
           {.group = ApplyGroup::kMemory},
           "How eagerly expired keys are looked for, at the price of CPU time and latency.");
  rows.Special(
      "notify-keyspace-events", KeyspaceEventsKind(), {.group = ApplyGroup::kKeyEvents},
      "Which changes of keys are published to subscribers: K by key, E by event, then the kinds: g generic, $ string, "
      "l list, s set, h hash, z sorted set, t stream, d module, x expired, e evicted, n new key, m missed key; A is "
      "all "
      "but n and m. Empty: none.");
  rows.Int("tracking-table-max-keys", &Settings::tracking_table_max_keys, {.max = kMaxLong, .initial = 1000000},
           {.waits_for = kWaitsForTracking},
           "How many keys the server remembers for client-side caching; 0: no limit.");
  rows.Int("busy-reply-threshold", &Settings::busy_reply_threshold, {.max = kMaxLong, .initial = 5000},
           {.alias = "lua-time-limit", .waits_for = kWaitsForScripting},
           "After how many milliseconds of a script other clients are told BUSY; 0: never.");
}

}  // namespace

void AddDataOptions(std::vector<Option>& options) {
  AddKeyspace(options);
  Rows rows(options, Section::kDataTypes);
  const Traits plain = {};
  const auto with_alias = [](std::string_view alias, uint32_t flags = 0) {
    return Traits{.alias = alias, .flags = flags};
  };
  const IntSpec entries_512 = {.max = kMaxLong, .initial = 512};
  const IntSpec entries_128 = {.max = kMaxLong, .initial = 128};
  const IntSpec bytes_64 = {.max = kMaxLong, .initial = 64, .unit = Unit::kMemory};
  rows.Int("hash-max-listpack-entries", &Settings::hash_max_listpack_entries, entries_512,
           with_alias("hash-max-ziplist-entries"), "A hash of up to this many fields is stored compactly.");
  rows.Int("hash-max-listpack-value", &Settings::hash_max_listpack_value, bytes_64,
           with_alias("hash-max-ziplist-value"), "And only while no field or value is longer than this.");
  rows.Int("list-max-listpack-size", &Settings::list_max_listpack_size, {.min = -kMaxInt - 1, .initial = -2},
           with_alias("list-max-ziplist-size"),
           "The size of one node of a list: a number of elements, or -1 to -5 for 4, 8, 16, 32 or 64 KB.");
  rows.Int("list-compress-depth", &Settings::list_compress_depth, {}, {.flags = kCrashReport},
           "Compress the nodes of a list but for this many at each end; 0: compress none.");
  rows.Int("set-max-intset-entries", &Settings::set_max_intset_entries, entries_512, plain,
           "A set of up to this many integers is stored as a sorted array.");
  rows.Int("set-max-listpack-entries", &Settings::set_max_listpack_entries, entries_128, plain,
           "Any other set of up to this many members is stored compactly (redis-compat 7.2).");
  rows.Int("set-max-listpack-value", &Settings::set_max_listpack_value, {.max = kMaxLong, .initial = 64}, plain,
           "And only while no member is longer than this.");
  rows.Int("zset-max-listpack-entries", &Settings::zset_max_listpack_entries, entries_128,
           with_alias("zset-max-ziplist-entries"), "A sorted set of up to this many members is stored compactly.");
  rows.Int("zset-max-listpack-value", &Settings::zset_max_listpack_value, bytes_64,
           with_alias("zset-max-ziplist-value"), "And only while no member is longer than this.");
  rows.Int("hll-sparse-max-bytes", &Settings::hll_sparse_max_bytes,
           {.max = kMaxLong, .initial = 3000, .unit = Unit::kMemory}, plain,
           "Up to which size a HyperLogLog keeps its sparse form.");
  rows.Int("stream-node-max-bytes", &Settings::stream_node_max_bytes,
           {.max = kMaxLong, .initial = 4096, .unit = Unit::kMemory}, plain,
           "The largest node of a stream in bytes; 0: no limit.");
  rows.Int("stream-node-max-entries", &Settings::stream_node_max_entries, {.max = kMaxLong, .initial = 100}, plain,
           "The largest node of a stream in entries; 0: no limit.");
  rows.Enum(
      "sanitize-dump-payload", &Settings::sanitize_dump_payload, kSanitizeNames, SanitizeDumpPayload::kNo,
      {.flags = kCrashReport, .waits_for = kNoEffect},
      "Whether payloads of RESTORE and RDB files are checked in depth. They always are; the option is only read.");
}

}  // namespace keyway::config
