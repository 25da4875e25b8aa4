// Certificates, keys, authorities and all other files of TLS settings, taken anew when they have changed on disk
// (tls-auto-reload-interval).
//
//   exec thread ── settings, stacks in use ──▶ background: read the files; where their bytes differ, check and make contexts
//               ◀── new stacks, or why not ──
//
// What counts is the bytes, not names or dates: a context remembers a digest of everything that it was made of, and what would be made
// of the same is used again. So touching a file changes nothing, links may be swapped, and nothing has to be remembered of files. Bytes
// that make no good context (half of a file, a certificate whose key has not come yet) leave the old stacks where they are, and are
// tried again in the next interval.
//
// CONFIG SET goes the same way: before it runs, the stacks of the settings that it would make are made in the background, always anew, and
// its client waits (Prepare, TakePrepared). [exec]
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/app/listeners.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/config/settings.h"
#include "server/event/event_loop.h"
#include "server/net/host.h"
#include "server/stats/info.h"

namespace keyway::app {

class TlsReloader {
 public:
  // The references are borrowed; `on_taken` is called after listeners got new stacks.
  TlsReloader(const config::Settings& settings, std::shared_ptr<net::Registry> registry, Listeners& listeners,
              event::EventLoop& loop, const Clock& clock, std::function<void()> on_taken);
  // Waits for what is under way, for a moment.
  ~TlsReloader();

  // Begins a round when it is time.
  void Cron();
  // Whether the stacks that listeners will need with `settings` are made, well or badly. False: in a while, ask again.
  bool Prepare(const config::Settings& settings);
  bool busy() const { return round_ != nullptr; }
  // What Prepare made of these settings; once, and not long after.
  std::optional<Result<ListenerStacks>> TakePrepared(const config::Settings& settings);

  // The stacks in use, or the settings, were changed by others: what is under way is of no use any more.
  void Forget() { ++revision_; }

  // Others read all files of a TLS transport anew, at somebody's command.
  void CountReload(bool ok);
  stats::ReloadCounts counts() const { return counts_; }
  void ResetCounts() { counts_ = {.failing = counts_.failing}; }

 private:
  struct Round;

  void Begin(const config::Settings& settings, bool for_command);
  void End(const std::shared_ptr<Round>& round);
  void EndCheck(const Round& round);

  const config::Settings& settings_;
  const std::shared_ptr<net::Registry> registry_;
  Listeners& listeners_;
  event::EventLoop& loop_;
  const Clock& clock_;
  const std::function<void()> on_taken_;
  std::shared_ptr<Round> round_;     // under way
  std::shared_ptr<Round> prepared_;  // for a command that has not run yet
  int64_t prepared_us_ = 0;
  int64_t last_us_;  // when the last check of files began
  uint64_t revision_ = 0;
  std::string failure_;  // that the log has been told of; empty: the last round went well
  uint64_t failure_seen_ = 0;
  stats::ReloadCounts counts_;
};

}  // namespace keyway::app
