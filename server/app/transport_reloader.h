// TRANSPORT RELOAD: a plug-in takes the place of its older copy under a running server, or, when its file has not changed, reads
// the files of its settings anew.
//
//   exec thread ── settings, stacks in use ──▶ background: load the file beside the copy that serves; with it make the stacks of every
//               ◀── new stacks, or why not ──  listener, profile and link that uses it; filters shake hands in memory
//
// Only when all of that went well is the new copy installed and given to listeners, all at once. Whatever fails leaves the old one
// where it is. Connections that are open stay with the copy that they began with, which goes with the last of them. [exec]
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/app/listeners.h"
#include "server/app/peer_links.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/config/settings.h"
#include "server/event/event_loop.h"
#include "server/net/host.h"
#include "server/stats/info.h"

namespace keyway::app {

class TransportReloader {
 public:
  // The references are borrowed.
  TransportReloader(const config::Settings& settings, std::shared_ptr<net::Registry> registry, Listeners& listeners,
                    PeerLinks& links, event::EventLoop& loop, const Clock& clock);
  // Waits for what is under way, for a moment.
  ~TransportReloader();

  // Whether all is made, well or badly, that Reload needs for the transport. False: in a while, ask again.
  bool Prepare(std::string_view plugin_id);
  // Takes what Prepare has made of the present settings, or makes it here. The error says which step failed and why. The transport
  // is loaded.
  Result<> Reload(std::string_view plugin_id);
  // Drops what nobody has come for.
  void Cron();

  // The stacks in use, the settings, or the loaded plug-ins were changed by others: what was made is of no use any more.
  void Forget() { ++revision_; }

  stats::TransportReloadCounts counts() const { return counts_; }
  void ResetCounts() { counts_ = {}; }

 private:
  struct Round;

  std::shared_ptr<Round> NewRound(std::string_view plugin_id) const;
  bool IsFor(const Round& round, std::string_view plugin_id) const;
  void Take(Round& round);

  const config::Settings& settings_;
  const std::shared_ptr<net::Registry> registry_;
  Listeners& listeners_;
  PeerLinks& links_;
  event::EventLoop& loop_;
  const Clock& clock_;
  std::shared_ptr<Round> round_;     // under way
  std::shared_ptr<Round> prepared_;  // for a command that has not run yet
  int64_t prepared_us_ = 0;
  uint64_t revision_ = 0;
  stats::TransportReloadCounts counts_;
};

}  // namespace keyway::app
