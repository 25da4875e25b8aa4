#include "server/keyspace/eviction.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "server/base/clock.h"
#include "server/base/memory.h"
#include "server/keyspace/database.h"
#include "server/keyspace/keyspace.h"

namespace keyway::keyspace {
namespace {

// Keys deleted between two looks at the clock.
constexpr int kDeletionsPerClockRead = 16;
// Buckets that a sample of keys with an expiry may look at for each key that it wants. A stretch of thousands of buckets without
// such keys counts as one.
constexpr size_t kBucketsPerSample = 64;
constexpr int64_t kReclaimerPollUs = 1000;
constexpr int kTenacityLinear = 10;  // up to here 50 microseconds a step
constexpr int kTenacityNoLimit = 100;

}  // namespace

void Eviction::set_settings(const EvictionSettings& settings) {
  // Scores of different policies cannot be compared.
  if (settings.policy != settings_.policy) pool_used_ = 0;
  settings_ = settings;
  if (settings_.max_memory != 0) return;
  unfinished_ = false;
  Account(Outcome::kDone);
}

// ---- how much ----

bool Eviction::WithinLimit() const {
  if (settings_.max_memory != 0 && UsedMemory() > settings_.max_memory) return false;
  return keyspace_.stats().eviction_exceeded_since_us == 0;
}

bool Eviction::WouldExceed(size_t more_bytes) const {
  if (settings_.max_memory == 0) return false;
  const size_t wanted = UsedMemory() + more_bytes;
  return wanted > settings_.max_memory && wanted > settings_.max_memory + UncountedBytes();
}

size_t Eviction::Excess() const {
  const size_t used = UsedMemory();
  if (settings_.max_memory == 0 || used <= settings_.max_memory) return 0;
  const size_t allowed = settings_.max_memory + UncountedBytes();
  return used > allowed ? used - allowed : 0;
}

// ---- which ----

size_t Eviction::KeysOf(const Database& db) const { return IsVolatile() ? db.expiring_keys() : db.size(); }

uint64_t Eviction::ScoreOf(const Entry* entry) const {
  switch (settings_.policy) {
    case EvictionPolicy::kVolatileLru:
    case EvictionPolicy::kAllkeysLru:
      return static_cast<uint64_t>(keyspace_.IdleMs(entry));
    case EvictionPolicy::kVolatileLfu:
    case EvictionPolicy::kAllkeysLfu:
      return uint64_t{255} - keyspace_.Frequency(entry);
    case EvictionPolicy::kVolatileTtl:
      return std::numeric_limits<uint64_t>::max() - static_cast<uint64_t>(entry->expire_at_ms());
    default:
      return 0;
  }
}

template <class Visit>
void Eviction::Sample(Database& db, Visit&& visit) {
  // No key twice: the pool is for different ones.
  const size_t wanted = std::min(static_cast<size_t>(settings_.samples), KeysOf(db));
  if (IsVolatile()) {
    db.SampleExpiring(wanted, wanted * kBucketsPerSample, visit);
  } else {
    db.SampleKeys(wanted, visit);
  }
}

// Puts the entry into the pool, unless that is full of better ones.
void Eviction::Offer(int db, const Entry* entry) {
  const uint64_t score = ScoreOf(entry);
  const auto begin = pool_.begin(), end = begin + static_cast<ptrdiff_t>(pool_used_);
  auto at = std::lower_bound(begin, end, score, [](const Candidate& a, uint64_t value) { return a.score < value; });
  if (pool_used_ < kPoolSize) {
    // The unused candidate behind the last one moves to its place, so that the memory of its name is used again.
    std::rotate(at, end, end + 1);
    ++pool_used_;
  } else if (at == begin) {
    return;
  } else {
    std::rotate(begin, begin + 1, at);
    --at;
  }
  const std::string_view key = entry->key();
  at->score = score, at->db = db, at->hash = HashBytes(key);
  at->key.assign(key);
}

// False if no database has a key that may go.
bool Eviction::FillPool() {
  bool any = false;
  for (int index = 0; index < keyspace_.databases(); ++index) {
    Database& db = keyspace_.db(index);
    if (KeysOf(db) == 0) continue;
    any = true;
    Sample(db, [&](Entry* entry) { Offer(index, entry); });
  }
  return any;
}

Eviction::Victim Eviction::TakeFromPool() {
  while (pool_used_ > 0) {
    const Candidate& best = pool_[--pool_used_];
    Database& db = keyspace_.db(best.db);
    Entry* entry = db.FindRaw(HashedKey(best.key, best.hash));
    if (entry == nullptr || (IsVolatile() && !entry->has_expiry())) continue;
    // It was used since it was sampled, or is a new key of the old name.
    if (ScoreOf(entry) < best.score) continue;
    return {&db, entry};
  }
  return {};
}

Eviction::Victim Eviction::ChooseRandom() {
  for (int i = 0; i < keyspace_.databases(); ++i) {
    next_db_ = (next_db_ + 1) % keyspace_.databases();
    Database& db = keyspace_.db(next_db_);
    if (KeysOf(db) == 0) continue;
    if (!IsVolatile()) return {&db, db.RandomRawEntry()};
    Entry* chosen = nullptr;
    uint64_t seen = 0;
    while (chosen == nullptr) {
      Sample(db, [&](Entry* entry) {
        if (keyspace_.random().Below(++seen) == 0) chosen = entry;
      });
    }
    return {&db, chosen};
  }
  return {};
}

Eviction::Victim Eviction::Choose() {
  if (settings_.policy == EvictionPolicy::kNoEviction) return {};
  if (IsRandom()) return ChooseRandom();
  while (FillPool()) {
    if (const Victim victim = TakeFromPool(); victim.entry != nullptr) return victim;
  }
  return {};
}

// ---- how long ----

int64_t Eviction::TimeLimitUs() const {
  if (settings_.tenacity <= kTenacityLinear) return 50 * settings_.tenacity;
  if (settings_.tenacity >= kTenacityNoLimit) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(500.0 * std::pow(1.15, settings_.tenacity - kTenacityLinear));
}

Eviction::Outcome Eviction::Delete(size_t excess, int64_t start_us, int64_t limit_us) {
  int64_t freed = 0;
  for (int deleted = 0; freed < static_cast<int64_t>(excess);) {
    const Victim victim = Choose();
    if (victim.entry == nullptr) return Outcome::kFailed;
    freed += victim.db->DeleteEvicted(victim.entry, settings_.lazily);
    if (++deleted % kDeletionsPerClockRead != 0) continue;
    // What another thread frees is not in `freed`.
    if (settings_.lazily && Excess() == 0) break;
    if (clock_.MonotonicUs() - start_us > limit_us) return Outcome::kRunning;
  }
  return Outcome::kDone;
}

// The last keys may be on their way to be freed. True if that was enough.
bool Eviction::WaitForReclaimer(int64_t start_us, int64_t limit_us) const {
  while (keyspace_.reclaimer().pending_objects() > 0 && clock_.MonotonicUs() - start_us < limit_us) {
    if (Excess() == 0) return true;
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(limit_us, kReclaimerPollUs)));
  }
  return Excess() == 0;
}

Eviction::Outcome Eviction::Free() {
  const size_t excess = Excess();
  Outcome outcome = Outcome::kDone;
  if (excess > 0) {
    if (settings_.policy == EvictionPolicy::kNoEviction) {
      outcome = Outcome::kFailed;
    } else {
      const int64_t start_us = clock_.MonotonicUs(), limit_us = TimeLimitUs();
      outcome = Delete(excess, start_us, limit_us);
      if (outcome == Outcome::kFailed && WaitForReclaimer(start_us, limit_us)) outcome = Outcome::kDone;
    }
  }
  unfinished_ = outcome == Outcome::kRunning;
  Account(outcome);
  return outcome;
}

void Eviction::Account(Outcome outcome) {
  KeyspaceStats& stats = keyspace_.stats();
  if (outcome == Outcome::kDone) {
    if (stats.eviction_exceeded_since_us == 0) return;
    stats.eviction_exceeded_us += clock_.MonotonicUs() - stats.eviction_exceeded_since_us;
    stats.eviction_exceeded_since_us = 0;
  } else if (stats.eviction_exceeded_since_us == 0) {
    stats.eviction_exceeded_since_us = clock_.MonotonicUs();
  }
}

}  // namespace keyway::keyspace
