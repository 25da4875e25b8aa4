// The command line of keyway-benchmark: the options of redis-benchmark under their own names, and those that only Keyway has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/client/endpoint.h"

namespace keyway::benchmark {

struct Options : client::Endpoint {
  int64_t clients = 50;
  int64_t requests = 100'000;
  int64_t data_bytes = 3;
  int64_t pipeline = 1;
  std::optional<uint64_t> keyspace;  // -r; empty: __rand_int__ stays as it is
  int threads = 0;                   // 0: not asked for, one
  double rate = 0;                   // requests a second in all; 0: as fast as the replies come
  bool keep_alive = true;
  bool cluster = false;
  bool tracking = false;
  bool resp3 = false;
  bool idle = false;
  bool loop = false;

  std::optional<std::string> tests;  // -t, in lower case
  std::vector<std::string> command;
  bool last_argument_from_stdin = false;

  bool quiet = false, csv = false, json = false;
  int precision = 3;  // decimal digits of latencies
};

enum class ParseOutcome : uint8_t { kRun, kHelp, kVersion };

struct ParsedOptions {
  ParseOutcome outcome = ParseOutcome::kRun;
  Options options;
  std::vector<std::string> warnings;  // for standard error
};

// Reads argv as the process got it. The error is one line for standard error. Uses getopt: one call at a time.
Result<ParsedOptions> ParseOptions(int argc, char** argv);

std::string HelpText();
std::string VersionText();

}  // namespace keyway::benchmark
