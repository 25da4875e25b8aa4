// Decides which I/O threads work: as many as the load needs, each with its share of it. Only arithmetic; Sessions moves the clients.
//
// Unit 0 is the exec thread, units 1 to N are I/O threads. Clients live on the *hosts*: units 1 to `active`, or unit 0 when `active` is 0,
// which happens with `io-threads auto` only.
//
//   a thread more   when the hosts are busy, on average, for kCrowded of the time
//   a thread less   when the others would stay below kRoomy for kQuietSamples samples
//   a move          when the busiest host is busier than the idlest by kUneven for kUnevenSamples samples, when a thread was added, and once
//                   a second for clients that something keeps on a unit that is no host
#pragma once

#include <cstddef>
#include <vector>

namespace keyway::app {

class IoScaler {
 public:
  struct Move {
    size_t from, to;  // units
    double share;     // of the clients on `from` that did something lately: 0 to 1
  };

  // `threads` I/O threads beside the exec thread, at least 1. `may_rest`: all of them may be idle.
  IoScaler(size_t threads, bool may_rest);

  size_t active() const { return active_; }
  size_t first_host() const { return active_ == 0 ? 0 : 1; }
  size_t last_host() const { return active_; }

  // Called in regular intervals, about ten times a second. `busy`: the share of its time that each unit worked since the last call, 0 to 1;
  // threads + 1 of them.
  std::vector<Move> Sample(const std::vector<double>& busy);

 private:
  bool Crowded(const std::vector<double>& busy) const;
  bool Roomy(const std::vector<double>& busy) const;
  void Spread(std::vector<Move>& moves) const;
  void Even(const std::vector<double>& busy, std::vector<Move>& moves);
  void CollectStrays(const std::vector<double>& busy, std::vector<Move>& moves) const;
  size_t IdlestHost(const std::vector<double>& busy) const;

  const size_t threads_;
  const bool may_rest_;
  size_t active_;
  int crowded_samples_ = 0;
  int quiet_samples_ = 0;
  int uneven_samples_ = 0;
  int samples_ = 0;
};

}  // namespace keyway::app
