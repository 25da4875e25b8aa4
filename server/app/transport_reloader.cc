#include "server/app/transport_reloader.h"

#include <fmt/core.h>

#include <chrono>
#include <future>
#include <utility>

#include "server/app/accepting_stacks.h"
#include "server/app/transport_stacks.h"
#include "server/base/log.h"
#include "server/config/option.h"
#include "server/net/loop_state.h"
#include "server/net/stack.h"

namespace keyway::app {
namespace {

constexpr std::chrono::seconds kFarewell{2};
constexpr int64_t kPreparedKeptUs = 1'000'000;

// The connections of a stream carrier come from the copy that listens, so a listener cannot go from one copy to another.
Result<> CheckCanPass(const std::shared_ptr<const net::Stack>& from, const std::shared_ptr<const net::Stack>& to,
                      const std::string& listener) {
  if (from == nullptr || to == nullptr) return {};
  if (&from->carrier_context().generation() == &to->carrier_context().generation()) return {};
  if (!from->is_stream() && !to->is_stream()) return {};
  return Fail(fmt::format("{}: a listener over a stream carrier stays with the copy that it began with", listener));
}

Result<> CheckCanPass(const ListenerStacks& from, const ListenerStacks& to) {
  if (auto port = CheckCanPass(from.port, to.port, "port"); !port) return port;
  if (auto tls = CheckCanPass(from.tls_port, to.tls_port, "tls-port"); !tls) return tls;
  if (auto path = CheckCanPass(from.unix_socket, to.unix_socket, "unixsocket"); !path) return path;
  for (size_t i = 0; i < from.lines.size(); ++i) {
    const config::ListenSpec& spec = from.lines[i].first;
    auto line = CheckCanPass(from.lines[i].second, to.lines[i].second, spec.stack + "://" + spec.address);
    if (!line) return line;
  }
  return {};
}

}  // namespace

// One attempt. Owns all that it works with, since the server may end before it does.
struct TransportReloader::Round {
  std::string id;
  config::Settings settings;
  std::shared_ptr<net::Registry> registry;
  ListenerStacks present;  // over the transport
  uint64_t revision;

  std::shared_ptr<net::Generation> candidate;  // null: the file has not changed
  Result<ListenerStacks> made = ListenerStacks();
  std::shared_ptr<const net::Stack>
      links;  // of links that are dialled from now on; null: they do without the transport
  std::promise<void> done;

  // [background], or [exec] for a client that cannot wait
  void Run() {
    if (Result<> outcome = Make(); !outcome) made = std::unexpected(outcome.error());
  }

  Result<> Make() {
    auto beside = registry->LoadBeside(id);
    if (!beside) return std::unexpected(beside.error().Within("loading the file failed"));
    candidate = std::move(*beside);
    net::ContextReuse reuse = present.Reuse();
    reuse.anew = id;
    reuse.candidate = candidate;
    if (Result<> outcome = MakeStacks(reuse); !outcome) {
      const bool shook = reuse.handshake_failed;
      return std::unexpected(
          outcome.error().Within(shook ? "the handshake in memory failed" : "taking over the settings failed"));
    }
    auto passes = CheckCanPass(present, *made);
    return passes ? passes : std::unexpected(passes.error().Within("exchanging it failed"));
  }

  Result<> MakeStacks(net::ContextReuse& reuse) {
    const TransportStacks stacks(settings, *registry, &reuse);
    const AcceptingStacks accepting(settings, stacks);
    made = Listeners::MakeStacks(accepting, present, false);
    if (!made) return std::unexpected(made.error());
    if (auto unused = accepting.CheckUnusedProfiles(id); !unused) return unused;
    const std::string cluster = TransportStacks::WithBackend(stacks.ClusterStack(), settings.tls_backend);
    const bool filter_alone = cluster.find('+') == cluster.npos;
    if (!TransportStacks::HasPart(cluster, id) && !(filter_alone && id == "tcp")) return {};
    auto dials = stacks.MakeCluster();
    if (!dials) return std::unexpected(dials.error().Within("links"));
    links = std::move(*dials);
    return {};
  }
};

TransportReloader::TransportReloader(const config::Settings& settings, std::shared_ptr<net::Registry> registry,
                                     Listeners& listeners, PeerLinks& links, event::EventLoop& loop, const Clock& clock)
    : settings_(settings),
      registry_(std::move(registry)),
      listeners_(listeners),
      links_(links),
      loop_(loop),
      clock_(clock) {}

TransportReloader::~TransportReloader() {
  if (round_ != nullptr) round_->done.get_future().wait_for(kFarewell);
}

std::shared_ptr<TransportReloader::Round> TransportReloader::NewRound(std::string_view plugin_id) const {
  auto round = std::make_shared<Round>();
  round->id = plugin_id;
  round->settings = settings_;
  round->registry = registry_;
  round->present = listeners_.StacksOver(plugin_id);
  round->revision = revision_;
  return round;
}

bool TransportReloader::IsFor(const Round& round, std::string_view plugin_id) const {
  return round.id == plugin_id && round.revision == revision_ && config::SameValues(round.settings, settings_);
}

bool TransportReloader::Prepare(std::string_view plugin_id) {
  if (prepared_ != nullptr && IsFor(*prepared_, plugin_id)) return true;
  if (round_ != nullptr) return false;
  round_ = NewRound(plugin_id);
  auto work = [round = round_] {
    round->Run();
    // Libraries keep much for each thread that has called them, and this one has nothing to do for long.
    round->registry->ThreadLeave();
    round->done.set_value();
  };
  net::LoopState::Of(loop_).resolver.Run(std::move(work), [this] {
    prepared_ = std::exchange(round_, nullptr);
    prepared_us_ = clock_.MonotonicUs();
  });
  return false;
}

Result<> TransportReloader::Reload(std::string_view plugin_id) {
  std::shared_ptr<Round> round = std::exchange(prepared_, nullptr);
  if (round == nullptr || !IsFor(*round, plugin_id)) {
    round = NewRound(plugin_id);
    round->Run();
  }
  if (!round->made) {
    ++counts_.failures;
    const std::string& why = round->made.error().text();
    LogWarning("Transport {} is not reloaded, and serves on as it was: {}", plugin_id, why);
    return Fail(why);
  }
  Take(*round);
  return {};
}

void TransportReloader::Take(Round& round) {
  ++counts_.reloads;
  if (round.candidate != nullptr) registry_->Install(std::move(round.candidate));
  listeners_.TakeStacks(*round.made);
  links_.ReplaceStack(round.id, std::move(round.links));
  LogNotice("Transport {} is reloaded: new connections use it as it is now.", round.id);
}

// Its client went away, and the copies that it holds are to go as well.
void TransportReloader::Cron() {
  if (prepared_ != nullptr && clock_.MonotonicUs() - prepared_us_ > kPreparedKeptUs) prepared_.reset();
}

}  // namespace keyway::app
