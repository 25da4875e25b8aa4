// What RESTORE is given: bytes of any kind as type and value. What is accepted has to stand every reading of it, and has
// to be written and read again.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "server/persist/payload.h"
#include "server/persist/rdb_format.h"
#include "tests/fuzz/target.h"
#include "tests/unit/persist/values.h"

using namespace keyway;

namespace {

struct Dataset {
  ManualClock clock;
  keyspace::ImmediateReclaimer reclaimer;
  keyspace::Keyspace keyspace{{.databases = 1}, clock, reclaimer};
};

void Check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Dataset dataset;
  std::string payload(reinterpret_cast<const char*>(data), size);
  payload.append("\x0b\0........", 10);  // the footer is checked elsewhere
  data::EncodingLimits limits;
  limits.list.node_size = 5, limits.hash.listpack_entries = 8, limits.zset.listpack_entries = 8;
  std::string storage;
  auto value = persist::ReadPayload(payload, limits, storage);
  if (!value) return 0;
  keyspace::Database& db = dataset.keyspace.db(0);
  const keyspace::HashedKey key("k"), copy("copy");
  db.Set(key, std::move(*value));
  db.CopyTo(db, key, copy, true);
  const keyspace::Entry* entry = db.FindRaw(key);
  Check(persist::Describe(*entry) == persist::Describe(*db.FindRaw(copy)), "a copy differs");
  const std::string again = persist::WritePayload(*entry, persist::kRdbVersion72, true);
  std::string other_storage;
  auto second = persist::ReadPayload(again, limits, other_storage);
  Check(second.has_value(), "what was read cannot be written and read");
  db.Set(copy, std::move(*second));
  Check(db.FindRaw(copy)->MemoryBytes(0) > 0, "no memory");
  return 0;
}

std::vector<std::string> FuzzSeeds() { return fuzz::PayloadSeeds(); }
