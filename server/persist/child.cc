#include "server/persist/child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "server/base/clock.h"
#include "server/ds/tag_table.h"

namespace keyway::persist {
namespace {

constexpr int64_t kReportPeriodMs = 1000;
// Keys between two looks at the clock.
constexpr uint64_t kKeysPerLook = 1024;

constexpr int kExitOk = 0, kExitFailed = 1;

struct Report {
  uint64_t keys;
  uint64_t copied_bytes;
  uint8_t last;
};

// Bytes that this process shares with nobody: what was copied since the fork.
uint64_t PrivateDirtyBytes() {
  FILE* file = fopen("/proc/self/smaps_rollup", "re");
  if (file == nullptr) return 0;
  uint64_t kilobytes = 0;
  char line[256];
  constexpr std::string_view kName = "Private_Dirty:";
  while (fgets(line, sizeof line, file) != nullptr) {
    if (std::string_view(line).starts_with(kName)) kilobytes += std::strtoull(line + kName.size(), nullptr, 10);
  }
  fclose(file);
  return kilobytes * 1024;
}

// Sockets of clients must close when the parent closes them, so the child keeps none.
void CloseInherited(int kept) {
  if (kept > 3) close_range(3, static_cast<unsigned>(kept - 1), 0);
  close_range(static_cast<unsigned>(std::max(kept + 1, 3)), ~0U, 0);
}

void DefaultSignals() {
  signal(SIGTERM, SIG_DFL);
  signal(SIGUSR1, SIG_DFL);
  // Ctrl-C at a terminal goes to the child too; the parent decides what becomes of it.
  signal(SIGINT, SIG_IGN);
}

}  // namespace

void LogChild(LogLevel level, const std::string& text) {
  if (LogEnabled(level)) LogRaw(level, text.c_str());
}

// ---- the child's side ----

void ChildReporter::Report(uint64_t keys) {
  if (keys % kKeysPerLook != 1) return;
  const int64_t now_ms = clock_.MonotonicMs();
  if (now_ms - last_sent_ms_ < kReportPeriodMs) return;
  last_sent_ms_ = now_ms;
  Send(keys, false);
}

uint64_t ChildReporter::Finish(uint64_t keys) { return Send(keys, true); }

uint64_t ChildReporter::Send(uint64_t keys, bool last) const {
  struct Report report {};
  report.keys = keys;
  report.copied_bytes = PrivateDirtyBytes();
  report.last = last ? 1 : 0;
  // A report that finds no room is no loss.
  [[maybe_unused]] const ssize_t written = write(fd_, &report, sizeof report);
  return report.copied_bytes;
}

void Child::RunChild(int pipe_fd) {
  DefaultSignals();
  SetLogRole('C');
  CloseInherited(pipe_fd);
  ds::SetResizeMode(ds::ResizeMode::kForbidden);
  if (prepare_) prepare_(job_.title);
  ChildReporter reporter(pipe_fd, clock_);
  const bool ok = job_.work(reporter);
  _exit(ok ? kExitOk : kExitFailed);
}

// ---- the parent's side ----

Child::~Child() {
  if (pid_ == 0) return;
  kill(pid_, SIGUSR1);
  waitpid(pid_, nullptr, 0);
}

Result<> Child::Start(Job job) {
  if (running()) return Fail("A child runs already", EEXIST);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return FailErrno("pipe", errno);
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  job_ = std::move(job);
  const int64_t started_us = clock_.MonotonicUs();
  fflush(nullptr);  // or the child would write the same again
  const pid_t pid = fork();
  if (pid == 0) RunChild(write_end.get());
  if (pid < 0) {
    job_ = Job();
    return FailErrno("fork", errno);
  }
  pid_ = pid;
  pipe_ = std::move(read_end);
  ds::SetResizeMode(ds::ResizeMode::kAvoid);
  const Figures before = figures_;
  figures_ = Figures();
  figures_.last_fork_us = clock_.MonotonicUs() - started_us;
  figures_.forks = before.forks + 1;
  figures_.last_copied_bytes = before.last_copied_bytes;
  figures_.keys_total = job_.keys_total;
  return {};
}

void Child::ReadReports() {
  struct Report report;
  while (read(pipe_.get(), &report, sizeof report) == static_cast<ssize_t>(sizeof report)) {
    figures_.keys_processed = report.keys;
    figures_.copied_bytes = report.copied_bytes;
    figures_.copied_peak = std::max(figures_.copied_peak, report.copied_bytes);
    figures_.copied_at_ms = clock_.WallMs();
    if (report.last != 0) figures_.last_copied_bytes = report.copied_bytes;
  }
}

void Child::Poll() {
  if (!running()) return;
  ReadReports();
  int status = 0;
  const pid_t gone = waitpid(pid_, &status, WNOHANG);
  if (gone == pid_) {
    ReadReports();
    End(status);
  } else if (gone < 0 && errno == ECHILD) {
    End(SIGKILL);  // somebody else took its status: nobody knows how it ended
  }
}

void Child::End(int status) {
  ChildEnd end;
  end.pid = pid_;
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  pid_ = 0;
  pipe_.Reset();
  ds::SetResizeMode(ds::ResizeMode::kAllowed);
  const Figures before = figures_;
  figures_ = Figures();
  figures_.last_fork_us = before.last_fork_us;
  figures_.forks = before.forks;
  figures_.last_copied_bytes = before.last_copied_bytes;
  const Job job = std::exchange(job_, Job());
  if (job.done) job.done(end);
}

void Child::Kill() const {
  if (running()) kill(pid_, SIGUSR1);
}

void Child::KillAndWait() {
  if (!running()) return;
  Kill();
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
  ReadReports();
  End(status);
}

}  // namespace keyway::persist
