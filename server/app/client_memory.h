// What clients take in memory: totals by class, and who takes most.
//
// Clients that may be closed for their memory stand in lists by the power of two of what they take, so that finding the largest,
// roughly, costs nothing, whatever the number of clients:
//
//   up to 32 KB | 64 KB | 128 KB | … | beyond 8 GB
//
// Figures are those of the last Count: who changes what a client takes counts it again. [exec]
#pragma once

#include <array>
#include <cstddef>

#include "server/app/session.h"

namespace keyway::app {

class ClientMemory {
 public:
  // `output_bytes` is the part of `bytes` that waits to be sent. `may_be_closed` puts the session into the lists.
  void Count(Session& session, size_t bytes, size_t output_bytes, bool may_be_closed);
  // The session counts no more.
  void Forget(Session& session);

  // All but replicas and the primary: what maxmemory-clients limits.
  size_t clients() const { return clients_; }
  size_t replica_output() const { return replica_output_; }
  // One of those in the highest list, the one that has been there longest; null if none may be closed.
  Session* Largest() const;

 private:
  static constexpr int kSmallestLog = 15, kLargestLog = 33;

  struct List {
    Session* first = nullptr;
    Session* last = nullptr;
  };
  void Link(Session& session, int list);
  void Unlink(Session& session);

  std::array<List, kLargestLog - kSmallestLog + 1> lists_;
  size_t clients_ = 0;
  size_t replica_output_ = 0;
};

}  // namespace keyway::app
