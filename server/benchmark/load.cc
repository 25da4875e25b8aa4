#include "server/benchmark/load.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <cstdlib>
#include <thread>

#include "server/base/clock.h"
#include "server/benchmark/report.h"
#include "server/benchmark/server_info.h"
#include "server/benchmark/worker.h"

namespace keyway::benchmark {
namespace {

constexpr int64_t kProgressUs = 250'000;

// The line on a terminal that says how far it is. [main], on the first worker's loop
class Progress {
 public:
  Progress(const LoadState& state, const std::vector<std::unique_ptr<Worker>>& workers)
      : state_(state), workers_(workers), start_us_(SystemClock().MonotonicUs()), last_us_(start_us_) {}

  void Show() {
    if (state_.options.idle) {
      return line_.Show(fmt::format("clients: {}", state_.options.clients));
    }
    uint64_t finished = 0, latency_sum = 0;
    for (const auto& worker : workers_) {
      finished += worker->finished();
      latency_sum += worker->latency_sum_us();
    }
    int64_t now_us = SystemClock().MonotonicUs();
    auto rate = [](uint64_t count, int64_t us) {
      return us <= 0 ? 0.0 : static_cast<double>(count) * 1e6 / static_cast<double>(us);
    };
    auto mean_ms = [](uint64_t sum, uint64_t count) {
      return count == 0 ? 0.0 : static_cast<double>(sum) / static_cast<double>(count) / 1000;
    };
    line_.Show(fmt::format("{}: rps={:.1f} (overall: {:.1f}) avg_msec={:.3f} (overall: {:.3f})", state_.test.title,
                           rate(finished - last_finished_, now_us - last_us_), rate(finished, now_us - start_us_),
                           mean_ms(latency_sum - last_sum_, finished - last_finished_),
                           mean_ms(latency_sum, finished)));
    last_us_ = now_us;
    last_finished_ = finished;
    last_sum_ = latency_sum;
  }

 private:
  const LoadState& state_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  int64_t start_us_, last_us_;
  uint64_t last_finished_ = 0, last_sum_ = 0;
  ProgressLine line_;
};

bool ShowsProgress(const Options& options) {
  // FAKETTY makes a pipe look like a terminal, as for redis-cli.
  return !options.csv && !options.json && (isatty(STDOUT_FILENO) != 0 || getenv("FAKETTY") != nullptr);
}

// The measurement once its workers are there: the first one runs on the calling thread.
class Run {
 public:
  Run(LoadState& state, int64_t threads) : state_(state), barrier_(threads), workers_(static_cast<size_t>(threads)) {}

  Result<Outcome> Go() {
    auto count = static_cast<int64_t>(workers_.size());
    // Made here, so that the progress line may look at all of them; each works on its own thread.
    for (int64_t i = 0; i < count; ++i) {
      int64_t first = state_.options.clients * i / count, end = state_.options.clients * (i + 1) / count;
      workers_[static_cast<size_t>(i)] = std::make_unique<Worker>(state_, first, end - first);
    }
    std::vector<std::thread> threads;
    for (size_t i = 1; i < workers_.size(); ++i) threads.emplace_back([this, i] { OnThread(i); });
    OnThread(0);
    for (std::thread& thread : threads) thread.join();
    if (state_.failed()) return std::unexpected(Error(state_.error()));

    Outcome outcome{.latency = LatencyHistogram(state_.options.precision, kHighestLatencyUs)};
    int64_t end_us = start_us_;
    for (const auto& worker : workers_) {
      outcome.latency.Merge(worker->latency());
      end_us = std::max(end_us, worker->ended_us());
    }
    outcome.requests = outcome.latency.count();
    outcome.seconds = static_cast<double>(end_us - start_us_) / 1e6;
    return outcome;
  }

 private:
  void OnThread(size_t index) {
    Worker& worker = *workers_[index];
    bool open = worker.Open();
    barrier_.arrive_and_wait();
    if (index == 0) start_us_ = SystemClock().MonotonicUs();
    if (open && !state_.failed()) {
      Progress progress(state_, workers_);
      event::TimerId timer = 0;
      if (index == 0 && ShowsProgress(state_.options)) {
        timer = worker.loop().Every(kProgressUs, [&progress] { progress.Show(); });
      }
      worker.Run();
      if (timer != 0) worker.loop().Cancel(timer);
    }
    worker.Close();
    if (index != 0) state_.transport.registry->ThreadLeave();
  }

  LoadState& state_;
  std::barrier<> barrier_;
  std::vector<std::unique_ptr<Worker>> workers_;
  int64_t start_us_ = 0;
};

}  // namespace

LoadState::LoadState(const Options& options_in, const client::Transport& transport_in, ClusterMap* cluster_in,
                     const Test& test_in)
    : options(options_in), transport(transport_in), cluster(cluster_in), test(test_in), unsent_(options_in.requests) {
  auto add = [this](const client::Arguments& command) {
    if (command.empty()) return;
    client::AppendCommand(command, login);
    ++login_replies;
  };
  add(LoginOf(options));
  if (options.resp3) add({"HELLO", "3"});
  if (options.tracking) add({"CLIENT", "TRACKING", "on"});
  if (options.database != 0 && cluster == nullptr) add({"SELECT", fmt::format("{}", options.database)});
}

void LoadState::Fail(std::string text) {
  std::lock_guard lock(mutex_);
  if (failed()) return;
  error_ = std::move(text);
  failed_.store(true, std::memory_order_relaxed);
  for (event::EventLoop* loop : loops_) loop->Wake();
}

void LoadState::AddLoop(event::EventLoop* loop) {
  std::lock_guard lock(mutex_);
  loops_.push_back(loop);
}

void LoadState::RemoveLoop(event::EventLoop* loop) {
  std::lock_guard lock(mutex_);
  std::erase(loops_, loop);
}

Result<Outcome> RunLoad(const Options& options, const client::Transport& transport, ClusterMap* cluster,
                        const Test& test) {
  LoadState state(options, transport, cluster, test);
  int64_t threads = std::max<int64_t>(
      options.threads, cluster != nullptr && options.threads == 0 ? static_cast<int64_t>(cluster->nodes().size()) : 1);
  // A thread without connections would have nothing to do.
  return Run(state, std::min(threads, options.clients)).Go();
}

}  // namespace keyway::benchmark
