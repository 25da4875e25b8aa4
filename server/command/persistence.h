// Snapshots as commands, cron and full synchronisation see them: persist::Snapshots implements this. [exec] throughout.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "server/base/error.h"

namespace keyway::command {

// What INFO tells. Times are Unix seconds, -1 for none; sizes are bytes.
struct PersistenceFigures {
  bool loading = false, async_loading = false;
  int64_t loading_start_time = 0;
  uint64_t loading_total_bytes = 0, loading_loaded_bytes = 0, loading_rdb_used_memory = 0;

  bool save_in_progress = false;
  int64_t last_save_time = 0;
  bool last_save_ok = true;        // of background saves
  int64_t last_save_seconds = -1;  // how long the last background save took
  int64_t save_started = -1;
  uint64_t saves = 0;
  uint64_t keys_expired = 0, keys_loaded = 0;  // of the last load

  uint64_t copied_bytes = 0, copied_peak = 0, last_save_copied_bytes = 0;  // copy-on-write
  int64_t copied_age_seconds = 0;                                          // since the child told
  uint64_t keys_processed = 0, keys_total = 0;                             // of the running child
  int64_t last_fork_us = 0;
  uint64_t forks = 0;
};

struct ReloadOptions {  // DEBUG RELOAD
  bool save = true;     // write the snapshot that is read back
  bool flush = true;    // empty the keyspace before
  bool merge = false;   // keys of the file replace those of the same name
};

// A snapshot for somebody else than `dbfilename`.
struct SnapshotRequest {
  // The finished file appears under this name at once. Relative to the working directory. Empty: dbfilename, and the save
  // counts as one (LASTSAVE, rdb_changes_since_last_save).
  std::string path;
  // Written into the file for replicas; empty: nothing of it.
  std::string replication_id;
  int64_t replication_offset = 0;
  int stream_db = 0;
  // Called from cron when the child has ended, once; never when the request failed at once.
  std::function<void(bool ok)> done;
};

class Persistence {
 public:
  virtual ~Persistence() = default;

  // Writes dbfilename on this thread. The error is in the log; its text says it in short.
  virtual Result<> Save() = 0;
  // Forks a child that does it. Fails if a child runs already, or cannot be made.
  virtual Result<> SaveInBackground(SnapshotRequest request) = 0;
  // BGSAVE as soon as no child is in the way.
  virtual void ScheduleSave() = 0;
  virtual bool save_in_progress() const = 0;   // a child writes a snapshot
  virtual bool child_in_progress() const = 0;  // any child runs
  // Ends a child that writes a snapshot, as a failure that is nobody's fault. Cron notices.
  virtual void KillSave() = 0;
  virtual int64_t last_save_time() const = 0;

  // DEBUG RELOAD. The error is a whole error reply.
  virtual Result<> Reload(const ReloadOptions& options) = 0;
  // FLUSHALL: what was being saved is of no use any more. With save points an empty snapshot is written.
  virtual void OnFlushAll() = 0;

  // The dataset is being read: commands without the loading flag are refused.
  virtual bool loading() const = 0;
  // Background saves fail and stop-writes-on-bgsave-error asks to tell writers.
  virtual bool refuses_writes() const = 0;

  // DEBUG SET-SKIP-CHECKSUM-VALIDATION.
  virtual bool skips_checksums() const = 0;
  virtual void set_skips_checksums(bool skips) = 0;

  virtual PersistenceFigures figures() const = 0;
};

}  // namespace keyway::command
