#include "server/benchmark/report.h"

#include <fmt/format.h>

#include <cstdio>
#include <iterator>

namespace keyway::benchmark {
namespace {

constexpr int64_t kFineStepUs = 100, kCoarseStepUs = 1000;
constexpr uint64_t kFineUntilUs = 2000;

double Ms(double us) { return us / 1000; }
double Ms(uint64_t us) { return static_cast<double>(us) / 1000; }

double Rate(const Outcome& outcome) {
  return outcome.seconds > 0 ? static_cast<double>(outcome.requests) / outcome.seconds : 0;
}

double PercentOf(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void AppendLatencyLine(std::string& out, double percent, uint64_t us, uint64_t up_to) {
  fmt::format_to(std::back_inserter(out), "{:3.3f}% <= {:.3f} milliseconds (cumulative count {})\n", percent, Ms(us),
                 up_to);
}

// Percentiles whose distance to 100 is halved from one to the next.
void AppendPercentiles(std::string& out, const LatencyHistogram& latency) {
  out += "Latency by percentile distribution:\n";
  uint64_t shown = 0;
  for (double beyond = 100, percent = 0; shown < latency.count(); beyond /= 2, percent = 100 - beyond) {
    uint64_t value = latency.ValueAtPercentile(percent);
    uint64_t up_to = latency.CountUpTo(value);
    if (up_to != shown) AppendLatencyLine(out, up_to == latency.count() ? 100 : percent, value, up_to);
    shown = up_to;
  }
  out += "\n";
}

void AppendDistribution(std::string& out, const LatencyHistogram& latency) {
  out += "Cumulative distribution of latencies:\n";
  uint64_t shown = 0;
  uint64_t limit = kFineStepUs;
  latency.ForEachBucket([&](uint64_t highest, uint64_t up_to) {
    // The steps that end in front of this bucket hold what was there before it.
    if (highest > limit && shown > 0) AppendLatencyLine(out, PercentOf(shown, latency.count()), limit, shown);
    while (highest > limit) limit += limit >= kFineUntilUs ? kCoarseStepUs : kFineStepUs;
    shown = up_to;
  });
  if (shown > 0) AppendLatencyLine(out, 100, limit, shown);
  out += "\n";
}

void AppendConfig(std::string& out, const Options& options, const ClusterMap* cluster, const ServerConfig& config) {
  auto to = std::back_inserter(out);
  if (cluster != nullptr) {
    fmt::format_to(to, "  cluster mode: yes ({} masters)\n", cluster->nodes().size());
    for (size_t i = 0; i < cluster->nodes().size(); ++i) {
      const ServerConfig& node = cluster->nodes()[i].config;
      if (!node.known) continue;
      fmt::format_to(to, "  node [{}] configuration:\n    save: {}\n    appendonly: {}\n", i,
                     node.save.empty() ? "NONE" : node.save, node.appendonly);
    }
  } else if (config.known) {
    fmt::format_to(to, "  host configuration \"save\": {}\n  host configuration \"appendonly\": {}\n", config.save,
                   config.appendonly);
  }
  int threads =
      options.threads == 0 && cluster != nullptr ? static_cast<int>(cluster->nodes().size()) : options.threads;
  fmt::format_to(to, "  multi-thread: {}\n", threads > 0 ? "yes" : "no");
  if (threads > 0) fmt::format_to(to, "  threads: {}\n", threads);
  if (options.rate > 0) fmt::format_to(to, "  rate: {:.2f} requests per second asked for\n", options.rate);
}

void Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

std::string JsonText(std::string_view text) {
  std::string out;
  for (char byte : text) {
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += byte;
    } else if (static_cast<unsigned char>(byte) < ' ' || byte == '\x7f') {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(byte));
    } else {
      out += byte;
    }
  }
  return out;
}

std::string ReportText(const Options& options, const ClusterMap* cluster, const ServerConfig& config, const Test& test,
                       const Outcome& outcome) {
  const LatencyHistogram& latency = outcome.latency;
  std::string out = fmt::format(
      "====== {} ======\n  {} requests completed in {:.2f} seconds\n  {} parallel clients\n  {} bytes payload\n"
      "  keep alive: {}\n",
      test.title, outcome.requests, outcome.seconds, options.clients, test.payload_bytes, options.keep_alive ? 1 : 0);
  AppendConfig(out, options, cluster, config);
  out += "\n";
  AppendPercentiles(out, latency);
  AppendDistribution(out, latency);
  fmt::format_to(std::back_inserter(out),
                 "Summary:\n  throughput summary: {:.2f} requests per second\n  latency summary (msec):\n"
                 "    {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n    {:9.3f} {:9.3f} {:9.3f} {:9.3f} {:9.3f} {:9.3f}\n",
                 Rate(outcome), "avg", "min", "p50", "p95", "p99", "max", Ms(latency.mean()), Ms(latency.min()),
                 Ms(latency.ValueAtPercentile(50)), Ms(latency.ValueAtPercentile(95)),
                 Ms(latency.ValueAtPercentile(99)), Ms(latency.max()));
  return out;
}

std::string ReportLine(const Test& test, const Outcome& outcome) {
  return fmt::format("{}: {:.2f} requests per second, p50={:.3f} msec\n", test.title, Rate(outcome),
                     Ms(outcome.latency.ValueAtPercentile(50)));
}

std::string CsvHeader() {
  return "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\",\"p95_latency_ms\","
         "\"p99_latency_ms\",\"max_latency_ms\"\n";
}

std::string ReportCsv(const Test& test, const Outcome& outcome) {
  std::string title;
  for (char byte : test.title) title.append(byte == '"' ? 2 : 1, byte);
  const LatencyHistogram& latency = outcome.latency;
  return fmt::format("\"{}\",\"{:.2f}\",\"{:.3f}\",\"{:.3f}\",\"{:.3f}\",\"{:.3f}\",\"{:.3f}\",\"{:.3f}\"\n", title,
                     Rate(outcome), Ms(latency.mean()), Ms(latency.min()), Ms(latency.ValueAtPercentile(50)),
                     Ms(latency.ValueAtPercentile(95)), Ms(latency.ValueAtPercentile(99)), Ms(latency.max()));
}

std::string ReportJson(const Options& options, const Test& test, const Outcome& outcome) {
  const LatencyHistogram& latency = outcome.latency;
  std::string out = fmt::format(
      "{{\"test\":\"{}\",\"requests\":{},\"seconds\":{:.6f},\"rps\":{:.2f},\"clients\":{},\"pipeline\":{},"
      "\"threads\":{},\"rate\":{},\"payload_bytes\":{},\"latency_ms\":{{\"avg\":{:.3f},\"min\":{:.3f}",
      JsonText(test.title), outcome.requests, outcome.seconds, Rate(outcome), options.clients, options.pipeline,
      std::max(options.threads, 1), options.rate > 0 ? fmt::format("{}", options.rate) : "null", test.payload_bytes,
      Ms(latency.mean()), Ms(latency.min()));
  for (double percent : {50.0, 90.0, 95.0, 99.0, 99.9, 99.99}) {
    fmt::format_to(std::back_inserter(out), ",\"p{}\":{:.3f}", percent, Ms(latency.ValueAtPercentile(percent)));
  }
  return out + fmt::format(",\"max\":{:.3f}}}}}\n", Ms(latency.max()));
}

void PrintReport(const Options& options, const ClusterMap* cluster, const ServerConfig& config, const Test& test,
                 const Outcome& outcome) {
  if (options.json) {
    Print(ReportJson(options, test, outcome));
  } else if (options.csv) {
    Print(ReportCsv(test, outcome));
  } else if (options.quiet) {
    Print(ReportLine(test, outcome));
  } else {
    Print(ReportText(options, cluster, config, test, outcome));
  }
}

void ProgressLine::Show(const std::string& line) {
  Hide();
  bytes_ = line.size();
  Print(line + "\r");
}

void ProgressLine::Hide() {
  if (bytes_ > 0) Print(std::string(bytes_, ' ') + "\r");
  bytes_ = 0;
}

}  // namespace keyway::benchmark
