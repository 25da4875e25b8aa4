#include "server/base/latency_histogram.h"

#include <cmath>

#include "server/base/check.h"

namespace keyway {
namespace {

// Buckets of a power of two are half of 2^bits: as many as it takes for one of them to be 10^-digits of the value at most.
int BitsFor(int digits) {
  uint64_t buckets = 2;
  for (int i = 0; i < digits; ++i) buckets *= 10;
  return static_cast<int>(std::bit_width(buckets - 1));
}

}  // namespace

LatencyHistogram::LatencyHistogram(int digits, uint64_t highest) : bits_(BitsFor(digits)), highest_(highest) {
  KW_CHECK(digits >= 0 && digits <= kMaxDigits);
  counts_.resize(IndexOf(highest) + 1);
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  KW_CHECK(bits_ == other.bits_ && highest_ == other.highest_);
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void LatencyHistogram::Reset() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = sum_ = max_ = 0;
  min_ = UINT64_MAX;
}

uint64_t LatencyHistogram::HighestOf(size_t index) const {
  size_t half = size_t{1} << (bits_ - 1);
  if (index < 2 * half) return index;
  size_t shift = index / half - 1;
  return ((uint64_t{index - shift * half} + 1) << shift) - 1;
}

uint64_t LatencyHistogram::ValueAtPercentile(double percent) const {
  double share = std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_);
  uint64_t wanted = std::max<uint64_t>(1, std::min(count_, static_cast<uint64_t>(std::ceil(share - 1e-9))));
  uint64_t up_to = 0;
  for (size_t index = 0; index < counts_.size(); ++index) {
    up_to += counts_[index];
    if (up_to >= wanted) return std::min(HighestOf(index), max_);
  }
  return max_;
}

uint64_t LatencyHistogram::CountUpTo(uint64_t value) const {
  if (value >= max_) return count_;
  uint64_t up_to = 0;
  size_t last = IndexOf(std::min(value, highest_));
  for (size_t index = 0; index <= last; ++index) up_to += counts_[index];
  return up_to;
}

}  // namespace keyway
