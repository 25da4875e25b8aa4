#include "server/persist/snapshots.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/memory.h"
#include "server/base/version.h"
#include "server/command/latency_monitor.h"
#include "server/config/config.h"
#include "server/persist/byte_sink.h"
#include "server/persist/byte_source.h"
#include "server/persist/rdb_format.h"

namespace keyway::persist {
namespace {

using command::SnapshotRequest;
using config::MaxmemoryPolicy;

// After a failed background save the next one by `save` points waits so long.
constexpr int64_t kRetryDelayS = 5;
constexpr size_t kMaxReadBufferBytes = 64 * 1024, kMinReadBufferBytes = 4096;
constexpr double kMegabyte = 1 << 20;

std::string TemporaryName(pid_t pid) { return fmt::format("temp-{}.rdb", pid); }

// The hidden delays of tests: so many microseconds a key, or one for every so many keys.
void DebugDelay(int64_t delay_us) {
  if (delay_us < 0) delay_us = std::rand() % -delay_us == 0 ? 1 : 0;
  if (delay_us > 0) usleep(static_cast<useconds_t>(delay_us));
}

SnapshotFacts::Usage UsageOf(MaxmemoryPolicy policy) {
  switch (policy) {
    case MaxmemoryPolicy::kVolatileLru:
    case MaxmemoryPolicy::kAllkeysLru:
      return SnapshotFacts::Usage::kIdleTime;
    case MaxmemoryPolicy::kVolatileLfu:
    case MaxmemoryPolicy::kAllkeysLfu:
      return SnapshotFacts::Usage::kFrequency;
    default:
      return SnapshotFacts::Usage::kNone;
  }
}

}  // namespace

Snapshots::Snapshots(command::Services& services)
    : services_(services), child_(services.clock), last_save_s_(services.clock.WallMs() / 1000) {}

const config::Settings& Snapshots::settings() const { return services_.config.settings(); }

void Snapshots::NoteLatency(std::string_view event, int64_t us) const {
  if (services_.latency != nullptr) services_.latency->Note(event, us / 1000);
}

int64_t Snapshots::NowS() const { return services_.clock.WallMs() / 1000; }

// ---- writing ----

SnapshotFacts Snapshots::MakeFacts() const {
  SnapshotFacts facts;
  facts.version = services_.compat_70 ? kRdbVersion70 : kRdbVersion72;
  facts.redis_version = RedisVersion(services_.compat_70);
  facts.now_s = NowS();
  facts.used_memory = UsedMemory();
  facts.function_libraries = function_libraries_;
  facts.usage = UsageOf(settings().maxmemory_policy);
  if (complete_facts_) complete_facts_(facts);
  return facts;
}

// Also runs in the child: no locks, no log.
Result<> Snapshots::WriteFile(const std::string& path, const SnapshotFacts& facts,
                              const SnapshotProgress& progress) const {
  const std::string temporary = TemporaryName(getpid());
  auto sink = FileSink::Create(temporary, {.incremental_fsync = settings().rdb_save_incremental_fsync});
  if (!sink) return std::unexpected(sink.error().Within("Failed opening the temp RDB file " + temporary));
  RdbWriter writer(*sink, {.compress = settings().rdbcompression, .checksum = settings().rdbchecksum});
  Result<> done = WriteSnapshot(writer, services_.keyspace, facts, settings().rdbchecksum, progress);
  if (done) done = sink->Finish();
  if (!done) {
    unlink(temporary.c_str());
    return std::unexpected(done.error().Within("Write error while saving DB to the disk"));
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    return FailErrno(fmt::format("Error moving temp DB file {} on the final destination {}", temporary, path), error);
  }
  if (auto synced = SyncDirectoryOf(path); !synced) {
    return std::unexpected(synced.error().Within("Failed to fsync directory while saving DB"));
  }
  return {};
}

Result<> Snapshots::Save() {
  ++saves_;
  const int64_t delay_us = settings().rdb_key_save_delay;
  SnapshotProgress progress;
  if (delay_us != 0) progress = [delay_us](uint64_t) { DebugDelay(delay_us); };
  if (auto done = WriteFile(settings().dbfilename, MakeFacts(), progress); !done) {
    LogWarning("{}", done.error().text());
    return done;
  }
  LogNotice("DB saved on disk");
  services_.keyspace.set_dirty(0);
  last_save_s_ = NowS();
  last_ok_ = true;
  return {};
}

bool Snapshots::WriteInChild(const std::string& path, const SnapshotFacts& facts, ChildReporter& reporter) const {
  const int64_t delay_us = settings().rdb_key_save_delay;
  uint64_t keys_written = 0;
  const Result<> done = WriteFile(path, facts, [&](uint64_t keys) {
    if (delay_us != 0) DebugDelay(delay_us);
    reporter.Report(keys_written = keys);
  });
  if (!done) {
    LogChild(LogLevel::kWarning, done.error().text());
    return false;
  }
  LogChild(LogLevel::kNotice, "DB saved on disk");
  const uint64_t copied = reporter.Finish(keys_written);
  LogChild(LogLevel::kNotice,
           fmt::format("Fork CoW for RDB: current {:.0f} MB", static_cast<double>(copied) / kMegabyte));
  return true;
}

Result<> Snapshots::SaveInBackground(SnapshotRequest request) {
  if (child_.running()) return Fail("A child process is active already", EEXIST);
  ++saves_;
  last_try_s_ = NowS();
  const int64_t dirty_before = services_.keyspace.dirty();
  SnapshotFacts facts = MakeFacts();
  if (!request.replication_id.empty()) {
    facts.replication_id = request.replication_id;
    facts.replication_offset = request.replication_offset;
    facts.stream_db = request.stream_db;
  }
  const std::string path = request.path.empty() ? settings().dbfilename : request.path;
  Child::Job job;
  job.purpose = ChildPurpose::kSnapshot;
  job.title = "redis-rdb-bgsave";
  job.keys_total = services_.keyspace.total_keys();
  job.work = [this, path, facts](ChildReporter& reporter) { return WriteInChild(path, facts, reporter); };
  job.done = [this, dirty_before, request = std::move(request)](const ChildEnd& end) {
    OnChildDone(end, dirty_before, request);
  };
  if (auto started = child_.Start(std::move(job)); !started) {
    last_ok_ = false;
    LogWarning("Can't save in background: {}", started.error().text());
    return started;
  }
  LogNotice("Background saving started by pid {}", child_.pid());
  NoteLatency("fork", child_.figures().last_fork_us);
  save_started_s_ = NowS();
  return {};
}

void Snapshots::OnChildDone(const ChildEnd& end, int64_t dirty_before, const SnapshotRequest& request) {
  if (end.ok()) {
    LogNotice("Background saving terminated with success");
  } else if (end.signal == 0) {
    LogWarning("Background saving error");
  } else {
    LogWarning("Background saving terminated by signal {}", end.signal);
    const int64_t started_us = services_.clock.MonotonicUs();
    RemoveTemporarySnapshot(end.pid);
    NoteLatency("rdb-unlink-temp-file", services_.clock.MonotonicUs() - started_us);
  }
  if (request.path.empty()) NoteOutcome(end, dirty_before);
  last_duration_s_ = NowS() - save_started_s_;
  save_started_s_ = -1;
  if (request.done) request.done(end.ok());
}

void Snapshots::NoteOutcome(const ChildEnd& end, int64_t dirty_before) {
  if (end.ok()) {
    services_.keyspace.set_dirty(services_.keyspace.dirty() - dirty_before);
    last_save_s_ = NowS();
    last_ok_ = true;
  } else if (end.signal != SIGUSR1) {
    last_ok_ = false;  // SIGUSR1 is how we stop a child ourselves
  }
}

void Snapshots::KillSave() {
  if (save_in_progress()) child_.Kill();
}

void Snapshots::OnFlushAll() {
  KillSave();
  if (settings().save.empty() || loading_) return;
  [[maybe_unused]] const auto saved = Save();  // an error is in the log; FLUSHALL has done what it was told
}

// ---- cron and shutdown ----

void Snapshots::Cron() {
  child_.Poll();
  if (!child_.running() && !loading_) SaveIfDue();
}

void Snapshots::SaveIfDue() {
  const int64_t now_s = NowS(), dirty = services_.keyspace.dirty();
  const bool may_try = last_ok_ || now_s - last_try_s_ > kRetryDelayS;
  if (!may_try) return;
  if (scheduled_) {
    if (SaveInBackground({})) scheduled_ = false;
    return;
  }
  for (const config::SavePoint& point : settings().save) {
    if (dirty < point.changes || now_s - last_save_s_ <= point.seconds) continue;
    LogNotice("{} changes in {} seconds. Saving...", point.changes, point.seconds);
    [[maybe_unused]] const auto started = SaveInBackground({});  // logged; tried again later
    return;
  }
}

Result<> Snapshots::PrepareShutdown(FinalSave save) {
  if (save_in_progress()) {
    LogWarning("There is a child saving an .rdb. Killing it!");
    child_.KillAndWait();
  }
  if (save == FinalSave::kNo || (save == FinalSave::kIfConfigured && settings().save.empty())) return {};
  LogNotice("Saving the final RDB snapshot before exiting.");
  return Save();
}

bool Snapshots::refuses_writes() const {
  return !last_ok_ && settings().stop_writes_on_bgsave_error && !settings().save.empty();
}

// ---- loading ----

Result<> Snapshots::ReadFile(const std::string& path, const LoadOptions& options, const Serve& serve) {
  auto source = FileSource::Open(path);
  if (!source) {
    if (source.error().code() != ENOENT) {
      LogWarning("Fatal error: can't open the RDB file for reading: {}", source.error().text());
    }
    return std::unexpected(source.error());
  }
  loading_total_ = source->size();
  const auto interval = static_cast<uint64_t>(settings().loading_process_events_interval_bytes);
  RdbReader::Options reading;
  reading.checksum = options.check_checksum;
  reading.buffer_bytes = std::clamp<size_t>(interval, kMinReadBufferBytes, kMaxReadBufferBytes);
  reading.progress_interval = interval;
  reading.progress = [&](uint64_t bytes) {
    loading_done_ = bytes;
    return !serve || serve();
  };
  RdbReader reader(*source, std::move(reading));
  auto done = LoadSnapshot(reader, services_.keyspace, options, loaded_);
  if (done) {
    source->DropFromCache();
  } else if (done.error().code() != ECANCELED) {
    LogWarning("Cannot load {}: {}", path, done.error().text());
  }
  return done;
}

Result<> Snapshots::LoadFile(const std::string& path, LoadOptions options, const Serve& serve) {
  options.limits = command::EncodingLimitsOf(services_);
  options.now_ms = services_.clock.WallMs();
  options.check_checksum = settings().rdbchecksum && !skips_checksums_;
  options.after_key = [this] { DebugDelay(settings().key_load_delay); };
  loading_ = true;
  loading_started_s_ = NowS();
  loading_done_ = 0;
  loaded_ = LoadOutcome();
  const keyspace::ExpiryMode mode = services_.keyspace.expiry_mode();
  services_.keyspace.set_expiry_mode(keyspace::ExpiryMode::kIgnore);
  auto done = ReadFile(path, options, serve);
  services_.keyspace.set_expiry_mode(mode);
  loading_ = false;
  if (done) function_libraries_ = std::move(loaded_.function_libraries);
  return done;
}

Result<> Snapshots::LoadAtStart(const Serve& serve) {
  const int64_t started_us = services_.clock.MonotonicUs();
  auto done = LoadFile(settings().dbfilename, LoadOptions(), serve);
  if (!done && done.error().code() == ENOENT) return {};
  if (!done) return done;
  LogNotice("DB loaded from disk: {:.3f} seconds",
            static_cast<double>(services_.clock.MonotonicUs() - started_us) / 1e6);
  return {};
}

Result<> Snapshots::Reload(const command::ReloadOptions& options) {
  if (loading_) return Fail("ERR The dataset is being loaded");
  if (options.save) {
    if (auto saved = Save(); !saved) return Fail("ERR");
  }
  if (options.flush) services_.keyspace.FlushAll(keyspace::FreeMode::kNow);
  LoadOptions load;
  load.merge = options.merge;
  if (auto done = LoadFile(settings().dbfilename, std::move(load), nullptr); !done) {
    return Fail("ERR Error trying to load the RDB dump, check server logs");
  }
  LogWarning("DB reloaded by DEBUG RELOAD");
  return {};
}

// ---- figures ----

command::PersistenceFigures Snapshots::figures() const {
  command::PersistenceFigures out;
  out.loading = loading_;
  out.loading_start_time = loading_started_s_;
  out.loading_total_bytes = loading_total_;
  out.loading_loaded_bytes = loading_done_;
  out.loading_rdb_used_memory = loaded_.used_memory;
  out.save_in_progress = save_in_progress();
  out.last_save_time = last_save_s_;
  out.last_save_ok = last_ok_;
  out.last_save_seconds = last_duration_s_;
  out.save_started = save_started_s_;
  out.saves = saves_;
  out.keys_expired = loaded_.keys_expired;
  out.keys_loaded = loaded_.keys_loaded;
  const Child::Figures& child = child_.figures();
  out.copied_bytes = child.copied_bytes;
  out.copied_peak = child.copied_peak;
  out.copied_age_seconds = child.copied_at_ms > 0 ? NowS() - child.copied_at_ms / 1000 : 0;
  out.last_save_copied_bytes = child.last_copied_bytes;
  out.keys_processed = child.keys_processed;
  out.keys_total = child.keys_total;
  out.last_fork_us = child.last_fork_us;
  out.forks = child.forks;
  return out;
}

// A signal handler may not format text, so the name is put together by hand.
void RemoveTemporarySnapshot(pid_t pid) {
  constexpr char kHead[] = "temp-", kTail[] = ".rdb";
  char digits[16];
  size_t count = 0;
  for (auto rest = static_cast<unsigned>(pid); rest > 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  char name[sizeof kHead + sizeof digits + sizeof kTail];
  size_t size = 0;
  for (size_t i = 0; i + 1 < sizeof kHead; ++i) name[size++] = kHead[i];
  while (count > 0) name[size++] = digits[--count];
  for (char c : kTail) name[size++] = c;
  unlink(name);
}

}  // namespace keyway::persist
