// --latency, --latency-history, --latency-dist and --intrinsic-latency.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "server/base/clock.h"
#include "server/base/random.h"
#include "server/cli/interrupt.h"
#include "server/cli/reports.h"

namespace keyway::cli {
namespace {

constexpr int64_t kSampleEveryUs = 10'000;
constexpr int64_t kDefaultIntervalMs = 1000;
constexpr int64_t kDefaultHistoryMs = 15'000;

int64_t NowUs() { return SystemClock().MonotonicUs(); }

// One PING, in microseconds.
Result<int64_t> Measure(Session& session) {
  int64_t began_us = NowUs();
  auto reply = session.AskPatiently({"PING"});
  if (!reply) return std::unexpected(reply.error());
  return NowUs() - began_us;
}

// Whole milliseconds, as redis-cli reports them.
struct Samples {
  int64_t min = 0, max = 0, total = 0, count = 0;

  void Add(int64_t ms) {
    min = count == 0 ? ms : std::min(min, ms);
    max = std::max(max, ms);
    total += ms;
    ++count;
  }
};

void PrintSamples(const Samples& samples, Output output) {
  double average = static_cast<double>(samples.total) / static_cast<double>(samples.count);
  switch (output) {
    case Output::kTerminal:
      fmt::print("\x1b[0G\x1b[2Kmin: {}, max: {}, avg: {:.2f} ({} samples)", samples.min, samples.max, average,
                 samples.count);
      break;
    case Output::kCsv:
      fmt::print("{},{},{:.2f},{}\n", samples.min, samples.max, average, samples.count);
      break;
    case Output::kRaw:
      fmt::print("{} {} {:.2f} {}\n", samples.min, samples.max, average, samples.count);
      break;
    case Output::kJson:
    case Output::kQuotedJson:
      fmt::print("{{\"min\": {}, \"max\": {}, \"avg\": {:.2f}, \"count\": {}}}\n", samples.min, samples.max, average,
                 samples.count);
      break;
  }
  fflush(stdout);
}

// ---- the spectrum

struct Bucket {
  int64_t max_us;  // 0: whatever is longer
  char letter;
  int64_t count = 0;
};

// Mostly logarithmic, with equal steps where they tell most.
std::vector<Bucket> Spectrum() {
  std::vector<Bucket> out = {{10, '.'}, {125, '-'}, {250, '*'}, {500, '#'}};
  for (int i = 1; i <= 9; ++i) out.push_back({i * 1000, static_cast<char>('0' + i)});
  for (int i = 1; i <= 5; ++i) out.push_back({i * 10'000, static_cast<char>('A' + i - 1)});
  for (int i = 1; i <= 5; ++i) out.push_back({i * 100'000, static_cast<char>('F' + i - 1)});
  char letter = 'K';
  for (int seconds : {1, 2, 4, 8, 16, 30, 60}) out.push_back({seconds * 1'000'000, letter++});
  out.push_back({0, '?'});
  return out;
}

// Colours of a terminal with 256 of them, from nothing to all.
std::vector<int> Palette(bool mono) {
  if (mono) {
    std::vector<int> greys = {0};
    for (int grey = 233; grey <= 253; ++grey) greys.push_back(grey);
    return greys;
  }
  return {0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 144, 143, 142, 184, 226, 214, 208, 202, 196};
}

void PrintLegend(const std::vector<int>& palette) {
  fmt::print(
      "---------------------------------------------\n"
      ". - * #          .01 .125 .25 .5 milliseconds\n"
      "1,2,3,...,9      from 1 to 9     milliseconds\n"
      "A,B,C,D,E        10,20,30,40,50  milliseconds\n"
      "F,G,H,I,J        .1,.2,.3,.4,.5       seconds\n"
      "K,L,M,N,O,P,Q,?  1,2,4,8,16,30,60,>60 seconds\n"
      "From 0 to 100%: ");
  for (int colour : palette) fmt::print("\x1b[48;5;{}m ", colour);
  fmt::print("\x1b[0m\n---------------------------------------------\n");
}

// The brighter, the larger the part of the samples that fell there.
void PrintSpectrum(const std::vector<Bucket>& buckets, int64_t total, const std::vector<int>& palette) {
  fmt::print("\x1b[38;5;0m");
  for (const Bucket& bucket : buckets) {
    double part = static_cast<double>(bucket.count) / static_cast<double>(total);
    auto shade = static_cast<size_t>(std::ceil(part * static_cast<double>(palette.size() - 1)));
    fmt::print("\x1b[48;5;{}m{}", palette[shade], bucket.letter);
  }
  fmt::print("\x1b[0m\n");
  fflush(stdout);
}

// Work of a few microseconds that the compiler cannot leave out.
uint64_t Work(Random& random) {
  uint64_t sum = 0;
  for (int i = 0; i < 512; ++i) sum ^= random.Next();
  return sum;
}

}  // namespace

int RunLatency(Session& session, const CliOptions& options) {
  bool history = options.mode == Mode::kLatencyHistory;
  Output output = session.format().output;
  int64_t asked_ms = options.interval_us / 1000;
  int64_t history_ms = asked_ms > 0 ? asked_ms : kDefaultHistoryMs;
  int64_t once_ms = asked_ms > 0 ? asked_ms : kDefaultIntervalMs;
  int64_t began_us = NowUs();
  Samples samples;
  while (true) {
    auto took_us = Measure(session);
    if (!took_us) {
      fmt::print(stderr, "{}\n", took_us.error().text());
      return 1;
    }
    samples.Add(*took_us / 1000);
    int64_t running_ms = (NowUs() - began_us) / 1000;
    if (output == Output::kTerminal || history) PrintSamples(samples, output);
    if (output != Output::kTerminal && !history && running_ms > once_ms) {
      PrintSamples(samples, output);
      return 0;
    }
    if (history && running_ms > history_ms) {
      fmt::print(" -- {:.2f} seconds range\n", static_cast<double>(running_ms) / 1000);
      began_us = NowUs();
      samples = {};
    }
    usleep(kSampleEveryUs);
  }
}

int RunLatencyDistribution(Session& session, const CliOptions& options) {
  constexpr int kLegendEvery = 20;
  int64_t interval_us = options.interval_us > 0 ? options.interval_us : kDefaultIntervalMs * 1000;
  std::vector<int> palette = Palette(options.mono);
  std::vector<Bucket> buckets = Spectrum();
  int64_t began_us = NowUs(), count = 0;
  for (int lines = 0;;) {
    auto took_us = Measure(session);
    if (!took_us) {
      fmt::print(stderr, "{}\n", took_us.error().text());
      return 1;
    }
    ++count;
    auto bucket = std::find_if(buckets.begin(), buckets.end(),
                               [&](const Bucket& one) { return one.max_us == 0 || *took_us <= one.max_us; });
    ++bucket->count;
    if (NowUs() - began_us > interval_us) {
      if (lines++ % kLegendEvery == 0) PrintLegend(palette);
      PrintSpectrum(buckets, count, palette);
      buckets = Spectrum();
      count = 0;
      began_us = NowUs();
    }
    usleep(kSampleEveryUs);
  }
}

int RunIntrinsicLatency(const CliOptions& options) {
  CatchInterrupts();
  Random random;
  uint64_t kept = 0;
  int64_t began_us = NowUs(), end_us = began_us + options.intrinsic_seconds * 1'000'000;
  int64_t worst_us = 0, runs = 0, now_us = began_us;
  while (now_us < end_us && !Interrupted()) {
    int64_t start_us = now_us;
    kept ^= Work(random);
    now_us = NowUs();
    ++runs;
    if (now_us - start_us > worst_us) {
      worst_us = now_us - start_us;
      fmt::print("Max latency so far: {} microseconds.\n", worst_us);
      fflush(stdout);
    }
  }
  [[maybe_unused]] volatile uint64_t used = kept;
  double average_us = static_cast<double>(now_us - began_us) / static_cast<double>(std::max<int64_t>(runs, 1));
  fmt::print("\n{} total runs (avg latency: {:.4f} microseconds / {:.2f} nanoseconds per run).\n", runs, average_us,
             average_us * 1000);
  fmt::print("Worst run took {:.0f}x longer than the average latency.\n", static_cast<double>(worst_us) / average_us);
  return 0;
}

}  // namespace keyway::cli
