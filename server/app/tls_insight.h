// What INFO tells of TLS beside counters, and what the log warns of: the certificates in use and the libraries behind them.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "server/app/listeners.h"
#include "server/app/peer_links.h"
#include "server/stats/info.h"

namespace keyway::app {

// [exec]
class TlsInsight {
 public:
  // Borrowed.
  TlsInsight(const Listeners& listeners, const PeerLinks& links) : listeners_(listeners), links_(links) {}

  // One line for each plug-in in use whose library leaves the processor's AES instructions alone; once a copy of it.
  void WarnOfSlowLibraries();
  // Of all listeners, profiles and links.
  std::vector<stats::CertificateRow> Certificates() const;

 private:
  const Listeners& listeners_;
  const PeerLinks& links_;
  std::set<uint64_t> warned_;  // numbers of generations
};

}  // namespace keyway::app
