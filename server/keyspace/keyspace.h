// Keyspace: all databases, what they share (time, expiry mode, access clock settings, statistics, observers), and the
// work that cron does for them. [exec] throughout.
//
//   Keyspace keyspace({.databases = 16}, clock, reclaimer);
//   keyspace.RefreshTime();                    // once a turn of the loop and before each command that asks for it
//   keyspace.db(0).FindForRead(HashedKey("name"));
//   keyspace.ActiveExpire(ExpiryCycle::kSlow); // from cron, hz times a second
//   keyspace.Maintain();                       // from cron: slices of resizes
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/random.h"
#include "server/keyspace/access_clock.h"
#include "server/keyspace/database.h"
#include "server/keyspace/key_observer.h"
#include "server/keyspace/reclaimer.h"

namespace keyway::keyspace {

class Eviction;

// What happens to a key whose time has come.
enum class ExpiryMode : uint8_t {
  kDelete,         // primary: deleted when met, and by the active cycle
  kDeleteOnWrite,  // writable replica: hidden from reads, deleted when a write meets it
  kHide,           // read-only replica, or expiry is paused: looks absent and stays
  kIgnore,         // commands from the primary, loading: still alive
};

enum class AccessTracking : uint8_t { kLru, kLfu };

struct KeyspaceSettings {
  int databases = 16;
  // maxmemory-policy: LFU policies count uses, all others remember the last one.
  AccessTracking access_tracking = AccessTracking::kLru;
  // Integers from 0 to 9999 look shared (OBJECT REFCOUNT) unless an LRU or LFU policy with maxmemory applies.
  bool shared_integers = true;
  LfuSettings lfu;
  bool lazy_expire = false;      // lazyfree-lazy-expire
  bool lazy_server_del = false;  // lazyfree-lazy-server-del
  bool active_expire = true;     // DEBUG SET-ACTIVE-EXPIRE
  int active_expire_effort = 1;  // 1 to 10
  int hz = 10;
  bool active_rehashing = true;
};

struct KeyspaceStats {
  int64_t hits = 0;
  int64_t misses = 0;
  int64_t expired_keys = 0;
  double expired_stale_percent = 0;      // expired_stale_perc, a moving average
  int64_t expired_time_cap_reached = 0;  // expired_time_cap_reached_count
  int64_t expire_cycle_us = 0;           // expire_cycle_cpu_milliseconds * 1000
  int64_t evicted_keys = 0;
  int64_t eviction_exceeded_us = 0;        // how long memory was over the limit, the present time not included
  int64_t eviction_exceeded_since_us = 0;  // monotonic time since when it is; 0: it is not
};

enum class ExpiryCycle : uint8_t {
  kSlow,  // hz times a second, up to a quarter of the time
  kFast,  // before sleeping, at most a millisecond, and only if the slow one left work
};

class Keyspace {
 public:
  Keyspace(const KeyspaceSettings& settings, const Clock& clock, Reclaimer& reclaimer);
  ~Keyspace();

  Database& db(int index) { return *databases_[static_cast<size_t>(index)]; }
  int databases() const { return static_cast<int>(databases_.size()); }
  // Changing settings().databases has no effect after construction.
  KeyspaceSettings& settings() { return settings_; }
  KeyspaceStats& stats() { return stats_; }
  Reclaimer& reclaimer() { return reclaimer_; }
  Random& random() { return random_; }
  // What keeps to maxmemory; it has the settings for that.
  Eviction& eviction() { return *eviction_; }
  size_t total_keys() const;

  // ---- time and mode: what expiry is judged by ----

  // The time that all lookups use. Stands still between refreshes, so that a command, a script or a transaction sees
  // one time throughout.
  int64_t now_ms() const { return now_ms_; }
  void RefreshTime() { set_now_ms(clock_.WallMs()); }
  void set_now_ms(int64_t now_ms) { now_ms_ = now_ms, lru_clock_ = LruClock(now_ms); }
  ExpiryMode expiry_mode() const { return expiry_mode_; }
  void set_expiry_mode(ExpiryMode mode) { expiry_mode_ = mode; }
  // While off, lookups leave access clocks alone: a child runs and shares the pages, or the client asked for it
  // (CLIENT NO-TOUCH).
  bool touching() const { return touching_; }
  void set_touching(bool touching) { touching_ = touching; }

  // Asked before a table grows by so many bytes; false defers the growth. Null: always allowed.
  using GrowthGate = std::function<bool(size_t more_bytes)>;
  void set_growth_gate(GrowthGate gate) { growth_gate_ = std::move(gate); }
  bool MayGrow(size_t more_bytes) const { return !growth_gate_ || growth_gate_(more_bytes); }

  // ---- access clock ----

  // The clock of an entry used for the first time just now.
  uint32_t FreshClock() const {
    return settings_.access_tracking == AccessTracking::kLru ? lru_clock_ : LfuClock(kLfuInitialCount, now_ms_);
  }
  // The clock of an entry after one more use, now.
  uint32_t ClockAfterUse(uint32_t clock) {
    return settings_.access_tracking == AccessTracking::kLru ? lru_clock_
                                                             : LfuAfterUse(clock, now_ms_, settings_.lfu, random_);
  }
  // OBJECT IDLETIME in milliseconds; meaningful under LRU tracking.
  int64_t IdleMs(const Entry* entry) const { return LruIdleMs(entry->clock(), now_ms_); }
  // OBJECT FREQ; meaningful under LFU tracking.
  uint8_t Frequency(const Entry* entry) const { return LfuDecayedCount(entry->clock(), now_ms_, settings_.lfu); }
  // RESTORE IDLETIME and FREQ; each does nothing under the other tracking.
  void SetIdleMs(Entry* entry, int64_t idle_ms) const;
  void SetFrequency(Entry* entry, uint8_t frequency) const;
  // OBJECT REFCOUNT.
  int64_t RefCount(const Entry* entry) const;

  // ---- observers and the dirty counter ----

  // The observer must stay until it is removed. Not from inside a notification.
  void AddObserver(KeyObserver& observer) { observers_.push_back(&observer); }
  void RemoveObserver(KeyObserver& observer) { std::erase(observers_, &observer); }
  const std::vector<KeyObserver*>& observers() const { return observers_; }
  // The classes of events (EventClass, as a mask) that OnEvent is called for; none at first.
  uint32_t wanted_events() const { return wanted_events_; }
  void set_wanted_events(uint32_t classes) { wanted_events_ = classes; }
  // Changes since the last save (rdb_changes_since_last_save). Handlers add, persistence resets.
  int64_t dirty() const { return dirty_; }
  void set_dirty(int64_t dirty) { dirty_ = dirty; }
  void AddDirty(int64_t changes) { dirty_ += changes; }

  // ---- all databases ----

  // Exchanges the contents of two databases; clients that selected one see the other's keys.
  void SwapDatabases(int first, int second);
  // Empties every database; returns how many keys were removed.
  size_t FlushAll(FreeMode mode);

  // ---- cron ----

  // Deletes keys whose time has come, within a time budget that follows from the settings. Does nothing unless the mode
  // is kDelete.
  void ActiveExpire(ExpiryCycle cycle);
  // Shrinks sparse tables and moves resizes on, for at most about a millisecond.
  void Maintain();

 private:
  struct CycleLimits;
  // Looks at a sample of the database's expiring keys and deletes those whose time has come.
  struct Sample {
    size_t looked_at = 0;
    size_t expired = 0;
  };
  Sample ExpireSample(Database& db, size_t keys);

  KeyspaceSettings settings_;
  const Clock& clock_;
  Reclaimer& reclaimer_;
  Random random_;
  std::vector<std::unique_ptr<Database>> databases_;
  std::vector<KeyObserver*> observers_;
  uint32_t wanted_events_ = 0;
  GrowthGate growth_gate_;
  KeyspaceStats stats_;
  std::unique_ptr<Eviction> eviction_;
  int64_t now_ms_ = 0;
  uint32_t lru_clock_ = 0;  // LruClock(now_ms_)
  int64_t dirty_ = 0;
  ExpiryMode expiry_mode_ = ExpiryMode::kDelete;
  bool touching_ = true;

  // Active expiry, between cycles.
  int expiry_next_db_ = 0;
  bool expiry_timed_out_ = false;
  int64_t expiry_last_fast_us_ = 0;
  int maintain_next_db_ = 0;
};

}  // namespace keyway::keyspace
