#include "server/app/io_scaler.h"

#include <algorithm>

#include "server/base/check.h"

namespace keyway::app {
namespace {

constexpr double kCrowded = 0.75;
constexpr int kCrowdedSamples = 2;
constexpr double kRoomy = 0.5;
constexpr int kQuietSamples = 20;
constexpr double kUneven = 0.25;
constexpr int kUnevenSamples = 5;
constexpr int kSamplesPerStrayHunt = 10;
constexpr double kIdle = 0.01;  // less than that is done by timers

}  // namespace

IoScaler::IoScaler(size_t threads, bool may_rest) : threads_(threads), may_rest_(may_rest), active_(may_rest ? 0 : 1) {
  KW_DCHECK(threads > 0);
}

std::vector<IoScaler::Move> IoScaler::Sample(const std::vector<double>& busy) {
  KW_DCHECK(busy.size() == threads_ + 1);
  std::vector<Move> moves;
  crowded_samples_ = Crowded(busy) ? crowded_samples_ + 1 : 0;
  quiet_samples_ = Roomy(busy) ? quiet_samples_ + 1 : 0;
  if (crowded_samples_ >= kCrowdedSamples) {
    crowded_samples_ = uneven_samples_ = 0;
    ++active_;
    Spread(moves);
  } else if (quiet_samples_ >= kQuietSamples) {
    quiet_samples_ = uneven_samples_ = 0;
    const size_t leaves = active_--;
    moves.push_back({leaves, IdlestHost(busy), 1.0});
  } else {
    Even(busy, moves);
    if (++samples_ % kSamplesPerStrayHunt == 0) CollectStrays(busy, moves);
  }
  return moves;
}

bool IoScaler::Crowded(const std::vector<double>& busy) const {
  if (active_ == threads_) return false;
  double sum = 0;
  for (size_t i = first_host(); i <= last_host(); ++i) sum += busy[i];
  return sum / static_cast<double>(std::max<size_t>(active_, 1)) >= kCrowded;
}

bool IoScaler::Roomy(const std::vector<double>& busy) const {
  if (active_ == 0 || (active_ == 1 && !may_rest_)) return false;
  double sum = active_ == 1 ? busy[0] : 0;  // the exec thread has work of its own to add it to
  for (size_t i = 1; i <= active_; ++i) sum += busy[i];
  return sum / static_cast<double>(std::max<size_t>(active_ - 1, 1)) < kRoomy;
}

// The thread that was added gets its share from each of the others.
void IoScaler::Spread(std::vector<Move>& moves) const {
  if (active_ == 1) {
    moves.push_back({0, 1, 1.0});
    return;
  }
  for (size_t i = 1; i < active_; ++i) moves.push_back({i, active_, 1.0 / static_cast<double>(active_)});
}

void IoScaler::Even(const std::vector<double>& busy, std::vector<Move>& moves) {
  if (active_ < 2) return;
  auto [idlest, busiest] = std::minmax_element(busy.begin() + 1, busy.begin() + 1 + static_cast<ptrdiff_t>(active_));
  const double gap = *busiest - *idlest;
  uneven_samples_ = gap >= kUneven ? uneven_samples_ + 1 : 0;
  if (uneven_samples_ < kUnevenSamples) return;
  uneven_samples_ = 0;
  moves.push_back(
      {static_cast<size_t>(busiest - busy.begin()), static_cast<size_t>(idlest - busy.begin()), gap / 2 / *busiest});
}

void IoScaler::CollectStrays(const std::vector<double>& busy, std::vector<Move>& moves) const {
  if (may_rest_ && active_ > 0) moves.push_back({0, IdlestHost(busy), 1.0});
  for (size_t i = active_ + 1; i <= threads_; ++i) {
    if (busy[i] > kIdle) moves.push_back({i, IdlestHost(busy), 1.0});
  }
}

size_t IoScaler::IdlestHost(const std::vector<double>& busy) const {
  auto first = busy.begin() + static_cast<ptrdiff_t>(first_host());
  auto end = busy.begin() + static_cast<ptrdiff_t>(last_host()) + 1;
  return static_cast<size_t>(std::min_element(first, end) - busy.begin());
}

}  // namespace keyway::app
