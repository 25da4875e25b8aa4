// The server without a kernel: requests are replayed out of memory through what a connection's bytes pass in the server, parser,
// command lookup, batch, dispatcher, commands and reply buffer, and the replies are thrown away. What it says is the cost of
// the server's own work, with no socket and no other process near it.
//
//   in_memory [MIX ...] [--pipeline N] [--requests N] [--keys N]
//   in_memory --list
//
// The mixes are those of mixes.h. tests/bench/instructions runs it under callgrind, where only keyway_bench_replay counts. The
// directory of clients and the server object are the small ones of the command tests.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/number.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/dispatch/batch.h"
#include "server/resp/request_writer.h"
#include "tests/bench/mixes.h"
#include "tests/command/command_test.h"

namespace keyway::bench {

constexpr uint64_t kSeed = 7;

struct Settings {
  std::vector<std::string> mixes;
  size_t pipeline = 16;
  size_t requests = 1'000'000;
  size_t keys = 100'000;
};

command::CommandTable BuildTable() {
  command::CommandTable::Builder builder(command::AllCommandRows());
  for (const auto& family : commands::AllHandlers()) builder.Bind(family);
  builder.BindHelp(&commands::ContainerHelp);
  auto table = std::move(builder).Build();
  if (!table) {
    fmt::print(stderr, "{}\n", table.error().text());
    std::exit(1);
  }
  return std::move(*table);
}

// One server and one client, whose bytes come from Replay.
class World {
 public:
  World()
      : keyspace_({}, clock_, reclaimer_),
        commands_(BuildTable()),
        services_{clock_, config_, keyspace_, commands_, clients_, server_, counters_},
        dispatcher_(services_),
        client_(clients_.Add(1, "127.0.0.1:50001")) {
    server_.counters = &counters_;
    dispatcher_.RefreshTime();
  }

  // One pipeline, as it would come from one receive; the number of requests that ran.
  size_t Replay(std::string_view bytes) {
    received_.Append(bytes);
    size_t ran = 0;
    while (!received_.readable().empty()) {
      batch_.Reset();
      if (!dispatch::FillBatch(batch_, received_, parser_, {}, commands_)) break;
      dispatcher_.Run(client_, batch_);
      ran += batch_.requests.size();
      Check();
      client_.output.Clear();
    }
    return ran;
  }

 private:
  // An error would make the figure one of errors.
  void Check() {
    iovec first;
    if (client_.output.Peek(&first, 1) == 1 && *static_cast<const char*>(first.iov_base) == '-') {
      fmt::print(stderr, "an error reply: {}\n",
                 std::string_view(static_cast<const char*>(first.iov_base), std::min<size_t>(first.iov_len, 200)));
      std::exit(1);
    }
  }

  ManualClock clock_;
  keyspace::ImmediateReclaimer reclaimer_;
  keyspace::Keyspace keyspace_;
  config::Config config_;
  command::CommandTable commands_;
  testing::FakeClients clients_;
  testing::FakeServer server_;
  command::ServerCounters counters_;
  command::Services services_;
  dispatch::Dispatcher dispatcher_;
  command::Client& client_;
  ReceiveBuffer received_;
  resp::RequestParser parser_;
  dispatch::Batch batch_;
};

// The mix as pipelines of whole requests, `requests` in all and a unit more at most.
std::vector<std::string> Pipelines(const Mix& mix, const Settings& settings, size_t first_unit, Random& random) {
  std::vector<std::string> pipelines;
  std::vector<Words> unit;
  std::string bytes;
  size_t requests = 0, in_pipeline = 0;
  for (size_t i = first_unit; requests < settings.requests; ++i) {
    unit.clear();
    mix.unit(i, settings.keys, random, unit);
    for (const Words& words : unit) {
      resp::AppendRequest(bytes, words);
      ++requests;
      if (++in_pipeline == settings.pipeline) {
        pipelines.push_back(std::move(bytes));
        bytes.clear();
        in_pipeline = 0;
      }
    }
  }
  if (!bytes.empty()) pipelines.push_back(std::move(bytes));
  return pipelines;
}

}  // namespace keyway::bench

// By this name callgrind knows what to count.
extern "C" __attribute__((noinline)) size_t keyway_bench_replay(keyway::bench::World* world,
                                                                const std::vector<std::string>* pipelines) {
  size_t ran = 0;
  for (const std::string& bytes : *pipelines) ran += world->Replay(bytes);
  return ran;
}

namespace keyway::bench {
namespace {

void Measure(const Mix& mix, const Settings& settings) {
  Random random(kSeed);
  World world;
  // As much again in front, so that keys are there and tables have grown.
  std::vector<std::string> warm_up = Pipelines(mix, settings, 0, random);
  for (const std::string& bytes : warm_up) world.Replay(bytes);
  std::vector<std::string> pipelines = Pipelines(mix, settings, settings.requests, random);
  auto start = std::chrono::steady_clock::now();
  size_t ran = keyway_bench_replay(&world, &pipelines);
  std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  fmt::print("{:<10} {:8} requests {:8.1f} ns a request\n", mix.name, ran, took.count() / static_cast<double>(ran));
  std::fflush(stdout);
}

[[noreturn]] void Usage() {
  fmt::print(stderr, "usage: in_memory [MIX ...] [--pipeline N] [--requests N] [--keys N] | --list\n");
  std::exit(2);
}

Settings Parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    size_t* number = word == "--pipeline"   ? &settings.pipeline
                     : word == "--requests" ? &settings.requests
                     : word == "--keys"     ? &settings.keys
                                            : nullptr;
    if (number != nullptr) {
      auto value = ++i < argc ? ParseInt64(argv[i]) : std::nullopt;
      if (!value || *value < 1) Usage();
      *number = static_cast<size_t>(*value);
    } else if (word.starts_with("-")) {
      Usage();
    } else {
      settings.mixes.emplace_back(word);
    }
  }
  return settings;
}

int Main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--list") {
    for (const Mix& mix : AllMixes()) fmt::print("{}\n", mix.name);
    return 0;
  }
  Settings settings = Parse(argc, argv);
  for (const std::string& name : settings.mixes) {
    if (std::none_of(AllMixes().begin(), AllMixes().end(), [&](const Mix& mix) { return mix.name == name; })) Usage();
  }
  for (const Mix& mix : AllMixes()) {
    bool chosen = settings.mixes.empty() ||
                  std::find(settings.mixes.begin(), settings.mixes.end(), mix.name) != settings.mixes.end();
    if (chosen) Measure(mix, settings);
  }
  return 0;
}

}  // namespace
}  // namespace keyway::bench

int main(int argc, char** argv) { return keyway::bench::Main(argc, argv); }
