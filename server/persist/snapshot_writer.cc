#include "server/persist/snapshot_writer.h"

#include <fmt/core.h>

#include "server/base/number.h"
#include "server/persist/rdb_format.h"
#include "server/persist/value_writer.h"

namespace keyway::persist {
namespace {

using Usage = SnapshotFacts::Usage;

void WriteNumber(RdbWriter& writer, std::string_view name, int64_t value) {
  writer.AuxField(name, IntegerText(value).view());
}

void WriteHead(RdbWriter& writer, const SnapshotFacts& facts) {
  writer.Raw(fmt::format("REDIS{:04}", facts.version));
  writer.AuxField("redis-ver", facts.redis_version);
  WriteNumber(writer, "redis-bits", sizeof(void*) * 8);
  WriteNumber(writer, "ctime", facts.now_s);
  WriteNumber(writer, "used-mem", static_cast<int64_t>(facts.used_memory));
  if (!facts.replication_id.empty()) {
    WriteNumber(writer, "repl-stream-db", facts.stream_db);
    writer.AuxField("repl-id", facts.replication_id);
    WriteNumber(writer, "repl-offset", facts.replication_offset);
  }
  WriteNumber(writer, "aof-base", facts.log_base ? 1 : 0);
  for (const std::string& library : facts.function_libraries) {
    writer.Byte(kOpFunction);
    writer.String(library);
  }
}

void WriteKey(RdbWriter& writer, const keyspace::Keyspace& keyspace, const keyspace::Entry& entry,
              const SnapshotFacts& facts) {
  if (entry.has_expiry()) {
    writer.Byte(kOpExpireMs);
    writer.Milliseconds(entry.expire_at_ms());
  }
  if (facts.usage == Usage::kIdleTime) {
    writer.Byte(kOpIdle);
    writer.Length(static_cast<uint64_t>(keyspace.IdleMs(&entry)) / 1000);
  } else if (facts.usage == Usage::kFrequency) {
    writer.Byte(kOpFrequency);
    writer.Byte(keyspace.Frequency(&entry));
  }
  writer.Byte(RdbTypeOf(entry, facts.version));
  writer.String(entry.key());
  WriteValue(writer, entry, facts.version);
}

}  // namespace

Result<> WriteSnapshot(RdbWriter& writer, keyspace::Keyspace& keyspace, const SnapshotFacts& facts, bool checksum,
                       const SnapshotProgress& progress) {
  WriteHead(writer, facts);
  uint64_t keys = 0;
  for (int index = 0; index < keyspace.databases() && writer.status(); ++index) {
    keyspace::Database& db = keyspace.db(index);
    if (db.size() == 0) continue;
    writer.Byte(kOpSelect);
    writer.Length(static_cast<uint64_t>(index));
    writer.Byte(kOpResize);
    writer.Length(db.size());
    writer.Length(db.expiring_keys());
    db.ForEach([&](const keyspace::Entry* entry) {
      WriteKey(writer, keyspace, *entry, facts);
      if (progress) progress(++keys);
      return writer.status().has_value();
    });
  }
  writer.Byte(kOpEnd);
  const uint64_t crc = checksum ? writer.crc() : 0;
  writer.Milliseconds(static_cast<int64_t>(crc));  // eight bytes, little-endian
  writer.Flush();
  return writer.status();
}

}  // namespace keyway::persist
