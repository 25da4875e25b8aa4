#include "server/app/io_balancer.h"

#include <fmt/core.h>

#include <algorithm>

#include "server/app/io_unit.h"
#include "server/app/sessions.h"
#include "server/base/clock.h"

namespace keyway::app {

IoBalancer::IoBalancer(std::vector<std::unique_ptr<IoUnit>>& units, Sessions& sessions, const Clock& clock,
                       bool may_rest)
    : units_(units),
      sessions_(sessions),
      clock_(clock),
      scaler_(units.size() - 1, may_rest),
      worked_us_(units.size()),
      busy_(units.size()) {
  sessions_.SetHosts(scaler_.first_host(), scaler_.last_host());
}

void IoBalancer::Tick() {
  const int64_t now_us = clock_.MonotonicUs();
  const int64_t period_us = now_us - sampled_us_;
  const bool first = sampled_us_ == 0;
  if (period_us < kPeriodUs / 2) return;
  sampled_us_ = now_us;
  for (size_t i = 0; i < units_.size(); ++i) {
    const int64_t worked_us = units_[i]->WorkedUs();
    busy_[i] = std::clamp(static_cast<double>(worked_us - worked_us_[i]) / static_cast<double>(period_us), 0.0, 1.0);
    worked_us_[i] = worked_us;
  }
  if (first) return;
  for (const IoScaler::Move& move : scaler_.Sample(busy_)) sessions_.MoveSome(move);
  sessions_.SetHosts(scaler_.first_host(), scaler_.last_host());
}

std::vector<std::string> IoBalancer::Describe() const {
  std::vector<std::string> lines;
  for (size_t i = 0; i < units_.size(); ++i) {
    const bool host = i >= scaler_.first_host() && i <= scaler_.last_host();
    lines.push_back(fmt::format("clients={},busy={:.2f},active={}",
                                units_[i]->connections.load(std::memory_order_relaxed), busy_[i], host ? "yes" : "no"));
  }
  return lines;
}

}  // namespace keyway::app
