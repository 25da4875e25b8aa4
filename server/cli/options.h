// The command line of keyway-cli: the options of redis-cli under their own names, and those that only Keyway has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "server/client/endpoint.h"

namespace keyway::cli {

enum class Output : uint8_t { kTerminal, kRaw, kCsv, kJson, kQuotedJson };

// What is done once the options are read. kCommand covers one command, standard input and the prompt.
enum class Mode : uint8_t {
  kCommand,
  kEval,
  kScan,
  kBigKeys,
  kMemKeys,
  kHotKeys,
  kStat,
  kLatency,
  kLatencyHistory,
  kLatencyDist,
  kIntrinsicLatency,
  kPipe,
};

struct CliOptions : client::Endpoint {
  int64_t connect_timeout_ms = 0;  // 0: two minutes, as the system itself

  // As whom, and how.
  bool ask_password = false;
  bool password_on_command_line = false;
  bool no_auth_warning = false;
  bool resp2 = false, resp3 = false;  // resp3 also for JSON, then prefer_resp3 only
  bool prefer_resp3 = false;          // JSON: RESP3 if the server can
  bool cluster = false;

  // What.
  Mode mode = Mode::kCommand;
  std::vector<std::string> arguments;
  bool quoted_input = false;
  bool last_argument_from_stdin = false;  // -x
  std::optional<std::string> stdin_tag;   // -X
  int64_t repeat = 1;                     // negative: for ever
  int64_t interval_us = 0;
  std::string eval_file;
  std::optional<std::string> pattern, type;  // --scan and the key reports
  int64_t count = 0;                         // --count: 0 leaves it to the server
  int64_t memkeys_samples = -1;              // -1 leaves it to the server
  int64_t pipe_timeout_s = 30;               // 0: for ever
  int64_t intrinsic_seconds = 0;

  // How it is shown.
  std::optional<Output> output;  // empty: by what standard output is
  std::string element_delimiter = "\n", reply_delimiter = "\n";
  std::optional<bool> show_pushes;  // empty: by what standard output is
  bool exit_code_on_error = false;  // -e
  bool verbose = false;
  bool mono = false;  // --latency-dist without colours
};

enum class ParseOutcome : uint8_t { kRun, kHelp, kVersion };

struct ParsedOptions {
  ParseOutcome outcome = ParseOutcome::kRun;
  CliOptions options;
};

// Reads argv as the process got it. The error is one line for standard error. Uses getopt: one call at a time.
Result<ParsedOptions> ParseOptions(int argc, char** argv);

// Fills in what the environment says and the options do not: KEYWAYCLI_AUTH, else REDISCLI_AUTH.
void ApplyEnvironment(CliOptions& options);

std::string HelpText();
std::string VersionText();

}  // namespace keyway::cli
