#include "server/command/latency_monitor.h"

#include <strings.h>

#include <algorithm>

#include "server/base/clock.h"
#include "server/config/config.h"

namespace keyway::command {

bool LatencyMonitor::enabled() const { return config_.settings().latency_monitor_threshold > 0; }

void LatencyMonitor::Note(std::string_view event, int64_t ms) {
  if (!enabled() || ms < config_.settings().latency_monitor_threshold) return;
  auto found = events_.find(event);
  if (found == events_.end()) found = events_.emplace(std::string(event), Series{}).first;
  Series& series = found->second;
  series.worst_ms = std::max(series.worst_ms, ms);
  const int64_t now_s = clock_.WallMs() / 1000;
  if (series.count > 0) {
    Sample& last = series.samples[(series.count - 1) % kSamples];
    if (last.time_s == now_s) {
      last.ms = std::max(last.ms, ms);
      return;
    }
  }
  series.samples[series.count++ % kSamples] = {now_s, ms};
}

std::vector<LatencyMonitor::Sample> LatencyMonitor::Samples(std::string_view event) const {
  std::vector<Sample> samples;
  const auto found = events_.find(event);
  if (found == events_.end()) return samples;
  const Series& series = found->second;
  const size_t kept = std::min(series.count, kSamples);
  for (size_t i = series.count - kept; i < series.count; ++i) samples.push_back(series.samples[i % kSamples]);
  return samples;
}

int64_t LatencyMonitor::AllTimeWorst(std::string_view event) const {
  const auto found = events_.find(event);
  return found == events_.end() ? 0 : found->second.worst_ms;
}

std::vector<std::string> LatencyMonitor::Events() const {
  std::vector<std::string> names;
  for (const auto& [name, series] : events_) names.push_back(name);
  return names;
}

size_t LatencyMonitor::Reset(std::string_view event) {
  return std::erase_if(events_, [&](const auto& entry) {
    return entry.first.size() == event.size() && strncasecmp(entry.first.data(), event.data(), event.size()) == 0;
  });
}

size_t LatencyMonitor::ResetAll() {
  const size_t count = events_.size();
  events_.clear();
  return count;
}

}  // namespace keyway::command
