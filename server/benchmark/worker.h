// One thread of the load: an event loop, its share of the connections, one prebuilt pipeline, one histogram.
//
// Closed loop: a connection that has its replies sends again at once. Open loop (--rate): the worker's pipelines are due at
// start + n × interval; the ones that are due go out on idle connections, and their latency counts from when they were due.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "server/base/latency_histogram.h"
#include "server/base/output_buffer.h"
#include "server/base/receive_buffer.h"
#include "server/benchmark/load.h"
#include "server/benchmark/pipeline.h"
#include "server/benchmark/reply_counter.h"
#include "server/event/event_loop.h"
#include "server/net/connection.h"

namespace keyway::benchmark {

// Made on any thread; from then on until Close used on one, but for the atomic counters.
class Worker {
 public:
  // `clients` of all connections, the first of them number `first_client`.
  Worker(LoadState& state, int64_t first_client, int64_t clients);
  ~Worker();

  // Opens the connections and logs in; false when the measurement has failed.
  bool Open();
  // Sends and receives until all requests are answered or the measurement has failed. With -I until it has failed.
  void Run();

  // Closes the connections and the loop; what was measured stays.
  void Close();

  event::EventLoop& loop() { return *loop_; }
  const LatencyHistogram& latency() const { return latency_; }
  int64_t ended_us() const { return ended_us_; }
  // For the progress line. [any]
  uint64_t finished() const { return finished_.load(std::memory_order_relaxed); }
  uint64_t latency_sum_us() const { return latency_sum_us_.load(std::memory_order_relaxed); }

 private:
  class Client;

  void DialMore();
  void OnReady(Client& client);
  void OnReplies(Client& client, uint64_t replies, int64_t now_us);
  void OnIdle(Client& client, int64_t now_us);
  void SendNext(Client& client, int64_t now_us);
  int64_t SendDue();  // microseconds until the next one is due, -1: nothing to wait for
  bool SendOn(Client& client, int64_t since_us);
  void OnErrorReply(Client& client);
  void UseTagOf(size_t node);

  LoadState& state_;
  std::unique_ptr<event::EventLoop> loop_;
  Pipeline pipeline_;
  LatencyHistogram latency_;
  ReceiveBuffer input_;  // shared by all connections: what was received is taken at once
  OutputBuffer output_;
  std::vector<std::unique_ptr<Client>> clients_;
  size_t dialled_ = 0, ready_ = 0;
  bool running_ = false;
  bool done_ = false;
  int64_t busy_ = 0;        // connections with requests under way
  bool exhausted_ = false;  // there are no requests left to be sent
  int64_t ended_us_ = 0;

  // Open loop.
  double interval_us_ = 0, next_due_us_ = 0;
  std::deque<Client*> idle_;

  size_t tag_node_ = SIZE_MAX;  // whose tag the pipeline holds
  uint64_t tag_version_ = 0;

  std::atomic<uint64_t> finished_{0}, latency_sum_us_{0};
};

}  // namespace keyway::benchmark
