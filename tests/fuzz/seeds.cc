#include "tests/fuzz/seeds.h"

#include <algorithm>
#include <cmath>

#include "server/persist/byte_sink.h"
#include "server/persist/payload.h"
#include "server/persist/rdb_format.h"
#include "server/persist/rdb_writer.h"
#include "server/persist/snapshot_writer.h"
#include "tests/unit/persist/old_forms.h"
#include "tests/unit/persist/values.h"

namespace keyway::fuzz {
namespace {

using namespace persist;

constexpr size_t kFooterBytes = 10;
// Longer ones make every round slow and are the same inside.
constexpr size_t kMaxSeedBytes = 6000;

struct Dataset {
  ManualClock clock;
  keyspace::ImmediateReclaimer reclaimer;
  keyspace::Keyspace keyspace{{}, clock, reclaimer};
};

std::string Packed(uint8_t type, const std::string& bytes) {
  std::string out;
  StringSink sink(out);
  RdbWriter writer(sink, {.compress = false});
  writer.Byte(type);
  if (type == kRdbListQuicklist) writer.Length(1);
  writer.String(bytes);
  writer.Flush();
  return out;
}

}  // namespace

std::vector<std::string> PayloadSeeds() {
  std::vector<std::string> seeds;
  Dataset dataset;
  FillWithAllTypes(dataset.keyspace.db(0), {});
  dataset.keyspace.db(0).ForEach([&](const keyspace::Entry* entry) {
    for (const int version : {kRdbVersion70, kRdbVersion72}) {
      for (const bool compress : {false, true}) {
        std::string payload = WritePayload(*entry, version, compress);
        payload.resize(payload.size() - kFooterBytes);
        if (payload.size() <= kMaxSeedBytes) seeds.push_back(std::move(payload));
      }
    }
  });
  const std::string ziplist =
      ZiplistBuilder().Text("a").Integer(1).Text(std::string(300, 'b')).Integer(-70'000, 8).Finish();
  for (const uint8_t type : {kRdbListZiplist, kRdbHashZiplist, kRdbZsetZiplist, kRdbListQuicklist}) {
    seeds.push_back(Packed(type, ziplist));
  }
  seeds.push_back(Packed(kRdbHashZipmap, ZipmapBuilder().Pair("a", "1").Pair(std::string(260, 'f'), "2", 3).Finish()));
  seeds.push_back(
      std::string("\x03\x02\x01"
                  "b\x03"
                  "2.5\x01"
                  "a\xff",
                  11));
  // By name, so that runs with the same seed of random numbers are the same.
  std::sort(seeds.begin(), seeds.end());
  return seeds;
}

std::vector<std::string> SnapshotSeeds() {
  const std::string libraries[] = {"#!lua name=a\n"};
  std::vector<std::string> seeds;
  for (const int version : {kRdbVersion70, kRdbVersion72}) {
    Dataset dataset;
    FillWithAllTypes(dataset.keyspace.db(1), {});
    for (const char* big : {"list:2000", "set:2000", "integers:2000", "hash:2000", "zset:2000", "string:noise"}) {
      dataset.keyspace.db(1).Delete(keyspace::HashedKey(big));
    }
    SnapshotFacts facts;
    facts.version = version;
    facts.redis_version = "7";
    facts.replication_id = std::string(40, 'f');
    facts.function_libraries = libraries;
    facts.usage = version == kRdbVersion70 ? SnapshotFacts::Usage::kIdleTime : SnapshotFacts::Usage::kFrequency;
    std::string out;
    StringSink sink(out);
    RdbWriter writer(sink, {});
    if (WriteSnapshot(writer, dataset.keyspace, facts, true)) seeds.push_back(std::move(out));
  }
  return seeds;
}

}  // namespace keyway::fuzz
