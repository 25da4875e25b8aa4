// keyway-benchmark.
#include <fmt/core.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "server/base/log.h"
#include "server/benchmark/cluster_map.h"
#include "server/benchmark/load.h"
#include "server/benchmark/options.h"
#include "server/benchmark/report.h"
#include "server/benchmark/server_info.h"
#include "server/benchmark/suite.h"
#include "server/client/input.h"
#include "server/client/transport.h"

namespace keyway::benchmark {
namespace {

// Descriptors beside the connections: the loops, standard streams, plug-ins.
constexpr uint64_t kOtherDescriptors = 64;
constexpr uint64_t kDescriptorsOfAThread = 4;

int Complain(const std::string& text) {
  fmt::print(stderr, "{}\n", text);
  return 1;
}

// As many descriptors as the connections need, where the system allows that.
Result<> RaiseDescriptorLimit(const Options& options) {
  uint64_t wanted = static_cast<uint64_t>(options.clients) + kOtherDescriptors +
                    kDescriptorsOfAThread * static_cast<uint64_t>(options.threads);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return {};
  if (limit.rlim_max < wanted) {
    return Fail(fmt::format("{} connections need {} file descriptors, and the system allows {} (ulimit -n)",
                            options.clients, wanted, limit.rlim_max));
  }
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
  return {};
}

class Program {
 public:
  Program(Options options, client::Transport transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}

  int Run() {
    if (auto looked = options_.cluster ? LookAtCluster() : LookAtServer(); !looked) {
      return Complain(looked.error().text());
    }
    Warn();
    if (options_.idle) return RunIdle();
    if (options_.csv) fmt::print("{}", CsvHeader());
    auto tests = Tests();
    if (!tests) return Complain(tests.error().text());
    do {
      for (const Test& test : *tests) {
        auto outcome = RunLoad(options_, transport_, cluster_.get(), test);
        if (!outcome) return Complain(outcome.error().text());
        PrintReport(options_, cluster_.get(), config_, test, *outcome);
      }
      if (options_.command.empty() && !options_.csv && !options_.json) fmt::print("\n");
    } while (options_.loop && !tests->empty());
    return 0;
  }

 private:
  Result<> LookAtServer() {
    auto config = FetchServerConfig(options_, transport_, client::AddressOf(options_));
    if (config) {
      config_ = std::move(*config);
    } else if (config.error().code() != kErrorReply) {
      return std::unexpected(config.error());
    } else {
      fmt::print(stderr, "WARNING: Could not fetch server CONFIG\n");
    }
    return {};
  }

  Result<> LookAtCluster() {
    auto cluster = ClusterMap::Fetch(options_, transport_);
    if (!cluster) {
      fmt::print(stderr, "{}\n", cluster.error().text());
      return Fail(fmt::format("Failed to fetch cluster configuration from {}", client::AddressOf(options_)));
    }
    cluster_ = std::move(*cluster);
    if (options_.csv || options_.json) return {};
    fmt::print("Cluster has {} master nodes:\n\n", cluster_->nodes().size());
    for (size_t i = 0; i < cluster_->nodes().size(); ++i) {
      const ClusterNode& node = cluster_->nodes()[i];
      fmt::print("Master {}: {} {}:{}\n", i, node.id, node.host, node.port);
    }
    fmt::print("\n");
    return {};
  }

  void Warn() const {
    if (!options_.keep_alive) {
      fmt::print(stderr,
                 "WARNING: keep alive is off: each request takes a port of this machine out of use for a minute. "
                 "'sysctl -w net.ipv4.tcp_tw_reuse=1' lets many of them be used again.\n");
    }
    if (!options_.command.empty() && options_.tests) fmt::print(stderr, "WARNING: Option -t is ignored.\n");
  }

  int RunIdle() {
    fmt::print("Creating {} idle connections and waiting forever (Ctrl+C when done)\n", options_.clients);
    std::fflush(stdout);
    auto outcome = RunLoad(options_, transport_, cluster_.get(), Test{});
    return Complain(outcome ? "interrupted" : outcome.error().text());
  }

  Result<std::vector<Test>> Tests() const {
    if (options_.command.empty()) return SelectTests(options_);
    std::optional<std::string> last;
    if (options_.last_argument_from_stdin) {
      auto text = client::ReadStandardInput();
      if (!text) return std::unexpected(text.error());
      last = std::move(*text);
    }
    return std::vector<Test>{CommandTest(options_, last)};
  }

  Options options_;
  client::Transport transport_;
  ServerConfig config_;
  std::unique_ptr<ClusterMap> cluster_;
};

int Main(int argc, char** argv) {
  LogSettings quiet;
  quiet.level = LogLevel::kNothing;
  ConfigureLog(quiet);
  signal(SIGHUP, SIG_IGN);

  auto parsed = ParseOptions(argc, argv);
  if (!parsed) return Complain(parsed.error().text() + "\nTry keyway-benchmark --help.");
  if (parsed->outcome != ParseOutcome::kRun) {
    fmt::print("{}\n", parsed->outcome == ParseOutcome::kHelp ? HelpText() : VersionText());
    return 0;
  }
  for (const std::string& warning : parsed->warnings) fmt::print(stderr, "{}\n", warning);
  if (auto raised = RaiseDescriptorLimit(parsed->options); !raised) return Complain(raised.error().text());
  auto transport = client::MakeTransport(parsed->options);
  if (!transport) return Complain(transport.error().text());
  return Program(std::move(parsed->options), std::move(*transport)).Run();
}

}  // namespace
}  // namespace keyway::benchmark

int main(int argc, char** argv) { return keyway::benchmark::Main(argc, argv); }
