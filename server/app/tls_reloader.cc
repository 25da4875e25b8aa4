#include "server/app/tls_reloader.h"

#include <chrono>
#include <future>
#include <utility>
#include <vector>

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

// The filter contexts of the stacks, those by server name included, in an order that the settings give.
std::vector<const net::PluginContext*> FilterContexts(const ListenerStacks& stacks) {
  std::vector<const net::PluginContext*> contexts;
  auto add = [&contexts](const std::shared_ptr<const net::Stack>& stack) {
    if (stack == nullptr) return;
    contexts.push_back(stack->has_filter() ? &stack->filter_context() : nullptr);
    for (const net::AcceptRules::Named& named : stack->rules().by_name) {
      contexts.push_back(&named.stack->filter_context());
    }
  };
  add(stacks.tls_port);
  for (const auto& line : stacks.lines) add(line.second);
  return contexts;
}

}  // namespace

// One making of stacks. Owns all that it works with, since the server may end before it does.
struct TlsReloader::Round {
  config::Settings settings;
  std::shared_ptr<net::Registry> registry;
  ListenerStacks present;
  uint64_t revision;
  bool for_command;

  Result<ListenerStacks> made = ListenerStacks();
  uint64_t seen = 0;  // tells this round's bytes from those of others
  bool changed = false;
  std::promise<void> done;

  // [background]
  void Run() {
    net::ContextReuse reuse = present.Reuse();
    const TransportStacks stacks(settings, *registry, for_command ? nullptr : &reuse);
    made = Listeners::MakeStacks(AcceptingStacks(settings, stacks), present, for_command);
    seen = reuse.seen;
    if (made) changed = FilterContexts(present) != FilterContexts(*made);
    // Libraries keep much for each thread that has called them, and this one has nothing to do for long.
    registry->ThreadLeave();
    done.set_value();
  }
};

TlsReloader::TlsReloader(const config::Settings& settings, std::shared_ptr<net::Registry> registry,
                         Listeners& listeners, event::EventLoop& loop, const Clock& clock,
                         std::function<void()> on_taken)
    : settings_(settings),
      registry_(std::move(registry)),
      listeners_(listeners),
      loop_(loop),
      clock_(clock),
      on_taken_(std::move(on_taken)),
      last_us_(clock.MonotonicUs()) {}

TlsReloader::~TlsReloader() {
  if (round_ != nullptr) round_->done.get_future().wait_for(kFarewell);
}

void TlsReloader::Cron() {
  const int64_t interval_s = settings_.tls_auto_reload_interval;
  const int64_t now_us = clock_.MonotonicUs();
  // Its client went away.
  if (prepared_ != nullptr && now_us - prepared_us_ > kPreparedKeptUs) prepared_.reset();
  if (interval_s == 0 || round_ != nullptr || now_us - last_us_ < interval_s * 1'000'000) return;
  last_us_ = now_us;
  Begin(settings_, false);
}

void TlsReloader::Begin(const config::Settings& settings, bool for_command) {
  round_ = std::make_shared<Round>();
  round_->settings = settings;
  round_->registry = registry_;
  round_->present = listeners_.StacksToMake();
  round_->revision = revision_;
  round_->for_command = for_command;
  net::LoopState::Of(loop_).resolver.Run([round = round_] { round->Run(); },
                                         [this] { End(std::exchange(round_, nullptr)); });
}

bool TlsReloader::Prepare(const config::Settings& settings) {
  if (prepared_ != nullptr && prepared_->revision == revision_ && config::SameValues(prepared_->settings, settings)) {
    return true;
  }
  if (round_ != nullptr) return false;
  const ListenerStacks needed = listeners_.StacksToMake();
  if (needed.tls_port == nullptr && needed.lines.empty()) return true;
  Begin(settings, true);
  return false;
}

std::optional<Result<ListenerStacks>> TlsReloader::TakePrepared(const config::Settings& settings) {
  const std::shared_ptr<Round> round = std::exchange(prepared_, nullptr);
  if (round == nullptr || round->revision != revision_ || !config::SameValues(round->settings, settings)) return {};
  return std::move(round->made);
}

void TlsReloader::CountReload(bool ok) {
  ++(ok ? counts_.reloads : counts_.failures);
  counts_.failing = !ok;
}

void TlsReloader::End(const std::shared_ptr<Round>& round) {
  if (round->for_command) {
    prepared_ = round;
    prepared_us_ = clock_.MonotonicUs();
  } else if (round->revision == revision_) {
    EndCheck(*round);
  }
}

void TlsReloader::EndCheck(const Round& round) {
  ++counts_.checks;
  if (!round.made) {
    const std::string& why = round.made.error().text();
    counts_.failing = true;
    if (why == failure_ && round.seen == failure_seen_) return;
    failure_ = why;
    failure_seen_ = round.seen;
    ++counts_.failures;
    LogWarning("Files of TLS settings cannot be taken anew: {}. What was read before stays in use.", why);
    return;
  }
  failure_.clear();
  counts_.failing = false;
  if (!round.changed) return;
  listeners_.TakeStacks(*round.made);
  ++counts_.reloads;
  LogNotice("Files of TLS settings have changed: new connections use what they hold now.");
  on_taken_();
}

}  // namespace keyway::app
