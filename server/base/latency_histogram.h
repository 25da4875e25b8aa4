// A histogram of durations with fixed memory: log-linear, 32 steps from one power of two to the next, so that a value is
// known to about 3 %.
//
//   index      0 … 31   32 … 63   64 … 95            96 … 127
//   holds      0 … 31   32 … 63   64, 66, … 126      128, 132, … 252     … up to kMaxNs
//
// Longer durations count as kMaxNs. Not synchronized.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace keyway {

class LatencyHistogram {
 public:
  static constexpr uint64_t kMaxNs = 1'000'000'000;

  void Record(uint64_t ns) { ++counts_[IndexOf(std::min(ns, kMaxNs))]; }

  uint64_t total() const {
    uint64_t sum = 0;
    for (uint64_t count : counts_) sum += count;
    return sum;
  }
  // How many were shorter than `ns`, which is a power of two.
  uint64_t CountBelow(uint64_t ns) const {
    uint64_t sum = 0;
    for (size_t i = 0; i < counts_.size() && HighestIn(i) < ns; ++i) sum += counts_[i];
    return sum;
  }
  // The duration that `percent` of all did not exceed; 0 without any.
  uint64_t AtPercentile(double percent) const {
    const uint64_t all = total();
    const double wanted = percent / 100 * static_cast<double>(all) + 0.5;
    const uint64_t rank = std::clamp<uint64_t>(static_cast<uint64_t>(wanted), 1, std::max<uint64_t>(all, 1));
    uint64_t sum = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      sum += counts_[i];
      if (sum >= rank) return std::min(HighestIn(i), kMaxNs);
    }
    return 0;
  }

 private:
  static constexpr int kStepBits = 5;

  static constexpr size_t IndexOf(uint64_t ns) {
    const int shift = std::bit_width(ns | (uint64_t{1} << kStepBits)) - (kStepBits + 1);
    return (static_cast<size_t>(shift) << kStepBits) + static_cast<size_t>(ns >> shift);
  }
  // The longest duration that is counted at that index.
  static constexpr uint64_t HighestIn(size_t index) {
    if (index < (size_t{1} << (kStepBits + 1))) return index;
    const size_t shift = (index >> kStepBits) - 1;
    const uint64_t lead = index - (shift << kStepBits);
    return ((lead + 1) << shift) - 1;
  }

  std::array<uint64_t, 832> counts_{};
  static_assert(std::bit_width(kMaxNs) == 30, "the last index is that of kMaxNs");
};

}  // namespace keyway
