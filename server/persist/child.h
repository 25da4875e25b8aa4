// The forked child of the server: it sees the dataset as it was at the fork, writes something of it, tells how far it is, and
// ends. There is one at a time, whatever it is for.
//
//   parent                                     child
//   Start(job) ── fork ─────────────────────▶  prepares itself, runs job.work(reporter), _exit(0 or 1)
//   Poll(), from cron ◀── pipe: reports ─────  reporter.Report(keys), about once a second
//   job.done(end) once the child is gone
//
// The child closes every descriptor but standard input, output and error and its pipe, puts signals back to what they were
// by default, and logs by LogChild only. Hash tables are not resized while it runs, since that would copy their pages. It may not call plug-ins, take locks, or talk to other threads: there are none.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/unique_fd.h"

namespace keyway {
class Clock;
}

namespace keyway::persist {

enum class ChildPurpose : uint8_t { kNone, kSnapshot, kLog };

// How a child ended.
struct ChildEnd {
  pid_t pid = 0;
  int exit_code = 0;
  int signal = 0;  // 0: it ended by itself
  bool ok() const { return signal == 0 && exit_code == 0; }
};

// The child's side of the pipe.
class ChildReporter {
 public:
  ChildReporter(int fd, const Clock& clock) : fd_(fd), clock_(clock) {}
  // Called for each key; looks at the clock now and then.
  void Report(uint64_t keys);
  // The last report, with the memory that was copied in all. Returns that.
  uint64_t Finish(uint64_t keys);

 private:
  uint64_t Send(uint64_t keys, bool last) const;

  int fd_;
  const Clock& clock_;
  int64_t last_sent_ms_ = 0;
};

class Child {
 public:
  struct Job {
    ChildPurpose purpose = ChildPurpose::kNone;
    std::string title;                          // of the process
    std::function<bool(ChildReporter&)> work;   // in the child; true: well done
    std::function<void(const ChildEnd&)> done;  // in the parent, from Poll
    uint64_t keys_total = 0;
  };
  struct Figures {  // of the running child, or zero
    uint64_t copied_bytes = 0, copied_peak = 0, keys_processed = 0, keys_total = 0;
    int64_t copied_at_ms = 0;  // when it told; 0: not yet
    int64_t last_fork_us = 0;
    uint64_t forks = 0;
    uint64_t last_copied_bytes = 0;  // of the last child that ended, as it told at its end
  };

  // `prepare` runs in the child before its work, with the job's title.
  explicit Child(const Clock& clock) : clock_(clock) {}
  ~Child();
  void set_prepare(std::function<void(std::string_view title)> prepare) { prepare_ = std::move(prepare); }

  // Forks. Requires that no child runs. [exec]
  Result<> Start(Job job);
  // Reads reports and notices the end. Cheap without a child. [exec]
  void Poll();
  // Asks it to go. Poll notices, and done hears of SIGUSR1. [exec]
  void Kill() const;
  // The same, and waits until it is gone; done is called. [exec]
  void KillAndWait();

  bool running() const { return pid_ != 0; }
  ChildPurpose purpose() const { return job_.purpose; }
  pid_t pid() const { return pid_; }
  const Figures& figures() const { return figures_; }

 private:
  [[noreturn]] void RunChild(int pipe_fd);
  void ReadReports();
  void End(int status);

  const Clock& clock_;
  std::function<void(std::string_view)> prepare_;
  pid_t pid_ = 0;
  Job job_;
  UniqueFd pipe_;
  Figures figures_;
};

// A log line without locks, for children; text without formatting directives.
void LogChild(LogLevel level, const std::string& text);

}  // namespace keyway::persist
