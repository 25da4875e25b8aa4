// One measurement: all connections are opened, the workers meet at a barrier, and then the requests go out.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/latency_histogram.h"
#include "server/benchmark/cluster_map.h"
#include "server/benchmark/options.h"
#include "server/benchmark/suite.h"
#include "server/client/transport.h"

namespace keyway::event {
class EventLoop;
}

namespace keyway::benchmark {

// Latencies above an hour count as an hour.
inline constexpr uint64_t kHighestLatencyUs = uint64_t{3600} * 1'000'000;

// What is the same for all workers of a measurement.
class LoadState {
 public:
  LoadState(const Options& options, const client::Transport& transport, ClusterMap* cluster, const Test& test);

  const Options& options;
  const client::Transport& transport;
  ClusterMap* const cluster;  // null without one
  const Test& test;
  std::string login;  // requests in front of the first one of each connection
  uint64_t login_replies = 0;

  // Up to a pipeline of the requests that are still to be sent. [any]
  size_t TakeRequests() {
    int64_t pipeline = options.pipeline;
    int64_t before = unsent_.fetch_sub(pipeline, std::memory_order_relaxed);
    return before <= 0 ? 0 : static_cast<size_t>(before < pipeline ? before : pipeline);
  }

  // The first call's text is the measurement's error, and all workers stop. [any]
  void Fail(std::string text);
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  const std::string& error() const { return error_; }  // after all workers have ended

  void AddLoop(event::EventLoop* loop);     // woken by Fail. [any]
  void RemoveLoop(event::EventLoop* loop);  // [any]

 private:
  std::atomic<int64_t> unsent_;
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::string error_;                     // guarded by mutex_
  std::vector<event::EventLoop*> loops_;  // guarded by mutex_
};

struct Outcome {
  uint64_t requests = 0;
  double seconds = 0;
  LatencyHistogram latency;
};

// Runs the test; the error is for standard error. With -I it only comes back with an error. [main]
Result<Outcome> RunLoad(const Options& options, const client::Transport& transport, ClusterMap* cluster,
                        const Test& test);

}  // namespace keyway::benchmark
