// What is printed: text as redis-benchmark has it, CSV, JSON, and the progress line. [main]
#pragma once

#include <string>
#include <string_view>

#include "server/benchmark/cluster_map.h"
#include "server/benchmark/load.h"
#include "server/benchmark/options.h"
#include "server/benchmark/server_info.h"
#include "server/benchmark/suite.h"

namespace keyway::benchmark {

// A text that a JSON string may hold, without the quotes. Bytes beyond ASCII stay as they are.
std::string JsonText(std::string_view text);

// `cluster` may be null, `config` unknown.
std::string ReportText(const Options& options, const ClusterMap* cluster, const ServerConfig& config, const Test& test,
                       const Outcome& outcome);
std::string ReportLine(const Test& test, const Outcome& outcome);
std::string ReportCsv(const Test& test, const Outcome& outcome);
std::string ReportJson(const Options& options, const Test& test, const Outcome& outcome);
std::string CsvHeader();

// Prints the one that the options ask for.
void PrintReport(const Options& options, const ClusterMap* cluster, const ServerConfig& config, const Test& test,
                 const Outcome& outcome);

// A line that the next one overwrites, and that goes with the object.
class ProgressLine {
 public:
  ~ProgressLine() { Hide(); }
  void Show(const std::string& line);
  void Hide();

 private:
  size_t bytes_ = 0;
};

}  // namespace keyway::benchmark
