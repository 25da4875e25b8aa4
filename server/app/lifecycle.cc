// The beginning and the end of a Server: loading the dataset, stopping, starting again.
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>

#include "server/app/server.h"
#include "server/base/log.h"
#include "server/config/settings.h"

namespace keyway::app {
namespace {

// Turns of the loop for each stretch of loading: requests that came meanwhile, and those that follow at once.
constexpr int kTurnsWhileLoading = 4;

using FinalSave = persist::Snapshots::FinalSave;

command::ShutdownOptions OptionsOf(uint32_t flags) {
  command::ShutdownOptions options;
  options.save = (flags & config::kShutdownSave) != 0;
  options.nosave = (flags & config::kShutdownNosave) != 0;
  options.now = (flags & config::kShutdownNow) != 0;
  options.force = (flags & config::kShutdownForce) != 0;
  return options;
}

}  // namespace

// ---- loading ----

void Server::StartCron() {
  loop_->before_wait = [this] { return BeforeWait(); };
  // A timer that is set anew each time, since hz changes.
  tick_ = [this] {
    Cron();
    loop_->After(1'000'000 / EffectiveHz(), tick_);
  };
  loop_->After(1000, tick_);
  if (io_balancer_ != nullptr) loop_->Every(IoBalancer::kPeriodUs, [this] { io_balancer_->Tick(); });
}

bool Server::LoadData(int& exit_code) {
  StartCron();
  const auto done = snapshots_.LoadAtStart([this] { return ServeWhileLoading(); });
  if (stopping_) {
    loop_->before_wait = nullptr;
    Finish();
    exit_code = 0;
    return false;
  }
  if (!done) {
    LogWarning("Terminating server after rdb file reading failure.");
    LogWarning("Fatal error loading the DB, check server logs. Exiting.");
    exit_code = 1;
    return false;
  }
  LogReady();
  return true;
}

bool Server::ServeWhileLoading() {
  for (int turn = 0; turn < kTurnsWhileLoading && !stopping_; ++turn) loop_->RunOnce(0);
  return !stopping_;
}

// ---- stopping ----

void Server::RequestShutdown(int signal) {
  stop_requested_.store(true, std::memory_order_relaxed);
  signal_.store(signal, std::memory_order_relaxed);
  loop_->Wake();
}

void Server::OnStopSignal(int signal) {
  LogWarning("Received {} scheduling shutdown...", signal == SIGINT ? "SIGINT" : "SIGTERM");
  const config::Settings& settings = config_.settings();
  const bool stops =
      StartShutdown(OptionsOf(signal == SIGINT ? settings.shutdown_on_sigint : settings.shutdown_on_sigterm));
  if (!stops) stop_requested_.store(false, std::memory_order_relaxed);
}

// A signal that cron has not seen yet can still be taken back.
Result<> Server::AbortShutdown() {
  if (signal_.exchange(0) == 0) return Fail("ERR No shutdown in progress.");
  stop_requested_.store(false, std::memory_order_relaxed);
  LogNotice("Shutdown manually aborted.");
  return {};
}

Result<> Server::Shutdown(const command::ShutdownOptions& options) {
  if (options.abort) return AbortShutdown();
  if (!StartShutdown(options)) return Fail("ERR Errors trying to SHUTDOWN. Check logs.");
  return {};
}

bool Server::StartShutdown(const command::ShutdownOptions& options) {
  if (stopping_) return true;
  LogWarning("User requested shutdown...");
  FinalSave save = FinalSave::kIfConfigured;
  if (options.save) save = FinalSave::kYes;
  // What is in memory is not all there is while the rest is still being read.
  if (options.nosave || snapshots_.loading()) save = FinalSave::kNo;
  if (auto done = snapshots_.PrepareShutdown(save); !done) {
    if (!options.force) {
      LogWarning("Error trying to save the DB, can't exit.");
      LogWarning("Errors trying to shut down the server. Check the logs for more information.");
      return false;
    }
    LogWarning("Error trying to save the DB. Exit anyway.");
  }
  stopping_ = true;
  return true;
}

void Server::Finish() {
  listeners_.UnlinkPaths();
  listeners_.CloseAll();
  sessions_.CloseAll();
  const std::string& pidfile = config_.settings().pidfile;
  if (!pidfile.empty()) {
    LogNotice("Removing the pid file.");
    unlink(pidfile.c_str());
  }
  LogWarning("Redis is now ready to exit, bye bye...");
}

Result<> Server::Restart(bool crash_and_recover, int64_t delay_ms) {
  if (access(names_.executable.c_str(), X_OK) != 0) {
    LogWarning("Can't restart: {} is not executable", names_.executable);
    return Fail("ERR failed to restart the server. Check server logs.");
  }
  if (delay_ms > 0) usleep(static_cast<useconds_t>(delay_ms) * 1000);
  if (!crash_and_recover) LogWarning("Restarting on request");
  command::ShutdownOptions options;
  options.nosave = crash_and_recover;
  if (!StartShutdown(options)) return Fail("ERR failed to restart the server. Check server logs.");
  restart_ = true;
  return {};
}

}  // namespace keyway::app
