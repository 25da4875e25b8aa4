// RDB files of any bytes. The checksum is not looked at, or nothing would get behind it.
#include <cstdint>
#include <string>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/keyspace/keyspace.h"
#include "server/persist/byte_source.h"
#include "server/persist/snapshot_reader.h"
#include "tests/fuzz/target.h"

using namespace keyway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    ConfigureLog({.level = LogLevel::kNothing});
    return true;
  }();
  (void)quiet;
  ManualClock clock;
  keyspace::ImmediateReclaimer reclaimer;
  keyspace::Keyspace keyspace({.databases = 4}, clock, reclaimer);
  persist::MemorySource source({reinterpret_cast<const char*>(data), size});
  persist::RdbReader reader(source, {.buffer_bytes = 64});
  persist::LoadOptions options;
  options.now_ms = clock.WallMs();
  options.check_checksum = false;
  options.merge = size % 2 == 0;
  persist::LoadOutcome outcome;
  const auto loaded = persist::LoadSnapshot(reader, keyspace, options, outcome);
  (void)loaded;
  return 0;
}

std::vector<std::string> FuzzSeeds() { return fuzz::SnapshotSeeds(); }
