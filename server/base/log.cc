#include "server/base/log.h"

#include <fcntl.h>
#include <sys/time.h>
#include <syslog.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <mutex>

namespace keyway {
namespace {

struct LogState {
  std::mutex mutex;
  LogSettings settings;
  std::atomic<LogLevel> level{LogLevel::kNotice};
  std::atomic<char> role{'M'};
  char file[4096] = "";  // a copy of settings.file that a signal handler may read
};

LogState& State() {
  static LogState& state = *new LogState;  // never destroyed: the last lines come after static destructors
  return state;
}

constexpr const char* kLevelMarks = ".-*#";
constexpr int kSyslogLevels[] = {LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING};

int OpenLogFile(const char* file) {
  return *file == '\0' ? STDOUT_FILENO : open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

void WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t written = write(fd, data, size);
    if (written <= 0) return;
    data += written, size -= static_cast<size_t>(written);
  }
}

size_t FormatHead(char* out, size_t capacity, LogLevel level, bool local_time) {
  timeval now;
  gettimeofday(&now, nullptr);
  tm parts{};
  if (local_time) {
    localtime_r(&now.tv_sec, &parts);
  } else {
    gmtime_r(&now.tv_sec, &parts);  // localtime_r takes a lock that a crashed thread may hold
  }
  char date[64];
  strftime(date, sizeof date, "%d %b %Y %H:%M:%S", &parts);
  int size = snprintf(out, capacity, "%d:%c %s.%03d %c ", static_cast<int>(getpid()), State().role.load(), date,
                      static_cast<int>(now.tv_usec / 1000), kLevelMarks[static_cast<int>(level)]);
  return static_cast<size_t>(size);
}

}  // namespace

void ConfigureLog(LogSettings settings) {
  LogState& state = State();
  std::lock_guard lock(state.mutex);
  state.level.store(settings.level, std::memory_order_relaxed);
  snprintf(state.file, sizeof state.file, "%s", settings.file.c_str());
  state.settings = std::move(settings);
  if (state.settings.syslog) {
    // openlog keeps the pointer it is given.
    openlog(state.settings.syslog_ident.c_str(), LOG_PID | LOG_NDELAY | LOG_NOWAIT,
            state.settings.syslog_facility < 0 ? LOG_LOCAL0 : state.settings.syslog_facility);
  }
}

LogSettings CurrentLogSettings() {
  std::lock_guard lock(State().mutex);
  return State().settings;
}

void SetLogRole(char role) { State().role.store(role, std::memory_order_relaxed); }

bool LogEnabled(LogLevel level) { return level >= State().level.load(std::memory_order_relaxed); }

void LogLine(LogLevel level, std::string_view text) {
  if (!LogEnabled(level) || level >= LogLevel::kNothing) return;
  LogState& state = State();
  char head[128];
  size_t head_size = FormatHead(head, sizeof head, level, true);
  std::string line;
  line.reserve(head_size + text.size() + 1);
  line.append(head, head_size).append(text).push_back('\n');
  std::lock_guard lock(state.mutex);
  if (int fd = OpenLogFile(state.file); fd >= 0) {
    WriteAll(fd, line.data(), line.size());
    if (fd != STDOUT_FILENO) close(fd);
  }
  if (state.settings.syslog) {
    syslog(kSyslogLevels[static_cast<int>(level)], "%.*s", static_cast<int>(text.size()), text.data());
  }
}

int OpenLogRaw() { return OpenLogFile(State().file); }

void CloseLogRaw(int fd) {
  if (fd >= 0 && fd != STDOUT_FILENO) close(fd);
}

void LogRaw(LogLevel level, const char* text) {
  char head[128];
  size_t head_size = FormatHead(head, sizeof head, level, false);
  int fd = OpenLogRaw();
  if (fd < 0) return;
  WriteAll(fd, head, head_size);
  WriteAll(fd, text, strlen(text));
  WriteAll(fd, "\n", 1);
  CloseLogRaw(fd);
}

}  // namespace keyway
