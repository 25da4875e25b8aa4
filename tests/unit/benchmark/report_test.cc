// What is printed, in the forms that programs read.
#include "server/benchmark/report.h"

#include <gtest/gtest.h>

#include <string>

namespace keyway::benchmark {
namespace {

Outcome SampleOutcome() {
  Outcome outcome{.requests = 1000, .seconds = 0.5, .latency = LatencyHistogram(3, kHighestLatencyUs)};
  for (uint64_t us = 1; us <= 1000; ++us) outcome.latency.Record(us * 3);
  return outcome;
}

TEST(ReportTest, TheLineOfQuiet) {
  EXPECT_EQ(ReportLine({"GET", "", 3}, SampleOutcome()), "GET: 2000.00 requests per second, p50=1.500 msec\n");
}

TEST(ReportTest, Csv) {
  EXPECT_EQ(ReportCsv({"say \"x\"", "", 3}, SampleOutcome()),
            "\"say \"\"x\"\"\",\"2000.00\",\"1.502\",\"0.003\",\"1.500\",\"2.851\",\"2.971\",\"3.000\"\n");
}

TEST(ReportTest, Json) {
  Options options;
  options.rate = 100;
  std::string text = ReportJson(options, {"a\"b\\\n", "", 3}, SampleOutcome());
  EXPECT_NE(text.find("\"test\":\"a\\\"b\\\\\\u000a\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"rate\":100,"), std::string::npos) << text;
  EXPECT_NE(text.find("\"p99.9\":2.99"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\"max\":3.000}}\n")) << text;
}

TEST(ReportTest, TextEndsAtAllRequests) {
  ServerConfig config{.known = true, .save = "3600 1", .appendonly = "no"};
  std::string text = ReportText(Options(), nullptr, config, {"SET", "", 3}, SampleOutcome());
  EXPECT_TRUE(text.starts_with(
      "====== SET ======\n  1000 requests completed in 0.50 seconds\n  50 parallel clients\n  3 bytes payload\n"
      "  keep alive: 1\n  host configuration \"save\": 3600 1\n"))
      << text;
  EXPECT_NE(text.find("50.000% <= 1.500 milliseconds (cumulative count 500)\n75.000% <= "), std::string::npos) << text;
  EXPECT_NE(text.find("100.000% <= 3.000 milliseconds (cumulative count 1000)\n\nCumulative"), std::string::npos)
      << text;
  EXPECT_NE(text.find("10.000% <= 0.300 milliseconds (cumulative count 100)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("100.000% <= 3.000 milliseconds (cumulative count 1000)\n\nSummary:\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("  throughput summary: 2000.00 requests per second\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace keyway::benchmark
