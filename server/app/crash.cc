#include "server/app/crash.h"

#include <execinfo.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "server/base/log.h"

namespace keyway::app {
namespace {

constexpr int kFatalSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int kMaxFrames = 100;

// Written before the handlers are installed, read by them; never destroyed.
struct Report {
  std::string version, options;
};
std::atomic<const Report*> g_report{nullptr};  // a signal handler has no other way to its data
std::atomic<bool> g_crashing{false};

void OnFatalSignal(int signal, siginfo_t* info, void*) {
  if (g_crashing.exchange(true)) _exit(128 + signal);
  const Report* report = g_report.load();
  char line[256];
  LogRaw(LogLevel::kWarning, "\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===");
  snprintf(line, sizeof line, "Redis %s crashed by signal: %d, si_code: %d", report->version.c_str(), signal,
           info->si_code);
  LogRaw(LogLevel::kWarning, line);
  if (signal == SIGSEGV || signal == SIGBUS) {
    snprintf(line, sizeof line, "Accessing address: %p", info->si_addr);
    LogRaw(LogLevel::kWarning, line);
  }
  LogRaw(LogLevel::kWarning, "\n------ STACK TRACE ------");
  void* frames[kMaxFrames];
  int count = backtrace(frames, kMaxFrames);
  int fd = OpenLogRaw();
  if (fd >= 0) backtrace_symbols_fd(frames, count, fd);
  CloseLogRaw(fd);
  if (!report->options.empty()) {
    LogRaw(LogLevel::kWarning, "\n------ CONFIG DEBUG OUTPUT ------");
    LogRaw(LogLevel::kWarning, report->options.c_str());
  }
  LogRaw(LogLevel::kWarning, "\n=== REDIS BUG REPORT END. ===");
  RemoveCrashHandlers();
  raise(signal);
}

}  // namespace

void InstallCrashHandlers(std::string version, std::string options) {
  g_report.store(new Report{std::move(version), std::move(options)});
  // The first call of backtrace loads a library, which a signal handler must not do.
  void* frame;
  backtrace(&frame, 1);
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_NODEFER | SA_RESETHAND | SA_SIGINFO;
  action.sa_sigaction = OnFatalSignal;
  for (int signal : kFatalSignals) sigaction(signal, &action, nullptr);
}

void RemoveCrashHandlers() {
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_DFL;
  for (int signal : kFatalSignals) sigaction(signal, &action, nullptr);
}

}  // namespace keyway::app
