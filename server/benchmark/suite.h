// What is measured: the named tests of redis-benchmark, or the command of the command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/benchmark/options.h"

namespace keyway::benchmark {

struct Test {
  std::string title;
  std::string request;  // in RESP, with the marks of pipeline.h
  int64_t payload_bytes;
};

// Those that -t names, all without it, in the order of redis-benchmark. Names that there are not select nothing.
std::vector<Test> SelectTests(const Options& options);
// The command of the command line, `last` (from standard input) behind it.
Test CommandTest(const Options& options, const std::optional<std::string>& last);

}  // namespace keyway::benchmark
