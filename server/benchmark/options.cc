#include "server/benchmark/options.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "server/base/number.h"

namespace keyway::benchmark {
namespace {

constexpr int64_t kMaxClients = 1'000'000;
constexpr int64_t kMaxDataBytes = 1024 * 1024 * 1024;
constexpr int64_t kMaxPipeline = 1'000'000;
constexpr int64_t kMaxPipelineBytes = int64_t{2} * 1024 * 1024 * 1024;
constexpr int64_t kMaxKeyspace = 1'000'000'000'000;  // twelve digits
constexpr int kMaxPrecision = 4;
constexpr int kDefaultPrecision = 3;
constexpr int kMaxThreads = 500;
constexpr double kMaxRate = 1e9;

enum LongOption : int {
  kDbNum = client::kOwnOptions,
  kThreads,
  kCluster,
  kTracking,
  kPrecision,
  kCsv,
  kJson,
  kRate,
  kHelp,
  kVersion,
};

constexpr char kShort[] = "c:n:d:3k:r:P:qlIxt:ev";

constexpr option kLong[] = {
    {"dbnum", required_argument, nullptr, kDbNum},
    {"threads", required_argument, nullptr, kThreads},
    {"cluster", no_argument, nullptr, kCluster},
    {"enable-tracking", no_argument, nullptr, kTracking},
    {"precision", required_argument, nullptr, kPrecision},
    {"csv", no_argument, nullptr, kCsv},
    {"json", no_argument, nullptr, kJson},
    {"rate", required_argument, nullptr, kRate},
    {"help", no_argument, nullptr, kHelp},
    {"version", no_argument, nullptr, kVersion},
};

// An integer of any size within `min` and `max`.
template <class T>
Result<> Store(T& target, const std::string& text, int64_t min, int64_t max, const char* option_name) {
  auto value = ParseInt64(text);
  if (!value) return Fail(fmt::format("Invalid number \"{}\" for {}", text, option_name));
  if (*value < min || *value > max) {
    return Fail(fmt::format("{} is out of range for {}: it goes from {} to {}", text, option_name, min, max));
  }
  target = static_cast<T>(*value);
  return {};
}

// An integer that is moved to the nearer end when it is outside of them, as redis-benchmark does with some.
template <class T>
Result<> StoreClamped(T& target, const std::string& text, int64_t min, int64_t max, const char* option_name) {
  if (auto stored = Store(target, text, INT64_MIN, INT64_MAX, option_name); !stored) return stored;
  target = static_cast<T>(std::clamp(*ParseInt64(text), min, max));
  return {};
}

Result<> StoreThreads(ParsedOptions& parsed, const std::string& text) {
  int64_t threads = 0;
  if (auto stored = Store(threads, text, INT64_MIN, INT64_MAX, "--threads"); !stored) return stored;
  if (threads > kMaxThreads) {
    parsed.warnings.push_back(fmt::format("WARNING: Too many threads, limiting threads to {}.", kMaxThreads));
  }
  parsed.options.threads = static_cast<int>(std::clamp<int64_t>(threads, 0, kMaxThreads));
  return {};
}

Result<> StoreRate(Options& options, const std::string& text) {
  auto rate = ParseDouble(text);
  if (!rate || !(*rate > 0) || *rate > kMaxRate) {
    return Fail(fmt::format("Invalid rate \"{}\" for --rate: requests a second, more than zero", text));
  }
  options.rate = *rate;
  return {};
}

void StoreTests(Options& options, std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  options.tests = std::move(text);
}

Result<> StorePrecision(Options& options, const std::string& text) {
  auto stored = StoreClamped(options.precision, text, -1, kMaxPrecision, "--precision");
  if (stored && options.precision < 0) options.precision = kDefaultPrecision;
  return stored;
}

// What an option without a value switches on; null for the other options.
bool* FlagTarget(Options& out, int code) {
  switch (code) {
    case '3':
      return &out.resp3;
    case 'q':
      return &out.quiet;
    case 'l':
      return &out.loop;
    case 'I':
      return &out.idle;
    case 'x':
      return &out.last_argument_from_stdin;
    case kCluster:
      return &out.cluster;
    case kTracking:
      return &out.tracking;
    case kCsv:
      return &out.csv;
    case kJson:
      return &out.json;
    default:
      return nullptr;
  }
}

Result<> StoreOption(ParsedOptions& parsed, int code, const std::string& value) {
  Options& out = parsed.options;
  if (bool* flag = FlagTarget(out, code)) *flag = true;
  switch (code) {
    case 'c':
      return Store(out.clients, value, 1, kMaxClients, "-c");
    case 'n':
      return Store(out.requests, value, 1, INT64_MAX, "-n");
    case 'd':
      return StoreClamped(out.data_bytes, value, 1, kMaxDataBytes, "-d");
    case 'P':
      return StoreClamped(out.pipeline, value, 1, kMaxPipeline, "-P");
    case 'k':
      return Store(out.keep_alive, value, 0, 1, "-k");
    case 'r':
      return StoreClamped(out.keyspace.emplace(), value, 0, kMaxKeyspace, "-r");
    case 't':
      return StoreTests(out, value), Result<>();
    case 'e':
      parsed.warnings.push_back(
          "WARNING: -e option has no effect. We now immediately exit on error to avoid false results.");
      return {};
    case kDbNum:
      return Store(out.database, value, INT32_MIN, INT32_MAX, "--dbnum");
    case kThreads:
      return StoreThreads(parsed, value);
    case kPrecision:
      return StorePrecision(out, value);
    case kRate:
      return StoreRate(out, value);
    default:
      return client::StoreEndpointOption(out, code, value);
  }
}

Result<> CheckTogether(const Options& options) {
  if (options.csv && options.json) return Fail("Options --csv and --json are mutually exclusive.");
  if (options.cluster && !options.socket.empty()) return Fail("Options --cluster and -s are mutually exclusive.");
  if (options.data_bytes * options.pipeline > kMaxPipelineBytes) {
    return Fail("Values of this size (-d) in pipelines of this length (-P) are more than 2 GB.");
  }
  return client::CheckEndpoint(options);
}

}  // namespace

Result<ParsedOptions> ParseOptions(int argc, char** argv) {
  ParsedOptions parsed;
  const std::string letters = std::string("+:") + client::kEndpointLetters + kShort;
  const std::vector<option> long_options = client::LongOptions(kLong);
  optind = 0;  // getopt's way to begin anew, its own state included
  opterr = 0;
  while (true) {
    int index = optind == 0 ? 1 : optind;
    int code = getopt_long(argc, argv, letters.c_str(), long_options.data(), nullptr);
    if (code == -1) break;
    if (code == '?' || code == ':') {
      return Fail(fmt::format("Invalid option \"{}\" or option argument missing", argv[index]));
    }
    if (code == kHelp || code == kVersion || code == 'v') {
      parsed.outcome = code == kHelp ? ParseOutcome::kHelp : ParseOutcome::kVersion;
      return parsed;
    }
    std::string value = optarg != nullptr ? optarg : "";
    if (auto stored = StoreOption(parsed, code, value); !stored) return std::unexpected(stored.error());
  }
  parsed.options.command.assign(argv + optind, argv + argc);
  if (auto sound = CheckTogether(parsed.options); !sound) return std::unexpected(sound.error());
  return parsed;
}

}  // namespace keyway::benchmark
