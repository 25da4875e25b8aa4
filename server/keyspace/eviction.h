// Eviction: deletes keys until the process takes no more than maxmemory. [exec] throughout.
//
// Which key goes is decided by a score (higher goes first): idle time, rareness of use, nearness of the expiry, or chance.
// Scores are compared within a pool of the best candidates met so far; each round adds a few sampled keys of every database to
// it and takes the best one out. See docs/keyspace.md.
//
//   if (eviction.WithinLimit()) …                 a few loads; for every request
//   switch (eviction.Free()) …                    deletes for as long as maxmemory-eviction-tenacity allows
//   if (eviction.unfinished()) eviction.Free();   once a turn, until it is done
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "server/keyspace/entry.h"

namespace keyway {
class Clock;
}

namespace keyway::keyspace {

class Database;
class Keyspace;

enum class EvictionPolicy : uint8_t {
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kAllkeysLru,
  kAllkeysLfu,
  kAllkeysRandom,
  kNoEviction
};

struct EvictionSettings {
  uint64_t max_memory = 0;  // bytes; 0: no limit
  EvictionPolicy policy = EvictionPolicy::kNoEviction;
  int samples = 5;      // keys of each database in a round
  int tenacity = 10;    // 0 to 100: how long one call may take
  bool lazily = false;  // lazyfree-lazy-eviction
};

class Eviction {
 public:
  Eviction(Keyspace& keyspace, const Clock& clock) : keyspace_(keyspace), clock_(clock) {}
  Eviction(const Eviction&) = delete;
  Eviction& operator=(const Eviction&) = delete;

  const EvictionSettings& settings() const { return settings_; }
  void set_settings(const EvictionSettings& settings);
  // Memory that the limit does not cover: what waits to be sent to replicas, the buffer of the append-only file. Deleting keys
  // makes these grow, so counting them would delete more and more. Null: none.
  void set_uncounted(std::function<size_t()> bytes) { uncounted_ = std::move(bytes); }
  size_t UncountedBytes() const { return uncounted_ ? uncounted_() : 0; }

  // Whether nothing need be done about memory; true without a limit.
  bool WithinLimit() const;
  // Whether so many bytes more would be too much; false without a limit.
  bool WouldExceed(size_t more_bytes) const;

  enum class Outcome : uint8_t {
    kDone,     // the limit is kept
    kRunning,  // the time was up; unfinished() is true
    kFailed,   // the policy leaves nothing to delete: who needs more memory is to be refused
  };
  // Deletes keys until the limit is kept or the time of one call is used up. The caller sees to it that keys may be deleted now
  // (clients are not paused, nothing is being loaded).
  Outcome Free();
  // Whether Free is to be called in the next turn, whatever clients ask for.
  bool unfinished() const { return unfinished_; }
  void set_unfinished() { unfinished_ = settings_.max_memory != 0; }

  // The key that goes next, which leaves the pool; null if there is none.
  struct Victim {
    Database* db = nullptr;
    Entry* entry = nullptr;
  };
  Victim Choose();

 private:
  static constexpr size_t kPoolSize = 16;

  struct Candidate {
    uint64_t score = 0;
    int db = 0;
    uint64_t hash = 0;
    std::string key;  // a copy: keys come and go while candidates wait
  };

  size_t Excess() const;
  bool IsVolatile() const { return settings_.policy <= EvictionPolicy::kVolatileTtl; }
  bool IsRandom() const {
    return settings_.policy == EvictionPolicy::kAllkeysRandom || settings_.policy == EvictionPolicy::kVolatileRandom;
  }
  size_t KeysOf(const Database& db) const;
  uint64_t ScoreOf(const Entry* entry) const;
  Victim ChooseRandom();
  Victim TakeFromPool();
  bool FillPool();
  template <class Visit>
  void Sample(Database& db, Visit&& visit);
  void Offer(int db, const Entry* entry);
  int64_t TimeLimitUs() const;
  Outcome Delete(size_t excess, int64_t start_us, int64_t limit_us);
  bool WaitForReclaimer(int64_t start_us, int64_t limit_us) const;
  void Account(Outcome outcome);

  Keyspace& keyspace_;
  const Clock& clock_;
  EvictionSettings settings_;
  std::function<size_t()> uncounted_;
  std::array<Candidate, kPoolSize> pool_;  // the first pool_used_, by score, the best last
  size_t pool_used_ = 0;
  int next_db_ = 0;  // random policies go round the databases
  bool unfinished_ = false;
};

}  // namespace keyway::keyspace
