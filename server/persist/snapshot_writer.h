// A whole dataset as an RDB file: head, facts, databases, end.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "server/keyspace/keyspace.h"
#include "server/persist/rdb_writer.h"

namespace keyway::persist {

// What goes into the file besides the keys.
struct SnapshotFacts {
  int version = 0;             // kRdbVersion70 or kRdbVersion72
  std::string redis_version;   // "7.2.4"
  int64_t now_s = 0;           // Unix time
  uint64_t used_memory = 0;    // asked for before a fork: a child cannot
  bool log_base = false;       // it is the beginning of an append-only log
  std::string replication_id;  // empty: nothing about replication
  int64_t replication_offset = 0;
  int stream_db = 0;
  std::span<const std::string> function_libraries;
  // What eviction knows about the keys, if it goes by that.
  enum class Usage : uint8_t { kNone, kIdleTime, kFrequency } usage = Usage::kNone;
};

// Called after each key with the number of keys written so far.
using SnapshotProgress = std::function<void(uint64_t keys)>;

// Writes everything, up to the flush of the writer. The error is that of the sink. The keyspace does not change meanwhile.
Result<> WriteSnapshot(RdbWriter& writer, keyspace::Keyspace& keyspace, const SnapshotFacts& facts, bool checksum,
                       const SnapshotProgress& progress = nullptr);

}  // namespace keyway::persist
