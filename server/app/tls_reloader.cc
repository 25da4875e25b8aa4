#include "server/app/tls_reloader.h"

#include <chrono>
#include <future>
#include <utility>
#include <vector>

#include "server/app/accepting_stacks.h"
#include "server/app/transport_stacks.h"
#include "server/base/log.h"
#include "server/net/loop_state.h"
#include "server/net/stack.h"

namespace keyway::app {
namespace {

constexpr std::chrono::seconds kFarewell{2};

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

net::ContextReuse ReuseOf(const ListenerStacks& stacks) {
  net::ContextReuse reuse;
  auto add = [&reuse](const std::shared_ptr<const net::Stack>& stack) {
    if (stack == nullptr) return;
    reuse.stacks.push_back(stack);
    for (const net::AcceptRules::Named& named : stack->rules().by_name) reuse.stacks.push_back(named.stack);
  };
  add(stacks.tls_port);
  for (const auto& line : stacks.lines) add(line.second);
  return reuse;
}

}  // namespace

// One look at the files. Owns all that it works with, since the server may end before it does.
struct TlsReloader::Round {
  config::Settings settings;
  std::shared_ptr<net::Registry> registry;
  ListenerStacks present;
  uint64_t revision;

  Result<ListenerStacks> made = ListenerStacks();
  uint64_t seen = 0;  // tells this round's bytes from those of others
  bool changed = false;
  std::promise<void> done;

  // [background]
  void Run() {
    net::ContextReuse reuse = ReuseOf(present);
    const TransportStacks stacks(settings, *registry, &reuse);
    made = Listeners::MakeStacks(AcceptingStacks(settings, stacks), present);
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
  if (interval_s == 0 || round_ != nullptr) return;
  const int64_t now_us = clock_.MonotonicUs();
  if (now_us - last_us_ < interval_s * 1'000'000) return;
  last_us_ = now_us;
  Begin();
}

void TlsReloader::Begin() {
  round_ = std::make_shared<Round>();
  round_->settings = settings_;
  round_->registry = registry_;
  round_->present = listeners_.StacksToMake();
  round_->revision = revision_;
  net::LoopState::Of(loop_).resolver.Run([round = round_] { round->Run(); },
                                         [this] {
                                           const std::shared_ptr<Round> round = std::exchange(round_, nullptr);
                                           End(*round);
                                         });
}

void TlsReloader::End(const Round& round) {
  if (round.revision != revision_) return;  // the next one sees what is there now
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
