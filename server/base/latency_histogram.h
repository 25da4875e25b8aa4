// Counts of values in buckets that grow with the value, so that each is known to a given number of decimal digits whatever
// its size (log-linear, as HdrHistogram has them). Memory is fixed when the histogram is made; recording is a few instructions.
//
// With S = 2^bits and H = S / 2, values below S have a bucket each; above, every power of two is cut into H buckets:
//   index = shift × H + (value >> shift),  shift = max(0, width(value) − bits)
//
// The unit is the caller's. Values above highest() count as highest().
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace keyway {

class LatencyHistogram {
 public:
  static constexpr int kMaxDigits = 5;

  // `digits` from 0 to kMaxDigits: how many decimal digits of a value are kept. 3 digits up to an hour of microseconds are 200 KB,
  // 1 digit up to a second of nanoseconds is 2.5 KB.
  LatencyHistogram(int digits, uint64_t highest);

  void Record(uint64_t value, uint64_t times = 1) {
    value = std::min(value, highest_);
    counts_[IndexOf(value)] += times;
    count_ += times;
    sum_ += value * times;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }
  // Requires the same digits and highest value.
  void Merge(const LatencyHistogram& other);
  void Reset();

  uint64_t count() const { return count_; }
  uint64_t highest() const { return highest_; }
  // Exact, and 0 while nothing is recorded.
  uint64_t min() const { return count_ == 0 ? 0 : min_; }
  uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  size_t memory_bytes() const { return sizeof(*this) + counts_.capacity() * sizeof(uint64_t); }

  // The value that `percent` of all values do not exceed, as the upper end of its bucket, at most max(). 0 when empty.
  uint64_t ValueAtPercentile(double percent) const;
  // How many values do not exceed `value`, as exactly as the buckets tell: those of its own bucket count.
  uint64_t CountUpTo(uint64_t value) const;

  // visit(highest value of the bucket or max(), how many up to it) for each bucket that holds something, in order of the values.
  template <class Visit>
  void ForEachBucket(Visit visit) const {
    uint64_t up_to = 0;
    for (size_t index = 0; index < counts_.size() && up_to < count_; ++index) {
      if (counts_[index] == 0) continue;
      up_to += counts_[index];
      visit(std::min(HighestOf(index), max_), up_to);
    }
  }

 private:
  size_t IndexOf(uint64_t value) const {
    int shift = std::max(0, static_cast<int>(std::bit_width(value)) - bits_);
    return (static_cast<size_t>(shift) << (bits_ - 1)) + static_cast<size_t>(value >> shift);
  }
  uint64_t HighestOf(size_t index) const;

  int bits_;
  uint64_t highest_;
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t min_ = UINT64_MAX;
  uint64_t max_ = 0;
  std::vector<uint64_t> counts_;
};

}  // namespace keyway
