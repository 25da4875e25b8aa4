// Reads an RDB file into a keyspace.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/data/limits.h"
#include "server/keyspace/keyspace.h"
#include "server/persist/rdb_reader.h"

namespace keyway::persist {

struct LoadOptions {
  data::EncodingLimits limits;
  int64_t now_ms = 0;
  bool drop_expired = true;  // keys whose time has come are left out: on a primary
  bool merge = false;        // a key replaces one of the same name, instead of being an error
  bool check_checksum = true;
  std::function<void()> after_key = nullptr;  // tests slow loading down here
};

// What was in the file.
struct LoadOutcome {
  uint64_t keys_loaded = 0, keys_expired = 0, empty_keys = 0;
  uint64_t used_memory = 0;  // of the server that wrote it
  std::vector<std::string> function_libraries;
  std::optional<std::string> replication_id;
  std::optional<int64_t> replication_offset;
  std::optional<int> stream_db;
};

// Reads up to the end of the snapshot; what follows it stays in the reader. On an error the keys so far stay in the
// keyspace; the error is logged, and its text says it in short. The reader keeps the checksum. [exec]
Result<> LoadSnapshot(RdbReader& reader, keyspace::Keyspace& keyspace, const LoadOptions& options,
                      LoadOutcome& outcome);

}  // namespace keyway::persist
