// The command line of keyway-benchmark.
#include "server/benchmark/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keyway::benchmark {
namespace {

Result<ParsedOptions> Parse(std::vector<std::string> words) {
  words.insert(words.begin(), "keyway-benchmark");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return ParseOptions(static_cast<int>(words.size()), argv.data());
}

Options Parsed(const std::vector<std::string>& words) {
  auto parsed = Parse(words);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().text();
  return parsed ? parsed->options : Options();
}

std::string ErrorOf(const std::vector<std::string>& words) {
  auto parsed = Parse(words);
  return parsed ? "" : parsed.error().text();
}

TEST(BenchmarkOptionsTest, DefaultsAreThoseOfRedisBenchmark) {
  Options options = Parsed({});
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 6379);
  EXPECT_EQ(options.clients, 50);
  EXPECT_EQ(options.requests, 100'000);
  EXPECT_EQ(options.data_bytes, 3);
  EXPECT_EQ(options.pipeline, 1);
  EXPECT_EQ(options.threads, 0);
  EXPECT_EQ(options.precision, 3);
  EXPECT_EQ(options.rate, 0);
  EXPECT_TRUE(options.keep_alive);
  EXPECT_FALSE(options.keyspace.has_value());
  EXPECT_FALSE(options.tests.has_value());
}

TEST(BenchmarkOptionsTest, EachOptionLandsInItsPlace) {
  Options options = Parsed({"-h",      "box",
                            "-p",      "7000",
                            "-a",      "pw",
                            "--user",  "u",
                            "-c",      "7",
                            "-n",      "1000",
                            "-d",      "64",
                            "--dbnum", "3",
                            "-3",      "--threads",
                            "2",       "--enable-tracking",
                            "-k",      "0",
                            "-r",      "500",
                            "-P",      "16",
                            "-q",      "--precision",
                            "1",       "-l",
                            "-t",      "SET,Get",
                            "-I",      "-x",
                            "--tls",   "--cacert",
                            "ca",      "--tls-backend",
                            "wolfssl", "--rate",
                            "2500.5",  "--csv"});
  EXPECT_EQ(options.host, "box");
  EXPECT_EQ(options.port, 7000);
  EXPECT_EQ(options.password, "pw");
  EXPECT_EQ(options.user, "u");
  EXPECT_EQ(options.clients, 7);
  EXPECT_EQ(options.requests, 1000);
  EXPECT_EQ(options.data_bytes, 64);
  EXPECT_EQ(options.database, 3);
  EXPECT_EQ(options.threads, 2);
  EXPECT_EQ(options.keyspace, 500u);
  EXPECT_EQ(options.pipeline, 16);
  EXPECT_EQ(options.precision, 1);
  EXPECT_EQ(options.tests, "set,get");
  EXPECT_EQ(options.rate, 2500.5);
  EXPECT_EQ(options.tls.backend, "wolfssl");
  EXPECT_EQ(options.tls.ca_file, "ca");
  EXPECT_FALSE(options.keep_alive);
  EXPECT_TRUE(options.resp3 && options.tracking && options.quiet && options.loop && options.idle && options.csv);
  EXPECT_TRUE(options.last_argument_from_stdin && options.tls.wanted);
}

TEST(BenchmarkOptionsTest, OptionsEndWhereTheCommandBegins) {
  Options options = Parsed({"-n", "10", "lpush", "list", "-1", "--csv"});
  EXPECT_EQ(options.command, (std::vector<std::string>{"lpush", "list", "-1", "--csv"}));
  EXPECT_FALSE(options.csv);
}

TEST(BenchmarkOptionsTest, UriSaysWhere) {
  Options options = Parsed({"-u", "rediss://u:p@h:7001/4"});
  EXPECT_TRUE(options.tls.wanted);
  EXPECT_EQ(options.host, "h");
  EXPECT_EQ(options.port, 7001);
  EXPECT_EQ(options.database, 4);
  EXPECT_EQ(options.password, "p");
}

TEST(BenchmarkOptionsTest, WhatRedisBenchmarkMovesIntoItsRangeIsMoved) {
  EXPECT_EQ(Parsed({"-d", "0"}).data_bytes, 1);
  EXPECT_EQ(Parsed({"-d", "99999999999"}).data_bytes, 1024 * 1024 * 1024);
  EXPECT_EQ(Parsed({"-P", "-3"}).pipeline, 1);
  EXPECT_EQ(Parsed({"-r", "-5"}).keyspace, 0u);
  EXPECT_EQ(Parsed({"--precision", "-1"}).precision, 3);
  EXPECT_EQ(Parsed({"--precision", "9"}).precision, 4);
  EXPECT_EQ(Parsed({"--threads", "-1"}).threads, 0);
  auto many = Parse({"--threads", "5000"});
  EXPECT_EQ(many->options.threads, 500);
  EXPECT_EQ(many->warnings, std::vector<std::string>{"WARNING: Too many threads, limiting threads to 500."});
}

TEST(BenchmarkOptionsTest, NonsenseIsRefused) {
  EXPECT_EQ(ErrorOf({"--no-such"}), "Invalid option \"--no-such\" or option argument missing");
  EXPECT_EQ(ErrorOf({"-c"}), "Invalid option \"-c\" or option argument missing");
  EXPECT_EQ(ErrorOf({"-c", "many"}), "Invalid number \"many\" for -c");
  EXPECT_NE(ErrorOf({"-c", "0"}), "");
  EXPECT_NE(ErrorOf({"-c", "99999999999999999999"}), "");
  EXPECT_NE(ErrorOf({"-n", "0"}), "");
  EXPECT_NE(ErrorOf({"-n", "-1"}), "");
  EXPECT_NE(ErrorOf({"-k", "2"}), "");
  EXPECT_NE(ErrorOf({"-p", "70000"}), "");
  EXPECT_NE(ErrorOf({"--rate", "0"}), "");
  EXPECT_NE(ErrorOf({"--rate", "-1"}), "");
  EXPECT_NE(ErrorOf({"--rate", "nan"}), "");
  EXPECT_NE(ErrorOf({"--dbnum", "x"}), "");
  EXPECT_NE(ErrorOf({"-d", "1073741824", "-P", "1000000"}), "");
  EXPECT_NE(ErrorOf({"--csv", "--json"}), "");
  EXPECT_NE(ErrorOf({"--cluster", "-s", "/s"}), "");
  EXPECT_NE(ErrorOf({"--cert", "c"}), "");
}

TEST(BenchmarkOptionsTest, HelpAndVersion) {
  EXPECT_EQ(Parse({"--help"})->outcome, ParseOutcome::kHelp);
  EXPECT_EQ(Parse({"--version"})->outcome, ParseOutcome::kVersion);
  EXPECT_EQ(Parse({"-v"})->outcome, ParseOutcome::kVersion);
}

}  // namespace
}  // namespace keyway::benchmark
