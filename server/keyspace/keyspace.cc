#include "server/keyspace/keyspace.h"

#include <algorithm>

#include "server/base/check.h"
#include "server/keyspace/eviction.h"

namespace keyway::keyspace {
namespace {

constexpr int64_t kMaintainBudgetUs = 1000;
constexpr int kMaintainDatabases = 16;

constexpr int64_t kSharedIntegers = 10'000;
// What OBJECT REFCOUNT answers for a value that can never be freed.
constexpr int64_t kSharedRefCount = 2147483647;

}  // namespace

Keyspace::Keyspace(const KeyspaceSettings& settings, const Clock& clock, Reclaimer& reclaimer)
    : settings_(settings), clock_(clock), reclaimer_(reclaimer), eviction_(std::make_unique<Eviction>(*this, clock)) {
  KW_CHECK(settings.databases > 0);
  for (int index = 0; index < settings.databases; ++index) {
    databases_.push_back(std::make_unique<Database>(*this, index));
  }
  RefreshTime();
}

Keyspace::~Keyspace() = default;

size_t Keyspace::total_keys() const {
  size_t keys = 0;
  for (const auto& database : databases_) keys += database->size();
  return keys;
}

void Keyspace::SetIdleMs(Entry* entry, int64_t idle_ms) const {
  if (settings_.access_tracking == AccessTracking::kLru) entry->set_clock(LruClockIdleFor(idle_ms, now_ms_));
}

void Keyspace::SetFrequency(Entry* entry, uint8_t frequency) const {
  if (settings_.access_tracking == AccessTracking::kLfu) entry->set_clock(LfuClock(frequency, now_ms_));
}

int64_t Keyspace::RefCount(const Entry* entry) const {
  const bool shared = settings_.shared_integers && entry->is_string() && entry->is_integer() && entry->integer() >= 0 &&
                      entry->integer() < kSharedIntegers;
  return shared ? kSharedRefCount : 1;
}

void Keyspace::SwapDatabases(int first, int second) {
  if (first == second) return;
  for (KeyObserver* observer : observers_) observer->OnSwap(db(first), db(second));
  db(first).SwapContents(db(second));
}

size_t Keyspace::FlushAll(FreeMode mode) {
  size_t keys = 0;
  for (const auto& database : databases_) keys += database->Flush(mode);
  return keys;
}

void Keyspace::Maintain() {
  for (int i = 0; i < std::min(databases(), kMaintainDatabases); ++i) {
    ds::TagTable& table = db(maintain_next_db_).table_;
    table.ShrinkIfSparse();
    // One slice a call; the database that used it up is the first next time.
    if (settings_.active_rehashing && table.ResizeFor(kMaintainBudgetUs, clock_)) return;
    maintain_next_db_ = (maintain_next_db_ + 1) % databases();
  }
}

}  // namespace keyway::keyspace
