#include "server/app/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "server/base/log.h"
#include "server/base/unique_fd.h"
#include "server/base/version.h"

namespace keyway::app {

Result<> Daemonize() {
  pid_t child = fork();
  if (child < 0) return FailErrno("fork", errno);
  if (child > 0) _exit(0);
  setsid();
  UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null.valid()) {
    dup2(null.get(), STDIN_FILENO);
    dup2(null.get(), STDOUT_FILENO);
    dup2(null.get(), STDERR_FILENO);
  }
  return {};
}

void WritePidFile(const std::string& path) {
  if (path.empty()) return;
  FILE* file = fopen(path.c_str(), "we");
  if (file == nullptr) {
    LogWarning("Failed to write PID file: {}", FailErrno(path, errno).error().text());
    return;
  }
  fmt::print(file, "{}\n", getpid());
  fclose(file);
}

std::string ExecutablePath() {
  char path[4096];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : std::string();
}

void LogStart(const config::Settings& settings, bool compat_70, bool has_config_file) {
  LogNotice("Keyway {} is starting, bits={}, pid={}, as Redis {}", kKeywayVersion, sizeof(void*) * 8, getpid(),
            RedisVersion(compat_70));
  if (has_config_file) {
    LogNotice("Configuration loaded");
  } else {
    LogWarning("Warning: no config file specified, using the default config.");
  }
  const int64_t port = settings.port != 0 ? settings.port : settings.tls_port;
  const bool banner = settings.always_show_logo || (settings.logfile.empty() && isatty(STDOUT_FILENO) != 0);
  if (!banner) return LogNotice("Running mode=standalone, port={}.", port);
  std::string text = fmt::format(
      "\n"
      "   .-.                  Keyway {}\n"
      "  (   )===[]=[]==       Running in standalone mode\n"
      "   '-'                  Port: {}\n"
      "                        PID: {}\n",
      kKeywayVersion, port, getpid());
  LogRaw(LogLevel::kNotice, text.c_str());
}

}  // namespace keyway::app
