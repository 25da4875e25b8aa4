// The server log: lines in Redis's format ("pid:role day month year time.ms level text") to a file, to standard output,
// and to syslog.
//
// The log is the one process-wide object: every thread writes to it from its first instruction to its last, crash
// handlers included. The file is opened for each line, so that a renamed file (logrotate) is noticed at once.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace keyway {

enum class LogLevel : uint8_t { kDebug, kVerbose, kNotice, kWarning, kNothing };

struct LogSettings {
  LogLevel level = LogLevel::kNotice;
  std::string file;  // empty: standard output
  bool syslog = false;
  std::string syslog_ident = "keyway";
  int syslog_facility = -1;  // -1: LOG_LOCAL0
};

void ConfigureLog(LogSettings settings);              // [exec] and at start
LogSettings CurrentLogSettings();                     // [any]
void SetLogRole(char role);                           // 'M' primary, 'S' replica, 'C' child, 'X' sentinel [any]
bool LogEnabled(LogLevel level);                      // [any], lock-free
void LogLine(LogLevel level, std::string_view text);  // [any]
// One line straight to the file descriptor: no lock, no allocation, safe in a signal handler and a forked child.
void LogRaw(LogLevel level, const char* text);
// The log's descriptor for somebody who writes to it himself in a crash; -1 if it cannot be opened.
int OpenLogRaw();
void CloseLogRaw(int fd);

template <class... Args>
void Log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(level)) LogLine(level, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kDebug, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogVerbose(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kVerbose, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogNotice(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kNotice, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kWarning, format, std::forward<Args>(args)...);
}

}  // namespace keyway
