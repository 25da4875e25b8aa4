#include "server/stats/rates.h"

#include <numeric>

namespace keyway::stats {

void Rates::Sample(Metric metric, uint64_t total, int64_t now_us) {
  Series& series = series_[metric];
  if (series.last_us > 0 && now_us > series.last_us) {
    uint64_t growth = total >= series.last_total ? total - series.last_total : 0;  // a reset counter starts again
    series.samples[series.next] = growth * 1'000'000 / static_cast<uint64_t>(now_us - series.last_us);
    series.next = (series.next + 1) % kSamples;
  }
  series.last_total = total;
  series.last_us = now_us;
}

uint64_t Rates::PerSecond(Metric metric) const {
  const auto& samples = series_[metric].samples;
  return std::accumulate(samples.begin(), samples.end(), uint64_t{0}) / kSamples;
}

}  // namespace keyway::stats
