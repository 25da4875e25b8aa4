// SAVE, BGSAVE, `save` points, loading: when and where snapshots are written and read, and what INFO tells about it.
//
//   Snapshots snapshots(services);
//   snapshots.child().set_prepare([](std::string_view title) { … });
//   snapshots.LoadAtStart([&] { turn the loop; return !stopping; });
//   snapshots.Cron();                              // hz times a second
//   snapshots.PrepareShutdown(Snapshots::FinalSave::kIfConfigured);
//
// [exec] throughout, but for RemoveTemporarySnapshot.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/command/persistence.h"
#include "server/command/services.h"
#include "server/persist/child.h"
#include "server/persist/snapshot_reader.h"
#include "server/persist/snapshot_writer.h"

namespace keyway::config {
struct Settings;
}

namespace keyway::persist {

class Snapshots final : public command::Persistence {
 public:
  explicit Snapshots(command::Services& services);

  // ---- for the server around it

  // The child of whatever purpose: who needs one takes this.
  Child& child() { return child_; }
  // Adds what replication knows to the facts of every snapshot.
  void set_complete_facts(std::function<void(SnapshotFacts&)> complete) { complete_facts_ = std::move(complete); }
  // Reads dbfilename, if there is such a file; `serve` is called now and then, to let the loop turn, and stops the loading by
  // false. The error was logged.
  using Serve = std::function<bool()>;
  Result<> LoadAtStart(const Serve& serve);
  // Looks after the child; starts saves that are due.
  void Cron();
  enum class FinalSave : uint8_t { kNo, kYes, kIfConfigured };
  // Ends a child that saves, and saves if told to. An error: the dataset is not on disk, and the log says why.
  Result<> PrepareShutdown(FinalSave save);

  // ---- command::Persistence
  Result<> Save() override;
  Result<> SaveInBackground(command::SnapshotRequest request) override;
  void ScheduleSave() override { scheduled_ = true; }
  bool save_in_progress() const override { return child_.running() && child_.purpose() == ChildPurpose::kSnapshot; }
  bool child_in_progress() const override { return child_.running(); }
  void KillSave() override;
  int64_t last_save_time() const override { return last_save_s_; }
  Result<> Reload(const command::ReloadOptions& options) override;
  void OnFlushAll() override;
  bool loading() const override { return loading_; }
  bool refuses_writes() const override;
  bool skips_checksums() const override { return skips_checksums_; }
  void set_skips_checksums(bool skips) override { skips_checksums_ = skips; }
  command::PersistenceFigures figures() const override;

 private:
  const config::Settings& settings() const;
  int64_t NowS() const;
  void NoteLatency(std::string_view event, int64_t us) const;
  SnapshotFacts MakeFacts() const;
  Result<> WriteFile(const std::string& path, const SnapshotFacts& facts, const SnapshotProgress& progress) const;
  bool WriteInChild(const std::string& path, const SnapshotFacts& facts, ChildReporter& reporter) const;
  void OnChildDone(const ChildEnd& end, int64_t dirty_before, const command::SnapshotRequest& request);
  void NoteOutcome(const ChildEnd& end, int64_t dirty_before);
  void SaveIfDue();
  Result<> LoadFile(const std::string& path, LoadOptions options, const Serve& serve);
  Result<> ReadFile(const std::string& path, const LoadOptions& options, const Serve& serve);

  command::Services& services_;
  Child child_;
  std::function<void(SnapshotFacts&)> complete_facts_;
  std::vector<std::string> function_libraries_;  // of the last load: carried along

  int64_t last_save_s_;
  int64_t last_try_s_ = 0;
  bool last_ok_ = true;
  bool scheduled_ = false;
  int64_t save_started_s_ = -1;
  int64_t last_duration_s_ = -1;
  uint64_t saves_ = 0;

  bool loading_ = false;
  int64_t loading_started_s_ = 0;
  uint64_t loading_total_ = 0, loading_done_ = 0;
  LoadOutcome loaded_;
  bool skips_checksums_ = false;
};

// The file that a process writes its snapshot into before it is renamed: deleted, if it is there. Safe in a signal handler. [any]
void RemoveTemporarySnapshot(pid_t pid);

}  // namespace keyway::persist
