// LATENCY: what the latency monitor recorded, and the histograms of commands.
#include <fmt/core.h>

#include "server/base/latency_histogram.h"
#include "server/command/args.h"
#include "server/command/command_table.h"
#include "server/command/latency_monitor.h"
#include "server/commands/families.h"
#include "server/commands/latency_report.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::CommandSpec;
using command::Context;
using command::LatencyMonitor;

LatencyMonitor& MonitorOf(Context& ctx) { return *ctx.services().latency; }

void LatencyHistory(Context& ctx) {
  const auto samples = MonitorOf(ctx).Samples(ctx.arg(2));
  ctx.reply().Array(static_cast<int64_t>(samples.size()));
  for (const LatencyMonitor::Sample& sample : samples) {
    ctx.reply().Array(2);
    ctx.reply().Integer(sample.time_s);
    ctx.reply().Integer(sample.ms);
  }
}

void LatencyLatest(Context& ctx) {
  const auto events = MonitorOf(ctx).Events();
  ctx.reply().Array(static_cast<int64_t>(events.size()));
  for (const std::string& event : events) {
    const LatencyMonitor::Sample last = MonitorOf(ctx).Samples(event).back();
    ctx.reply().Array(4);
    ctx.reply().Bulk(event);
    ctx.reply().Integer(last.time_s);
    ctx.reply().Integer(last.ms);
    ctx.reply().Integer(MonitorOf(ctx).AllTimeWorst(event));
  }
}

void LatencyReset(Context& ctx) {
  size_t forgotten = 0;
  if (ctx.argc() == 2) forgotten = MonitorOf(ctx).ResetAll();
  for (size_t i = 2; i < ctx.argc(); ++i) forgotten += MonitorOf(ctx).Reset(ctx.arg(i));
  ctx.reply().Integer(static_cast<int64_t>(forgotten));
}

void LatencyGraphCommand(Context& ctx) {
  if (!MonitorOf(ctx).Has(ctx.arg(2))) {
    return ctx.reply().Error(fmt::format("ERR No samples available for event '{}'", ctx.arg(2)));
  }
  ctx.reply().Verbatim(LatencyGraph(ctx.services(), ctx.arg(2)), "txt");
}

void LatencyDoctorCommand(Context& ctx) { ctx.reply().Verbatim(LatencyDoctor(ctx.services()), "txt"); }

// ---- HISTOGRAM ----

// Steps of a power of two from about a microsecond to a second, under the names that Redis gives to their ends; steps in
// which nothing fell are left out, and each counts what is below it too.
void ReplyHistogram(Context& ctx, const LatencyHistogram& histogram) {
  constexpr uint64_t kFirstNs = 1024;
  ctx.reply().Map(2);
  const uint64_t total = histogram.count();
  ctx.reply().Bulk("calls");
  ctx.reply().Integer(static_cast<int64_t>(total));
  ctx.reply().Bulk("histogram_usec");
  resp::Deferred steps(ctx.reply());
  uint64_t before = 0;
  for (uint64_t end_ns = kFirstNs; before < total; end_ns *= 2) {
    const uint64_t count = histogram.CountUpTo(end_ns - 1);
    if (count == before) continue;
    before = count;
    ctx.reply().Integer(static_cast<int64_t>((end_ns + end_ns / 128 - 1) / 1000));
    ctx.reply().Integer(static_cast<int64_t>(count));
    steps.Count();
  }
  steps.EndMap();
}

// Adds the command to the map under way, if it has run.
void AddHistogram(Context& ctx, const CommandSpec& spec, resp::Deferred& map) {
  const auto& histogram = ctx.services().counters.commands[spec.id].histogram;
  if (!histogram) return;
  ctx.reply().Bulk(spec.full_name);
  ReplyHistogram(ctx, *histogram);
  map.Count();
}

void LatencyHistogramCommand(Context& ctx) {
  const command::CommandTable& table = ctx.services().commands;
  resp::Deferred map(ctx.reply());
  if (ctx.argc() == 2) {
    for (size_t id = 0; id < table.size(); ++id) AddHistogram(ctx, table.spec(id), map);
  }
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const CommandSpec* spec = table.FindFullName(ctx.arg(i));
    if (spec == nullptr) continue;
    AddHistogram(ctx, *spec, map);
    for (const CommandSpec* subcommand : spec->subcommands) AddHistogram(ctx, *subcommand, map);
  }
  map.EndMap();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"latency|doctor", LatencyDoctorCommand},
    {"latency|graph", LatencyGraphCommand},
    {"latency|histogram", LatencyHistogramCommand},
    {"latency|history", LatencyHistory},
    {"latency|latest", LatencyLatest},
    {"latency|reset", LatencyReset},
};

}  // namespace

std::span<const command::HandlerBinding> LatencyHandlers() { return kHandlers; }

}  // namespace keyway::commands
