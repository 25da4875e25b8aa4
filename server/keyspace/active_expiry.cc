// Active expiry: finds keys whose time has come although nobody asks for them.
//
// A cycle goes round the databases. In each it looks at small samples of the keys that have an expiry, in the order of
// the table, and goes on as long as too many of a sample were expired. Cost and thoroughness follow active-expire-effort:
//
//                                  effort 1      each step more
//   keys a sample                  20            + 5
//   fast cycle, microseconds       1000          + 250
//   slow cycle, percent of time    25            + 2
//   acceptable stale percent       10            - 1
#include <algorithm>

#include "server/keyspace/keyspace.h"

namespace keyway::keyspace {

namespace {

constexpr int kDatabasesPerCycle = 16;
constexpr int kSamplesPerClockRead = 16;
constexpr size_t kBucketsPerSampledKey = 20;
// How many buckets are looked at before the sample is counted again.
constexpr size_t kBucketsPerLook = 4;
// The average TTL moves by a fiftieth towards that of each sample.
constexpr int64_t kAverageTtlInertia = 50;
constexpr double kStaleInertia = 0.95;

}  // namespace

struct Keyspace::CycleLimits {
  CycleLimits(const KeyspaceSettings& settings, ExpiryCycle cycle) {
    const int more = std::clamp(settings.active_expire_effort, 1, 10) - 1;
    keys_per_sample = static_cast<size_t>(20 + 5 * more);
    fast_us = 1000 + 250 * more;
    acceptable_stale_percent = static_cast<size_t>(10 - more);
    const int64_t slow_percent = 25 + 2 * more;
    const int64_t slow_us = slow_percent * 1'000'000 / std::max(settings.hz, 1) / 100;
    budget_us = cycle == ExpiryCycle::kFast ? fast_us : std::max<int64_t>(slow_us, 1);
  }
  size_t keys_per_sample;
  int64_t fast_us;
  size_t acceptable_stale_percent;
  int64_t budget_us;
};

Keyspace::Sample Keyspace::ExpireSample(Database& db, size_t keys) {
  Sample sample;
  int64_t ttl_sum = 0;
  int64_t ttl_count = 0;
  const size_t max_buckets = keys * kBucketsPerSampledKey;
  bool wrapped = false;
  for (size_t buckets = 0; sample.looked_at < keys && buckets < max_buckets && !wrapped;) {
    buckets += db.table_.ScanMarked(&db.expiry_position_, kBucketsPerLook, [&](void* found) {
      const Entry* entry = static_cast<Entry*>(found);
      ++sample.looked_at;
      const int64_t ttl = entry->expire_at_ms() - now_ms_;
      if (ttl < 0) {
        ++sample.expired;
        db.DeleteExpired(HashedKey(entry->key()));
      } else {
        ttl_sum += ttl;
        ++ttl_count;
      }
    });
    wrapped = db.expiry_position_ == 0;
  }
  if (ttl_count > 0) {
    const int64_t average = ttl_sum / ttl_count;
    db.average_ttl_ms_ = db.average_ttl_ms_ == 0 ? average
                                                 : db.average_ttl_ms_ / kAverageTtlInertia * (kAverageTtlInertia - 1) +
                                                       average / kAverageTtlInertia;
  }
  return sample;
}

void Keyspace::ActiveExpire(ExpiryCycle cycle) {
  if (!settings_.active_expire || expiry_mode_ != ExpiryMode::kDelete) return;
  const CycleLimits limits(settings_, cycle);
  const int64_t start_us = clock_.MonotonicUs();
  if (cycle == ExpiryCycle::kFast) {
    if (!expiry_timed_out_ && stats_.expired_stale_percent < static_cast<double>(limits.acceptable_stale_percent))
      return;
    if (start_us < expiry_last_fast_us_ + 2 * limits.fast_us) return;
    expiry_last_fast_us_ = start_us;
  }
  // After a cycle without enough time every database gets its turn.
  const int wanted = expiry_timed_out_ ? databases() : std::min(databases(), kDatabasesPerCycle);
  expiry_timed_out_ = false;
  Sample total;
  int samples = 0;
  for (int visited = 0, served = 0; visited < databases() && served < wanted && !expiry_timed_out_; ++visited) {
    Database& database = db(expiry_next_db_);
    expiry_next_db_ = (expiry_next_db_ + 1) % databases();
    if (database.expiring_ == 0) database.average_ttl_ms_ = 0;
    served += database.expiring_ > 0;
    bool go_on = true;
    while (go_on && database.expiring_ > 0) {
      RefreshTime();
      const Sample sample = ExpireSample(database, std::min(database.expiring_, limits.keys_per_sample));
      total.looked_at += sample.looked_at;
      total.expired += sample.expired;
      if (++samples % kSamplesPerClockRead == 0 && clock_.MonotonicUs() - start_us > limits.budget_us) {
        expiry_timed_out_ = true;
        ++stats_.expired_time_cap_reached;
        break;
      }
      go_on = sample.looked_at == 0 || sample.expired * 100 / sample.looked_at > limits.acceptable_stale_percent;
    }
  }
  stats_.expire_cycle_us += clock_.MonotonicUs() - start_us;
  const double stale =
      total.looked_at == 0 ? 0 : 100.0 * static_cast<double>(total.expired) / static_cast<double>(total.looked_at);
  stats_.expired_stale_percent = stale * (1 - kStaleInertia) + stats_.expired_stale_percent * kStaleInertia;
}

}  // namespace keyway::keyspace
