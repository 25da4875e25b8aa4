#include "server/cli/options.h"

#include <fmt/core.h>
#include <getopt.h>
#include <strings.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "server/base/number.h"
#include "server/base/split_args.h"

namespace keyway::cli {
namespace {

constexpr double kMaxSeconds = 1e9;

// Codes of options that have no letter.
enum LongOption : int {
  kPass = client::kOwnOptions,
  kAskPass,
  kNoAuthWarning,
  kRaw,
  kNoRaw,
  kQuotedInput,
  kCsv,
  kJson,
  kQuotedJson,
  kShowPushes,
  kVerbose,
  kEvalFile,
  kStat,
  kLatency,
  kLatencyHistory,
  kLatencyDist,
  kMono,
  kScan,
  kPattern,
  kQuotedPattern,
  kCount,
  kType,
  kBigKeys,
  kMemKeys,
  kMemKeysSamples,
  kHotKeys,
  kPipe,
  kPipeTimeout,
  kIntrinsic,
  kHelp,
  kVersion,
};

constexpr char kShort[] = "n:r:i:t:xX:d:D:ce23v";

constexpr option kLong[] = {
    {"pass", required_argument, nullptr, kPass},
    {"askpass", no_argument, nullptr, kAskPass},
    {"no-auth-warning", no_argument, nullptr, kNoAuthWarning},
    {"raw", no_argument, nullptr, kRaw},
    {"no-raw", no_argument, nullptr, kNoRaw},
    {"quoted-input", no_argument, nullptr, kQuotedInput},
    {"csv", no_argument, nullptr, kCsv},
    {"json", no_argument, nullptr, kJson},
    {"quoted-json", no_argument, nullptr, kQuotedJson},
    {"show-pushes", required_argument, nullptr, kShowPushes},
    {"verbose", no_argument, nullptr, kVerbose},
    {"eval", required_argument, nullptr, kEvalFile},
    {"stat", no_argument, nullptr, kStat},
    {"latency", no_argument, nullptr, kLatency},
    {"latency-history", no_argument, nullptr, kLatencyHistory},
    {"latency-dist", no_argument, nullptr, kLatencyDist},
    {"mono", no_argument, nullptr, kMono},
    {"scan", no_argument, nullptr, kScan},
    {"pattern", required_argument, nullptr, kPattern},
    {"quoted-pattern", required_argument, nullptr, kQuotedPattern},
    {"count", required_argument, nullptr, kCount},
    {"type", required_argument, nullptr, kType},
    {"bigkeys", no_argument, nullptr, kBigKeys},
    {"memkeys", no_argument, nullptr, kMemKeys},
    {"memkeys-samples", required_argument, nullptr, kMemKeysSamples},
    {"hotkeys", no_argument, nullptr, kHotKeys},
    {"pipe", no_argument, nullptr, kPipe},
    {"pipe-timeout", required_argument, nullptr, kPipeTimeout},
    {"intrinsic-latency", required_argument, nullptr, kIntrinsic},
    {"help", no_argument, nullptr, kHelp},
    {"version", no_argument, nullptr, kVersion},
};

Result<int64_t> Number(std::string_view text, int64_t min, int64_t max, const char* complaint) {
  auto value = ParseInt64(text);
  if (!value || *value < min || *value > max) return Fail(complaint);
  return *value;
}

// A number of seconds, decimals allowed, in the given fraction of a second.
Result<int64_t> Seconds(const std::string& text, double units_per_second, const char* complaint) {
  auto value = ParseDouble(text);
  if (!value || *value < 0 || *value > kMaxSeconds) return Fail(complaint);
  return std::llround(*value * units_per_second);
}

template <class T>
Result<> Store(T& target, Result<int64_t> value) {
  if (!value) return std::unexpected(value.error());
  target = static_cast<T>(*value);
  return {};
}

Result<> StoreQuotedPattern(CliOptions& out, std::string_view text) {
  auto words = SplitArgs(text);
  if (!words || words->size() != 1) return Fail("Invalid quoted string specified for --quoted-pattern.");
  out.pattern = words->front();
  return {};
}

Result<> StoreShowPushes(CliOptions& out, const char* text) {
  if (text[0] != 'y' && text[0] != 'Y' && text[0] != 'n' && text[0] != 'N') {
    return Fail(fmt::format("Unknown --show-pushes value '{}' (valid: '[y]es', '[n]o')", text));
  }
  out.show_pushes = (text[0] | 0x20) == 'y';
  return {};
}

// Where the text of an option goes that may be any; null for the other options.
std::string* TextTarget(CliOptions& out, int code) {
  switch (code) {
    case 'd':
      return &out.element_delimiter;
    case 'D':
      return &out.reply_delimiter;
    default:
      return nullptr;
  }
}

// What an option without a value switches on; null for the other options.
bool* FlagTarget(CliOptions& out, int code) {
  switch (code) {
    case 'c':
      return &out.cluster;
    case 'e':
      return &out.exit_code_on_error;
    case 'x':
      return &out.last_argument_from_stdin;
    case '2':
      return &out.resp2;
    case kAskPass:
      return &out.ask_password;
    case kNoAuthWarning:
      return &out.no_auth_warning;
    case kQuotedInput:
      return &out.quoted_input;
    case kVerbose:
      return &out.verbose;
    case kMono:
      return &out.mono;
    default:
      return nullptr;
  }
}

std::optional<Output> OutputOf(int code) {
  switch (code) {
    case kRaw:
      return Output::kRaw;
    case kNoRaw:
      return Output::kTerminal;
    case kCsv:
      return Output::kCsv;
    case kJson:
      return Output::kJson;
    case kQuotedJson:
      return Output::kQuotedJson;
    default:
      return std::nullopt;
  }
}

std::optional<Mode> ModeOf(int code) {
  switch (code) {
    case kEvalFile:
      return Mode::kEval;
    case kStat:
      return Mode::kStat;
    case kLatency:
      return Mode::kLatency;
    case kLatencyHistory:
      return Mode::kLatencyHistory;
    case kLatencyDist:
      return Mode::kLatencyDist;
    case kScan:
      return Mode::kScan;
    case kBigKeys:
      return Mode::kBigKeys;
    case kMemKeys:
    case kMemKeysSamples:
      return Mode::kMemKeys;
    case kHotKeys:
      return Mode::kHotKeys;
    case kPipe:
      return Mode::kPipe;
    case kIntrinsic:
      return Mode::kIntrinsicLatency;
    default:
      return std::nullopt;
  }
}

void StoreOutput(CliOptions& out, Output output) {
  out.output = output;
  bool json = output == Output::kJson || output == Output::kQuotedJson;
  if (json && !out.resp3) out.prefer_resp3 = true;
}

// Options whose value is checked, or that mean more than one thing.
Result<> StoreChecked(CliOptions& out, int code, const std::string& value) {
  switch (code) {
    case kPass:
      out.password = value;
      return {};
    case '3':
      out.resp3 = true, out.prefer_resp3 = false;
      return {};
    case 'X':
      out.stdin_tag = value;
      return {};
    case kEvalFile:
      out.eval_file = value;
      return {};
    case kPattern:
      out.pattern = value;
      return {};
    case kType:
      out.type = value;
      return {};
    case kQuotedPattern:
      return StoreQuotedPattern(out, value);
    case kShowPushes:
      return StoreShowPushes(out, value.c_str());
    case 'n':
      return Store(out.database, Number(value, INT32_MIN, INT32_MAX, "Invalid database number."));
    case 'r':
      return Store(out.repeat, Number(value, INT64_MIN, INT64_MAX, "Invalid number of repeats for -r."));
    case 'i':
      return Store(out.interval_us, Seconds(value, 1e6, "Invalid interval for -i."));
    case 't':
      return Store(out.connect_timeout_ms, Seconds(value, 1000, "Invalid connection timeout for -t."));
    case kCount:
      return Store(out.count, Number(value, 1, INT64_MAX, "Invalid number for --count."));
    case kMemKeysSamples:
      return Store(out.memkeys_samples, Number(value, 0, INT64_MAX, "Invalid number for --memkeys-samples."));
    case kPipeTimeout:
      return Store(out.pipe_timeout_s, Number(value, 0, INT32_MAX, "Invalid number for --pipe-timeout."));
    case kIntrinsic:
      return Store(out.intrinsic_seconds, Number(value, 1, INT32_MAX, "Invalid number for --intrinsic-latency."));
    default:
      return {};
  }
}

Result<> StoreOption(CliOptions& out, int code, const std::string& value) {
  if (auto stored = client::StoreEndpointOption(out, code, value); !stored) return stored;
  if (std::string* target = TextTarget(out, code)) *target = value;
  if (bool* target = FlagTarget(out, code)) *target = true;
  if (auto output = OutputOf(code)) StoreOutput(out, *output);
  if (auto mode = ModeOf(code)) out.mode = *mode;
  return StoreChecked(out, code, value);
}

Result<> CheckTogether(const CliOptions& options) {
  if (!options.socket.empty() && options.cluster) return Fail("Options -c and -s are mutually exclusive.");
  if (options.resp2 && options.resp3) return Fail("Options -2 and -3 are mutually exclusive.");
  if (options.last_argument_from_stdin && options.stdin_tag) return Fail("Options -x and -X are mutually exclusive.");
  return client::CheckEndpoint(options);
}

}  // namespace

Result<ParsedOptions> ParseOptions(int argc, char** argv) {
  ParsedOptions parsed;
  CliOptions& options = parsed.options;
  const std::string letters = std::string("+:") + client::kEndpointLetters + kShort;
  const std::vector<option> long_options = client::LongOptions(kLong);
  optind = 0;  // getopt's way to begin anew, its own state included
  opterr = 0;
  while (true) {
    int index = optind == 0 ? 1 : optind;
    int code = getopt_long(argc, argv, letters.c_str(), long_options.data(), nullptr);
    if (code == -1) break;
    if (code == ':' && optopt == 'h') code = kHelp;  // a lone -h asks for help
    if (code == '?' || code == ':') {
      return Fail(fmt::format("Unrecognized option or bad number of args for: '{}'", argv[index]));
    }
    if (code == kHelp || code == kVersion || code == 'v') {
      parsed.outcome = code == kHelp ? ParseOutcome::kHelp : ParseOutcome::kVersion;
      return parsed;
    }
    std::string value = optarg != nullptr ? optarg : "";
    if (auto stored = StoreOption(options, code, value); !stored) return std::unexpected(stored.error());
  }
  options.password_on_command_line = options.password.has_value();
  options.arguments.assign(argv + optind, argv + argc);
  if (auto sound = CheckTogether(options); !sound) return std::unexpected(sound.error());
  return parsed;
}

void ApplyEnvironment(CliOptions& options) {
  if (options.password) return;
  for (const char* name : {"KEYWAYCLI_AUTH", "REDISCLI_AUTH"}) {
    if (const char* value = getenv(name)) {
      options.password = value;
      return;
    }
  }
}

}  // namespace keyway::cli
