#include "server/persist/snapshot_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "server/base/log.h"
#include "server/persist/rdb_format.h"
#include "server/persist/value_reader.h"

namespace keyway::persist {
namespace {

constexpr size_t kMagicBytes = 5, kVersionDigits = 4;
constexpr int kFirstVersionWithChecksum = 5;
// So many lines about empty keys are enough.
constexpr uint64_t kEmptyKeyLines = 10;
// About what a key takes in a file, and in a table: a table that is sized by a lie is no bigger than the file.
constexpr uint64_t kMinKeyBytes = 16;
constexpr size_t kReplicationIdBytes = 40;

class Loader {
 public:
  Loader(RdbReader& reader, keyspace::Keyspace& keyspace, const LoadOptions& options, LoadOutcome& outcome)
      : reader_(reader), keyspace_(keyspace), options_(options), outcome_(outcome), db_(&keyspace.db(0)) {}

  Result<> Run();

 private:
  // What opcodes said about the key that comes next.
  struct KeyFacts {
    int64_t expire_at_ms = keyspace::kNoExpiry;
    std::optional<uint64_t> idle_s;
    std::optional<uint8_t> frequency;
  };
  enum class Next : uint8_t { kOpcode, kEnd, kKey };

  bool ReadMagic();
  // Deals with an opcode; kKey: it is the type of a key.
  Next ReadOpcode(uint8_t code);
  void ReadAux();
  void ReadSelect();
  void ReadResize();
  void ReadFunction();
  void RefuseModuleAux();
  bool ReadKey(uint8_t type);
  bool Store(data::Value&& value);
  bool CheckChecksum();
  Result<> Failure() const;

  RdbReader& reader_;
  keyspace::Keyspace& keyspace_;
  const LoadOptions& options_;
  LoadOutcome& outcome_;
  keyspace::Database* db_;
  int version_ = 0;
  KeyFacts facts_;
  std::string key_, storage_;
  bool in_key_ = false;
};

bool Loader::ReadMagic() {
  char head[kMagicBytes + kVersionDigits + 1] = {};
  if (!reader_.Raw(head, kMagicBytes + kVersionDigits)) return false;
  if (std::string_view(head, kMagicBytes) != "REDIS") {
    return reader_.Corrupt("Wrong signature trying to load DB from file");
  }
  version_ = std::atoi(head + kMagicBytes);
  if (version_ < 1 || version_ > kNewestRdbVersion) {
    return reader_.Corrupt(fmt::format("Can't handle RDB format version {}", version_));
  }
  return true;
}

Loader::Next Loader::ReadOpcode(uint8_t code) {
  switch (code) {
    case kOpExpireSeconds:
      facts_.expire_at_ms = static_cast<int64_t>(reader_.Seconds()) * 1000;
      break;
    case kOpExpireMs:
      facts_.expire_at_ms = reader_.Milliseconds();
      break;
    case kOpFrequency:
      facts_.frequency = reader_.Byte();
      break;
    case kOpIdle:
      facts_.idle_s = reader_.Length();
      break;
    case kOpSelect:
      ReadSelect();
      break;
    case kOpResize:
      ReadResize();
      break;
    case kOpAux:
      ReadAux();
      break;
    case kOpModuleAux:
      RefuseModuleAux();
      break;
    case kOpFunctionOld:
      reader_.Corrupt("Pre-release function format not supported.");
      break;
    case kOpFunction:
      ReadFunction();
      break;
    case kOpEnd:
      return Next::kEnd;
    default:
      return Next::kKey;
  }
  return Next::kOpcode;
}

void Loader::ReadSelect() {
  const uint64_t index = reader_.Length();
  if (!reader_.ok()) return;
  if (index >= static_cast<uint64_t>(keyspace_.databases())) {
    LogWarning("FATAL: Data file was created with a Redis server configured to handle more than {} databases. Exiting",
               keyspace_.databases());
    reader_.Corrupt(fmt::format("There is no database {}", index));
    return;
  }
  db_ = &keyspace_.db(static_cast<int>(index));
}

void Loader::ReadResize() {
  const uint64_t keys = reader_.Length();
  reader_.Length();  // how many expire: they lie in the same table
  if (reader_.ok()) db_->Reserve(db_->size() + reader_.Fits(keys, kMinKeyBytes));
}

void Loader::ReadFunction() {
  std::string library;
  reader_.StringInto(&library);
  if (reader_.ok()) outcome_.function_libraries.push_back(std::move(library));
}

void Loader::RefuseModuleAux() {
  const uint64_t id = reader_.Length();
  if (!reader_.ok()) return;
  reader_.Corrupt(
      fmt::format("The RDB file contains AUX module data I can't load: no matching module '{}'", ModuleTypeName(id)));
}

void Loader::ReadAux() {
  std::string name, value;
  reader_.StringInto(&name);
  reader_.StringInto(&value);
  if (!reader_.ok()) return;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const int64_t number = std::strtoll(value.c_str(), nullptr, 10);
  if (name.starts_with('%')) {
    LogNotice("RDB '{}': {}", name, value);
  } else if (name == "repl-stream-db") {
    if (number >= 0 && number < keyspace_.databases()) outcome_.stream_db = static_cast<int>(number);
  } else if (name == "repl-id") {
    if (value.size() == kReplicationIdBytes) outcome_.replication_id = value;
  } else if (name == "repl-offset") {
    outcome_.replication_offset = number;
  } else if (name == "redis-ver") {
    LogNotice("Loading RDB produced by version {}", value);
  } else if (name == "ctime") {
    LogNotice("RDB age {} seconds", std::max<int64_t>(options_.now_ms / 1000 - number, 0));
  } else if (name == "used-mem") {
    outcome_.used_memory = static_cast<uint64_t>(std::max<int64_t>(number, 0));
    LogNotice("RDB memory usage when created {:.2f} Mb", static_cast<double>(number) / (1 << 20));
  } else if (name == "aof-preamble") {
    if (number != 0) LogNotice("RDB has an AOF tail");
  } else if (name == "aof-base") {
    if (number != 0) LogNotice("RDB is base AOF");
  } else if (name != "redis-bits" && name != "lua") {
    LogDebug("Unrecognized RDB AUX field: '{}'", name);
  }
}

bool Loader::ReadKey(uint8_t type) {
  reader_.StringInto(&key_);
  if (!reader_.ok()) return false;
  in_key_ = true;
  auto value = ReadValue(reader_, type, options_.limits, storage_);
  if (value) {
    if (!Store(std::move(*value))) return false;
  } else if (!reader_.ok()) {
    return false;
  } else if (outcome_.empty_keys++ < kEmptyKeyLines) {
    LogNotice("rdbLoadObject skipping empty key: {}", key_);
  }
  in_key_ = false;
  if (options_.after_key) options_.after_key();
  facts_ = KeyFacts();
  return true;
}

bool Loader::Store(data::Value&& value) {
  if (options_.drop_expired && facts_.expire_at_ms != keyspace::kNoExpiry && facts_.expire_at_ms < options_.now_ms) {
    ++outcome_.keys_expired;
    return true;
  }
  const keyspace::HashedKey key(key_);
  if (db_->FindRaw(key) != nullptr) {
    if (!options_.merge) {
      return reader_.Corrupt(fmt::format("RDB has duplicated key '{}' in DB {}", key_, db_->index()));
    }
    db_->Delete(key, keyspace::FreeMode::kNow);
  }
  keyspace::Entry* entry = db_->Load(key, std::move(value), facts_.expire_at_ms);
  if (facts_.idle_s) {
    keyspace_.SetIdleMs(entry, static_cast<int64_t>(std::min<uint64_t>(*facts_.idle_s, INT64_MAX / 1000)) * 1000);
  }
  if (facts_.frequency) keyspace_.SetFrequency(entry, *facts_.frequency);
  ++outcome_.keys_loaded;
  return true;
}

bool Loader::CheckChecksum() {
  if (version_ < kFirstVersionWithChecksum) return true;
  const uint64_t expected = options_.check_checksum ? reader_.crc() : 0;
  const uint64_t stated = reader_.Fixed64();
  if (!reader_.ok()) return false;
  if (!options_.check_checksum) return true;
  if (stated == 0) {
    LogNotice("RDB file was saved with checksum disabled: no check performed.");
  } else if (stated != expected) {
    LogWarning("Wrong RDB checksum expected: ({:x}) but got ({:x}). Aborting now.", expected, stated);
    return reader_.Corrupt("RDB CRC error");
  }
  return true;
}

Result<> Loader::Failure() const {
  if (reader_.error_kind() == RdbReader::ErrorKind::kStopped) return Fail(reader_.error(), ECANCELED);
  if (reader_.error_kind() == RdbReader::ErrorKind::kShort) {
    LogWarning("Short read or OOM loading DB. Unrecoverable error, aborting now.");
  }
  LogWarning("Internal error in RDB reading offset {} -> {}", reader_.position(), reader_.error());
  if (in_key_) LogWarning("It happened in key '{}' of DB {}", key_, db_->index());
  return Fail(reader_.error());
}

Result<> Loader::Run() {
  bool more = ReadMagic();
  while (more && reader_.ok()) {
    const uint8_t code = reader_.Byte();
    if (!reader_.ok()) break;
    const Next next = ReadOpcode(code);
    if (next == Next::kKey) ReadKey(code);
    more = next != Next::kEnd;
  }
  if (!reader_.ok() || !CheckChecksum()) return Failure();
  const std::string skipped =
      outcome_.empty_keys > 0 ? fmt::format(", empty keys skipped: {}", outcome_.empty_keys) : std::string();
  LogNotice("Done loading RDB, keys loaded: {}, keys expired: {}{}.", outcome_.keys_loaded, outcome_.keys_expired,
            skipped);
  return {};
}

}  // namespace

Result<> LoadSnapshot(RdbReader& reader, keyspace::Keyspace& keyspace, const LoadOptions& options,
                      LoadOutcome& outcome) {
  return Loader(reader, keyspace, options, outcome).Run();
}

}  // namespace keyway::persist
