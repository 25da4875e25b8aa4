// Rows: snapshots, append-only file, shutdown.
#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr EnumName kFsyncNames[] = {
    {"everysec", int(AppendFsync::kEverysec)}, {"always", int(AppendFsync::kAlways)}, {"no", int(AppendFsync::kNo)}};

bool IsBaseName(std::string_view name) {
  return name.find('/') == std::string_view::npos && name.find('\\') == std::string_view::npos;
}

const char* CheckDbFilename(std::string_view name) {
  return IsBaseName(name) ? nullptr : "dbfilename can't be a path, just a filename";
}

const char* CheckAofFilename(std::string_view name) {
  if (name.empty()) return "appendfilename can't be empty";
  return IsBaseName(name) ? nullptr : "appendfilename can't be a path, just a filename";
}

const char* CheckAofDirname(std::string_view name) {
  if (name.empty()) return "appenddirname can't be empty";
  return IsBaseName(name) ? nullptr : "appenddirname can't be a path, just a dirname";
}

constexpr Traits kLater = {.waits_for = kWaitsForPersistence};
constexpr Traits kAtStart = {.flags = kImmutable, .waits_for = kWaitsForPersistence};

void AddSnapshots(Rows& rows) {
  rows.Special(
      "save", SaveKind(), {.flags = kMultiWord | kAccumulates | kAlwaysWritten | kNotInSentinel},
      "Write a snapshot when so many seconds have passed and at least so many keys changed; several pairs may be "
      "given. "
      "\"\" turns it off.");
  rows.String("dbfilename", &Settings::dbfilename, "dump.rdb", {.flags = kProtected},
              "The name of the snapshot file, in dir.", CheckDbFilename);
  rows.Bool("rdbcompression", &Settings::rdbcompression, true, {}, "Compress strings in snapshots.");
  rows.Bool("rdbchecksum", &Settings::rdbchecksum, true, {.flags = kImmutable},
            "End snapshots with a checksum, and check it when loading.");
  rows.Bool("rdb-del-sync-files", &Settings::rdb_del_sync_files, false, {.waits_for = kWaitsForReplication},
            "Delete snapshots that served replication only, on servers that persist nothing.");
  rows.Bool("rdb-save-incremental-fsync", &Settings::rdb_save_incremental_fsync, true, {},
            "Flush a snapshot to disk in steps of 4 MB while it is written.");
  rows.Bool("stop-writes-on-bgsave-error", &Settings::stop_writes_on_bgsave_error, true, {},
            "Refuse writes after a snapshot has failed, so that somebody notices.");
  rows.Int("rdb-key-save-delay", &Settings::rdb_key_save_delay, {.min = -kMaxInt - 1}, {.flags = kHidden},
           "Microseconds to wait after each key of a snapshot; negative: one after so many keys. For tests.");
  rows.Int("key-load-delay", &Settings::key_load_delay, {.min = -kMaxInt - 1}, {.flags = kHidden},
           "Microseconds to wait after each key that is loaded; negative: one after so many keys. For tests.");
  rows.Int("loading-process-events-interval-bytes", &Settings::loading_process_events_interval_bytes,
           {.min = 1024, .initial = 2 << 20}, {.flags = kHidden},
           "After how many loaded bytes clients are served in between.");
}

void AddAppendOnlyFile(Rows& rows) {
  rows.Bool("appendonly", &Settings::appendonly, false,
            {.flags = kDenyLoading, .group = ApplyGroup::kAppendonly, .waits_for = kWaitsForPersistence},
            "Keep a log of all writes, from which the data is rebuilt at start.");
  rows.String("appendfilename", &Settings::appendfilename, "appendonly.aof", kAtStart,
              "The beginning of the names of its files.", CheckAofFilename);
  rows.String("appenddirname", &Settings::appenddirname, "appendonlydir", kAtStart,
              "The directory of these files, in dir.", CheckAofDirname);
  rows.Enum(
      "appendfsync", &Settings::appendfsync, kFsyncNames, AppendFsync::kEverysec,
      {.group = ApplyGroup::kAppendfsync, .waits_for = kWaitsForPersistence},
      "When the log is forced to disk: after every turn, before replies go out (always), every second, or whenever the "
      "system likes (no).");
  rows.Bool("no-appendfsync-on-rewrite", &Settings::no_appendfsync_on_rewrite, false, kLater,
            "Do not force the log to disk while a child writes a snapshot or a new log.");
  rows.Int("auto-aof-rewrite-percentage", &Settings::auto_aof_rewrite_percentage, {.initial = 100}, kLater,
           "Rewrite the log when it has grown by this percentage since the last time; 0: never by itself.");
  rows.Int("auto-aof-rewrite-min-size", &Settings::auto_aof_rewrite_min_size,
           {.max = kMaxLong, .initial = 64 << 20, .unit = Unit::kMemory}, kLater,
           "But not while it is smaller than this.");
  rows.Bool("aof-load-truncated", &Settings::aof_load_truncated, true, kLater,
            "Load a log whose end is missing, up to there, instead of refusing to start.");
  rows.Bool("aof-use-rdb-preamble", &Settings::aof_use_rdb_preamble, true, kLater,
            "Begin a rewritten log with a snapshot, which is smaller and faster to load.");
  rows.Bool("aof-timestamp-enabled", &Settings::aof_timestamp_enabled, false, kLater,
            "Note times in the log, so that it can be cut at a point in time.");
  rows.Bool("aof-rewrite-incremental-fsync", &Settings::aof_rewrite_incremental_fsync, true, kLater,
            "Flush a rewritten log to disk in steps of 4 MB.");
  rows.Bool("aof-disable-auto-gc", &Settings::aof_disable_auto_gc, false,
            {.flags = kHidden, .group = ApplyGroup::kAofHistory, .waits_for = kWaitsForPersistence},
            "Keep the files of earlier logs instead of deleting them.");
}

void AddShutdown(Rows& rows) {
  rows.Int("shutdown-timeout", &Settings::shutdown_timeout, {.initial = 10}, {.waits_for = kWaitsForReplication},
           "How many seconds a shutdown waits for replicas that lag behind; 0: not at all.");
  rows.Special(
      "shutdown-on-sigint", ShutdownFlagsKind(&Settings::shutdown_on_sigint), {.flags = kMultiWord},
      "How SIGINT shuts the server down: default saves if snapshots are configured; save and nosave decide that, now "
      "does not wait for replicas, force goes on after errors.");
  rows.Special("shutdown-on-sigterm", ShutdownFlagsKind(&Settings::shutdown_on_sigterm), {.flags = kMultiWord},
               "The same for SIGTERM.");
}

}  // namespace

void AddPersistenceOptions(std::vector<Option>& options) {
  Rows rows(options, Section::kPersistence);
  AddSnapshots(rows);
  AddAppendOnlyFile(rows);
  AddShutdown(rows);
}

}  // namespace keyway::config
