// Measures how busy the units are and has clients moved accordingly (io_scaler.h decides). Exists only where there are I/O threads. [exec]
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/app/io_scaler.h"

namespace keyway {
class Clock;
}

namespace keyway::app {

class IoUnit;
class Sessions;

class IoBalancer {
 public:
  static constexpr int64_t kPeriodUs = 100'000;

  // At least two units. `may_rest`: under a light load the exec thread serves the connections.
  IoBalancer(std::vector<std::unique_ptr<IoUnit>>& units, Sessions& sessions, const Clock& clock, bool may_rest);

  // Every kPeriodUs.
  void Tick();
  size_t active() const { return scaler_.active(); }
  // For INFO, one a unit: "clients=3,busy=0.25,active=yes".
  std::vector<std::string> Describe() const;

 private:
  std::vector<std::unique_ptr<IoUnit>>& units_;
  Sessions& sessions_;
  const Clock& clock_;
  IoScaler scaler_;
  int64_t sampled_us_ = 0;
  std::vector<int64_t> worked_us_;  // by each unit until then
  std::vector<double> busy_;        // the share of the last period
};

}  // namespace keyway::app
