#include "server/cli/options.h"

#include <fmt/core.h>
#include <getopt.h>
#include <strings.h>

#include <cmath>
#include <cstdlib>
#include <memory>

#include "server/base/number.h"
#include "server/base/split_args.h"
#include "server/base/version.h"
#include "server/cli/uri.h"

namespace keyway::cli {
namespace {

constexpr int kMaxPort = 65535;
constexpr double kMaxSeconds = 1e9;

// Codes of options that have no letter.
enum LongOption : int {
  kUser = 256,
  kPass,
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
  kTls,
  kSni,
  kVerifyName,
  kCaCert,
  kCaCertDir,
  kInsecure,
  kCert,
  kKey,
  kCiphers,
  kCipherSuites,
  kTransport,
  kTlsBackend,
  kTransportDir,
};

constexpr char kShort[] = "+:h:p:s:a:u:n:r:i:t:xX:d:D:ce23v";

constexpr option kLong[] = {
    {"user", required_argument, nullptr, kUser},
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
    {"tls", no_argument, nullptr, kTls},
    {"sni", required_argument, nullptr, kSni},
    {"verify-name", required_argument, nullptr, kVerifyName},
    {"cacert", required_argument, nullptr, kCaCert},
    {"cacertdir", required_argument, nullptr, kCaCertDir},
    {"insecure", no_argument, nullptr, kInsecure},
    {"cert", required_argument, nullptr, kCert},
    {"key", required_argument, nullptr, kKey},
    {"tls-ciphers", required_argument, nullptr, kCiphers},
    {"tls-ciphersuites", required_argument, nullptr, kCipherSuites},
    {"transport", required_argument, nullptr, kTransport},
    {"tls-backend", required_argument, nullptr, kTlsBackend},
    {"transport-dir", required_argument, nullptr, kTransportDir},
    {nullptr, 0, nullptr, 0},
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

Result<> StoreUri(CliOptions& out, std::string_view text) {
  auto uri = ParseServerUri(text);
  if (!uri) return std::unexpected(uri.error());
  if (uri->tls) out.tls.wanted = true;
  if (!uri->user.empty()) out.user = uri->user;
  if (uri->password) out.password = uri->password, out.password_on_command_line = true;
  if (!uri->host.empty()) out.host = uri->host;
  if (uri->port != 0) out.port = uri->port;
  if (!uri->socket.empty()) out.socket = uri->socket;
  if (uri->database) out.database = *uri->database;
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

void WantJson(CliOptions& out, Output output) {
  out.output = output;
  if (!out.resp3) out.prefer_resp3 = true;
}

// Options that say where to connect and as whom.
Result<bool> StoreConnection(CliOptions& out, int code, const std::string& value) {
  Result<> stored;
  switch (code) {
    case 'h':
      out.host = value;
      break;
    case 'p':
      stored = Store(out.port, Number(value, 0, kMaxPort, "Invalid server port."));
      break;
    case 's':
      out.socket = value;
      break;
    case 'a':
    case kPass:
      out.password = value, out.password_on_command_line = true;
      break;
    case 'u':
      stored = StoreUri(out, value);
      break;
    case 'n':
      stored = Store(out.database, Number(value, INT32_MIN, INT32_MAX, "Invalid database number."));
      break;
    case 't':
      stored = Store(out.connect_timeout_ms, Seconds(value, 1000, "Invalid connection timeout for -t."));
      break;
    case 'c':
      out.cluster = true;
      break;
    case '2':
      out.resp2 = true;
      break;
    case '3':
      out.resp3 = true, out.prefer_resp3 = false;
      break;
    case kUser:
      out.user = value;
      break;
    case kAskPass:
      out.ask_password = true;
      break;
    case kNoAuthWarning:
      out.no_auth_warning = true;
      break;
    case kTls:
      out.tls.wanted = true;
      break;
    case kSni:
      out.tls.sni = value;
      break;
    case kVerifyName:
      out.tls.verify_name = value;
      break;
    case kCaCert:
      out.tls.ca_file = value;
      break;
    case kCaCertDir:
      out.tls.ca_dir = value;
      break;
    case kInsecure:
      out.tls.insecure = true;
      break;
    case kCert:
      out.tls.cert_file = value;
      break;
    case kKey:
      out.tls.key_file = value;
      break;
    case kCiphers:
      out.tls.ciphers = value;
      break;
    case kCipherSuites:
      out.tls.ciphersuites = value;
      break;
    case kTlsBackend:
      out.tls.backend = value;
      break;
    case kTransport:
      out.transport = value;
      break;
    case kTransportDir:
      out.transport_dirs.push_back(value);
      break;
    default:
      return false;
  }
  if (!stored) return std::unexpected(stored.error());
  return true;
}

// Options that say how input is read and output written.
Result<bool> StoreFormat(CliOptions& out, int code, const std::string& value) {
  Result<> stored;
  switch (code) {
    case 'r':
      stored = Store(out.repeat, Number(value, INT64_MIN, INT64_MAX, "Invalid number of repeats for -r."));
      break;
    case 'i':
      stored = Store(out.interval_us, Seconds(value, 1e6, "Invalid interval for -i."));
      break;
    case 'x':
      out.last_argument_from_stdin = true;
      break;
    case 'X':
      out.stdin_tag = value;
      break;
    case 'd':
      out.element_delimiter = value;
      break;
    case 'D':
      out.reply_delimiter = value;
      break;
    case 'e':
      out.exit_code_on_error = true;
      break;
    case kRaw:
      out.output = Output::kRaw;
      break;
    case kNoRaw:
      out.output = Output::kTerminal;
      break;
    case kCsv:
      out.output = Output::kCsv;
      break;
    case kJson:
      WantJson(out, Output::kJson);
      break;
    case kQuotedJson:
      WantJson(out, Output::kQuotedJson);
      break;
    case kQuotedInput:
      out.quoted_input = true;
      break;
    case kShowPushes:
      stored = StoreShowPushes(out, value.c_str());
      break;
    case kVerbose:
      out.verbose = true;
      break;
    case kMono:
      out.mono = true;
      break;
    default:
      return false;
  }
  if (!stored) return std::unexpected(stored.error());
  return true;
}

Result<> StoreMode(CliOptions& out, int code, const std::string& value) {
  switch (code) {
    case kEvalFile:
      out.mode = Mode::kEval, out.eval_file = value;
      return {};
    case kStat:
      out.mode = Mode::kStat;
      return {};
    case kLatency:
      out.mode = Mode::kLatency;
      return {};
    case kLatencyHistory:
      out.mode = Mode::kLatencyHistory;
      return {};
    case kLatencyDist:
      out.mode = Mode::kLatencyDist;
      return {};
    case kScan:
      out.mode = Mode::kScan;
      return {};
    case kBigKeys:
      out.mode = Mode::kBigKeys;
      return {};
    case kMemKeys:
      out.mode = Mode::kMemKeys;
      return {};
    case kHotKeys:
      out.mode = Mode::kHotKeys;
      return {};
    case kPipe:
      out.mode = Mode::kPipe;
      return {};
    case kPattern:
      out.pattern = value;
      return {};
    case kQuotedPattern:
      return StoreQuotedPattern(out, value);
    case kType:
      out.type = value;
      return {};
    case kCount:
      return Store(out.count, Number(value, 1, INT64_MAX, "Invalid number for --count."));
    case kMemKeysSamples:
      out.mode = Mode::kMemKeys;
      return Store(out.memkeys_samples, Number(value, 0, INT64_MAX, "Invalid number for --memkeys-samples."));
    case kPipeTimeout:
      return Store(out.pipe_timeout_s, Number(value, 0, INT32_MAX, "Invalid number for --pipe-timeout."));
    case kIntrinsic:
      out.mode = Mode::kIntrinsicLatency;
      return Store(out.intrinsic_seconds, Number(value, 1, INT32_MAX, "Invalid number for --intrinsic-latency."));
    default:
      return Fail("an option that keyway-cli does not handle");
  }
}

Result<> CheckTogether(const CliOptions& options) {
  if (!options.socket.empty() && options.cluster) return Fail("Options -c and -s are mutually exclusive.");
  if (options.resp2 && options.resp3) return Fail("Options -2 and -3 are mutually exclusive.");
  if (options.last_argument_from_stdin && options.stdin_tag) return Fail("Options -x and -X are mutually exclusive.");
  if (options.tls.insecure && !options.tls.verify_name.empty()) {
    return Fail("Options --insecure and --verify-name are mutually exclusive.");
  }
  if (options.tls.cert_file.empty() != options.tls.key_file.empty())
    return Fail("Options --cert and --key go together.");
  return {};
}

}  // namespace

Result<ParsedOptions> ParseOptions(int argc, char** argv) {
  ParsedOptions parsed;
  CliOptions& options = parsed.options;
  optind = 0;  // getopt's way to begin anew, its own state included
  opterr = 0;
  while (true) {
    int index = optind == 0 ? 1 : optind;
    int code = getopt_long(argc, argv, kShort, kLong, nullptr);
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
    auto stored = StoreConnection(options, code, value);
    if (stored && !*stored) stored = StoreFormat(options, code, value);
    if (!stored) return std::unexpected(stored.error());
    if (*stored) continue;
    if (auto mode = StoreMode(options, code, value); !mode) return std::unexpected(mode.error());
  }
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

std::string VersionText() { return fmt::format("keyway-cli {}", kKeywayVersion); }

}  // namespace keyway::cli
